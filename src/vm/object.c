#include "vm/object.h"

#include <string.h>

const char *const counts_names[] = {"plain", "atomic", "biased"};

/* Lists longer than this are refused before their size in bytes could overflow. */
static const int64_t items_most = INT64_C(1) << 40;

enum { LINE_CELLS_N = CACHE_LINE_BYTES / sizeof(double) };

static void *list_new(enum type type, int64_t n, size_t head_bytes, size_t item_bytes)
{
	if (n < 0 || n > items_most)
		return NULL;
	struct object *o = calloc(1, head_bytes + (size_t)n * item_bytes);
	if (o)
		*o = (struct object){.references_n = 1, .type = type};
	return o;
}

struct floats *floats_new(int64_t n)
{
	struct floats *list = list_new(TYPE_FLOATS, n, sizeof *list, sizeof *list->items);
	if (list)
		list->n = n;
	return list;
}

struct rows *rows_new(int64_t n)
{
	struct rows *list = list_new(TYPE_ROWS, n, sizeof *list, sizeof *list->items);
	if (list)
		list->n = n;
	return list;
}

struct array *array_new(int64_t rows, int64_t columns, int64_t spare_n)
{
	if (rows < 0 || columns < 0 || (columns > 0 && rows > items_most / columns))
		return NULL;
	if (spare_n < 0 || spare_n > items_most)
		return NULL;
	struct array *a = calloc(1, sizeof *a);
	if (!a)
		return NULL;
	size_t cells_n = (size_t)rows * (size_t)columns;
	size_t spare_at = (cells_n + LINE_CELLS_N - 1) / LINE_CELLS_N * LINE_CELLS_N;
	/* Not posix_memalign: in glibc 2.36 it cannot reuse what was freed at the same size. */
	a->memory = malloc((spare_at + (size_t)spare_n + LINE_CELLS_N) * sizeof(double));
	if (!a->memory) {
		free(a);
		return NULL;
	}
	uintptr_t line = ((uintptr_t)a->memory + CACHE_LINE_BYTES - 1) / CACHE_LINE_BYTES;
	a->head = (struct object){.references_n = 1, .type = TYPE_ARRAY};
	a->rows = rows;
	a->columns = columns;
	a->spare_n = spare_n;
	a->cells = memset((void *)(line * CACHE_LINE_BYTES), 0, cells_n * sizeof(double));
	a->spare = a->cells + spare_at;
	return a;
}

struct bytes *bytes_new(int64_t n)
{
	if (n < 0 || n > items_most)
		return NULL;
	struct bytes *bytes = malloc(sizeof *bytes + (size_t)n);
	if (bytes) {
		bytes->head = (struct object){.references_n = 1, .type = TYPE_BYTES};
		bytes->n = n;
	}
	return bytes;
}

struct handle *handle_new(void *state, void (*free_state)(void *state))
{
	struct handle *h = calloc(1, sizeof *h);
	if (h)
		*h = (struct handle){{.references_n = 1, .type = TYPE_HANDLE}, state, free_state};
	return h;
}

static void let_go_of_rows(const struct rows *list, enum counts counts, const void *self)
{
	for (int64_t k = 0; k < list->n; k++)
		if (list->items[k])
			object_let_go(&list->items[k]->head, counts, self);
}

void object_free(struct object *o, enum counts counts, const void *self)
{
	if (o->type == TYPE_ROWS)
		let_go_of_rows((struct rows *)o, counts, self);
	if (o->type == TYPE_ARRAY)
		free(((struct array *)o)->memory);
	if (o->type == TYPE_HANDLE)
		((struct handle *)o)->free_state(((struct handle *)o)->state);
	free(o);
}

/* The owner's last reference: true when nobody else has one. */
static bool merge(struct object *o)
{
	/* Who has none cannot get one. */
	if (world_load(&o->shared_n, ACQUIRE) == 0)
		return true;
	world_store(&o->references_n, 0, RELAXED);
	world_store(&o->owner, NULL, RELAXED);
	return world_or(&o->shared_n, SHARED_MERGED, ACQ_REL) == 0;
}

void object_let_go_last(struct object *o, enum counts counts, const void *self)
{
	bool is_immortal = world_load(&o->references_n, RELAXED) < 0;
	if (!is_immortal && (counts != COUNTS_BIASED || merge(o)))
		object_free(o, counts, self);
}

void floats_add(struct floats *list, int64_t i, double value, enum counts counts)
{
	object_lock(&list->head, counts);
	union value sum = {.i = world_load(&list->items[i].i, RELAXED)};
	sum.f += value;
	world_store(&list->items[i].i, sum.i, RELAXED);
	object_unlock(&list->head, counts);
}
