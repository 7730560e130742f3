/* mode.h - a way round the lock: who runs a job's tasks, and who may run at once.
 *
 * A mode never knows its workload.
 *
 * Units    *_ns is nanoseconds of the world's clock.
 * Errors   0 or a negative errno with a text; after one, no thread or process of the
 *          run is left.
 * Owner    the caller owns run, workers and results.
 * Threads  mode_run is called from a process that runs no other thread. */
#pragma once

#include "workload/workload.h"
#include "world/counters.h"

enum { WORKER_NAME_MOST = 31 };

/* One thread, process or team, and what became of its time.  Lies in memory that
 * processes share; written by the worker alone. */
struct worker {
	char name[WORKER_NAME_MOST + 1];
	int64_t start_ns; /* the common start */
	int64_t began_ns, end_ns; /* when it went for the lock; the end of its last task */
	int64_t work_n;		  /* done, in the workload's unit */
	int64_t io_ns; /* awaiting something; waiting for tasks, moving them and their results */
	int64_t native_held_ns, native_released_ns; /* at ACCOUNTING_FULL only */
	int64_t runqueue_ns; /* runnable without a core; at FULL, else ABSENT */
	int64_t peak_rss_bytes;			    /* of its own process, else 0 */
	struct world_usage usage; /* of its own process since it stood ready, else 0 */
	int64_t pu;   /* where its thread runs, alone; ABSENT: anywhere */
	int bind_failed; /* 0, or why it does not */
	enum vm_trap trap;
	/* Of its module's first global; 0 when it shares the module. */
	int64_t global, references_off;
	struct recorder *recorder; /* of a run that is recorded, else NULL */
	struct gil_stats gil;
} ON_OWN_LINE;

/* What a parent did from its first message to worker processes to their last result: steps by
 * the clock, in each of which it may also have lost its core to a worker that it woke, and the
 * time that it had a core. */
struct parent_figures {
	int64_t serialise_ns, move_ns, wait_ns;
	int64_t cpu_ns;
};
extern const struct parent_figures no_parent; /* ABSENT */

/* What is measured of a run: all, or, when a mode keeps workers ready, from a second begin to
 * an end of its own. */
struct measured {
	int64_t began_ns, ended_ns; /* ended_ns 0: not yet */
	struct world_usage before, after;
	struct parent_figures parent; /* ABSENT in modes without worker processes */
	bool garbled;		      /* tasks or results were not what had been sent */
	struct counters *counters;    /* NULL: none */
	struct counter_figures counted;
};
void measured_begin(struct measured *m);
void measured_end(struct measured *m);

/* What to run. */
struct run {
	const struct mode *mode;
	const struct work *work;
	const struct gil_policy *policy;
	int64_t interval_ns, ticks; /* ABSENT: the policy's */
	enum counts counts;
	const uint32_t *burns; /* of a pace, or in the virtual world; NULL: none */
	const struct native_costs *costs; /* in the virtual world; NULL: none */
	int64_t threads;	    /* of what: the mode's threads_help */
	enum accounting accounting;
	/* Of worker processes only: tasks in a message (ABSENT: a whole share), bytes of argument
	 * and of result that each task has beside its numbers, workers that stand ready. */
	int64_t chunks, payload;
	bool pool;
	struct recording *recording; /* with a recorder for each worker; NULL: none */
	/* Processing units for workers, or a team's threads, in turn; none: they run anywhere.  Of
	 * the real world only, and so are counters (NULL: none). */
	const int64_t *places;
	size_t places_n;
	struct counters *counters;
	struct measured *measured; /* the mode's to change; set by mode_run */
};

/* What came out, besides the workers. */
struct outcome {
	int64_t wall_ns; /* before the first worker was created until the last was joined; of a
			  * pool, from the first message to the last result */
	int64_t user_ns, sys_ns;
	int64_t voluntary_n, involuntary_n; /* context switches */
	int64_t peak_rss_bytes;
	struct parent_figures parent; /* ABSENT in modes without worker processes */
	struct counter_figures counters;
	bool garbled; /* what workers were sent or sent back was wrong: so is the total */
	union value total;
};

struct mode {
	const char *name, *help;
	const char *threads_help; /* what `threads` counts */
	enum engine engine;	  /* when the user names none */
	bool releases;		  /* native calls give the lock away */
	bool teams;		  /* the kernel itself is what runs on `threads` threads */
	bool leaves_threads;	  /* a process that ran it must not fork any more */
	bool own_interpreters;	  /* each thread has an interpreter, objects and lock of its own */
	bool has_coroutines;	  /* `threads` are coroutines of the one thread that there is */
	bool forks;		  /* workers are processes: --chunks, --payload, --pool apply */
	bool has_no_lock;	  /* --gil and --counts do not apply: policy none, biased counts */
	int (*run)(const struct run *run, struct worker *workers, union value *results,
		   struct error *err);
};

/* Values of a pool that is a number. */
enum { POOL_OFF, POOL_ON, POOLS_N };
extern const char *const pool_names[POOLS_N];

extern const struct mode *const modes[];
extern const size_t modes_n;

/* Where the k-th worker, or thread of a team, runs; ABSENT: anywhere. */
int64_t run_place(const struct run *run, int64_t k);

/* Workers of a run on that many threads: as many, or 1 for a team or for coroutines. */
int64_t mode_workers_n(const struct mode *mode, int64_t threads);

/* Among how many the tasks of such a run are shared out: its workers or coroutines. */
int64_t mode_shares_n(const struct mode *mode, int64_t threads);

/* More `threads` than that are not to be had. */
int64_t mode_threads_most(const struct mode *mode);

/* The form that runs when the user names none: the mode's, or the only one that there is. */
enum engine mode_engine(const struct mode *mode, const struct workload *workload);

/* 0, or the reason why this mode cannot run that workload in that form: -EINVAL. */
int mode_suits(const struct mode *mode, const struct workload *workload, enum engine engine,
	       struct error *err);
/* The same, or -ENOSYS when this gilsim was built without what the mode needs. */
int mode_fits(const struct mode *mode, const struct workload *workload, enum engine engine,
	      struct error *err);

/* Runs it once.  workers: mode_workers_n of them, cleared here.  -ENOTRECOVERABLE: a worker's
 * process ended by SIGABRT, as misuse of the lock does. */
int mode_run(const struct run *run, struct worker *workers, struct outcome *outcome,
	     struct error *err);

/* For the modes: the pieces that threads and processes have in common. */

/* Runs the worker's share on t: takes the lock, runs the tasks, detaches.  The mode sets
 * start_ns. */
void worker_run(const struct run *run, struct worker *w, struct vm_thread *t,
		const union value *args, int64_t n, union value *results);
/* What it does before and behind the tasks. */
void worker_begin(struct worker *w, struct vm_thread *t);
void worker_end(struct worker *w, struct vm_thread *t);
/* Opens t as this worker's thread in a module.  0 or -ENOMEM. */
int worker_open(const struct run *run, struct worker *w, struct vm_thread *t, struct module *m);
/* Opens the interpreter of a run, and its program's module in it; 0 or a negative errno. */
int run_open_module(const struct run *run, struct interpreter *in, struct module *m);
/* Of a module whose threads have ended; one worker keeps what several share. */
void worker_keep_outcome(struct worker *w, const struct module *m);
/* Frees t, after what the system says of the thread has been asked: the last that it does. */
void worker_close(const struct run *run, struct worker *w, struct vm_thread *t);

/* Threads that share one lock: the run of locked, released and openmp. */
int run_threads(const struct run *run, struct worker *workers, union value *results,
		struct error *err);
