/* program.c - from phases to bytecode. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/run.h"
#include "vm/asm.h"
#include "world/spin.h"

static int native_spin(const struct native_call *call)
{
	spin_ns(call->args[0].i);
	call->result->i = 0;
	return 0;
}

static int native_work(const struct native_call *call)
{
	spin_steps((uint64_t)(spin_steps_of((double)call->args[0].i) + 0.5));
	call->result->i = 0;
	return 0;
}

static struct outer_mutex *mutex_of(const struct native_call *call)
{
	const struct member *m = call->context;
	return &m->crew->mutexes[call->args[0].i];
}

static int native_lock(const struct native_call *call)
{
	struct outer_mutex *m = mutex_of(call);
	mutex_lock(&m->mutex);
	world_store(&m->owner, call->context, RELAXED);
	call->result->i = 0;
	return 0;
}

static int native_unlock(const struct native_call *call)
{
	struct outer_mutex *m = mutex_of(call);
	world_store(&m->owner, NULL, RELAXED);
	mutex_unlock(&m->mutex);
	call->result->i = 0;
	return 0;
}

static const struct native natives[] = {
	{.name = "spin_held", .in = "i", .out = "i", .call = native_spin},
	{.name = "spin_released", .in = "i", .out = "i", .releases = true, .call = native_spin},
	{.name = "work_held", .in = "i", .out = "i", .call = native_work},
	{.name = "work_released", .in = "i", .out = "i", .releases = true, .call = native_work},
	{.name = "sleep", .in = "i", .out = "i", .await = native_sleep},
	{.name = "lock_held", .in = "i", .out = "i", .call = native_lock},
	{.name = "lock_released", .in = "i", .out = "i", .releases = true, .call = native_lock},
	{.name = "unlock", .in = "i", .out = "i", .call = native_unlock},
	{0},
};

#define ROUND_BEGIN "func round() int\nlocal c int\nlocal _ int\n"
#define ROUND_END "LOAD_FAST c\nRETURN_VALUE\nend\n"

/* for _ in range(loops_n): c += 1 */
static int append_loop(struct buffer *text, size_t k, int64_t loops_n)
{
	return buffer_printf(text,
			     "LOAD_CONST 0\nLOAD_CONST %" PRId64 "\n"
			     "next%zu: FOR_RANGE done%zu\nSTORE_FAST _\n"
			     "LOAD_FAST c\nLOAD_CONST 1\nBINARY_ADD_INT\nSTORE_FAST c\n"
			     "JUMP_BACKWARD next%zu\ndone%zu:\n",
			     loops_n, k, k, k, k);
}

static int append_phase(struct buffer *text, size_t k, const struct phase *phase,
			double loops_per_us)
{
	static const char *const names[] = {
		[PHASE_NATIVE_HELD] = "spin_held",
		[PHASE_NATIVE_RELEASED] = "spin_released",
		[PHASE_IO] = "sleep",
		[PHASE_WORK_HELD] = "work_held",
		[PHASE_WORK_RELEASED] = "work_released",
		[PHASE_LOCK_HELD] = "lock_held",
		[PHASE_LOCK_RELEASED] = "lock_released",
		[PHASE_UNLOCK] = "unlock",
	};
	if (phase->kind == PHASE_BYTECODE) {
		double loops_n = (double)phase->ns * loops_per_us / 1000;
		return append_loop(text, k, (int64_t)(loops_n + 0.5));
	}
	return buffer_printf(text, "LOAD_CONST %" PRId64 "\nCALL_NATIVE %s\nPOP_TOP\n", phase->ns,
			     names[phase->kind]);
}

int scenario_phases_text(const struct group *g, double loops_per_us, struct buffer *text)
{
	int failed = buffer_printf(text, ROUND_BEGIN);
	for (size_t k = 0; k < g->phases_n && !failed; k++)
		failed = append_phase(text, k, &g->phases[k], loops_per_us);
	return failed ? failed : buffer_printf(text, ROUND_END);
}

/* What a server does for a request, at its least: a call. */
static const char answer_text[] = "func round() int\nCALL answer\nRETURN_VALUE\nend\n"
				  "func answer() int\nLOAD_CONST 0\nRETURN_VALUE\nend\n";

