/* text.h - made-up text, lines of words, the same on every machine for the same seed.
 *
 * Owner    the characters are the caller's. */
#pragma once

#include "kernel/kernel.h"

/* The word that is counted; about one in sixteen. */
#define TEXT_WORD "lock"

/* Fills n of at least one character, the last one a newline, and counts while it writes. */
struct text_counts text_fill(unsigned char *text, int64_t n, uint64_t seed);
