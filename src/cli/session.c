/* session.c - options, settings, rows, outputs: from the first to the last. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <jansson.h>

#include "base/scarce.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "report/figure.h"

enum { UNUSED_MOST = 192 };

static void show_progress(void *context, const struct progress *p)
{
	const struct session *s = context;
	const struct setting *setting = p->setting;
	char left[16];
	if (!s->shows_progress || !setting)
		return;
	fprintf(stderr, "\r\033[K");
	if (p->done_n < p->total_n)
		fprintf(stderr, "%zu/%zu runs, %s left: %s %s, %" PRId64 " threads", p->done_n,
			p->total_n,
			p->left_ns == ABSENT ? "?" : format_duration((double)p->left_ns, left),
			setting->job.workload->name, setting->mode->name, setting->job.threads);
	fflush(stderr);
}

static int keep_repeat(void *context, const struct row *row, const struct repeat *repeat,
		       struct error *err)
{
	struct session *s = context;
	struct error why;
	int failed = 0;
	for (size_t k = 0; k < s->options.outputs_n; k++)
		failed = error_first(failed,
				     output_repeat(&s->options.outputs[k], row, repeat, &why),
				     &why, err);
	return failed;
}

/* Which of the counters that were asked for are not to be had, and why: said once. */
static void explain_counters(const struct session *s)
{
	bool is_asked = false;
	struct counters counters;
	struct error why;
	for (size_t k = 0; k < s->settings_n; k++)
		is_asked = is_asked || s->settings[k].world.counters == COUNTERS_ON;
	if (!is_asked)
		return;
	counters_open(&counters);
	if (counters_explain(&counters, &why))
		fprintf(stderr, "gilsim: --counters: without %s\n", why.text);
	counters_close(&counters);
}

/* Everything that can be found wrong before the clock starts; no file changes before it is. */
static int prepare(struct session *s, struct error *err)
{
	int failed = options_open_own(&s->options, &s->own, err);
	if (!failed)
		failed = options_open_world(&s->options, err);
	if (!failed)
		failed = s->command->settings(&s->options, &s->own, &s->settings, &s->settings_n,
					      err);
	if (failed)
		return failed;
	s->rows = calloc(s->settings_n, sizeof *s->rows);
	if (!s->rows)
		return error_set(err, -ENOMEM, "rows: no memory");
	for (size_t k = 0; k < s->settings_n; k++)
		s->rows[k].setting = s->settings[k];
	failed = outputs_check(s->options.outputs, s->options.outputs_n, err);
	for (size_t k = 0; s->options.resume && k < s->options.outputs_n && !failed; k++)
		if (s->options.outputs[k].format == format_find("jsonl"))
			failed = jsonl_resume(s->options.outputs[k].path, s->rows, s->settings_n,
					      err);
	if (!failed)
		failed = plan_open(&s->plan, s->settings, s->settings_n, err);
	if (!failed)
		failed = outputs_open(s->options.outputs, s->options.outputs_n, s->options.resume,
				      err);
	if (!failed)
		explain_counters(s);
	return failed;
}

/* After an interrupt some rows may have no repeat: they go behind those that have. */
static size_t gather_measured(struct row *rows, size_t n)
{
	size_t measured_n = 0;
	for (size_t k = 0; k < n; k++)
		if (rows[k].repeats_n) {
			struct row measured = rows[k];
			rows[k] = rows[measured_n];
			rows[measured_n++] = measured;
		}
	return measured_n;
}

static bool is_heeded(const struct session *s, size_t offset)
{
	for (size_t k = 0; k < s->settings_n; k++)
		if (*(const int64_t *)((const char *)&s->settings[k] + offset) != ABSENT)
			return true;
	return false;
}

/* Options that were given, but that nothing of what was measured has. */
static void find_unused(const struct session *s, char text[static UNUSED_MOST])
{
#define KNOB(ID, name, field) {AXIS_##ID, name, offsetof(struct setting, field)}
	static const struct {
		enum axis axis;
		const char *name;
		size_t offset;
	} knobs[] = {
		KNOB(SIZE, "--size", job.size),
		KNOB(TASKS, "--tasks", job.tasks),
		KNOB(ITERATIONS, "--iterations", job.iterations),
		KNOB(UPDATES_PER_CALL, "--updates-per-call", job.updates_per_call),
		KNOB(INTERVAL, "--interval", interval_ns),
		KNOB(TICKS, "--ticks", ticks),
		KNOB(CHUNKS, "--chunks", chunks),
		KNOB(PAYLOAD, "--payload", payload),
		KNOB(POOL, "--pool", pool),
		KNOB(CORES, "--cores", world.cores),
		KNOB(SEED, "--seed", world.seed),
		KNOB(BIND, "--bind", world.bind),
		KNOB(COUNTERS, "--counters", world.counters),
	};
#undef KNOB
	size_t used = 0;
	bool is_virtual = is_heeded(s, offsetof(struct setting, world.cores));
	text[0] = '\0';
	for (size_t k = 0; k < sizeof knobs / sizeof *knobs; k++)
		if (s->options.axes[knobs[k].axis].values[0] != ABSENT &&
		    !is_heeded(s, knobs[k].offset))
			used += (size_t)snprintf(text + used, UNUSED_MOST - used, "%s%s",
						 used ? ", " : "", knobs[k].name);
	if (s->options.cost && !is_virtual)
		snprintf(text + used, UNUSED_MOST - used, "%s--cost", used ? ", " : "");
}

