/* team.c - finds and loads the OpenMP module. */
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "kernel/kernel.h"

/* Idle team threads sleep: they must not spin beside whatever is measured next. */
const struct team_kernels *team_kernels(struct error *err)
{
	static const struct team_kernels *loaded;
	if (loaded)
		return loaded;
#ifdef OPENMP_MODULE
	setenv("OMP_WAIT_POLICY", "passive", 0);
	void *module = dlopen(OPENMP_MODULE, RTLD_NOW | RTLD_LOCAL);
	loaded = module ? dlsym(module, "gilsim_team_kernels") : NULL;
	if (!loaded)
		error_set(err, -ENOENT, "mode openmp: %s", dlerror());
#else
	error_set(err, -ENOSYS, "mode openmp: this gilsim was built without OpenMP");
#endif
	return loaded;
}
