/* verify.c - types flow along every path of a function until nothing new is learned.
 *
 * What is known before an instruction is the types on the stack, the same on every path
 * that leads there, and the locals that hold an object on all of them.  The second can
 * only shrink, so each instruction is looked at no more than LOCALS_MOST + 1 times. */
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm/asm.h"

/* What a signature may want beside a type. */
enum { WANT_ANY = TYPES_N, WANT_NUMBER, WANT_REFERENCE, WANTS_N };

static const char *const want_texts[WANTS_N] = {
#define TYPE(NAME, letter, text, is_reference) [TYPE_##NAME] = text,
#include "vm/types.def"
#undef TYPE
	[WANT_ANY] = "anything", [WANT_NUMBER] = "number", [WANT_REFERENCE] = "object",
};

struct state {
	uint64_t assigned; /* bit k: local k holds an object */
	uint8_t types[STACK_MOST];
	uint8_t depth;
	bool reached, pending;
};

static_assert(LOCALS_MOST <= 64 && STACK_MOST <= 64, "both are sets of 64 bits");

struct verifier {
	const char *name;
	struct program *p;
	struct error *err;
	const struct function *function; /* the one in hand */
	struct state *states;		 /* before each of its instructions */
	uint32_t *pending;		 /* those to look at (again) */
	size_t pending_n;
	uint32_t at; /* the instruction in hand */
};

static uint32_t line_of(const struct verifier *v, uint32_t at)
{
	return v->p->lines ? v->p->lines[at] : 0;
}

/* The instruction in hand is at fault. */
__attribute__((format(printf, 2, 3))) static int fail(const struct verifier *v, const char *format,
						      ...)
{
	char why[sizeof v->err->text];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(why, sizeof why, format, arguments);
	va_end(arguments);
	return error_set(v->err, -EINVAL, "%s:%u: %s: %s", v->name, line_of(v, v->at),
			 opcode_infos[v->p->insns[v->at].op].name, why);
}

/* "int float"; cut where the text ends. */
static const char *wants_text(const uint8_t *wants, size_t n, char text[static 96])
{
	strcpy(text, n ? "" : "nothing");
	for (size_t k = 0, size = 0; k < n && size < 96; k++)
		size += (size_t)snprintf(text + size, 96 - size, "%s%s", k ? " " : "",
					 want_texts[wants[k]]);
	return text;
}

static uint8_t type_of(char letter)
{
	uint8_t type = 0;
	while (type < TYPES_N && type_infos[type].letter != letter)
		type++;
	return type;
}

static struct insn insn_in_hand(const struct verifier *v)
{
	return v->p->insns[v->at];
}

/* --- operands, one instruction at a time --- */

static int check_range(const struct verifier *v, size_t n, const char *things)
{
	uint16_t arg = insn_in_hand(v).arg;
	return arg < n ? 0 : fail(v, "has operand %u, but there are %zu %s", arg, n, things);
}

static int check_local(const struct verifier *v, bool wants_reference)
{
	int err = check_range(v, v->function->locals_n, "locals");
	if (err)
		return err;
	uint16_t arg = insn_in_hand(v).arg;
	const struct type_info *type = type_infos + v->function->locals[arg];
	if (type->is_reference == wants_reference)
		return 0;
	return fail(v, "needs %s, but local %u is %s", wants_reference ? "an object" : "a number",
		    arg, type->text);
}

static int check_global(const struct verifier *v, bool wants_reference)
{
	int err = check_range(v, v->p->globals_n, "globals");
	if (err)
		return err;
	const struct type_info *type = type_infos + v->p->global_types[insn_in_hand(v).arg];
	if (type->is_reference == wants_reference)
		return 0;
	return fail(v, "needs a global that is %s, not %s",
		    wants_reference ? "an object" : "a number", type->text);
}

static int check_jump(const struct verifier *v)
{
	const struct function *f = v->function;
	struct insn insn = insn_in_hand(v);
	if (insn.arg < f->first || insn.arg >= f->end)
		return fail(v, "needs a target inside %s", f->name);
	bool is_backward = insn.op == OP_JUMP_BACKWARD;
	if (is_backward && insn.arg > v->at)
		return fail(v, "needs a target at or before it: it is the check point of a loop");
	if (!is_backward && insn.arg <= v->at)
		return fail(v, "needs a target after it: every loop has a check point, so only "
			       "JUMP_BACKWARD closes one");
	return 0;
}

