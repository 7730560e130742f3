/* cost.h - what everything takes in the virtual world: a machine, an interpreter, and what is
 * known of single workloads.
 *
 * Units    *_ps is picoseconds of CPU time; whole numbers only.
 * Owner    a model owns its works; presets live as long as the program.
 * Threads  read-only once made. */
#pragma once

#include "workload/pace.h"
#include "world/cost.h"

/* A native call that goes through so many items takes so much for each; between two of these,
 * what lies between them on a logarithmic scale of items. */
struct item_cost {
	int64_t items_n, ps;
};
enum { ITEM_COSTS_MOST = 8, COST_NAME_MOST = 31, COST_DIGEST_SIZE = 17 };
/* Of an opcode, a native call and an item: a millisecond. */
enum { COST_PS_MOST = 1000000000 };

/* Of one workload in one form, where more is known than what opcodes cost on the average. */
struct work_cost {
	char workload[COST_NAME_MOST + 1];
	enum engine engine;
	int64_t opcode_ps; /* of each; ABSENT: by its kind */
	struct item_cost items[ITEM_COSTS_MOST]; /* ascending */
	size_t items_n;
};

struct cost_model {
	const char *name; /* of a preset, or the path of the file; borrowed */
	char digest[COST_DIGEST_SIZE]; /* of all that follows, as hexadecimal text */
	struct machine_cost machine;
	int64_t opcode_ps[PACE_KINDS_N];
	int64_t native_ps; /* of a native call, beside its items */
	struct work_cost *works;
	size_t works_n;
};

/* The k-th preset, ended by NULL: cpython27, cpython311, cpython313. */
const struct cost_model *cost_preset_nth(size_t k);
const struct cost_model *cost_preset_find(const char *name);

/* What is known of a workload in that form, or NULL. */
const struct work_cost *cost_of(const struct cost_model *model, const char *workload,
				enum engine engine);

/* ps to burn before each opcode (vm_thread.burns), of OPCODES_N: by the model, or at a pace. */
void cost_burns(const struct cost_model *model, const struct work_cost *work,
		const struct pace *pace, uint32_t *burns);

/* What a call takes that goes through so many items so often; 0 items are none. */
int64_t cost_native_ps(const struct cost_model *model, const struct work_cost *work,
		       int64_t items_n, int64_t passes_n);

/* Whether all are in the ranges of cost.def: 0, or -ERANGE with the first that is not. */
int machine_cost_check(const struct machine_cost *machine, struct error *err);

/* Sets the digest after a change. */
void cost_digest(struct cost_model *model);
