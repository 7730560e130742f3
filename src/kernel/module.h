/* module.h - the parts that bring a library of threads or of kernels along are modules of their
 * own, loaded when first asked for: a run without them starts no runtime and can fork. */
#pragma once

#include "base/error.h"

/* What a module exports under that name, or NULL with the reason in err, which `what` opens.
 * Never unloaded.  Requires that no other thread runs. */
const void *module_find(const char *what, const char *file, const char *name, struct error *err);