static int check_operand(const struct verifier *v)
{
	struct insn insn = insn_in_hand(v);
	if (insn.op >= OPCODES_N)
		return error_set(v->err, -EINVAL, "%s:%u: opcode %u: unknown",
				 v->name, line_of(v, v->at), insn.op);
	switch (opcode_infos[insn.op].operand) {
	case OPERAND_NONE:
		break;
	case OPERAND_LOCAL:
		return check_local(v, false);
	case OPERAND_REF:
		return check_local(v, true);
	case OPERAND_CONST:
		return check_range(v, v->p->consts_n, "constants");
	case OPERAND_CONDITION:
		return check_range(v, CONDITIONS_N, "conditions");
	case OPERAND_JUMP:
		return check_jump(v);
	case OPERAND_FUNCTION:
		return check_range(v, v->p->functions_n, "functions");
	case OPERAND_NATIVE:
		return check_range(v, v->p->natives_n, "natives");
	case OPERAND_GLOBAL:
		return check_global(v, false);
	case OPERAND_GLOBAL_REF:
		return check_global(v, true);
	}
	return insn.arg == 0 ? 0 : fail(v, "takes no operand, has %u", insn.arg);
}

/* --- what an instruction does to the stack --- */

static uint8_t want_of(const struct verifier *v, char letter)
{
	switch (letter) {
	case 'L':
		return v->function->locals[insn_in_hand(v).arg];
	case 'K':
		return v->p->const_types[insn_in_hand(v).arg];
	case 'G':
		return v->p->global_types[insn_in_hand(v).arg];
	case 'X':
	case 'Y':
		return WANT_ANY;
	case 'N':
		return WANT_NUMBER;
	case 'R':
		return WANT_REFERENCE;
	}
	return type_of(letter);
}

/* What the instruction pops, deepest first; returns how many. */
static size_t wants_of(const struct verifier *v, uint8_t wants[static STACK_MOST])
{
	struct insn insn = insn_in_hand(v);
	const struct opcode_info *info = opcode_infos + insn.op;
	const char *letters = info->in;
	if (info->operand == OPERAND_FUNCTION) {
		const struct function *callee = v->p->functions + insn.arg;
		memcpy(wants, callee->locals, callee->params_n);
		return callee->params_n;
	}
	if (info->operand == OPERAND_NATIVE) {
		letters = v->p->natives[insn.arg].in;
	} else if (*letters == '*') {
		wants[0] = v->function->out;
		return 1;
	}
	size_t n = strlen(letters);
	for (size_t k = 0; k < n; k++)
		wants[k] = want_of(v, letters[k]);
	return n;
}

static bool suits(uint8_t type, uint8_t want)
{
	if (want == WANT_NUMBER || want == WANT_REFERENCE)
		return type_infos[type].is_reference == (want == WANT_REFERENCE);
	return want == WANT_ANY || want == type;
}

/* Pops what the instruction wants; `popped` are the types that were there. */
static int pop(const struct verifier *v, struct state *s, uint8_t popped[static STACK_MOST])
{
	uint8_t wants[STACK_MOST];
	size_t n = wants_of(v, wants), found_n = n < s->depth ? n : s->depth;
	const uint8_t *found = s->types + s->depth - found_n;
	bool suited = found_n == n;
	for (size_t k = 0; suited && k < n; k++)
		suited = suits(found[k], wants[k]);
	if (!suited) {
		char wanted_text[96], found_text[96];
		return fail(v, "needs %s on top of the stack, finds %s",
			    wants_text(wants, n, wanted_text),
			    wants_text(found, found_n, found_text));
	}
	memcpy(popped, found, n);
	s->depth = (uint8_t)(s->depth - n);
	return 0;
}

static uint8_t pushed_type(const struct verifier *v, char letter, const uint8_t *popped)
{
	struct insn insn = insn_in_hand(v);
	const struct opcode_info *info = opcode_infos + insn.op;
	if (info->operand == OPERAND_FUNCTION)
		return v->p->functions[insn.arg].out;
	if (info->operand == OPERAND_NATIVE)
		return type_of(*v->p->natives[insn.arg].out);
	if (letter == 'X' || letter == 'Y')
		return popped[strchr(info->in, letter) - info->in];
	return want_of(v, letter);
}

static int push(const struct verifier *v, struct state *s, const uint8_t *popped)
{
	for (const char *out = opcode_infos[insn_in_hand(v).op].out; *out; out++) {
		if (s->depth == STACK_MOST)
			return fail(v, "needs more than the %d places of the stack", STACK_MOST);
		s->types[s->depth++] = pushed_type(v, *out, popped);
	}
	return 0;
}

