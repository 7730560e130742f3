/* main.c - signals, the version, and the choice of a command. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/scarce.h"
#include "cli/commands.h"
#include "gilsim-config.h"
#include "world/world.h"

static volatile sig_atomic_t interrupted;

bool was_interrupted(void)
{
	return interrupted;
}

bool goes_on(void *unused)
{
	(void)unused;
	return !interrupted;
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
	return failed == -EINVAL	   ? EXIT_BAD_INPUT
	       : failed == -EDEADLK	   ? EXIT_WRONG_RESULT
	       : failed == -EINTR	   ? EXIT_INTERRUPTED
	       : failed == -ENOTRECOVERABLE ? EXIT_ABORTED
					   : EXIT_RESOURCE;
}

int command_end(int status, bool own_code, const struct error *err)
{
	if (status == EXIT_ABORTED && own_code)
		status = EXIT_RESOURCE;
	if (status && err->text[0] && status != EXIT_ABORTED)
		fprintf(stderr, "gilsim: %s\n", err->text);
	if (status == EXIT_ABORTED) {
		(void)fflush(stdout);
		abort();
	}
	return status;
}

/* Who runs under nohup goes on when the terminal is closed. */
void catch_interrupts(void)
{
	struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = SA_RESTART}, inherited;
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, NULL, &inherited);
	if (inherited.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &action, NULL);
}

/* A reader that goes away and a file that may not grow are failed writes; children are
 * waited for, whatever was inherited. */
static void set_signals(void)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
}

/* No file of ours may become descriptor 0, 1 or 2.  Opened for reading only, a standard
 * output that was closed still cannot be written. */
static void fill_standard_descriptors(void)
{
	int fd;
	do {
		fd = open("/dev/null", O_RDONLY);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	close(fd);
}

int flush_printed(struct error *err)
{
	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	int failed = errno ? -errno : -EIO;
	__fpurge(stdout);
	clearerr(stdout);
	return error_set(err, failed, "standard output: cannot be written: %s", strerror(-failed));
}

/* What --help and --version print, too, which return to nobody. */
static void end_printing(void)
{
	struct error err;
	if (!flush_printed(&err))
		return;
	fprintf(stderr, "gilsim: %s\n", err.text);
	_exit(EXIT_RESOURCE);
}

/* What is printed is written when it is flushed: only there is it known why it cannot be. */
static void begin_printing(void)
{
	static char printed[1 << 16];
	(void)setvbuf(stdout, printed, _IOFBF, sizeof printed);
	(void)atexit(end_printing);
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{"run", command_run},
	{"list", command_list},
	{"scenario", command_scenario},
	{"explore", command_explore},
	{"matrix", command_matrix},
	{"breakeven", command_breakeven},
	{"advise", command_advise},
	{"trace", command_trace},
	{"calibrate", command_calibrate},
	{"compare", command_compare},
	{"report", command_report},
};

enum { COMMANDS_N = sizeof commands / sizeof *commands };

static int refuse_command(const char *name)
{
	fprintf(stderr, "gilsim: %.80s: unknown command, must be", name);
	for (size_t k = 0; k < COMMANDS_N; k++)
		fprintf(stderr, " %s,", commands[k].name);
	fprintf(stderr, " or an option\n");
	return EXIT_BAD_INPUT;
}

int main(int argc, char **argv)
{
	static char program[] = "gilsim", command[32];
	argv[0] = program; /* opens every message, wherever gilsim stands */
	fill_standard_descriptors();
	memory_watch();
	set_signals();
	begin_printing();
	world_adopt_orphans();
	if (argc < 2 || argv[1][0] == '-')
		return command_run(argc, argv);
	for (size_t k = 0; k < COMMANDS_N; k++)
		if (strcmp(commands[k].name, argv[1]) == 0) {
			snprintf(command, sizeof command, "gilsim %s", argv[1]);
			argv[1] = command; /* for --help */
			return commands[k].run(argc - 1, argv + 1);
		}
	return refuse_command(argv[1]);
}
