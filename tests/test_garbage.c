/* test_garbage - no program that the verifier lets through takes a wrong step.
 *
 * Method: seeded garbage, half of it made up and half a good program with a few fields
 * changed.  What is accepted is walked along random paths by a second, simpler reading of
 * the opcode list, which must find the types and depths that were proved. */
#include "programs.h"

#include <errno.h>
#include <stdlib.h>

/* A loop, branches, calls, globals and objects that live on both. */
static const char good[] = "global count int\n"
			   "immortal list floats\n"
			   "func main(n int, x float) float\n"
			   "	local row floats\n"
			   "	local i int\n"
			   "	LOAD_FAST n\n"
			   "	POP_JUMP_IF_FALSE one\n"
			   "	LOAD_FAST n\n"
			   "	JUMP_FORWARD make\n"
			   "one:	LOAD_CONST 1\n"
			   "make:	CALL make\n"
			   "	LOAD_CONST 0\n"
			   "	SUBSCR_ROWS\n"
			   "	STORE_REF row\n"
			   "	LOAD_CONST 0\n"
			   "	LOAD_REF row\n"
			   "	LEN_FLOATS\n"
			   "cell:	FOR_RANGE done\n"
			   "	STORE_FAST i\n"
			   "	LOAD_REF row\n"
			   "	LOAD_FAST i\n"
			   "	SUBSCR_FLOATS\n"
			   "	LOAD_GLOBAL_REF list\n"
			   "	LOAD_GLOBAL count\n"
			   "	CALL_FLOATS_ADD\n"
			   "	LOAD_FAST x\n"
			   "	LOAD_FAST x\n"
			   "	BINARY_ADD_FLOAT\n"
			   "	STORE_FAST x\n"
			   "	JUMP_BACKWARD cell\n"
			   "done:	LOAD_CONST 0.5\n"
			   "	LOAD_FAST n\n"
			   "	CALL_NATIVE grid\n"
			   "	LOAD_FAST x\n"
			   "	SWAP\n"
			   "	CALL_NATIVE sum\n"
			   "	BINARY_MUL_FLOAT\n"
			   "	CALL first\n"
			   "	INT_TO_FLOAT\n"
			   "	BINARY_ADD_FLOAT\n"
			   "	RETURN_VALUE\n"
			   "end\n"
			   "func first() int\n"
			   "	local text bytes\n"
			   "	CALL_NATIVE text\n"
			   "	STORE_REF text\n"
			   "	LOAD_REF text\n"
			   "	LOAD_REF text\n"
			   "	LEN_BYTES\n"
			   "	LOAD_CONST 1\n"
			   "	BINARY_SUB_INT\n"
			   "	SUBSCR_BYTES\n"
			   "	RETURN_VALUE\n"
			   "end\n"
			   "func make(n int) rows\n"
			   "	local u rows\n"
			   "	LOAD_FAST n\n"
			   "	BUILD_ROWS\n"
			   "	STORE_REF u\n"
			   "	LOAD_FAST n\n"
			   "	BUILD_FLOATS\n"
			   "	LOAD_REF u\n"
			   "	LOAD_CONST 0\n"
			   "	STORE_ROWS\n"
			   "	LOAD_REF u\n"
			   "	RETURN_VALUE\n"
			   "end\n";

static uint64_t seed;

static uint32_t below(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)((seed >> 20) % n);
}

/* Half of them of the kinds that small programs are made of. */
static uint16_t random_op(void)
{
	static const uint16_t usual[] = {
		OP_LOAD_CONST,	 OP_LOAD_CONST,	   OP_LOAD_FAST,  OP_STORE_FAST,
		OP_JUMP_FORWARD, OP_JUMP_BACKWARD, OP_FOR_RANGE,  OP_POP_JUMP_IF_FALSE,
		OP_BUILD_FLOATS, OP_STORE_REF,	   OP_LOAD_REF,	  OP_LEN_FLOATS,
	};
	if (below(2))
		return usual[below(sizeof usual / sizeof *usual)];
	return (uint16_t)(below(500) ? below(OPCODES_N) : below(65536));
}

