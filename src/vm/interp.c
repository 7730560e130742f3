/* interp.c - compiled once for each scheme of reference counts: COUNTS names it (PLAIN), and
 * INTERPS the table (interps_plain). */
/* What an opcode takes in the virtual world includes its relaxed loads and stores. */
#define WORLD_RELAXED_IS_FREE 1

#include "vm/interp.h"

#include <string.h>

#include "gilsim-config.h"
#include "vm/quicken.h"
#include "world/spin.h"

#define SCHEME_OF(name) COUNTS_##name
#define SCHEME_NAMED(name) SCHEME_OF(name)
#define SCHEME SCHEME_NAMED(COUNTS)

#define KEEP(object) object_keep(object, SCHEME, t)
#define LET_GO(object) object_let_go(object, SCHEME, t)
#define OWN(object) object_own(object, SCHEME, t)
#define LOCK(object) object_lock(object, SCHEME)
#define UNLOCK(object) object_unlock(object, SCHEME)
#define NEEDS_LOCK(object) object_needs_lock(object, SCHEME)

/* What a kernel makes is its thread's own. */
static inline bool gives_object(const struct native *native)
{
	for (size_t k = 0; k < TYPES_N; k++)
		if (type_infos[k].letter == *native->out)
			return type_infos[k].is_reference;
	return false;
}

static void let_go_of_locals(const struct vm_thread *t, const struct vm_frame *frame)
{
	for (size_t k = 0; k < frame->function->locals_n; k++)
		if (type_infos[frame->function->locals[k]].is_reference && frame->base[k].object)
			LET_GO(frame->base[k].object);
}

/* The operands of a frame that stands before the opcode at `at`; its lowest `n`. */
static void let_go_of_operands(const struct vm_thread *t, const struct program *p,
			       const struct vm_frame *frame, uint32_t at, size_t n)
{
	const union value *operands = frame->base + frame->function->locals_n;
	for (size_t k = 0; k < n; k++)
		if (p->references[at] >> k & 1)
			LET_GO(operands[k].object);
}

/* After a trap at `at` of the top frame.  The frames below stand before their CALL,
 * whose arguments have become the locals of the frame above. */
static void unwind(const struct vm_thread *t, const struct program *p,
		   const struct vm_frame *top, uint32_t at)
{
	let_go_of_operands(t, p, top, at, p->depths[at]);
	let_go_of_locals(t, top);
	for (const struct vm_frame *frame = top; frame-- > t->stack.frames; top = frame) {
		size_t depth = p->depths[frame->at];
		let_go_of_operands(t, p, frame, frame->at, depth - top->function->params_n);
		let_go_of_locals(t, frame);
	}
}

/* Beginning and ending are calls, for the loop is slower the more is in it: where gcc laid out
 * their code within, a counting round's jump crossed a cache line, and it took 15 % longer. */
#define SELDOM __attribute__((noinline))

/* The frame that a run starts or goes on with; it stands before the opcode at its `at`. */
SELDOM static struct vm_frame *enter(struct vm_thread *t, const struct program *p,
				     const union value *args)
{
	const struct function *f = p->functions;
	struct vm_frame *frame = t->stack.frames;
	if (t->stack.suspended)
		return t->stack.suspended;
	*frame = (struct vm_frame){.function = f, .base = t->stack.slots, .at = f->first};
	memset(frame->base, 0, f->locals_n * sizeof *frame->base);
	memcpy(frame->base, args, f->params_n * sizeof *args);
	return frame;
}

/* Why the loop ended before the program did: it is suspended, or it is over. */
SELDOM static enum vm_trap leave(struct vm_thread *t, const struct program *p,
				 struct vm_frame *top, uint32_t at, enum vm_trap trap)
{
	if (trap == VM_TRAP_AWAITS) {
		top->at = at;
		t->stack.suspended = top;
	} else {
		unwind(t, p, top, at);
	}
	return trap;
}

/* A thread that is to stop does not wait for the lock before it does. */
static bool check_or_stop(struct gil_thread *t)
{
	if (gil_is_stopped(t))
		return true;
	gil_check(t);
	return false;
}

static bool yield_or_stop(struct gil_thread *t)
{
	if (gil_is_stopped(t))
		return true;
	gil_yield(t);
	return false;
}

/* bench/checkpoint.c has a loop without the check, to know what it costs. */
#ifndef CHECKED
#define CHECKED 1
#endif
#define CHECK_BREAKER(t) \
	(CHECKED && __builtin_expect(world_load(&(t)->gil.breaker, RELAXED), 0) && \
	 check_or_stop(&(t)->gil))
#define CHECK_TICKER(t) \
	(__builtin_expect(gil_tick_is_due((t)->gil.gil), 0) && yield_or_stop(&(t)->gil))
#define YIELD(t) yield_or_stop(&(t)->gil)

#define INTERP_NAME interp_breaker
#define INTERP_QUICK !WORLD_VIRTUAL
#define INTERP_CHECKS CHECK_AT_BREAKER
#define INTERP_CHECK CHECK_BREAKER
#include "vm/loop.h"

#define INTERP_NAME interp_breaker_ticks
#define INTERP_QUICK !WORLD_VIRTUAL
#define INTERP_CHECKS CHECK_AT_BREAKER
#define INTERP_CHECK CHECK_TICKER
#include "vm/loop.h"

#define INTERP_NAME interp_dispatch
#define INTERP_QUICK 0
#define INTERP_CHECKS CHECK_AT_DISPATCH
#define INTERP_CHECK CHECK_BREAKER
#include "vm/loop.h"

#define INTERP_NAME interp_dispatch_ticks
#define INTERP_QUICK 0
#define INTERP_CHECKS CHECK_AT_DISPATCH
#define INTERP_CHECK CHECK_TICKER
#include "vm/loop.h"

#define INTERP_NAME interp_every
#define INTERP_QUICK 0
#define INTERP_CHECKS CHECK_AT_EVERY
#define INTERP_CHECK YIELD
#include "vm/loop.h"

#define INTERP_NAME interp_every_ticks
#define INTERP_QUICK 0
#define INTERP_CHECKS CHECK_AT_EVERY
#define INTERP_CHECK CHECK_TICKER
#include "vm/loop.h"

const struct interps INTERPS = {
	.breaker = interp_breaker,
	.breaker_ticks = interp_breaker_ticks,
	.dispatch = interp_dispatch,
	.dispatch_ticks = interp_dispatch_ticks,
	.every = interp_every,
	.every_ticks = interp_every_ticks,
};
