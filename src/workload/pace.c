#include "workload/pace.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm/asm.h"
#include "world/spin.h"

extern const struct workload workload_count, workload_laplace;

static const struct pace presets[] = {
	{.name = "full", .help = "as fast as this interpreter goes", .source = ""},
#define PACE(NAME, text, loop, simple, object, call, helps, from) \
	{.name = text, .help = helps, .source = from, .ns = {loop, simple, object, call}},
#include "workload/pace.def"
#undef PACE
};
enum { PRESETS_N = sizeof presets / sizeof *presets, PACES_MOST = 32 };

const struct pace *pace_nth(size_t k)
{
	return k < PRESETS_N ? &presets[k] : NULL;
}

/* Paces given as a number; equal ones are one. */
static struct pace numbers[PACES_MOST];
static char number_texts[PACES_MOST][24];

static const struct pace *pace_of_number(double ns)
{
	size_t k = 0;
	while (k < PACES_MOST && numbers[k].name && numbers[k].ns[0] != ns)
		k++;
	if (k == PACES_MOST)
		return NULL;
	snprintf(number_texts[k], sizeof number_texts[k], "%gns", ns);
	numbers[k] = (struct pace){.name = number_texts[k], .ns = {ns, ns, ns, ns}};
	return &numbers[k];
}

int pace_parse(const char *what, const char *text, const struct pace **pace, struct error *err)
{
	char *end;
	double ns = strtod(text, &end);
	for (size_t k = 0; k < PRESETS_N; k++)
		if (strcmp(text, presets[k].name) == 0) {
			*pace = k ? &presets[k] : NULL;
			return 0;
		}
	if (end == text || (*end && strcmp(end, "ns") != 0) || !(ns >= 1 && ns <= 1000000))
		return error_set(err, -EINVAL,
				 "%s: '%.40s' must be "
#define PACE(NAME, text, loop, simple, object, call, helps, from) text ", "
#include "workload/pace.def"
#undef PACE
				 "full, or 1 to 1000000 ns per opcode, as in 2.5",
				 what, text);
	*pace = pace_of_number(ns);
	return *pace ? 0 : error_set(err, -EINVAL, "%s: must be one of at most %d numbers", what,
					   PACES_MOST);
}

static bool is_about_objects(const char *letters)
{
	return strpbrk(letters, "flmab") != NULL;
}

enum pace_kind pace_kind_of(enum opcode op)
{
	const struct opcode_info *info = &opcode_infos[op];
	if (op == OP_FOR_RANGE || op == OP_JUMP_BACKWARD)
		return PACE_LOOP;
	if (op == OP_CALL || op == OP_CALL_NATIVE || op == OP_RETURN_VALUE)
		return PACE_CALL;
	return is_about_objects(info->in) || is_about_objects(info->out) ? PACE_OBJECT
									  : PACE_SIMPLE;
}

/* The innermost loop of a function: from its last FOR_RANGE to the jump behind it. */
static void find_loop(struct pace_loop *loop, const struct function *f)
{
	const struct insn *insns = loop->program.insns;
	for (uint32_t k = f->first; k < f->end; k++)
		if (insns[k].op == OP_FOR_RANGE)
			loop->first = &insns[k];
	loop->end = loop->first;
	while (loop->end++->op != OP_JUMP_BACKWARD)
		;
}

int pace_loop_open(struct pace_loop *loop, int which, struct error *err)
{
	static const struct workload *const workloads_of[] = {&workload_count, &workload_laplace};
	static const char *const names[] = {"count", "py_update"};
	const struct workload *workload = workloads_of[which];
	*loop = (struct pace_loop){0};
	int failed = program_assemble(workload->name, workload->programs[ENGINE_BYTECODE], NULL,
				      &loop->program, err);
	for (size_t k = 0; k < loop->program.functions_n; k++)
		if (strcmp(loop->program.functions[k].name, names[which]) == 0)
			find_loop(loop, &loop->program.functions[k]);
	return failed;
}

void pace_loop_close(struct pace_loop *loop)
{
	program_free(&loop->program);
}

