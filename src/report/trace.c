#include "report/trace.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/units.h"
#include "report/about.h"

static const struct {
	const char *text, *category;
	bool is_mark, is_place;
} kinds[SPANS_N] = {
#define SPAN(ID, what, in) [SPAN_##ID] = {.text = what, .category = in},
#define MARK(ID, what, in) [SPAN_##ID] = {.text = what, .category = in, .is_mark = true},
#define PLACE(ID, what, in) [SPAN_##ID] = {.text = what, .category = in, .is_place = true},
#include "world/spans.def"
#undef SPAN
#undef MARK
#undef PLACE
};

/* Groups of tracks; a track of a thread is its number and 1, of a core its number. */
enum { GROUP_THREADS = 1, GROUP_CORES, GROUP_RUN_QUEUE, GROUPS_BEHIND };

/* One event to be, at its time; of those at one time the first rank comes first. */
struct entry {
	int64_t at_ns;
	int rank;
	enum { ENTRY_SPAN, ENTRY_FLOW_BEGIN, ENTRY_FLOW_END } kind;
	const struct span *span;
	int64_t thread; /* the place of its recorder; of a flow, where this end is */
	int64_t id;	/* of a flow */
};

/* From one thread's take of a lock to its drop. */
struct hold {
	int64_t begin_ns, end_ns, thread;
	bool was_waited_for;
};

struct writing {
	const struct trace *trace;
	FILE *file;
	struct entry *entries;
	size_t entries_n;
	struct hold *holds;
	size_t holds_n;
	int64_t origin_ns;
};

static int64_t kept_n(const struct recorder *r)
{
	return r->spans_n < r->room_n ? r->spans_n : r->room_n;
}

static int64_t dropped_n(const struct recorder *r)
{
	return r->spans_n - kept_n(r);
}

/* The k-th, from the oldest. */
static const struct span *span_nth(const struct recorder *r, int64_t k)
{
	int64_t first = r->spans_n > r->room_n ? r->next : 0;
	return &r->spans[(first + k) % r->room_n];
}

int64_t trace_events_n(const struct trace *t)
{
	int64_t n = 0;
	for (int64_t k = 0; k <= t->recording->recorders_n; k++)
		n += t->recording->recorders[k].spans_n;
	return n;
}

int64_t trace_dropped_n(const struct trace *t)
{
	int64_t n = 0;
	for (int64_t k = 0; k <= t->recording->recorders_n; k++)
		n += dropped_n(&t->recording->recorders[k]);
	return n;
}

/* --- what is written, in the order of time --- */

static int add(struct writing *w, struct entry entry)
{
	struct entry *slot = array_push((void **)&w->entries, &w->entries_n, sizeof *slot);
	if (!slot)
		return -ENOMEM;
	*slot = entry;
	return 0;
}

static bool holds_lock(const struct span *s)
{
	return s->kind == SPAN_BYTECODE || s->kind == SPAN_NATIVE_HELD;
}

/* Spans of one hold follow each other without a gap. */
static int add_hold(struct writing *w, const struct span *s, const struct span *before,
		    int64_t thread)
{
	struct hold *last = w->holds_n ? &w->holds[w->holds_n - 1] : NULL;
	if (last && last->thread == thread && last->end_ns == s->begin_ns) {
		last->end_ns = s->end_ns;
		return 0;
	}
	struct hold *slot = array_push((void **)&w->holds, &w->holds_n, sizeof *slot);
	if (!slot)
		return -ENOMEM;
	bool waited = before && (before->kind == SPAN_WAIT || before->kind == SPAN_SWITCH);
	*slot = (struct hold){s->begin_ns, s->end_ns, thread,
			      waited && before->end_ns == s->begin_ns};
	return 0;
}

static int gather_thread(struct writing *w, int64_t thread)
{
	const struct trace *t = w->trace;
	const struct recorder *r = &t->recording->recorders[thread];
	bool has_lock = r != t->recording->cores && t->threads[thread].lock != ABSENT;
	const struct span *before = NULL;
	int failed = 0;
	for (int64_t k = 0; k < kept_n(r) && !failed; k++) {
		const struct span *s = span_nth(r, k);
		w->origin_ns = s->begin_ns < w->origin_ns ? s->begin_ns : w->origin_ns;
		failed = add(w, (struct entry){.at_ns = s->begin_ns, .rank = kinds[s->kind].is_mark,
					       .span = s, .thread = thread});
		if (!failed && has_lock && holds_lock(s))
			failed = add_hold(w, s, before, thread);
		before = kinds[s->kind].is_mark ? before : s;
	}
	return failed;
}

static int compare_holds(const void *a, const void *b)
{
	const struct hold *x = a, *y = b;
	return x->begin_ns < y->begin_ns ? -1 : x->begin_ns > y->begin_ns;
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	if (x->at_ns != y->at_ns)
		return x->at_ns < y->at_ns ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank - y->rank;
	return x < y ? -1 : x > y;
}

