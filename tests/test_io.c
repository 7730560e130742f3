/* test_io - the clients of the workload io: which answers they take, and what they do without.
 *
 * Method: their natives, called as a thread calls them that is suspended while it waits; this
 * test is the process that answers, or does not. */
#include "claims.h"

#include <errno.h>
#include <sys/resource.h>

#include "vm/object.h"
#include "workload/workload.h"

extern const struct workload workload_io;

enum { TOKEN = 4711, TASK = 3, ROUND = 5 };

/* As io.c's. */
struct message {
	int64_t token, task, round, value;
};

static struct world_datagram server;
static uint16_t client_port;
static struct object *client;
static struct awaited awaited;
static union value result;

static const struct native *native(const char *name)
{
	const struct native *n = workload_io.natives;
	while (strcmp(n->name, name) != 0)
		n++;
	return n;
}

static int ask(void)
{
	const union value args[] = {{.object = client}, {.i = TASK}, {.i = ROUND}};
	const struct native_call call = {.args = args, .result = &result};
	return native("ask")->await(&call, &awaited);
}

/* Asks and waits for what comes, at most once. */
static int ask_and_wait(void)
{
	int more = ask();
	if (more == NATIVE_AWAITS)
		world_await(&awaited);
	return more;
}

static int open_both(void **state)
{
	(void)state;
	const int64_t patience_ns = INT64_C(60000000000);
	int failed = world_datagram_open(&server, patience_ns);
	const union value args[] = {{.i = server.port}, {.i = TOKEN}};
	const struct native_call call = {.args = args, .result = &result};
	if (!failed)
		failed = native("server")->call(&call);
	client = result.object;
	awaited = (struct awaited){0};
	return failed;
}

static int close_both(void **state)
{
	(void)state;
	object_let_go(client, COUNTS_PLAIN, NULL);
	world_datagram_close(&server);
	return 0;
}

/* The question, which must be the right one. */
static struct message receive_question(void)
{
	struct message m;
	assert_int_equal(world_datagram_receive(&server, &m, sizeof m, &client_port), sizeof m);
	assert_int_equal(m.token, TOKEN);
	assert_int_equal(m.task, TASK);
	assert_int_equal(m.round, ROUND);
	return m;
}

static void answer(const struct world_datagram *from, const void *bytes, size_t size)
{
	assert_int_equal(world_datagram_send(from, client_port, bytes, size), 0);
}

static void the_answer_to_its_question_is_the_result(void **state)
{
	(void)state;
	assert_int_equal(ask(), NATIVE_AWAITS);
	struct message m = receive_question();
	m.value = 99;
	answer(&server, &m, sizeof m);
	world_await(&awaited);
	assert_true(awaited.came);
	assert_int_equal(ask(), 0);
	assert_int_equal(result.i, 99);
}

static void answers_to_other_questions_and_of_other_sizes_are_passed_over(void **state)
{
	(void)state;
	assert_int_equal(ask(), NATIVE_AWAITS);
	const struct message m = receive_question();
	struct message others[] = {m, m, m};
	others[0].token++;
	others[1].task++;
	others[2].round--;
	for (int k = 0; k < 3; k++)
		answer(&server, &others[k], sizeof m);
	const struct message long_one[2] = {m};
	answer(&server, long_one, sizeof m + 1);
	answer(&server, long_one, sizeof long_one);
	answer(&server, &m, sizeof m - 1);
	answer(&server, "", 0);
	result.i = 0;
	awaited.until_ns = world_now_ns() + INT64_C(60000000000);
	for (int k = 0; k < 7; k++) {
		world_await(&awaited);
		assert_true(awaited.came);
		assert_int_equal(ask(), NATIVE_AWAITS);
	}
	answer(&server, &m, sizeof m);
	world_await(&awaited);
	assert_int_equal(ask(), 0);
}

static void what_others_send_does_not_even_wake_it(void **state)
{
	(void)state;
	struct world_datagram stranger;
	assert_int_equal(world_datagram_open(&stranger, 0), 0);
	assert_int_equal(ask(), NATIVE_AWAITS);
	const struct message m = receive_question();
	world_datagram_send(&stranger, client_port, &m, sizeof m);
	world_await(&awaited);
	assert_false(awaited.came);
	world_datagram_close(&stranger);
}

