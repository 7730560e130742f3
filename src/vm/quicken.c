#include "vm/quicken.h"

#include <errno.h>
#include <stdlib.h>

#define OPS(...) {__VA_ARGS__}
const struct super_info super_infos[] = {
#define SUPER(NAME, ...) \
	{#NAME, sizeof (uint16_t[])OPS(__VA_ARGS__) / sizeof(uint16_t), OPS(__VA_ARGS__)},
#include "vm/supers.def"
#undef SUPER
};

/* Whether what runs from `at` on begins so.  Verified code neither jumps nor runs off its end. */
static bool begins_with(const struct program *p, size_t at, const struct super_info *super)
{
	for (size_t k = 0; k < super->ops_n; k++) {
		struct insn insn = p->insns[at];
		if (insn.op != super->ops[k])
			return false;
		at = insn.op == OP_JUMP_BACKWARD ? insn.arg : at + 1;
	}
	return true;
}

static uint16_t quick_op(const struct program *p, size_t at)
{
	uint16_t op = p->insns[at].op;
	size_t longest = 0;
	for (size_t k = 0; k < SUPERS_END - SUPERS_FIRST; k++)
		if (super_infos[k].ops_n > longest && begins_with(p, at, &super_infos[k])) {
			longest = super_infos[k].ops_n;
			op = (uint16_t)(SUPERS_FIRST + k);
		}
	return op;
}

int program_quicken(struct program *p)
{
	p->quick = calloc(p->insns_n, sizeof *p->quick);
	if (!p->quick)
		return -ENOMEM;
	for (size_t at = 0; at < p->insns_n; at++)
		p->quick[at] = (struct insn){quick_op(p, at), p->insns[at].arg};
	return 0;
}
