/* object.h - the heap objects of a program and their reference counts.
 *
 * A list's length and an array's shape are fixed when it is made.
 * Owner    whoever holds a reference; the last one to let go frees.
 * Threads  counts are plain: only the holder of the lock may change them.
 * Errors   makers return NULL: no memory, or a length that cannot be. */
#pragma once

#include <stdlib.h>

#include "vm/program.h"

struct object {
	int64_t references_n;
	enum type type;
};

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

struct floats *floats_new(int64_t n);
struct rows *rows_new(int64_t n);
struct array *array_new(int64_t rows, int64_t columns);

void object_free(struct object *o);

static inline void object_keep(struct object *o)
{
	o->references_n++;
}

static inline void object_let_go(struct object *o)
{
	if (--o->references_n == 0)
		object_free(o);
}
