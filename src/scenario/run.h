/* run.h - a scenario while it runs: its threads, what they leave, and those who ping them.
 * For run.c, echo.c, measure.c and program.c only.
 *
 * Threads  a member belongs to its own thread from its start until it is joined; the main
 *          thread sets its stop bit. */
#pragma once

#include "base/buffer.h"
#include "scenario/scenario.h"

/* What a thread leaves beside its worker, in shared memory: for an echo, its pinging
 * process writes the latencies and what was lost. */
struct lane {
	struct histogram latencies;
	int64_t lost_n;
	uint32_t is_over; /* no more pings: set by whoever finds out first */
	bool is_wrong;	  /* a result of its workload */
} ON_OWN_LINE;

struct member {
	struct crew *crew;
	const struct group *group;
	struct worker *worker;
	struct lane *lane;
	struct vm_thread vm;
	union value *results; /* of a workload's tasks */
	struct world_thread thread;
	bool is_started;
	uint32_t is_over; /* it ends with its round */
	struct world_datagram socket; /* of an echo */
	struct world_process pinger;  /* id not above 0: none */
	uint16_t pinger_port;
};

/* Of an extension, beside the lock. */
struct outer_mutex {
	struct mutex mutex;
	const struct member *owner; /* whoever has it is told apart by it; NULL: nobody */
};

/* What the threads of a run have in common. */
struct crew {
	const struct scenario *scenario;
	struct interpreter interpreter;
	struct module *modules; /* one for each group */
	struct semaphore started;
	struct barrier together; /* where they start together */
	struct member *members; /* group by group */
	struct gil_thread main_thread;
	struct gil_stats main_stats;
	struct outer_mutex mutexes[MUTEXES_MOST];
};

/* Runs the scenario in the calling process, which has no other thread; *wall_ns is from
 * before its first thread was started until its last was joined.  workers, lanes: one for
 * each thread, zeroed.  crew: the caller's, set here; a failure leaves it as it stood. */
int scenario_run(struct crew *crew, const struct scenario *s, struct worker *workers,
		 struct lane *lanes, int64_t *wall_ns, struct error *err);

/* The figures of such a run.  0 or -ENOMEM. */
int scenario_repeat_fill(struct scenario_repeat *r, const struct scenario *s,
			 const struct worker *workers, const struct lane *lanes, int64_t wall_ns);

/* Echo.  Opens the socket and forks the process that will ping it: no thread may run. */
int echo_open(struct member *m, struct error *err);
/* Lets the pings come. */
void echo_start(struct member *m);
/* What the thread does, with the lock held. */
enum vm_trap echo_serve(struct member *m);
/* Makes the thread see that it is over. */
void echo_stop(struct member *m);
/* Waits until the process that pings has ended. */
int echo_wait(struct member *m, struct error *err);
/* The same, unless that was done, or kills it; and closes the socket. */
int echo_close(struct member *m, bool kill, struct error *err);

/* A scenario's lock, and how references are counted in it. */
struct interpreter_options scenario_interpreter_options(const struct scenario *s);

/* The text of a program whose one run is one round of the group's phases. */
int scenario_phases_text(const struct group *g, double loops_per_us, struct buffer *text);
