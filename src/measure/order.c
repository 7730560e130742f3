#include "measure/order.h"

#include "base/random.h"
#include "world/world.h"

/* R. Fisher and F. Yates, as R. Durstenfeld made it (CACM 7(7), 1964). */
void order_round(size_t *places, size_t n, int64_t seed, int64_t round)
{
	uint64_t state = (uint64_t)seed << 32 ^ (uint64_t)round;
	for (size_t k = 0; k < n; k++) {
		size_t other = random_next(&state) % (k + 1);
		places[k] = places[other];
		places[other] = k;
	}
}

int64_t order_seed(void)
{
	uint64_t state = (uint64_t)world_now_ns();
	return (int64_t)(random_next(&state) % (ORDER_SEED_MOST + 1));
}