/* The shortest of several tries is the one that nothing interrupted. */
static int64_t time_loops(struct vm_thread *t)
{
	enum { TRIES_N = 20 };
	union value unused = {0};
	int64_t best_ns = INT64_MAX;
	gil_take(&t->gil);
	for (int k = 0; k < TRIES_N; k++) {
		int64_t began_ns = world_now_ns();
		vm_run(t, &unused, &unused);
		int64_t ns = world_now_ns() - began_ns;
		best_ns = ns < best_ns ? ns : best_ns;
	}
	gil_detach(&t->gil);
	return best_ns > 0 ? best_ns : 1;
}

enum { CALIBRATION_LOOPS_N = 10000 };

static int run_calibration(const struct scenario *s, const struct program *p, double *loops_per_us)
{
	static struct interpreter in;
	static struct module module;
	static struct gil_stats stats;
	const struct interpreter_options options = scenario_interpreter_options(s);
	struct vm_thread t;
	int failed = interpreter_open(&in, &options);
	if (failed)
		return failed;
	module_open(&module, &in, p); /* without globals it cannot fail */
	failed = vm_thread_open(&t, &module, "calibration", ACCOUNTING_OFF, &stats);
	t.burns = s->burns;
	if (!failed)
		*loops_per_us = 1000.0 * CALIBRATION_LOOPS_N / (double)time_loops(&t);
	vm_thread_close(&t);
	module_close(&module);
	interpreter_close(&in);
	return failed;
}

static int calibrate(const struct scenario *s, double *loops_per_us, struct error *err)
{
	struct program p = {0};
	struct buffer text = {0};
	int failed = buffer_printf(&text, ROUND_BEGIN);
	if (!failed)
		failed = append_loop(&text, 0, CALIBRATION_LOOPS_N);
	if (!failed)
		failed = buffer_printf(&text, ROUND_END);
	if (!failed)
		failed = program_assemble("calibration", text.bytes, NULL, &p, err);
	if (!failed && (failed = run_calibration(s, &p, loops_per_us)))
		error_set(err, failed, "%.80s: calibration: %s", s->file, strerror(-failed));
	program_free(&p);
	buffer_free(&text);
	return failed == -ENOMEM ? error_set(err, failed, "%.80s: no memory", s->file) : failed;
}

/* The loop of append_loop is that of count, whose costs add up. */
static int count_costs(const struct scenario *s, double *loops_per_us, struct error *err)
{
	uint32_t burns[OPCODES_N];
	struct pace_loop loop;
	int64_t loop_ps = 0;
	int failed = pace_loop_open(&loop, PACE_LOOP_COUNT, err);
	if (failed)
		return failed;
	cost_burns(s->world.cost, NULL, s->pace, burns);
	for (const struct insn *insn = loop.first; insn < loop.end; insn++)
		loop_ps += burns[insn->op];
	pace_loop_close(&loop);
	*loops_per_us = 1e6 / (double)(loop_ps > 0 ? loop_ps : 1);
	return 0;
}

static int time_bytecode(struct scenario *s, struct error *err)
{
	if (s->world.world != WORLD_REAL)
		return s->loops_per_us ? 0 : count_costs(s, &s->loops_per_us, err);
	int failed = pace_burns(s->pace, &s->burns, err);
	if (!failed && !s->loops_per_us)
		failed = calibrate(s, &s->loops_per_us, err);
	spin_calibrate();
	return failed;
}

static int assemble_phases(struct group *g, double loops_per_us, struct error *err)
{
	struct buffer text = {0};
	int failed = scenario_phases_text(g, loops_per_us, &text);
	if (!failed)
		failed = program_assemble(g->name, text.bytes, natives, &g->program, err);
	buffer_free(&text);
	return failed;
}

int scenario_assemble(struct scenario *s, const struct scenario *alike, struct error *err)
{
	int failed = 0;
	for (size_t k = 0; k < s->groups_n && !failed; k++) {
		struct group *g = &s->groups[k];
		if (g->activity == ACTIVITY_PHASES)
			failed = assemble_phases(g, s->loops_per_us, err);
		else if (g->activity == ACTIVITY_WORKLOAD)
			failed = work_open(&g->work, &g->job, alike ? &alike->groups[k].work : NULL,
					   err);
		else
			failed = program_assemble(g->name, answer_text, NULL, &g->program, err);
	}
	if (failed == -ENOMEM)
		error_set(err, failed, "%.80s: no memory", s->file);
	return failed;
}

int scenario_prepare(struct scenario *s, struct error *err)
{
	int failed = time_bytecode(s, err);
	return failed ? failed : scenario_assemble(s, NULL, err);
}
