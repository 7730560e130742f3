/* trace - what recording costs: takes and drops of a lock that nobody else wants, which is an event
 * each: at the default accounting, at full, which reads the clock, and recorded too.  By turns; the
 * least of each is written, in ns a take or drop. */
#include <stdio.h>

#include "gil/gil.h"

enum { ROUNDS_N = 50, PAIRS_N = 100000 };

static double least(double a, double b)
{
	return a > 0 && a < b ? a : b;
}

static double time_pairs(struct gil_thread *t, enum accounting accounting,
			 struct recorder *recorder)
{
	t->accounting = accounting;
	t->recorder = recorder;
	int64_t began_ns = world_now_ns();
	for (int k = 0; k < PAIRS_N; k++) {
		gil_section_begin(t);
		gil_section_end(t);
	}
	return (double)(world_now_ns() - began_ns) / (2 * PAIRS_N);
}

int main(void)
{
	static struct gil gil;
	static struct gil_thread t;
	static struct gil_stats stats;
	double counts = 0, full = 0, recorded = 0;
	struct recording *recording = recording_open(1, 16384, 1);
	if (!recording || gil_open(&gil, gil_policy_find("cpython"), ABSENT, ABSENT)) {
		fputs("trace: no memory\n", stderr);
		return 1;
	}
	recording_clear(recording);
	gil_attach(&t, &gil, "worker", ACCOUNTING_FULL, &stats);
	gil_take(&t);
	for (int round = 0; round < ROUNDS_N; round++) {
		counts = least(counts, time_pairs(&t, ACCOUNTING_COUNTS, NULL));
		full = least(full, time_pairs(&t, ACCOUNTING_FULL, NULL));
		recorded = least(recorded,
				 time_pairs(&t, ACCOUNTING_FULL, recording->recorders));
	}
	printf("%.1f %.1f %.1f\n", counts, full, recorded);
	recording_close(recording);
	return 0;
}
