#include "world/event_heap.h"

#include <errno.h>
#include <stdlib.h>

enum { CHILDREN_N = 4 };

void heap_close(struct heap *h)
{
	free(h->entries);
	*h = (struct heap){0};
}

int heap_reserve(struct heap *h, size_t capacity)
{
	if (capacity <= h->capacity)
		return 0;
	size_t doubled = 2 * h->capacity;
	capacity = capacity > doubled ? capacity : doubled;
	struct heap_entry *grown = realloc(h->entries, capacity * sizeof *grown);
	if (!grown)
		return -ENOMEM;
	h->entries = grown;
	h->capacity = capacity;
	return 0;
}

static bool is_before(const struct heap_entry *a, const struct heap_entry *b)
{
	return a->key < b->key || (a->key == b->key && a->order < b->order);
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

static void lower_entry(struct heap *h, size_t place, struct heap_entry e)
{
	for (;;) {
		size_t first = place * CHILDREN_N + 1, least = first;
		size_t end = first + CHILDREN_N < h->n ? first + CHILDREN_N : h->n;
		if (first >= h->n)
			break;
		for (size_t k = first + 1; k < end; k++)
			if (is_before(&h->entries[k], &h->entries[least]))
				least = k;
		if (!is_before(&h->entries[least], &e))
			break;
		put(h, place, h->entries[least]);
		place = least;
	}
	put(h, place, e);
}

void heap_push(struct heap *h, int64_t key, uint64_t order, void *item)
{
	raise_entry(h, h->n++, (struct heap_entry){key, order, item});
}

/* The last one takes the free place. */
static void fill(struct heap *h, size_t place)
{
	struct heap_entry last = h->entries[--h->n];
	if (place == h->n)
		return;
	if (place > 0 && is_before(&last, &h->entries[(place - 1) / CHILDREN_N]))
		raise_entry(h, place, last);
	else
		lower_entry(h, place, last);
}

void *heap_pop(struct heap *h)
{
	void *first = heap_first(h);
	fill(h, 0);
	return first;
}

void heap_remove(struct heap *h, void *item)
{
	fill(h, *(size_t *)item);
}

void heap_move(struct heap *h, void *item, int64_t key)
{
	size_t place = *(size_t *)item;
	struct heap_entry e = h->entries[place];
	bool is_earlier = key < e.key;
	e.key = key;
	if (is_earlier)
		raise_entry(h, place, e);
	else
		lower_entry(h, place, e);
}
