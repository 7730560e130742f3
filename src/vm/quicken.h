/* quicken.h - superinstructions, and the code that has them.
 *
 * Quick code has the instructions of its program at the same indices, except that where a known
 * sequence begins, the opcode is one that does all of it and goes on behind.  What it replaces
 * within stays as it was.  So a jump into a sequence finds the rest of it; and what the verifier
 * proved of an index holds for both codes.
 *
 * Only loops that check at jumps and calls run it (CHECK_AT_BREAKER): others have a check point
 * inside of a sequence, a pace and the virtual world a price for each opcode.
 *
 * Source   A. Ertl, D. Gregg, "The Structure and Performance of Efficient Interpreters", 2003;
 *          S. Brunthaler, "Inline Caching Meets Quickening", 2010; PEP 659. */
#pragma once

#include "vm/program.h"

/* Opcodes as the others, but of quick code only. */
enum super {
	SUPERS_FIRST = OPCODES_N,
	SUPERS_BEFORE = SUPERS_FIRST - 1,
#define SUPER(NAME, ...) OP_##NAME,
#include "vm/supers.def"
#undef SUPER
	SUPERS_END
};

enum { SUPER_OPS_MOST = 7 };
struct super_info {
	const char *name;
	size_t ops_n;
	uint16_t ops[SUPER_OPS_MOST]; /* enum opcode */
};
extern const struct super_info super_infos[SUPERS_END - SUPERS_FIRST];

/* Makes p->quick of a verified program, whose owner frees it.  0 or -ENOMEM. */
int program_quicken(struct program *p);
