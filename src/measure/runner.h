/* runner.h - the process that does the measuring.
 *
 * gilsim itself runs no thread: it forks a runner, asks it for one run at a time and
 * reads what came out from memory that both share.  So an interrupt, a crash or a
 * kernel that never ends cannot take the finished repeats along, and processes can
 * always be forked from one without threads.
 *
 * Owner    runner_close ends the process and frees the memory; safe on a zeroed struct. */
#pragma once

#include "measure/row.h"
#include "world/topology.h"

struct plan {
	struct setting *settings;
	struct work *works; /* as many */
	size_t settings_n;
	struct recording *recording; /* of the runs of those that are to be recorded; NULL: none */
	struct places places; /* where some setting binds its threads */
};

/* Makes the work of every setting ready.  plan_close frees works, not settings. */
int plan_open(struct plan *plan, struct setting *settings, size_t settings_n, struct error *err);
void plan_close(struct plan *plan);
struct run plan_run(const struct plan *plan, size_t k);

struct runner {
	const struct plan *plan;
	struct world_process process;
	struct shared *shared;
	size_t shared_bytes;
};

/* Starts the process; it sees the plan as it is now. */
int runner_open(struct runner *r, const struct plan *plan, struct error *err);
void runner_close(struct runner *r);
bool runner_is_open(const struct runner *r);

/* Runs setting k once, for the repeat of that number, which is counted from 0.  Calls
 * wait(context) about ten times a second; when that says false the runner is killed and the
 * answer is -EINTR.  -ENOTRECOVERABLE: it, or a process that it forked, ended by SIGABRT, as
 * misuse of the lock does, and has said why itself.  -EDEADLK: in virtual time nobody could ever
 * go on. */
int runner_measure(struct runner *r, size_t k, int64_t number, bool (*wait)(void *context),
		   void *context, struct repeat *repeat, struct error *err);

/* For other processes that measure: what each does first, and what is said of one that
 * ended before it had answered (status as world_wait has it; always -ECHILD). */
void runner_enter_regime(void);
int runner_explain_end(int status, struct error *err);
