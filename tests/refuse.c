/* refuse.c - for LD_PRELOAD: what a system refuses when it has no more, refused on purpose.
 *
 * REFUSE       which calls: memory (malloc and the like), map, thread, fork, file (what opens one)
 * REFUSE_AT    the n-th of them since main, or since the process was forked, counted from 1
 * REFUSE_ALL   if set, each one after that, too
 * REFUSE_DEPTH which processes: 0 gilsim itself, 1 what it forks, 2 what those fork
 * REFUSE_SEEN  a file that is made when a call was refused
 *
 * glibc only: it calls malloc and the like by their public names itself, so that its own calls
 * count. */
#undef _FILE_OFFSET_BITS /* or open and the like would be called by other names here */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

enum call { NOTHING, MEMORY, MAP, THREAD, FORK, FILES };

static enum call refused;
static long at, depth, calls_n;
static bool all;
static const char *seen;

static bool is_refused(enum call call, int code)
{
	if (call != refused || depth != 0)
		return false;
	long n = __atomic_add_fetch(&calls_n, 1, __ATOMIC_RELAXED);
	if (all ? n < at : n != at)
		return false;
	if (seen)
		syscall(SYS_close, syscall(SYS_open, seen, O_CREAT | O_WRONLY, 0600));
	errno = code;
	return true;
}

static long number_of(const char *name)
{
	const char *text = getenv(name);
	return text ? atol(text) : 0;
}

/* Other programs, as those that gilsim starts, get what they ask for. */
__attribute__((constructor)) static void begin(void)
{
	static const char *const names[] = {
		[MEMORY] = "memory", [MAP] = "map",    [THREAD] = "thread",
		[FORK] = "fork",     [FILES] = "file",
	};
	const char *name = getenv("REFUSE");
	if (!name || strcmp(program_invocation_short_name, "gilsim") != 0)
		return;
	at = number_of("REFUSE_AT");
	depth = number_of("REFUSE_DEPTH");
	all = getenv("REFUSE_ALL");
	seen = getenv("REFUSE_SEEN");
	for (enum call call = MEMORY; call <= FILES; call++)
		if (strcmp(names[call], name) == 0)
			refused = call;
}

void *malloc(size_t size)
{
	return is_refused(MEMORY, ENOMEM) ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return is_refused(MEMORY, ENOMEM) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *memory, size_t size)
{
	return is_refused(MEMORY, ENOMEM) ? NULL : __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return is_refused(MEMORY, ENOMEM) ? NULL : __libc_memalign(alignment, size);
}

void *memalign(size_t alignment, size_t size)
{
	return aligned_alloc(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
	void *found = aligned_alloc(alignment, size);
	if (!found)
		return ENOMEM;
	*memory = found;
	return 0;
}

/* The function of that name that would be called without this file. */
#define REAL(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

void *mmap(void *where, size_t size, int protection, int flags, int fd, off_t offset)
{
	return is_refused(MAP, ENOMEM) ? MAP_FAILED
				       : REAL(mmap)(where, size, protection, flags, fd, offset);
}

void *mmap64(void *where, size_t size, int protection, int flags, int fd, off_t offset)
	__attribute__((alias("mmap")));

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
		   void *argument)
{
	return is_refused(THREAD, EAGAIN)
		       ? EAGAIN
		       : REAL(pthread_create)(thread, attributes, run, argument);
}

pid_t fork(void)
{
	pid_t child = is_refused(FORK, EAGAIN) ? -1 : REAL(fork)();
	if (child == 0) {
		depth--;
		calls_n = 0;
	}
	return child;
}

static int refuse_or_open(int (*real)(const char *, int, ...), const char *path, int flags,
			  va_list arguments)
{
	mode_t mode = (flags & O_CREAT) ? va_arg(arguments, mode_t) : 0;
	return is_refused(FILES, EMFILE) ? -1 : real(path, flags, mode);
}

int open(const char *path, int flags, ...)
{
	va_list arguments;
	va_start(arguments, flags);
	int fd = refuse_or_open(REAL(open), path, flags, arguments);
	va_end(arguments);
	return fd;
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));

FILE *fopen(const char *path, const char *mode)
{
	return is_refused(FILES, EMFILE) ? NULL : REAL(fopen)(path, mode);
}

FILE *fopen64(const char *path, const char *mode) __attribute__((alias("fopen")));

int pipe2(int ends[2], int flags)
{
	return is_refused(FILES, EMFILE) ? -1 : REAL(pipe2)(ends, flags);
}

int socket(int domain, int type, int protocol)
{
	return is_refused(FILES, EMFILE) ? -1 : REAL(socket)(domain, type, protocol);
}

int epoll_create1(int flags)
{
	return is_refused(FILES, EMFILE) ? -1 : REAL(epoll_create1)(flags);
}
