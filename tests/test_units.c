/* test_units - numbers, lists and durations in and out of text, and fair shares.
 *
 * Method: tables of texts with the values they mean; texts near to them that mean nothing
 * are refused with a line that says what would be accepted. */
#include "claims.h"

#include <errno.h>
#include <stdlib.h>

#include "base/units.h"

static const int64_t untouched = -77;

static void a_whole_number_is_read_up_to_its_bounds(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t value;
	} right[] = {{"1", 1}, {"8", 8}, {"007", 7}, {"99", 99}, {"100", 100}};
	for (size_t k = 0; k < sizeof right / sizeof *right; k++) {
		int64_t value = untouched;
		assert_int_equal(parse_whole("--reps", right[k].text, 1, 100, &value, NULL), 0);
		assert_int_equal(value, right[k].value);
	}
}

static void a_number_that_is_not_plain_and_whole_is_refused(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		"",    "0",   "101", "-1", "+1",  " 1",	 "1 ", "1.0",
		"1e1", "0x1", "one", "1,", "1\n", "1..", "99999999999999999999",
	};
	for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
		int64_t value = untouched;
		assert_int_equal(parse_whole("--reps", wrong[k], 1, 100, &value, NULL), -EINVAL);
		assert_int_equal(value, untouched);
	}
}

static void the_widest_number_is_read_and_the_next_refused(void **state)
{
	(void)state;
	int64_t value = untouched;
	assert_int_equal(parse_whole("n", "9223372036854775807", 0, INT64_MAX, &value, NULL), 0);
	assert_true(value == INT64_MAX);
	assert_int_equal(parse_whole("n", "9223372036854775808", 0, INT64_MAX, &value, NULL),
			 -EINVAL);
}

static void a_percentage_is_a_part_of_one(void **state)
{
	(void)state;
	static const char *const wrong[] = {"",	  "%",	 "5",	 "-5%",	 "5 %",	   " 5%", "5%%",
					    "1e1%", "0x5%", "nan%", "1.2.3%", "100.1%", "+5%",
					    "0%"};
	double part = -1;
	assert_int_equal(parse_percent("--threshold", "5%", &part, NULL), 0);
	assert_true(part == 0.05);
	assert_int_equal(parse_percent("--threshold", "0.5%", &part, NULL), 0);
	assert_true(part == 0.005);
	assert_int_equal(parse_percent("--threshold", "100%", &part, NULL), 0);
	assert_true(part == 1);
	for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++)
		assert_int_equal(parse_percent("--threshold", wrong[k], &part, NULL), -EINVAL);
	assert_true(part == 1);
}

static void a_refusal_says_what_would_be_accepted(void **state)
{
	(void)state;
	struct error err;
	int64_t value, *values;
	size_t n;
	parse_whole("--reps", "many", 1, 100, &value, &err);
	assert_string_equal(err.text, "--reps: 'many' must be a whole number from 1 to 100");
	parse_duration("--interval", "5", &value, &err);
	assert_string_equal(err.text,
			    "--interval: '5' must be a number and ns, us, ms or s, "
			    "up to 86400s, as in 5ms");
	parse_wholes("--threads", "8..1", 1, 100, &values, &n, &err);
	assert_string_equal(err.text, "--threads: '8..1' must go upwards, as in 1..8");
	parse_wholes("--threads", "1..8*3", 1, 100, &values, &n, &err);
	assert_string_equal(err.text, "--threads: '1..8*3' must be a range as 1..8, or one that "
				      "doubles, as 1..256*2");
}

static void a_refusal_of_a_long_text_still_ends(void **state)
{
	(void)state;
	char text[1000];
	struct error err;
	int64_t value;
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	assert_int_equal(parse_whole(text, text, 1, 100, &value, &err), -EINVAL);
	assert_true(strlen(err.text) < sizeof err.text);
}

static void assert_list(const char *text, const int64_t *expected, size_t expected_n)
{
	int64_t *values;
	size_t n;
	assert_int_equal(parse_wholes("--threads", text, 0, 1000000, &values, &n, NULL), 0);
	assert_int_equal(n, expected_n);
	assert_memory_equal(values, expected, n * sizeof *values);
	free(values);
}

#define ASSERT_LIST(text, ...) \
	assert_list(text, (const int64_t[]){__VA_ARGS__}, \
		    sizeof (const int64_t[]){__VA_ARGS__} / sizeof(int64_t))

