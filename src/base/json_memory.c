#include "base/json_memory.h"

#include <stdlib.h>

#include <jansson.h>

static bool refused;

static void *watched_malloc(size_t size)
{
	void *memory = malloc(size);
	refused = refused || !memory;
	return memory;
}

void json_memory_watch(void)
{
	json_set_alloc_funcs(watched_malloc, free);
}

bool json_memory_was_refused(void)
{
	bool was_refused = refused;
	refused = false;
	return was_refused;
}
