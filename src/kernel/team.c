/* team.c - finds and loads the OpenMP module. */
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "kernel/kernel.h"

#ifndef OPENMP_MODULE
#define OPENMP_MODULE NULL
#endif

bool team_kernels_were_built(void)
{
	return OPENMP_MODULE;
}

/* Idle team threads sleep: they must not spin beside whatever is measured next. */
const struct team_kernels *team_kernels(struct error *err)
{
	static const struct team_kernels *loaded;
	if (loaded)
		return loaded;
	setenv("OMP_WAIT_POLICY", "passive", 0);
	setenv("KMP_WARNINGS", "0", 0); /* LLVM's: what goes wrong is said in one line, here */
	void *module = dlopen(OPENMP_MODULE, RTLD_NOW | RTLD_LOCAL);
	loaded = module ? dlsym(module, "gilsim_team_kernels") : NULL;
	if (!loaded)
		error_set(err, -ENOENT, "mode openmp: %s", dlerror());
	return loaded;
}
