/* event_heap.h - what is to happen (simulated threads, things awaited) in the order of a key, the
 * earliest first; among equals the one of the lowest order.  Four children to a node: fewer levels,
 * and those of a node lie side by side.
 *
 * Owner    heap_close frees what it grew to; the items are the caller's.
 * Errors   -ENOMEM. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_entry {
	int64_t key;
	uint64_t order;
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
/* The first one, which heap_pop takes out.  Both require that there is one. */
static inline void *heap_first(const struct heap *h)
{
	return h->entries[0].place;
}
void *heap_pop(struct heap *h);
void heap_remove(struct heap *h, void *item);
/* Gives one that is in it another key. */
void heap_move(struct heap *h, void *item, int64_t key);
