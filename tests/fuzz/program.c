/* program - program text (.gasm): assembled, verified, written out and assembled again, and run, as
 * quick code, as its opcodes, and with a check point at each of them.
 *
 * A run is bounded by a lock of its own, which everybody goes for at every check point: after so
 * many takes the thread is told to stop.  Quick code has the same check points, so that both must
 * end alike, wherever that is. */
#include "fuzz.h"

#include <math.h>

#include "gil/handoff.h"
#include "vm/asm.h"
#include "vm/vm.h"

enum { TAKES_MOST = 3000, TEXT_MOST = 4096 };

static struct interpreter interpreter;
static struct module module;
static struct vm_thread t;
static struct gil_stats stats;
static int takes_n;
static bool was_asked;

/* What lists hold, and in which order they were looked at. */
static uint64_t seen;

static void see(uint64_t number)
{
	seen = (seen ^ number) * UINT64_C(0x100000001b3);
}

/* Which one of what is no number comes out of an addition is the compiler's choice. */
static int64_t bits_of(union value value, bool is_float)
{
	return is_float && isnan(value.f) ? -1 : value.i;
}

static int64_t take(struct gil_thread *thread)
{
	bool is_last = takes_n++ == TAKES_MOST;
	world_or(&thread->breaker, is_last ? GIL_STOP : GIL_DROP_REQUEST, RELAXED);
	return ABSENT;
}

static bool drop(struct gil_thread *thread)
{
	(void)thread;
	return false;
}

static const struct handoff counted = {.take = take, .drop = drop};

static int native_see(const struct native_call *call)
{
	const struct floats *list = (const struct floats *)call->args[0].object;
	see((uint64_t)list->n);
	for (int64_t k = 0; k < list->n; k++)
		see((uint64_t)bits_of(list->items[k], true));
	call->result->i = (int64_t)(seen >> 60);
	return 0;
}

static int native_stop(const struct native_call *call)
{
	gil_stop(&t.gil);
	call->result->i = 1;
	return 0;
}

/* Suspends the run each time, once. */
static int native_pause(const struct native_call *call, struct awaited *a)
{
	was_asked = !was_asked;
	call->result->i = 2;
	a->until_ns = 0;
	return was_asked ? NATIVE_AWAITS : 0;
}

static int native_text(const struct native_call *call)
{
	struct bytes *text = call->args[0].i > TEXT_MOST ? NULL : bytes_new(call->args[0].i);
	if (!text)
		return -ENOMEM;
	for (int64_t k = 0; k < text->n; k++)
		text->items[k] = (unsigned char)(k * 37);
	call->result->object = &text->head;
	return 0;
}

static int native_grid(const struct native_call *call)
{
	int64_t side = call->args[1].i;
	struct array *a = side > TEXT_MOST ? NULL : array_new(side, side, 1);
	if (!a)
		return -ENOMEM;
	call->result->object = &a->head;
	return 0;
}

static const struct native natives[] = {
	{.name = "see", .in = "l", .out = "i", .releases = true, .call = native_see},
	{.name = "stop", .in = "", .out = "i", .call = native_stop},
	{.name = "pause", .in = "", .out = "i", .await = native_pause},
	{.name = "text", .in = "i", .out = "b", .call = native_text},
	{.name = "grid", .in = "fi", .out = "a", .call = native_grid},
	{0},
};

struct end {
	enum vm_trap trap;
	int64_t result, references_off, globals[GLOBALS_MOST];
	uint64_t seen;
};

static void keep_globals(const struct program *p, struct end *end)
{
	for (size_t k = 0; k < p->globals_n; k++) {
		union value value = module.globals[k];
		if (type_infos[p->global_types[k]].is_reference)
			value = ((struct floats *)value.object)->items[0];
		end->globals[k] = bits_of(value, p->global_types[k] != TYPE_INT);
	}
	end->references_off = p->globals_n ? module_references_off(&module) : 0;
}

/* Of what was suspended as quick code the opcodes can go on, and the other way round. */
static enum vm_trap run_to_its_end(union value *result)
{
	static const union value args[LOCALS_MOST] = {{.i = 3}, {.i = 2}, {.f = 0.5}};
	static const uint32_t no_burns[OPCODES_N];
	enum vm_trap trap;
	while ((trap = vm_run(&t, args, result)) == VM_TRAP_AWAITS)
		t.burns = t.burns ? NULL : no_burns;
	return trap;
}

static struct end run(const struct program *p, enum check_points check_points,
		      enum preemption preemption, enum counts counts)
{
	const struct gil_policy policy = {.name = "counted",
					  .check_points = check_points,
					  .preemption = preemption,
					  .handoff = &counted,
					  .interval_ns = ABSENT};
	const struct interpreter_options options = {&policy, ABSENT, ABSENT, counts};
	union value result = {.i = 4711};
	struct end end = {0};
	seen = UINT64_C(0xcbf29ce484222325);
	takes_n = 0;
	was_asked = false;
	MUST(interpreter_open(&interpreter, &options) == 0);
	MUST(module_open(&module, &interpreter, p) == 0);
	MUST(vm_thread_open(&t, &module, "fuzz", ACCOUNTING_OFF, &stats) == 0);
	t.suspends = t.releases = true;
	gil_take(&t.gil);
	end.trap = run_to_its_end(&result);
	gil_detach(&t.gil);
	end.seen = seen;
	end.result = bits_of(result, p->functions->out == TYPE_FLOAT);
	keep_globals(p, &end);
	vm_thread_close(&t);
	module_close(&module);
	interpreter_close(&interpreter);
	MUST(end.references_off == 0);
	MUST(end.trap == VM_TRAP_NONE || result.i == 4711);
	return end;
}

static bool is_alike(const struct end *a, const struct end *b)
{
	return a->trap == b->trap && a->result == b->result && a->seen == b->seen &&
	       memcmp(a->globals, b->globals, sizeof a->globals) == 0;
}

/* More check points end a run earlier, and change nothing else. */
static void check_runs(const struct program *p, size_t size)
{
	enum preemption preemption = size & 1 ? PREEMPT_TICKS : PREEMPT_REQUEST;
	enum counts counts = (enum counts)(size / 2 % COUNTS_N);
	struct end quick = run(p, CHECK_AT_BREAKER, preemption, counts);
	struct end every = run(p, CHECK_AT_EVERY, preemption, counts);
	memcpy(p->quick, p->insns, p->insns_n * sizeof *p->insns);
	struct end base = run(p, CHECK_AT_BREAKER, preemption, counts);
	MUST(is_alike(&quick, &base));
	MUST(every.trap == VM_TRAP_STOPPED || is_alike(&every, &base));
}

static void check_written(const struct program *p)
{
	struct program again;
	struct buffer text = {0};
	struct error err = {""};
	MUST(program_disassemble(p, &text) == 0);
	MUST(program_assemble("again", text.bytes, natives, &again, &err) == 0);
	MUST(again.insns_n == p->insns_n && again.functions_n == p->functions_n);
	for (size_t k = 0; k < p->insns_n; k++)
		MUST(again.insns[k].op == p->insns[k].op && again.depths[k] == p->depths[k] &&
		     again.references[k] == p->references[k]);
	program_free(&again);
	buffer_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct program p;
	struct error err = {""};
	int failed = program_assemble("x.gasm", text, natives, &p, &err);
	check_failure(failed, &err);
	if (!failed) {
		check_written(&p);
		check_runs(&p, size);
	}
	program_free(&p);
	free(text);
	return 0;
}
