#include "base/error.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

/* What it quotes of options, files and documents may hold anything. */
static void keep_one_line(char *text)
{
	for (; *text; text++)
		*text = iscntrl((unsigned char)*text) ? ' ' : *text;
}

int error_set(struct error *err, int code, const char *format, ...)
{
	if (err) {
		va_list arguments;
		va_start(arguments, format);
		vsnprintf(err->text, sizeof err->text, format, arguments);
		va_end(arguments);
		keep_one_line(err->text);
	}
	return code;
}

int error_first(int failed, int code, const struct error *why, struct error *err)
{
	if (code && !failed)
		*err = *why;
	return failed ? failed : code;
}

int error_of_input(int why)
{
	return why == ENOMEM || why == EMFILE || why == ENFILE ? -why : -EINVAL;
}
