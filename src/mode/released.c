#include "mode/mode.h"

const struct mode mode_released = {
	.name = "released",
	.help = "threads share one lock; native calls release it",
	.threads_help = "threads that share the lock",
	.engine = ENGINE_NATIVE,
	.releases = true,
	.run = run_threads,
};
