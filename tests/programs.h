/* programs.h - what the tests of programs share: natives that are never called, a program,
 * and its assembly.  Each test uses some of it. */
#pragma once

#include "claims.h"
#include "vm/asm.h"

static const struct native natives[] = {
	{.name = "grid", .in = "fi", .out = "a"},
	{.name = "sum", .in = "a", .out = "f", .releases = true},
	{.name = "text", .in = "", .out = "b"},
	{0},
};

static inline void assemble(const char *text, struct program *p)
{
	struct error err = {0};
	if (program_assemble("x.gasm", text, natives, p, &err))
		fail_msg("refused: %s", err.text);
}

static const char fib_text[] __attribute__((unused)) =
			  "# fib - the n-th Fibonacci number modulo 2^64\n"
			  "func fib(n int) int\n"
			  "	local a int\n"
			  "	local b int\n"
			  "	local _ int\n"
			  "	LOAD_CONST 1\n"
			  "	STORE_FAST b\n"
			  "	LOAD_CONST 0\n"
			  "	LOAD_FAST n\n"
			  "next:	FOR_RANGE done\n"
			  "	STORE_FAST _ # not used\n"
			  "	LOAD_FAST b\n"
			  "	LOAD_FAST a\n"
			  "	LOAD_FAST b\n"
			  "	BINARY_ADD_INT\n"
			  "	STORE_FAST b\n"
			  "	STORE_FAST a\n"
			  "	JUMP_BACKWARD next\n"
			  "done:\n"
			  "	LOAD_FAST a\n"
			  "	RETURN_VALUE\n"
			  "end\n";
