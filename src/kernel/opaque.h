/* opaque.h - values that the compiler knows nothing of, so that a loop stays a loop. */
#pragma once

#include <stdint.h>

/* Carried from round to round, as a sum or as the loop's own counter, it leaves no formula
 * to be found; costs no instruction. */
static inline uint64_t opaque(uint64_t value)
{
	__asm__("" : "+r"(value));
	return value;
}
