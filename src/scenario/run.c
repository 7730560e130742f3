/* run.c - the threads of a scenario, started one after the other and stopped together. */
#include "scenario/run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static enum vm_trap run_round(struct member *m)
{
	const struct group *g = m->group;
	union value unused = {0};
	if (g->activity == ACTIVITY_PHASES)
		return vm_run(&m->vm, &unused, &unused);
	return work_run(&g->work, &m->vm, g->work.args, g->work.tasks_n, m->results);
}

static bool is_right(const struct member *m)
{
	const struct work *work = &m->group->work;
	if (m->group->activity != ACTIVITY_WORKLOAD || total_is_shared(work->job.workload->total))
		return true; /* a global is not right before all of its threads have ended */
	return work_verify(work, work_total(work, m->results), false);
}

static bool is_stopped(const struct member *m)
{
	return gil_is_stopped(&m->vm.gil) || world_load(&m->is_over, RELAXED);
}

/* A tick policy may have no check point in a short round: so the stop bit is read here,
 * too. */
static enum vm_trap run_rounds(struct member *m)
{
	struct worker *w = m->worker;
	int64_t began_ns = world_now_ns();
	while (w->work_n != m->group->rounds_n && !is_stopped(m)) {
		enum vm_trap trap = run_round(m);
		if (trap)
			return trap;
		int64_t now_ns = world_now_ns();
		histogram_add(&m->lane->latencies, now_ns - began_ns);
		began_ns = now_ns;
		w->work_n++;
		m->lane->is_wrong = m->lane->is_wrong || !is_right(m);
	}
	return VM_TRAP_NONE;
}

/* Whoever was stopped in the middle of a round. */
static void give_back_mutexes(struct member *m)
{
	for (size_t k = 0; k < m->crew->scenario->mutexes_n; k++) {
		struct outer_mutex *mutex = &m->crew->mutexes[k];
		if (world_load(&mutex->owner, RELAXED) != m)
			continue;
		world_store(&mutex->owner, NULL, RELAXED);
		mutex_unlock(&mutex->mutex);
	}
}

static void note_times(struct member *m)
{
	struct worker *w = m->worker;
	bool full = m->vm.gil.accounting == ACCOUNTING_FULL;
	w->io_ns += m->vm.io_ns;
	w->native_held_ns = m->vm.native_held_ns;
	w->native_released_ns = m->vm.native_released_ns;
	w->runqueue_ns = full ? world_runqueue_ns() : ABSENT;
}

static void *member_main(void *argument)
{
	struct member *m = argument;
	struct crew *crew = m->crew;
	bool together = crew->scenario->starts_together;
	if (together) {
		semaphore_post(&crew->started);
		barrier_arrive(&crew->together);
	}
	if (m->vm.gil.recorder)
		recorder_begin(m->vm.gil.recorder);
	m->worker->start_ns = m->worker->began_ns = world_now_ns();
	gil_take(&m->vm.gil);
	if (!together)
		semaphore_post(&crew->started);
	enum vm_trap trap = m->group->activity == ACTIVITY_ECHO ? echo_serve(m) : run_rounds(m);
	m->worker->trap = trap == VM_TRAP_STOPPED ? VM_TRAP_NONE : trap;
	give_back_mutexes(m);
	m->worker->end_ns = world_now_ns();
	gil_detach(&m->vm.gil); /* may wake another and lose the core to it */
	note_times(m);
	return NULL;
}

/* Without the lock, as time.sleep does. */
static void sleep_until(struct gil_thread *main_thread, int64_t deadline_ns)
{
	gil_section_begin(main_thread);
	world_sleep_until(deadline_ns);
	gil_section_end(main_thread);
}

/* CPython's Thread.start: waits, without the lock, until the new thread has started. */
static int start(struct crew *crew, struct gil_thread *main_thread, struct member *m)
{
	int failed = world_spawn(&m->thread, member_main, m);
	if (failed)
		return failed;
	m->is_started = true;
	gil_section_begin(main_thread);
	semaphore_wait(&crew->started);
	if (m->group->activity == ACTIVITY_ECHO)
		echo_start(m);
	gil_section_end(main_thread);
	return 0;
}

