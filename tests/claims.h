/* claims.h - cmocka, and what several tests need. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs `misuse` in a child and asserts that it dies of SIGABRT after one line on stderr
 * that holds `expected`. */
static inline void assert_fatal(void (*misuse)(void), const char *expected)
{
	int pipe_ends[2], status;
	char said[512];
	assert_int_equal(pipe(pipe_ends), 0);
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		/* Not cmocka's handler, nor a sanitizer's. */
		signal(SIGABRT, SIG_DFL);
		dup2(pipe_ends[1], STDERR_FILENO);
		misuse();
		_exit(0);
	}
	close(pipe_ends[1]);
	ssize_t size = read(pipe_ends[0], said, sizeof said - 1);
	close(pipe_ends[0]);
	said[size > 0 ? size : 0] = '\0';
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	if (!strstr(said, expected))
		fail_msg("said '%s', not '%s'", said, expected);
}
