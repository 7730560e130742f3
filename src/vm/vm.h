/* vm.h - an interpreter, its modules, and the threads that run bytecode in it.
 *
 * Threads  a struct vm_thread belongs to one thread, which holds the lock whenever it
 *          calls vm_run; inside, check points and release sections give it away.
 * Owner    vm_thread_open allocates a stack, vm_thread_close frees it; threads end before
 *          their module, modules before their interpreter.
 * Source   the opcodes mirror CPython's; see opcodes.def. */
#pragma once

#include "gil/gil.h"
#include "vm/object.h"
#include "world/await.h"

/* Why a run ended early.  TRAP(NAME, text) */
#define VM_TRAPS(TRAP) \
	TRAP(NONE, "no error") \
	TRAP(INDEX, "list index out of range") \
	TRAP(UNSET, "row was never stored") \
	TRAP(MEMORY, "no memory, or a length that cannot be") \
	TRAP(RECURSION, "calls nested too deep") \
	TRAP(STOPPED, "told to stop") \
	TRAP(AWAITS, "suspended until what it awaits is over") \
	TRAP(TIMEOUT, "an answer that it awaited did not come within 30 s") \
	TRAP(REFUSED, "nobody is there to answer what it asked") \
	TRAP(FILES, "no more open files or ports to be had: see ulimit -n") \
	TRAP(NATIVE, "a native call failed: no memory, a kernel's own setup, a file that " \
		     "cannot be read, or fewer OpenMP threads than asked for")

enum vm_trap {
#define TRAP(NAME, text) VM_TRAP_##NAME,
	VM_TRAPS(TRAP)
#undef TRAP
};
const char *vm_trap_text(enum vm_trap trap);

/* A lock, and how the threads around it count references. */
struct interpreter {
	struct gil gil;
	enum counts counts;
};

struct interpreter_options {
	const struct gil_policy *policy;
	int64_t interval_ns, ticks; /* ABSENT: the policy's */
	enum counts counts;
};

/* 0 or a negative errno: no memory, or no thread for the policy's timer. */
int interpreter_open(struct interpreter *in, const struct interpreter_options *options);
void interpreter_close(struct interpreter *in);

/* A program and its globals, which all threads that run it share. */
struct module {
	struct interpreter *interpreter;
	const struct program *program;
	union value globals[GLOBALS_MOST] ON_OWN_LINE;
};

/* 0 or -ENOMEM. */
int module_open(struct module *m, struct interpreter *in, const struct program *p);
void module_close(struct module *m);

/* What became of the first global: a number's bits, or a list's first item as a whole number. */
int64_t module_outcome(const struct module *m);

/* By how many references too many (negative: too few) the first global's count is off when all
 * threads have let go of it; 0 when it is no object. */
int64_t module_references_off(const struct module *m);

struct vm_frame {
	const struct function *function;
	union value *base; /* first local */
	uint32_t at;	   /* where it stands while it does not run: before its CALL, or, of a
			    * suspended run's top frame, its CALL_NATIVE */
};

/* Where a run stands: its calls and operands.  A thread has one; one for each coroutine makes
 * many runs of a single thread. */
struct vm_stack {
	void *memory;
	struct vm_frame *frames, *frames_end;
	union value *slots, *slots_end;
	struct vm_frame *suspended; /* the top frame of a run that is; NULL: there is none */
	struct awaited awaited;	    /* what a suspended one waits for */
};

/* As much as a run of the program needs.  0 or -ENOMEM. */
int vm_stack_open(struct vm_stack *s, const struct program *p);
void vm_stack_close(struct vm_stack *s); /* also of a failed open */

/* What native calls take in the virtual world: first in the struct of whoever knows it. */
struct native_costs {
	/* CPU time of a call that goes through so many items so often. */
	int64_t (*ps)(const struct native_costs *c, int64_t items_n, int64_t passes_n);
};

struct vm_thread {
	struct gil_thread gil; /* first: the breaker is the hottest word */
	struct module *module;
	const uint32_t *burns; /* by opcode: steps to burn before it, to slow down to a pace, or
				* for what it takes in the virtual world; NULL: none */
	const struct native_costs *costs; /* NULL in the real world, or: they cost nothing */
	bool releases;	       /* native calls give the lock away */
	bool suspends;	       /* a native that awaits something ends the run for so long */
	int team;	       /* threads a native call may use itself; 0: its caller's alone */
	void *context;	       /* for native calls that know it; NULL: none */
	struct vm_stack stack; /* may be another one for each run, but not in a run */
	/* Time in native calls, kept at ACCOUNTING_FULL only, and in those that wait. */
	int64_t native_held_ns, native_released_ns, io_ns;
};

/* Sets up the stack and attaches to the lock.  0 or -ENOMEM. */
int vm_thread_open(struct vm_thread *t, struct module *m, const char *name,
		   enum accounting accounting, struct gil_stats *stats);
void vm_thread_close(struct vm_thread *t);

/* The thread has waited for something, without the lock, since began_ns, and does so no more. */
void vm_end_io(struct vm_thread *t, int64_t began_ns);

/* Runs the entry function of its module's program on `args` (borrowed numbers, as many as it
 * has parameters).  *result is its value, untouched after a trap.
 *
 * VM_TRAP_AWAITS, where the thread suspends: t->stack.awaited says what for.  When that is over
 * and says whether something came, another call on this stack goes on from there (args are not
 * read again); or, after gil_stop, lets go of all objects and gives VM_TRAP_STOPPED. */
enum vm_trap vm_run(struct vm_thread *t, const union value *args, union value *result);

/* Calls a kernel with the arguments on top of the stack, in a release section when the
 * thread releases and the kernel allows it, or when it is I/O.  A trap when it failed, or when
 * the run is to be suspended before it: then the same call is made again later. */
enum vm_trap vm_call_native(struct vm_thread *t, const struct native *native,
			    const union value *args, union value *result);
