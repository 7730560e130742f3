/* host.h - the machine that was measured, for the record.  What the system does not say
 * is ABSENT, NAN or an empty text. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct host {
	char cpu[96], kernel[160], libc[32], governor[32], time[32]; /* time: ISO 8601, UTC */
	int64_t cores_online, cores_allowed;
	bool virtualised;
	double load_1min;
};

void host_read(struct host *h);

/* What all cores together have done since the machine started, and what a hypervisor gave to
 * others while they had something to do (proc(5), /proc/stat); in steps of some ms.  ABSENT where
 * the system does not say. */
struct host_time {
	int64_t busy_ns, stolen_ns;
};
void host_read_time(struct host_time *t);

/* Cores that this process may use. */
int64_t host_cores_allowed(void);

/* From now on the calling thread, and what it starts, runs on that processing unit alone (see
 * world/topology.h); ABSENT: wherever the first thread of the process may.  Nothing to do where it
 * was bound so already.  0 or a negative errno. */
int host_bind(int64_t pu);

/* Memory that the machine has. */
int64_t host_memory_bytes(void);
