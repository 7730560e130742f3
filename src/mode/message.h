/* message.h - tasks on their way to a worker process, or their results on the way back, as one
 * list of whole numbers that is really serialised and parsed.
 *
 * Each task has its numbers (what its program takes, or gives) and its payload: bytes that
 * stand for the objects of a real program.  What is in a payload follows from its task and
 * its way, so that whoever receives it can tell whether it is right.
 *
 * Units    payload is bytes of a task, one way.
 * Errors   0 or a negative errno.
 * Owner    message_free, layout_close; both are safe on a zeroed struct. */
#pragma once

#include "base/buffer.h"
#include "workload/workload.h"

enum way { ARGUMENTS, RESULTS };

/* What each task of a message has. */
struct layout {
	enum way way;
	size_t numbers_n;
	size_t payload_n; /* numbers that a payload is made of, of eight bytes each, but the last */
	int last_bytes;
	uint64_t *payload; /* room for one */
};
/* 0 or -ENOMEM. */
int layout_open(struct layout *l, enum way way, size_t numbers_n, int64_t payload);
void layout_close(struct layout *l);

/* Tasks that follow each other.  None: a message that only says that it came. */
struct parcel {
	int64_t first, n;
};

/* Its size, as a word, and the list, with room for one to send and then one to receive. */
struct message {
	struct buffer bytes;
	size_t moved;
};
void message_free(struct message *m);

/* Makes it the message of these tasks; `numbers` are theirs.  0 or -ENOMEM. */
int message_write(struct message *m, const struct layout *l, struct parcel p,
		  const union value *numbers);
/* What a received message holds; at most `most` tasks, for which there is room in `numbers`.
 * -EBADMSG when it is not what was written, or a payload is not the one of its task. */
int message_read(const struct message *m, const struct layout *l, int64_t most, struct parcel *p,
		 union value *numbers);

/* Both go on with one message: 1 when all of it was moved, 0 when no more can be now, or as
 * world_send_some has it; receiving may be -ENOMEM, too.  Where the channel waits, so do they. */
int message_send(struct message *m, const struct world_channel *c);
int message_receive(struct message *m, const struct world_channel *c);
/* Makes room for one to receive. */
void message_clear(struct message *m);

/* Whether the messages of all workers at once, of at most `chunks` tasks each (ABSENT: a whole
 * share), may have room in this machine: 0, or -EINVAL with a text. */
int messages_fit(const struct job *job, int64_t chunks, int64_t payload, struct error *err);
