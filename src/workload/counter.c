/* counter, countercall, counterlock, refcount, immortal - threads that change what they share,
 * to count the updates that are lost: a number by load, add and store, without and with a call
 * in between; an item of a list by a method of the list; the reference count of one object; and
 * that of one that is immortal.
 *
 * A lock that is given up only at backward jumps and calls protects the first (CPython 3.10
 * and later), one that is given up between any opcodes does not.  A method and a count are
 * safe inside their opcode under any lock; without one, a count is if it is atomic or biased,
 * and a method if it takes the lock of its list, which comes with biased counts. */
#include "workload/workload.h"

static const char counter_program[] =
#include "counter.gasm.inc"
	;
static const char countercall_program[] =
#include "countercall.gasm.inc"
	;
static const char counterlock_program[] =
#include "counterlock.gasm.inc"
	;
static const char refcount_program[] =
#include "refcount.gasm.inc"
	;
static const char immortal_program[] =
#include "immortal.gasm.inc"
	;

static int expect_all(const struct job *job, struct result *result)
{
	result->value.i = size_total_n(job);
	return 0;
}

/* As many references as before. */
static int expect_none(const struct job *job, struct result *result)
{
	(void)job;
	result->value.i = 0;
	return 0;
}

static bool is_locked(const struct gil_policy *policy)
{
	return policy != gil_policy_find("none");
}

static bool may_lose_between_opcodes(const struct gil_policy *policy, enum counts counts)
{
	(void)counts;
	return !is_locked(policy) || policy->check_points != CHECK_AT_BREAKER;
}

static bool may_lose_in_call(const struct gil_policy *policy, enum counts counts)
{
	(void)policy;
	(void)counts;
	return true;
}

static bool may_lose_in_method(const struct gil_policy *policy, enum counts counts)
{
	return !is_locked(policy) && counts != COUNTS_BIASED;
}

static bool may_lose_counts(const struct gil_policy *policy, enum counts counts)
{
	return !is_locked(policy) && counts == COUNTS_PLAIN;
}

#define SHARED_BY_ALL(text, about, unit_of, what, expected, program, loses) \
	{ \
		.name = text, .help = about, .unit = unit_of, \
		.size = {.least = 1, .most = INT64_C(1000000000), .preset = 10000000, \
			 .help = unit_of "s"}, \
		.total = what, .programs = {program}, .may_lose = loses, \
		.size_is_work = true, .tasks_n = size_tasks_n, .units = size_units, \
		.args = size_args, .expect = expected, \
	}

const struct workload workload_counter =
	SHARED_BY_ALL("counter", "adds to one number that all threads share: lost updates",
		      "increment", TOTAL_GLOBAL, expect_all, counter_program,
		      may_lose_between_opcodes);
const struct workload workload_countercall =
	SHARED_BY_ALL("countercall", "the same, with a call between its load and its store",
		      "increment", TOTAL_GLOBAL, expect_all, countercall_program,
		      may_lose_in_call);
const struct workload workload_counterlock =
	SHARED_BY_ALL("counterlock", "adds to one item of a shared list by a method of the list",
		      "increment", TOTAL_GLOBAL, expect_all, counterlock_program,
		      may_lose_in_method);
const struct workload workload_refcount =
	SHARED_BY_ALL("refcount", "takes and drops references to one object that all share",
		      "reference", TOTAL_REFERENCES, expect_none, refcount_program,
		      may_lose_counts);
const struct workload workload_immortal =
	SHARED_BY_ALL("immortal", "the same, but the object is immortal: nobody counts them",
		      "reference", TOTAL_REFERENCES, expect_none, immortal_program, NULL);
