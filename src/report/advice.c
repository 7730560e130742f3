#include "report/advice.h"
#include "report/metrics.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* All that is said. */
struct answer {
	const struct question *question;
	const struct row *rows;
	size_t rows_n;
	const struct row *timed; /* now, at full accounting; NULL: not measured */
	struct advice advice;
	bool has_other;
	struct advice other; /* of the engine that is not now's */
};

enum { PHRASE_MOST = 256, SLOWER_MOST = 40, GAIN_MOST = 64 };

static const char *gain_text(const struct ratio *gain, char text[static GAIN_MOST])
{
	if (isfinite(gain->low))
		snprintf(text, GAIN_MOST, "%.3gx (%.3g .. %.3g)", gain->value, gain->low,
			 gain->high);
	else
		snprintf(text, GAIN_MOST, "%.3gx", gain->value);
	return text;
}

static const char *call_of(const struct question *q, enum engine engine)
{
	return q->calls[engine][0] ? q->calls[engine] : "native calls";
}

/* A way's name or order, with what it is around. */
static const char *phrase(const struct answer *a, const struct way *way, enum engine engine,
			  const char *words, char text[static PHRASE_MOST])
{
	snprintf(text, PHRASE_MOST, "%s%s%s", words, way->names_call ? " " : "",
		 way->names_call ? call_of(a->question, engine) : "");
	return text;
}

static enum engine engine_of(const struct advice *advice)
{
	return advised(advice)->row->setting.job.engine;
}

static int64_t threads_of(const struct row *row)
{
	return row->setting.job.threads;
}

/* "4 threads", "1 thread". */
static const char *count_text(int64_t n, char text[static 32])
{
	snprintf(text, 32, "%" PRId64 " thread%s", n, n == 1 ? "" : "s");
	return text;
}

/* Where time goes */

#define SHARE(key, text) {#key, text, offsetof(struct buckets, key##_ns)}
static const struct {
	const char *key, *text;
	size_t offset;
} shares[] = {
	SHARE(gil_wait, "waits for the lock"),
	SHARE(bytecode, "bytecode"),
	SHARE(native_held, "native calls that keep the lock"),
	SHARE(native_released, "native calls without it"),
	SHARE(io, "I/O"),
	SHARE(start_join, "starting and ending"),
};
#undef SHARE
enum { SHARES_N = sizeof shares / sizeof *shares, START_JOIN = SHARES_N - 1 };

/* Of all threads' wall time; NAN: not known. */
static double share_of(const struct row *row, size_t k)
{
	if (!row || !row->typical || row->typical->time.bytecode_ns == ABSENT)
		return NAN;
	const struct buckets *t = &row->typical->time;
	double whole = (double)(t->running_ns + t->gil_wait_ns + t->io_ns + t->start_join_ns);
	return (double)*(const int64_t *)((const char *)t + shares[k].offset) / whole;
}

static void print_shares(FILE *file, const struct answer *a)
{
	char threads[32];
	const struct row *row = a->timed;
	if (isnan(share_of(row, 0)))
		return;
	fprintf(file, "\nnow, %s with the lock, %s:", count_text(threads_of(row), threads),
		engine_names[row->setting.job.engine]);
	const char *comma = "";
	for (size_t k = 0; k < SHARES_N; k++) {
		if (share_of(row, k) < 0.0005)
			continue;
		fprintf(file, "%s %.1f %% %s", comma, 100 * share_of(row, k), shares[k].text);
		comma = ",";
	}
	fprintf(file, "\n");
}

static json_t *shares_json(const struct answer *a)
{
	json_t *object = json_object();
	for (size_t k = 0; k < SHARES_N; k++)
		json_object_set_new(object, shares[k].key, json_of_real(share_of(a->timed, k)));
	return object;
}

/* Reasons: each is one sentence without its full stop. */

