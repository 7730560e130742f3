/* program.h - bytecode: functions, constants, and the kernels they may call.
 *
 * A program is made by program_assemble (asm.h), which also verifies it.  From then
 * on it is never written, so all threads run the same one.
 * Owner    whoever assembled it, with program_free; natives are borrowed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gilsim/native.h>

#include "base/error.h"
#include "gil/gil.h"

enum type {
#define TYPE(NAME, letter, text, is_reference) TYPE_##NAME,
#include "vm/types.def"
#undef TYPE
	TYPES_N
};

struct type_info {
	char letter;
	const char *text;
	bool is_reference;
};
extern const struct type_info type_infos[TYPES_N];

enum operand {
	OPERAND_NONE,
	OPERAND_LOCAL,
	OPERAND_REF,
	OPERAND_CONST,
	OPERAND_CONDITION,
	OPERAND_JUMP,
	OPERAND_FUNCTION,
	OPERAND_NATIVE,
	OPERAND_GLOBAL,
	OPERAND_GLOBAL_REF,
};

/* Where an opcode may give the lock away: the kinds of policy that check after it. */
enum checks {
	CHECKS_NOWHERE = CHECK_AT_EVERY,
	CHECKS_DISPATCH = CHECK_AT_EVERY | CHECK_AT_DISPATCH,
	CHECKS_BREAKER = CHECK_AT_EVERY | CHECK_AT_DISPATCH | CHECK_AT_BREAKER,
};

enum opcode {
#define OP(NAME, in, out, operand, checks, help) OP_##NAME,
#include "vm/opcodes.def"
#undef OP
	OPCODES_N
};

struct opcode_info {
	const char *name, *in, *out, *help;
	enum operand operand;
	enum checks checks;
};
extern const struct opcode_info opcode_infos[OPCODES_N];

enum condition_code { CONDITION_LT, CONDITION_LE, CONDITION_EQ, CONDITION_NE, CONDITION_GT,
		      CONDITION_GE, CONDITIONS_N };
extern const char *const condition_texts[CONDITIONS_N];

struct insn {
	uint16_t op; /* enum opcode */
	uint16_t arg;
};

enum { STACK_MOST = 64, LOCALS_MOST = 64, NAME_MOST = 31, INSNS_MOST = 65535, CONSTS_MOST = 65535,
       GLOBALS_MOST = 16 };

struct function {
	char name[NAME_MOST + 1];
	uint8_t params_n, locals_n, stack_n; /* locals include params; stack_n is proved */
	uint8_t locals[LOCALS_MOST];	     /* enum type */
	uint8_t out;			     /* enum type */
	uint32_t first, end;		     /* its part of insns */
};

struct program {
	struct insn *insns;
	struct insn *quick; /* as many, at the same indices: see quicken.h */
	uint32_t *lines; /* source line of each insn, for messages */
	/* Proved by the verifier, per insn: depth of the stack before it, and which of
	 * its slots hold references (bit 0 deepest), so that a trap can let go of them. */
	uint8_t *depths;
	uint64_t *references;
	size_t insns_n;
	union value *consts;
	uint8_t *const_types; /* enum type: INT or FLOAT */
	size_t consts_n;
	struct function *functions; /* the first one is the entry */
	size_t functions_n;
	uint32_t frames_n, slots_n; /* proved: the most that a run needs of each */
	uint8_t *global_types; /* enum type: INT, FLOAT or FLOATS */
	size_t globals_n;
	uint64_t immortals; /* bit k: global k is an object that nobody counts */
	const struct native *natives; /* ended by a NULL name; see gilsim/native.h */
	size_t natives_n;
};

void program_free(struct program *p);

/* Whether any of its instructions calls natives[k]. */
bool program_calls(const struct program *p, size_t k);

/* Finds frames_n and slots_n of a verified program; 0 or -ENOMEM. */
int program_find_depth(struct program *p);