/* All, in the order of the document; on failure those before it run. */
static int start_all(struct crew *crew, struct gil_thread *main_thread, int64_t began_ns,
		     struct error *err)
{
	const struct scenario *s = crew->scenario;
	struct member *m = crew->members;
	for (const struct group *g = s->groups; g < s->groups + s->groups_n; g++) {
		if (world_now_ns() < began_ns + g->start_after_ns)
			sleep_until(main_thread, began_ns + g->start_after_ns);
		for (int64_t k = 0; k < g->threads_n; k++, m++) {
			int failed = start(crew, main_thread, m);
			if (failed)
				return error_set(err, failed,
						 "%.80s: the system gave only %td threads: %s",
						 s->file, m - crew->members, strerror(-failed));
		}
	}
	return 0;
}

static void stop(struct member *m)
{
	if (m->group->finishes_rounds)
		world_store(&m->is_over, 1, RELAXED);
	else
		gil_stop(&m->vm.gil);
	if (m->group->activity == ACTIVITY_ECHO)
		echo_stop(m);
}

static void join(struct member *m)
{
	if (m->is_started)
		world_join(&m->thread);
	m->is_started = false;
}

/* Waits for those that end by themselves and for the duration, then stops the rest; after
 * a failure all are stopped at once. */
static int end_all(struct crew *crew, int64_t began_ns, bool at_once, struct error *err)
{
	const struct scenario *s = crew->scenario;
	struct member *end = crew->members + s->threads_n;
	int failed = 0;
	for (struct member *m = crew->members; m < end && !at_once; m++) {
		if (group_is_endless(m->group))
			continue;
		if (m->group->activity == ACTIVITY_ECHO) {
			int gone = echo_wait(m, err);
			failed = failed ? failed : gone;
			stop(m);
		}
		join(m);
	}
	if (s->duration_ns != ABSENT && !at_once)
		world_sleep_until(began_ns + s->duration_ns);
	for (struct member *m = crew->members; m < end; m++)
		if (m->is_started)
			stop(m);
	for (struct member *m = crew->members; m < end; m++)
		join(m);
	return failed;
}

static void attach_main(struct crew *crew)
{
	const struct scenario *s = crew->scenario;
	struct recorder *recorder = recording_nth(s->recording, s->threads_n);
	gil_attach(&crew->main_thread, &crew->interpreter.gil, "main thread",
		   recorder ? ACCOUNTING_FULL : ACCOUNTING_OFF, &crew->main_stats);
	crew->main_thread.recorder = recorder;
	if (recorder)
		recorder_begin(recorder);
}

static int run_members(struct crew *crew, int64_t *wall_ns, struct error *err)
{
	struct gil_thread *main_thread = &crew->main_thread;
	attach_main(crew);
	int64_t began_ns = world_now_ns();
	gil_take(main_thread);
	int failed = start_all(crew, main_thread, began_ns, err);
	if (failed)
		barrier_break(&crew->together);
	gil_detach(main_thread);
	int gone = end_all(crew, began_ns, failed, err);
	*wall_ns = world_now_ns() - began_ns;
	return failed ? failed : gone;
}

/* Before there is any other thread, for it may fork. */
static int name_members(struct crew *crew, struct worker *workers, struct lane *lanes,
			struct error *err)
{
	const struct scenario *s = crew->scenario;
	struct member *m = crew->members;
	int failed = 0;
	for (const struct group *g = s->groups; g < s->groups + s->groups_n; g++)
		for (int64_t k = 0; k < g->threads_n && !failed; k++, m++) {
			*m = (struct member){.crew = crew, .group = g, .socket.handle = -1};
			m->worker = workers++;
			m->worker->recorder = recording_nth(s->recording, m - crew->members);
			m->lane = lanes++;
			memcpy(m->worker->name, g->name, sizeof m->worker->name);
			if (g->activity == ACTIVITY_ECHO)
				failed = echo_open(m, err);
		}
	return failed;
}

static int open_member(struct member *m, struct error *err)
{
	struct crew *crew = m->crew;
	const struct scenario *s = crew->scenario;
	const struct group *g = m->group;
	struct module *module = &crew->modules[g - s->groups];
	int failed = vm_thread_open(&m->vm, module, m->worker->name, s->accounting,
				    &m->worker->gil);
	m->vm.gil.recorder = m->worker->recorder;
	m->vm.burns = g->burns ? g->burns : s->burns;
	m->vm.costs = g->costs;
	m->vm.context = m;
	m->vm.releases = g->activity != ACTIVITY_WORKLOAD || g->releases;
	if (!failed && g->activity == ACTIVITY_WORKLOAD) {
		m->results = calloc((size_t)g->work.tasks_n, sizeof *m->results);
		failed = m->results ? 0 : -ENOMEM;
	}
	if (failed)
		error_set(err, failed, "%.80s: thread %s: no memory", s->file, g->name);
	return failed;
}

