#include "measure/runner.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/kernel.h"
#include "world/loop.h"

/* Written by the runner between a request and its answer, read by gilsim after it. */
struct shared {
	int failed;
	struct error error;
	struct outcome outcome;
	struct worker workers[];
};

/* What gilsim asks for; sent back when it was done. */
struct request {
	size_t setting;
	int64_t repeat;
};

static const int64_t look_every_ns = 100000000;

struct run plan_run(const struct plan *plan, size_t k)
{
	const struct setting *s = &plan->settings[k];
	const struct places *p = &plan->places;
	return (struct run){
		.mode = s->mode,
		.work = &plan->works[k],
		.policy = s->policy,
		.interval_ns = s->interval_ns,
		.ticks = s->ticks,
		.counts = s->counts,
		.threads = s->job.threads,
		.accounting = s->accounting,
		.chunks = s->chunks,
		.payload = s->payload,
		.pool = s->pool == 1,
		.recording = plan->recording,
		.places = p->pus,
		.places_n = s->world.bind == BIND_CORE ? p->cores_n
			    : s->world.bind == BIND_PU ? p->n
						       : 0,
	};
}

static int open_places(struct plan *plan, const struct setting *s, struct error *err)
{
	if (!bind_text(&s->world) || plan->places.n)
		return 0;
	if (!topology_was_built())
		return error_set(err, -ENOSYS, "--bind=%s: this gilsim was built without hwloc",
				 bind_names[s->world.bind]);
	return places_open(&plan->places, err);
}

static const struct work *find_alike(const struct plan *plan, size_t k)
{
	for (size_t before = 0; before < k; before++)
		if (job_is_alike(&plan->settings[before].job, &plan->settings[k].job))
			return &plan->works[before];
	return NULL;
}

/* Costs are known of what gilsim has itself. */
static int check_calls(const struct setting *s, const struct work *work, struct error *err)
{
	const struct program *p = &work->program;
	if (s->world.world == WORLD_REAL || !s->job.workload->file)
		return 0;
	for (size_t k = 0; k < p->natives_n; k++)
		if (program_calls(p, k))
			return error_set(err, -EINVAL,
					 "%s calls %s: what that takes in the virtual world is not "
					 "known; must be bytecode alone, or a scenario with the "
					 "measured time of a call as native_us",
					 s->job.workload->name, p->natives[k].name);
	return 0;
}

int plan_open(struct plan *plan, struct setting *settings, size_t settings_n, struct error *err)
{
	*plan = (struct plan){.settings = settings};
	plan->works = calloc(settings_n, sizeof *plan->works);
	if (!plan->works)
		return error_set(err, -ENOMEM, "%zu settings: no memory", settings_n);
	for (size_t k = 0; k < settings_n; k++) {
		int failed = work_open(&plan->works[k], &settings[k].job, find_alike(plan, k), err);
		plan->settings_n += !failed;
		if (!failed)
			failed = open_places(plan, &settings[k], err);
		if (!failed)
			failed = check_calls(&settings[k], &plan->works[k], err);
		if (failed) {
			plan_close(plan);
			return failed;
		}
	}
	return 0;
}

void plan_close(struct plan *plan)
{
	for (size_t k = 0; k < plan->settings_n; k++)
		work_close(&plan->works[k]);
	free(plan->works);
	places_close(&plan->places);
	*plan = (struct plan){0};
}

static void *do_nothing(void *argument)
{
	return argument;
}

/* glibc drops atomics and locks until a process has made its first thread; no thread
 * may find the first pick of the kernels unmade. */
void runner_enter_regime(void)
{
	struct world_thread thread;
	kernels_best();
	world_allow_files();
	world_keep_memory();
	if (!world_spawn(&thread, do_nothing, NULL))
		world_join(&thread);
}

static int run_real(struct run *run, const struct setting *s, struct shared *shared)
{
	int failed = pace_burns(s->pace, &run->burns, &shared->error);
	return failed ? failed
		      : mode_run(run, shared->workers, &shared->outcome, &shared->error);
}

static int run_virtual(struct run *run, const struct setting *s, int64_t repeat,
		       struct shared *shared)
{
	static uint32_t burns[OPCODES_N];
	const struct virtual_world *world = virtual_world_load(&shared->error);
	struct world_choice choice = world_choice_of(&s->world, repeat);
	if (!world)
		return -ENOENT;
	if (s->pace) {
		cost_burns(choice.cost, NULL, s->pace, burns);
		run->burns = burns;
	}
	return world->run(run, &choice, shared->workers, &shared->outcome, &shared->error);
}

