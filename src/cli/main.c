/* main.c - signals, the version, and the choice of a command. */
#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "gilsim-config.h"
#include "world/world.h"

static volatile sig_atomic_t interrupted;

bool was_interrupted(void)
{
	return interrupted;
}

static void on_interrupt(int signal)
{
	interrupted = signal;
}

static void print_version(FILE *stream, struct argp_state *state)
{
	static const char *const features[] = {GILSIM_FEATURES};
	(void)state;
	fprintf(stream, "gilsim %s, %s\nfeatures:", GILSIM_VERSION, GILSIM_COMPILER);
	for (size_t k = 0; features[k]; k++)
		fprintf(stream, " %s", features[k]);
	fprintf(stream, "\n");
}

void (*argp_program_version_hook)(FILE *stream, struct argp_state *state) = print_version;

enum exit_status exit_status_of(int failed)
{
	return failed == -EINVAL ? EXIT_BAD_INPUT
	       : failed == -EINTR ? EXIT_INTERRUPTED
				  : EXIT_RESOURCE;
}

/* An interrupt is seen by whoever waits; a reader that goes away and a
 * file that may not grow are failed writes. */
static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_interrupt};
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {{"run", command_run}, {"list", command_list}};

int main(int argc, char **argv)
{
	static char program[] = "gilsim";
	argv[0] = program; /* opens every message, wherever gilsim stands */
	catch_signals();
	world_adopt_orphans();
	if (argc < 2 || argv[1][0] == '-')
		return command_run(argc, argv);
	for (size_t k = 0; k < sizeof commands / sizeof *commands; k++)
		if (strcmp(commands[k].name, argv[1]) == 0) {
			argv[1] = program;
			return commands[k].run(argc - 1, argv + 1);
		}
	fprintf(stderr, "gilsim: %.80s: unknown command, must be run or list, or an option\n",
		argv[1]);
	return EXIT_BAD_INPUT;
}
