/* own.h - workloads that the user brings in a file: a native kernel or a program.
 *
 * Both have one form, the same arguments by position (size, task, iterations), and no other
 * means of knowing the right result than a first run; see trial.h.
 *
 * Errors   0 or a negative errno with one line that opens with the file.
 * Owner    the path is borrowed; own_close frees the rest, safe on a zeroed struct.
 * Threads  one kernel at a time in a process, and no other thread while it is opened. */
#pragma once

#include "base/buffer.h"
#include "workload/workload.h"

struct own {
	struct workload workload;
	void *library;	    /* of a kernel */
	struct buffer text; /* of a program, and the natives that it may call */
	struct native *natives;
	char name[NAME_MOST + 1], size_help[64];
};

/* A shared object that exports gilsim_kernel: see gilsim/kernel.h.  Loaded in a process of its
 * own first, since a bad one may crash in loading. */
int own_kernel_open(struct own *own, const char *path, struct error *err);

/* A .gasm file: see vm/asm.h.  Its entry takes up to three int, and may call the natives of
 * all workloads. */
int own_program_open(struct own *own, const char *path, struct error *err);

void own_close(struct own *own);

/* For both kinds: what is left for each to say is name, help, unit, choices, total, form. */
extern const struct workload own_template;

/* A path's end that fits a message with its reason. */
const char *own_shown(const char *path);
