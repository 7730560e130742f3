/* interp.h - the compiled forms of the interpreter loop, of which vm_run picks one.
 *
 * interp.c is compiled once for each scheme of reference counts, and in it the loop (loop.h)
 * once for each kind of check point. */
#pragma once

#include "vm/vm.h"

typedef enum vm_trap interp(struct vm_thread *t, const struct program *p, const union value *args,
			    union value *result);

struct interps {
	interp *breaker, *breaker_ticks, *dispatch, *dispatch_ticks, *every, *every_ticks;
};
extern const struct interps interps_plain, interps_atomic, interps_biased;