static void a_question_that_is_not_answered_is_asked_again(void **state)
{
	(void)state;
	assert_int_equal(ask_and_wait(), NATIVE_AWAITS);
	assert_false(awaited.came);
	assert_int_equal(ask(), NATIVE_AWAITS);
	receive_question();
	struct message m = receive_question();
	answer(&server, &m, sizeof m);
	answer(&server, &m, sizeof m);
	world_await(&awaited);
	assert_int_equal(ask(), 0);
	awaited = (struct awaited){0}; /* the second answer is late */
	assert_int_equal(ask(), NATIVE_AWAITS);
}

/* The times are told, and not waited for. */
static void each_question_waits_twice_as_long_as_the_last(void **state)
{
	(void)state;
	for (int k = 0; k < 8; k++) {
		int64_t asked_ns = world_now_ns();
		assert_int_equal(ask(), NATIVE_AWAITS);
		assert_true(awaited.until_ns - asked_ns >= INT64_C(50000000) << k);
	}
}

/* Else those who have waited longest look so seldom that others, or nobody, use what is free. */
static void for_a_socket_all_look_equally_often(void **state)
{
	(void)state;
	struct rlimit all, none;
	if (WORLD_VIRTUAL) /* where sockets are not limited */
		return;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &all), 0);
	none = all;
	none.rlim_cur = 0;
	for (int k = 0; k < 8; k++) {
		setrlimit(RLIMIT_NOFILE, &none);
		int asked = ask();
		setrlimit(RLIMIT_NOFILE, &all);
		assert_int_equal(asked, NATIVE_AWAITS);
		assert_null(awaited.socket);
		assert_true(awaited.until_ns <= world_now_ns() + INT64_C(50000000));
	}
	assert_int_equal(ask(), NATIVE_AWAITS);
	assert_non_null(awaited.socket);
}

static void no_wait_lasts_longer_than_patience(void **state)
{
	(void)state;
	for (int k = 0; k < 16; k++) {
		assert_int_equal(ask(), NATIVE_AWAITS);
		assert_true(awaited.until_ns <= world_now_ns() + INT64_C(30000000000));
	}
}

static void without_a_server_it_is_refused(void **state)
{
	(void)state;
	world_datagram_close(&server);
	assert_int_equal(ask_and_wait(), NATIVE_AWAITS);
	assert_true(awaited.came);
	assert_int_equal(ask(), -ECONNREFUSED);
}

static void free_nothing(void *state)
{
	(void)state;
}

static void a_handle_of_another_kind_is_refused(void **state)
{
	(void)state;
	struct handle *other = handle_new(NULL, free_nothing);
	struct object *own = client;
	assert_non_null(other);
	client = &other->head;
	assert_int_equal(ask(), -EINVAL);
	client = own;
	object_let_go(&other->head, COUNTS_PLAIN, NULL);
}

static int64_t slept(int64_t ns, int64_t woken_early_ns)
{
	const union value args[] = {{.i = ns}};
	const struct native_call call = {.args = args, .result = &result};
	struct awaited a = {0};
	assert_int_equal(native("sleep")->await(&call, &a), NATIVE_AWAITS);
	assert_null(a.socket);
	if (woken_early_ns == 0)
		world_await(&a);
	assert_int_equal(native("sleep")->await(&call, &a), 0);
	return result.i;
}

static void a_sleep_that_ends_early_is_a_wrong_result(void **state)
{
	(void)state;
	assert_int_equal(slept(1000000, 0), 0);
	assert_int_equal(slept(0, 0), 0);
	assert_int_equal(slept(-5, 0), 0);
	assert_true(slept(INT64_C(60000000000), 1) > 0);
	assert_true(slept(INT64_MAX, 1) > 0);
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, open_both, close_both)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(the_answer_to_its_question_is_the_result),
		CLAIM(answers_to_other_questions_and_of_other_sizes_are_passed_over),
		CLAIM(what_others_send_does_not_even_wake_it),
		CLAIM(a_question_that_is_not_answered_is_asked_again),
		CLAIM(each_question_waits_twice_as_long_as_the_last),
		CLAIM(for_a_socket_all_look_equally_often),
		CLAIM(no_wait_lasts_longer_than_patience),
		CLAIM(without_a_server_it_is_refused),
		CLAIM(a_handle_of_another_kind_is_refused),
		cmocka_unit_test(a_sleep_that_ends_early_is_a_wrong_result),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
