#include "measure/samples.h"

#include <stdlib.h>

#include "world/world.h"

void samples_add(struct samples *s, int64_t ns)
{
	if (s->n < TRIES_N)
		s->ns[s->n++] = ns;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

int64_t samples_percentile(struct samples *s, size_t percent)
{
	qsort(s->ns, s->n, sizeof *s->ns, compare);
	return s->n ? s->ns[s->n * percent / 100] : 0;
}

int64_t samples_middle(struct samples *s)
{
	return samples_percentile(s, 50);
}

int64_t at_least(int64_t ns, int64_t least)
{
	return ns > least ? ns : least;
}

int64_t least_ps(void (*steps)(int64_t n, void *context), int64_t n, void *context)
{
	int64_t least_ns = INT64_MAX;
	for (int k = 0; k < 20; k++) {
		int64_t began_ns = world_now_ns();
		steps(n, context);
		int64_t ns = world_now_ns() - began_ns;
		least_ns = ns < least_ns ? ns : least_ns;
	}
	return least_ns * 1000 / n;
}

void wait_for(const uint32_t *word, uint32_t value)
{
	while (world_load(word, ACQUIRE) != value)
		world_stall();
}
