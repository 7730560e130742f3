#include "vm/program.h"

#include <stdlib.h>

const struct type_info type_infos[TYPES_N] = {
#define TYPE(NAME, letter, text, is_reference) {letter, text, is_reference},
#include "vm/types.def"
#undef TYPE
};

const struct opcode_info opcode_infos[OPCODES_N] = {
#define OP(NAME, in, out, operand, checks, help) \
	{#NAME, in, out, help, OPERAND_##operand, CHECKS_##checks},
#include "vm/opcodes.def"
#undef OP
};

const char *const condition_texts[CONDITIONS_N] = {
	[CONDITION_LT] = "lt", [CONDITION_LE] = "le", [CONDITION_EQ] = "eq",
	[CONDITION_NE] = "ne", [CONDITION_GT] = "gt", [CONDITION_GE] = "ge",
};

void program_free(struct program *p)
{
	free(p->insns);
	free(p->quick);
	free(p->lines);
	free(p->depths);
	free(p->references);
	free(p->consts);
	free(p->const_types);
	free(p->functions);
	free(p->global_types);
	*p = (struct program){0};
}

bool program_calls(const struct program *p, size_t k)
{
	for (size_t i = 0; i < p->insns_n; i++)
		if (opcode_infos[p->insns[i].op].operand == OPERAND_NATIVE && p->insns[i].arg == k)
			return true;
	return false;
}
