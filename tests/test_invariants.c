/* test_invariants - each invariant of the lock holds of what may be, and is broken by what may not.
 *
 * Method: two threads of a lock in a virtual world are put by hand into states that the real lock
 * never has. */
#include "claims.h"

#include "gil/invariants.h"
#include "world/virtual.h"

static const struct machine_cost costs = {.quantum_ns = 3000000, .memory_mib_s = 1000};

static struct gil gil;
static struct gil_thread a, b;
static struct gil_stats a_stats, b_stats;
static struct seen seen[2];
static struct invariants in;

static void open_lock(const char *policy)
{
	gil = (struct gil){.policy = gil_policy_find(policy), .interval_ns = 5000000, .ticks = 1};
	a_stats = b_stats = (struct gil_stats){0};
	gil_attach(&a, &gil, "a", ACCOUNTING_COUNTS, &a_stats);
	gil_attach(&b, &gil, "b", ACCOUNTING_COUNTS, &b_stats);
	seen[0] = (struct seen){.thread = &a};
	seen[1] = (struct seen){.thread = &b};
	invariants_open(&in, &gil, seen, 2);
}

static void assert_holds(void)
{
	if (invariants_check(&in) != INVARIANTS_N)
		fail_msg("broken: %s", in.why);
}

static void assert_broken(enum invariant invariant, const char *why)
{
	assert_int_equal(invariants_check(&in), invariant);
	assert_string_equal(in.why, why);
}

static void pass(int64_t ns)
{
	world_charge(1000 * ns);
	virtual_settle();
}

static void wait_in_take(struct gil_thread *t)
{
	watched_note(&t->watched, DOING_TAKE);
	assert_holds();
}

static void holders(void)
{
	open_lock("cpython");
	a.holding = true;
	assert_holds();
	b.holding = true;
	assert_broken(INVARIANT_ONE_HOLDER, "'a' and 'b' hold it at once");
	open_lock("none");
	a.holding = b.holding = true;
	assert_holds();
	assert_int_equal(in.checks_n[INVARIANT_ONE_HOLDER], 0);
}

static void requests(void)
{
	open_lock("cpython");
	a.holding = true;
	wait_in_take(&b);
	pass(4999999);
	b_stats.drop_requests_n++;
	assert_broken(INVARIANT_FULL_INTERVAL,
		      "'b' asked for the lock after a wait of 4999999 ns, the last 4999999 ns of "
		      "it without a switch; the interval is 5000000 ns");
	pass(1);
	b_stats.drop_requests_n++;
	assert_holds();
	gil.switch_number = a_stats.switches_n = a_stats.takes_n = 1;
	assert_holds();
	pass(1000);
	b_stats.drop_requests_n++;
	assert_broken(INVARIANT_FULL_INTERVAL,
		      "'b' asked for the lock after a wait of 5001000 ns, the last 1000 ns of it "
		      "without a switch; the interval is 5000000 ns");
}

static void switches(void)
{
	open_lock("cpython");
	a.holding = true;
	a.breaker = GIL_DROP_REQUEST;
	assert_holds();
	a.holding = false;
	assert_holds();
	a.holding = true;
	assert_broken(INVARIANT_FORCED_SWITCH,
		      "'a' was asked for the lock, gave it up, and had it again before anybody "
		      "else");
	a.holding = false;
	assert_holds();
	b.holding = true;
	assert_holds();
	b.holding = false;
	assert_holds();
	a.holding = true;
	assert_holds();
}

static void hogs(void)
{
	open_lock("cpython");
	a.holding = true;
	watched_note(&a.watched, DOING_NOTHING);
	pass(INT64_C(10000000000)); /* nobody waits */
	assert_holds();
	wait_in_take(&b);
	for (int k = 0; k < 3000; k++) {
		pass(49999);
		assert_holds(); /* b is awake: it has its chance */
	}
}