static struct insn random_insn(void)
{
	struct insn insn = {.op = random_op()};
	bool has_operand = insn.op >= OPCODES_N || opcode_infos[insn.op].operand != OPERAND_NONE;
	if (has_operand || !below(500))
		insn.arg = (uint16_t)below(below(100) ? 4 : 65536);
	return insn;
}

/* Arrays of just their size, so that a sanitizer sees a read beyond them. */
static void make_garbage(struct program *p)
{
	*p = (struct program){.natives = natives, .natives_n = 3};
	p->insns_n = 1 + below(6);
	p->insns = calloc(p->insns_n, sizeof *p->insns);
	for (size_t k = 0; k < p->insns_n; k++)
		p->insns[k] = random_insn();
	if (below(2))
		p->insns[p->insns_n - 1] = (struct insn){OP_RETURN_VALUE, 0};
	p->consts_n = 1 + below(2);
	p->consts = calloc(p->consts_n, sizeof *p->consts);
	p->const_types = calloc(p->consts_n, 1);
	p->functions_n = 1 + below(2);
	p->functions = calloc(p->functions_n, sizeof *p->functions);
	for (size_t k = 0; k < p->functions_n; k++) {
		struct function *f = p->functions + k;
		f->params_n = (uint8_t)below(2);
		f->locals_n = (uint8_t)(f->params_n + below(3));
		for (size_t local = 0; local < f->locals_n; local++)
			f->locals[local] = (uint8_t)below(TYPES_N);
		f->out = (uint8_t)below(k ? TYPES_N : TYPE_FLOAT + 1);
		f->first = k ? f[-1].end : 0;
		f->end = f->first + (uint32_t)p->insns_n / (uint32_t)p->functions_n;
	}
	p->functions[p->functions_n - 1].end = (uint32_t)p->insns_n;
}

static void spoil(struct program *p)
{
	struct insn *insn = p->insns + below((uint32_t)p->insns_n);
	struct function *f = p->functions + below((uint32_t)p->functions_n);
	switch (below(9)) {
	case 0:
		f->locals[below(LOCALS_MOST)] = (uint8_t)below(TYPES_N + 1);
		break;
	case 1:
		*(below(2) ? &f->params_n : &f->locals_n) = (uint8_t)below(below(2) ? 6 : 256);
		break;
	case 2:
		*(below(2) ? &f->first : &f->end) += below(3) - 1;
		break;
	case 3:
		p->const_types[below((uint32_t)p->consts_n)] = (uint8_t)below(TYPES_N);
		break;
	case 4:
		insn->op = random_op();
		break;
	case 5:
		*(below(2) ? &p->global_types[0] : &p->global_types[1]) = (uint8_t)below(TYPES_N);
		p->immortals = below(4);
		break;
	default:
		insn->arg = (uint16_t)(below(2) ? insn->arg + below(5) - 2 : below(40));
	}
}

/* What the instruction pops or pushes, as letters of types.def, X, Y, N and R. */
static const char *letters_of(const struct program *p, const struct function *f,
			      struct insn insn, bool in, char text[static LOCALS_MOST + 1])
{
	const struct opcode_info *info = opcode_infos + insn.op;
	const struct function *callee = insn.op == OP_CALL ? p->functions + insn.arg : f;
	if (insn.op == OP_CALL_NATIVE)
		return in ? p->natives[insn.arg].in : p->natives[insn.arg].out;
	strcpy(text, in ? info->in : info->out);
	if (insn.op == OP_CALL && in) {
		for (size_t k = 0; k < callee->params_n; k++)
			text[k] = type_infos[callee->locals[k]].letter;
		text[callee->params_n] = '\0';
	}
	for (char *letter = text; *letter; letter++)
		if (*letter == '*')
			*letter = type_infos[callee->out].letter;
		else if (*letter == 'L')
			*letter = type_infos[f->locals[insn.arg]].letter;
		else if (*letter == 'K')
			*letter = type_infos[p->const_types[insn.arg]].letter;
		else if (*letter == 'G')
			*letter = type_infos[p->global_types[insn.arg]].letter;
	return text;
}

