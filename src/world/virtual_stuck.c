#include "world/virtual_stuck.h"

#include <string.h>

/* All that live: those that wait for others, those of them that have just come to look, and the
 * rest, who do something. */
static struct {
	int64_t living_n, waiting_n, looking_n;
	int64_t all_wait_ps; /* when last all did */
	int64_t timed_n;     /* look, or wait until they will */
	int64_t in_vain_n;   /* of these: each has looked enough since somebody last went on */
	int64_t went_on_n;
} all;

void stuck_open(void)
{
	memset(&all, 0, sizeof all);
	all.all_wait_ps = -1;
}

static bool has_looked_enough(const struct task *t)
{
	enum { ENOUGH = 64 };
	return t->vain_since == all.went_on_n && t->vain_n >= ENOUGH;
}

static void set_timed(struct task *t, bool is_timed)
{
	int64_t more_n = is_timed - t->is_timed;
	all.timed_n += more_n;
	all.in_vain_n += has_looked_enough(t) ? more_n : 0;
	t->is_timed = is_timed;
}

/* What was in vain so far need not be now. */
static void somebody_goes_on(void)
{
	all.went_on_n++;
	all.in_vain_n = 0;
}

static void look_in_vain(struct task *t)
{
	bool was_enough = has_looked_enough(t);
	t->vain_n = t->vain_since == all.went_on_n ? t->vain_n + 1 : 1;
	t->vain_since = all.went_on_n;
	all.in_vain_n += has_looked_enough(t) - was_enough;
}

static void stop_looking(struct task *t)
{
	if (!t->is_looking)
		return;
	all.looking_n--;
	t->is_looking = false;
	set_timed(t, false);
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
	set_timed(t, false);
}

/* Also who was held up for so long since it looked that it seems to be looking still. */
void stuck_end(struct task *t)
{
	somebody_goes_on();
	stop_looking(t);
	stop_waiting(t);
	all.living_n--;
}

void stuck_block(struct task *t, bool awaits_others, bool has_deadline)
{
	stop_looking(t);
	t->awaits_others = awaits_others;
	all.waiting_n += awaits_others;
	set_timed(t, awaits_others && has_deadline);
}

int64_t stuck_living_n(void)
{
	return all.living_n;
}

/* Those who look get into each other's way and wait for each other for a moment.  Whoever had
 * waited since before they did can really go on. */
void stuck_wake(struct task *t)
{
	if (t->since_ps <= all.all_wait_ps)
		somebody_goes_on();
	stop_waiting(t);
}

bool stuck_time_over(struct task *t, int64_t now_ps)
{
	bool looks = t->awaits_others;
	if (all.waiting_n + all.looking_n < all.living_n)
		somebody_goes_on();
	else
		look_in_vain(t);
	if (all.in_vain_n > 0 && all.in_vain_n == all.timed_n)
		return true;
	if (all.waiting_n == all.living_n)
		all.all_wait_ps = now_ps;
	stop_waiting(t);
	all.looking_n += looks;
	t->is_looking = looks;
	set_timed(t, looks);
	return false;
}

void stuck_work(struct task *t)
{
	somebody_goes_on();
	stop_looking(t);
}
