/* commands.h - what gilsim does for each command.  All return the exit status. */
#pragma once

#include <stdbool.h>

enum exit_status {
	EXIT_ALL_RIGHT = 0,
	EXIT_WRONG_RESULT = 1, /* or, in virtual time, a deadlock */
	EXIT_SLOWER = 1,
	EXIT_BAD_INPUT = 2,
	EXIT_RESOURCE = 3,
	EXIT_INTERRUPTED = 130,
	EXIT_ABORTED = 134, /* not returned: gilsim ends by SIGABRT, as a shell shows it */
};

struct error;

/* The end of a command: says what is wrong, if anything, and returns the status.  An abort ends
 * gilsim, too: misuse of the lock has said itself why.  One of the user's own code is a crash as
 * any other. */
int command_end(int status, bool own_code, const struct error *err);

/* Writes what was printed to standard output so far: 0, or a negative errno with its text, and
 * then it is forgotten. */
int flush_printed(struct error *err);

/* The exit status of a negative errno. */
enum exit_status exit_status_of(int failed);

/* From now on SIGINT, SIGTERM and SIGHUP do not end gilsim but are remembered. */
void catch_interrupts(void);
bool was_interrupted(void);
bool goes_on(void *unused); /* as observers ask: not interrupted */

int command_run(int argc, char **argv);
int command_list(int argc, char **argv);
int command_matrix(int argc, char **argv);
int command_breakeven(int argc, char **argv);
int command_advise(int argc, char **argv);
int command_calibrate(int argc, char **argv);
int command_scenario(int argc, char **argv);
int command_explore(int argc, char **argv);
int command_trace(int argc, char **argv);
int command_compare(int argc, char **argv);
int command_report(int argc, char **argv);
