/* invariants.h - what must hold of a lock after every event, looked at from outside: in the virtual
 * world only, where nothing moves while somebody looks.
 *
 * Owner    the caller, of all; nothing to free.
 * Threads  a watch of the virtual world (world/virtual.h) calls it: it calls no waist.
 *
 *	invariants_open(&in, &gil, seen, n);
 *	... after every event
 *	if (invariants_check(&in) != INVARIANTS_N)
 *		puts(in.why); */
#pragma once

#include "gil/gil.h"

enum invariant {
#define INVARIANT(NAME, name, rule) INVARIANT_##NAME,
#include "gil/invariants.def"
#undef INVARIANT
	INVARIANTS_N
};

/* What is known of a thread that deals with the lock.  The caller sets `thread`, whose memory may
 * be all zero before it is attached. */
struct seen {
	const struct gil_thread *thread;
	bool is_blocked, lacks_core, has_held, is_waiting, was_asked;
	int64_t since_ns;     /* it is waiting */
	int64_t requests_n;   /* it had made, at the last look */
	int64_t overtaken_n;  /* of its wait: times that one had it who came later, while
			       * this one did not want for a core */
};

struct invariants {
	const struct gil *gil;
	struct seen *seen;
	size_t seen_n;
	int64_t checks_n[INVARIANTS_N]; /* in which it might have been broken */
	char why[200];			/* the last one was, in a line */
	/* The wait in which most others went before: its thread, how long it was, how many. */
	const struct gil_thread *starved;
	int64_t starved_ns, overtaken_n;
	/* The last look. */
	int64_t now_ns, passed_ns;
	size_t holders_n, waiting_n, awake_n, blocked_n; /* of those that do something to it */
	const struct seen *holder, *fresh_holder;	 /* NULL: nobody */
	int64_t hogged_ns;    /* by the holder, while others waited */
	int64_t free_looks_n; /* since it was free, while others waited */
	uint64_t switch_number;
	int64_t switched_ns;
};

void invariants_open(struct invariants *in, const struct gil *g, struct seen *seen, size_t n);

/* The first that is broken, with the reason in `why`, or INVARIANTS_N. */
enum invariant invariants_check(struct invariants *in);
