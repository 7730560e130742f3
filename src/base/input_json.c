/* input_json.c - apart from input.c, as the virtual world has no jansson. */
#include <errno.h>
#include <string.h>

#include "base/input.h"
#include "base/scarce.h"

static int load(const char *path, size_t flags, json_t **document, json_error_t *why)
{
	FILE *file = input_open(path);
	if (!file)
		return -errno;
	*document = json_loadf(file, flags, why);
	int failed = ferror(file) ? -errno : 0;
	fclose(file);
	return memory_was_refused() ? -ENOMEM : failed;
}

int input_json(const char *path, size_t flags, json_t **document, json_error_t *why,
	       struct error *err)
{
	*document = NULL;
	int failed = load(path, flags, document, why);
	if (!failed)
		return 0;
	json_decref(*document);
	*document = NULL;
	return error_set(err, error_of_input(-failed), "%.80s: cannot be read: %s", path,
			 strerror(-failed));
}
