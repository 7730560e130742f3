#include "world/spin.h"

#include "world/world.h"

static double steps_per_ns;

static int64_t time_steps(uint64_t n)
{
	int64_t began_ns = world_now_ns();
	spin_steps(n);
	return world_now_ns() - began_ns;
}

/* The shortest of several tries is the one that nothing interrupted. */
void spin_calibrate(void)
{
	enum { STEPS_N = 200000, TRIES_N = 10 };
	int64_t best_ns = time_steps(STEPS_N);
	for (int k = 1; k < TRIES_N; k++) {
		int64_t ns = time_steps(STEPS_N);
		best_ns = ns < best_ns ? ns : best_ns;
	}
	steps_per_ns = (double)STEPS_N / (double)(best_ns > 0 ? best_ns : 1);
}

double spin_steps_of(double ns)
{
	if (!steps_per_ns)
		spin_calibrate();
	return ns * steps_per_ns;
}

void spin_ns(int64_t ns)
{
	if (ns < 1000) {
		spin_steps(ns > 0 ? (uint64_t)(spin_steps_of((double)ns) + 0.5) : 0);
		return;
	}
	for (int64_t end_ns = world_now_ns() + ns; world_now_ns() < end_ns;)
		;
}
