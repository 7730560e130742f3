/* test_order - in which order settings take turns.
 *
 * Method: permutations of many rounds and seeds, counted. */
#include "claims.h"

#include "measure/order.h"

enum { PLACES_MOST = 50 };

static void every_round_has_each_place_once(void **state)
{
	(void)state;
	for (size_t n = 0; n <= PLACES_MOST; n++)
		for (int64_t round = 0; round < 20; round++) {
			size_t places[PLACES_MOST];
			int seen[PLACES_MOST] = {0};
			order_round(places, n, 7, round);
			for (size_t k = 0; k < n; k++) {
				assert_true(places[k] < n);
				assert_int_equal(seen[places[k]]++, 0);
			}
		}
}

static void the_same_seed_and_round_have_the_same_order(void **state)
{
	(void)state;
	size_t first[PLACES_MOST], again[PLACES_MOST];
	order_round(first, PLACES_MOST, 12345, 3);
	order_round(again, PLACES_MOST, 12345, 3);
	assert_memory_equal(first, again, sizeof first);
}

/* Any machine: seed 1, round 0, ten places. */
static void the_order_of_a_seed_is_known(void **state)
{
	(void)state;
	static const size_t known[10] = {8, 3, 9, 2, 1, 6, 7, 0, 5, 4};
	size_t places[10];
	order_round(places, 10, 1, 0);
	assert_memory_equal(places, known, sizeof known);
}

static void another_seed_or_round_has_another_order(void **state)
{
	(void)state;
	size_t first[PLACES_MOST], other[PLACES_MOST];
	order_round(first, PLACES_MOST, 1, 0);
	order_round(other, PLACES_MOST, 1, 1);
	assert_memory_not_equal(first, other, sizeof first);
	order_round(other, PLACES_MOST, 2, 0);
	assert_memory_not_equal(first, other, sizeof first);
}

/* Each of five settings is first, and last, in a fifth of 10,000 rounds: five standard deviations
 * of that are 200. */
static void every_setting_comes_as_often_at_every_place(void **state)
{
	(void)state;
	enum { SETTINGS_N = 5, ROUNDS_N = 10000 };
	int at[SETTINGS_N][SETTINGS_N] = {{0}};
	for (int64_t round = 0; round < ROUNDS_N; round++) {
		size_t places[SETTINGS_N];
		order_round(places, SETTINGS_N, 1, round);
		for (size_t k = 0; k < SETTINGS_N; k++)
			at[k][places[k]]++;
	}
	for (size_t k = 0; k < SETTINGS_N; k++)
		for (size_t setting = 0; setting < SETTINGS_N; setting++)
			assert_in_range(at[k][setting], 1800, 2200);
}

static void the_seed_of_a_run_is_within_its_bounds(void **state)
{
	(void)state;
	int64_t seed = order_seed();
	assert_true(seed >= 0 && seed <= ORDER_SEED_MOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_round_has_each_place_once),
		cmocka_unit_test(the_same_seed_and_round_have_the_same_order),
		cmocka_unit_test(the_order_of_a_seed_is_known),
		cmocka_unit_test(another_seed_or_round_has_another_order),
		cmocka_unit_test(every_setting_comes_as_often_at_every_place),
		cmocka_unit_test(the_seed_of_a_run_is_within_its_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
