/* test_counters - what is counted, of whom, and what is made of a count.
 *
 * Method: states made up, as the kernel reports them; and threads that move between two cores as
 * often as is known. */
#include "claims.h"

#include <errno.h>
#include <math.h>

#include "base/units.h"
#include "world/counters.h"
#include "world/host.h"
#include "world/topology.h"
#include "world/world.h"

enum { MOVES_N = 20 };

static void what_counted_all_the_time_is_exact(void **state)
{
	(void)state;
	struct counter_state begun = {100, 10, 10}, ended = {INT64_C(9007199254740993), 110, 110};
	double share = 1;
	assert_true(counter_figure(&begun, &ended, &share) == INT64_C(9007199254740893));
	assert_true(share == 1);
}

static void what_counted_a_part_of_the_time_is_scaled_up_and_says_so(void **state)
{
	(void)state;
	struct counter_state begun = {100, 10, 10}, ended = {300, 110, 60};
	double share = 1;
	assert_int_equal(counter_figure(&begun, &ended, &share), 400);
	assert_true(share == 0.5);
	ended.running_ns = 100;
	counter_figure(&begun, &ended, &share);
	assert_true(share == 0.5); /* the least of them */
}

static void what_never_counted_is_absent_not_0(void **state)
{
	(void)state;
	struct counter_state begun = {100, 10, 10}, ended = {100, 110, 10};
	double share = 1;
	assert_true(counter_figure(&begun, &ended, &share) == ABSENT);
	assert_true(share == 1);
}

static void each_reason_is_said_once_behind_its_counters(void **state)
{
	(void)state;
	struct counters c = {.handles = {-ENOENT, -ENOENT, 3, -EACCES}};
	struct error why;
	assert_int_equal(counters_explain(&c, &why), 3);
	assert_string_equal(why.text,
			    "cycles, instructions (this machine has none, as most virtual ones), "
			    "migrations (not allowed: /proc/sys/kernel/perf_event_paranoid must be "
			    "lower, or the caller have CAP_PERFMON)");
	c = (struct counters){.handles = {3, 4, 5, 6}};
	assert_int_equal(counters_explain(&c, &why), 0);
}

struct walk {
	struct places places;
	int failed;
};

static void *walk(void *argument)
{
	struct walk *w = argument;
	for (size_t k = 0; k < MOVES_N; k++)
		w->failed = host_bind(w->places.pus[k % 2]) ? 1 : w->failed;
	return NULL;
}

static void walk_on_a_thread(struct walk *w)
{
	struct world_thread thread;
	assert_int_equal(world_spawn(&thread, walk, w), 0);
	world_join(&thread);
	assert_int_equal(w->failed, 0);
}

static int walk_in_a_process(const struct world_channel *parent, void *argument)
{
	(void)parent;
	walk(argument);
	return 0;
}

/* Skips where that is not to be had. */
static void open_for_walk(struct counters *c, struct walk *w)
{
	struct error err;
	*w = (struct walk){.failed = 0};
	assert_int_equal(places_open(&w->places, &err), 0);
	counters_open(c);
	if (w->places.n < 2 || c->handles[COUNTER_MIGRATIONS] < 0) {
		counters_close(c);
		places_close(&w->places);
		skip();
	}
}

static void threads_and_processes_started_meanwhile_are_counted(void **state)
{
	(void)state;
	struct counters c;
	struct counter_figures f;
	struct walk w;
	struct world_process process;
	int status;
	open_for_walk(&c, &w);
	counters_begin(&c);
	walk_on_a_thread(&w);
	assert_int_equal(world_fork(&process, false, walk_in_a_process, &w), 0);
	world_wait(&process, &status, NULL);
	counters_end(&c, &f);
	assert_true(f.migrations_n >= 2 * (MOVES_N - 1));
	assert_true(f.counted_share > 0 && f.counted_share <= 1);
	counters_close(&c);
	places_close(&w.places);
}

static void only_what_is_between_begin_and_end_counts(void **state)
{
	(void)state;
	struct counters c;
	struct counter_figures f;
	struct walk w;
	open_for_walk(&c, &w);
	walk_on_a_thread(&w);
	counters_begin(&c);
	walk_on_a_thread(&w);
	counters_begin(&c); /* from now on instead */
	counters_end(&c, &f);
	walk_on_a_thread(&w);
	assert_true(f.migrations_n < MOVES_N - 1);
	counters_close(&c);
	places_close(&w.places);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_counted_all_the_time_is_exact),
		cmocka_unit_test(what_counted_a_part_of_the_time_is_scaled_up_and_says_so),
		cmocka_unit_test(what_never_counted_is_absent_not_0),
		cmocka_unit_test(each_reason_is_said_once_behind_its_counters),
		cmocka_unit_test(threads_and_processes_started_meanwhile_are_counted),
		cmocka_unit_test(only_what_is_between_begin_and_end_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
