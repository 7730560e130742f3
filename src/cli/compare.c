/* compare - two kept results, setting by setting: what became slower, for people and for CI. */
#include <errno.h>

#include "cli/commands.h"
#include "cli/writers.h"
#include "report/compare.h"

static const struct writers writers = {
	"compare", compare_write_table, compare_write_json, compare_write_csv};

/* Says which, where there may be no one to read the table. */
static int status_of(const struct compare_results *r, struct error *err)
{
	char setting[SETTING_MOST];
	size_t first, n = compare_worse_n(r, &first);
	if (!n)
		return EXIT_ALL_RIGHT;
	compare_setting_text(r, first, setting);
	if (r->comparisons[first].verdict == COMPARED_WRONG)
		error_set(err, 0, "%.60s: %zu worse, first: %s: wrong result", r->b.file, n,
			  setting);
	else
		error_set(err, 0, "%.60s: %zu worse, first: %s: %.3g times as long", r->b.file, n,
			  setting, r->comparisons[first].ratio.value);
	return EXIT_SLOWER;
}

static const char doc[] =
	"Compares the wall times of two kept results, A.json and B.json (or .jsonl), setting by "
	"setting: by how much B is slower, with its 95 % interval, and whether that is more than "
	"chance.\v"
	"Examples:\n"
	"  gilsim --mode=locked,released --threads=1..4 --output=before.json\n"
	"  gilsim --mode=locked,released --threads=1..4 --output=after.json\n"
	"  gilsim compare before.json after.json\n"
	"  gilsim compare --threshold=10% before.json after.json --output=changes.csv\n"
	"  gilsim compare --across=interval interval-5ms.json interval-1ms.json\n\n"
	"It is explained in docs/compare.md.  Exit status: 0 nothing is slower by the threshold or "
	"more and sure, 1 something is, or its result is wrong in B, 2 bad input, 3 a resource "
	"failed.";

static struct compare_choice choice_of(const struct options *o)
{
	struct compare_choice choice = {.threshold = o->threshold, .force = o->force};
	const struct axis_values *across = &o->axes[AXIS_ACROSS];
	for (size_t k = 0; k < across->n && across->values[k] != ABSENT; k++) {
		size_t field = compare_field_with_option((size_t)across->values[k]);
		choice.across |= UINT64_C(1) << field;
	}
	return choice;
}

int command_compare(int argc, char **argv)
{
	static const char *const takes[] = {"threshold", "across", "force", "format",
					    "output",	 "quiet",  NULL};
	static const struct options_of command = {
		.doc = doc, .takes = takes, .files = "A.json B.json", .files_n = 2};
	struct options o = {0};
	struct compare_results r = {0};
	struct error err = {""};
	int failed = options_read(&o, &command, argc, argv, &err);
	struct compare_choice choice = choice_of(&o);
	if (!failed)
		failed = compare_open(&r, o.files[0], o.files[1], &choice, &err);
	if (!failed)
		failed = writers_check(&writers, &o, &err);
	if (!failed)
		failed = writers_write(&writers, &o, &r, &err);
	int status = failed ? (int)exit_status_of(failed) : status_of(&r, &err);
	compare_close(&r);
	options_free(&o);
	return command_end(status, false, &err);
}
