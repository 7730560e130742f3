/* kernel.h - bring your own kernel: is my call long enough to release the lock around it?
 *
 * A shared object exports one constant, gilsim_kernel, and gilsim runs its `call` as a C
 * extension would: from interpreted threads, with the lock held or released around it.
 *
 *	cc -O2 -shared -fPIC -I include kernel.c -o kernel.so
 *	gilsim --kernel=kernel.so --mode=locked,released,process --threads=1,2,4
 *
 * A task is one setup, then calls_default (--iterations) times `call`, then result and
 * teardown.  Only `call` is what would stand between Py_BEGIN_ALLOW_THREADS and
 * Py_END_ALLOW_THREADS; the others run with the lock held, so keep them short beside it.
 *
 * Units    size is whatever `unit` says; tasks are numbered from 0.
 * Errors   setup returns 0, or not 0 when it failed (no memory): that ends the run, and
 *          teardown is not called.  The others cannot fail.  All tasks are run once in a
 *          process of its own before anything is measured: a crash there is one clear line.
 * Owner    *state is the kernel's: made by setup, freed by teardown, which is called once
 *          for each setup that returned 0, also after an error; it may be NULL.
 * Threads  A state is used by one thread at a time, but `call` may run on several threads at
 *          once on different states, and without the lock: it must touch nothing that
 *          another state can reach.  The kernel starts no thread that outlives a call,
 *          and ends neither the thread nor the process that it is called in.  A process that it
 *          forks ends when it returns from the call.
 * Result   a whole number, because whole numbers add up to the same bits in any order: the
 *          sum over all tasks, modulo 2^64, is compared with that of the first run.  It may
 *          depend on size, task and the number of calls, on nothing else.  Kernels of floats
 *          give the bits of theirs, or a checksum.
 *
 *	#include <stdlib.h>
 *	#include <gilsim/kernel.h>
 *
 *	struct walk { uint64_t at, steps; };
 *
 *	static int setup(int64_t size, int64_t task, void **state)
 *	{
 *		struct walk *w = malloc(sizeof *w);
 *		if (!w)
 *			return -1;
 *		*w = (struct walk){.at = (uint64_t)task, .steps = (uint64_t)size};
 *		*state = w;
 *		return 0;
 *	}
 *
 *	static void call(void *state)
 *	{
 *		struct walk *w = state;
 *		for (uint64_t k = 0; k < w->steps; k++)
 *			w->at = w->at * 6364136223846793005u + 1442695040888963407u;
 *	}
 *
 *	static uint64_t result(void *state)
 *	{
 *		return ((struct walk *)state)->at;
 *	}
 *
 *	const struct gilsim_kernel gilsim_kernel = {
 *		.abi = GILSIM_KERNEL_ABI,
 *		.name = "walk", .help = "random steps", .unit = "step",
 *		.size_least = 1, .size_default = 1000, .size_most = 1000000000,
 *		.tasks_default = 8, .calls_default = 1000,
 *		.setup = setup, .call = call, .result = result, .teardown = free,
 *	}; */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GILSIM_KERNEL_ABI 1

/* Everything must be set; nothing may change while gilsim runs. */
struct gilsim_kernel {
	uint32_t abi;	  /* GILSIM_KERNEL_ABI */
	const char *name; /* in results: 1 to 31 letters, digits, _ and - */
	const char *help; /* what it computes, in a line */
	const char *unit; /* what size counts, in the singular, as "byte" */
	/* --size: from 0 to 10^12; all three 0: the kernel has none, and setup gets 0. */
	int64_t size_least, size_default, size_most;
	int64_t tasks_default; /* --tasks: from 1 to 10^6 */
	int64_t calls_default; /* --iterations, the calls a task: from 1 to 10^9 */
	int (*setup)(int64_t size, int64_t task, void **state);
	void (*call)(void *state);
	uint64_t (*result)(void *state);
	void (*teardown)(void *state);
};

extern const struct gilsim_kernel gilsim_kernel __attribute__((visibility("default")));

#ifdef __cplusplus
}
#endif
