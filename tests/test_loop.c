/* test_loop - the event loop: what it calls, when, and what it leaves.
 *
 * Method: waits that note the order in which they are over; never how long they took, only that
 * none ended before its time. */
#include "claims.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#include "world/loop.h"

extern const struct loops gilsim_loops;
static const struct loops *const loops = &gilsim_loops;
static struct loop *loop;

enum { WAITS_N = 500 };
static const int64_t for_ever_ns = INT64_C(60000000000);

struct wait {
	struct awaited awaited;
	int calls_n, order;
	bool was_early;
	int more; /* times to await again */
};
static struct wait waits[WAITS_N];
static int over_n;

static void over(void *argument)
{
	struct wait *w = argument;
	if (!w->awaited.came)
		w->was_early = w->was_early || world_now_ns() < w->awaited.until_ns;
	w->calls_n++;
	w->order = over_n++;
	if (w->more-- > 0) {
		w->awaited.until_ns = world_now_ns() + 100000;
		assert_int_equal(loops->await(loop, &w->awaited, over, w), 0);
	}
}

static void await_until(struct wait *w, int64_t until_ns, const struct world_datagram *socket)
{
	w->awaited = (struct awaited){.until_ns = until_ns, .socket = socket};
	assert_int_equal(loops->await(loop, &w->awaited, over, w), 0);
}

static void run(void)
{
	while (loops->awaited_n(loop) > 0) {
		loops->sleep(loop);
		loops->turn(loop);
	}
}

static int open_loop(void **state)
{
	(void)state;
	memset(waits, 0, sizeof waits);
	over_n = 0;
	return loops->open(&loop);
}

static int close_loop(void **state)
{
	(void)state;
	loops->close(loop);
	return 0;
}

static void times_are_over_in_their_order_and_none_early(void **state)
{
	(void)state;
	int64_t now_ns = world_now_ns();
	for (int k = 0; k < WAITS_N; k++) /* 7 and 500 have no common divisor */
		await_until(&waits[k], now_ns + k * 7 % WAITS_N * 10000, NULL);
	assert_int_equal(loops->awaited_n(loop), WAITS_N);
	run();
	for (int k = 0; k < WAITS_N; k++) {
		assert_int_equal(waits[k].calls_n, 1);
		assert_int_equal(waits[k].order, k * 7 % WAITS_N);
		assert_false(waits[k].was_early);
		assert_false(waits[k].awaited.came);
	}
}

static void what_is_over_may_await_again(void **state)
{
	(void)state;
	for (int k = 0; k < WAITS_N; k++) {
		waits[k].more = 5;
		await_until(&waits[k], 0, NULL);
	}
	run();
	for (int k = 0; k < WAITS_N; k++) {
		assert_int_equal(waits[k].calls_n, 6);
		assert_false(waits[k].was_early);
	}
}

static void a_datagram_is_over_before_its_time_and_others_wait_on(void **state)
{
	(void)state;
	enum { SOCKETS_N = 20 };
	struct world_datagram sockets[SOCKETS_N];
	char byte;
	uint16_t from;
	for (int round = 0; round < 3; round++) {
		for (int k = 0; k < SOCKETS_N; k++) {
			assert_int_equal(world_datagram_open(&sockets[k], 0), 0);
			bool answered = k % 2;
			await_until(&waits[k], world_now_ns() + (answered ? for_ever_ns : 3000000),
				    &sockets[k]);
			if (answered)
				world_datagram_send(&sockets[k], sockets[k].port, "x", 1);
		}
		run();
		for (int k = 0; k < SOCKETS_N; k++) {
			assert_int_equal(waits[k].calls_n, round + 1);
			assert_int_equal(waits[k].awaited.came, k % 2);
			assert_false(waits[k].was_early);
			assert_int_equal(world_datagram_receive(&sockets[k], &byte, 1, &from),
					 k % 2 ? 1 : -EAGAIN);
			world_datagram_close(&sockets[k]);
		}
	}
}

static void a_socket_that_cannot_be_watched_is_an_error_and_not_awaited(void **state)
{
	(void)state;
	const struct world_datagram none = {.handle = 1000000};
	struct awaited a = {.until_ns = world_now_ns() + for_ever_ns, .socket = &none};
	assert_int_equal(loops->await(loop, &a, over, &waits[0]), -EBADF);
	assert_int_equal(loops->awaited_n(loop), 0);
	await_until(&waits[0], 0, NULL);
	run();
	assert_int_equal(waits[0].calls_n, 1);
}

static void what_is_awaited_when_it_is_closed_is_given_up_uncalled(void **state)
{
	(void)state;
	struct world_datagram socket;
	assert_int_equal(world_datagram_open(&socket, 0), 0);
	for (int k = 0; k < WAITS_N; k++)
		await_until(&waits[k], world_now_ns() + for_ever_ns, k ? NULL : &socket);
	loops->turn(loop);
	loops->close(loop);
	loop = NULL;
	world_datagram_close(&socket);
	assert_int_equal(over_n, 0);
}

static int entries_of(const char *folder)
{
	DIR *dir = opendir(folder);
	int n = 0;
	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* But for what libuv keeps of a process's first loop. */
static void it_starts_no_thread_and_leaves_no_file_open(void **state)
{
	(void)state;
	int files_n = entries_of("/proc/self/fd"), threads_n = entries_of("/proc/self/task");
	for (int k = 0; k < 3; k++) {
		struct loop *another;
		assert_int_equal(loops->open(&another), 0);
		assert_int_equal(entries_of("/proc/self/task"), threads_n);
		loops->close(another);
		assert_int_equal(entries_of("/proc/self/fd"), files_n);
	}
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, open_loop, close_loop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLAIM(times_are_over_in_their_order_and_none_early),
		CLAIM(what_is_over_may_await_again),
		CLAIM(a_datagram_is_over_before_its_time_and_others_wait_on),
		CLAIM(a_socket_that_cannot_be_watched_is_an_error_and_not_awaited),
		CLAIM(what_is_awaited_when_it_is_closed_is_given_up_uncalled),
		CLAIM(it_starts_no_thread_and_leaves_no_file_open),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
