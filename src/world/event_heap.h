/* event_heap.h - what is to happen (simulated threads, things awaited) in the order of a key, the
 * least first; among equals the one of the lowest order.  Four children to a node: fewer levels,
 * and those of a node lie side by side.
 *
 * Owner    heap_close frees what it grew to; the items are the caller's.
 * Errors   -ENOMEM. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_entry {
	uint64_t order;
	int64_t key;
	size_t *place;
};

struct heap {
	struct heap_entry *entries;
	size_t n, capacity;
};

void heap_close(struct heap *h);
int heap_reserve(struct heap *h, size_t capacity);

/* An item is in one heap at a time, and begins with its place there, a size_t.  Requires room. */
void heap_push(struct heap *h, int64_t key, uint64_t order, void *item);
void heap_remove(struct heap *h, void *item);
/* Gives one that is in it another place in the order. */
void heap_move(struct heap *h, int64_t key, uint64_t order, void *item);

/* The first one, which heap_pop takes out.  All three require that there is one. */
static inline void *heap_first(const struct heap *h)
{
	return h->entries[0].place;
}
static inline int64_t heap_first_key(const struct heap *h)
{
	return h->entries[0].key;
}
void *heap_pop(struct heap *h);

/* The key of what comes next to the first one; INT64_MAX: nothing.  Requires room. */
static inline int64_t heap_second_key(const struct heap *h)
{
	int64_t least = INT64_MAX;
	for (size_t k = 1; k <= 4; k++)
		least = h->entries[k].key < least ? h->entries[k].key : least;
	return least;
}
