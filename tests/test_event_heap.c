/* test_event_heap - what comes out first, beside a list that is searched through. */
#include "claims.h"

#include <stdlib.h>

#include "base/random.h"
#include "world/event_heap.h"

enum { ITEMS_N = 300 };

struct item {
	size_t place; /* first */
	int64_t key;
	uint64_t order;
	bool is_in;
};
static struct item items[ITEMS_N];
static struct heap heap;

static int open_heap(void **state)
{
	(void)state;
	memset(items, 0, sizeof items);
	return heap_reserve(&heap, 1);
}

static int close_heap(void **state)
{
	(void)state;
	heap_close(&heap);
	assert_null(heap.entries);
	return 0;
}

static void push(struct item *i, int64_t key, uint64_t order)
{
	i->key = key;
	i->order = order;
	i->is_in = true;
	assert_int_equal(heap_reserve(&heap, heap.n + 1), 0);
	heap_push(&heap, key, order, i);
}

static bool is_before(const struct item *a, const struct item *b)
{
	return a->key < b->key || (a->key == b->key && a->order < b->order);
}

static struct item *search(const struct item *but)
{
	struct item *least = NULL;
	for (struct item *i = items; i < items + ITEMS_N; i++)
		if (i->is_in && i != but && (!least || is_before(i, least)))
			least = i;
	return least;
}

static void assert_as_searched(void)
{
	struct item *first = search(NULL);
	if (!first) {
		assert_int_equal(heap.n, 0);
		return;
	}
	const struct item *second = search(first);
	assert_ptr_equal(heap_first(&heap), first);
	assert_int_equal(heap_first_key(&heap), first->key);
	assert_int_equal(heap_second_key(&heap), second ? second->key : INT64_MAX);
}

static void the_least_key_comes_first(void **state)
{
	(void)state;
	const int64_t keys[] = {5, -3, INT64_MAX - 1, 0, INT64_MIN, 7};
	const int64_t sorted[] = {INT64_MIN, -3, 0, 5, 7, INT64_MAX - 1};
	for (size_t k = 0; k < 6; k++)
		push(&items[k], keys[k], k);
	for (size_t k = 0; k < 6; k++)
		assert_int_equal(((struct item *)heap_pop(&heap))->key, sorted[k]);
	assert_int_equal(heap.n, 0);
}

static void among_equals_the_lowest_order_comes_first(void **state)
{
	(void)state;
	for (uint64_t k = 0; k < ITEMS_N; k++)
		push(&items[k], 42, (k * 7) % ITEMS_N);
	for (uint64_t k = 0; k < ITEMS_N; k++)
		assert_int_equal(((struct item *)heap_pop(&heap))->order, k);
}

static void nothing_comes_next_to_the_only_one(void **state)
{
	(void)state;
	push(&items[0], 3, 0);
	assert_int_equal(heap_second_key(&heap), INT64_MAX);
	push(&items[1], 4, 1);
	assert_int_equal(heap_second_key(&heap), 4);
	heap_remove(&heap, &items[1]);
	assert_int_equal(heap_second_key(&heap), INT64_MAX);
}

/* One of what can be done to a heap, at random. */
static void act(uint64_t random, uint64_t order)
{
	enum { KEYS_N = 50 };
	struct item *i = &items[random % ITEMS_N];
	int64_t key = (int64_t)(random >> 32) % KEYS_N;
	if (!i->is_in) {
		push(i, key, order);
	} else if (random >> 20 & 1) {
		i->key = key;
		i->order = order;
		heap_move(&heap, key, order, i);
	} else if (random >> 21 & 1) {
		heap_remove(&heap, i);
		i->is_in = false;
	} else {
		((struct item *)heap_pop(&heap))->is_in = false;
	}
}

static void whatever_is_done_the_first_two_are_as_searched(void **state)
{
	(void)state;
	uint64_t random = 1;
	for (uint64_t step = 0; step < 20000; step++) {
		act(random_next(&random), step);
		assert_as_searched();
	}
	while (heap.n) {
		((struct item *)heap_pop(&heap))->is_in = false;
		assert_as_searched();
	}
}

int main(void)
{
#define IN_HEAP(claim) cmocka_unit_test_setup_teardown(claim, open_heap, close_heap)
	const struct CMUnitTest tests[] = {
		IN_HEAP(the_least_key_comes_first),
		IN_HEAP(among_equals_the_lowest_order_comes_first),
		IN_HEAP(nothing_comes_next_to_the_only_one),
		IN_HEAP(whatever_is_done_the_first_two_are_as_searched),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