static void add_reason(json_t *reasons, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void add_reason(json_t *reasons, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	json_array_append_new(reasons, json_vsprintf(format, arguments));
	va_end(arguments);
}

/* "4.2 % slower than", or "31 times as long as". */
static const char *slower_text(const struct row *row, const struct row *than,
			       char text[static SLOWER_MOST])
{
	double ratio = row->wall_ns.median / than->wall_ns.median;
	if (ratio < 2)
		snprintf(text, SLOWER_MOST, "%.1f %% slower than", 100 * (ratio - 1));
	else
		snprintf(text, SLOWER_MOST, ratio < 10 ? "%.1f times as long as"
						       : "%.0f times as long as", ratio);
	return text;
}

static void say_choice(const struct answer *a, json_t *reasons)
{
	const struct advice *d = &a->advice;
	const struct row *row = advised(d)->row, *fastest = d->fastest;
	char name[PHRASE_MOST], threads[32], time[16], slower[SLOWER_MOST];
	phrase(a, advised(d)->way, engine_of(d), advised(d)->way->name, name);
	format_duration(fastest->wall_ns.median, time);
	if (row == fastest)
		add_reason(reasons, "%s: nothing measured is faster; asks for: %s", name,
			   advised(d)->way->asks);
	else
		add_reason(reasons,
			   "%s: %s the fastest measured (%s with %s, %s), which "
			   "is no difference (5 %%) or may be chance; asks for: %s",
			   name, slower_text(row, fastest, slower), fastest->setting.mode->name,
			   count_text(threads_of(fastest), threads), time,
			   advised(d)->way->asks);
}

/* Why not one that asks for less, nor one that would not be right. */
static void say_others(const struct answer *a, json_t *reasons)
{
	const struct advice *d = &a->advice;
	for (const struct standing *s = d->standings; s < d->standings + WAYS_N; s++) {
		char name[PHRASE_MOST], threads[32], slower[SLOWER_MOST];
		phrase(a, s->way, engine_of(d), s->way->name, name);
		if (s->verdict == WAY_SLOWER && s < advised(d))
			add_reason(reasons, "%s: %s the fastest, at best (%s)",
				   name, slower_text(s->row, d->fastest, slower),
				   count_text(threads_of(s->row), threads));
		else if (s->verdict == WAY_WRONG)
			add_reason(reasons, "%s: the results are wrong", name);
		else if (s->verdict == WAY_LOSES)
			add_reason(reasons, "%s: loses updates that the lock keeps", name);
	}
}

/* Whether none of its mode and engine ran on more threads. */
static bool is_most(const struct answer *a, const struct row *row)
{
	const struct setting *s = &row->setting;
	for (size_t k = 0; k < a->rows_n; k++) {
		const struct setting *other = &a->rows[k].setting;
		if (other->mode == s->mode && other->job.engine == s->job.engine &&
		    other->job.threads > s->job.threads)
			return false;
	}
	return true;
}

static void say_limits(const struct answer *a, json_t *reasons)
{
	const struct row *row = advised(&a->advice)->row;
	const struct fit *fit = &row->fit;
	char law[128] = "";
	if (isfinite(fit->best_threads) && fit->best_threads > 1)
		snprintf(law, sizeof law, "; by the scalability law %.3g are best, %.3gx one",
			 fit->best_threads, fit->peak_speedup);
	else if (isfinite(fit->peak_speedup))
		snprintf(law, sizeof law,
			 "; by the scalability law no number is faster than %.3gx one",
			 fit->peak_speedup);
	add_reason(reasons, is_most(a, row) ? "%" PRId64 " at once is the most that was measured%s"
					    : "more than %" PRId64 " at once did not pay%s",
		   threads_of(row), law);
}

static void say_noise(const struct answer *a, json_t *reasons)
{
	char time[16];
	if (share_of(a->timed, START_JOIN) > 0.5)
		add_reason(reasons,
			   "a run takes %s now, %.0f %% of it starting and ending: give it more "
			   "--size, --tasks or --iterations",
			   format_duration(a->timed->wall_ns.median, time),
			   100 * share_of(a->timed, START_JOIN));
	const struct advice *d = &a->advice;
	const struct stats *wall = &advised(d)->row->wall_ns;
	if (advised(d)->row->repeats_n < LEAST_SAMPLES_N)
		add_reason(reasons,
			   "fewer than %d repeats have no 95 %% interval: take more --reps",
			   LEAST_SAMPLES_N);
	double width = (wall->ci95_high - wall->ci95_low) / wall->median;
	bool is_gain_unsure = d->advised > 0 && d->over_one.low < 1;
	if (width > 0.1 || is_gain_unsure)
		add_reason(reasons,
			   "the interval of its time is %.0f %% wide%s: a quieter machine or more "
			   "--reps may decide differently",
			   100 * width,
			   is_gain_unsure ? ", that of its gain over one thread goes below 1" : "");
}

static void say_unfit(const struct answer *a, json_t *reasons)
{
	const struct question *q = a->question;
	for (size_t k = 0; k < q->unfits_n; k++)
		if (q->unfits[k].engine == q->engine)
			add_reason(reasons, "%s", q->unfits[k].why.text);
}

static void say_other_engine(const struct answer *a, json_t *reasons)
{
	if (!a->has_other)
		return;
	const struct advice *o = &a->other;
	char order[PHRASE_MOST], gain[GAIN_MOST], threads[32];
	const struct way *way = advised(o)->way;
	enum engine engine = engine_of(o);
	add_reason(reasons, "the same in %s%s: %s over now (%s, %s)", engine_names[engine],
		   engine == ENGINE_NATIVE ? " code" : "", gain_text(&o->over_now, gain),
		   phrase(a, way, engine, way->name, order),
		   count_text(threads_of(advised(o)->row), threads));
}

static json_t *reasons_json(const struct answer *a)
{
	json_t *reasons = json_array();
	say_choice(a, reasons);
	say_others(a, reasons);
	say_limits(a, reasons);
	say_noise(a, reasons);
	say_unfit(a, reasons);
	say_other_engine(a, reasons);
	return reasons;
}

/* Why the advice is none to rely on; NULL: it is one. */
static const char *doubt_of(const struct answer *a)
{
	const struct advice *d = &a->advice;
	if (share_of(a->timed, START_JOIN) > 0.5)
		return "too short to tell";
	return d->advised > 0 && !(d->over_one.low > 1) ? "undecided" : NULL;
}

/* For reading */

static void print_order(FILE *file, const struct answer *a)
{
	const struct advice *d = &a->advice;
	const struct way *way = advised(d)->way;
	char order[PHRASE_MOST], threads[32], gain[GAIN_MOST];
	phrase(a, way, engine_of(d), way->order, order);
	const char *doubt = doubt_of(a);
	if (doubt)
		fprintf(file, "%c%s; if anything, %c%s", toupper(doubt[0]), doubt + 1,
			tolower(order[0]), order + 1);
	else
		fprintf(file, "%s", order);
	if (threads_of(advised(d)->row) > 1)
		fprintf(file, ", %" PRId64 " at once", threads_of(advised(d)->row));
	if (advised(d)->row == d->now)
		fprintf(file, ", as now");
	else if (isfinite(d->over_now.value))
		fprintf(file, ": %s as fast as %s with the lock",
			gain_text(&d->over_now, gain), count_text(threads_of(d->now), threads));
	if (d->one && d->one != d->now && isfinite(d->over_one.value))
		fprintf(file, ", %s as one", gain_text(&d->over_one, gain));
	fprintf(file, "\n");
}

/* Of the longest name. */
static int name_width(const struct answer *a, const struct advice *d, int width)
{
	char name[PHRASE_MOST];
	for (const struct standing *s = d->standings; s < d->standings + WAYS_N; s++) {
		int length = (int)strlen(phrase(a, s->way, engine_of(d), s->way->name, name));
		width = s->row && length > width ? length : width;
	}
	return width;
}

static void print_ways(FILE *file, const struct answer *a, const struct advice *d, int width)
{
	static const char *const marks[] = {"", "wrong", "loses updates", "", "as good"};
	enum engine engine = engine_of(d);
	for (const struct standing *s = d->standings; s < d->standings + WAYS_N; s++) {
		char name[PHRASE_MOST], time[16], gain[GAIN_MOST];
		if (!s->row)
			continue;
		struct ratio over = a->advice.now ? row_speedup(s->row, a->advice.now)
						  : (struct ratio){NAN, NAN, NAN, 0};
		fprintf(file, "%-*s  %-8s  %7" PRId64 "  %9s  %-24s%s\n", width,
			phrase(a, s->way, engine, s->way->name, name), engine_names[engine],
			threads_of(s->row), format_duration(s->row->wall_ns.median, time),
			isfinite(over.value) ? gain_text(&over, gain) : "-",
			s == advised(d) ? (d == &a->advice ? "advised" : "best of these")
					: marks[s->verdict]);
	}
}

static void print_answer(FILE *file, const struct answer *a, const json_t *reasons)
{
	size_t k;
	const json_t *reason;
	print_order(file, a);
	print_shares(file, a);
	int width = name_width(a, &a->advice, 0);
	if (a->has_other)
		width = name_width(a, &a->other, width);
	fprintf(file, "\n%-*s  %-8s  %7s  %9s  %s\n", width, "", "engine", "threads", "time",
		"over now");
	print_ways(file, a, &a->advice, width);
	if (a->has_other)
		print_ways(file, a, &a->other, width);
	fprintf(file, "\n");
	json_array_foreach(reasons, k, reason)
		fprintf(file, "- %s\n", json_string_value(reason));
}

/* For programs */

static json_t *ratio_json(const struct ratio *r)
{
	return json_pack("[o, o]", json_of_real(r->low), json_of_real(r->high));
}

static json_t *choice_json(const struct answer *a, const struct advice *d)
{
	const struct standing *s = advised(d);
	const struct row *row = s->row;
	char order[PHRASE_MOST];
	return json_pack("{s:s, s:s, s:I, s:s, s:o, s:o, s:o, s:o, s:o}", "engine",
			 engine_names[engine_of(d)], "mode", s->way->mode, "threads",
			 (json_int_t)threads_of(row), "order",
			 phrase(a, s->way, engine_of(d), s->way->order, order), "gain",
			 json_of_real(d->over_now.value), "gain_ci95", ratio_json(&d->over_now),
			 "gain_over_one_thread", json_of_real(d->over_one.value),
			 "gain_over_one_thread_ci95", ratio_json(&d->over_one),
			 "law_best_threads", json_of_real(row->fit.best_threads));
}

static json_t *calls_json(const struct question *q)
{
	json_t *calls = json_object();
	for (int engine = 0; engine < ENGINES_N; engine++)
		json_object_set_new(calls, engine_names[engine], json_string(q->calls[engine]));
	return calls;
}

static json_t *unfits_json(const struct question *q)
{
	json_t *unfits = json_array();
	for (size_t k = 0; k < q->unfits_n; k++)
		json_array_append_new(unfits, json_pack("{s:s, s:s, s:s}", "mode",
							q->unfits[k].mode, "engine",
							engine_names[q->unfits[k].engine], "why",
							q->unfits[k].why.text));
	return unfits;
}

static json_t *answer_json(const struct answer *a, const json_t *reasons)
{
	const struct question *q = a->question;
	json_t *json = choice_json(a, &a->advice);
	json_t *rest = json_pack(
		"{s:s, s:s?, s:O, s:{s:s, s:s, s:o, s:I, s:o}, s:o, s:o, s:o}", "workload",
		q->workload, "doubt", doubt_of(a), "because", reasons, "now", "engine",
		engine_names[q->engine], "mode", "locked",
		"threads", a->advice.now ? json_integer(threads_of(a->advice.now)) : json_null(),
		"cores", (json_int_t)q->cores_n, "shares", shares_json(a), "other_engine",
		a->has_other ? choice_json(a, &a->other) : json_null(), "calls", calls_json(q),
		"unfit", unfits_json(q));
	if (!json || json_object_update(json, rest)) {
		json_decref(json);
		json = NULL;
	}
	json_decref(rest);
	return json;
}

static int fill_text(struct buffer *text, const struct answer *a, const json_t *reasons)
{
	char *bytes = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&bytes, &size);
	if (!file)
		return -ENOMEM;
	print_answer(file, a, reasons);
	int failed = fclose(file) ? -ENOMEM : buffer_append(text, bytes, size);
	free(bytes);
	return failed;
}

