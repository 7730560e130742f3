/* preset.c - cost models of CPythons on one machine: two cores of an AMD EPYC virtual machine,
 * Linux 6.18, on which gilsim calibrate measured what is not said to be CPython's.
 *
 * Going to sleep and waking cost what they do around a lock, 400 ns, not the 250 and 180 of a loop
 * of nothing else; fetching a line, half of what its way there and back takes.
 *
 * Opcodes cost what a pace says.  For an uncontended drop and take CPython 3 makes six atomic
 * operations, as they take three mutexes; what one costs is a sixth of what both last.  gilsim
 * makes two of them: the others are take_ps. */
#include "workload/cost.h"

#include <string.h>

#define REFERENCE_MACHINE \
	.load_ps = 265, .transfer_ps = 100000, .clock_ps = 23200, .park_ns = 400, .cold_ns = 5000, \
	.unpark_ns = 400, .wake_ns = 7400, .idle_ns = 14400, .preempt_ns = 13500, \
	.jitter_ns = 8000, .slack_ns = 57000, \
	.switch_ns = 1130, .migrate_ns = 1230, .quantum_ns = 3970000, .credit_ns = 3970000, \
	.spawn_ns = 7000, .start_ns = 0, .join_ns = 0, .fork_ns = 80000, .process_ns = 38000, \
	.exit_ns = 88000, .wait_ns = 12000, .pipe_ns = 276, .pipe_kib_ns = 72, \
	.message_kib_ns = 194, .poll_ns = 317, .socket_ns = 5130, .datagram_ns = 1730, \
	.memory_mib_s = 54000

#define NATIVE(text, ...) \
	{ \
		.workload = text, .engine = ENGINE_NATIVE, .opcode_ps = ABSENT, \
		.items = {__VA_ARGS__}, \
		.items_n = sizeof((struct item_cost[]){__VA_ARGS__}) / sizeof(struct item_cost), \
	}

/* laplace: an update by NumPy 1.24, in about nine array operations; N = 30, 100 and 600. */
static struct work_cost works[] = {
	NATIVE("laplace", {784, 7500}, {9604, 1700}, {357604, 7000}),
	NATIVE("fib", {1000, 289}, {10000000, 265}),
	NATIVE("count", {30000000, 265}),
	NATIVE("sum", {30000000, 265}),
	NATIVE("sumsq", {100000000, 71}),
	NATIVE("matmul", {1000, 500}, {27000, 100}, {1000000, 57}, {27000000, 45},
	       {1000000000, 39}),
	NATIVE("matmul-blocked", {1000, 460}, {27000, 83}, {1000000, 43}, {27000000, 32},
	       {1000000000, 31}),
	NATIVE("memory", {4194304, 590}),
	NATIVE("files", {1024, 2000}, {16384, 1540}, {262144, 1480}),
};

/* native_ps: a call of math.sqrt in CPython 3.11.7, beyond a load of its argument. */
static struct cost_model presets[] = {
#define PACE(NAME, text, loop, simple, object, call, help, source) \
	{ \
		.name = text, .machine = {REFERENCE_MACHINE, .atomic_ps = ATOMIC_PS_##NAME, \
			    .take_ps = TAKE_PS_##NAME}, \
		.opcode_ps = {(int64_t)((loop) * 1000 + 0.5), (int64_t)((simple) * 1000 + 0.5), \
			      (int64_t)((object) * 1000 + 0.5), (int64_t)((call) * 1000 + 0.5)}, \
		.native_ps = 24000, .works = works, .works_n = sizeof works / sizeof *works, \
	},
/* Two of them, what is beside, and four loads make an uncontended drop and take, which last 16, 41
 * and 50 ns. */
#define ATOMIC_PS_CPYTHON27 7470
#define ATOMIC_PS_CPYTHON311 6657
#define ATOMIC_PS_CPYTHON313 8157
#define TAKE_PS_CPYTHON27 0
#define TAKE_PS_CPYTHON311 (4 * ATOMIC_PS_CPYTHON311)
#define TAKE_PS_CPYTHON313 (4 * ATOMIC_PS_CPYTHON313)
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