double pace_loop_ns(const struct pace_loop *loop, const struct pace *pace)
{
	double ns = 0;
	for (const struct insn *insn = loop->first; insn < loop->end; insn++)
		ns += pace->ns[pace_kind_of(insn->op)];
	return ns;
}

/* Calibration */

struct calibration {
	const struct pace *pace;
	struct pace_loop loops[PACE_LOOPS_N];
	double extra_ns[PACE_KINDS_N]; /* to burn before an opcode of each kind */
	uint32_t *burns;
};

static int64_t run_once(const struct calibration *c, int which, int64_t rounds)
{
	enum { SIDE = 30, CELLS_N = (SIDE - 2) * (SIDE - 2) };
	const struct interpreter_options options = {
		.policy = gil_policy_find("cpython"), .interval_ns = ABSENT, .ticks = ABSENT};
	const union value args[PACE_LOOPS_N][5] = {
		{{.i = rounds}},
		{{.f = 1}, {.i = SIDE}, {.i = rounds / CELLS_N}, {.f = 0.01}, {.f = 0.01}}};
	static struct interpreter in;
	static struct module module;
	static struct gil_stats stats;
	struct vm_thread t;
	union value result;
	int64_t ns = ABSENT;
	interpreter_open(&in, &options); /* without a timer it cannot fail */
	module_open(&module, &in, &c->loops[which].program); /* nor without globals */
	if (!vm_thread_open(&t, &module, "calibration", ACCOUNTING_OFF, &stats)) {
		t.burns = c->burns;
		gil_take(&t.gil);
		int64_t began_ns = world_now_ns();
		enum vm_trap trap = vm_run(&t, args[which], &result);
		if (!trap)
			ns = world_now_ns() - began_ns;
		gil_detach(&t.gil);
	}
	vm_thread_close(&t);
	module_close(&module);
	interpreter_close(&in);
	return ns;
}

/* ns per round, without what a run costs once; the shortest of several is the one that nothing
 * slowed down.  A slow pace gets fewer tries: it is more even.  NAN: no memory. */
static double measure_loop(const struct calibration *c, int which)
{
	enum { TRIES_N = 15, FEW = 784, MANY = 16 * 784, ENOUGH_NS = 40000000 };
	int64_t few_ns = ABSENT, many_ns = ABSENT, end_ns = world_now_ns() + ENOUGH_NS;
	for (int k = 0; k < TRIES_N && (k == 0 || world_now_ns() < end_ns); k++) {
		int64_t few = run_once(c, which, FEW), many = run_once(c, which, MANY);
		few_ns = few < few_ns ? few : few_ns;
		many_ns = many < many_ns ? many : many_ns;
	}
	if (few_ns == ABSENT || many_ns == ABSENT)
		return NAN;
	return (double)(many_ns - few_ns) / (MANY - FEW);
}

static int64_t times_in(const struct pace_loop *loop, enum opcode op)
{
	int64_t n = 0;
	for (const struct insn *insn = loop->first; insn < loop->end; insn++)
		n += insn->op == op;
	return n;
}

static int64_t kind_times_in(const struct pace_loop *loop, enum pace_kind kind)
{
	int64_t n = 0;
	for (const struct insn *insn = loop->first; insn < loop->end; insn++)
		n += pace_kind_of(insn->op) == kind;
	return n;
}

static double steps_before(const struct calibration *c, enum opcode op)
{
	return spin_steps_of(c->extra_ns[pace_kind_of(op)]);
}

/* Steps are whole: what an opcode is rounded by is made up for by the next ones of the same
 * loop, those that stand in it most often first. */
static void round_loop(struct calibration *c, const struct pace_loop *loop, bool *is_set)
{
	double carried = 0;
	for (int op = 0; op < OPCODES_N; op++)
		if (is_set[op])
			carried += (double)times_in(loop, op) *
				   (steps_before(c, op) - c->burns[op]);
	for (int64_t times = loop->end - loop->first; times > 0; times--)
		for (int op = 0; op < OPCODES_N; op++) {
			if (is_set[op] || times_in(loop, op) != times)
				continue;
			double wanted = steps_before(c, op) * (double)times + carried;
			c->burns[op] = wanted > 0 ? (uint32_t)(wanted / (double)times + 0.5) : 0;
			carried = wanted - (double)c->burns[op] * (double)times;
			is_set[op] = true;
		}
}

