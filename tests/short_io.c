/* short_io - a module to be preloaded: pipes, sockets and files that move at most seven bytes at a
 * time, and calls that a signal seems to have interrupted; and how often.
 *
 * SHORT_IO_COUNTS=FILE is where the counts go, 24 bytes of zeros before.  SHORT_IO_SEED=N draws
 * what becomes of a call; without it all calls are as they are, and only counted.  Datagrams, and
 * the files of /proc and /sys, are never short. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* In a file that all processes share. */
static struct counts {
	uint64_t short_n, interrupted_n, file_writes_n;
} nowhere, *counts = &nowhere;

static uint64_t seed;
static bool is_on;

__attribute__((constructor)) static void begin(void)
{
	const char *file = getenv("SHORT_IO_COUNTS"), *asked = getenv("SHORT_IO_SEED");
	int fd = file ? open(file, O_RDWR | O_CLOEXEC) : -1;
	if (fd >= 0) {
		void *memory =
			mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		counts = memory == MAP_FAILED ? &nowhere : memory;
		close(fd);
	}
	is_on = asked;
	seed = asked ? strtoull(asked, NULL, 10) : 0;
}

static void count(uint64_t *n)
{
	__atomic_fetch_add(n, 1, __ATOMIC_RELAXED);
}

/* Threads draw from one sequence; who gets which does not matter (splitmix64). */
static uint64_t draw(void)
{
	uint64_t x = __atomic_add_fetch(&seed, UINT64_C(0x9e3779b97f4a7c15), __ATOMIC_RELAXED);
	x ^= (uint64_t)getpid();
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static bool is_kept(int fd, mode_t kind)
{
	struct statfs system;
	return S_ISREG(kind) && !fstatfs(fd, &system) && system.f_type != PROC_SUPER_MAGIC &&
	       system.f_type != SYSFS_MAGIC;
}

static mode_t kind_of(int fd)
{
	int kept_errno = errno;
	struct stat status;
	mode_t kind = fstat(fd, &status) ? 0 : status.st_mode;
	errno = kept_errno;
	return kind;
}

/* One in four. */
static bool is_interrupted(void)
{
	if (!is_on || draw() % 4)
		return false;
	count(&counts->interrupted_n);
	errno = EINTR;
	return true;
}

/* How many of the bytes are moved; 0: none, it was interrupted. */
static size_t cut(int fd, size_t size)
{
	mode_t kind = kind_of(fd);
	if (!is_on || !size || !(S_ISFIFO(kind) || S_ISSOCK(kind) || is_kept(fd, kind)))
		return size;
	if (is_interrupted())
		return 0;
	size_t most = draw() % 7 + 1;
	if (most >= size)
		return size;
	count(&counts->short_n);
	return most;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t read(int fd, void *bytes, size_t size)
{
	size_t most = cut(fd, size);
	return size && !most ? -1 : REAL(read)(fd, bytes, most);
}

ssize_t write(int fd, const void *bytes, size_t size)
{
	if (is_kept(fd, kind_of(fd)))
		count(&counts->file_writes_n);
	size_t most = cut(fd, size);
	return size && !most ? -1 : REAL(write)(fd, bytes, most);
}

ssize_t pread(int fd, void *bytes, size_t size, off_t at)
{
	size_t most = cut(fd, size);
	return size && !most ? -1 : REAL(pread)(fd, bytes, most, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at)
{
	size_t most = cut(fd, size);
	return size && !most ? -1 : REAL(pwrite)(fd, bytes, most, at);
}

ssize_t recvfrom(int fd, void *restrict bytes, size_t size, int flags,
		 struct sockaddr *restrict from, socklen_t *restrict from_size)
{
	return is_interrupted() ? -1 : REAL(recvfrom)(fd, bytes, size, flags, from, from_size);
}

ssize_t sendto(int fd, const void *bytes, size_t size, int flags, const struct sockaddr *to,
	       socklen_t to_size)
{
	return is_interrupted() ? -1 : REAL(sendto)(fd, bytes, size, flags, to, to_size);
}

int poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	return is_interrupted() ? -1 : REAL(poll)(fds, n, timeout_ms);
}

int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
	return is_interrupted() ? -1 : REAL(ppoll)(fds, n, timeout, mask);
}

int epoll_wait(int fd, struct epoll_event *events, int most, int timeout_ms)
{
	return is_interrupted() ? -1 : REAL(epoll_wait)(fd, events, most, timeout_ms);
}

int fdatasync(int fd)
{
	return is_interrupted() ? -1 : REAL(fdatasync)(fd);
}
