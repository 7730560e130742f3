/* disasm.c - a verified program as text.  Locals become v0, v1, ..., globals g0, g1, ..., labels
 * L and the number of their instruction; floats are hexadecimal, so that no bit is lost. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "vm/asm.h"

static int write_const(const struct program *p, uint16_t k, struct buffer *text)
{
	if (p->const_types[k] == TYPE_FLOAT)
		return buffer_printf(text, " %a", p->consts[k].f);
	return buffer_printf(text, " %" PRId64, p->consts[k].i);
}

static int write_operand(const struct program *p, struct insn insn, struct buffer *text)
{
	switch (opcode_infos[insn.op].operand) {
	case OPERAND_NONE:
		break;
	case OPERAND_LOCAL:
	case OPERAND_REF:
		return buffer_printf(text, " v%u", insn.arg);
	case OPERAND_CONST:
		return write_const(p, insn.arg, text);
	case OPERAND_CONDITION:
		return buffer_printf(text, " %s", condition_texts[insn.arg]);
	case OPERAND_JUMP:
		return buffer_printf(text, " L%u", insn.arg);
	case OPERAND_FUNCTION:
		return buffer_printf(text, " %s", p->functions[insn.arg].name);
	case OPERAND_NATIVE:
		return buffer_printf(text, " %s", p->natives[insn.arg].name);
	case OPERAND_GLOBAL:
	case OPERAND_GLOBAL_REF:
		return buffer_printf(text, " g%u", insn.arg);
	}
	return 0;
}

static int write_insn(const struct program *p, uint32_t at, bool labelled, struct buffer *text)
{
	struct insn insn = p->insns[at];
	int err = labelled ? buffer_printf(text, "L%u:", at) : 0;
	if (!err)
		err = buffer_printf(text, "\t%s", opcode_infos[insn.op].name);
	if (!err)
		err = write_operand(p, insn, text);
	return err ? err : buffer_append(text, "\n", 1);
}

static int write_head(const struct function *f, struct buffer *text)
{
	int err = buffer_printf(text, "func %s(", f->name);
	for (unsigned k = 0; !err && k < f->params_n; k++)
		err = buffer_printf(text, "%sv%u %s", k ? ", " : "", k,
				    type_infos[f->locals[k]].text);
	if (!err)
		err = buffer_printf(text, ") %s\n", type_infos[f->out].text);
	for (unsigned k = f->params_n; !err && k < f->locals_n; k++)
		err = buffer_printf(text, "\tlocal v%u %s\n", k, type_infos[f->locals[k]].text);
	return err;
}

static int write_function(const struct program *p, const struct function *f, const bool *labelled,
			  struct buffer *text)
{
	int err = f == p->functions ? 0 : buffer_append(text, "\n", 1);
	if (!err)
		err = write_head(f, text);
	for (uint32_t at = f->first; !err && at < f->end; at++)
		err = write_insn(p, at, labelled[at], text);
	return err ? err : buffer_append(text, "end\n", 4);
}

int program_disassemble(const struct program *p, struct buffer *text)
{
	bool *labelled = calloc(p->insns_n + 1, sizeof *labelled);
	if (!labelled)
		return -ENOMEM;
	for (size_t at = 0; at < p->insns_n; at++)
		if (opcode_infos[p->insns[at].op].operand == OPERAND_JUMP)
			labelled[p->insns[at].arg] = true;
	int err = 0;
	for (size_t k = 0; !err && k < p->globals_n; k++)
		err = buffer_printf(text, "%s g%zu %s\n",
				    p->immortals >> k & 1 ? "immortal" : "global", k,
				    type_infos[p->global_types[k]].text);
	for (size_t k = 0; !err && k < p->functions_n; k++)
		err = write_function(p, p->functions + k, labelled, text);
	free(labelled);
	return err;
}
