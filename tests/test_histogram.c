/* test_histogram - percentiles of durations that were not kept.
 *
 * Method: durations of known ranks, from 0 to the largest that there is; the percentile is
 * compared with the true one and the 0.8 % that the header promises. */
#include "claims.h"

#include "base/histogram.h"
#include "base/units.h"

static struct histogram h, other, both;

static int clear(void **state)
{
	(void)state;
	memset(&h, 0, sizeof h);
	memset(&other, 0, sizeof other);
	memset(&both, 0, sizeof both);
	return 0;
}

static void an_empty_histogram_has_no_percentile(void **state)
{
	(void)state;
	assert_true(histogram_percentile(&h, 0.5) == ABSENT);
	assert_true(histogram_percentile(&h, 1) == ABSENT);
}

static void durations_below_128_ns_are_exact(void **state)
{
	(void)state;
	for (int64_t ns = 0; ns < 128; ns++) {
		clear(NULL);
		histogram_add(&h, ns);
		histogram_add(&h, 1000000); /* or the maximum would hide the bucket's middle */
		assert_int_equal(histogram_percentile(&h, 0.5), ns);
	}
}

static void ranks_of_known_samples_are_found(void **state)
{
	(void)state;
	for (int64_t ns = 100; ns >= 1; ns--)
		histogram_add(&h, ns);
	assert_int_equal(h.n, 100);
	assert_int_equal(h.max_ns, 100);
	assert_int_equal(histogram_percentile(&h, 0), 1);
	assert_int_equal(histogram_percentile(&h, 0.01), 1);
	assert_int_equal(histogram_percentile(&h, 0.5), 50);
	assert_int_equal(histogram_percentile(&h, 0.99), 99);
	assert_int_equal(histogram_percentile(&h, 0.991), 100);
	assert_int_equal(histogram_percentile(&h, 1), 100);
}

static void assert_close(int64_t ns)
{
	clear(NULL);
	histogram_add(&h, ns);
	histogram_add(&h, INT64_MAX);
	int64_t found = histogram_percentile(&h, 0.5);
	double off = (double)(found > ns ? found - ns : ns - found);
	if (off > 0.008 * (double)ns)
		fail_msg("%lld was found as %lld", (long long)ns, (long long)found);
}

static void a_percentile_is_within_0_8_percent_at_every_size(void **state)
{
	(void)state;
	for (int power = 0; power < 63; power++) {
		int64_t low = INT64_C(1) << power;
		for (int64_t step = 0; step < 16; step++)
			assert_close(low + low / 16 * step);
		assert_close(low + (low - 1));
	}
	for (int64_t ns = 1; ns < INT64_MAX / 3; ns *= 3)
		assert_close(ns);
}

static void buckets_follow_each_other_and_the_last_is_inside(void **state)
{
	(void)state;
	size_t before = histogram_bucket(0);
	assert_int_equal(before, 0);
	for (uint64_t ns = 1; ns < 100000; ns++) {
		size_t bucket = histogram_bucket(ns);
		assert_true(bucket == before || bucket == before + 1);
		before = bucket;
	}
	for (int power = 1; power < 64; power++) {
		uint64_t ns = UINT64_C(1) << power;
		assert_int_equal(histogram_bucket(ns), histogram_bucket(ns - 1) + 1);
	}
	assert_int_equal(histogram_bucket(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
}

static void a_percentile_is_never_above_the_longest(void **state)
{
	(void)state;
	for (int64_t ns = 1; ns < INT64_MAX / 7; ns *= 7) {
		clear(NULL);
		histogram_add(&h, ns);
		assert_int_equal(h.max_ns, ns);
		assert_true(histogram_percentile(&h, 0.99) <= ns);
	}
}

static void a_clock_that_went_back_counts_as_nothing_waited(void **state)
{
	(void)state;
	histogram_add(&h, -5);
	assert_int_equal(h.n, 1);
	assert_int_equal(h.max_ns, 0);
	assert_int_equal(histogram_percentile(&h, 1), 0);
}

static void merging_is_adding_all_to_one(void **state)
{
	(void)state;
	for (int64_t k = 0; k < 500; k++) {
		int64_t ns = k * k * 37 % 1000003;
		histogram_add(k % 3 ? &h : &other, ns);
		histogram_add(&both, ns);
	}
	histogram_merge(&h, &other);
	assert_memory_equal(&h, &both, sizeof h);
}

static void merging_nothing_changes_nothing(void **state)
{
	(void)state;
	histogram_add(&h, 1234);
	histogram_add(&both, 1234);
	histogram_merge(&h, &other);
	assert_memory_equal(&h, &both, sizeof h);
}

static void merging_into_nothing_copies(void **state)
{
	(void)state;
	histogram_add(&other, 1234);
	histogram_merge(&h, &other);
	assert_memory_equal(&h, &other, sizeof h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_empty_histogram_has_no_percentile, clear),
		cmocka_unit_test_setup(durations_below_128_ns_are_exact, clear),
		cmocka_unit_test_setup(ranks_of_known_samples_are_found, clear),
		cmocka_unit_test_setup(a_percentile_is_within_0_8_percent_at_every_size, clear),
		cmocka_unit_test_setup(buckets_follow_each_other_and_the_last_is_inside, clear),
		cmocka_unit_test_setup(a_percentile_is_never_above_the_longest, clear),
		cmocka_unit_test_setup(a_clock_that_went_back_counts_as_nothing_waited, clear),
		cmocka_unit_test_setup(merging_is_adding_all_to_one, clear),
		cmocka_unit_test_setup(merging_nothing_changes_nothing, clear),
		cmocka_unit_test_setup(merging_into_nothing_copies, clear),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
