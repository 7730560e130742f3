#include "mode/message.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "world/host.h"

enum { SIZE_BYTES = sizeof(uint64_t), WORD_BYTES = 8, PARCEL_N = 2 };

static size_t payload_numbers(int64_t payload)
{
	return ((size_t)payload + WORD_BYTES - 1) / WORD_BYTES;
}

int layout_open(struct layout *l, enum way way, size_t numbers_n, int64_t payload)
{
	*l = (struct layout){
		.way = way,
		.numbers_n = numbers_n,
		.payload_n = payload_numbers(payload),
		.last_bytes = (int)((payload + WORD_BYTES - 1) % WORD_BYTES) + 1,
	};
	l->payload = malloc((l->payload_n + 1) * sizeof *l->payload);
	return l->payload ? 0 : -ENOMEM;
}

void layout_close(struct layout *l)
{
	free(l->payload);
	*l = (struct layout){0};
}

/* The k-th number of a task's payload: its first bit is set, so that it needs all its bytes. */
static uint64_t payload_number(const struct layout *l, int64_t task, size_t k)
{
	uint64_t own = (uint64_t)task * 2 + l->way;
	uint64_t mixed = own * UINT64_C(0x9e3779b97f4a7c15) + k * UINT64_C(0xd1342543de82ef95);
	uint64_t number = mixed | UINT64_C(1) << 63;
	return k + 1 == l->payload_n ? number >> (64 - 8 * l->last_bytes) : number;
}

static void fill_payload(const struct layout *l, int64_t task)
{
	for (size_t k = 0; k < l->payload_n; k++)
		l->payload[k] = payload_number(l, task, k);
}

static bool payload_is_right(const struct layout *l, int64_t task)
{
	uint64_t differences = 0;
	for (size_t k = 0; k < l->payload_n; k++)
		differences |= l->payload[k] ^ payload_number(l, task, k);
	return !differences;
}

void message_free(struct message *m)
{
	buffer_free(&m->bytes);
	*m = (struct message){0};
}

void message_clear(struct message *m)
{
	m->bytes.size = m->moved = 0;
}

static size_t list_n(const struct layout *l, int64_t tasks_n)
{
	return PARCEL_N + (size_t)tasks_n * (l->numbers_n + l->payload_n);
}

int message_write(struct message *m, const struct layout *l, struct parcel p,
		  const union value *numbers)
{
	uint64_t size = 0;
	struct encoder e;
	message_clear(m);
	if (buffer_append(&m->bytes, &size, SIZE_BYTES) ||
	    encode_begin(&e, &m->bytes, list_n(l, p.n)))
		return -ENOMEM;
	encode(&e, (int64_t[PARCEL_N]){p.first, p.n}, PARCEL_N);
	if (p.n > 0)
		encode(&e, numbers, (size_t)p.n * l->numbers_n);
	for (int64_t k = 0; k < p.n && l->payload_n; k++) {
		fill_payload(l, p.first + k);
		encode(&e, l->payload, l->payload_n);
	}
	encode_end(&e);
	size = m->bytes.size - SIZE_BYTES;
	memcpy(m->bytes.bytes, &size, SIZE_BYTES);
	world_charge_message(m->bytes.size);
	return 0;
}

/* Behind the parcel. */
static int read_tasks(struct decoder *d, const struct layout *l, struct parcel p,
		      union value *numbers)
{
	int failed = decode(d, numbers, (size_t)p.n * l->numbers_n);
	for (int64_t k = 0; k < p.n && l->payload_n && !failed; k++) {
		failed = decode(d, l->payload, l->payload_n);
		if (!failed && !payload_is_right(l, p.first + k))
			failed = -EBADMSG;
	}
	return failed ? failed : decode_end(d);
}

int message_read(const struct message *m, const struct layout *l, int64_t most, struct parcel *p,
		 union value *numbers)
{
	struct decoder d;
	size_t n;
	int64_t parcel[PARCEL_N];
	world_charge_message(m->bytes.size);
	if (decode_begin(&d, m->bytes.bytes + SIZE_BYTES, m->bytes.size - SIZE_BYTES, &n) ||
	    n < PARCEL_N || decode(&d, parcel, PARCEL_N) || parcel[1] < 0 || parcel[1] > most ||
	    n != list_n(l, parcel[1]))
		return -EBADMSG;
	*p = (struct parcel){parcel[0], parcel[1]};
	return read_tasks(&d, l, *p, numbers);
}

int message_send(struct message *m, const struct world_channel *c)
{
	while (m->moved < m->bytes.size) {
		int64_t moved = world_send_some(c, m->bytes.bytes + m->moved,
						m->bytes.size - m->moved);
		if (moved <= 0)
			return (int)moved;
		m->moved += (size_t)moved;
	}
	return 1;
}

/* How much there must be before the next step: the size first, then what it says; room for it
 * is made.  0: no memory. */
static size_t wanted_bytes(struct message *m)
{
	uint64_t size = 0;
	if (m->moved >= SIZE_BYTES)
		memcpy(&size, m->bytes.bytes, SIZE_BYTES);
	size_t wanted = size > SIZE_MAX / 4 ? SIZE_MAX / 2 : SIZE_BYTES + (size_t)size;
	return buffer_reserve(&m->bytes, wanted - m->bytes.size) ? 0 : wanted;
}

int message_receive(struct message *m, const struct world_channel *c)
{
	for (;;) {
		size_t wanted = wanted_bytes(m);
		if (!wanted)
			return -ENOMEM;
		if (m->moved >= SIZE_BYTES && m->moved == wanted)
			return 1;
		int64_t moved = world_receive_some(c, m->bytes.bytes + m->moved, wanted - m->moved);
		if (moved <= 0)
			return (int)moved;
		m->moved += (size_t)moved;
		m->bytes.size = m->moved;
	}
}

/* Tasks that are on their way at once when every worker has its first message. */
static int64_t tasks_under_way(const struct job *job, int64_t tasks_n, int64_t chunks)
{
	if (chunks >= tasks_n / job->workers + 1)
		return tasks_n;
	return chunks * job->workers;
}

/* A message is in the memory of both sides, and each side has room for a payload of either way;
 * what is beside payloads counts for nothing. */
int messages_fit(const struct job *job, int64_t chunks, int64_t payload, struct error *err)
{
	int64_t tasks_n = tasks_under_way(job, job->workload->tasks_n(job), chunks);
	double there_bytes = (double)host_memory_bytes();
	double sides_n = 1 + (double)(job->workers < tasks_n ? job->workers : tasks_n);
	double messages_n = 2.0 * (double)tasks_n * CODEC_NUMBER_MOST_BYTES / WORD_BYTES;
	double most = there_bytes / (messages_n + 2 * sides_n);
	if ((double)payload <= most)
		return 0;
	return error_set(err, -EINVAL,
			 "--payload=%" PRId64 ": messages of %" PRId64 " tasks are in memory at "
			 "once, twice: must be at most %.0f with these --chunks, --threads and "
			 "--tasks",
			 payload, tasks_n, most);
}
