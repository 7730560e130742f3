/* workload.h - what can be measured: a job, its tasks, its programs, its right result.
 *
 * A job is a run of tasks that do not depend on each other; workers share them out.
 * A workload never knows who runs it or how.
 *
 * Units    size, tasks and iterations are what the workload's help says; a result is
 *          one number a task.
 * Errors   0 or a negative errno with a text.
 * Owner    work_close frees what work_open made.  Work is read-only in between, so all
 *          threads share it. */
#pragma once

#include "vm/vm.h"

enum engine { ENGINE_BYTECODE, ENGINE_NATIVE, ENGINES_N };
enum scaling { SCALING_STRONG, SCALING_WEAK, SCALINGS_N };
extern const char *const engine_names[ENGINES_N];
extern const char *const scaling_names[SCALINGS_N];

/* How the results of the tasks, in task order, become one. */
enum total {
	TOTAL_SUM_INT,
	TOTAL_SUM_FLOAT,
	TOTAL_LAST_INT,
	/* Not the results, but what became of the program's first global, of all interpreters:
	 * where it differs from what is right, updates were lost. */
	TOTAL_GLOBAL,	  /* its outcome */
	TOTAL_REFERENCES, /* by how many references its count is off */
};
static inline bool total_is_shared(enum total total)
{
	return total == TOTAL_GLOBAL || total == TOTAL_REFERENCES;
}

/* What a workload lets its user choose; `most` 0: it has no such number, and the help of a
 * user's own says why. */
struct choice {
	int64_t most, least, preset;
	int64_t bytecode_preset; /* where the preset would keep bytecode busy for minutes, else 0 */
	const char *help;
};
int64_t choice_preset(const struct choice *choice, enum engine engine);

struct job {
	const struct workload *workload;
	enum engine engine;
	enum scaling scaling;
	int64_t size, tasks, iterations; /* ABSENT where the workload has no such choice */
	int64_t updates_per_call;	 /* of the native form; 0, ABSENT: 1 */
	int64_t threads;		 /* weak scaling multiplies the work by these */
	int64_t workers;		 /* among whom the tasks are shared out */
};

struct result {
	union value value;
	double tolerance; /* relative; 0: bit for bit */
};

struct workload {
	const char *name, *help, *unit;
	const char *file; /* of a workload that the user brings; NULL: built in */
	struct choice size, tasks, iterations, updates_per_call;
	enum total total;
	const char *programs[ENGINES_N]; /* .gasm text; arguments as `args` writes them */
	const struct native *natives;
	/* Whether updates of the global may be lost; NULL: never. */
	bool (*may_lose)(const struct gil_policy *policy, enum counts counts);
	bool tasks_are_strong; /* under weak scaling there is no choice of tasks */
	bool size_is_work; /* twice the size is twice the work */
	bool teams;	   /* its native form can run on a team of threads */
	int64_t unit_bytes; /* memory that a unit reads and writes; 0: that is not its point */
	/* Makes what the tasks need outside of them (files, a server) ready in the process that
	 * forks the measuring one, before `args` is asked; `close` undoes it.  Jobs may share:
	 * both are called once for each.  NULL: it needs nothing. */
	int (*open)(const struct job *job, struct error *err);
	void (*close)(const struct job *job);
	/* In the measuring process before every run, outside of what is measured; NULL: nothing. */
	void (*settle)(const struct job *job);
	int64_t (*tasks_n)(const struct job *job);
	int64_t (*units)(const struct job *job, int64_t task); /* size of a task, in `unit` */
	void (*args)(const struct job *job, int64_t task, union value *args);
	/* NULL: there are no other means than a first run; see trial.h. */
	int (*expect)(const struct job *job, struct result *result);
};

extern const struct workload *const workloads[];
extern const size_t workloads_n;

/* For workloads whose size is shared out, one task a worker, whose argument is its share. */
int64_t size_total_n(const struct job *job);
int64_t size_tasks_n(const struct job *job);
int64_t size_units(const struct job *job, int64_t task);
void size_args(const struct job *job, int64_t task, union value *args);
/* The same where it matters which part: first and last + 1 of what is numbered from 0. */
void size_range_args(const struct job *job, int64_t task, union value *args);

/* A native that several have: awaits that so many nanoseconds have passed, and gives by how many
 * it was called too early: 0, or what waited for it is wrong. */
int native_sleep(const struct native_call *call, struct awaited *a);

/* The items of a native whose first arguments are first and last + 1. */
int64_t native_range_n(const union value *args);

enum { ARGS_MOST = 8 };

/* A job made ready: everything that can fail or take time before the clock starts. */
struct work {
	struct job job;
	struct program program;
	int64_t tasks_n;
	size_t args_n;	   /* a task's arguments */
	union value *args; /* tasks_n of them */
	struct result expected;
};

/* `alike` may be NULL, or work whose tasks as a whole are the same, so that the right
 * result need not be found again. */
int work_open(struct work *w, const struct job *job, const struct work *alike, struct error *err);

/* Whether two jobs have the same tasks, whoever shares them. */
bool job_is_alike(const struct job *a, const struct job *b);
void work_close(struct work *w);

/* Tasks of worker k: how many, and the first. */
int64_t work_share(const struct work *w, int64_t k, int64_t *first);

/* Their size in the workload's unit. */
int64_t work_units(const struct work *w, int64_t first, int64_t n);

/* Runs `n` tasks on `t`, which holds the lock; results[i] belongs to the i-th of them. */
enum vm_trap work_run(const struct work *w, struct vm_thread *t, const union value *args,
		      int64_t n, union value *results);

/* All results as one value, and as text (exact: %a or decimal). */
union value work_total(const struct work *w, const union value *results);
void work_text(const struct work *w, union value total, char text[static 32]);

/* Whether that is the right result; `may_lose`: or one that lost updates. */
bool work_verify(const struct work *w, union value total, bool may_lose);
/* By how much a global's outcome is off; ABSENT for workloads without one. */
int64_t work_lost_updates(const struct work *w, union value total);
