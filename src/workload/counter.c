/* counter, countercall, refcount - threads that change what they share, to count the
 * updates that are lost: a number by load, add and store, without and with a call in
 * between; and the reference count of one object.
 *
 * A lock that is given up only at backward jumps and calls protects the first (CPython 3.10
 * and later), one that is given up between any opcodes does not; a count is safe inside its
 * opcode under any lock, and without one if it is atomic or biased. */
#include "workload/workload.h"

static const char counter_program[] =
#include "counter.gasm.inc"
	;
static const char countercall_program[] =
#include "countercall.gasm.inc"
	;
static const char refcount_program[] =
#include "refcount.gasm.inc"
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

static bool may_lose_counts(const struct gil_policy *policy, enum counts counts)
{
	return !is_locked(policy) && counts == COUNTS_PLAIN;
}

#define SHARED_BY_ALL(text, about, unit_of, expected, program, loses) \
	{ \
		.name = text, .help = about, .unit = unit_of, \
		.size = {.least = 1, .most = INT64_C(1000000000), .preset = 10000000, \
			 .help = unit_of "s"}, \
		.total = TOTAL_GLOBAL, .programs = {program}, .may_lose = loses, \
		.size_is_work = true, .tasks_n = size_tasks_n, .units = size_units, \
		.args = size_args, .expect = expected, \
	}

const struct workload workload_counter =
	SHARED_BY_ALL("counter", "adds to one number that all threads share: lost updates",
		      "increment", expect_all, counter_program, may_lose_between_opcodes);
const struct workload workload_countercall =
	SHARED_BY_ALL("countercall", "the same, with a call between its load and its store",
		      "increment", expect_all, countercall_program, may_lose_in_call);
const struct workload workload_refcount =
	SHARED_BY_ALL("refcount", "takes and drops references to one object that all share",
		      "reference", expect_none, refcount_program, may_lose_counts);
