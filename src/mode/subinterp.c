#include "mode/mode.h"

const struct mode mode_subinterp = {
	.name = "subinterp",
	.help = "threads, each with an interpreter, objects and lock of its own (PEP 684)",
	.threads_help = "threads, an interpreter each",
	.engine = ENGINE_BYTECODE,
	.releases = true,
	.own_interpreters = true,
	.run = run_threads,
};
