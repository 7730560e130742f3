#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

int error_set(struct error *err, int code, const char *format, ...)
{
	if (err) {
		va_list arguments;
		va_start(arguments, format);
		vsnprintf(err->text, sizeof err->text, format, arguments);
		va_end(arguments);
	}
	return code;
}

int error_of_input(int why)
{
	return why == ENOMEM || why == EMFILE || why == ENFILE ? -why : -EINVAL;
}
