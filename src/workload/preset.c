/* preset.c - cost models of CPythons on one machine: two cores of an AMD EPYC virtual machine,
 * Linux 6.18, on which gilsim calibrate measured what is not said to be CPython's.
 *
 * Opcodes cost what a pace says.  What an uncontended drop and take cost in that CPython is in
 * the cost of an atomic operation, for that is all they are made of. */
#include "workload/cost.h"

#include <string.h>

#define REFERENCE_MACHINE \
	.load_ps = 300, .clock_ps = 20000, .park_ns = 900, .unpark_ns = 150, .wake_ns = 2000, \
	.idle_ns = 20000, .preempt_ns = 3000, .jitter_ns = 4000, .slack_ns = 55000, \
	.switch_ns = 1200, .migrate_ns = 2500, .quantum_ns = 3000000, .credit_ns = 3000000, \
	.spawn_ns = 12000, .start_ns = 5000, .join_ns = 5000, .fork_ns = 110000, \
	.process_ns = 90000, .exit_ns = 90000, .wait_ns = 30000, .pipe_ns = 600, \
	.pipe_kib_ns = 60, .poll_ns = 700, .socket_ns = 3000, .datagram_ns = 2500, \
	.memory_mib_s = 20000

#define NATIVE(text, ...) \
	{ \
		.workload = text, .engine = ENGINE_NATIVE, .opcode_ps = ABSENT, \
		.items = {__VA_ARGS__}, \
		.items_n = sizeof((struct item_cost[]){__VA_ARGS__}) / sizeof(struct item_cost), \
	}

/* laplace: an update by NumPy 1.24, in about nine array operations; N = 30, 100 and 600. */
static struct work_cost works[] = {
	NATIVE("laplace", {784, 7500}, {9604, 1700}, {357604, 7000}),
	NATIVE("fib", {1, 260}),
	NATIVE("count", {1, 260}),
	NATIVE("sum", {1, 260}),
	NATIVE("sumsq", {1, 100}),
	NATIVE("matmul", {1000, 400}, {1000000, 60}),
	NATIVE("matmul-blocked", {1000, 400}, {1000000, 80}),
	NATIVE("memory", {1, 2000}),
	NATIVE("files", {1, 600}),
};

static struct cost_model presets[] = {
#define PACE(NAME, text, loop, simple, object, call, help, source) \
	{ \
		.name = text, .machine = {REFERENCE_MACHINE, .atomic_ps = ATOMIC_PS_##NAME}, \
		.opcode_ps = {(int64_t)((loop) * 1000 + 0.5), (int64_t)((simple) * 1000 + 0.5), \
			      (int64_t)((object) * 1000 + 0.5), (int64_t)((call) * 1000 + 0.5)}, \
		.native_ps = 100000, .works = works, .works_n = sizeof works / sizeof *works, \
	},
/* Makes an uncontended drop and take last 16, 41 and 50 ns. */
#define ATOMIC_PS_CPYTHON27 8000
#define ATOMIC_PS_CPYTHON311 10000
#define ATOMIC_PS_CPYTHON313 12000
#include "workload/pace.def"
#undef PACE
};
enum { PRESETS_N = sizeof presets / sizeof *presets };

const struct cost_model *cost_preset_nth(size_t k)
{
	if (k >= PRESETS_N)
		return NULL;
	if (!*presets[k].digest)
		cost_digest(&presets[k]);
	return &presets[k];
}

const struct cost_model *cost_preset_find(const char *name)
{
	const struct cost_model *preset;
	for (size_t k = 0; (preset = cost_preset_nth(k)); k++)
		if (strcmp(preset->name, name) == 0)
			return preset;
	return NULL;
}
