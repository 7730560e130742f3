/* memory.c - the process's memory: the same in both worlds. */
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "world/world.h"

/* 32 MiB is the most that glibc lets a heap serve. */
void world_keep_memory(void)
{
	mallopt(M_MMAP_THRESHOLD, 32 << 20);
	mallopt(M_TRIM_THRESHOLD, INT_MAX);
}

bool world_reset_peak_rss(void)
{
	malloc_trim(0);
	int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool forgotten = write(fd, "5", 1) == 1; /* 5: only the peak; see proc(5) */
	close(fd);
	return forgotten;
}

int64_t world_peak_rss_bytes(void)
{
	char line[256];
	int64_t peak_bytes = ABSENT;
	FILE *file = fopen("/proc/self/status", "re");
	while (file && peak_bytes == ABSENT && fgets(line, sizeof line, file))
		if (strncmp(line, "VmHWM:", 6) == 0)
			peak_bytes = strtoll(line + 6, NULL, 10) * 1024;
	if (file)
		fclose(file);
	return peak_bytes;
}

void *world_share(size_t size_bytes)
{
	void *memory = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return memory == MAP_FAILED ? NULL : memory;
}

void world_unshare(void *memory, size_t size_bytes)
{
	munmap(memory, size_bytes);
}

void *world_map(size_t size_bytes)
{
	void *memory = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);
	if (memory == MAP_FAILED)
		return NULL;
	madvise(memory, size_bytes, MADV_HUGEPAGE);
	return memory;
}

void world_unmap(void *memory, size_t size_bytes)
{
	munmap(memory, size_bytes);
}
