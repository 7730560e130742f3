/* test_message - tasks and results on their way between processes.
 *
 * Method: messages are written and read in one process; where they move, through two pipes
 * whose both ends are here, so that each side moves only what the other has made room for. */
#include "claims.h"

#include <errno.h>
#include <stdlib.h>

#include "mode/message.h"
#include "world/host.h"

enum { NUMBERS_N = 3, TASKS_MOST = 7, MIB = 1 << 20 };

static const int64_t payloads[] = {0, 1, 7, 8, 9, 15, 16, 17, 1000, 65537};
enum { PAYLOADS_N = sizeof payloads / sizeof *payloads };

static union value numbers[TASKS_MOST * NUMBERS_N];

static int fill_numbers(void **state)
{
	(void)state;
	for (int k = 0; k < TASKS_MOST * NUMBERS_N; k++)
		numbers[k].i = (k - 4) * INT64_C(1234567890123);
	numbers[5].f = -0.1;
	return 0;
}

/* What reading a message in that layout says of its n tasks from the 10th on. */
static int reread(const struct message *m, const struct layout *l, int64_t most)
{
	union value back[TASKS_MOST * NUMBERS_N];
	struct parcel p;
	return message_read(m, l, most, &p, back);
}

static void what_was_written_is_read(void **state)
{
	(void)state;
	for (size_t k = 0; k < PAYLOADS_N; k++)
		for (int64_t n = 0; n <= TASKS_MOST; n++) {
			struct layout l;
			struct message m = {0};
			struct parcel p = {0};
			union value back[TASKS_MOST * NUMBERS_N] = {{0}};
			assert_int_equal(layout_open(&l, ARGUMENTS, NUMBERS_N, payloads[k]), 0);
			assert_int_equal(
				message_write(&m, &l, (struct parcel){10, n}, numbers), 0);
			assert_int_equal(message_read(&m, &l, n, &p, back), 0);
			assert_int_equal(p.first, 10);
			assert_int_equal(p.n, n);
			assert_memory_equal(back, numbers, (size_t)n * NUMBERS_N * sizeof *back);
			message_free(&m);
			layout_close(&l);
		}
}

/* Two bytes for each eight, and what stands before and behind. */
static void a_payload_adds_its_bytes_to_a_message(void **state)
{
	(void)state;
	for (size_t k = 0; k < PAYLOADS_N; k++) {
		struct layout bare, l;
		struct message m = {0};
		assert_int_equal(layout_open(&bare, RESULTS, 1, 0), 0);
		assert_int_equal(layout_open(&l, RESULTS, 1, payloads[k]), 0);
		assert_int_equal(message_write(&m, &bare, (struct parcel){0, 2}, numbers), 0);
		size_t without = m.bytes.size;
		assert_int_equal(message_write(&m, &l, (struct parcel){0, 2}, numbers), 0);
		int64_t wanted = payloads[k] + 2 * ((payloads[k] + 7) / 8);
		assert_int_equal(m.bytes.size - without, 2 * wanted);
		message_free(&m);
		layout_close(&l);
		layout_close(&bare);
	}
}

static void a_payload_of_another_task_way_or_size_is_found(void **state)
{
	(void)state;
	for (size_t k = 1; k < PAYLOADS_N; k++) {
		struct layout l, other_way, longer;
		struct message m = {0};
		assert_int_equal(layout_open(&l, ARGUMENTS, 1, payloads[k]), 0);
		assert_int_equal(layout_open(&other_way, RESULTS, 1, payloads[k]), 0);
		assert_int_equal(layout_open(&longer, ARGUMENTS, 1, payloads[k] + 1), 0);
		assert_int_equal(message_write(&m, &l, (struct parcel){3, 2}, numbers), 0);
		assert_int_equal(reread(&m, &l, 2), 0);
		assert_int_equal(reread(&m, &other_way, 2), -EBADMSG);
		assert_int_equal(reread(&m, &longer, 2), -EBADMSG);
		layout_close(&longer);
		layout_close(&other_way);
		layout_close(&l);
		message_free(&m);
	}
}

static void more_tasks_than_there_is_room_for_are_not_read(void **state)
{
	(void)state;
	struct layout l;
	struct message m = {0};
	assert_int_equal(layout_open(&l, ARGUMENTS, NUMBERS_N, 5), 0);
	assert_int_equal(message_write(&m, &l, (struct parcel){0, 3}, numbers), 0);
	assert_int_equal(reread(&m, &l, 3), 0);
	assert_int_equal(reread(&m, &l, 2), -EBADMSG);
	message_free(&m);
	layout_close(&l);
}

/* The first eight bytes say how many are received: they are no part of what is read. */
static void every_wrong_byte_is_found(void **state)
{
	(void)state;
	struct layout l;
	struct message m = {0};
	assert_int_equal(layout_open(&l, ARGUMENTS, NUMBERS_N, 13), 0);
	assert_int_equal(message_write(&m, &l, (struct parcel){1, 4}, numbers), 0);
	for (size_t at = 8; at < m.bytes.size; at++)
		for (unsigned flipped = 1; flipped < 256; flipped++) {
			m.bytes.bytes[at] = (char)(m.bytes.bytes[at] ^ flipped);
			assert_int_equal(reread(&m, &l, TASKS_MOST), -EBADMSG);
			m.bytes.bytes[at] = (char)(m.bytes.bytes[at] ^ flipped);
		}
	assert_int_equal(reread(&m, &l, TASKS_MOST), 0);
	message_free(&m);
	layout_close(&l);
}

