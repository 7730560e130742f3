/* kernels.c - which instruction set this processor has, in one table. */
#include <stddef.h>

#include "kernel/kernel.h"

extern const struct kernels kernels_baseline;

static bool always(void)
{
	return true;
}

#ifdef KERNELS_X86
extern const struct kernels kernels_avx2, kernels_avx512;

static bool has_avx2(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avx512(void)
{
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
	       __builtin_cpu_supports("avx512dq");
}
#endif

static const struct {
	const struct kernels *kernels;
	bool (*runs_here)(void);
} sets[] = {
#ifdef KERNELS_X86
	{&kernels_avx512, has_avx512},
	{&kernels_avx2, has_avx2},
#endif
	{&kernels_baseline, always},
};

const struct kernels *kernels_nth(int k, bool *runs_here)
{
	if (k < 0 || (size_t)k >= sizeof sets / sizeof *sets)
		return NULL;
	*runs_here = sets[k].runs_here();
	return sets[k].kernels;
}

const struct kernels *kernels_best(void)
{
	static const struct kernels *best;
	bool runs_here = false;
	for (int k = 0; !best; k++) {
		const struct kernels *kernels = kernels_nth(k, &runs_here);
		if (runs_here)
			best = kernels;
	}
	return best;
}
