/* random.h - numbers that look random and are the same on every machine for the same seed.
 *
 * Source   splitmix64 (G. Steele, D. Lea, C. Flood, Fast Splittable Pseudorandom Number
 *          Generators, 2014; S. Vigna's constants).
 * Threads  each state belongs to one thread at a time. */
#pragma once

#include <stdint.h>

/* The next number; any state is a good seed. */
static inline uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}