/* The table says so itself. */
static void explain_unused(const struct session *s)
{
	char unused[UNUSED_MOST];
	for (size_t k = 0; k < s->options.outputs_n; k++)
		if (s->options.outputs[k].format == format_find("table"))
			return;
	find_unused(s, unused);
	if (*unused)
		fprintf(stderr, "gilsim: without effect here: %s\n", unused);
}

/* The columns of the terminal that is written to, as a shell and the kernel know them. */
static int terminal_columns(void)
{
	struct winsize size;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_col < 40)
		return 80;
	return size.ws_col < 120 ? size.ws_col : 120;
}

/* What cannot be drawn fails nothing: the figures stand in the table. */
static void plot(const struct report *report)
{
	struct buffer text = {0};
	struct error why;
	int failed;
	if (figure_has_sweep(report))
		failed = figure_text(&text, report, terminal_columns() - 1, &why);
	else
		failed = error_set(&why, -ENODATA,
				   "needs rows that differ in --threads alone, as --threads=1,2,4");
	if (failed)
		fprintf(stderr, "gilsim: --plot: nothing is drawn: %s\n", why.text);
	else
		printf("\n%s\n", text.bytes ? text.bytes : "");
	buffer_free(&text);
}

/* Also after an interrupt or a failure: what was finished is written.  Only the whole gives
 * rise to a conclusion. */
static int write_reports(struct session *s, bool is_whole, struct error *err)
{
	struct finding finding = {0};
	char unused[UNUSED_MOST];
	struct report report = {
		.rows = s->rows,
		.unused = unused,
		.options = &s->options.measure,
		.unrest = &s->unrest,
	};
	int failed = 0;
	find_unused(s, unused);
	if (s->command->conclude && is_whole) {
		failed = s->command->conclude(s, &finding, err);
		if (memory_was_refused() && !failed)
			failed = error_set(err, -ENOMEM, "the conclusion: no memory");
		report.finding = failed ? NULL : &finding;
	}
	report.rows_n = gather_measured(s->rows, s->settings_n);
	for (size_t k = 0; report.rows_n && k < s->options.outputs_n; k++) {
		struct error why;
		failed = error_first(failed, output_finish(&s->options.outputs[k], &report, &why),
				     &why, err);
	}
	if (s->options.plot && report.rows_n && !failed)
		plot(&report);
	json_decref(finding.json);
	buffer_free(&finding.text);
	return failed;
}

static int verify(const struct session *s, struct error *err)
{
	for (size_t k = 0; k < s->settings_n; k++) {
		const struct row *row = &s->rows[k];
		if (row->checksum_ok)
			continue;
		const struct setting *setting = &row->setting;
		error_set(err, 0, "%s %s %s --threads=%" PRId64 ": wrong result %s",
			  setting->job.workload->name, setting->mode->name,
			  engine_names[setting->job.engine], setting->job.threads,
			  row->typical ? row->typical->checksum : "(none)");
		return EXIT_WRONG_RESULT;
	}
	return EXIT_ALL_RIGHT;
}

static int run(struct session *s, struct error *err)
{
	const struct observer observer = {
		.context = s,
		.repeat = keep_repeat,
		.progress = show_progress,
		.go_on = goes_on,
	};
	int failed = prepare(s, err);
	if (failed)
		return exit_status_of(failed);
	catch_interrupts();
	unrest_begin(&s->unrest);
	failed = measure(&s->plan, &s->options.measure, &observer, s->rows, err);
	unrest_end(&s->unrest, s->rows, s->settings_n);
	struct error why;
	int unwritten = write_reports(s, !failed, &why);
	if (failed)
		return exit_status_of(failed);
	if (unwritten)
		*err = why;
	if (unwritten == -EINTR)
		return EXIT_INTERRUPTED;
	int status = unwritten ? EXIT_RESOURCE : verify(s, err);
	if (status == EXIT_ALL_RIGHT)
		explain_unused(s);
	return status;
}

static void end(struct session *s)
{
	for (size_t k = 0; s->rows && k < s->settings_n; k++)
		row_free(&s->rows[k]);
	for (size_t k = 0; k < s->options.outputs_n; k++)
		output_close(&s->options.outputs[k]);
	free(s->rows);
	free(s->settings);
	plan_close(&s->plan);
	own_close(&s->own);
	options_free(&s->options);
}

int session_run(const struct session_command *command, int argc, char **argv)
{
	struct session s = {.command = command};
	struct error err = {""};
	int failed = options_read(&s.options, &command->options, argc, argv, &err);
	s.shows_progress = options_show_progress(&s.options);
	int status = failed ? (int)exit_status_of(failed) : run(&s, &err);
	bool own_code = s.own.workload.name;
	end(&s);
	return command_end(status, own_code, &err);
}
