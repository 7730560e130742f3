#include "scenario/witness.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/stage.h"

/* What a thread may be seen to do. */
#define DEEDS(DEED) \
	DEED(WANTS, "wants the lock") \
	DEED(SLEEPS, "sleeps") \
	DEED(HAS, "has the lock") \
	DEED(IS_ASKED, "is asked to drop the lock") \
	DEED(DROPS, "drops the lock") \
	DEED(AWAITS, "waits for a switch") \
	DEED(GOES_ON, "goes on without the lock")

enum deed {
#define DEED(NAME, text) DEED_##NAME,
	DEEDS(DEED)
#undef DEED
};
static const char *const deed_texts[] = {
#define DEED(NAME, text) text,
	DEEDS(DEED)
#undef DEED
};

enum { TRACE_EVENTS_N = 30 };

/* The last events, the newest at (n - 1) % TRACE_EVENTS_N. */
struct trace {
	struct {
		int64_t at_ns;
		size_t thread;
		enum deed deed;
	} events[TRACE_EVENTS_N];
	size_t n;
};

/* Of a thread at the last look. */
struct stand {
	enum doing doing;
	bool holds, slept, is_asked; /* slept: since it began to do so */
};

struct witness {
	struct stage stage;
	struct invariants invariants;
	struct seen *seen; /* members, then the main thread; NULL: no lock so far */
	struct stand *stands;
	char (*labels)[THREAD_LABEL_SIZE];
	size_t n;
	struct trace trace, starved_trace;
	bool logs;
	enum invariant broken;
};

static void format_event(const struct witness *w, const struct trace *trace, size_t k, char *line,
			 size_t size)
{
	__typeof__(trace->events[0]) e = trace->events[k % TRACE_EVENTS_N];
	snprintf(line, size, "%14.9f s  %-20s %s\n", (double)e.at_ns / 1e9,
		 w->labels[e.thread], deed_texts[e.deed]);
}

static void note(struct witness *w, size_t thread, enum deed deed)
{
	struct trace *trace = &w->trace;
	char line[128];
	trace->events[trace->n++ % TRACE_EVENTS_N] =
		(__typeof__(trace->events[0])){virtual_now_ns(), thread, deed};
	if (!w->logs)
		return;
	format_event(w, trace, trace->n - 1, line, sizeof line);
	fputs(line, stdout);
	fflush(stdout); /* the seed may crash */
}

/* In the order in which a thread does them. */
static void note_thread(struct witness *w, size_t k)
{
	const struct gil_thread *t = w->seen[k].thread;
	struct stand *was = &w->stands[k];
	enum doing doing = t->watched.doing;
	struct stand now = {
		.doing = doing,
		.holds = t->holding,
		.slept = doing != DOING_NOTHING &&
			 ((was->slept && doing == was->doing) ||
			  virtual_is_blocked(t->watched.task)),
		.is_asked = t->breaker & GIL_DROP_REQUEST,
	};
	if (was->holds && !now.holds)
		note(w, k, DEED_DROPS);
	if (now.doing == DOING_AWAIT_SWITCH && was->doing != now.doing)
		note(w, k, DEED_AWAITS);
	if (was->doing == DOING_AWAIT_SWITCH && now.doing == DOING_NOTHING)
		note(w, k, DEED_GOES_ON);
	if (now.doing == DOING_TAKE && !now.holds && was->doing != now.doing)
		note(w, k, DEED_WANTS);
	if (!was->holds && now.holds)
		note(w, k, DEED_HAS);
	if (!was->is_asked && now.is_asked)
		note(w, k, DEED_IS_ASKED);
	if (now.slept && (!was->slept || doing != was->doing))
		note(w, k, DEED_SLEEPS);
	*was = now;
}