static void a_list_keeps_the_order_it_was_given_in(void **state)
{
	(void)state;
	ASSERT_LIST("8", 8);
	ASSERT_LIST("1,2,4", 1, 2, 4);
	ASSERT_LIST("4,1,4", 4, 1, 4);
	ASSERT_LIST("9,3..5,1..8*2,7", 9, 3, 4, 5, 1, 2, 4, 8, 7);
}

static void a_range_holds_both_its_ends(void **state)
{
	(void)state;
	ASSERT_LIST("1..8", 1, 2, 3, 4, 5, 6, 7, 8);
	ASSERT_LIST("5..5", 5);
	ASSERT_LIST("0..2", 0, 1, 2);
}

static void a_doubling_range_ends_at_the_last_power_inside(void **state)
{
	(void)state;
	ASSERT_LIST("1..64*2", 1, 2, 4, 8, 16, 32, 64);
	ASSERT_LIST("1..63*2", 1, 2, 4, 8, 16, 32);
	ASSERT_LIST("3..20*2", 3, 6, 12);
	ASSERT_LIST("6..6*2", 6);
	ASSERT_LIST("0..8*2", 0); /* nothing doubled is nothing */
}

static void doubling_stops_before_the_greatest_number(void **state)
{
	(void)state;
	int64_t *values;
	size_t n;
	assert_int_equal(parse_wholes("n", "1..9223372036854775807*2", 0, INT64_MAX, &values, &n,
				      NULL), 0);
	assert_int_equal(n, 63);
	assert_true(values[62] == INT64_C(1) << 62);
	free(values);
	assert_int_equal(parse_wholes("n", "9223372036854775806..9223372036854775807", 0,
				      INT64_MAX, &values, &n, NULL), 0);
	assert_int_equal(n, 2);
	free(values);
}

static void a_list_that_cannot_be_read_leaves_nothing(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		"",	",",	  "1,",	   ",1",     "1,,2", "1..",	 "..8",	 "1...8",
		"8..1", "1..8*3", "1..*2", "1..8*2*2", "1-8",  "1, 2", "1,x", "1..1000001",
	};
	for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
		int64_t somewhere, *values = &somewhere;
		size_t n = 1;
		assert_int_equal(
			parse_wholes("--threads", wrong[k], 0, 1000000, &values, &n, NULL),
			-EINVAL);
		assert_null(values);
		assert_int_equal(n, 0);
	}
}

static void a_list_holds_at_most_a_hundred_thousand(void **state)
{
	(void)state;
	int64_t *values;
	size_t n;
	assert_int_equal(parse_wholes("-n", "1..100000", 0, 1000000, &values, &n, NULL), 0);
	assert_int_equal(n, 100000);
	free(values);
	assert_int_equal(parse_wholes("-n", "1..100001", 0, 1000000, &values, &n, NULL), -EINVAL);
	assert_int_equal(parse_wholes("-n", "1..100000,1", 0, 1000000, &values, &n, NULL),
			 -EINVAL);
}

static void a_duration_is_a_number_and_its_unit(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t ns;
	} right[] = {
		{"0ns", 0},	    {"20ns", 20},	  {"100us", 100000},
		{"5ms", 5000000},   {"0.25s", 250000000}, {"1.5us", 1500},
		{"2s", 2000000000}, {"0.4ns", 0},	  {"86400s", INT64_C(86400000000000)},
	};
	for (size_t k = 0; k < sizeof right / sizeof *right; k++) {
		int64_t ns = untouched;
		assert_int_equal(parse_duration("--interval", right[k].text, &ns, NULL), 0);
		assert_int_equal(ns, right[k].ns);
	}
}

static void a_duration_without_unit_or_beyond_a_day_is_refused(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		"",	"5",	 "ms",	 "-5ms", "+5ms", " 5ms",   "5 ms",     "5msx",
		"5MS", "5m", "24h", "nans", "infs", "86401s", "1e400s", ".5s",
	};
	for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
		int64_t ns = untouched;
		assert_int_equal(parse_duration("--interval", wrong[k], &ns, NULL), -EINVAL);
		assert_int_equal(ns, untouched);
	}
}

static void a_duration_is_written_in_the_unit_that_fits(void **state)
{
	(void)state;
	static const struct {
		double ns;
		const char *text;
	} right[] = {
		{0, "0 ns"},	       {7, "7 ns"},	     {999, "999 ns"},	{1000, "1.00 us"},
		{1234, "1.23 us"},     {99900, "99.9 us"},   {5090000, "5.09 ms"},
		{42300000, "42.3 ms"}, {456e6, "456 ms"},    {1e9, "1.00 s"},	{-2.5e9, "-2.50 s"},
		{3600e9, "3600 s"},
	};
	for (size_t k = 0; k < sizeof right / sizeof *right; k++) {
		char text[16];
		assert_string_equal(format_duration(right[k].ns, text), right[k].text);
	}
}

