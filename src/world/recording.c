/* recording.c - the memory of what is recorded. */
#include "world/recorder.h"

#include <string.h>

static void open_recorder(struct recorder *r, struct span *spans, int64_t room_n, uint32_t number)
{
	*r = (struct recorder){.room_n = room_n, .number = number, .spans = spans};
}

struct recording *recording_open(int64_t recorders_n, int64_t room_n, int64_t cores_room_n)
{
	size_t recorders_bytes = sizeof(struct recorder) * (size_t)(recorders_n + 1);
	size_t head = sizeof(struct recording) + recorders_bytes;
	size_t spans_n = (size_t)(recorders_n * room_n + cores_room_n);
	struct recording *r = world_share(head + spans_n * sizeof(struct span));
	if (!r)
		return NULL;
	*r = (struct recording){
		.size_bytes = head + spans_n * sizeof(struct span),
		.cores = &r->recorders[recorders_n],
		.recorders_n = recorders_n,
	};
	struct span *spans = (struct span *)((char *)r + head);
	for (int64_t k = 0; k < recorders_n; k++)
		open_recorder(&r->recorders[k], spans + k * room_n, room_n, (uint32_t)k);
	open_recorder(r->cores, spans + recorders_n * room_n, cores_room_n, 0);
	return r;
}

void recording_close(struct recording *r)
{
	if (r)
		world_unshare(r, r->size_bytes);
}

void recording_clear(struct recording *r)
{
	for (int64_t k = 0; k <= r->recorders_n; k++) {
		struct recorder *recorder = &r->recorders[k];
		int64_t room_n = recorder->room_n;
		memset(recorder->spans, 0, (size_t)room_n * sizeof *recorder->spans);
		open_recorder(recorder, recorder->spans, room_n, recorder->number);
	}
}
