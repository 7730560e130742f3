/* serve.c - a worker process: tasks come, results go. */
#include <errno.h>
#include <stdlib.h>

#include "mode/process.h"

/* What a worker process has of its own, on cache lines of its own. */
struct desk {
	struct interpreter interpreter;
	struct module module;
	struct vm_thread thread;
	bool has_module;
	const struct child *child;
	const struct world_channel *parent;
	int64_t left;			/* tasks of its own share, which are still to come */
	union value *numbers, *results; /* room for a whole message */
	int64_t most;			/* its tasks */
	struct message message;
	int64_t io_ns, lap_ns;
};

/* The channel waits, so one call moves all. */
static int send_results(struct desk *d, struct parcel p)
{
	if (message_write(&d->message, &d->child->crew->results, p, d->results))
		return -ENOMEM;
	return message_send(&d->message, d->parent) == 1 ? 0 : -EPIPE;
}

/* Waiting for tasks counts from the start on. */
static int receive_tasks(struct desk *d, struct parcel *p)
{
	message_clear(&d->message);
	int received = message_receive(&d->message, d->parent);
	if (d->lap_ns == ABSENT)
		d->lap_ns = d->child->worker->start_ns;
	gil_record(&d->thread.gil, SPAN_IO, d->lap_ns);
	d->left -= d->left < d->most ? d->left : d->most;
	if (received != 1)
		return received;
	return message_read(&d->message, &d->child->crew->arguments, d->most, p, d->numbers);
}

/* What is between its tasks is io, from the start until its last result was sent. */
static int serve_message(struct desk *d, struct parcel p)
{
	const struct run *run = d->child->crew->run;
	struct worker *w = d->child->worker;
	worker_run(run, w, &d->thread, d->numbers, p.n, d->results);
	gil_record(&d->thread.gil, SPAN_IO, w->end_ns);
	if (w->trap)
		return -ECANCELED;
	w->work_n += work_units(run->work, p.first, p.n);
	d->io_ns += w->began_ns - d->lap_ns;
	d->lap_ns = w->end_ns;
	int failed = send_results(d, p);
	w->began_ns = w->start_ns;
	w->end_ns = world_now_ns();
	d->io_ns += w->end_ns - d->lap_ns;
	d->lap_ns = w->end_ns;
	w->io_ns += d->io_ns; /* beside the waits of native calls */
	return failed;
}

/* One of a pool says when it is ready, and ends when it is told to.  Others know how many tasks
 * they have, so that their end waits for no message. */
static int start(struct desk *d)
{
	struct worker *w = d->child->worker;
	if (d->child->crew->run->pool)
		return send_results(d, (struct parcel){0});
	w->start_ns = w->began_ns = w->end_ns = world_now_ns();
	return 0;
}

/* A message that is wrong is answered by an empty one, which is not what the parent expects. */
static int serve_messages(struct desk *d)
{
	int failed = start(d);
	while (!failed && (d->left || d->child->crew->run->pool)) {
		struct parcel p = {0};
		failed = receive_tasks(d, &p);
		if (failed == -EBADMSG)
			failed = send_results(d, (struct parcel){0});
		else if (!failed && p.n == 0)
			return 0;
		else if (!failed)
			failed = serve_message(d, p);
	}
	return failed;
}

/* Room for as many tasks as may come at once.  What the parent has not dealt yet tells nothing, for
 * in the virtual world that is seen as it changes. */
static int open_desk(struct desk *d)
{
	const struct crew *crew = d->child->crew;
	const struct run *run = crew->run;
	int64_t first, tasks_n = run->work->tasks_n;
	if (!run->pool)
		tasks_n = d->left = work_share(run->work, d->child - crew->children, &first);
	d->most = crew->chunk < tasks_n ? crew->chunk : tasks_n;
	d->numbers = malloc(((size_t)d->most * crew->arguments.numbers_n + 1) * sizeof *d->numbers);
	d->results = calloc((size_t)d->most + 1, sizeof *d->results);
	d->has_module = d->numbers && d->results &&
			!run_open_module(run, &d->interpreter, &d->module);
	if (!d->has_module)
		return -ENOMEM;
	return worker_open(run, d->child->worker, &d->thread, &d->module);
}

static void close_desk(struct desk *d)
{
	worker_close(d->child->crew->run, d->child->worker, &d->thread);
	if (d->has_module) {
		module_close(&d->module);
		interpreter_close(&d->interpreter);
	}
	message_free(&d->message);
	free(d->numbers);
	free(d->results);
	free(d);
}

static struct desk *desk_new(const struct child *child, const struct world_channel *parent)
{
	struct desk *d = aligned_alloc(_Alignof(struct desk), sizeof *d);
	if (d)
		*d = (struct desk){.child = child, .parent = parent, .lap_ns = ABSENT};
	return d;
}

/* From when it stood ready. */
static void keep_usage(struct worker *w, const struct world_usage *begun)
{
	struct world_usage ended;
	world_usage(&ended);
	w->usage = (struct world_usage){
		.user_ns = ended.user_ns - begun->user_ns,
		.sys_ns = ended.sys_ns - begun->sys_ns,
		.voluntary_n = ended.voluntary_n - begun->voluntary_n,
		.involuntary_n = ended.involuntary_n - begun->involuntary_n,
	};
}

static int serve_at(struct desk *d)
{
	struct worker *w = d->child->worker;
	struct world_usage begun;
	int failed = open_desk(d);
	world_usage(&begun);
	if (!failed)
		failed = serve_messages(d);
	if (failed)
		return failed;
	gil_record(&d->thread.gil, SPAN_NONE, w->end_ns);
	keep_usage(w, &begun);
	worker_keep_outcome(w, &d->module);
	return 0;
}

/* The channels of its elder siblings are not its own: they must end with the parent's.  Its desk
 * is given back, for in the virtual world memory does not end with a process. */
int serve(const struct world_channel *parent, void *argument)
{
	struct child *child = argument;
	struct crew *crew = child->crew;
	world_forget(crew->processes, (size_t)(child - crew->children));
	struct desk *d = desk_new(child, parent);
	int failed = d ? serve_at(d) : -ENOMEM;
	if (failed == -ENOMEM)
		child->worker->trap = VM_TRAP_MEMORY;
	if (d)
		close_desk(d);
	return failed ? CHILD_FAILED : 0;
}