/* Both ends of a channel, neither of which waits. */
static void open_channel(struct world_channel *near, struct world_channel *far)
{
	int down[2], up[2];
	assert_int_equal(pipe(down) | pipe(up), 0);
	*near = (struct world_channel){.in = up[0], .out = down[1]};
	*far = (struct world_channel){.in = down[0], .out = up[1]};
	assert_int_equal(world_channel_never_wait(near), 0);
	assert_int_equal(world_channel_never_wait(far), 0);
}

static void shut(struct world_channel *c)
{
	close(c->in);
	close(c->out);
}

/* Large messages, at once from both sides, whose pipes hold neither. */
static void messages_cross_in_as_many_pieces_as_need_be(void **state)
{
	(void)state;
	struct world_channel near, far;
	struct layout l;
	struct message sent[2] = {0}, received[2] = {0};
	int moves_n = 0, done;
	open_channel(&near, &far);
	assert_int_equal(layout_open(&l, ARGUMENTS, NUMBERS_N, MIB), 0);
	for (int k = 0; k < 2; k++)
		assert_int_equal(message_write(&sent[k], &l, (struct parcel){k, 2}, numbers), 0);
	do {
		done = message_send(&sent[0], &near) + message_send(&sent[1], &far) +
		       message_receive(&received[0], &far) +
		       message_receive(&received[1], &near);
		assert_in_range(done, 0, 4);
		moves_n++;
	} while (done < 4);
	assert_true(moves_n > 10);
	for (int k = 0; k < 2; k++) {
		assert_int_equal(received[k].bytes.size, sent[k].bytes.size);
		assert_int_equal(reread(&received[k], &l, 2), 0);
		message_free(&sent[k]);
		message_free(&received[k]);
	}
	layout_close(&l);
	shut(&near);
	shut(&far);
}

static void one_message_after_the_other_is_received_in_the_same_room(void **state)
{
	(void)state;
	struct world_channel near, far;
	struct layout l;
	struct message sent = {0}, received = {0};
	open_channel(&near, &far);
	assert_int_equal(layout_open(&l, RESULTS, 1, 40), 0);
	for (int64_t n = TASKS_MOST; n >= 0; n--) {
		union value back[TASKS_MOST];
		struct parcel p;
		assert_int_equal(message_write(&sent, &l, (struct parcel){n, n}, numbers), 0);
		assert_int_equal(message_send(&sent, &near), 1);
		message_clear(&received);
		assert_int_equal(message_receive(&received, &far), 1);
		assert_int_equal(message_read(&received, &l, n, &p, back), 0);
		assert_int_equal(p.n, n);
	}
	message_free(&sent);
	message_free(&received);
	layout_close(&l);
	shut(&near);
	shut(&far);
}

static void a_message_that_ends_early_is_epipe(void **state)
{
	(void)state;
	struct layout l;
	struct message sent = {0};
	assert_int_equal(layout_open(&l, RESULTS, 1, 40), 0);
	assert_int_equal(message_write(&sent, &l, (struct parcel){0, 2}, numbers), 0);
	for (size_t size = 0; size < sent.bytes.size; size++) {
		struct world_channel near, far;
		struct message received = {0};
		open_channel(&near, &far);
		assert_int_equal(world_send_some(&near, sent.bytes.bytes, size), size);
		shut(&near);
		assert_int_equal(message_receive(&received, &far), -EPIPE);
		shut(&far);
		message_free(&received);
	}
	message_free(&sent);
	layout_close(&l);
}

static int64_t ten_tasks(const struct job *job)
{
	(void)job;
	return 10;
}

static void what_is_on_its_way_at_once_must_fit_into_memory(void **state)
{
	(void)state;
	static const struct workload workload = {.name = "ten", .tasks_n = ten_tasks};
	const struct job job = {.workload = &workload, .workers = 4};
	int64_t memory = host_memory_bytes(), all = memory / (25 + 10), four = memory / (10 + 10);
	struct error err;
	assert_int_equal(messages_fit(&job, ABSENT, all - 1, &err), 0);
	assert_int_equal(messages_fit(&job, ABSENT, all + 1, &err), -EINVAL);
	assert_non_null(strstr(err.text, "messages of 10 tasks are in memory at once"));
	assert_non_null(strstr(err.text, "must be at most "));
	assert_int_equal(messages_fit(&job, 1, four - 1, &err), 0);
	assert_int_equal(messages_fit(&job, 1, four + 1, &err), -EINVAL);
	assert_non_null(strstr(err.text, "messages of 4 tasks are in memory at once"));
	assert_int_equal(messages_fit(&job, 3, all + 1, &err), -EINVAL);
	assert_int_equal(messages_fit(&job, 1000000, all - 1, &err), 0);
	assert_int_equal(messages_fit(&job, ABSENT, 0, &err), 0);
}

static int prepare(void **state)
{
	signal(SIGPIPE, SIG_IGN);
	return fill_numbers(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_read),
		cmocka_unit_test(a_payload_adds_its_bytes_to_a_message),
		cmocka_unit_test(a_payload_of_another_task_way_or_size_is_found),
		cmocka_unit_test(more_tasks_than_there_is_room_for_are_not_read),
		cmocka_unit_test(every_wrong_byte_is_found),
		cmocka_unit_test(messages_cross_in_as_many_pieces_as_need_be),
		cmocka_unit_test(one_message_after_the_other_is_received_in_the_same_room),
		cmocka_unit_test(a_message_that_ends_early_is_epipe),
		cmocka_unit_test(what_is_on_its_way_at_once_must_fit_into_memory),
	};
	return cmocka_run_group_tests(tests, prepare, NULL);
}
