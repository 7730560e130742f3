#include "world/counters.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/units.h"

#define COUNTER(ID, field, text, type, config, exclude_kernel) ABSENT,
const struct counter_figures no_counters = {
#include "world/counters.def"
	NAN
};
#undef COUNTER

static const struct {
	const char *text;
	uint32_t type;
	uint64_t config;
	unsigned exclude_kernel;
} events[COUNTERS_N] = {
#define COUNTER(ID, field, text, type, config, exclude_kernel) \
	{text, type, config, exclude_kernel},
#include "world/counters.def"
#undef COUNTER
};

static int open_event(int k)
{
	struct perf_event_attr attr = {
		.type = events[k].type,
		.size = sizeof attr,
		.config = events[k].config,
		.disabled = 1,
		.inherit = 1,
		.exclude_kernel = events[k].exclude_kernel,
		.exclude_hv = 1,
		.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
	};
	long handle = syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	return handle < 0 ? -errno : (int)handle;
}

void counters_open(struct counters *c)
{
	for (int k = 0; k < COUNTERS_N; k++)
		c->handles[k] = open_event(k);
	c->is_open = true;
}

void counters_close(struct counters *c)
{
	for (int k = 0; k < COUNTERS_N && c->is_open; k++)
		if (c->handles[k] >= 0)
			close(c->handles[k]);
	*c = (struct counters){0};
}

static const char *reason(int failed)
{
	switch (failed) {
	case -EACCES:
	case -EPERM:
		return "not allowed: /proc/sys/kernel/perf_event_paranoid must be lower, or the "
		       "caller have CAP_PERFMON";
	case -ENOENT:
	case -EOPNOTSUPP:
		return "this machine has none, as most virtual ones";
	default:
		return strerror(-failed);
	}
}

/* Each reason once, behind the names that it is for. */
int counters_explain(const struct counters *c, struct error *err)
{
	int missing_n = 0;
	char text[sizeof err->text] = "";
	for (int k = 0; k < COUNTERS_N; k++) {
		bool goes_on = k + 1 < COUNTERS_N && c->handles[k + 1] == c->handles[k];
		size_t used = strlen(text);
		if (c->handles[k] >= 0)
			continue;
		snprintf(text + used, sizeof text - used, "%s%s", missing_n++ ? ", " : "",
			 events[k].text);
		used = strlen(text);
		if (!goes_on)
			snprintf(text + used, sizeof text - used, " (%s)", reason(c->handles[k]));
	}
	error_set(err, 0, "%s", text);
	return missing_n;
}

static struct counter_state read_state(int handle)
{
	struct counter_state now = {0};
	bool is_whole = read(handle, &now, sizeof now) == sizeof now;
	return is_whole ? now : (struct counter_state){0};
}

void counters_begin(struct counters *c)
{
	for (int k = 0; k < COUNTERS_N; k++)
		if (c->handles[k] >= 0) {
			c->begun[k] = read_state(c->handles[k]);
			ioctl(c->handles[k], PERF_EVENT_IOC_ENABLE, 0);
		}
}

int64_t counter_figure(const struct counter_state *begun, const struct counter_state *ended,
		       double *counted_share)
{
	int64_t enabled_ns = ended->enabled_ns - begun->enabled_ns;
	int64_t running_ns = ended->running_ns - begun->running_ns;
	int64_t counted_n = ended->value - begun->value;
	if (running_ns <= 0)
		return ABSENT;
	double share = (double)running_ns / (double)enabled_ns;
	*counted_share = fmin(*counted_share, share);
	return running_ns < enabled_ns ? llround((double)counted_n / share) : counted_n;
}

void counters_end(struct counters *c, struct counter_figures *f)
{
	int64_t *figures[COUNTERS_N] = {
#define COUNTER(ID, field, text, type, config, exclude_kernel) &f->field,
#include "world/counters.def"
#undef COUNTER
	};
	double share = INFINITY;
	*f = no_counters;
	for (int k = 0; k < COUNTERS_N; k++)
		if (c->handles[k] >= 0)
			ioctl(c->handles[k], PERF_EVENT_IOC_DISABLE, 0);
	for (int k = 0; k < COUNTERS_N; k++)
		if (c->handles[k] >= 0) {
			struct counter_state ended = read_state(c->handles[k]);
			*figures[k] = counter_figure(&c->begun[k], &ended, &share);
		}
	f->counted_share = isfinite(share) ? share : NAN;
}
