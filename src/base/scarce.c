#include "base/scarce.h"

#include <stdlib.h>

#include <gsl/gsl_errno.h>
#include <jansson.h>

static bool refused;

void memory_note_refusal(void)
{
	refused = true;
}

void *scarce_malloc(size_t size)
{
	void *memory = malloc(size);
	refused = refused || !memory;
	return memory;
}

/* What GSL returns is looked at; its own handler aborts. */
static void on_gsl_error(const char *reason, const char *file, int line, int code)
{
	(void)reason;
	(void)file;
	(void)line;
	refused = refused || code == GSL_ENOMEM;
}

void memory_watch(void)
{
	json_set_alloc_funcs(scarce_malloc, free);
	gsl_set_error_handler(on_gsl_error);
}

bool memory_was_refused(void)
{
	bool was_refused = refused;
	refused = false;
	return was_refused;
}
