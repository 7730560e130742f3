/* order.h - in which order settings take their turns, so that what drifts, or comes and goes,
 * meets all of them alike: shuffled anew in each round. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { ORDER_SEED_MOST = 999999999 };

/* Fills places with 0 to n - 1 in the order of that round: the same for the same seed and round,
 * on every machine. */
void order_round(size_t *places, size_t n, int64_t seed, int64_t round);

/* A seed that no other run has, but by chance. */
int64_t order_seed(void);
