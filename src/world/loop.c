/* loop.c - finds and loads the module with the event loop. */
#include "world/loop.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>

#ifndef LOOP_MODULE
#define LOOP_MODULE NULL
#endif

bool loops_were_built(void)
{
	return LOOP_MODULE;
}

const struct loops *loops_load(struct error *err)
{
	static const struct loops *loaded;
	if (loaded)
		return loaded;
	void *module = dlopen(LOOP_MODULE, RTLD_NOW | RTLD_LOCAL);
	loaded = module ? dlsym(module, "gilsim_loops") : NULL;
	if (!loaded)
		error_set(err, -ENOENT, "the event loop: %s", dlerror());
	return loaded;
}
