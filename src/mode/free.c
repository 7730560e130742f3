#include "mode/mode.h"

/* CPython 3.13t: a native call detaches its thread, as it releases the lock elsewhere. */
const struct mode mode_free = {
	.name = "free",
	.help = "threads without a lock; biased reference counts, a lock in each object",
	.threads_help = "threads",
	.engine = ENGINE_BYTECODE,
	.releases = true,
	.has_no_lock = true,
	.run = run_threads,
};
