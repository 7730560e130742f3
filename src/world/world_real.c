/* world_real.c - the real world: Linux futexes, pthreads, processes, /proc. */
#include "world/world.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

void world_sleep_until(int64_t deadline_ns)
{
	struct timespec deadline = {deadline_ns / 1000000000, deadline_ns % 1000000000};
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL) == EINTR)
		;
}

/* An absolute deadline needs the bitset form of the wait; it reads the monotonic clock. */
bool world_park(uint32_t *word, uint32_t expected, int64_t deadline_ns)
{
	int kept_errno = errno;
	struct timespec deadline = {deadline_ns / 1000000000, deadline_ns % 1000000000};
	long failed = syscall(SYS_futex, word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, expected,
			      deadline_ns == ABSENT ? NULL : &deadline, NULL,
			      FUTEX_BITSET_MATCH_ANY);
	bool in_time = !(failed && errno == ETIMEDOUT);
	errno = kept_errno;
	return in_time;
}

void world_unpark(uint32_t *word, int most)
{
	syscall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, most, NULL, NULL, 0);
}

void world_stall(void)
{
	enum { STALLS_N = 100 };
	static _Thread_local unsigned stalls_n;
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
	if (++stalls_n % STALLS_N == 0)
		sched_yield();
}

static void end_process(void *unused)
{
	(void)unused;
	_exit(EXIT_FAILURE);
}

/* One that ends otherwise, as by pthread_exit, would let others wait for ever for what it has. */
static void *thread_main(void *argument)
{
	const struct world_thread *t = argument;
	void *result;
	pthread_cleanup_push(end_process, NULL);
	result = t->run(t->argument);
	pthread_cleanup_pop(false);
	return result;
}

int world_spawn(struct world_thread *t, void *(*run)(void *arg), void *arg)
{
	t->run = run;
	t->argument = arg;
	return -pthread_create(&t->handle, NULL, thread_main, t);
}

void world_join(struct world_thread *t)
{
	pthread_join(t->handle, NULL);
}

int world_send(const struct world_channel *c, const void *bytes, size_t size)
{
	while (size > 0) {
		ssize_t moved = write(c->out, bytes, size);
		if (moved < 0 && errno != EINTR)
			return -errno;
		if (moved > 0) {
			bytes = (const char *)bytes + moved;
			size -= (size_t)moved;
		}
	}
	return 0;
}

int world_receive(const struct world_channel *c, void *bytes, size_t size)
{
	while (size > 0) {
		ssize_t moved = read(c->in, bytes, size);
		if (moved == 0)
			return -EPIPE;
		if (moved < 0 && errno != EINTR)
			return -errno;
		if (moved > 0) {
			bytes = (char *)bytes + moved;
			size -= (size_t)moved;
		}
	}
	return 0;
}

static void close_channel(struct world_channel *c)
{
	if (c->in >= 0)
		close(c->in);
	if (c->out >= 0)
		close(c->out);
	*c = (struct world_channel){-1, -1};
}

static int open_channels(struct world_channel *parent, struct world_channel *child)
{
	int down[2], up[2];
	if (pipe2(down, O_CLOEXEC))
		return -errno;
	if (pipe2(up, O_CLOEXEC)) {
		int err = -errno;
		close(down[0]);
		close(down[1]);
		return err;
	}
	*parent = (struct world_channel){.in = up[0], .out = down[1]};
	*child = (struct world_channel){.in = down[0], .out = up[1]};
	return 0;
}

static bool is_stray;

static void become_stray(void)
{
	is_stray = true;
}

void world_watch_forks(void)
{
	pthread_atfork(NULL, NULL, become_stray);
}

bool world_is_stray(void)
{
	return is_stray;
}

