#include "vm/vm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vm/interp.h"

const char *vm_trap_text(enum vm_trap trap)
{
	static const char *const texts[] = {
#define TRAP(NAME, text) text,
		VM_TRAPS(TRAP) /* NOLINT(bugprone-suspicious-missing-comma): texts of two lines */
#undef TRAP
	};
	return texts[trap];
}

/* The threads' references come and go on top of a base that is never let go of. */
static int make_object(union value *global, enum counts counts, bool is_immortal)
{
	struct floats *list = floats_new(1);
	if (!list)
		return -ENOMEM;
	bool is_biased = counts == COUNTS_BIASED;
	list->head.references_n = is_biased ? 0 : REFERENCES_BASE;
	list->head.shared_n = is_biased ? REFERENCES_BASE * SHARED_ONE + SHARED_MERGED : 0;
	if (is_immortal)
		object_immortalize(&list->head);
	global->object = &list->head;
	return 0;
}

int interpreter_open(struct interpreter *in, const struct interpreter_options *options)
{
	in->counts = options->counts;
	return gil_open(&in->gil, options->policy, options->interval_ns, options->ticks);
}

void interpreter_close(struct interpreter *in)
{
	gil_close(&in->gil);
}

static bool is_object(const struct program *p, size_t global)
{
	return type_infos[p->global_types[global]].is_reference;
}

int module_open(struct module *m, struct interpreter *in, const struct program *p)
{
	int failed = 0;
	*m = (struct module){.interpreter = in, .program = p};
	for (size_t k = 0; k < p->globals_n && !failed; k++)
		if (is_object(p, k))
			failed = make_object(&m->globals[k], in->counts, p->immortals >> k & 1);
	if (failed)
		module_close(m);
	return failed;
}

void module_close(struct module *m)
{
	for (size_t k = 0; k < m->program->globals_n; k++)
		if (is_object(m->program, k))
			free(m->globals[k].object);
}

static const struct floats *first_list(const struct module *m)
{
	bool is_list = m->program->globals_n > 0 && is_object(m->program, 0);
	return is_list ? (const struct floats *)m->globals[0].object : NULL;
}

int64_t module_outcome(const struct module *m)
{
	const struct floats *list = first_list(m);
	return list ? (int64_t)list->items[0].f : m->globals[0].i;
}

int64_t module_references_off(const struct module *m)
{
	const struct floats *list = first_list(m);
	if (!list)
		return 0;
	const struct object *o = &list->head;
	bool is_immortal = m->program->immortals & 1;
	return o->references_n + o->shared_n / SHARED_ONE -
	       (is_immortal ? REFERENCES_IMMORTAL : REFERENCES_BASE);
}

/* Processors take a load for one of what was just stored when the low 12 bits of both addresses
 * are equal, and wait for it: a counting loop whose slots met its instructions so ran 1.5 times
 * as long, by the chance of where memory lay.  So a thread's lie half a page apart. */
enum { ALIAS_BYTES = 4096 };
static size_t bytes_to_half_a_page_off(const struct program *p, const char *slots)
{
	uintptr_t wanted = (uintptr_t)p->quick + ALIAS_BYTES / 2;
	size_t bytes = (wanted - (uintptr_t)slots) % ALIAS_BYTES;
	return bytes - bytes % sizeof(union value);
}

/* On cache lines of its own: no two threads write to one. */
static int open_stack(struct vm_stack *s, const struct program *p, bool is_apart)
{
	size_t frames_bytes = p->frames_n * sizeof *s->frames;
	size_t bytes = frames_bytes + p->slots_n * sizeof *s->slots + 2 * CACHE_LINE_BYTES;
	*s = (struct vm_stack){.memory = malloc(bytes + (is_apart ? ALIAS_BYTES : 0))};
	if (!s->memory)
		return -ENOMEM;
	char *at = (char *)s->memory + CACHE_LINE_BYTES;
	if (is_apart)
		at += bytes_to_half_a_page_off(p, at + frames_bytes);
	s->frames = (struct vm_frame *)at;
	s->frames_end = s->frames + p->frames_n;
	s->slots = (union value *)s->frames_end;
	s->slots_end = s->slots + p->slots_n;
	return 0;
}

int vm_stack_open(struct vm_stack *s, const struct program *p)
{
	return open_stack(s, p, false);
}

void vm_stack_close(struct vm_stack *s)
{
	free(s->memory);
	*s = (struct vm_stack){0};
}

int vm_thread_open(struct vm_thread *t, struct module *m, const char *name,
		   enum accounting accounting, struct gil_stats *stats)
{
	*t = (struct vm_thread){.module = m};
	if (open_stack(&t->stack, m->program, true))
		return -ENOMEM;
	gil_attach(&t->gil, &m->interpreter->gil, name, accounting, stats);
	return 0;
}

void vm_thread_close(struct vm_thread *t)
{
	vm_stack_close(&t->stack);
}

static int await_blocking(const struct native *native, const struct native_call *call)
{
	struct awaited awaited = {0};
	int more;
	while ((more = native->await(call, &awaited)) == NATIVE_AWAITS)
		world_await(&awaited);
	return more;
}

/* Holding the lock: it is the event loop that waits. */
static int await_suspended(struct vm_thread *t, const struct native *native,
			   const struct native_call *call)
{
	struct vm_stack *s = &t->stack;
	bool goes_on = s->suspended;
	s->suspended = NULL;
	if (goes_on && gil_is_stopped(&t->gil))
		return -ECANCELED;
	if (!goes_on)
		s->awaited = (struct awaited){0};
	return native->await(call, &s->awaited);
}

