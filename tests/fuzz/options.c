/* options - command lines: an argument a line, the first of them the command, up to the settings
 * that they make.  Nothing is opened, nothing run. */
#include "fuzz.h"

#include "cli/options.h"

enum { ARGUMENTS_MOST = 64 };

static const char *const advise_takes[] = {"workload", "scenario", "from", "threads", "cost",
					   "reps",     "output",   NULL};
static const char *const compare_takes[] = {"threshold", "across", "force", "format",
					    "output",	 "quiet",  NULL};
static const struct options_of run = {.doc = "", .repeats = {10, 1}};
static const struct options_of advise = {.doc = "", .takes = advise_takes, .repeats = {5, 5}};
static const struct options_of compare = {
	.doc = "", .takes = compare_takes, .files = "A.json B.json", .files_n = 2};

static const struct options_of *command_of(const char *name)
{
	return strcmp(name, "compare") == 0  ? &compare
	       : strcmp(name, "advise") == 0 ? &advise
					     : &run;
}

/* These are argp's own, which prints, sleeps, exits, or keeps what it was given; and their
 * beginnings. */
static bool is_of_argp(const char *argument)
{
	static const char *const own[] = {"--help", "--usage", "--version", "--HANG",
					  "--program-name"};
	size_t length = strcspn(argument, "=");
	if (argument[0] == '-' && argument[1] != '-')
		return true;
	for (size_t k = 0; k < sizeof own / sizeof *own; k++)
		if (length > 2 && length <= strlen(own[k]) &&
		    strncmp(argument, own[k], length) == 0 && strcmp(argument, "--program") != 0)
			return true;
	return false;
}

/* Without what is argp's.  Returns how many. */
static int split(char *text, char *argv[static ARGUMENTS_MOST + 1])
{
	int n = 0;
	for (char *rest = text; rest && n < ARGUMENTS_MOST;) {
		char *argument = strsep(&rest, "\n");
		if (!is_of_argp(argument))
			argv[n++] = argument;
	}
	argv[n] = NULL;
	return n;
}

/* Thousands are right, but a sanitizer compares each with all others for many seconds. */
static bool are_many(const struct options *o)
{
	double n = 1;
	for (size_t k = 0; k < AXES_N; k++)
		n *= (double)o->axes[k].n;
	return n > 2000 && n < 1e5;
}

static void check_settings(const struct options *o)
{
	const struct own own = {0};
	struct setting *settings = NULL;
	struct error err = {""};
	size_t n = 0;
	int failed = options_settings(o, &own, &settings, &n, &err);
	check_failure(failed, &err);
	MUST(failed || n > 0);
	free(settings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *argv[ARGUMENTS_MOST + 1];
	int argc = split(text, argv);
	struct options o = {0};
	struct error err = {""};
	if (argc) {
		int failed = options_read(&o, command_of(argv[0]), argc, argv, &err);
		if (*err.text)
			check_failure(failed, &err);
		MUST(failed || o.outputs_n || o.quiet);
		if (!failed && !o.kernel && !o.program && !are_many(&o))
			check_settings(&o);
	}
	options_free(&o);
	free(text);
	return 0;
}
