/* trial.h - what is not ours is tried in a process of its own before it is trusted.
 *
 * Errors   0 or a negative errno with a text that opens with the file: -EINVAL when the child
 *          was killed, ended by itself, or could not do the work.
 * Threads  the caller runs no other thread. */
#pragma once

#include "workload/workload.h"

/* Runs `run` in a child and receives `size` bytes of answer, which it must send; `when` ends
 * the message if it does not: "FILE: killed by signal 11 (Segmentation fault) WHEN". */
int trial_ask(const char *file, const char *when,
	      int (*run)(const struct world_channel *parent, void *arg), void *arg, void *answer,
	      size_t size, struct error *err);

/* The total of all tasks, one after the other on one thread under the lock of cpython. */
int trial_total(const struct work *w, union value *total, struct error *err);
