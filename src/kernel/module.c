#include "kernel/module.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>

/* The runtimes read these when they are loaded.  Idle team threads sleep: they must not spin
 * beside whatever is measured next.  A BLAS starts no threads of its own, whatever the user
 * asks of it elsewhere; a team's size is said with each region, so OMP_NUM_THREADS does not
 * bind it.  LLVM's OpenMP gives each thread that it meets all processors that its first one had:
 * it leaves them where they are bound, unless the user wants it to bind them. */
static void set_environment(void)
{
	setenv("OMP_WAIT_POLICY", "passive", 0);
	setenv("KMP_WARNINGS", "0", 0); /* LLVM's: what goes wrong is said in one line, here */
	if (!getenv("OMP_PROC_BIND"))
		setenv("KMP_AFFINITY", "disabled", 0);
	setenv("OPENBLAS_NUM_THREADS", "1", 1);
	setenv("BLIS_NUM_THREADS", "1", 1);
	setenv("MKL_NUM_THREADS", "1", 1);
	setenv("OMP_NUM_THREADS", "1", 1);
}

const void *module_find(const char *what, const char *file, const char *name, struct error *err)
{
	set_environment();
	void *module = dlopen(file, RTLD_NOW | RTLD_LOCAL);
	const void *found = module ? dlsym(module, name) : NULL;
	if (!found)
		error_set(err, -ENOENT, "%s: %s", what, dlerror());
	return found;
}
