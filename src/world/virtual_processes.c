/* virtual_processes.c - processes of the virtual world: threads with files of their own. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "base/units.h"
#include "world/virtual_process.h"

static bool runs(const struct process *p)
{
	return p->task && p->task->state != TASK_ENDED;
}

/* Its threads were started after it. */
static void discard_threads(struct process *p)
{
	for (struct task *t = p->task->younger; t && p->threads_n;) {
		struct task *younger = t->younger;
		if (t->process == p) {
			p->threads_n--;
			task_discard(t);
		}
		t = younger;
	}
}

static void *process_main(void *argument)
{
	struct process *p = argument;
	int status = p->run(&p->channel, p->argument);
	task_spend(virtual_costs()->exit_ns);
	p->status = status;
	discard_threads(p);
	files_close_of(p);
	return NULL;
}

static void kill_process(struct process *p)
{
	if (!runs(p))
		return;
	p->status = -SIGKILL;
	discard_threads(p);
	files_close_of(p);
	task_wake(p->task, INT32_MAX);
	task_discard(p->task);
	p->task = NULL;
}

static void close_process(struct file *f)
{
	struct process *p = (struct process *)f;
	kill_process(p);
	if (p->task)
		task_free(p->task);
}

static void free_process(struct file *f)
{
	free(f);
}

static const struct file_kind process_kind = {.close = close_process, .free = free_process};

static struct process *process_of(const struct world_process *p)
{
	return p->id > 0 ? (struct process *)file_find((int)p->id, &process_kind) : NULL;
}

static int start(struct process *p, struct world_channel *channel)
{
	const struct machine_cost *cost = virtual_costs();
	int failed = channel_open(channel, process_self(), &p->channel, p);
	if (failed)
		return failed;
	task_spend(cost->fork_ns);
	failed = task_start(process_main, p, cost->process_ns, 0, &p->task);
	if (failed) {
		channel_close(channel);
		channel_close(&p->channel);
		return failed;
	}
	p->task->process = p;
	return 0;
}

int world_fork(struct world_process *forked, bool leads,
	       int (*run)(const struct world_channel *parent, void *arg), void *arg)
{
	*forked = (struct world_process){.id = -1, .leads = leads, .channel = {-1, -1}};
	struct process *p = calloc(1, sizeof *p);
	if (!p || file_open(&p->file, &process_kind, process_self())) {
		free(p);
		return -ENOMEM;
	}
	p->run = run;
	p->argument = arg;
	int failed = start(p, &forked->channel);
	if (failed)
		file_close(&p->file);
	else
		forked->id = p->file.number;
	return failed;
}

void world_wait(struct world_process *waited, int *status, int64_t *peak_rss_bytes)
{
	struct process *p = process_of(waited);
	virtual_settle();
	channel_close(&waited->channel);
	task_spend(virtual_costs()->wait_ns);
	while (runs(p))
		task_block(p->task, "a process's end", ABSENT);
	*status = p->status;
	if (peak_rss_bytes)
		*peak_rss_bytes = 0;
	file_close(&p->file);
	waited->id = -1;
}

/* Those that it forked end with it, so a group needs nothing more. */
void world_kill(struct world_process *killed)
{
	struct process *p = process_of(killed);
	virtual_settle();
	if (p)
		kill_process(p);
}

/* Nothing foreign runs here. */
void world_watch_forks(void)
{
}

bool world_is_stray(void)
{
	return false;
}

/* Nothing is inherited. */
void world_forget(const struct world_process *elders, size_t n)
{
	(void)elders;
	(void)n;
}

int64_t world_allow_files(void)
{
	return ABSENT;
}
