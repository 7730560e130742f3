/* histogram.h - durations by size, for percentiles without keeping samples.
 *
 * Buckets are log-linear: 64 steps in every power of two, so a percentile is
 * within 0.8 % of the true one at any size.  Adding is a shift and an increment.
 * Units    nanoseconds.
 * Threads  one writer; readers wait until it has ended. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { HISTOGRAM_STEP_BITS = 6 };
enum { HISTOGRAM_BUCKETS = (64 - HISTOGRAM_STEP_BITS + 1) << HISTOGRAM_STEP_BITS };

struct histogram {
	int64_t n, max_ns;
	uint32_t counts[HISTOGRAM_BUCKETS];
};

static inline size_t histogram_bucket(uint64_t ns)
{
	if (ns < (1U << HISTOGRAM_STEP_BITS))
		return (size_t)ns;
	int shift = 63 - __builtin_clzll(ns) - HISTOGRAM_STEP_BITS;
	return (size_t)((uint64_t)shift << HISTOGRAM_STEP_BITS) + (size_t)(ns >> shift);
}

static inline void histogram_add(struct histogram *h, int64_t ns)
{
	if (ns < 0)
		ns = 0;
	h->n++;
	h->max_ns = ns > h->max_ns ? ns : h->max_ns;
	h->counts[histogram_bucket((uint64_t)ns)]++;
}

/* Adds all of `from` to `h`. */
void histogram_merge(struct histogram *h, const struct histogram *from);

/* The middle of the bucket in which the share `p` (0..1) of the durations ends,
 * at most max_ns; ABSENT when there is none. */
int64_t histogram_percentile(const struct histogram *h, double p);
