/* test_fiber - stacks of one's own.  Also compiled against ucontext, which is for processors that
 * fiber.c does not know. */
#include "claims.h"

#include <stdlib.h>

#include "world/fiber.h"

/* More than have a guard; TSan keeps much of each, and has room for few. */
#ifdef __has_feature
#if __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#endif
#endif
#ifdef __SANITIZE_THREAD__
enum { MANY = 200 };
#else
enum { MANY = 20000 };
#endif

static struct fiber root, one, other;
static int steps_n;

static int adopt(void **state)
{
	(void)state;
	fiber_adopt(&root);
	steps_n = 0;
	return 0;
}

static void count_steps(void *argument)
{
	struct fiber *self = argument;
	for (;;) {
		steps_n++;
		fiber_switch(self, &root);
	}
}

static void a_fiber_goes_on_where_it_stood(void **state)
{
	(void)state;
	assert_int_equal(fiber_open(&one, count_steps, &one), 0);
	for (int k = 1; k <= 5; k++) {
		fiber_switch(&root, &one);
		assert_int_equal(steps_n, k);
	}
	fiber_close(&one);
}

static void *at_start;

static void look_at_frame(void *argument)
{
	at_start = __builtin_frame_address(0);
	fiber_switch(argument, &root);
}

static void a_stack_begins_as_calls_want_it(void **state)
{
	(void)state;
	assert_int_equal(fiber_open(&one, look_at_frame, &one), 0);
	fiber_switch(&root, &one);
	assert_int_equal((uintptr_t)at_start % 16, 0);
	assert_in_range((uintptr_t)at_start, (uintptr_t)one.stack,
			(uintptr_t)one.stack + FIBER_STACK_BYTES);
	fiber_close(&one);
}

static double sums[2];

/* More numbers than there are registers that a call keeps, all alive over each switch. */
static void sum_up(struct fiber *self, struct fiber *to, double *sum)
{
	long a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7;
	double p = *sum, q = p + 1, r = p + 2, s = p + 3, t = p + 4;
	double u = p + 5, v = p + 6, w = p + 7, x = p + 8;
	for (int k = 0; k < 100; k++) {
		fiber_switch(self, to);
		a += b, b += c, c += d, d += e, e += f, f += g, g += a & 1;
		p += q, q += r, r += s, s += t, t += u;
		u += v, v += w, w += x, x += a & 1;
	}
	*sum = (double)(a + b + c + d + e + f + g) + p + q + r + s + t + u + v + w + x;
}

static void sum_in_fiber(void *argument)
{
	sum_up(argument, argument == &one ? &other : &root, &sums[argument == &other]);
	fiber_switch(argument, &root);
}

static void what_a_call_keeps_is_kept_over_a_switch(void **state)
{
	(void)state;
	double alone = 0.5, third = 0.5;
	sum_up(&root, &root, &alone);
	sums[0] = 0.5;
	sums[1] = 10.25;
	assert_int_equal(fiber_open(&one, sum_in_fiber, &one), 0);
	assert_int_equal(fiber_open(&other, sum_in_fiber, &other), 0);
	sum_up(&root, &one, &third);
	fiber_switch(&root, &one);
	fiber_switch(&root, &other);
	assert_true(third == alone);
	assert_true(sums[0] == alone);
	assert_true(sums[1] > alone);
	fiber_close(&one);
	fiber_close(&other);
}

static void a_stack_is_used_again(void **state)
{
	(void)state;
	assert_int_equal(fiber_open(&one, count_steps, &one), 0);
	fiber_switch(&root, &one);
	const char *stack = one.stack;
	fiber_close(&one);
	assert_int_equal(fiber_open(&other, count_steps, &other), 0);
	assert_ptr_equal(other.stack, stack);
	fiber_switch(&root, &other);
	fiber_switch(&root, &other);
	assert_int_equal(steps_n, 3);
	fiber_close(&other);
}

static void there_may_be_many(void **state)
{
	(void)state;
	struct fiber *many = calloc(MANY, sizeof *many);
	assert_non_null(many);
	for (int k = 0; k < MANY; k++)
		assert_int_equal(fiber_open(&many[k], count_steps, &many[k]), 0);
	for (int round = 0; round < 2; round++)
		for (int k = 0; k < MANY; k++)
			fiber_switch(&root, &many[k]);
	assert_int_equal(steps_n, 2 * MANY);
	for (int k = 0; k < MANY; k++)
		fiber_close(&many[k]);
	free(many);
}

/* Deeper by a little at a time, so far below the first one. */
static int descend(const char *first, ptrdiff_t bytes)
{
	volatile int one_more = 1;
	const char *here = __builtin_frame_address(0);
	return first - here > bytes ? one_more : descend(first, bytes) + one_more;
}

/* Not as far as the next one's. */
static void run_over(void *argument)
{
	enum { BELOW_BYTES = 16 * 1024 };
	steps_n += descend(__builtin_frame_address(0), FIBER_STACK_BYTES + BELOW_BYTES);
	fiber_switch(argument, &root);
}

static void run_over_in_fiber(void)
{
	fiber_adopt(&root);
	fiber_open(&one, run_over, &one);
	fiber_switch(&root, &one);
}

static void who_runs_over_a_stack_is_told(void **state)
{
	(void)state;
	assert_fatal(run_over_in_fiber, "a simulated thread ran over its stack of 192 KiB");
}

/* What the last of many left is used first. */
static void who_runs_over_a_stack_without_a_guard_is_told(void **state)
{
	(void)state;
	assert_int_equal(fiber_open(&other, count_steps, &other), 0);
	assert_int_equal(other.lacks_guard, MANY > 16384);
	fiber_close(&other);
	assert_fatal(run_over_in_fiber, "a simulated thread ran over its stack of 192 KiB");
}

static void write_nowhere(void *argument)
{
	*(volatile int *)4096 = 1;
	fiber_switch(argument, &root);
}

static void another_fault_is_as_ever(void **state)
{
	int status;
	(void)state;
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		signal(SIGSEGV, SIG_DFL);
		fiber_adopt(&root);
		fiber_open(&one, write_nowhere, &one);
		fiber_switch(&root, &one);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSEGV);
}

/* Many come late: those beyond the first ones have no guard, and are what is used again first. */
int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_fiber_goes_on_where_it_stood, adopt),
		cmocka_unit_test_setup(a_stack_begins_as_calls_want_it, adopt),
		cmocka_unit_test_setup(what_a_call_keeps_is_kept_over_a_switch, adopt),
		cmocka_unit_test_setup(a_stack_is_used_again, adopt),
		cmocka_unit_test_setup(who_runs_over_a_stack_is_told, adopt),
		cmocka_unit_test_setup(another_fault_is_as_ever, adopt),
		cmocka_unit_test_setup(there_may_be_many, adopt),
		cmocka_unit_test_setup(who_runs_over_a_stack_without_a_guard_is_told, adopt),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
