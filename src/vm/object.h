/* object.h - the heap objects of a program and their reference counts.
 *
 * A list's length and an array's shape are fixed when it is made.
 * Owner    whoever holds a reference; the last one to let go frees.
 * Threads  by the scheme of the counts: see enum counts.
 * Errors   makers return NULL: no memory, or a length that cannot be.
 * Source   biased counts: PEP 703, Include/cpython/object.h and Objects/object.c of 3.13. */
#pragma once

#include <stdlib.h>

#include "vm/program.h"
#include "world/world.h"

enum counts {
	COUNTS_PLAIN,  /* loaded and stored: right only under a lock */
	COUNTS_ATOMIC, /* one atomic addition each */
	COUNTS_BIASED, /* the owner's by plain stores, those of others apart, by atomic ones */
	COUNTS_N
};
extern const char *const counts_names[COUNTS_N];

/* Plain and atomic counts are all in references_n.  Biased: there are the owner's; the
 * others' are in shared_n, times SHARED_ONE beside a flag: the owner has let go of its last
 * one, so that from then on all counts are shared.  A thread lets go only of what it kept
 * itself, so the others' part never falls below 0. */
struct object {
	int64_t references_n;
	int64_t shared_n;
	const void *owner; /* a thread; NULL: nobody */
	enum type type;
};
enum { SHARED_MERGED = 1, SHARED_ONE = 4 };

/* So many references that none of a shared object's users can free it, whatever they lose. */
#define REFERENCES_BASE (INT64_C(1) << 40)

struct floats {
	struct object head;
	int64_t n;
	double items[];
};

struct rows {
	struct object head;
	int64_t n;
	struct floats *items[]; /* NULL until stored */
};

/* rows x columns doubles, row by row, on a cache line; and as many in `spare`, for kernels
 * that write a new array from the old one and then exchange the two.  The cells start as 0,
 * the spare ones as anything. */
struct array {
	struct object head;
	int64_t rows, columns;
	double *cells, *spare;
	void *memory; /* of both */
};

/* State of native code, which bytecode can only hold and hand on.  The last one to let go
 * frees it, also after a trap. */
struct handle {
	struct object head;
	void *state;
	void (*free_state)(void *state);
};

/* As CPython's: whoever makes them fills them before anybody else sees them. */
struct bytes {
	struct object head;
	int64_t n;
	unsigned char items[];
};

/* One reference, of no owner. */
struct floats *floats_new(int64_t n);
struct rows *rows_new(int64_t n);
struct array *array_new(int64_t rows, int64_t columns);
struct bytes *bytes_new(int64_t n); /* to be filled: they start as anything */
/* The state is the handle's from then on; without memory it stays the caller's. */
struct handle *handle_new(void *state, void (*free_state)(void *state));

/* Gives a new object, which one thread alone knows, to that thread. */
static inline void object_own(struct object *o, enum counts counts, const void *self)
{
	if (counts == COUNTS_BIASED && !o->owner)
		o->owner = self;
}

void object_free(struct object *o, enum counts counts, const void *self);

/* The owner's last reference: true when nobody else has one. */
bool object_merge(struct object *o);

/* Load and store apart: without a lock an addition of another thread in between is lost,
 * which is no undefined behaviour. */
static inline int64_t object_add(int64_t *n, int64_t change)
{
	int64_t sum = world_load(n, RELAXED) + change;
	world_store(n, sum, RELAXED);
	return sum;
}

/* `self` is the calling thread. */
static inline void object_keep(struct object *o, enum counts counts, const void *self)
{
	if (counts == COUNTS_PLAIN)
		object_add(&o->references_n, 1);
	else if (counts == COUNTS_ATOMIC)
		world_add(&o->references_n, 1, RELAXED);
	else if (world_load(&o->owner, RELAXED) == self)
		object_add(&o->references_n, 1);
	else
		world_add(&o->shared_n, SHARED_ONE, RELAXED);
}

static inline void object_let_go(struct object *o, enum counts counts, const void *self)
{
	bool was_last;
	if (counts == COUNTS_PLAIN)
		was_last = object_add(&o->references_n, -1) == 0;
	else if (counts == COUNTS_ATOMIC)
		was_last = world_add(&o->references_n, -1, ACQ_REL) == 1;
	else if (world_load(&o->owner, RELAXED) == self)
		was_last = object_add(&o->references_n, -1) == 0 && object_merge(o);
	else
		was_last = world_add(&o->shared_n, -SHARED_ONE, ACQ_REL) ==
			   SHARED_ONE + SHARED_MERGED;
	if (was_last)
		object_free(o, counts, self);
}
