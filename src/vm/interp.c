#include <string.h>

#include "gilsim-config.h"
#include "vm/object.h"
#include "vm/vm.h"

static void let_go_of_locals(const struct vm_frame *frame)
{
	for (size_t k = 0; k < frame->function->locals_n; k++)
		if (type_infos[frame->function->locals[k]].is_reference && frame->base[k].object)
			object_let_go(frame->base[k].object);
}

/* The operands of a frame that stands before the opcode at `pc`; its lowest `n`. */
static void let_go_of_operands(const struct program *p, const struct vm_frame *frame,
			       const struct insn *pc, size_t n)
{
	const union value *operands = frame->base + frame->function->locals_n;
	for (size_t k = 0; k < n; k++)
		if (p->references[pc - p->insns] >> k & 1)
			object_let_go(operands[k].object);
}

/* After a trap at `pc` of the top frame.  The frames below stand before their CALL,
 * whose arguments have become the locals of the frame above. */
static void unwind(const struct program *p, const struct vm_frame *first,
		   const struct vm_frame *top, const struct insn *pc)
{
	let_go_of_operands(p, top, pc, p->depths[pc - p->insns]);
	let_go_of_locals(top);
	for (const struct vm_frame *frame = top; frame-- > first; top = frame) {
		size_t depth = p->depths[frame->pc - p->insns];
		let_go_of_operands(p, frame, frame->pc, depth - top->function->params_n);
		let_go_of_locals(frame);
	}
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

#define CHECK_BREAKER(t) \
	(__builtin_expect(world_load(&(t)->gil.breaker, RELAXED), 0) && check_or_stop(&(t)->gil))

#define INTERP_NAME interp_breaker
#define INTERP_CHECKS CHECK_AT_BREAKER
#define INTERP_CHECK CHECK_BREAKER
#include "vm/interp.h"

#define INTERP_NAME interp_dispatch
#define INTERP_CHECKS CHECK_AT_DISPATCH
#define INTERP_CHECK CHECK_BREAKER
#include "vm/interp.h"

#define CHECK_TICKER(t) \
	(__builtin_expect(gil_tick_is_due((t)->gil.gil), 0) && yield_or_stop(&(t)->gil))

#define INTERP_NAME interp_ticks
#define INTERP_CHECKS CHECK_AT_DISPATCH
#define INTERP_CHECK CHECK_TICKER
#include "vm/interp.h"

#define YIELD(t) yield_or_stop(&(t)->gil)

#define INTERP_NAME interp_every
#define INTERP_CHECKS CHECK_AT_EVERY
#define INTERP_CHECK YIELD
#include "vm/interp.h"

enum vm_trap vm_run(struct vm_thread *t, const struct program *p, const union value *args,
		    union value *result)
{
	const struct gil_policy *policy = t->gil.gil->policy;
	switch (policy->check_points) {
	case CHECK_AT_EVERY:
		return interp_every(t, p, args, result);
	case CHECK_AT_DISPATCH:
		return policy->preemption == PREEMPT_TICKS ? interp_ticks(t, p, args, result)
							   : interp_dispatch(t, p, args, result);
	case CHECK_AT_BREAKER:
		break;
	}
	return interp_breaker(t, p, args, result);
}
