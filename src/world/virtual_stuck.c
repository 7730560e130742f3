#include "world/virtual_stuck.h"

#include <string.h>

/* All that live: those that wait for others, those of them that have just come to look, and the
 * rest, who do something. */
static struct {
	int64_t living_n, waiting_n, looking_n;
	int64_t all_wait_ps; /* when last all did */
	int64_t vain_n;	     /* looks in a row */
} all;

void stuck_open(void)
{
	memset(&all, 0, sizeof all);
	all.all_wait_ps = -1;
}

static void stop_looking(struct task *t)
{
	all.looking_n -= t->is_looking;
	t->is_looking = false;
}

void stuck_begin(struct task *t)
{
	(void)t;
	all.living_n++;
}

static void stop_waiting(struct task *t)
{
	all.waiting_n -= t->awaits_others;
	t->awaits_others = false;
}

void stuck_end(struct task *t)
{
	stop_looking(t);
	stop_waiting(t);
	all.living_n--;
}

void stuck_block(struct task *t, bool awaits_others)
{
	stop_looking(t);
	t->awaits_others = awaits_others;
	all.waiting_n += awaits_others;
}

/* Those who look get into each other's way and wait for each other for a moment.  Whoever had
 * waited since before they did can really go on. */
void stuck_wake(struct task *t)
{
	if (t->since_ps <= all.all_wait_ps)
		all.vain_n = 0;
	stop_waiting(t);
}

bool stuck_time_over(struct task *t, int64_t now_ps)
{
	enum { ENOUGH = 64 };
	if (all.waiting_n + all.looking_n < all.living_n)
		all.vain_n = 0;
	else if (++all.vain_n > ENOUGH * all.living_n)
		return true;
	if (all.waiting_n == all.living_n)
		all.all_wait_ps = now_ps;
	all.looking_n += t->awaits_others;
	t->is_looking = t->awaits_others;
	t->looked_ps = 0;
	stop_waiting(t);
	return false;
}

/* A look takes a few microseconds; whoever works for longer has found something. */
void stuck_work(struct task *t, int64_t ps)
{
	static const int64_t look_most_ps = INT64_C(100000000);
	t->looked_ps += ps;
	if (t->looked_ps > look_most_ps)
		stop_looking(t);
}
