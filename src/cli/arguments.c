#include "cli/arguments.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int arguments_read(const struct argp *argp, int argc, char **argv, void *input, struct error *err)
{
	err->text[0] = '\0';
	int failed = argp_parse(argp, argc, argv, 0, NULL, input);
	if (failed == ENOMEM)
		return error_set(err, -ENOMEM, "options: no memory");
	return failed ? -EINVAL : 0;
}

int argument_file(const char **file, const char *text, struct error *err)
{
	if (*file)
		return error_set(err, EINVAL, "%.80s: is a file too many: there is one, %.80s",
				 text, *file);
	*file = text;
	return 0;
}

/* "a, b or c" */
static void list(const char *const *names, int64_t n, char *text, size_t size)
{
	size_t used = 0;
	*text = '\0';
	for (int64_t k = 0; k < n && used < size; k++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
					 k == 0	      ? ""
					 : k == n - 1 ? " or "
						      : ", ",
					 names[k]);
}

int argument_name(const char *option, const char *text, const char *const *names, int64_t n,
		  int64_t *place, struct error *err)
{
	char all[128];
	for (int64_t k = 0; k < n; k++)
		if (strcmp(names[k], text) == 0) {
			*place = k;
			return 0;
		}
	list(names, n, all, sizeof all);
	return error_set(err, EINVAL, "%s: '%.40s' must be %s", option, text, all);
}
