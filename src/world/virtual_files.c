/* virtual_files.c - what processes of the virtual world have open, and waiting for it. */
#include <errno.h>
#include <stdlib.h>

#include "base/units.h"
#include "world/virtual_process.h"

/* By number; a free one says which is free, too. */
struct slot {
	struct file *file;
	int next_free; /* 0: no other */
};

static struct {
	struct slot *slots;
	int n, first_free; /* slot 0 is never used */
} table;

static struct process first_process;

struct process *process_self(void)
{
	struct process *p = task_self()->process;
	return p ? p : &first_process;
}

static int more_slots(void)
{
	enum { FIRST_N = 64 };
	int n = table.n ? 2 * table.n : FIRST_N;
	struct slot *grown = realloc(table.slots, (size_t)n * sizeof *grown);
	if (!grown)
		return -ENOMEM;
	table.slots = grown;
	for (int k = table.n ? table.n : 1; k < n; k++)
		grown[k] = (struct slot){.next_free = k + 1 < n ? k + 1 : 0};
	table.first_free = table.n ? table.n : 1;
	table.n = n;
	return 0;
}

int file_open(struct file *f, const struct file_kind *kind, struct process *owner)
{
	if (!table.first_free && more_slots())
		return -ENOMEM;
	*f = (struct file){.kind = kind, .number = table.first_free, .owner = owner};
	struct slot *slot = &table.slots[f->number];
	table.first_free = slot->next_free;
	slot->file = f;
	f->elder = owner->youngest;
	if (f->elder)
		f->elder->younger = f;
	owner->youngest = f;
	return 0;
}

void file_close(struct file *f)
{
	struct slot *slot = &table.slots[f->number];
	*(f->younger ? &f->younger->elder : &f->owner->youngest) = f->elder;
	if (f->elder)
		f->elder->younger = f->younger;
	*slot = (struct slot){.next_free = table.first_free};
	table.first_free = f->number;
	if (f->watch)
		watch_end(f->watch);
	f->kind->close(f);
	f->kind->free(f);
}

void files_close_of(struct process *p)
{
	while (p->youngest)
		file_close(p->youngest);
}

struct file *file_find(int number, const struct file_kind *kind)
{
	struct file *f = number > 0 && number < table.n ? table.slots[number].file : NULL;
	return f && f->kind == kind ? f : NULL;
}

void files_forget(void)
{
	for (int k = 1; k < table.n; k++)
		if (table.slots[k].file)
			table.slots[k].file->kind->free(table.slots[k].file);
	free(table.slots);
	table.slots = NULL;
	table.n = table.first_free = 0;
	first_process = (struct process){0};
}

/* --- waiting --- */

static bool is_past(int64_t deadline_ns)
{
	return deadline_ns != ABSENT && deadline_ns <= virtual_counts().now_ns;
}

bool file_wait(struct file *f, const char *what, int64_t deadline_ns)
{
	bool in_time = !f->kind->is_ready(f) && !is_past(deadline_ns);
	if (in_time)
		task_spend(virtual_costs()->park_ns);
	while (in_time && !f->kind->is_ready(f))
		in_time = task_block(f, what, deadline_ns);
	return f->kind->is_ready(f);
}

void file_went_on(struct file *f)
{
	task_wake_charged(f, INT32_MAX);
	if (f->watch) {
		watch_list(f->watch);
		task_wake_charged(f->watch->set, INT32_MAX);
	}
}

bool watch_is_ready(const struct watch *w)
{
	return w->file && w->file->kind->is_ready(w->file);
}

int watch_begin(struct watch *w, struct watch_set *set, struct file *f)
{
	if (f->watch)
		return -EEXIST;
	*w = (struct watch){.set = set, .file = f};
	f->watch = w;
	if (watch_is_ready(w))
		file_went_on(f);
	return 0;
}

void watch_end(struct watch *w)
{
	watch_unlist(w);
	if (w->file)
		w->file->watch = NULL;
	w->file = NULL;
}

void watch_list(struct watch *w)
{
	if (w->is_listed)
		return;
	w->is_listed = true;
	w->next = NULL;
	w->previous = w->set->last;
	*(w->previous ? &w->previous->next : &w->set->first) = w;
	w->set->last = w;
}

void watch_unlist(struct watch *w)
{
	if (!w->is_listed)
		return;
	*(w->previous ? &w->previous->next : &w->set->first) = w->next;
	*(w->next ? &w->next->previous : &w->set->last) = w->previous;
	w->is_listed = false;
}

static bool any_is_ready(struct watch_set *set)
{
	while (set->first && !watch_is_ready(set->first))
		watch_unlist(set->first);
	return set->first;
}

bool watch_set_wait(struct watch_set *set, const char *what, int64_t deadline_ns)
{
	bool in_time = !any_is_ready(set) && !is_past(deadline_ns);
	if (in_time)
		task_spend(virtual_costs()->park_ns);
	while (in_time && !any_is_ready(set))
		in_time = task_block(set, what, deadline_ns);
	return any_is_ready(set);
}
