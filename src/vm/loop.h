/* loop.h - the interpreter loop, once, compiled for each kind of check point.
 *
 * Included by interp.c only, with
 *   INTERP_NAME        the function's name
 *   INTERP_QUICK       whether it runs quick code, where opcodes have no price
 *   INTERP_CHECKS      which opcodes check: those with this bit of enum check_points
 *   INTERP_CHECK(t)    what they do there; true ends the run
 * and with what interp.c defines for its scheme of reference counts.
 *
 * The state lives in locals: pc, sp (first free slot), locals (base of the frame).  A
 * trap leaves through `trap:` with pc on the opcode at fault, or, stopped, on the one that
 * comes next, and its operands still on the stack, which is the state whose references the
 * verifier recorded. */

#if INTERP_SWITCH
#define TARGET(NAME) case OP_##NAME
#define DISPATCH() goto dispatch
#elif WORLD_VIRTUAL
#define TARGET(NAME) target_##NAME
#define DISPATCH() \
	do { \
		owed_ps += burns[pc->op]; \
		goto *targets[pc->op]; \
	} while (0)
#else
#define TARGET(NAME) target_##NAME
#define DISPATCH() goto *entries[pc->op]
#endif

#define CHECKS_OF(NAME) check_##NAME
/* In the virtual world opcodes take time.  It is added up here, and charged before anything that
 * others may see: a memory location would be waited for at every opcode. */
#if WORLD_VIRTUAL
#define CHARGE() (world_charge(owed_ps), owed_ps = 0)
#else
#define CHARGE() ((void)0)
#endif

/* Ends an opcode that goes on at `to`. */
#define NEXT_AT(NAME, to) \
	do { \
		pc = (to); \
		if (CHECKS_OF(NAME) & (INTERP_CHECKS)) \
			CHARGE(); \
		TRAP_IF((CHECKS_OF(NAME) & (INTERP_CHECKS)) && INTERP_CHECK(t), STOPPED); \
		DISPATCH(); \
	} while (0)
#define NEXT(NAME) NEXT_AT(NAME, pc + 1)
#define TRAP_IF(condition, TRAP) \
	do { \
		if (__builtin_expect(condition, 0)) { \
			trap = VM_TRAP_##TRAP; \
			goto trap; \
		} \
	} while (0)

/* Two on top become one: `field` of a and b to `out` of the result. */
#define BINARY(NAME, field, out, expression) \
	TARGET(NAME): { \
		__typeof__(sp->field) a = sp[-2].field, b = sp[-1].field; \
		sp[-2].out = (expression); \
		sp--; \
		NEXT(NAME); \
	}
#define WRAPPING(operator) (int64_t)((uint64_t)a operator (uint64_t)b)
#define COMPARE(condition) \
	((condition) == CONDITION_LT   ? a < b \
	 : (condition) == CONDITION_LE ? a <= b \
	 : (condition) == CONDITION_EQ ? a == b \
	 : (condition) == CONDITION_NE ? a != b \
	 : (condition) == CONDITION_GT ? a > b \
				       : a >= b)

