/* async.c - coroutines on one thread: while one waits, others run.  The thread holds the lock
 * and gives it away while its event loop sleeps, as asyncio's select does. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mode/mode.h"
#include "world/loop.h"

struct coroutine {
	struct crew *crew;
	struct vm_stack stack;
	int64_t next, end; /* of its tasks, the one that runs, and the first that is not its own */
};

struct crew {
	const struct run *run;
	struct worker *worker;
	union value *results;
	const struct loops *loops;
	struct loop *loop;
	struct interpreter interpreter;
	struct module module;
	struct vm_thread thread;
	struct coroutine *coroutines;
	int64_t coroutines_n;
};

/* The thread runs on the coroutine's stack until all of its tasks are done, or one waits. */
static enum vm_trap run_tasks(struct coroutine *c)
{
	struct crew *crew = c->crew;
	const struct work *work = crew->run->work;
	struct vm_stack own = crew->thread.stack;
	enum vm_trap trap = VM_TRAP_NONE;
	crew->thread.stack = c->stack;
	while (c->next < c->end && !trap) {
		trap = vm_run(&crew->thread, work->args + (size_t)c->next * work->args_n,
			      crew->results + c->next);
		c->next += !trap;
	}
	c->stack = crew->thread.stack;
	crew->thread.stack = own;
	return trap;
}

static void go_on(void *argument)
{
	struct coroutine *c = argument;
	struct crew *crew = c->crew;
	if (crew->worker->trap)
		return;
	enum vm_trap trap = run_tasks(c);
	if (trap == VM_TRAP_AWAITS)
		trap = crew->loops->await(crew->loop, &c->stack.awaited, go_on, c)
			       ? VM_TRAP_MEMORY
			       : VM_TRAP_NONE;
	crew->worker->trap = trap;
}

static void sleep_without_lock(struct crew *crew)
{
	struct gil_thread *gil = &crew->thread.gil;
	gil_section_begin(gil);
	int64_t began_ns = world_now_ns();
	gil_record(gil, SPAN_IO, began_ns);
	crew->loops->sleep(crew->loop);
	vm_end_io(&crew->thread, began_ns);
	gil_section_end(gil);
}

/* After a trap: those that wait let go of what they have.  The loop goes first, since that may
 * be a socket. */
static void give_up(struct crew *crew)
{
	crew->loops->close(crew->loop);
	crew->loop = NULL;
	gil_stop(&crew->thread.gil);
	for (int64_t k = 0; k < crew->coroutines_n; k++)
		if (crew->coroutines[k].stack.suspended)
			run_tasks(&crew->coroutines[k]);
}

static void run_coroutines(struct crew *crew)
{
	struct worker *w = crew->worker;
	w->start_ns = world_now_ns();
	worker_begin(w, &crew->thread);
	for (int64_t k = 0; k < crew->coroutines_n; k++)
		go_on(&crew->coroutines[k]);
	while (!w->trap && crew->loops->awaited_n(crew->loop) > 0) {
		sleep_without_lock(crew);
		crew->loops->turn(crew->loop);
	}
	if (w->trap)
		give_up(crew);
	worker_end(w, &crew->thread);
}

static int open_coroutines(struct crew *crew, struct error *err)
{
	const struct run *run = crew->run;
	int64_t n = run->threads;
	crew->coroutines = calloc((size_t)n, sizeof *crew->coroutines);
	int failed = crew->coroutines ? 0 : -ENOMEM;
	for (int64_t k = 0; k < n && !failed; k++) {
		struct coroutine *c = &crew->coroutines[k];
		c->crew = crew;
		c->end = work_share(run->work, k, &c->next);
		c->end += c->next;
		failed = vm_stack_open(&c->stack, &run->work->program);
		crew->coroutines_n += !failed;
	}
	if (failed)
		error_set(err, failed, "--threads=%" PRId64 ": no memory for more than %" PRId64
			  " coroutines", n, crew->coroutines_n);
	return failed;
}

static void close_coroutines(struct crew *crew)
{
	for (int64_t k = 0; k < crew->coroutines_n; k++)
		vm_stack_close(&crew->coroutines[k].stack);
	free(crew->coroutines);
}

/* Inside its interpreter. */
static int run_in_module(struct crew *crew, struct error *err)
{
	struct worker *w = crew->worker;
	int failed = worker_open(crew->run, w, &crew->thread, &crew->module);
	if (failed)
		return error_set(err, failed, "the thread of the event loop: no memory");
	crew->thread.suspends = true;
	failed = crew->loops->open(&crew->loop);
	if (failed)
		error_set(err, failed, "the event loop: %s", strerror(-failed));
	else
		failed = open_coroutines(crew, err);
	if (!failed)
		run_coroutines(crew);
	crew->loops->close(crew->loop);
	close_coroutines(crew);
	worker_close(crew->run, w, &crew->thread);
	return failed;
}

struct life {
	struct crew *crew;
	struct error *err;
	int failed;
};

static void *loop_main(void *argument)
{
	struct life *life = argument;
	life->failed = run_in_module(life->crew, life->err);
	return NULL;
}

/* On a thread of its own, which the other modes pay for, too. */
static int run_loop(struct crew *crew, struct error *err)
{
	struct life life = {.crew = crew, .err = err};
	struct world_thread thread;
	int failed = world_spawn(&thread, loop_main, &life);
	if (failed)
		return error_set(err, failed, "the thread of the event loop: %s",
				 strerror(-failed));
	world_join(&thread);
	return life.failed;
}

static int run_async(const struct run *run, struct worker *workers, union value *results,
		     struct error *err)
{
	static struct crew crew; /* on cache lines of its own */
	crew = (struct crew){.run = run, .worker = workers, .results = results,
			     .loops = loops_load(err)};
	if (!crew.loops)
		return -ENOENT;
	int failed = run_open_module(run, &crew.interpreter, &crew.module);
	if (failed)
		return error_set(err, failed, "the interpreter: %s", strerror(-failed));
	workers->work_n = work_units(run->work, 0, run->work->tasks_n);
	failed = run_loop(&crew, err);
	worker_keep_outcome(workers, &crew.module);
	module_close(&crew.module);
	interpreter_close(&crew.interpreter);
	return failed;
}

const struct mode mode_async = {
	.name = "async",
	.help = "coroutines on one thread with an event loop: only waits overlap",
	.threads_help = "coroutines, all on one thread",
	.engine = ENGINE_BYTECODE,
	.has_coroutines = true,
	.run = run_async,
};