/* From then on all rings are whole: who had a lock before is not known. */
static int64_t whole_since_ns(const struct trace *t)
{
	int64_t since_ns = INT64_MIN;
	for (int64_t k = 0; k < t->recording->recorders_n; k++) {
		const struct recorder *r = &t->recording->recorders[k];
		if (dropped_n(r) && span_nth(r, 0)->begin_ns > since_ns)
			since_ns = span_nth(r, 0)->begin_ns;
	}
	return since_ns;
}

/* Both ends lie within the spans that they join. */
static int add_flow(struct writing *w, const struct hold *from, const struct hold *to, int64_t id)
{
	int failed = add(w, (struct entry){.at_ns = from->end_ns - 1, .rank = 2, .id = id,
					   .kind = ENTRY_FLOW_BEGIN, .thread = from->thread});
	return failed ? failed
		      : add(w, (struct entry){.at_ns = to->begin_ns, .rank = 3, .id = id,
					      .kind = ENTRY_FLOW_END, .thread = to->thread});
}

/* From who dropped a lock to who took it next, when that is another who waited for it. */
static int add_flows(struct writing *w)
{
	const struct traced *threads = w->trace->threads;
	int64_t since_ns = whole_since_ns(w->trace);
	int failed = 0;
	if (w->holds_n)
		qsort(w->holds, w->holds_n, sizeof *w->holds, compare_holds);
	for (size_t k = 1; k < w->holds_n && !failed; k++) {
		const struct hold *from = &w->holds[k - 1], *to = &w->holds[k];
		bool is_one_lock = threads[from->thread].lock == threads[to->thread].lock;
		if (is_one_lock && to->was_waited_for && from->thread != to->thread &&
		    from->begin_ns >= since_ns)
			failed = add_flow(w, from, to, (int64_t)k);
	}
	return failed;
}

static int gather(struct writing *w)
{
	const struct recording *recording = w->trace->recording;
	int failed = 0;
	w->origin_ns = INT64_MAX;
	for (int64_t k = 0; k <= recording->recorders_n && !failed; k++)
		failed = gather_thread(w, k);
	if (!failed)
		failed = add_flows(w);
	if (!failed && w->entries_n)
		qsort(w->entries, w->entries_n, sizeof *w->entries, compare_entries);
	return failed;
}

/* --- the document --- */

static const char *name_of_task(const struct trace *t, uint32_t task, int64_t *thread)
{
	for (*thread = 0; *thread < t->recording->recorders_n; ++*thread)
		if (t->recording->recorders[*thread].task == task)
			return t->threads[*thread].name;
	return task == 1 ? "main" : "helper";
}

static double us(const struct writing *w, int64_t at_ns)
{
	return (double)(at_ns - w->origin_ns) / 1000;
}

static json_t *flow_json(const struct writing *w, const struct entry *e)
{
	bool begins = e->kind == ENTRY_FLOW_BEGIN;
	json_t *event = json_pack("{s:s, s:s, s:s, s:I, s:f, s:i, s:I}", "ph", begins ? "s" : "f",
				  "name", "handover", "cat", "handover", "id", (json_int_t)e->id,
				  "ts", us(w, e->at_ns), "pid", GROUP_THREADS, "tid",
				  (json_int_t)e->thread + 1);
	if (event && !begins)
		json_object_set_new(event, "bp", json_string("e"));
	return event;
}

static json_t *mark_json(const struct writing *w, const struct entry *e)
{
	const struct span *s = e->span;
	const char *asked = s->kind == SPAN_REQUEST ? w->trace->threads[s->other].name : NULL;
	return json_pack("{s:s, s:s, s:s, s:s, s:f, s:i, s:I, s:{s:i, s:s*}}", "ph", "i", "s", "t",
			 "name", kinds[s->kind].text, "cat", kinds[s->kind].category, "ts",
			 us(w, e->at_ns), "pid", GROUP_THREADS, "tid", (json_int_t)e->thread + 1,
			 "args", "core", s->core, "asked", asked);
}

static json_t *complete_json(const struct writing *w, const struct span *s, const char *name,
			     int group, int64_t track)
{
	return json_pack("{s:s, s:s, s:s, s:f, s:f, s:i, s:I, s:{s:i}}", "ph", "X", "name", name,
			 "cat", kinds[s->kind].category, "ts", us(w, s->begin_ns), "dur",
			 (double)(s->end_ns - s->begin_ns) / 1000, "pid", group, "tid",
			 (json_int_t)track, "args", "core", s->core);
}

/* NULL: no memory; json null: it has no track. */
static json_t *place_json(const struct writing *w, const struct span *s)
{
	int64_t thread;
	const char *name = name_of_task(w->trace, s->other, &thread);
	if (s->kind == SPAN_CORE)
		return complete_json(w, s, name, GROUP_CORES, s->core);
	if (thread == w->trace->recording->recorders_n)
		return json_null();
	return complete_json(w, s, kinds[s->kind].text, GROUP_RUN_QUEUE, thread + 1);
}

