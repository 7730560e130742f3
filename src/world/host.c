#include "world/host.h"

#include <errno.h>
#include <gnu/libc-version.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/units.h"

/* The first line of a file, without its end; "" when it cannot be read. */
static void first_line(const char *path, char *text, size_t size)
{
	text[0] = '\0';
	FILE *file = fopen(path, "re");
	if (!file)
		return;
	if (fgets(text, (int)size, file))
		text[strcspn(text, "\n")] = '\0';
	fclose(file);
}

static void read_cpuinfo(struct host *h)
{
	char line[4096];
	FILE *file = fopen("/proc/cpuinfo", "re");
	while (file && fgets(line, sizeof line, file)) {
		char *colon = strchr(line, ':');
		if (!colon)
			break; /* the first processor is enough */
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "model name", 10) == 0)
			snprintf(h->cpu, sizeof h->cpu, "%s", colon + 2);
		if (strncmp(line, "flags", 5) == 0)
			h->virtualised = strstr(colon, " hypervisor");
	}
	if (file)
		fclose(file);
}

int64_t host_cores_allowed(void)
{
	cpu_set_t sets[16]; /* for 16,384 processors */
	return sched_getaffinity(0, sizeof sets, sets) ? ABSENT : CPU_COUNT_S(sizeof sets, sets);
}

int host_bind(int64_t pu)
{
	static _Thread_local int64_t bound_to = ABSENT;
	cpu_set_t sets[16];
	if (pu == bound_to)
		return 0;
	CPU_ZERO_S(sizeof sets, sets);
	if (pu != ABSENT)
		CPU_SET_S((size_t)pu, sizeof sets, sets);
	else if (sched_getaffinity(getpid(), sizeof sets, sets))
		return -errno;
	if (sched_setaffinity(0, sizeof sets, sets))
		return -errno;
	bound_to = pu;
	return 0;
}

/* Time of a guest is part of the user's. */
void host_read_time(struct host_time *t)
{
	enum { USER, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, STEAL, TIMES_N };
	int64_t ticks[TIMES_N], tick_ns = 1000000000 / sysconf(_SC_CLK_TCK);
	char line[256], *rest = line + 3; /* behind "cpu" */
	*t = (struct host_time){ABSENT, ABSENT};
	first_line("/proc/stat", line, sizeof line);
	for (int k = 0; k < TIMES_N; k++) {
		char *end = rest;
		ticks[k] = *line ? strtoll(rest, &end, 10) : 0;
		if (end == rest)
			return;
		rest = end;
	}
	t->busy_ns = tick_ns * (ticks[USER] + ticks[NICE] + ticks[SYSTEM] + ticks[IRQ] +
				ticks[SOFTIRQ]);
	t->stolen_ns = tick_ns * ticks[STEAL];
}

int64_t host_memory_bytes(void)
{
	long pages_n = sysconf(_SC_PHYS_PAGES), page_bytes = sysconf(_SC_PAGESIZE);
	return pages_n > 0 && page_bytes > 0 ? (int64_t)pages_n * page_bytes : ABSENT;
}

void host_read(struct host *h)
{
	*h = (struct host){.cores_allowed = host_cores_allowed(), .load_1min = NAN};
	read_cpuinfo(h);
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	h->cores_online = online > 0 ? online : ABSENT;
	struct utsname name;
	if (!uname(&name))
		snprintf(h->kernel, sizeof h->kernel, "%s %s", name.sysname, name.release);
	snprintf(h->libc, sizeof h->libc, "glibc %s", gnu_get_libc_version());
	first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", h->governor,
		   sizeof h->governor);
	if (getloadavg(&h->load_1min, 1) != 1)
		h->load_1min = NAN;
	time_t now = time(NULL);
	struct tm utc;
	if (gmtime_r(&now, &utc))
		strftime(h->time, sizeof h->time, "%Y-%m-%dT%H:%M:%SZ", &utc);
}