static const struct row *find_timed(const struct row *rows, size_t rows_n, enum engine engine)
{
	for (size_t k = 0; k < rows_n; k++)
		if (rows[k].setting.accounting == ACCOUNTING_FULL && rows[k].checksum_ok &&
		    rows[k].setting.job.engine == engine)
			return &rows[k];
	return NULL;
}

int advice_finding(const struct question *q, const struct row *rows, size_t rows_n,
		   struct finding *f, struct error *err)
{
	struct answer a = {
		.question = q, .rows = rows, .rows_n = rows_n,
		.timed = find_timed(rows, rows_n, q->engine),
	};
	const struct row *now = advice_now(rows, rows_n, q->engine, q->cores_n);
	const struct row *one = advice_one(rows, rows_n, q->engine);
	f->key = "advice";
	if (!advise(&a.advice, rows, rows_n, q->engine, now, one)) {
		f->json = json_null();
		return buffer_printf(&f->text, "no advice: no result is right\n");
	}
	a.has_other = advise(&a.other, rows, rows_n, !q->engine, now, one);
	json_t *reasons = reasons_json(&a);
	f->replaces_rows = true;
	f->json = answer_json(&a, reasons);
	int failed = f->json ? fill_text(&f->text, &a, reasons) : -ENOMEM;
	json_decref(reasons);
	return failed ? error_set(err, failed, "advice: no memory") : 0;
}

void question_free(struct question *q)
{
	free(q->unfits);
	*q = (struct question){0};
}

int question_add_unfit(struct question *q, const char *mode, enum engine engine,
		       const struct error *why)
{
	struct unfit *unfit = array_push((void **)&q->unfits, &q->unfits_n, sizeof *unfit);
	if (!unfit)
		return -ENOMEM;
	unfit->engine = engine;
	unfit->why = *why;
	snprintf(unfit->mode, sizeof unfit->mode, "%s", mode);
	return 0;
}
