/* test_unrest - what about the machine is said to have disturbed.
 *
 * Method: figures made by hand at and beyond the thresholds; and a look at the machine itself,
 * whose figures must be possible. */
#include "claims.h"

#include <math.h>

#include "measure/unrest.h"

/* Nothing to say of it. */
static struct unrest quiet(void)
{
	return (struct unrest){
		.host = {.governor = "performance", .cores_online = 4, .cores_allowed = 4,
			 .load_1min = 0.5},
		.load_end = 1.5,
		.others_share = 0.05,
		.stolen_share = 0.01,
		.runqueue_share = 0.05,
		.threads_most = 4,
	};
}

/* The only line is that of the cause, and opens with the text. */
static void assert_says(const struct unrest *u, enum unrest_cause cause, const char *text)
{
	char line[UNREST_LINE_MOST];
	for (enum unrest_cause other = 0; other < UNREST_CAUSES_N; other++) {
		const char *said = unrest_line(u, other, line);
		if (other != cause && said)
			fail_msg("also says '%s'", said);
		if (other == cause && (!said || strncmp(said, text, strlen(text)) != 0))
			fail_msg("says '%s', not '%s'", said ? said : "nothing", text);
	}
}

static void assert_says_nothing(const struct unrest *u)
{
	assert_says(u, UNREST_CAUSES_N, "");
}

static void a_quiet_machine_has_no_line(void **state)
{
	(void)state;
	struct unrest u = quiet();
	assert_says_nothing(&u);
	u.others_share = u.stolen_share = u.runqueue_share = u.load_end = u.host.load_1min = NAN;
	u.host.governor[0] = '\0';
	assert_says_nothing(&u);
}

static void each_cause_has_a_line_of_its_own(void **state)
{
	(void)state;
	struct unrest u = quiet();
	u.others_share = 0.34;
	assert_says(&u, UNREST_LOAD,
		    "load: others had 34 % of the machine's 4 cores meanwhile (load average 0.50 "
		    "before, 1.50 at the end)");
	u = quiet();
	u.runqueue_share = 0.2;
	assert_says(&u, UNREST_RUNQUEUE, "run queue: threads were ready without a core for 20 %");
	u = quiet();
	strcpy(u.host.governor, "powersave");
	assert_says(&u, UNREST_GOVERNOR, "frequency: the governor is powersave, not performance");
	u = quiet();
	u.stolen_share = 0.03;
	assert_says(&u, UNREST_STEAL, "steal: the host of this virtual machine gave others 3 %");
	u = quiet();
	u.threads_most = 5;
	assert_says(&u, UNREST_CROWD, "cores: up to 5 threads or processes share 4 cores");
}

static void in_virtual_time_nothing_disturbs(void **state)
{
	(void)state;
	struct unrest u = quiet();
	u.others_share = u.stolen_share = u.runqueue_share = 1;
	u.threads_most = 0;
	assert_says_nothing(&u);
}

static const struct mode crowd = {.name = "crowd"}, single = {.name = "single",
							      .has_coroutines = true};

static struct row row_of(const struct mode *mode, int64_t threads, struct repeat *repeat)
{
	return (struct row){
		.setting = {.mode = mode, .job = {.threads = threads}},
		.repeats = repeat,
		.repeats_n = 1,
	};
}

/* Two threads of 100 ns each waited 20 ns: a tenth. */
static void only_threads_with_a_core_each_wait_for_one_in_vain(void **state)
{
	(void)state;
	struct repeat few = {.wall_ns = 100, .parts_n = 2, .time = {.runqueue_ns = 20}};
	struct repeat many = {.wall_ns = 100, .parts_n = 9, .time = {.runqueue_ns = 700}};
	struct repeat untold = {.wall_ns = 100, .parts_n = 2, .time = {.runqueue_ns = ABSENT}};
	struct row rows[] = {row_of(&crowd, 2, &few), row_of(&crowd, 9, &many),
			     row_of(&crowd, 2, &untold)};
	struct unrest u;
	unrest_begin(&u);
	u.host.cores_allowed = 2;
	unrest_end(&u, rows, 3);
	assert_float_equal(u.runqueue_share, 0.1, 1e-9);
	assert_int_equal(u.threads_most, 9);
}

static void coroutines_are_one_thread_and_virtual_rows_none(void **state)
{
	(void)state;
	struct repeat repeat = {.wall_ns = 100, .parts_n = 1, .time = {.runqueue_ns = ABSENT}};
	struct row rows[] = {row_of(&single, 1000, &repeat), row_of(&crowd, 64, &repeat)};
	struct unrest u;
	rows[1].setting.world.world = WORLD_IN_VIRTUAL_TIME;
	unrest_begin(&u);
	unrest_end(&u, rows, 2);
	assert_int_equal(u.threads_most, 1);
	unrest_begin(&u);
	unrest_end(&u, rows + 1, 1);
	assert_int_equal(u.threads_most, 0);
}

/* One thread that computes is not one of the others, however long. */
static void what_is_seen_of_this_machine_is_possible(void **state)
{
	(void)state;
	struct host_time before, after;
	struct unrest u;
	host_read_time(&before);
	unrest_begin(&u);
	while (world_now_ns() - u.began_ns < 300000000)
		;
	unrest_end(&u, NULL, 0);
	host_read_time(&after);
	assert_true(before.busy_ns > 0 && after.busy_ns >= before.busy_ns);
	assert_true(after.stolen_ns >= before.stolen_ns);
	assert_true(u.others_share >= 0 && u.others_share <= 1.1);
	assert_true(u.stolen_share >= 0 && u.stolen_share <= 1.1);
	unrest_begin(&u);
	unrest_end(&u, NULL, 0);
	assert_true(isnan(u.others_share) && isnan(u.stolen_share)); /* too short to tell */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quiet_machine_has_no_line),
		cmocka_unit_test(each_cause_has_a_line_of_its_own),
		cmocka_unit_test(in_virtual_time_nothing_disturbs),
		cmocka_unit_test(only_threads_with_a_core_each_wait_for_one_in_vain),
		cmocka_unit_test(coroutines_are_one_thread_and_virtual_rows_none),
		cmocka_unit_test(what_is_seen_of_this_machine_is_possible),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
