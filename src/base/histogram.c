#include "base/histogram.h"

#include <math.h>

#include "base/units.h"

void histogram_merge(struct histogram *h, const struct histogram *from)
{
	if (!from->n)
		return;
	h->n += from->n;
	h->max_ns = from->max_ns > h->max_ns ? from->max_ns : h->max_ns;
	for (size_t k = 0; k < HISTOGRAM_BUCKETS; k++)
		h->counts[k] += from->counts[k];
}

static int64_t bucket_middle(size_t bucket)
{
	size_t shift = bucket >> HISTOGRAM_STEP_BITS;
	if (shift == 0)
		return (int64_t)bucket;
	shift--;
	uint64_t low = (uint64_t)(bucket - (shift << HISTOGRAM_STEP_BITS)) << shift;
	return (int64_t)(low + ((UINT64_C(1) << shift) >> 1));
}

int64_t histogram_percentile(const struct histogram *h, double p)
{
	if (!h->n)
		return ABSENT;
	int64_t rank = (int64_t)ceil(p * (double)h->n), seen = 0;
	for (size_t k = 0; k < HISTOGRAM_BUCKETS; k++) {
		seen += h->counts[k];
		if (seen >= rank && seen > 0) {
			int64_t middle = bucket_middle(k);
			return middle < h->max_ns ? middle : h->max_ns;
		}
	}
	return h->max_ns;
}
