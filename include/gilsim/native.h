/* native.h - how bytecode calls native code: what a kernel is given and what it gives back.
 *
 * Errors   call returns 0 or a negative errno, which ends the run.
 * Owner    args are borrowed; an object in *result is a new reference.
 * Threads  call may run on several threads at once, and without the lock if `releases`:
 *          it must touch nothing but its arguments. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct object;

/* One slot of the interpreter: which member is in it, the signature says. */
union value {
	int64_t i;
	double f;
	struct object *object;
};

struct native_call {
	const union value *args;
	union value *result;
	int team; /* threads that the kernel itself runs on; 0: its caller's alone */
};

struct native {
	const char *name;
	const char *in;	 /* a letter for each argument: i int, f float, a array, ... */
	const char *out; /* one letter */
	bool releases;	 /* the lock may be given away around the call */
	bool waits;	 /* it is I/O: it gives the lock away in every mode, and its time is I/O */
	int (*call)(const struct native_call *call);
};