static json_t *entry_json(const struct writing *w, const struct entry *e)
{
	if (e->kind != ENTRY_SPAN)
		return flow_json(w, e);
	if (kinds[e->span->kind].is_place)
		return place_json(w, e->span);
	if (kinds[e->span->kind].is_mark)
		return mark_json(w, e);
	return complete_json(w, e->span, kinds[e->span->kind].text, GROUP_THREADS, e->thread + 1);
}

enum { LINE = JSON_COMPACT | JSON_REAL_PRECISION(15) };

static int write_line(const struct writing *w, json_t *event, const char *before)
{
	if (!event)
		return -ENOMEM;
	int failed = 0;
	if (!json_is_null(event))
		failed = fputs(before, w->file) < 0 || json_dumpf(event, w->file, LINE);
	json_decref(event);
	return failed ? (errno ? -errno : -EIO) : 0;
}

static json_t *name_json(const char *what, int group, int64_t track, const char *name)
{
	return json_pack("{s:s, s:s, s:i, s:I, s:{s:s}}", "ph", "M", "name", what, "pid", group,
			 "tid", (json_int_t)track, "args", "name", name);
}

/* The first line of the list has no comma before it. */
static int write_names(const struct writing *w)
{
	const struct trace *t = w->trace;
	const char *groups[] = {[GROUP_THREADS] = t->title, [GROUP_CORES] = "virtual cores",
				[GROUP_RUN_QUEUE] = "waits for a core"};
	int groups_n = t->is_virtual ? GROUPS_BEHIND : GROUP_CORES, failed = 0;
	for (int group = GROUP_THREADS; group < groups_n && !failed; group++)
		failed = write_line(w, name_json("process_name", group, 0, groups[group]),
				    group == GROUP_THREADS ? "\n" : ",\n");
	for (int64_t k = 0; k < t->recording->recorders_n && !failed; k++) {
		const char *name = t->threads[k].name;
		failed = write_line(w, name_json("thread_name", GROUP_THREADS, k + 1, name), ",\n");
		if (t->is_virtual && !failed)
			failed = write_line(
				w, name_json("thread_name", GROUP_RUN_QUEUE, k + 1, name), ",\n");
	}
	return failed;
}

static json_t *whole_or_null(int64_t n)
{
	return n == ABSENT ? json_null() : json_integer(n);
}

static json_t *threads_json(const struct trace *t)
{
	json_t *threads = json_array();
	for (int64_t k = 0; k < t->recording->recorders_n; k++) {
		const struct recorder *r = &t->recording->recorders[k];
		json_array_append_new(
			threads, json_pack("{s:I, s:s, s:o, s:I, s:I, s:o}", "tid",
					   (json_int_t)k + 1, "name", t->threads[k].name, "lock",
					   whole_or_null(t->threads[k].lock), "events",
					   (json_int_t)r->spans_n, "dropped",
					   (json_int_t)dropped_n(r), "runqueue_ns",
					   whole_or_null(t->threads[k].runqueue_ns)));
	}
	return threads;
}

static int write_head(const struct writing *w)
{
	const struct trace *t = w->trace;
	const char *cores =
		t->is_virtual
			? "who has which core, and who waits for one, is exact"
			: "core is where something ended; when a thread had to wait for a core the "
			  "system says only in all (runqueue_ns)";
	json_t *other = json_pack("{s:s, s:o, s:O, s:I, s:o, s:I, s:I, s:s, s:o}", "schema",
				  "gilsim-trace/1", "gilsim", about_gilsim(), "what", t->about,
				  "wall_ns", (json_int_t)t->wall_ns, "cpu_ns",
				  whole_or_null(t->cpu_ns), "events",
				  (json_int_t)trace_events_n(t), "dropped",
				  (json_int_t)trace_dropped_n(t), "cores", cores, "threads",
				  threads_json(t));
	int failed = write_line(w, other, "{\"displayTimeUnit\":\"ns\",\n\"otherData\":");
	return failed || fputs(",\n\"traceEvents\":[", w->file) < 0 ? (failed ? failed : -EIO) : 0;
}

int trace_write(FILE *file, const void *content)
{
	struct writing w = {.trace = content, .file = file};
	int failed = gather(&w);
	if (!failed)
		failed = write_head(&w);
	if (!failed)
		failed = write_names(&w);
	for (size_t k = 0; k < w.entries_n && !failed; k++)
		failed = write_line(&w, entry_json(&w, &w.entries[k]), ",\n");
	if (!failed && fputs("\n]}\n", file) < 0)
		failed = -EIO;
	free(w.entries);
	free(w.holds);
	return failed;
}