static enum vm_trap INTERP_NAME(struct vm_thread *t, const struct program *p,
				const union value *args, union value *result)
{
	enum {
#define OP(NAME, in, out, operand, checks, help) check_##NAME = CHECKS_##checks,
#include "vm/opcodes.def"
#undef OP
	};
#if !INTERP_SWITCH
	static const void *const targets[] = {
#define OP(NAME, in, out, operand, checks, help) &&target_##NAME,
#include "vm/opcodes.def"
#undef OP
#if INTERP_QUICK
#define SUPER(NAME, ...) &&target_##NAME,
#include "vm/supers.def"
#undef SUPER
#endif
	};
#endif
#if WORLD_VIRTUAL
	/* In that world every opcode takes time. */
	static const uint32_t nothing[OPCODES_N];
	const uint32_t *burns = t->burns ? t->burns : nothing;
	int64_t owed_ps = 0;
#elif !INTERP_SWITCH
	/* At a pace every opcode is entered by way of one place, which burns time. */
	static const void *const detours[] = {
#define OP(NAME, in, out, operand, checks, help) &&detour,
#include "vm/opcodes.def"
#undef OP
	};
	const void *const *entries = t->burns ? detours : targets;
#endif
	struct vm_frame *frame = enter(t, p, args);
	/* The same program twice: see quicken.h.  A pace has a price for each opcode. */
	const struct insn *const code = INTERP_QUICK && !t->burns ? p->quick : p->insns;
	const struct insn *pc = code + frame->at;
	union value *locals = frame->base;
	union value *sp = locals + frame->function->locals_n + p->depths[frame->at];
	enum vm_trap trap;

#if INTERP_SWITCH
	unsigned op;
dispatch:
#if WORLD_VIRTUAL
	owed_ps += burns[pc->op];
#else
	if (t->burns)
		spin_steps(t->burns[pc->op]);
#endif
	op = pc->op;
#if INTERP_QUICK
base:
#endif
	switch (op) {
#else
	DISPATCH();

#if !WORLD_VIRTUAL
detour:
	spin_steps(t->burns[pc->op]);
	goto *targets[pc->op];
#endif
#endif

	TARGET(NOP):
		NEXT(NOP);
	TARGET(LOAD_CONST):
		*sp++ = p->consts[pc->arg];
		NEXT(LOAD_CONST);
	TARGET(LOAD_FAST):
		*sp++ = locals[pc->arg];
		NEXT(LOAD_FAST);
	TARGET(STORE_FAST):
		locals[pc->arg] = *--sp;
		NEXT(STORE_FAST);
	TARGET(LOAD_REF):
		*sp = locals[pc->arg];
		KEEP(sp->object);
		sp++;
		NEXT(LOAD_REF);
	TARGET(STORE_REF): {
		struct object *old = locals[pc->arg].object;
		locals[pc->arg] = *--sp;
		if (old)
			LET_GO(old);
		NEXT(STORE_REF);
	}
	TARGET(POP_TOP):
		sp--;
		NEXT(POP_TOP);
	TARGET(POP_REF):
		LET_GO((--sp)->object);
		NEXT(POP_REF);
	TARGET(SWAP): {
		union value top = sp[-1];
		sp[-1] = sp[-2];
		sp[-2] = top;
		NEXT(SWAP);
	}
	BINARY(BINARY_ADD_INT, i, i, WRAPPING(+))
	BINARY(BINARY_SUB_INT, i, i, WRAPPING(-))
	BINARY(BINARY_MUL_INT, i, i, WRAPPING(*))
	BINARY(BINARY_ADD_FLOAT, f, f, a + b)
	BINARY(BINARY_SUB_FLOAT, f, f, a - b)
	BINARY(BINARY_MUL_FLOAT, f, f, a * b)
	BINARY(BINARY_DIV_FLOAT, f, f, a / b)
	TARGET(INT_TO_FLOAT):
		sp[-1].f = (double)sp[-1].i;
		NEXT(INT_TO_FLOAT);
	BINARY(COMPARE_INT, i, i, COMPARE(pc->arg))
	BINARY(COMPARE_FLOAT, f, i, COMPARE(pc->arg))
	TARGET(POP_JUMP_IF_FALSE):
		NEXT_AT(POP_JUMP_IF_FALSE, (--sp)->i ? pc + 1 : code + pc->arg);
	TARGET(JUMP_FORWARD):
		NEXT_AT(JUMP_FORWARD, code + pc->arg);
	TARGET(JUMP_BACKWARD):
		NEXT_AT(JUMP_BACKWARD, code + pc->arg);
	TARGET(FOR_RANGE):
		if (sp[-2].i < sp[-1].i) {
			sp->i = sp[-2].i++;
			sp++;
			NEXT(FOR_RANGE);
		}
		sp -= 2;
		NEXT_AT(FOR_RANGE, code + pc->arg);
	TARGET(CALL): {
		const struct function *callee = p->functions + pc->arg;
		union value *base = sp - callee->params_n;
		TRAP_IF(frame + 1 == t->stack.frames_end ||
				t->stack.slots_end - base < callee->locals_n + callee->stack_n,
			RECURSION);
		memset(sp, 0, (size_t)(callee->locals_n - callee->params_n) * sizeof *sp);
		frame->at = (uint32_t)(pc - code);
		*++frame = (struct vm_frame){.function = callee, .base = base};
		locals = base;
		sp = base + callee->locals_n;
		NEXT_AT(CALL, code + callee->first);
	}
	TARGET(CALL_NATIVE): {
		const struct native *native = p->natives + pc->arg;
		union value *native_args = sp - strlen(native->in), value;
		CHARGE();
		trap = vm_call_native(t, native, native_args, &value);
		if (__builtin_expect(trap, 0))
			goto trap;
		uint64_t references = p->references[pc - code];
		for (; sp > native_args; sp--)
			if (references >> (sp - 1 - locals - frame->function->locals_n) & 1)
				LET_GO(sp[-1].object);
		if (SCHEME == COUNTS_BIASED && gives_object(native))
			OWN(value.object);
		*sp++ = value;
		NEXT(CALL_NATIVE);
	}
	TARGET(RETURN_VALUE): {
		union value value = *--sp;
		let_go_of_locals(t, frame);
		if (frame == t->stack.frames) {
			CHARGE();
			*result = value;
			return VM_TRAP_NONE;
		}
		sp = locals;
		*sp++ = value;
		locals = (--frame)->base;
		NEXT_AT(RETURN_VALUE, code + frame->at + 1);
	}
	TARGET(BUILD_FLOATS): {
		struct floats *list = floats_new(sp[-1].i);
		TRAP_IF(!list, MEMORY);
		OWN(&list->head);
		sp[-1].object = &list->head;
		NEXT(BUILD_FLOATS);
	}
	TARGET(BUILD_ROWS): {
		struct rows *list = rows_new(sp[-1].i);
		TRAP_IF(!list, MEMORY);
		OWN(&list->head);
		sp[-1].object = &list->head;
		NEXT(BUILD_ROWS);
	}
	TARGET(LEN_FLOATS): {
		struct floats *list = (struct floats *)sp[-1].object;
		sp[-1].i = list->n;
		LET_GO(&list->head);
		NEXT(LEN_FLOATS);
	}
	TARGET(LEN_ROWS): {
		struct rows *list = (struct rows *)sp[-1].object;
		sp[-1].i = list->n;
		LET_GO(&list->head);
		NEXT(LEN_ROWS);
	}
	TARGET(SUBSCR_FLOATS): {
		struct floats *list = (struct floats *)sp[-2].object;
		TRAP_IF(IS_OUTSIDE(list, sp[-1].i), INDEX);
		sp[-2].i = world_load(&list->items[sp[-1].i].i, RELAXED);
		sp--;
		LET_GO(&list->head);
		NEXT(SUBSCR_FLOATS);
	}
	TARGET(SUBSCR_ROWS): {
		struct rows *list = (struct rows *)sp[-2].object;
		TRAP_IF(IS_OUTSIDE(list, sp[-1].i), INDEX);
		struct floats *row = list->items[sp[-1].i];
		TRAP_IF(!row, UNSET);
		KEEP(&row->head);
		sp[-2].object = &row->head;
		sp--;
		LET_GO(&list->head);
		NEXT(SUBSCR_ROWS);
	}
	TARGET(STORE_FLOATS): {
		struct floats *list = (struct floats *)sp[-2].object;
		TRAP_IF(IS_OUTSIDE(list, sp[-1].i), INDEX);
		CHARGE();
		LOCK(&list->head);
		world_store(&list->items[sp[-1].i].i, sp[-3].i, RELAXED);
		UNLOCK(&list->head);
		sp -= 3;
		LET_GO(&list->head);
		NEXT(STORE_FLOATS);
	}
	TARGET(CALL_FLOATS_ADD): {
		struct floats *list = (struct floats *)sp[-2].object;
		TRAP_IF(IS_OUTSIDE(list, sp[-1].i), INDEX);
		CHARGE();
		floats_add(list, sp[-1].i, sp[-3].f, SCHEME);
		sp -= 3;
		LET_GO(&list->head);
		NEXT(CALL_FLOATS_ADD);
	}
	TARGET(STORE_ROWS): {
		struct rows *list = (struct rows *)sp[-2].object;
		TRAP_IF(IS_OUTSIDE(list, sp[-1].i), INDEX);
		CHARGE();
		LOCK(&list->head);
		struct floats *old = list->items[sp[-1].i];
		list->items[sp[-1].i] = (struct floats *)sp[-3].object;
		UNLOCK(&list->head);
		sp -= 3;
		if (old)
			LET_GO(&old->head);
		LET_GO(&list->head);
		NEXT(STORE_ROWS);
	}
	TARGET(LOAD_GLOBAL):
		sp++->i = world_load(&t->module->globals[pc->arg].i, RELAXED);
		NEXT(LOAD_GLOBAL);
	TARGET(STORE_GLOBAL):
		world_store(&t->module->globals[pc->arg].i, (--sp)->i, RELAXED);
		NEXT(STORE_GLOBAL);
	TARGET(LOAD_GLOBAL_REF):
		*sp = t->module->globals[pc->arg];
		KEEP(sp->object);
		sp++;
		NEXT(LOAD_GLOBAL_REF);
	TARGET(LEN_BYTES): {
		struct bytes *bytes = (struct bytes *)sp[-1].object;
		sp[-1].i = bytes->n;
		LET_GO(&bytes->head);
		NEXT(LEN_BYTES);
	}
	TARGET(SUBSCR_BYTES): {
		struct bytes *bytes = (struct bytes *)sp[-2].object;
		TRAP_IF(IS_OUTSIDE(bytes, sp[-1].i), INDEX);
		sp[-2].i = bytes->items[sp[-1].i];
		sp--;
		LET_GO(&bytes->head);
		NEXT(SUBSCR_BYTES);
	}
#if INTERP_QUICK
#include "vm/supers.h"
deopt:
#if INTERP_SWITCH
	op = p->insns[pc - code].op;
	goto base;
#else
	goto *targets[p->insns[pc - code].op];
#endif
#endif
#if INTERP_SWITCH
	default:
		__builtin_unreachable(); /* the verifier lets no other opcode through */
	}
#endif

trap:
	CHARGE();
	return leave(t, p, frame, (uint32_t)(pc - code), trap);
}

#undef TARGET
#undef DISPATCH
#undef CHECKS_OF
#undef NEXT_AT
#undef NEXT
#undef CHARGE
#undef TRAP_IF
#undef BINARY
#undef WRAPPING
#undef COMPARE
#undef INTERP_NAME
#undef INTERP_QUICK
#undef INTERP_CHECKS
#undef INTERP_CHECK