static int open_members(struct crew *crew, struct error *err)
{
	int failed = 0;
	for (int64_t k = 0; k < crew->scenario->threads_n && !failed; k++)
		failed = open_member(&crew->members[k], err);
	return failed;
}

static int close_members(struct crew *crew, bool kill, struct error *err)
{
	int failed = 0;
	for (int64_t k = 0; k < crew->scenario->threads_n && crew->members[k].crew; k++) {
		struct member *m = &crew->members[k];
		int gone = m->group->activity == ACTIVITY_ECHO ? echo_close(m, kill, err) : 0;
		failed = failed ? failed : gone;
		vm_thread_close(&m->vm);
		free(m->results);
	}
	return failed;
}

static int check(const struct scenario *s, const struct group *g, const struct worker *w,
		 const struct lane *lane, struct error *err)
{
	if (w->trap)
		return error_set(err, -EFAULT, "%.80s: thread %s: %s", s->file, g->name,
				 vm_trap_text(w->trap));
	if (lane->is_wrong)
		return error_set(err, -EBADMSG, "%.80s: thread %s: wrong result of %s", s->file,
				 g->name, g->job.workload->name);
	return 0;
}

static int check_all(const struct scenario *s, const struct worker *workers,
		     const struct lane *lanes, struct error *err)
{
	int failed = 0;
	for (const struct group *g = s->groups; g < s->groups + s->groups_n; g++)
		for (int64_t k = 0; k < g->threads_n && !failed; k++)
			failed = check(s, g, workers++, lanes++, err);
	return failed;
}

struct interpreter_options scenario_interpreter_options(const struct scenario *s)
{
	return (struct interpreter_options){
		.policy = s->policy,
		.interval_ns = s->interval_ns,
		.ticks = s->ticks,
		.counts = COUNTS_PLAIN,
	};
}

/* Each group's program is a module of its own: only its threads share its globals. */
static int open_modules(struct crew *crew)
{
	const struct scenario *s = crew->scenario;
	int failed = 0;
	for (size_t k = 0; k < s->groups_n && !failed; k++) {
		const struct group *g = &s->groups[k];
		bool works = g->activity == ACTIVITY_WORKLOAD;
		failed = module_open(&crew->modules[k], &crew->interpreter,
				     works ? &g->work.program : &g->program);
	}
	return failed;
}

static int open_interpreter(struct crew *crew, struct error *err)
{
	const struct interpreter_options options = scenario_interpreter_options(crew->scenario);
	int failed = interpreter_open(&crew->interpreter, &options);
	if (!failed)
		failed = open_modules(crew);
	if (failed)
		error_set(err, failed, "%.80s: an interpreter: %s", crew->scenario->file,
			  strerror(-failed));
	return failed;
}

/* The process ends after it: what a failure leaves open is not closed. */
int scenario_run(struct crew *crew, const struct scenario *s, struct worker *workers,
		 struct lane *lanes, int64_t *wall_ns, struct error *err)
{
	size_t size = (size_t)s->threads_n * sizeof *crew->members;
	*crew = (struct crew){.scenario = s, .together.expected = (uint32_t)s->threads_n};
	crew->members = aligned_alloc(CACHE_LINE_BYTES, size);
	crew->modules = aligned_alloc(CACHE_LINE_BYTES, s->groups_n * sizeof *crew->modules);
	if (!crew->members || !crew->modules)
		return error_set(err, -ENOMEM, "%.80s: no memory for its threads", s->file);
	memset(crew->members, 0, size);
	int failed = name_members(crew, workers, lanes, err);
	if (!failed)
		failed = open_interpreter(crew, err);
	if (!failed)
		failed = open_members(crew, err);
	if (!failed)
		failed = run_members(crew, wall_ns, err);
	int gone = close_members(crew, failed, err);
	failed = failed ? failed : gone;
	if (failed)
		return failed;
	for (size_t k = 0; k < s->groups_n; k++)
		module_close(&crew->modules[k]);
	interpreter_close(&crew->interpreter);
	free(crew->modules);
	free(crew->members);
	*crew = (struct crew){0};
	return check_all(s, workers, lanes, err);
}
