#include "vm/vm.h"

#include <errno.h>
#include <stdlib.h>

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

int vm_thread_open(struct vm_thread *t, struct gil *g, const char *name,
		   enum accounting accounting, struct gil_stats *stats)
{
	*t = (struct vm_thread){.team = 1};
	t->stack = malloc(STACK_SLOTS * sizeof *t->stack);
	t->frames = malloc(FRAMES_MOST * sizeof *t->frames);
	if (!t->stack || !t->frames) {
		vm_thread_close(t);
		return -ENOMEM;
	}
	t->stack_end = t->stack + STACK_SLOTS;
	t->frames_end = t->frames + FRAMES_MOST;
	gil_attach(&t->gil, g, name, accounting, stats);
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
	bool released = t->releases && native->releases;
	if (t->gil.accounting != ACCOUNTING_FULL)
		return call_in_section(t, released, native, &call);
	int64_t began_ns = released ? 0 : world_now_ns();
	int err = call_in_section(t, released, native, &call);
	if (released)
		t->native_released_ns += section_ns(&t->gil);
	else
		t->native_held_ns += world_now_ns() - began_ns;
	return err;
}
