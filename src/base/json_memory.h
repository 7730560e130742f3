/* json_memory.h - whether jansson got all the memory that it asked for.
 *
 * Where it does not, what is built lacks a part, and what is read lacks a character, or is taken
 * for wrong text.  So who writes a document, or has read one, asks here before believing it.
 * Threads  gilsim's own, which is the only one of its process. */
#pragma once

#include <stdbool.h>

/* Before jansson is used first. */
void json_memory_watch(void);

/* True when some was refused since this was asked last. */
bool json_memory_was_refused(void);
