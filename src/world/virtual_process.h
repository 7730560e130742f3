/* virtual_process.h - simulated processes, and what they have open: ends of pipes, sockets, polls,
 * and child processes, each a file with a number of its own.  Inside the virtual world only.
 *
 * Processes share memory.  What is a process's own are its threads and its files: they end with
 * it, and so a child ends with its parent.
 *
 * Errors   0 or a negative errno.
 * Owner    the struct of a file is whose kind it is; file_close frees it. */
#pragma once

#include "world/task.h"

struct file;
struct process;

/* Nobody has a turn in any of these. */
struct file_kind {
	bool (*is_ready)(const struct file *f); /* it can go on; NULL: nobody waits for it */
	void (*close)(struct file *f);		/* what others see of that */
	void (*free)(struct file *f);		/* memory only: the world may have ended */
};

struct file {
	const struct file_kind *kind;
	int number; /* above 0 */
	bool never_waits;
	struct watch *watch; /* NULL: it is in no set */
	struct process *owner;
	struct file *elder, *younger; /* of the same owner */
};

struct process {
	struct file file;      /* its parent's, who knows it by this number */
	struct file *youngest; /* of its own */
	struct task *task;     /* NULL: it was killed */
	size_t threads_n;      /* beside that, not joined yet */
	int status;
	struct world_channel channel; /* to its parent */
	int (*run)(const struct world_channel *parent, void *argument);
	void *argument;
};

/* The one that the running task is in. */
struct process *process_self(void);

/* Makes it a file of that process, with a number.  0 or -ENOMEM. */
int file_open(struct file *f, const struct file_kind *kind, struct process *owner);
void file_close(struct file *f);
void files_close_of(struct process *p);
/* NULL: that number has none of that kind. */
struct file *file_find(int number, const struct file_kind *kind);

/* Frees all that a world has left open. */
void files_forget(void);

/* Waits until it can go on: false when the clock reached deadline_ns (ABSENT: none) before. */
bool file_wait(struct file *f, const char *what, int64_t deadline_ns);
/* It can go on now, or its end can be seen. */
void file_went_on(struct file *f);

/* Files that one waits for all at once: a set lists, in the order in which they could, those of
 * its watches whose files can go on, and perhaps some that no longer can. */
struct watch {
	struct watch_set *set;
	struct file *file; /* NULL: it was closed */
	bool is_listed;
	struct watch *next, *previous;
};

struct watch_set {
	struct watch *first, *last;
};

/* A file is in one set at a time: -EEXIST. */
int watch_begin(struct watch *w, struct watch_set *set, struct file *f);
void watch_end(struct watch *w);
/* Takes the first one off the list; lists it again, as the last. */
void watch_unlist(struct watch *w);
void watch_list(struct watch *w);
bool watch_is_ready(const struct watch *w);
/* Waits until one is listed: false when the clock reached deadline_ns before. */
bool watch_set_wait(struct watch_set *set, const char *what, int64_t deadline_ns);

/* A channel: one process has its one end, one the other. */
int channel_open(struct world_channel *near, struct process *near_owner,
		 struct world_channel *far, struct process *far_owner);
void channel_close(struct world_channel *c);

extern const struct file_kind file_socket;