static void free_locks(void)
{
	open_lock("cpython");
	watched_note(&b.watched, DOING_TAKE);
	for (int k = 0; k < 200000; k++)
		assert_holds();
	assert_broken(INVARIANT_PROGRESS,
		      "the lock has been free for 200000 events, while threads want it");
}

static void counts(void)
{
	open_lock("cpython");
	a_stats.takes_n = a_stats.switches_n = gil.switch_number = 1;
	assert_holds();
	a_stats.contended_takes_n = 1;
	assert_broken(INVARIANT_COUNTERS,
		      "'a': 1 takes, 1 contended, 1 switches, 0 waits, 0 slices");
	a_stats.contended_takes_n = 0;
	gil.switch_number = 2;
	assert_broken(INVARIANT_COUNTERS, "threads count 1 switches, the lock 2");
	gil.switch_number = 1;
	b_stats.forced_switches_n = 1;
	assert_broken(INVARIANT_COUNTERS, "1 forced switches of 0 requests");
}

static void run_claim(void *claim)
{
	(*(void (**)(void))claim)();
}

static void in_world(void (*claim)(void))
{
	struct error err;
	const struct virtual_options options = {.cores_n = 2, .seed = 1, .cost = &costs,
						.end_ns = ABSENT};
	assert_int_equal(virtual_run(&options, run_claim, &claim, &err), 0);
}

#define CLAIM(name, function) \
	static void name(void **state) \
	{ \
		(void)state; \
		in_world(function); \
	}
CLAIM(two_holders_are_one_too_many_unless_the_policy_has_no_lock, holders)
CLAIM(a_request_is_made_after_a_full_interval_without_a_switch, requests)
CLAIM(who_was_asked_has_it_again_only_after_another, switches)
CLAIM(no_turn_is_too_long_while_nobody_could_ask, hogs)
CLAIM(a_free_lock_that_is_wanted_is_taken, free_locks)
CLAIM(counters_agree, counts)

/* A thread that sleeps in take, and the one that looks on. */
static void *sleep_in_take(void *word)
{
	watched_note(&b.watched, DOING_TAKE);
	while (!world_load((uint32_t *)word, RELAXED))
		world_park(word, 0, ABSENT);
	watched_note(&b.watched, DOING_NOTHING);
	return NULL;
}

static void sleepers(void)
{
	uint32_t word = 0;
	struct world_thread thread;
	open_lock("cpython");
	a.holding = true;
	watched_note(&a.watched, DOING_NOTHING);
	assert_int_equal(world_spawn(&thread, sleep_in_take, &word), 0);
	pass(1000000);
	assert_holds();
	watched_note(&a.watched, DOING_DROP);
	a.holding = false;
	assert_holds(); /* it may be about to wake the other */
	watched_note(&a.watched, DOING_NOTHING);
	assert_broken(INVARIANT_NO_LOST_WAKEUP,
		      "the lock is free, 'b' sleeps, and nobody is about to wake it");
	a.holding = true;
	for (int k = 0; k < 2000; k++) {
		pass(50000);
		assert_holds();
	}
	pass(50000);
	assert_broken(INVARIANT_TURNS, "'a' has had the lock for 20 turns, while others wait");
	world_store(&word, 1, SEQ_CST);
	world_unpark(&word, 1);
	world_join(&thread);
}
CLAIM(nobody_sleeps_at_a_free_lock_nor_for_long_at_one_that_is_held, sleepers)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_holders_are_one_too_many_unless_the_policy_has_no_lock),
		cmocka_unit_test(a_request_is_made_after_a_full_interval_without_a_switch),
		cmocka_unit_test(who_was_asked_has_it_again_only_after_another),
		cmocka_unit_test(no_turn_is_too_long_while_nobody_could_ask),
		cmocka_unit_test(a_free_lock_that_is_wanted_is_taken),
		cmocka_unit_test(counters_agree),
		cmocka_unit_test(nobody_sleeps_at_a_free_lock_nor_for_long_at_one_that_is_held),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