static int runner_main(const struct world_channel *gilsim, void *argument)
{
	struct runner *r = argument;
	struct shared *shared = r->shared;
	struct counters counters = {.is_open = false};
	struct request q;
	runner_enter_regime();
	while (!world_receive(gilsim, &q, sizeof q) && q.setting < r->plan->settings_n) {
		const struct setting *s = &r->plan->settings[q.setting];
		struct run run = plan_run(r->plan, q.setting);
		if (s->world.counters == COUNTERS_ON) {
			if (!counters.is_open)
				counters_open(&counters);
			run.counters = &counters;
		}
		shared->failed = s->world.world == WORLD_REAL
					 ? run_real(&run, s, shared)
					 : run_virtual(&run, s, q.repeat, shared);
		if (world_send(gilsim, &q, sizeof q))
			break;
	}
	counters_close(&counters);
	return 0;
}

static int64_t most_workers(const struct plan *plan)
{
	int64_t most = 0;
	for (size_t k = 0; k < plan->settings_n; k++) {
		const struct setting *s = &plan->settings[k];
		int64_t n = mode_workers_n(s->mode, s->job.threads);
		most = n > most ? n : most;
	}
	return most;
}

int runner_open(struct runner *r, const struct plan *plan, struct error *err)
{
	*r = (struct runner){.plan = plan};
	r->shared_bytes = sizeof *r->shared +
			  (size_t)most_workers(plan) * sizeof *r->shared->workers;
	r->shared = world_share(r->shared_bytes);
	if (!r->shared)
		return error_set(err, -ENOMEM, "figures of the workers: no memory");
	int failed = world_fork(&r->process, true, runner_main, r);
	if (failed) {
		world_unshare(r->shared, r->shared_bytes);
		*r = (struct runner){0};
		error_set(err, failed, "the measuring process: %s", strerror(-failed));
	}
	return failed;
}

bool runner_is_open(const struct runner *r)
{
	return r->shared;
}

static int end_process(struct runner *r, bool kill)
{
	int status = 0;
	if (kill)
		world_kill(&r->process);
	world_wait(&r->process, &status, NULL);
	world_unshare(r->shared, r->shared_bytes);
	*r = (struct runner){0};
	return status;
}

/* Closing the pipe would not do: a runner that was forked later holds it open, too. */
void runner_close(struct runner *r)
{
	if (!runner_is_open(r))
		return;
	struct request end = {SIZE_MAX, 0};
	bool told = !world_send(&r->process.channel, &end, sizeof end);
	end_process(r, !told);
}

int runner_explain_end(int status, struct error *err)
{
	if (status < 0)
		return error_set(err, status == -SIGABRT ? -ENOTRECOVERABLE : -ECHILD,
				 "the measuring process: killed by signal %d (%s)", -status,
				 strsignal(-status));
	if (status == ENDS_WITHOUT_MEMORY)
		return error_set(err, -ENOMEM, "the measuring process: no memory");
	return error_set(err, -ECHILD,
			 "the measuring process: ended with status %d: code of one's own must call "
			 "neither exit nor pthread_exit",
			 status);
}

static int died(struct runner *r, struct error *err)
{
	return runner_explain_end(end_process(r, false), err);
}

/* What the system says of the process that computes virtual time is no figure of that time. */
static void forget_host(struct repeat *r)
{
	r->user_ns = r->sys_ns = r->peak_rss_bytes = ABSENT;
	r->voluntary_n = r->involuntary_n = r->parent.cpu_ns = ABSENT;
}

int runner_measure(struct runner *r, size_t k, int64_t number, bool (*wait)(void *context),
		   void *context, struct repeat *repeat, struct error *err)
{
	struct request request = {k, number};
	if (world_send(&r->process.channel, &request, sizeof request))
		return died(r, err);
	while (!world_wait_readable(&r->process.channel, look_every_ns))
		if (!wait(context)) {
			end_process(r, true);
			return error_set(err, -EINTR, "interrupted");
		}
	if (world_receive(&r->process.channel, &request, sizeof request))
		return died(r, err);
	if (r->shared->failed) {
		*err = r->shared->error;
		return r->shared->failed;
	}
	struct run run = plan_run(r->plan, k);
	int failed = repeat_fill(repeat, &run, r->shared->workers, &r->shared->outcome);
	if (!failed && r->plan->settings[k].world.world != WORLD_REAL)
		forget_host(repeat);
	return failed ? error_set(err, failed, "figures of a repeat: no memory") : 0;
}
