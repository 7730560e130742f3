/* list - what there is, one line each. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/options.h"

/* As wide as the longest name of an entry, and of a workload alone. */
enum { ENTRY_WIDE = sizeof "--program=FILE.gasm" - 1, WORKLOAD_WIDE = sizeof "matmul-blocked" - 1 };

static void print_entry(const char *name, const char *help)
{
	printf("  %-*s %s\n", ENTRY_WIDE, name, help);
}

/* More of the entry above. */
static void print_detail(const char *what, const char *text)
{
	printf("  %-*s   %s%s\n", ENTRY_WIDE, "", what, text);
}

static void print_choice(const char *option, const struct choice *choice)
{
	char preset[32], text[200];
	if (!choice->most)
		return;
	int size = snprintf(text, sizeof text, "%s: %s, default %s", option, choice->help,
			    format_count(choice->preset, preset));
	if (choice->bytecode_preset)
		snprintf(text + size, sizeof text - (size_t)size, "; as bytecode %s",
			 format_count(choice->bytecode_preset, preset));
	print_detail("", text);
}

static void print_workload(const struct workload *w)
{
	print_entry(w->name, w->help);
	printf("  %-*s   counts its work in %ss\n", ENTRY_WIDE, "", w->unit);
	print_choice("--size", &w->size);
	print_choice("--tasks", &w->tasks);
	print_choice("--iterations", &w->iterations);
	print_choice("--updates-per-call", &w->updates_per_call);
}

/* The forms in which a workload runs in a mode: b, n or both; else a dash. */
static void print_fit(const struct mode *mode, const struct workload *w, bool is_last)
{
	char forms[ENGINES_N + 1] = "";
	struct error why;
	for (size_t engine = 0; engine < ENGINES_N; engine++)
		if (!mode_fits(mode, w, (enum engine)engine, &why))
			strncat(forms, engine_names[engine], 1);
	printf("  %*s%s", is_last ? 0 : -9, *forms ? forms : "-", is_last ? "\n" : "");
}

/* Why it runs there in no form at all: the reason for the form it would have there; else 0. */
static int find_misfit(const struct mode *mode, const struct workload *w, struct error *why)
{
	for (size_t engine = 0; engine < ENGINES_N; engine++)
		if (!mode_fits(mode, w, (enum engine)engine, why))
			return 0;
	return mode_fits(mode, w, mode_engine(mode, w), why);
}

/* What this gilsim was built without is said once. */
static void print_misfits(const struct mode *mode)
{
	bool was_said = false;
	for (size_t k = 0; k < workloads_n; k++) {
		struct error why;
		int misfit = find_misfit(mode, workloads[k], &why);
		if (misfit && !(misfit == -ENOSYS && was_said))
			printf("  %-*s  - %s\n", WORKLOAD_WIDE, "", why.text);
		was_said = was_said || misfit == -ENOSYS;
	}
}

static void print_fits(void)
{
	printf("which runs in which (b: as bytecode, n: native)\n  %-*s", WORKLOAD_WIDE, "");
	for (size_t m = 0; m < modes_n; m++)
		printf("  %*s", m + 1 < modes_n ? -9 : 0, modes[m]->name);
	printf("\n");
	for (size_t k = 0; k < workloads_n; k++) {
		printf("  %-*s", WORKLOAD_WIDE, workloads[k]->name);
		for (size_t m = 0; m < modes_n; m++)
			print_fit(modes[m], workloads[k], m + 1 == modes_n);
	}
	for (size_t m = 0; m < modes_n; m++)
		print_misfits(modes[m]);
}

/* A preset is a CPython, as its pace is. */
static void print_presets(void)
{
	for (size_t k = 0; cost_preset_nth(k); k++) {
		const char *name = cost_preset_nth(k)->name;
		const struct pace *pace = NULL;
		struct error err;
		pace_parse("--cost", name, &pace, &err);
		print_entry(name, pace ? pace->help : "");
	}
}

static void print_all(void)
{
	printf("workloads (--workload=)\n");
	for (size_t k = 0; k < workloads_n; k++)
		print_workload(workloads[k]);
	printf("your own, instead of these (docs/bring-your-own.md)\n");
	print_entry("--kernel=FILE.so", "a native call, made with gilsim/kernel.h");
	print_entry("--program=FILE.gasm", "bytecode, as text");
	print_detail("", "gilsim list --kernel=FILE.so says what is in it");
	printf("modes (--mode=)\n");
	for (size_t k = 0; k < modes_n; k++) {
		print_entry(modes[k]->name, modes[k]->help);
		print_detail("--threads: ", modes[k]->threads_help);
	}
	print_fits();
	printf("lock policies (--gil=)\n");
	for (size_t k = 0; k < gil_policies_n; k++) {
		print_entry(gil_policies[k].name, gil_policies[k].help);
		print_detail("modelled on: ", gil_policies[k].source);
	}
	printf("paces of bytecode (--pace=), or a number: ns per opcode\n");
	for (size_t k = 0; pace_nth(k); k++)
		print_entry(pace_nth(k)->name, pace_nth(k)->help);
	printf("worlds (--world=)\n");
	print_entry(world_names[WORLD_REAL], "threads, processes and the clock of this machine");
	print_entry(world_names[WORLD_IN_VIRTUAL_TIME],
		    "the same code in simulated time, on --cores simulated ones");
	print_detail("not modelled: mode ", "openmp");
	printf("costs of the virtual world (--cost=), or a FILE of gilsim calibrate\n");
	print_presets();
	printf("formats (--format=)\n");
	for (size_t k = 0; k < formats_n; k++)
		print_entry(formats[k]->name, formats[k]->help);
}

/* What is in a user's file; an empty one where `argument` names none. */
static int open_own(struct own *own, const char *argument, struct error *err)
{
	static const char kernel[] = "--kernel=", program[] = "--program=";
	struct options o = {0};
	const char *path = strchr(argument, '=');
	if (path && path[1] && strncmp(argument, kernel, sizeof kernel - 1) == 0)
		o.kernel = path + 1;
	else if (path && path[1] && strncmp(argument, program, sizeof program - 1) == 0)
		o.program = path + 1;
	else
		return error_set(err, -EINVAL,
				 "list: takes no arguments but --kernel=FILE.so or "
				 "--program=FILE.gasm, found %.80s",
				 argument);
	return options_open_own(&o, own, err);
}

int command_list(int argc, char **argv)
{
	struct own own = {0};
	struct error err;
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		printf("Usage: gilsim list [--kernel=FILE.so | --program=FILE.gasm]\n"
		       "Lists workloads, modes, lock policies, paces, worlds, costs and formats, "
		       "and which workload runs in which mode; or says what is in a file of your "
		       "own.\n");
		return EXIT_ALL_RIGHT;
	}
	int failed = argc > 1 ? open_own(&own, argv[argc > 2 ? 2 : 1], &err) : 0;
	if (failed)
		return command_end((int)exit_status_of(failed), false, &err);
	if (own.workload.name)
		print_workload(&own.workload);
	else
		print_all();
	own_close(&own);
	return EXIT_ALL_RIGHT;
}
