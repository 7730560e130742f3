/* asm.h - program text (.gasm) to a verified program, and back.
 *
 *	# fib - the n-th Fibonacci number modulo 2^64
 *	func fib(n int) int
 *		local a int
 *		local b int
 *		LOAD_CONST 1
 *		STORE_FAST b
 *		LOAD_CONST 0
 *		LOAD_FAST n
 *	next:	FOR_RANGE done
 *		...
 *		JUMP_BACKWARD next
 *	done:	LOAD_FAST a
 *		RETURN_VALUE
 *	end
 *
 * Before the functions, `global NAME TYPE` makes a cell (int, float) or a list of one item
 * (floats) that all threads of an interpreter share; it starts as 0.  `immortal NAME floats`
 * makes one whose references nobody counts, as CPython's None (PEP 683).
 *
 * One instruction a line; a label may stand before it or alone; `#` opens a comment.
 * Operands: a local's name, a whole or floating number (with a point, an exponent or
 * in hexadecimal with p: a float), lt|le|eq|ne|gt|ge, a label, the name of a function
 * (also one that follows), of a native or of a global.  The first function is the entry. */
#pragma once

#include "base/buffer.h"
#include "vm/program.h"

/* Assembles and verifies.  `name` opens the messages ("name:line: why").  natives may
 * be NULL.  0, -EINVAL or -ENOMEM; on failure *p is empty. */
int program_assemble(const char *name, const char *text, const struct native *natives,
		     struct program *p, struct error *err);

/* Proves stack depths, types, jump targets and operand ranges, that no object is read
 * from a local before one was stored there, that no path runs off the end and no code is
 * dead, that every loop has a check point, and that the entry takes and gives numbers.
 * Allocates and fills depths and references, fills stack_n, frames_n and slots_n.  Any insns,
 * consts, lines and functions of the stated sizes are safe to give it; lines may be NULL. */
int program_verify(const char *name, struct program *p, struct error *err);

/* Writes text that assembles to the same program. */
int program_disassemble(const struct program *p, struct buffer *text);
