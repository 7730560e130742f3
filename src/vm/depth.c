/* depth.c - how much stack a program can need: all that the deepest chain of calls takes at
 * once.  A recursive program has no such bound: it gets what CPython gives. */
#include <errno.h>
#include <stdlib.h>

#include "vm/program.h"

/* About the depth at which CPython gives up, and room for it at a usual frame's size. */
enum { FRAMES_MOST = 1000, SLOTS_MOST = 16 * 1024 };

/* Of a function and those that it calls. */
struct need {
	uint32_t frames_n, slots_n;
	bool is_known;
};

static const struct need most = {FRAMES_MOST, SLOTS_MOST, true};

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* `calls_n` of them are open: so many that one is open twice, or that it makes no difference. */
static struct need need_of(const struct program *p, struct need *needs, size_t k, uint32_t calls_n)
{
	const struct function *f = p->functions + k;
	struct need callees = {0};
	if (needs[k].is_known)
		return needs[k];
	if (calls_n >= FRAMES_MOST)
		return most;
	for (uint32_t at = f->first; at < f->end; at++) {
		if (p->insns[at].op != OP_CALL)
			continue;
		struct need callee = need_of(p, needs, p->insns[at].arg, calls_n + 1);
		if (callee.frames_n >= FRAMES_MOST || callee.slots_n >= SLOTS_MOST)
			return needs[k] = most;
		callees.frames_n = larger(callees.frames_n, callee.frames_n);
		callees.slots_n = larger(callees.slots_n, callee.slots_n);
	}
	needs[k] = (struct need){1 + callees.frames_n,
				 f->locals_n + f->stack_n + callees.slots_n, true};
	return needs[k];
}

int program_find_depth(struct program *p)
{
	struct need *needs = calloc(p->functions_n, sizeof *needs);
	if (!needs)
		return -ENOMEM;
	struct need need = need_of(p, needs, 0, 0);
	p->frames_n = need.frames_n;
	p->slots_n = need.slots_n;
	free(needs);
	return 0;
}