static bool suits(char found, char wanted)
{
	bool is_number = strchr("if", found);
	return wanted == found || strchr("XY", wanted) || wanted == (is_number ? 'N' : 'R');
}

/* Runs the types of one instruction; false when the path ends there. */
static bool walk_on(const struct program *p, const struct function *f, uint32_t *at, char *stack)
{
	struct insn insn = p->insns[*at];
	const struct opcode_info *info = opcode_infos + insn.op;
	char in_text[LOCALS_MOST + 1], out_text[LOCALS_MOST + 1];
	const char *in = letters_of(p, f, insn, true, in_text);
	const char *out = letters_of(p, f, insn, false, out_text);
	size_t depth = strlen(stack), in_n = strlen(in);
	assert_true(depth >= in_n);
	char *top = stack + depth - in_n, popped[STACK_MOST + 1];
	strcpy(popped, top);
	for (size_t k = 0; k < in_n; k++)
		assert_true(suits(popped[k], in[k]));
	*top = '\0';
	if (insn.op == OP_RETURN_VALUE) {
		assert_int_equal(depth, 1);
		return false;
	}
	bool jumps = insn.op == OP_JUMP_FORWARD || insn.op == OP_JUMP_BACKWARD ||
		     (info->operand == OPERAND_JUMP && below(2));
	assert_true(!jumps || (insn.arg <= *at) == (insn.op == OP_JUMP_BACKWARD));
	*at = jumps ? insn.arg : *at + 1;
	if (jumps && insn.op == OP_FOR_RANGE)
		return true;
	assert_true(depth - in_n + strlen(out) <= STACK_MOST);
	for (; *out; out++, *++top = '\0')
		*top = *out == 'X' ? popped[0] : *out == 'Y' ? popped[1] : *out;
	return true;
}

static void walk(const struct program *p, const struct function *f)
{
	char stack[STACK_MOST + 1] = "";
	bool stored[LOCALS_MOST] = {false};
	memset(stored, true, f->params_n);
	uint32_t at = f->first;
	for (int steps = 0; steps < 200; steps++) {
		assert_in_range(at, f->first, f->end - 1);
		assert_int_equal(strlen(stack), p->depths[at]);
		assert_true(strlen(stack) <= f->stack_n);
		for (size_t k = 0; k < STACK_MOST; k++)
			assert_int_equal(p->references[at] >> k & 1,
					 k < strlen(stack) && strchr("lmahb", stack[k]));
		struct insn insn = p->insns[at];
		if (insn.op == OP_LOAD_REF)
			assert_true(stored[insn.arg]);
		if (insn.op == OP_STORE_REF)
			stored[insn.arg] = true;
		if (!walk_on(p, f, &at, stack))
			return;
	}
}

static void no_accepted_garbage_takes_a_wrong_step(void **state)
{
	(void)state;
	int accepted_n[2] = {0};
	seed = 20240607;
	for (int k = 0; k < 100000; k++) {
		struct program p;
		bool is_spoiled = k % 2;
		if (is_spoiled)
			assert_int_equal(program_assemble("x.gasm", good, natives, &p, NULL), 0);
		else
			make_garbage(&p);
		for (uint32_t n = is_spoiled ? 1 + below(3) : 0; n > 0; n--)
			spoil(&p);
		struct error err = {0};
		int failed = program_verify("x.gasm", &p, &err);
		assert_true(failed == (*err.text ? -EINVAL : 0));
		for (size_t g = 0; !failed && g < 64; g++)
			assert_true(!(p.immortals >> g & 1) || p.global_types[g] == TYPE_FLOATS);
		for (size_t f = 0; !failed && f < p.functions_n; f++)
			for (int walks = 0; walks < 4; walks++)
				walk(&p, p.functions + f);
		accepted_n[is_spoiled] += !failed;
		program_free(&p);
	}
	print_message("accepted: %d of random, %d of spoiled\n", accepted_n[0], accepted_n[1]);
	assert_in_range(accepted_n[0], 20, 40000);
	assert_in_range(accepted_n[1], 1000, 40000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_accepted_garbage_takes_a_wrong_step),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
