/* trace.h - what each thread did when, as a document for Perfetto (ui.perfetto.dev) and Chrome
 * (chrome://tracing).
 *
 * Times are microseconds since the first thing recorded, with ns as their fraction.
 * Source   "Trace Event Format", JSON object format. */
#pragma once

#include <stdio.h>

#include <jansson.h>

#include "world/recorder.h"

/* A thread of the recording. */
struct traced {
	char name[64];
	int64_t lock; /* threads that have the same share it; ABSENT: there is none */
	int64_t runqueue_ns; /* in all; ABSENT: not known */
};

struct trace {
	struct recording *recording;
	const struct traced *threads; /* one for each recorder */
	const char *title;	      /* of the group of tracks */
	bool is_virtual;
	int64_t wall_ns;
	int64_t cpu_ns; /* user and system; ABSENT: not known */
	json_t *about; /* what was run: an object */
};

/* Events that were recorded, and of these those that were overwritten. */
int64_t trace_events_n(const struct trace *t);
int64_t trace_dropped_n(const struct trace *t);

/* `content` is a struct trace; as output_write wants it. */
int trace_write(FILE *file, const void *content);
