/* report - one page of results that were kept. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "report/page.h"
#include "report/report.h"

struct choices {
	const char **files;
	size_t files_n;
	const char *output; /* NULL: standard output */
	struct error *err;
};

enum { KEY_OUTPUT = 1000 };

static const struct argp_option argp_options[] = {
	{.doc = "What to write:"},
	{.name = "output", .key = KEY_OUTPUT, .arg = "FILE.html",
	 .doc = "where the page goes (default standard output)"},
	{0},
};

static int add_file(struct choices *c, const char *file)
{
	const char **place = array_push((void **)&c->files, &c->files_n, sizeof *place);
	if (!place)
		return error_set(c->err, ENOMEM, "report: no memory");
	*place = file;
	return 0;
}

static error_t on_argp(int key, char *text, struct argp_state *state)
{
	struct choices *c = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		state->err_stream = NULL; /* one line is enough: getopt's, which names the option */
		return 0;
	case KEY_OUTPUT:
		if (!*text)
			return error_set(c->err, EINVAL, "--output: must name a file");
		c->output = text;
		return 0;
	case ARGP_KEY_ARG:
		return add_file(c, text);
	case ARGP_KEY_NO_ARGS:
		return error_set(c->err, EINVAL,
				 "report: needs the files to report on, as in gilsim report "
				 "run.json --output=report.html");
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const char doc[] =
	"Makes one HTML page of results that gilsim kept as JSON: figures, tables, where and how "
	"noisily they were measured, and the commands that measure them again.  The page stands "
	"alone, light or dark as its reader's screen.\v"
	"Examples:\n"
	"  gilsim --mode=locked,process --threads=1,2,4 --output=run.json\n"
	"  gilsim report run.json --output=report.html\n"
	"  gilsim report matrix.json run.json > report.html\n\n"
	"Figures need gnuplot; without it they are left out, and the page says so.\n"
	"Exit status: 0 written, 2 bad input, 3 a resource failed.";

static const struct argp argp = {argp_options, on_argp, "FILE.json...", doc, NULL, NULL, NULL};

static int write_page(const struct choices *c, struct document *documents, struct error *err)
{
	const struct output output = {.path = c->output};
	struct error undrawn = {""};
	const struct page_content content = {documents, c->files_n, &undrawn};
	int failed = 0;
	for (size_t k = 0; k < c->files_n && !failed; k++)
		failed = document_read(&documents[k], c->files[k], err);
	if (!failed)
		failed = outputs_check(&output, 1, err);
	if (!failed)
		failed = output_write(&output, page_write, &content, err);
	if (!failed && *undrawn.text)
		fprintf(stderr, "gilsim: report: figures are left out: %s\n", undrawn.text);
	return failed;
}

static int run(const struct choices *c, struct error *err)
{
	struct document *documents = calloc(c->files_n, sizeof *documents);
	if (!documents)
		return error_set(err, -ENOMEM, "report: no memory");
	int failed = write_page(c, documents, err);
	for (size_t k = 0; k < c->files_n; k++)
		document_close(&documents[k]);
	free(documents);
	return failed;
}

int command_report(int argc, char **argv)
{
	struct error err = {""};
	struct choices c = {.err = &err};
	int failed = arguments_read(&argp, argc, argv, &c, &err);
	if (!failed)
		failed = run(&c, &err);
	free(c.files);
	return command_end(failed ? (int)exit_status_of(failed) : EXIT_ALL_RIGHT, false, &err);
}