int world_fork(struct world_process *p, bool leads,
	       int (*run)(const struct world_channel *parent, void *arg), void *arg)
{
	struct world_channel child = {-1, -1};
	*p = (struct world_process){.id = -1, .leads = leads, .channel = {-1, -1}};
	int err = open_channels(&p->channel, &child);
	if (err)
		return err;
	pid_t parent = getpid();
	p->id = fork();
	if (p->id == 0) {
		is_stray = false;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent) /* it ended before it could be watched */
			_exit(EXIT_FAILURE);
		if (leads)
			setpgid(0, 0);
		close_channel(&p->channel);
		_exit(run(&child, arg));
	}
	err = p->id < 0 ? -errno : 0;
	if (!err && leads)
		setpgid((pid_t)p->id, (pid_t)p->id); /* whoever comes first */
	close_channel(&child);
	if (err)
		close_channel(&p->channel);
	return err;
}

void world_wait(struct world_process *p, int *status, int64_t *peak_rss_bytes)
{
	int raw = 0;
	struct rusage usage = {0};
	close_channel(&p->channel);
	while (wait4((pid_t)p->id, &raw, 0, &usage) < 0 && errno == EINTR)
		;
	while (p->leads && (waitpid(-(pid_t)p->id, NULL, 0) > 0 || errno == EINTR))
		;
	p->id = -1;
	*status = WIFSIGNALED(raw) ? -WTERMSIG(raw) : WEXITSTATUS(raw);
	if (peak_rss_bytes)
		*peak_rss_bytes = (int64_t)usage.ru_maxrss * 1024;
}

static void close_all(int first, int last)
{
	if (first < last && close_range((unsigned)first, (unsigned)last, 0) == 0)
		return;
	for (int fd = first; fd <= last; fd++)
		close(fd);
}

/* Their descriptors mostly follow each other, as the lowest free ones do: one call for all,
 * or the n-th of many children would make n, and all of them together n^2. */
void world_forget(const struct world_process *elders, size_t n)
{
	int first = 0, last = -1;
	for (size_t k = 0; k < 2 * n; k++) {
		const struct world_channel *c = &elders[k / 2].channel;
		int fd = (k % 2 == 0) == (c->in < c->out) ? c->in : c->out;
		if (fd != last + 1) {
			close_all(first, last);
			first = fd;
		}
		last = fd;
	}
	close_all(first, last);
}

void world_kill(struct world_process *p)
{
	if (p->id > 0)
		kill((pid_t)(p->leads ? -p->id : p->id), SIGKILL);
}

/* A small file in one read; false when it cannot be had. */
static bool read_proc(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t length = read(fd, text, size - 1);
	close(fd);
	text[length > 0 ? length : 0] = '\0';
	return length > 0;
}

/* schedstat: time on a core, time waiting for one, slices. */
int64_t world_runqueue_ns(void)
{
	char text[96];
	if (!read_proc("/proc/thread-self/schedstat", text, sizeof text))
		return ABSENT;
	const char *waited_ns = strchr(text, ' ');
	return waited_ns ? strtoll(waited_ns, NULL, 10) : ABSENT;
}

static int64_t timeval_ns(struct timeval t)
{
	return (int64_t)t.tv_sec * 1000000000 + (int64_t)t.tv_usec * 1000;
}

void world_usage(struct world_usage *u)
{
	struct rusage self, children;
	getrusage(RUSAGE_SELF, &self);
	getrusage(RUSAGE_CHILDREN, &children);
	*u = (struct world_usage){
		.user_ns = timeval_ns(self.ru_utime) + timeval_ns(children.ru_utime),
		.sys_ns = timeval_ns(self.ru_stime) + timeval_ns(children.ru_stime),
		.voluntary_n = self.ru_nvcsw + children.ru_nvcsw,
		.involuntary_n = self.ru_nivcsw + children.ru_nivcsw,
	};
}

void world_adopt_orphans(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

int64_t world_allow_files(void)
{
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files))
		return ABSENT;
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files) || files.rlim_max == RLIM_INFINITY)
		return ABSENT;
	return (int64_t)files.rlim_max;
}

bool world_wait_readable(const struct world_channel *c, int64_t timeout_ns)
{
	struct pollfd fd = {.fd = c->in, .events = POLLIN};
	return poll(&fd, 1, (int)(timeout_ns / 1000000)) > 0;
}
