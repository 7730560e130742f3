/* kernel - a native kernel of one's own: the Fletcher checksum of a buffer, over and over.
 *
 *	cc -O2 -shared -fPIC -I include kernel.c -o kernel.so
 *	gilsim --kernel=kernel.so --mode=locked,released,process --threads=1,2,4 */
#include <stdlib.h>

#include <gilsim/kernel.h>

struct state {
	size_t size;
	uint64_t sum;
	unsigned char bytes[];
};

/* What a task needs once.  The bytes differ from task to task. */
static int setup(int64_t size, int64_t task, void **state)
{
	struct state *s = malloc(sizeof *s + (size_t)size);
	if (!s)
		return -1;
	s->size = (size_t)size;
	s->sum = 0;
	for (size_t k = 0; k < s->size; k++)
		s->bytes[k] = (unsigned char)(k * 7 + (size_t)task);
	*state = s;
	return 0;
}

/* What would stand between Py_BEGIN_ALLOW_THREADS and Py_END_ALLOW_THREADS: it touches only
 * its own state. */
static void call(void *state)
{
	struct state *s = state;
	uint64_t low = s->sum & 0xffffffff, high = s->sum >> 32;
	for (size_t k = 0; k < s->size; k++) {
		low = (low + s->bytes[k]) % 65521;
		high = (high + low) % 65521;
	}
	s->sum = high << 32 | low;
}

/* A number that is wrong if anything was. */
static uint64_t result(void *state)
{
	return ((struct state *)state)->sum;
}

const struct gilsim_kernel gilsim_kernel = {
	.abi = GILSIM_KERNEL_ABI,
	.name = "fletcher",
	.help = "the Fletcher checksum of a buffer",
	.unit = "byte",
	.size_least = 1,
	.size_default = 4096,
	.size_most = 1000000000,
	.tasks_default = 8,
	.calls_default = 1000,
	.setup = setup,
	.call = call,
	.result = result,
	.teardown = free,
};
