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
static int make_object(union value *global, enum counts counts)
{
	struct floats *list = floats_new(0);
	if (!list)
		return -ENOMEM;
	bool is_biased = counts == COUNTS_BIASED;
	list->head.references_n = is_biased ? 0 : REFERENCES_BASE;
	list->head.shared_n = is_biased ? REFERENCES_BASE * SHARED_ONE + SHARED_MERGED : 0;
	global->object = &list->head;
	return 0;
}

int interpreter_open(struct interpreter *in, const struct interpreter_options *options,
		     const struct program *p)
{
	int failed = 0;
	memset(in, 0, sizeof *in);
	in->program = p;
	in->counts = options->counts;
	for (size_t k = 0; k < p->globals_n && !failed; k++)
		if (type_infos[p->global_types[k]].is_reference)
			failed = make_object(&in->globals[k], in->counts);
	if (!failed)
		failed = gil_open(&in->gil, options->policy, options->interval_ns, options->ticks);
	if (failed)
		interpreter_close(in);
	return failed;
}

void interpreter_close(struct interpreter *in)
{
	for (size_t k = 0; k < in->program->globals_n; k++)
		if (type_infos[in->program->global_types[k]].is_reference)
			free(in->globals[k].object);
	if (in->gil.policy)
		gil_close(&in->gil);
}

int64_t interpreter_outcome(const struct interpreter *in)
{
	const struct program *p = in->program;
	if (p->globals_n == 0 || !type_infos[p->global_types[0]].is_reference)
		return in->globals[0].i;
	const struct object *o = in->globals[0].object;
	return o->references_n + o->shared_n / SHARED_ONE - REFERENCES_BASE;
}

int vm_thread_open(struct vm_thread *t, struct interpreter *in, const char *name,
		   enum accounting accounting, struct gil_stats *stats)
{
	*t = (struct vm_thread){.interpreter = in, .team = 1};
	t->stack = malloc(STACK_SLOTS * sizeof *t->stack);
	t->frames = malloc(FRAMES_MOST * sizeof *t->frames);
	if (!t->stack || !t->frames) {
		vm_thread_close(t);
		return -ENOMEM;
	}
	t->stack_end = t->stack + STACK_SLOTS;
	t->frames_end = t->frames + FRAMES_MOST;
	gil_attach(&t->gil, &in->gil, name, accounting, stats);
	return 0;
}

void vm_thread_close(struct vm_thread *t)
{
	free(t->stack);
	free(t->frames);
	t->stack = NULL;
	t->frames = NULL;
}

static int call_in_section(struct vm_thread *t, bool released, const struct native *native,
			   const struct native_call *call)
{
	if (!released)
		return native->call(call);
	gil_section_begin(&t->gil);
	int err = native->call(call);
	gil_section_end(&t->gil);
	return err;
}

/* At level full the section's own waits are left out: they are gil_wait. */
int vm_call_native(struct vm_thread *t, const struct native *native, const union value *args,
		   union value *result)
{
	struct native_call call = {.args = args, .result = result, .team = t->team};
	bool released = t->releases && native->releases;
	if (t->gil.accounting != ACCOUNTING_FULL)
		return call_in_section(t, released, native, &call);
	int64_t waited_ns = t->gil.stats->wait_ns, began_ns = world_now_ns();
	int err = call_in_section(t, released, native, &call);
	int64_t spent_ns = world_now_ns() - began_ns - (t->gil.stats->wait_ns - waited_ns);
	*(released ? &t->native_released_ns : &t->native_held_ns) += spent_ns;
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

enum vm_trap vm_run(struct vm_thread *t, const struct program *p, const union value *args,
		    union value *result)
{
	static const struct interps *const by_counts[COUNTS_N] = {
		[COUNTS_PLAIN] = &interps_plain,
		[COUNTS_ATOMIC] = &interps_atomic,
		[COUNTS_BIASED] = &interps_biased,
	};
	return loop_of(t->gil.gil->policy, by_counts[t->interpreter->counts])(t, p, args, result);
}
