/* list - what there is, one line each. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/options.h"

static void print_entry(const char *name, const char *help)
{
	printf("  %-10s %s\n", name, help);
}

static void print_choice(const char *option, const struct choice *choice)
{
	char preset[32];
	if (choice->most)
		printf("  %-10s   %s: %s, default %s\n", "", option, choice->help,
		       format_count(choice->preset, preset));
}

static void print_workload(const struct workload *w)
{
	print_entry(w->name, w->help);
	printf("  %-10s   counts its work in %ss\n", "", w->unit);
	print_choice("--size", &w->size);
	print_choice("--tasks", &w->tasks);
	print_choice("--iterations", &w->iterations);
	for (size_t k = 0; k < modes_n; k++) {
		struct error why;
		if (mode_fits(modes[k], w, modes[k]->engine, &why))
			printf("  %-10s   not in %s\n", "", why.text);
	}
}

int command_list(int argc, char **argv)
{
	if (argc > 1) {
		fprintf(stderr, "gilsim: list: takes no arguments, found %.80s\n", argv[1]);
		return EXIT_BAD_INPUT;
	}
	printf("workloads (--workload=)\n");
	for (size_t k = 0; k < workloads_n; k++)
		print_workload(workloads[k]);
	printf("modes (--mode=)\n");
	for (size_t k = 0; k < modes_n; k++) {
		print_entry(modes[k]->name, modes[k]->help);
		printf("  %-10s   --threads: %s\n", "", modes[k]->threads_help);
	}
	printf("lock policies (--gil=)\n");
	for (size_t k = 0; k < gil_policies_n; k++) {
		print_entry(gil_policies[k].name, gil_policies[k].help);
		printf("  %-10s   modelled on: %s\n", "", gil_policies[k].source);
	}
	printf("formats (--format=)\n");
	for (size_t k = 0; k < formats_n; k++)
		print_entry(formats[k]->name, formats[k]->help);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "gilsim: standard output: cannot be written: %s\n",
			strerror(errno));
		return EXIT_RESOURCE;
	}
	return EXIT_ALL_RIGHT;
}
