/* fiber.h - a stack of one's own, and the switch to another one.
 *
 * On x86-64 and aarch64 a switch is a few instructions (swapcontext is a system call, 200 ns);
 * elsewhere ucontext.  The sanitizers are told of each.  Whoever runs over the end of a stack ends
 * the process, by SIGABRT after one line on stderr: at once or, where there are more than 16,384
 * stacks, at its next switch, and then only if it wrote to the lowest bytes on the way.  What a
 * call must leave as it found it (the rounding mode, the signal mask) is the real thread's, and so
 * all fibers'.
 *
 * Owner    fiber_close gives the stack to the next one; a fiber that was entered may be closed at
 *          any time but while it runs: what is on its stack is forgotten.
 * Threads  fibers are switched between by one real thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { FIBER_STACK_BYTES = 192 * 1024 };

struct fiber {
	/* Where it stands while it does not run: its stack, its frame, its next instruction; where
	 * there is ucontext, that. */
	void *at[3];
	char *stack; /* its lowest byte, for an adopted one only known to the sanitizers */
	size_t size_bytes;
	bool is_adopted;  /* the stack is the real thread's own */
	bool lacks_guard; /* what is below can be written */
	void (*main)(void *argument);
	void *argument;
	void *asan, *tsan; /* what the sanitizers keep of it */
};

/* Becomes the one that runs now, on the stack that there is. */
void fiber_adopt(struct fiber *f);

/* A stack on which the first switch calls main(argument), which must not return.  0 or -ENOMEM. */
int fiber_open(struct fiber *f, void (*main)(void *argument), void *argument);
void fiber_close(struct fiber *f);

/* Goes on with `to`; returns when somebody switches back to `from`, the one that runs. */
void fiber_switch(struct fiber *from, struct fiber *to);
