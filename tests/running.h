/* running.h - programs that one thread, which holds the lock, assembles and runs. */
#pragma once

#include "claims.h"

#include "vm/asm.h"
#include "vm/vm.h"

static struct interpreter interpreter;
static struct module module;
static struct vm_thread t;
static struct gil_stats stats;

static int native_stop(const struct native_call *call)
{
	gil_stop(&t.gil);
	call->result->i = 0;
	return 0;
}

/* n characters: 255, 254, 253, ... */
static int native_text(const struct native_call *call)
{
	struct bytes *text = bytes_new(call->args[0].i);
	if (!text)
		return -1;
	for (int64_t k = 0; k < text->n; k++)
		text->items[k] = (unsigned char)(255 - k);
	call->result->object = &text->head;
	return 0;
}

static const struct native natives[] = {
	{.name = "stop", .in = "", .out = "i", .call = native_stop},
	{.name = "text", .in = "i", .out = "b", .call = native_text},
	{0},
};

static void assemble(const char *text, struct program *p)
{
	struct error err = {""};
	if (program_assemble("test", text, natives, p, &err))
		fail_msg("%s", err.text);
}

struct end {
	enum vm_trap trap;
	union value result; /* 4711 where the run left it alone */
	int64_t references_off;
};

static struct end run(const struct program *p, const char *policy, enum counts counts,
		      const uint32_t *burns, const union value *args)
{
	struct end end = {.result = {.i = 4711}};
	const struct interpreter_options options = {.policy = gil_policy_find(policy),
						    .interval_ns = ABSENT,
						    .ticks = ABSENT,
						    .counts = counts};
	memset(&stats, 0, sizeof stats);
	assert_int_equal(interpreter_open(&interpreter, &options), 0);
	assert_int_equal(module_open(&module, &interpreter, p), 0);
	assert_int_equal(vm_thread_open(&t, &module, "test", ACCOUNTING_COUNTS, &stats), 0);
	t.burns = burns;
	gil_take(&t.gil);
	end.trap = vm_run(&t, args, &end.result);
	gil_detach(&t.gil);
	end.references_off = module_references_off(&module);
	vm_thread_close(&t);
	module_close(&module);
	interpreter_close(&interpreter);
	return end;
}