/* An instruction with a local object either stores it or needs it stored. */
static int assign(const struct verifier *v, struct state *s)
{
	struct insn insn = insn_in_hand(v);
	if (opcode_infos[insn.op].operand != OPERAND_REF)
		return 0;
	uint64_t bit = UINT64_C(1) << insn.arg;
	bool is_store = *opcode_infos[insn.op].in;
	if (!is_store && !(s->assigned & bit))
		return fail(v, "needs an object stored in local %u on every path that leads here",
			    insn.arg);
	s->assigned |= bit;
	return 0;
}

/* --- how it flows --- */

/* The instruction in hand goes on at `to` with `s`. */
static int flow(struct verifier *v, uint32_t to, const struct state *s)
{
	struct state *known = v->states + (to - v->function->first);
	uint64_t assigned = known->assigned & s->assigned;
	if (!known->reached) {
		*known = *s;
		known->reached = true;
		known->pending = false;
	} else if (known->depth != s->depth || memcmp(known->types, s->types, s->depth) != 0) {
		char known_text[96], text[96];
		return fail(v, "reaches line %u with %s on the stack, another path with %s",
			    line_of(v, to), wants_text(s->types, s->depth, text),
			    wants_text(known->types, known->depth, known_text));
	} else if (assigned == known->assigned) {
		return 0;
	} else {
		known->assigned = assigned;
	}
	if (!known->pending)
		v->pending[v->pending_n++] = to;
	known->pending = true;
	return 0;
}

static bool falls_through(uint16_t op)
{
	return op != OP_RETURN_VALUE && op != OP_JUMP_FORWARD && op != OP_JUMP_BACKWARD;
}

static int step(struct verifier *v)
{
	struct insn insn = insn_in_hand(v);
	struct state s = v->states[v->at - v->function->first];
	uint8_t popped[STACK_MOST];
	int err = pop(v, &s, popped);
	if (!err && insn.op == OP_RETURN_VALUE && s.depth > 0)
		return fail(v, "needs one value on the stack, finds %u", s.depth + 1U);
	if (!err && insn.op == OP_FOR_RANGE) /* its jump is the end of the range */
		err = flow(v, insn.arg, &s);
	if (!err)
		err = push(v, &s, popped);
	if (!err)
		err = assign(v, &s);
	if (!err && opcode_infos[insn.op].operand == OPERAND_JUMP && insn.op != OP_FOR_RANGE)
		err = flow(v, insn.arg, &s);
	if (err || !falls_through(insn.op))
		return err;
	if (v->at + 1 == v->function->end)
		return fail(v, "must not be the last of %s: nothing follows it", v->function->name);
	return flow(v, v->at + 1, &s);
}

static uint64_t references_in(const uint8_t *types, size_t n)
{
	uint64_t references = 0;
	for (size_t k = 0; k < n; k++)
		references |= (uint64_t)type_infos[types[k]].is_reference << k;
	return references;
}

/* Keeps what was proved, of instructions that are all reached. */
static int record(struct verifier *v, struct function *f)
{
	f->stack_n = 0;
	for (v->at = f->first; v->at < f->end; v->at++) {
		const struct state *s = v->states + (v->at - f->first);
		if (!s->reached)
			return fail(v, "must be reachable: no path leads here");
		v->p->depths[v->at] = s->depth;
		v->p->references[v->at] = references_in(s->types, s->depth);
		f->stack_n = s->depth > f->stack_n ? s->depth : f->stack_n;
	}
	return 0;
}

static int prove(struct verifier *v, struct function *f)
{
	int err = 0;
	for (v->at = f->first; !err && v->at < f->end; v->at++)
		err = check_operand(v);
	if (err)
		return err;
	v->states[0] = (struct state){
		.assigned = references_in(f->locals, f->params_n),
		.reached = true,
		.pending = true,
	};
	v->pending[v->pending_n++] = f->first;
	while (!err && v->pending_n > 0) {
		v->at = v->pending[--v->pending_n];
		v->states[v->at - f->first].pending = false;
		err = step(v);
	}
	return err ? err : record(v, f);
}

static int no_memory(const struct verifier *v)
{
	return error_set(v->err, -ENOMEM, "%s: no memory to verify it", v->name);
}

static int verify_function(struct verifier *v, struct function *f)
{
	size_t n = f->end - f->first;
	v->function = f;
	v->states = calloc(n, sizeof *v->states);
	v->pending = calloc(n, sizeof *v->pending);
	v->pending_n = 0;
	int err = v->states && v->pending ? prove(v, f) : no_memory(v);
	free(v->states);
	free(v->pending);
	return err;
}

