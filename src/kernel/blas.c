/* blas.c - finds and loads the BLAS module. */
#include <stddef.h>

#include "kernel/kernel.h"
#include "kernel/module.h"

#ifndef BLAS_MODULE
#define BLAS_MODULE NULL
#endif

bool blas_was_built(void)
{
	return BLAS_MODULE;
}

multiply_rows_kernel *blas_multiply_rows(struct error *err)
{
	static multiply_rows_kernel *const *loaded;
	if (!loaded)
		loaded = module_find("BLAS", BLAS_MODULE, "gilsim_multiply_rows", err);
	return loaded ? *loaded : NULL;
}
