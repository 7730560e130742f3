/* native.h - how bytecode calls native code: what a kernel is given and what it gives back.
 *
 * Errors   call and await return a negative errno that ends the run.
 * Owner    args are borrowed; an object in *result is a new reference.
 * Threads  call may run on several threads at once, and without the lock if `releases`:
 *          it must touch nothing but its arguments. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct object;
struct awaited;

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
	void *context; /* what its caller's thread was given for such calls, or NULL */
};

/* What `await` gives as long as there is something to wait for. */
enum { NATIVE_AWAITS = 1 };

struct native {
	const char *name;
	const char *in;	 /* a letter for each argument: i int, f float, a array, ... */
	const char *out; /* one letter */
	bool releases;	 /* the lock may be given away around the call */
	bool waits;	 /* it is I/O: it gives the lock away in every mode, and its time is I/O */
	int (*call)(const struct native_call *call);
	/* In place of `call`, of I/O that waits for what an event loop can wait for, too: it says
	 * in `a` (world/await.h, zeroed before the first time) what, and gives NATIVE_AWAITS.
	 * Whoever runs it waits and calls again, until it gives 0 with the result.  It must not
	 * block itself.  As with `waits` the lock is given away, and the time is I/O. */
	int (*await)(const struct native_call *call, struct awaited *a);
	/* For a world in virtual time, which runs the call and then charges what so many items
	 * cost: how many a call with these arguments goes through, asked before it.  NULL: what
	 * the call costs does not depend on its arguments. */
	int64_t (*items)(const union value *args);
	int64_t (*passes)(const union value *args); /* how often, asked with it; NULL: once */
	int64_t bytes_per_item; /* read and written of memory, which all cores share; 0: what
				 * a call does stays in its core's caches */
};
