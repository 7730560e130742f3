/* held.h - what the tests of the lock share: the main thread holds one, and a helper waits. */
#pragma once

#include "claims.h"
#include "gil/handoff.h"


/* A thread that takes the lock, says so, and gives it up again. */
struct helper {
	struct gil_thread gil;
	struct gil_stats stats;
	struct world_thread thread;
	uint32_t starting, held;
	struct gil *lock;
};

static void *take_and_detach(void *argument)
{
	struct helper *h = argument;
	gil_attach(&h->gil, h->lock, "helper", ACCOUNTING_COUNTS, &h->stats);
	world_store(&h->starting, 1, RELEASE);
	gil_take(&h->gil);
	world_store(&h->held, 1, RELEASE);
	gil_detach(&h->gil);
	return NULL;
}

static void wait_for(uint32_t *word, uint32_t bits)
{
	while (!(world_load(word, ACQUIRE) & bits))
		world_park(word, world_load(word, ACQUIRE) & ~bits, world_now_ns() + 100000);
}

static struct gil lock;
static struct gil_thread self;
static struct gil_stats stats;
static struct helper helper;

static void hold_at(enum accounting accounting, const char *policy, int64_t interval_ns)
{
	memset(&stats, 0, sizeof stats);
	gil_open(&lock, gil_policy_find(policy), interval_ns, ABSENT);
	gil_attach(&self, &lock, "main", accounting, &stats);
	gil_take(&self);
}

static void hold(const char *policy, int64_t interval_ns)
{
	hold_at(ACCOUNTING_COUNTS, policy, interval_ns);
}

static void start_helper(void)
{
	memset(&helper, 0, sizeof helper);
	helper.lock = &lock;
	assert_int_equal(world_spawn(&helper.thread, take_and_detach, &helper), 0);
	wait_for(&helper.starting, 1);
}
