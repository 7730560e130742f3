/* pace.h - bytecode slowed down to the cost per opcode of a named CPython.
 *
 * What a tick of 100 opcodes or the glue around a small kernel costs depends on how long an
 * opcode takes.  At a pace every opcode first burns counted steps, without reading a clock;
 * how many, a calibration on this machine finds out by running the count and Laplace loops.
 *
 * Units    ns per opcode.
 * Owner    paces live as long as the program. */
#pragma once

#include "workload/workload.h"

enum pace_kind {
	PACE_LOOP,   /* FOR_RANGE, JUMP_BACKWARD */
	PACE_SIMPLE, /* locals, constants, whole numbers, jumps */
	PACE_OBJECT, /* lists, and floats, which CPython allocates */
	PACE_CALL,   /* CALL, RETURN_VALUE */
	PACE_KINDS_N
};

struct pace {
	const char *name, *help, *source;
	double ns[PACE_KINDS_N];
};

/* The k-th, ended by NULL: full, which is none and has no costs, and those of pace.def. */
const struct pace *pace_nth(size_t k);

/* A name, or ns per opcode as in 2.5; NULL for full.  -EINVAL with a line that says what is
 * accepted. */
int pace_parse(const char *what, const char *text, const struct pace **pace, struct error *err);

enum pace_kind pace_kind_of(enum opcode op);

/* Steps to burn before each opcode (vm_thread.burns); NULL for a NULL pace.  The first call
 * for a pace calibrates it, which takes some 0.3 s: no other thread may run then. */
int pace_burns(const struct pace *pace, const uint32_t **burns, struct error *err);

/* The two loops by which a pace is calibrated, of the programs of count and laplace. */
struct pace_loop {
	struct program program;
	const struct insn *first, *end; /* one round */
};
enum { PACE_LOOP_COUNT, PACE_LOOP_CELL, PACE_LOOPS_N };
int pace_loop_open(struct pace_loop *loop, int which, struct error *err);
void pace_loop_close(struct pace_loop *loop);
/* What a round of it costs at a pace. */
double pace_loop_ns(const struct pace_loop *loop, const struct pace *pace);
