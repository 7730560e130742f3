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
		return vm_run(&m->vm, &g->program, &unused, &unused);
	return work_run(&g->work, &m->vm, g->work.args, g->work.tasks_n, m->results);
}

static bool is_right(const struct member *m)
{
	const struct work *work = &m->group->work;
	return m->group->activity != ACTIVITY_WORKLOAD ||
	       work_verify(work, work_total(work, m->results));
}

/* A tick policy may have no check point in a short round: so the stop bit is read here,
 * too. */
static enum vm_trap run_rounds(struct member *m)
{
	struct worker *w = m->worker;
	int64_t began_ns = world_now_ns();
	while (w->work_n != m->group->rounds_n && !gil_is_stopped(&m->vm.gil)) {
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

/* A sleep is a native call that released the lock; its time is I/O. */
static void note_times(struct member *m)
{
	struct worker *w = m->worker;
	bool full = m->vm.gil.accounting == ACCOUNTING_FULL;
	w->io_ns += scenario_slept_ns();
	w->native_held_ns = m->vm.native_held_ns;
	w->native_released_ns = full ? m->vm.native_released_ns - scenario_slept_ns() : 0;
	w->runqueue_ns = full ? world_runqueue_ns() : ABSENT;
}

static void *member_main(void *argument)
{
	struct member *m = argument;
	m->worker->start_ns = world_now_ns();
	gil_take(&m->vm.gil);
	semaphore_post(&m->crew->started);
	enum vm_trap trap = m->group->activity == ACTIVITY_ECHO ? echo_serve(m) : run_rounds(m);
	m->worker->trap = trap == VM_TRAP_STOPPED ? VM_TRAP_NONE : trap;
	gil_detach(&m->vm.gil);
	m->worker->end_ns = world_now_ns();
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

static int run_members(struct crew *crew, int64_t *wall_ns, struct error *err)
{
	static struct gil_thread main_thread;
	static struct gil_stats stats;
	gil_attach(&main_thread, &crew->gil, "main thread", ACCOUNTING_OFF, &stats);
	int64_t began_ns = world_now_ns();
	gil_take(&main_thread);
	int failed = start_all(crew, &main_thread, began_ns, err);
	gil_detach(&main_thread);
	int gone = end_all(crew, began_ns, failed, err);
	*wall_ns = world_now_ns() - began_ns;
	return failed ? failed : gone;
}

static int open_member(struct member *m, struct crew *crew, const struct group *g,
		       struct error *err)
{
	m->crew = crew;
	m->group = g;
	m->socket.handle = -1;
	memcpy(m->worker->name, g->name, sizeof m->worker->name);
	int failed = vm_thread_open(&m->vm, &crew->gil, m->worker->name,
				    crew->scenario->accounting, &m->worker->gil);
	m->vm.team = 0;
	m->vm.releases = g->activity != ACTIVITY_WORKLOAD || g->releases;
	if (!failed && g->activity == ACTIVITY_WORKLOAD) {
		m->results = calloc((size_t)g->work.tasks_n, sizeof *m->results);
		failed = m->results ? 0 : -ENOMEM;
	}
	if (failed)
		return error_set(err, failed, "%.80s: thread %s: no memory", crew->scenario->file,
				 g->name);
	return g->activity == ACTIVITY_ECHO ? echo_open(m, err) : 0;
}

static int open_members(struct crew *crew, struct worker *workers, struct lane *lanes,
			struct error *err)
{
	const struct scenario *s = crew->scenario;
	struct member *m = crew->members;
	int failed = 0;
	for (const struct group *g = s->groups; g < s->groups + s->groups_n; g++)
		for (int64_t k = 0; k < g->threads_n && !failed; k++, m++) {
			m->worker = &workers[m - crew->members];
			m->lane = &lanes[m - crew->members];
			failed = open_member(m, crew, g, err);
		}
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

static int check_members(const struct crew *crew, struct error *err)
{
	for (int64_t k = 0; k < crew->scenario->threads_n; k++) {
		const struct member *m = &crew->members[k];
		const char *file = crew->scenario->file;
		if (m->worker->trap)
			return error_set(err, -EFAULT, "%.80s: thread %s: %s", file,
					 m->group->name, vm_trap_text(m->worker->trap));
		if (m->lane->is_wrong)
			return error_set(err, -EBADMSG, "%.80s: thread %s: wrong result of %s",
					 file, m->group->name, m->group->job.workload->name);
	}
	return 0;
}

int scenario_run(const struct scenario *s, struct worker *workers, struct lane *lanes,
		 int64_t *wall_ns, struct error *err)
{
	static struct crew crew;
	size_t size = (size_t)s->threads_n * sizeof *crew.members;
	crew = (struct crew){.scenario = s, .members = aligned_alloc(CACHE_LINE_BYTES, size)};
	if (!crew.members)
		return error_set(err, -ENOMEM, "%.80s: no memory for its threads", s->file);
	memset(crew.members, 0, size);
	gil_init(&crew.gil, s->policy, s->interval_ns, s->ticks);
	int failed = open_members(&crew, workers, lanes, err);
	if (!failed)
		failed = run_members(&crew, wall_ns, err);
	int gone = close_members(&crew, failed, err);
	failed = failed ? failed : gone;
	if (!failed)
		failed = check_members(&crew, err);
	free(crew.members);
	return failed;
}
