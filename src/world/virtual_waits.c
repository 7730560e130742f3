/* virtual_waits.c - the waist in the virtual world: sleeping, parking, threads. */
#include <limits.h>

#include "world/spin.h"
#include "world/virtual_process.h"

enum { PS = 1000 }; /* of a nanosecond */

/* A system call takes as long as what it touches is far away: from half to one and a half. */
static int64_t vary(int64_t ns)
{
	int64_t ps = PS * ns;
	return ps / 2 + (int64_t)(virtual_random() % (uint64_t)(ps + 1));
}

const char task_parked[] = "parked";

void world_sleep_until(int64_t deadline_ns)
{
	task_owe(vary(virtual_costs()->park_ns));
	task_owe(task_cold_ps());
	virtual_settle();
	task_block(task_self(), "asleep", deadline_ns);
}

/* It looks at the word half-way, and by then knows again what it had forgotten. */
bool world_park(uint32_t *word, uint32_t expected, int64_t deadline_ns)
{
	int64_t ps = vary(virtual_costs()->park_ns);
	task_owe(ps / 2 + task_cold_ps());
	virtual_settle();
	bool in_time = __atomic_load_n(word, __ATOMIC_RELAXED) != expected ||
		       task_block(word, task_parked, deadline_ns);
	task_owe(ps / 2);
	return in_time;
}

void task_wake_charged(const void *word, int most)
{
	int woken_n = task_wake(word, most);
	task_owe(vary(virtual_costs()->wake_ns * woken_n));
}

void world_unpark(uint32_t *word, int most)
{
	task_owe(vary(virtual_costs()->unpark_ns));
	virtual_settle();
	task_wake_charged(word, most);
}

void world_charge_message(size_t bytes)
{
	enum { KIB = 1024 };
	world_charge(PS * virtual_costs()->message_kib_ns * (int64_t)bytes / KIB);
}

void world_charge_take(void)
{
	task_owe(virtual_costs()->take_ps);
}

/* Some hundred cycles, and now and then a turn for somebody else on the same core. */
void world_stall(void)
{
	enum { STALL_PS = 40000 };
	task_owe(STALL_PS);
	task_yield();
	virtual_settle();
}

int world_spawn(struct world_thread *t, void *(*run)(void *arg), void *arg)
{
	const struct machine_cost *cost = virtual_costs();
	world_charge(PS * cost->spawn_ns);
	int failed = task_start(run, arg, cost->start_ns, cost->join_ns, &t->task);
	if (!failed)
		process_self()->threads_n++;
	return failed;
}

void world_join(struct world_thread *t)
{
	virtual_settle();
	while (t->task->state != TASK_ENDED)
		task_block(t->task, "a thread's end", ABSENT);
	process_self()->threads_n--;
	task_free(t->task);
	t->task = NULL;
}

int64_t world_runqueue_ns(void)
{
	return task_self()->queued_ps / PS;
}

void spin_calibrate(void)
{
}

double spin_steps_of(double ns)
{
	return ns * PS;
}

void spin_ns(int64_t ns)
{
	world_charge(ns > 0 ? PS * ns : 0);
	virtual_settle();
}

/* The host's figures are none of this world's. */
void world_usage(struct world_usage *u)
{
	*u = (struct world_usage){0};
}