static bool meet(struct witness *w)
{
	const struct stage *s = &w->stage;
	w->n = (size_t)s->asked->threads_n + 1;
	w->seen = calloc(w->n, sizeof *w->seen);
	w->stands = calloc(w->n, sizeof *w->stands);
	w->labels = calloc(w->n, sizeof *w->labels);
	if (!w->seen || !w->stands || !w->labels)
		return false;
	for (size_t k = 0; k < w->n; k++) {
		w->seen[k].thread = k + 1 < w->n ? &s->crew.members[k].vm.gil
						 : &s->crew.main_thread;
		stage_label(s, w->seen[k].thread, w->labels[k]);
	}
	invariants_open(&w->invariants, &s->crew.interpreter.gil, w->seen, w->n);
	return true;
}

static bool watch(void *context)
{
	struct witness *w = context;
	const struct crew *crew = &w->stage.crew;
	if (!crew->members || !crew->interpreter.gil.policy)
		return true;
	if (!w->seen && !meet(w))
		return false;
	int64_t overtaken_n = w->invariants.overtaken_n;
	w->broken = invariants_check(&w->invariants);
	for (size_t k = 0; k < w->n; k++)
		if (w->seen[k].thread->stats)
			note_thread(w, k);
	if (w->invariants.overtaken_n > overtaken_n && w->invariants.overtaken_n >= STARVED_LEAST)
		w->starved_trace = w->trace;
	return w->broken == INVARIANTS_N;
}

static void format_trace(const struct witness *w, const struct trace *trace,
			 char text[static TRACE_SIZE])
{
	size_t used = 0, k = trace->n > TRACE_EVENTS_N ? trace->n - TRACE_EVENTS_N : 0;
	text[0] = '\0';
	for (; k < trace->n && used < TRACE_SIZE; k++) {
		format_event(w, trace, k, text + used, TRACE_SIZE - used);
		used += strlen(text + used);
	}
}

static void explain(const struct witness *w, struct explored *e)
{
	if (e->failed == -ECANCELED)
		snprintf(e->why, sizeof e->why, "%s\n", w->invariants.why);
	else if (e->failed == -EDEADLK)
		stage_explain(&w->stage, "\n", e->why, sizeof e->why);
	else if (e->failed)
		snprintf(e->why, sizeof e->why, "%s\n", w->stage.err->text);
}

static void testify(const struct witness *w, struct explored *e)
{
	struct virtual_counts counts = virtual_counts();
	const struct invariants *in = &w->invariants;
	e->broken = w->broken;
	e->events_n = counts.events_n;
	e->ended_ns = counts.now_ns;
	if (!w->seen)
		return;
	memcpy(e->checks_n, in->checks_n, sizeof e->checks_n);
	explain(w, e);
	format_trace(w, &w->trace, e->trace);
	if (in->overtaken_n < STARVED_LEAST)
		return;
	e->overtaken_n = in->overtaken_n;
	e->starved_ns = in->starved_ns;
	for (size_t k = 0; k < w->n; k++)
		if (w->seen[k].thread == in->starved)
			snprintf(e->starved, sizeof e->starved, "%s", w->labels[k]);
	format_trace(w, &w->starved_trace, e->starved_trace);
}

int witness_seed(const struct scenario *s, const struct world_choice *choice,
		 enum schedule schedule, bool logs, struct worker *workers, struct lane *lanes,
		 struct explored *explored, struct error *err)
{
	static struct witness w;
	int64_t wall_ns;
	w = (struct witness){
		.stage = {.asked = s, .cost = choice->cost, .workers = workers, .lanes = lanes,
			  .wall_ns = &wall_ns, .err = err},
		.logs = logs,
		.broken = INVARIANTS_N,
	};
	struct virtual_options options = stage_options(choice);
	options.schedule = schedule;
	options.watch = watch;
	options.context = &w;
	*explored = (struct explored){.seed = choice->seed};
	explored->failed = stage_run(&w.stage, &options);
	if (explored->failed == -ECANCELED && w.broken == INVARIANTS_N)
		explored->failed = error_set(err, -ENOMEM, "%.80s: no memory", s->file);
	else if (explored->failed == -ECANCELED)
		error_set(err, explored->failed, "%.80s: the lock broke a rule: %.120s", s->file,
			  w.invariants.why);
	testify(&w, explored);
	free(w.seen);
	free(w.stands);
	free(w.labels);
	fflush(stdout);
	return explored->failed;
}
