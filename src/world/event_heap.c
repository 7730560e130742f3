#include "world/event_heap.h"

#include <errno.h>
#include <stdlib.h>

enum { CHILDREN_N = 4, LEAST_CAPACITY = 8 };

static const struct heap_entry endless = {.order = UINT64_MAX, .key = INT64_MAX};

void heap_close(struct heap *h)
{
	free(h->entries);
	*h = (struct heap){0};
}

/* Behind the last one are endless ones, so that a node has four children or none. */
int heap_reserve(struct heap *h, size_t capacity)
{
	if (capacity <= h->capacity)
		return 0;
	capacity = capacity > 2 * h->capacity ? capacity : 2 * h->capacity;
	capacity = capacity > LEAST_CAPACITY ? capacity : LEAST_CAPACITY;
	struct heap_entry *grown = realloc(h->entries, (capacity + CHILDREN_N) * sizeof *grown);
	if (!grown)
		return -ENOMEM;
	for (size_t k = h->n; k < capacity + CHILDREN_N; k++)
		grown[k] = endless;
	h->entries = grown;
	h->capacity = capacity;
	return 0;
}

/* One comparison of 128 bits: a branch between the two could not be foreseen. */
static __int128 rank(const struct heap_entry *e)
{
	return (__int128)((unsigned __int128)e->key << 64 | e->order);
}

static bool is_before(const struct heap_entry *a, const struct heap_entry *b)
{
	return rank(a) < rank(b);
}

static void put(struct heap *h, size_t place, struct heap_entry e)
{
	h->entries[place] = e;
	*e.place = place;
}

static void raise_entry(struct heap *h, size_t place, struct heap_entry e)
{
	while (place > 0) {
		size_t parent = (place - 1) / CHILDREN_N;
		if (!is_before(&e, &h->entries[parent]))
			break;
		put(h, place, h->entries[parent]);
		place = parent;
	}
	put(h, place, e);
}

/* Which of four is the least: without branches, too. */
static size_t least_of(const struct heap_entry *e)
{
	size_t left = is_before(&e[1], &e[0]), right = 2 + is_before(&e[3], &e[2]);
	return left ^ ((left ^ right) & -(size_t)is_before(&e[right], &e[left]));
}

static void lower_entry(struct heap *h, size_t place, struct heap_entry e)
{
	for (;;) {
		size_t child = place * CHILDREN_N + 1;
		if (child >= h->n)
			break;
		child += least_of(&h->entries[child]);
		if (is_before(&e, &h->entries[child]))
			break;
		put(h, place, h->entries[child]);
		place = child;
	}
	put(h, place, e);
}

static void place_again(struct heap *h, size_t place, struct heap_entry e)
{
	if (place > 0 && is_before(&e, &h->entries[(place - 1) / CHILDREN_N]))
		raise_entry(h, place, e);
	else
		lower_entry(h, place, e);
}

/* The last one takes the free place. */
static void take_out(struct heap *h, size_t place)
{
	struct heap_entry last = h->entries[--h->n];
	h->entries[h->n] = endless;
	if (place < h->n)
		place_again(h, place, last);
}

void heap_push(struct heap *h, int64_t key, uint64_t order, void *item)
{
	raise_entry(h, h->n++, (struct heap_entry){order, key, item});
}

void *heap_pop(struct heap *h)
{
	void *first = heap_first(h);
	take_out(h, 0);
	return first;
}

void heap_remove(struct heap *h, void *item)
{
	take_out(h, *(size_t *)item);
}

void heap_move(struct heap *h, int64_t key, uint64_t order, void *item)
{
	place_again(h, *(size_t *)item, (struct heap_entry){order, key, item});
}
