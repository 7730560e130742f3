/* reader.h - what reading a scenario's document is made of; for read.c and read_phases.c only.
 *
 * Errors   -EINVAL with "FILE: PLACE: VALUE must be ...", or -ENOMEM. */
#pragma once

#include "scenario/scenario.h"

struct reader {
	const char *file;
	struct error *err;
	char place[128]; /* "threads[1].phases[0].native_us" */
	struct scenario *scenario;
	struct group *group;
	struct phase *phase;
	/* Of the group. */
	const char *activity_key; /* phases, workload or echo; NULL: none so far */
	size_t engine;		  /* ENGINES_N: auto */
	bool has_repeat;
};

/* A key that an object may have. */
struct key {
	const char *name;
	int (*read)(struct reader *r, const json_t *value);
};

/* Reads the keys that the object has, in the order of the list, which a NULL name ends. */
int read_keys(struct reader *r, const json_t *object, const struct key *keys);

/* Goes down to an item of a list; gives back what `leave` needs. */
size_t enter_item(struct reader *r, size_t k);
void leave(struct reader *r, size_t length);

/* value may be NULL: it is not named then.  Always -EINVAL. */
int refuse(const struct reader *r, const json_t *value, const char *format, ...)
	__attribute__((format(printf, 3, 4), nonnull(3)));
int no_memory(const struct reader *r);

int read_whole(struct reader *r, const json_t *value, int64_t least, int64_t most,
	       int64_t *whole);
int read_duration(struct reader *r, const json_t *value, int64_t *ns);
/* A number of microseconds; fractions are kept to the nanosecond. */
int read_us(struct reader *r, const json_t *value, int64_t *ns);
int read_bool(struct reader *r, const json_t *value, bool *yes);
/* The phases of the group. */
int read_phase_list(struct reader *r, const json_t *value);
/* The text `only` and no other. */
int read_only(struct reader *r, const json_t *value, const char *only);
/* *place: of the value among `n` names, of which name(k) is the k-th. */
int read_name(struct reader *r, const json_t *value, const char *(*name)(size_t k), size_t n,
	      size_t *place);
