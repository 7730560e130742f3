#include "mode/mode.h"

const struct mode mode_locked = {
	.name = "locked",
	.help = "threads share one lock; native calls keep it held",
	.threads_help = "threads that share the lock",
	.engine = ENGINE_BYTECODE,
	.run = run_threads,
};
