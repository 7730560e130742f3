/* virtual_lines.c - which core changed a line of contended memory last: another one has to fetch it
 * first.  Some hundred ns decide who comes first to a lock that was just given up. */
#include <stdlib.h>

#include "world/task.h"

struct line {
	uintptr_t number; /* 0: none */
	int64_t core; /* NOT_CONTENDED: no longer */
};
enum { NOT_CONTENDED = -1 };

static struct {
	struct line *lines;
	size_t n, capacity; /* a power of two, more than twice n */
} known;

void virtual_lines_forget(void)
{
	free(known.lines);
	known.lines = NULL;
	known.n = known.capacity = 0;
}

static struct line *find(uintptr_t number)
{
	size_t mask = known.capacity - 1, k = number * UINT64_C(0x9e3779b97f4a7c15) >> 32 & mask;
	while (known.lines[k].number && known.lines[k].number != number)
		k = (k + 1) & mask;
	return &known.lines[k];
}

static bool reserve(size_t n)
{
	enum { LEAST = 64 };
	struct line *old = known.lines;
	size_t old_n = known.capacity, capacity = old_n ? old_n : LEAST;
	while (capacity <= 2 * n)
		capacity *= 2;
	if (capacity == old_n)
		return true;
	struct line *grown = calloc(capacity, sizeof *grown);
	if (!grown)
		return false;
	known.lines = grown;
	known.capacity = capacity;
	for (size_t k = 0; k < old_n; k++)
		if (old[k].number)
			*find(old[k].number) = old[k];
	free(old);
	return true;
}

/* Without memory to keep them in, they are as others. */
void world_contend(const void *memory, size_t size_bytes, bool begin)
{
	uintptr_t first = (uintptr_t)memory / CACHE_LINE_BYTES;
	uintptr_t last = ((uintptr_t)memory + size_bytes - 1) / CACHE_LINE_BYTES;
	if (!reserve(known.n + last - first + 1))
		return;
	for (uintptr_t number = first; number <= last; number++) {
		struct line *line = find(number);
		known.n += !line->number;
		*line = (struct line){number, begin ? task_self()->core : NOT_CONTENDED};
	}
}

void virtual_fetch(const void *word)
{
	struct line *line = known.n ? find((uintptr_t)word / CACHE_LINE_BYTES) : NULL;
	if (!line || !line->number || line->core == NOT_CONTENDED ||
	    line->core == task_self()->core)
		return;
	line->core = task_self()->core;
	task_owe(virtual_costs()->transfer_ps);
}