/* In the virtual world a call takes what its costs say; in the real one it has taken it. */
static int call_and_charge(const struct vm_thread *t, const struct native *native,
			   const struct native_call *call)
{
	int64_t items_n = WORLD_VIRTUAL && native->items ? native->items(call->args) : 0;
	int64_t passes_n = WORLD_VIRTUAL && native->passes ? native->passes(call->args) : 1;
	int err = native->call(call);
	int64_t ps = WORLD_VIRTUAL && t->costs ? t->costs->ps(t->costs, items_n, passes_n) : 0;
	if (native->bytes_per_item && ps)
		world_charge_memory(ps, items_n * passes_n * native->bytes_per_item);
	else
		world_charge_about(ps);
	return err;
}

void vm_end_io(struct vm_thread *t, int64_t began_ns)
{
	int64_t ended_ns = world_now_ns();
	t->io_ns += ended_ns - began_ns;
	gil_record(&t->gil, SPAN_NATIVE_RELEASED, ended_ns);
}

/* A wait is I/O: it costs so much that two clock reads do not matter. */
static int call_kernel(struct vm_thread *t, const struct native *native,
		       const struct native_call *call)
{
	if (native->await && t->suspends)
		return await_suspended(t, native, call);
	bool is_timed = t->gil.accounting != ACCOUNTING_OFF && (native->waits || native->await);
	int64_t began_ns = is_timed ? world_now_ns() : 0;
	if (is_timed)
		gil_record(&t->gil, SPAN_IO, began_ns);
	int err = native->await ? await_blocking(native, call) : call_and_charge(t, native, call);
	if (is_timed)
		vm_end_io(t, began_ns);
	return err;
}

static int call_in_section(struct vm_thread *t, bool released, const struct native *native,
			   const struct native_call *call)
{
	if (!released)
		return call_kernel(t, native, call);
	gil_section_begin(&t->gil);
	int err = call_kernel(t, native, call);
	gil_section_end(&t->gil);
	return err;
}

/* The lock has timed the section itself, from the drop to the take.  Its waits are left
 * out: they are gil_wait. */
static int64_t section_ns(const struct gil_thread *t)
{
	return t->slice_start_ns - t->dropped_ns - (t->stats->wait_ns - t->waited_ns);
}

static bool gives_lock_away(const struct vm_thread *t, const struct native *native)
{
	return native->waits || (native->await && !t->suspends) ||
	       (t->releases && native->releases);
}

static enum vm_trap trap_of(int failed)
{
	switch (failed) {
	case 0:
		return VM_TRAP_NONE;
	case NATIVE_AWAITS:
		return VM_TRAP_AWAITS;
	case -ECANCELED:
		return VM_TRAP_STOPPED;
	case -ETIMEDOUT:
		return VM_TRAP_TIMEOUT;
	case -ECONNREFUSED:
		return VM_TRAP_REFUSED;
	case -EMFILE:
	case -ENFILE:
	case -EADDRINUSE:
		return VM_TRAP_FILES;
	default:
		return VM_TRAP_NATIVE;
	}
}

enum vm_trap vm_call_native(struct vm_thread *t, const struct native *native,
			    const union value *args, union value *result)
{
	struct native_call call = {
		.args = args, .result = result, .team = t->team, .context = t->context};
	bool released = gives_lock_away(t, native);
	if (t->gil.accounting != ACCOUNTING_FULL)
		return trap_of(call_in_section(t, released, native, &call));
	int64_t io_ns = t->io_ns, began_ns = released ? 0 : world_now_ns();
	if (!released)
		gil_record(&t->gil, SPAN_NATIVE_HELD, began_ns);
	int failed = call_in_section(t, released, native, &call);
	int64_t apart_ns = t->io_ns - io_ns;
	if (released) {
		t->native_released_ns += section_ns(&t->gil) - apart_ns;
		return trap_of(failed);
	}
	int64_t ended_ns = world_now_ns();
	t->native_held_ns += ended_ns - began_ns - apart_ns;
	gil_record(&t->gil, SPAN_BYTECODE, ended_ns);
	return trap_of(failed);
}

/* Which of the loops runs: where it checks, and what it does there. */
static interp *loop_of(const struct gil_policy *policy, const struct interps *interps)
{
	bool ticks = policy->preemption == PREEMPT_TICKS;
	switch (policy->check_points) {
	case CHECK_AT_EVERY:
		return ticks ? interps->every_ticks : interps->every;
	case CHECK_AT_DISPATCH:
		return ticks ? interps->dispatch_ticks : interps->dispatch;
	case CHECK_AT_BREAKER:
		break;
	}
	return ticks ? interps->breaker_ticks : interps->breaker;
}

enum vm_trap vm_run(struct vm_thread *t, const union value *args, union value *result)
{
	static const struct interps *const by_counts[COUNTS_N] = {
		[COUNTS_PLAIN] = &interps_plain,
		[COUNTS_ATOMIC] = &interps_atomic,
		[COUNTS_BIASED] = &interps_biased,
	};
	const struct interpreter *in = t->module->interpreter;
	return loop_of(in->gil.policy, by_counts[in->counts])(t, t->module->program, args, result);
}