/* --- what must hold before any instruction is looked at --- */

static bool types_are_known(const uint8_t *types, size_t n, uint8_t types_n)
{
	for (size_t k = 0; k < n; k++)
		if (types[k] >= types_n)
			return false;
	return true;
}

/* Functions fill the program in order, so that no instruction belongs to two. */
static const char *fault_of_function(const struct program *p, const struct function *f)
{
	bool is_last = f + 1 == p->functions + p->functions_n;
	if (!memchr(f->name, '\0', sizeof f->name))
		return "name must end within its field";
	if (f->params_n > f->locals_n || f->locals_n > LOCALS_MOST)
		return "must have at most 64 locals, the parameters among them";
	if (!types_are_known(f->locals, f->locals_n, TYPES_N) || f->out >= TYPES_N)
		return "must have locals and a value of known types";
	if (f->first != (f == p->functions ? 0 : f[-1].end) || f->end <= f->first)
		return "must begin where the one before it ends, and not be empty";
	if (f->end > p->insns_n || (is_last && f->end != p->insns_n))
		return "must end inside the program, the last one at its end";
	if (f == p->functions && (references_in(f->locals, f->params_n) ||
				  type_infos[f->out].is_reference))
		return "is the entry: must take and give only numbers";
	return NULL;
}

static bool native_is_known(const struct native *native)
{
	size_t n = native->in && native->out ? strlen(native->in) : SIZE_MAX;
	for (size_t k = 0; n <= STACK_MOST && k < n; k++)
		if (type_of(native->in[k]) == TYPES_N)
			return false;
	return n <= STACK_MOST && type_of(*native->out) < TYPES_N && native->out[1] == '\0';
}

/* Numbers are not counted, and what is no global cannot be named. */
static bool immortals_are_objects(const struct program *p)
{
	for (size_t k = 0; k < 64; k++)
		if (p->immortals >> k & 1 &&
		    (k >= p->globals_n || !type_infos[p->global_types[k]].is_reference))
			return false;
	return true;
}

static int check_globals(const struct verifier *v)
{
	const struct program *p = v->p;
	if (p->globals_n > GLOBALS_MOST ||
	    !types_are_known(p->global_types, p->globals_n, TYPE_FLOATS + 1))
		return error_set(v->err, -EINVAL,
				 "%s: globals: must be int, float or floats, at most %d", v->name,
				 GLOBALS_MOST);
	if (!immortals_are_objects(p))
		return error_set(v->err, -EINVAL, "%s: immortal globals: must be floats", v->name);
	return 0;
}

static int check_parts(const struct verifier *v)
{
	const struct program *p = v->p;
	if (p->functions_n == 0 || p->insns_n > INSNS_MOST || p->consts_n > CONSTS_MOST)
		return error_set(v->err, -EINVAL,
				 "%s: program: must have a function, at most %d instructions and "
				 "%d constants", v->name, INSNS_MOST, CONSTS_MOST);
	if (!types_are_known(p->const_types, p->consts_n, TYPE_FLOAT + 1))
		return error_set(v->err, -EINVAL, "%s: constants: must be int or float", v->name);
	for (size_t k = 0; k < p->natives_n; k++)
		if (!native_is_known(p->natives + k))
			return error_set(v->err, -EINVAL,
					 "%s: native %.31s: must take and give letters of types",
					 v->name, p->natives[k].name);
	for (size_t k = 0; k < p->functions_n; k++) {
		const char *fault = fault_of_function(p, p->functions + k);
		if (fault)
			return error_set(v->err, -EINVAL, "%s: func %.31s: %s", v->name,
					 p->functions[k].name, fault);
	}
	return check_globals(v);
}

static int make_room(const struct verifier *v)
{
	struct program *p = v->p;
	uint8_t *depths = realloc(p->depths, p->insns_n * sizeof *depths);
	if (depths)
		p->depths = depths;
	uint64_t *references = realloc(p->references, p->insns_n * sizeof *references);
	if (references)
		p->references = references;
	return depths && references ? 0 : no_memory(v);
}

int program_verify(const char *name, struct program *p, struct error *err)
{
	struct verifier v = {.name = name, .p = p, .err = err};
	int failed = check_parts(&v);
	if (!failed)
		failed = make_room(&v);
	for (size_t k = 0; !failed && k < p->functions_n; k++)
		failed = verify_function(&v, p->functions + k);
	if (!failed && program_find_depth(p))
		failed = no_memory(&v);
	return failed;
}
