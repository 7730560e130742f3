/* object.h - the heap objects of a program, their reference counts and locks.
 *
 * A list's length and an array's shape are fixed when it is made.
 * Owner    whoever holds a reference; the last one to let go frees.  An immortal object, which
 *          nobody counts, is freed by who made it.
 * Threads  by the scheme of the counts: see enum counts.  Only globals are shared, and no opcode
 *          stores a reference in one: so references never change threads, an object with an
 *          owner is its owner's alone, and rows, which are no type of a global, are never
 *          shared.  A row can be read without its list's lock for this reason only; and an
 *          object is locked only where it has no owner.
 * Errors   makers return NULL: no memory, or a length that cannot be.
 * Source   docs/free-threading.md: PEP 703 and 683, Include/object.h, Objects/object.c of 3.13. */
#pragma once

#include <stdlib.h>

#include "vm/program.h"
#include "world/sync.h"

enum counts {
	COUNTS_PLAIN,  /* loaded and stored: right only under a lock */
	COUNTS_ATOMIC, /* one atomic addition each */
	COUNTS_BIASED, /* the owner's by plain stores, those of others apart, by atomic ones; and
			* writers lock what is shared: CPython builds in both or neither */
	COUNTS_N
};
extern const char *const counts_names[COUNTS_N];

/* Plain and atomic counts are all in references_n.  Biased: there are the owner's; the
 * others' are in shared_n, times SHARED_ONE beside a flag: the owner has let go of its last
 * one, so that from then on all counts are shared.  A thread lets go only of what it kept
 * itself, so the others' part never falls below 0, and no object needs to be queued for its
 * owner as in CPython. */
struct object {
	int64_t references_n; /* negative: immortal */
	int64_t shared_n;
	const void *owner; /* a thread; NULL: nobody */
	enum type type;
	struct mutex lock; /* of the items; see object_needs_lock */
};
enum { SHARED_MERGED = 1, SHARED_ONE = 4 };

/* So many references that none of a shared object's users can free it, whatever they lose. */
#define REFERENCES_BASE (INT64_C(1) << 40)

/* Half way between 0 and the least: far from either. */
#define REFERENCES_IMMORTAL (INT64_MIN / 2)

/* Numbers, `f`.  They are loaded and stored whole, by relaxed atomics of `i`, because lists may
 * be shared. */
struct floats {
	struct object head;
	int64_t n;
	union value items[];
};

struct rows {
	struct object head;
	int64_t n;
	struct floats *items[]; /* NULL until stored */
};

/* rows x columns doubles, row by row, on a cache line; and beside them what its kernels need
 * besides, on a line, too.  The cells start as 0, the spare ones as anything. */
struct array {
	struct object head;
	int64_t rows, columns, spare_n;
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
struct array *array_new(int64_t rows, int64_t columns, int64_t spare_n);
struct bytes *bytes_new(int64_t n); /* to be filled: they start as anything */
/* The state is the handle's from then on; without memory it stays the caller's. */
struct handle *handle_new(void *state, void (*free_state)(void *state));

/* An index is checked as unsigned: what is negative is out of range as well. */
#define IS_OUTSIDE(list, index) ((uint64_t)(index) >= (uint64_t)(list)->n)

/* What is there, borrowed.  NULL: nothing, or no list to look into. */
static inline struct floats *rows_item(const struct object *rows, int64_t i)
{
	const struct rows *list = (const struct rows *)rows;
	return IS_OUTSIDE(list, i) ? NULL : list->items[i];
}

static inline union value *floats_item(struct floats *list, int64_t i)
{
	return !list || IS_OUTSIDE(list, i) ? NULL : &list->items[i];
}

/* Gives a new object, which one thread alone knows, to that thread. */
static inline void object_own(struct object *o, enum counts counts, const void *self)
{
	if (counts == COUNTS_BIASED && !o->owner)
		o->owner = self;
}

/* A new object, which one thread alone knows, is never counted or freed from now on. */
static inline void object_immortalize(struct object *o)
{
	o->references_n = REFERENCES_IMMORTAL;
	o->shared_n = 0;
	o->owner = NULL;
}

/* What is seldom is a call, for the interpreter's loop is slower the more is in it. */
void object_free(struct object *o, enum counts counts, const void *self);
/* The caller's own last reference, or, under plain counts, one to an immortal object. */
void object_let_go_last(struct object *o, enum counts counts, const void *self);

static inline bool object_is_own(const struct object *o, const void *self)
{
	return __builtin_expect(world_load(&o->owner, RELAXED) == self, 1);
}

/* Plain counts are loaded and stored apart: without a lock a change by another thread in between
 * is lost, which is no undefined behaviour.  `self` is the calling thread. */
static inline void object_keep(struct object *o, enum counts counts, const void *self)
{
	int64_t n = world_load(&o->references_n, RELAXED) + 1;
	if (counts == COUNTS_BIASED && object_is_own(o, self))
		/* NOLINTNEXTLINE(bugprone-branch-clone): in between comes what is immortal */
		world_store(&o->references_n, n, RELAXED);
	else if (__builtin_expect(n <= 0, 0))
		return; /* immortal */
	else if (counts == COUNTS_PLAIN)
		world_store(&o->references_n, n, RELAXED);
	else if (counts == COUNTS_ATOMIC)
		world_add(&o->references_n, 1, RELAXED);
	else
		world_add(&o->shared_n, SHARED_ONE, RELAXED);
}

/* One of those that many threads count: atomically.  True when it was the last of all. */
static inline bool object_let_go_shared(struct object *o, enum counts counts)
{
	if (counts == COUNTS_ATOMIC)
		return world_add(&o->references_n, -1, ACQ_REL) == 1;
	return world_add(&o->shared_n, -SHARED_ONE, ACQ_REL) == SHARED_ONE + SHARED_MERGED;
}

static inline void object_let_go(struct object *o, enum counts counts, const void *self)
{
	int64_t n = world_load(&o->references_n, RELAXED);
	if (counts == COUNTS_PLAIN || (counts == COUNTS_BIASED && object_is_own(o, self))) {
		if (__builtin_expect(n > 1, 1))
			world_store(&o->references_n, n - 1, RELAXED);
		else
			object_let_go_last(o, counts, self);
	} else if (n >= 0 && __builtin_expect(object_let_go_shared(o, counts), 0)) {
		object_free(o, counts, self);
	}
}

/* list[i] += value, as one call under the list's lock. */
void floats_add(struct floats *list, int64_t i, double value, enum counts counts);

/* Whether others may write its items at the same time.  An owner's object is known to nobody else,
 * and stays so for as long as the owner can write it.  CPython locks both. */
static inline bool object_needs_lock(const struct object *o, enum counts counts)
{
	return counts == COUNTS_BIASED && !world_load(&o->owner, RELAXED);
}

/* Around a write of items, which is one opcode's: the thread comes to no check point while it
 * has the lock, so that under a lock of the interpreter nobody ever waits for this one. */
static inline void object_lock(struct object *o, enum counts counts)
{
	if (object_needs_lock(o, counts))
		mutex_lock(&o->lock);
}

static inline void object_unlock(struct object *o, enum counts counts)
{
	if (object_needs_lock(o, counts))
		mutex_unlock(&o->lock);
}
