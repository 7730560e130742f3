#include "world/recorder.h"

/* Written in place: to copy it would wait for what was just stored in parts. */
static struct span *next_span(struct recorder *r)
{
	struct span *span = &r->spans[r->next];
	r->next = r->next + 1 < r->room_n ? r->next + 1 : 0;
	r->spans_n++;
	return span;
}

void recorder_add(struct recorder *r, enum span_kind kind, int64_t begin_ns, int64_t end_ns,
		  int32_t core, uint32_t other)
{
	struct span *span = next_span(r);
	span->begin_ns = begin_ns;
	span->end_ns = end_ns;
	span->core = core;
	span->kind = kind;
	span->other = other;
}

enum span_kind recorder_change(struct recorder *r, enum span_kind kind, int64_t at_ns)
{
	enum span_kind before = r->now;
	if (kind == before)
		return before;
	at_ns = at_ns > r->since_ns ? at_ns : r->since_ns;
	if (before != SPAN_NONE && at_ns > r->since_ns)
		recorder_add(r, before, r->since_ns, at_ns, world_core(), 0);
	r->now = kind;
	r->since_ns = at_ns;
	return before;
}

void recorder_mark(struct recorder *r, enum span_kind kind, int64_t at_ns, uint32_t other)
{
	recorder_add(r, kind, at_ns, at_ns, world_core(), other);
}