/* Rounding up must not give a fourth digit, nor a thousand of a unit. */
static void a_duration_that_rounds_up_moves_to_the_next_digit_or_unit(void **state)
{
	(void)state;
	char text[16];
	assert_string_equal(format_duration(999.4, text), "999 ns");
	assert_string_equal(format_duration(999.6, text), "1.00 us");
	assert_string_equal(format_duration(9996, text), "10.0 us");
	assert_string_equal(format_duration(99960, text), "100 us");
	assert_string_equal(format_duration(999600, text), "1.00 ms");
	assert_string_equal(format_duration(999.6e6, text), "1.00 s");
}

static void a_count_is_written_in_groups_of_three(void **state)
{
	(void)state;
	char text[32];
	assert_string_equal(format_count(0, text), "0");
	assert_string_equal(format_count(999, text), "999");
	assert_string_equal(format_count(1000, text), "1,000");
	assert_string_equal(format_count(50000000, text), "50,000,000");
	assert_string_equal(format_count(-123456, text), "-123,456");
	assert_string_equal(format_count(-1234567, text), "-1,234,567");
	assert_string_equal(format_count(INT64_MAX, text), "9,223,372,036,854,775,807");
}

/* numpy.array_split(range(8), 3) and (range(7), 3): the examples of its manual. */
static void a_split_gives_the_first_parts_one_more(void **state)
{
	(void)state;
	static const int64_t sizes[2][3] = {{3, 2, 2}, {3, 3, 2}};
	for (int64_t n = 7; n <= 8; n++)
		for (int64_t k = 0, at = 0; k < 3; k++) {
			int64_t first, size = array_split(n, 3, k, &first);
			assert_int_equal(size, sizes[n - 7][k]);
			assert_int_equal(first, at);
			at += size;
		}
}

static void a_split_covers_everything_once_and_evenly(void **state)
{
	(void)state;
	for (int64_t n = 0; n <= 40; n++)
		for (int64_t parts = 1; parts <= 50; parts++) {
			int64_t at = 0, before = INT64_MAX;
			for (int64_t k = 0; k < parts; k++) {
				int64_t first, size = array_split(n, parts, k, &first);
				assert_int_equal(first, at);
				assert_true(size == n / parts || size == n / parts + 1);
				assert_true(size <= before);
				before = size;
				at += size;
			}
			assert_int_equal(at, n);
		}
}

static void a_split_of_the_largest_size_does_not_overflow(void **state)
{
	(void)state;
	int64_t first, size = array_split(INT64_MAX, 65536, 65535, &first);
	assert_true(first + size == INT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_number_is_read_up_to_its_bounds),
		cmocka_unit_test(a_number_that_is_not_plain_and_whole_is_refused),
		cmocka_unit_test(the_widest_number_is_read_and_the_next_refused),
		cmocka_unit_test(a_percentage_is_a_part_of_one),
		cmocka_unit_test(a_refusal_says_what_would_be_accepted),
		cmocka_unit_test(a_refusal_of_a_long_text_still_ends),
		cmocka_unit_test(a_list_keeps_the_order_it_was_given_in),
		cmocka_unit_test(a_range_holds_both_its_ends),
		cmocka_unit_test(a_doubling_range_ends_at_the_last_power_inside),
		cmocka_unit_test(doubling_stops_before_the_greatest_number),
		cmocka_unit_test(a_list_that_cannot_be_read_leaves_nothing),
		cmocka_unit_test(a_list_holds_at_most_a_hundred_thousand),
		cmocka_unit_test(a_duration_is_a_number_and_its_unit),
		cmocka_unit_test(a_duration_without_unit_or_beyond_a_day_is_refused),
		cmocka_unit_test(a_duration_is_written_in_the_unit_that_fits),
		cmocka_unit_test(a_duration_that_rounds_up_moves_to_the_next_digit_or_unit),
		cmocka_unit_test(a_count_is_written_in_groups_of_three),
		cmocka_unit_test(a_split_gives_the_first_parts_one_more),
		cmocka_unit_test(a_split_covers_everything_once_and_evenly),
		cmocka_unit_test(a_split_of_the_largest_size_does_not_overflow),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
