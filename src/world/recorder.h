/* recorder.h - what one thread did when, kept in a ring: the newest of it.
 *
 * Units    *_ns is nanoseconds of the world's clock.
 * Owner    who opened it, of the memory, which processes may share.
 * Threads  written by its own thread alone, read when that has ended. */
#pragma once

#include "world/world.h"

enum span_kind {
	SPAN_NONE, /* nothing that is recorded */
#define SPAN(ID, text, category) SPAN_##ID,
#define MARK SPAN
#define PLACE SPAN
#include "world/spans.def"
#undef SPAN
#undef MARK
#undef PLACE
	SPANS_N
};

struct span {
	int64_t begin_ns, end_ns;
	int32_t core;	     /* where it ended */
	uint32_t kind : 8;   /* enum span_kind */
	uint32_t other : 24; /* the number of the other thread, or of a core's task */
};

struct recorder {
	int64_t spans_n;    /* recorded so far, those that were overwritten too */
	int64_t next, room_n;
	int64_t since_ns;   /* of what it does now */
	enum span_kind now;
	uint32_t number;    /* among the recorders of a run */
	uint32_t task;	    /* in the virtual world: virtual_task_number of its thread */
	struct span *spans;
} ON_OWN_LINE;

/* None of these is inline: where nothing is recorded, they must not cost the registers of who
 * calls them. */

void recorder_add(struct recorder *r, enum span_kind kind, int64_t begin_ns, int64_t end_ns,
		  int32_t core, uint32_t other);

/* From at_ns on it does that; SPAN_NONE: nothing.  What it did before, which is added. */
enum span_kind recorder_change(struct recorder *r, enum span_kind kind, int64_t at_ns);

/* Something that takes no time; other: the number of whom it is done to, or 0. */
void recorder_mark(struct recorder *r, enum span_kind kind, int64_t at_ns, uint32_t other);

/* Called by the thread itself, before it records. */
static inline void recorder_begin(struct recorder *r)
{
	r->task = world_task();
}

/* One for each thread of a run, in memory that processes share.  Only one that is on is written
 * to: which runs are recorded, who asks for them says. */
struct recording {
	size_t size_bytes;
	bool is_on;
	struct recorder *cores; /* in the virtual world who has which core, and who waits for one */
	int64_t recorders_n;
	struct recorder recorders[];
};

/* With so much room in each and in that of the cores.  NULL: no memory. */
struct recording *recording_open(int64_t recorders_n, int64_t room_n, int64_t cores_room_n);
void recording_close(struct recording *r); /* also of NULL */

/* Of a recording that is on or NULL, the k-th recorder, or NULL. */
static inline struct recorder *recording_nth(struct recording *r, int64_t k)
{
	return r && r->is_on ? &r->recorders[k] : NULL;
}

static inline struct recorder *recording_cores(struct recording *r)
{
	return r && r->is_on ? r->cores : NULL;
}

/* Forgets what was recorded, and touches all memory, so that no thread pays for its pages. */
void recording_clear(struct recording *r);
