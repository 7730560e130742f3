#include "vm/vm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vm/interp.h"

/* About the depth at which CPython gives up, and room for it at a usual frame's size. */
enum { FRAMES_MOST = 1000, STACK_SLOTS = 16 * 1024 };

const char *vm_trap_text(enum vm_trap trap)
{
	static const char *const texts[] = {
#define TRAP(NAME, text) text,
		VM_TRAPS(TRAP)
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

int vm_thread_open(struct vm_thread *t, struct module *m, const char *name,
		   enum accounting accounting, struct gil_stats *stats)
{
	*t = (struct vm_thread){.module = m};
	t->stack = malloc(STACK_SLOTS * sizeof *t->stack);
	t->frames = malloc(FRAMES_MOST * sizeof *t->frames);
	if (!t->stack || !t->frames) {
		vm_thread_close(t);
		return -ENOMEM;
	}
	t->stack_end = t->stack + STACK_SLOTS;
	t->frames_end = t->frames + FRAMES_MOST;
	gil_attach(&t->gil, &m->interpreter->gil, name, accounting, stats);
	return 0;
}

void vm_thread_close(struct vm_thread *t)
{
	free(t->stack);
	free(t->frames);
	t->stack = NULL;
	t->frames = NULL;
}

/* A wait is I/O: it costs so much that two clock reads do not matter. */
static int call_kernel(struct vm_thread *t, const struct native *native,
		       const struct native_call *call)
{
	if (!native->waits || t->gil.accounting == ACCOUNTING_OFF)
		return native->call(call);
	int64_t began_ns = world_now_ns();
	int err = native->call(call);
	t->io_ns += world_now_ns() - began_ns;
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

int vm_call_native(struct vm_thread *t, const struct native *native, const union value *args,
		   union value *result)
{
	struct native_call call = {.args = args, .result = result, .team = t->team};
	bool released = native->waits || (t->releases && native->releases);
	if (t->gil.accounting != ACCOUNTING_FULL)
		return call_in_section(t, released, native, &call);
	int64_t io_ns = t->io_ns, began_ns = released ? 0 : world_now_ns();
	int err = call_in_section(t, released, native, &call);
	int64_t apart_ns = t->io_ns - io_ns;
	if (released)
		t->native_released_ns += section_ns(&t->gil) - apart_ns;
	else
		t->native_held_ns += world_now_ns() - began_ns - apart_ns;
	return err;
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
