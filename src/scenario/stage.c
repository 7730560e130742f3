#include "scenario/stage.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "scenario/replica.h"

struct virtual_options stage_options(const struct world_choice *choice)
{
	return (struct virtual_options){
		.cores_n = choice->cores,
		.seed = (uint64_t)choice->seed,
		.cost = &choice->cost->machine,
		.end_ns = ABSENT,
	};
}

static void main_of_stage(void *argument)
{
	struct stage *s = argument;
	struct replica replica;
	s->failed = replica_open(&replica, s->asked, s->cost, s->err);
	if (!s->failed)
		s->failed = scenario_run(&s->crew, &replica.scenario, s->workers, s->lanes,
					 s->wall_ns, s->err);
	replica_close(&replica);
}

int stage_run(struct stage *s, const struct virtual_options *options)
{
	s->crew = (struct crew){0};
	s->failed = 0;
	int failed = virtual_run(options, main_of_stage, s, s->err);
	if (failed == -EDEADLK) {
		char *text = s->err->text;
		error_set(s->err, failed, "%.80s: nobody can ever go on: ", s->asked->file);
		size_t used = strlen(text);
		stage_explain(s, "; ", text + used, sizeof s->err->text - used);
	}
	return failed ? failed : s->failed;
}

static bool is_member(const struct stage *s, const void *argument)
{
	const struct member *first = s->crew.members, *m = argument;
	return first && m >= first && m < first + s->asked->threads_n;
}

static void label_member(const struct stage *s, const struct member *m, char *label)
{
	int64_t k = 0;
	while (m - k > s->crew.members && m[-k - 1].group == m->group)
		k++;
	snprintf(label, THREAD_LABEL_SIZE, m->group->threads_n > 1 ? "%s %" PRId64 : "%s",
		 m->group->name, k);
}

void stage_label(const struct stage *s, const struct gil_thread *t,
		 char label[static THREAD_LABEL_SIZE])
{
	const void *m = (const char *)t - offsetof(struct member, vm.gil);
	if (is_member(s, m))
		label_member(s, m, label);
	else
		snprintf(label, THREAD_LABEL_SIZE, "main thread");
}

/* --- who waits for what --- */

static const struct gil_thread *holder_of(const struct stage *s)
{
	for (int64_t k = 0; k < s->asked->threads_n; k++)
		if (s->crew.members[k].vm.gil.holding)
			return &s->crew.members[k].vm.gil;
	return s->crew.main_thread.holding ? &s->crew.main_thread : NULL;
}

static void explain_lock(const struct stage *s, char *what, size_t size)
{
	char label[THREAD_LABEL_SIZE];
	const struct gil_thread *holder = holder_of(s);
	if (holder)
		stage_label(s, holder, label);
	snprintf(what, size, "the lock, which %s%s%s has", holder ? "'" : "",
		 holder ? label : "nobody", holder ? "'" : "");
}

enum { WHAT_SIZE = 128 };

static void explain_word(const struct stage *s, const struct virtual_wait *wait,
			 char what[static WHAT_SIZE])
{
	char label[THREAD_LABEL_SIZE];
	snprintf(what, WHAT_SIZE, "%s", wait->what);
	for (size_t k = 0; k < s->asked->mutexes_n; k++) {
		const struct outer_mutex *m = &s->crew.mutexes[k];
		if (wait->word != &m->mutex.state || !m->owner)
			continue;
		stage_label(s, &m->owner->vm.gil, label);
		snprintf(what, WHAT_SIZE, "the mutex %s, which '%s' has", s->asked->mutexes[k],
			 label);
	}
}

/* Since when, in what. */
static int64_t explain_thread(const struct stage *s, const struct gil_thread *t,
			      const struct virtual_wait *wait, char what[static WHAT_SIZE])
{
	if (t->watched.doing == DOING_NOTHING || !t->gil) {
		explain_word(s, wait, what);
		return wait->since_ns;
	}
	if (t->watched.doing == DOING_TAKE)
		explain_lock(s, what, WHAT_SIZE);
	else
		snprintf(what, WHAT_SIZE, "%s",
			 t->watched.doing == DOING_DROP ? "the lock's mutex" : "a switch");
	return t->watched.since_ns;
}

static int explain(const struct stage *s, const struct virtual_wait *wait, char *text, size_t size)
{
	char label[THREAD_LABEL_SIZE] = "main thread", what[WHAT_SIZE];
	const struct gil_thread *t = &s->crew.main_thread;
	if (wait->argument && !is_member(s, wait->argument)) {
		static const struct gil_thread other;
		t = &other;
		snprintf(label, sizeof label, "a helper");
	} else if (wait->argument) {
		t = &((const struct member *)wait->argument)->vm.gil;
		stage_label(s, t, label);
	}
	int64_t since_ns = explain_thread(s, t, wait, what);
	return snprintf(text, size, "'%s' waits for %s since %.6f s", label, what,
			(double)since_ns / 1e9);
}

/* What does not fit as a whole is left out. */
static void append(const struct stage *s, const struct virtual_wait *wait, const char *between,
		   char *text, size_t size)
{
	size_t used = strlen(text), start = used;
	if (used)
		used += (size_t)snprintf(text + used, size - used, "%s", between);
	if (used < size)
		used += (size_t)explain(s, wait, text + used, size - used);
	if (used >= size)
		text[start] = '\0';
}

/* The world's first thread waits for the others: it comes last. */
void stage_explain(const struct stage *s, const char *between, char *text, size_t size)
{
	struct virtual_wait wait, main_wait = {0};
	*text = '\0';
	for (size_t k = 0; virtual_waiting_nth(k, &wait); k++)
		if (wait.argument)
			append(s, &wait, between, text, size);
		else
			main_wait = wait;
	if (main_wait.what)
		append(s, &main_wait, between, text, size);
}
