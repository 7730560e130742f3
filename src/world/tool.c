#include "world/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS_MOST = 16, NOT_FOUND = 127 };

static int read_all(int fd, struct buffer *output)
{
	ssize_t size;
	do {
		char bytes[4096];
		size = read(fd, bytes, sizeof bytes);
		if (size > 0 && buffer_append(output, bytes, (size_t)size))
			return -ENOMEM;
	} while (size > 0 || (size < 0 && errno == EINTR));
	return size < 0 ? -errno : 0;
}

/* By way of env, which sets the locale of that program alone. */
static int start(const char *const argv[], int out, pid_t *pid)
{
	const char *words[WORDS_MOST + 1] = {"env", "LC_ALL=C.UTF-8"};
	posix_spawn_file_actions_t files;
	for (size_t k = 0; argv[k] && k + 2 < WORDS_MOST; k++)
		words[k + 2] = argv[k];
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	int failed = posix_spawnp(pid, words[0], &files, NULL, (char *const *)words, environ);
	posix_spawn_file_actions_destroy(&files);
	return -failed;
}

static int wait_for(pid_t pid, const char *name, struct error *err)
{
	int status;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return error_set(err, -errno, "%s: %s", name, strerror(errno));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND)
		return error_set(err, -ENOENT, "%s: is not installed", name);
	return error_set(err, -EIO, "%s: failed with status %d", name,
			 WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

int tool_run(const char *const argv[], struct buffer *output, struct error *err)
{
	int ends[2];
	pid_t pid = 0;
	if (pipe2(ends, O_CLOEXEC))
		return error_set(err, -errno, "%s: %s", argv[0], strerror(errno));
	int failed = start(argv, ends[1], &pid), unread = 0;
	close(ends[1]);
	if (!failed)
		unread = read_all(ends[0], output);
	close(ends[0]);
	if (failed || unread)
		error_set(err, 0, "%s: %s", argv[0], strerror(failed ? -failed : -unread));
	int ended = failed ? failed : wait_for(pid, argv[0], unread ? NULL : err);
	return unread ? unread : ended;
}