static void set_burns(struct calibration *c)
{
	bool is_set[OPCODES_N] = {false};
	for (int op = 0; op < OPCODES_N; op++)
		c->burns[op] = (uint32_t)(steps_before(c, op) + 0.5);
	for (int k = 0; k < PACE_LOOPS_N; k++)
		round_loop(c, &c->loops[k], is_set);
}

/* What is missing in the count loop goes to all opcodes but those on objects, what is then
 * missing in the other to these.  Within bounds, lest a noisy machine leads it astray: an
 * opcode's own cost is less than OWN_MOST_NS, and the length of a step is known to a half. */
static int correct(struct calibration *c, double gain, bool *is_done)
{
	enum { OWN_MOST_NS = 8 };
	const struct pace_loop *count = &c->loops[PACE_LOOP_COUNT];
	const struct pace_loop *cell = &c->loops[PACE_LOOP_CELL];
	double missing[PACE_LOOPS_N];
	*is_done = true;
	for (int k = 0; k < PACE_LOOPS_N; k++) {
		double measured_ns = measure_loop(c, k);
		if (isnan(measured_ns))
			return -ENOMEM;
		missing[k] = pace_loop_ns(&c->loops[k], c->pace) - measured_ns;
		*is_done = *is_done && fabs(missing[k]) < 0.005 * measured_ns;
	}
	if (*is_done)
		return 0;
	double each_ns = missing[PACE_LOOP_COUNT] / (double)(count->end - count->first);
	int64_t objects_n = kind_times_in(cell, PACE_OBJECT);
	double object_ns = (missing[PACE_LOOP_CELL] -
			    each_ns * (double)(cell->end - cell->first - objects_n)) /
			   (double)objects_n;
	for (int kind = 0; kind < PACE_KINDS_N; kind++) {
		double ns = c->pace->ns[kind];
		double missing_ns = kind == PACE_OBJECT ? object_ns : each_ns;
		double extra_ns = c->extra_ns[kind] + gain * missing_ns;
		c->extra_ns[kind] = fmin(2 * ns, fmax(ns / 2 - OWN_MOST_NS, fmax(0, extra_ns)));
	}
	set_burns(c);
	return 0;
}

static int calibrate(struct calibration *c, struct error *err)
{
	enum { ROUNDS_N = 8 };
	int failed = 0;
	bool is_done = false;
	for (int k = 0; k < PACE_LOOPS_N && !failed; k++)
		failed = pace_loop_open(&c->loops[k], k, err);
	memcpy(c->extra_ns, c->pace->ns, sizeof c->extra_ns);
	set_burns(c);
	for (int k = 0; k < ROUNDS_N && !failed && !is_done; k++)
		/* The later ones average. */
		if ((failed = correct(c, k < 2 ? 1 : 1.0 / k, &is_done)))
			error_set(err, failed, "--pace=%s: no memory", c->pace->name);
	for (int k = 0; k < PACE_LOOPS_N; k++)
		pace_loop_close(&c->loops[k]);
	return failed;
}

int pace_burns(const struct pace *pace, const uint32_t **burns, struct error *err)
{
	static struct {
		const struct pace *pace;
		uint32_t burns[OPCODES_N];
	} known[PRESETS_N + PACES_MOST];
	size_t k = 0;
	*burns = NULL;
	if (!pace)
		return 0;
	while (known[k].pace && known[k].pace != pace)
		k++;
	struct calibration c = {.pace = pace, .burns = known[k].burns};
	int failed = known[k].pace ? 0 : calibrate(&c, err);
	if (failed)
		return failed;
	known[k].pace = pace;
	*burns = known[k].burns;
	return 0;
}
