/* event_heap.h - simulated threads in the order of a key, the earliest first; among equals the one
 * that came first.  Four children to a node: fewer levels, and those of a node lie side by side.
 *
 * Owner    heap_close frees what it grew to; the tasks are the caller's.
 * Errors   -ENOMEM. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct task;

struct heap_entry {
	int64_t key;
	uint64_t order;
	struct task *task;
};

struct heap {
	struct heap_entry *entries;
	size_t n, capacity;
};

void heap_close(struct heap *h);
int heap_reserve(struct heap *h, size_t capacity);

/* A task is in one heap at a time; task->place says where.  Requires room. */
void heap_push(struct heap *h, int64_t key, uint64_t order, struct task *t);
struct task *heap_pop(struct heap *h);
void heap_remove(struct heap *h, struct task *t);
/* Gives one that is in it another key. */
void heap_move(struct heap *h, struct task *t, int64_t key);
