/* vm.h - a thread that runs bytecode.
 *
 * Threads  a struct vm_thread belongs to one thread, which holds the lock whenever it
 *          calls vm_run; inside, check points and release sections give it away.
 * Owner    vm_thread_open allocates the stacks, vm_thread_close frees them.
 * Source   the opcodes mirror CPython's; see opcodes.def. */
#pragma once

#include "gil/gil.h"
#include "vm/program.h"

/* Why a run ended early.  TRAP(NAME, text) */
#define VM_TRAPS(TRAP) \
	TRAP(NONE, "no error") \
	TRAP(INDEX, "list index out of range") \
	TRAP(UNSET, "row was never stored") \
	TRAP(MEMORY, "no memory, or a length that cannot be") \
	TRAP(RECURSION, "calls nested too deep") \
	TRAP(STOPPED, "told to stop") \
	TRAP(NATIVE, "a native call failed: no memory, or fewer OpenMP threads than asked for")

enum vm_trap {
#define TRAP(NAME, text) VM_TRAP_##NAME,
	VM_TRAPS(TRAP)
#undef TRAP
};
const char *vm_trap_text(enum vm_trap trap);

struct vm_frame {
	const struct function *function;
	const struct insn *pc; /* where the caller stands: its CALL */
	union value *base;     /* first local */
};

struct vm_thread {
	struct gil_thread gil; /* first: the breaker is the hottest word */
	bool releases;	       /* native calls give the lock away */
	int team;	       /* threads a native call may use itself */
	union value *stack, *stack_end;
	struct vm_frame *frames, *frames_end;
	/* Time in native calls, kept at ACCOUNTING_FULL only. */
	int64_t native_held_ns, native_released_ns;
};

/* Sets up the stacks and attaches to the lock.  0 or -ENOMEM. */
int vm_thread_open(struct vm_thread *t, struct gil *g, const char *name,
		   enum accounting accounting, struct gil_stats *stats);
void vm_thread_close(struct vm_thread *t);

/* Runs the entry function of p on `args` (borrowed numbers, as many as it has
 * parameters).  *result is its value, untouched after a trap. */
enum vm_trap vm_run(struct vm_thread *t, const struct program *p, const union value *args,
		    union value *result);

/* Calls a kernel with the arguments on top of the stack, in a release section when the
 * thread releases and the kernel allows it. */
int vm_call_native(struct vm_thread *t, const struct native *native, const union value *args,
		   union value *result);
