/* scarce.h - whether memory was refused where nobody could say so at once.
 *
 * Jansson leaves out what it cannot build, and drops characters that it cannot keep; a figure that
 * there is no room to compute is unknown.  So who has read a document, or writes one, asks here
 * before believing it.
 * Threads  gilsim's own, which is the only one of its process. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Before jansson and GSL are used first: what they are refused is noted, too. */
void memory_watch(void);

void memory_note_refusal(void);

/* malloc, but noted where it fails. */
void *scarce_malloc(size_t size) __attribute__((malloc));

/* True when some was refused since this was asked last. */
bool memory_was_refused(void);
