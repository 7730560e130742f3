/* scalar.c - kernels of one dependent chain, which no wide register helps, and the best set's
 * kernel for a whole grid. */
#include "kernel/kernel.h"
#include "kernel/opaque.h"

void laplace_update(double *to, const double *old, int64_t n, struct laplace_weights weights)
{
	kernels_best()->laplace_rows(to, old, n, 1, n - 1, weights);
}

uint64_t fib_steps(int64_t n)
{
	uint64_t a = 0, b = 1;
	for (int64_t k = 0; k < n / 2; k++) {
		a = opaque(a + b);
		b = opaque(a + b);
	}
	return n % 2 ? b : a;
}

uint64_t count_steps(int64_t n)
{
	uint64_t counted = 0;
	for (int64_t k = 0; k < n; k++)
		counted = opaque(counted + 1);
	return counted;
}

uint64_t text_word(const char *word)
{
	uint64_t number = 0;
	for (; *word; word++)
		number = number << 8 | (unsigned char)*word;
	return number;
}

struct text_counts text_scan(const unsigned char *text, int64_t n, uint64_t word)
{
	struct text_counts counts = {0};
	uint64_t current = 0;
	for (int64_t k = 0; k < n; k++) {
		if (text[k] != ' ' && text[k] != '\n') {
			current = current << 8 | text[k];
			continue;
		}
		counts.lines += text[k] == '\n';
		counts.words += current != 0;
		counts.found += current == word;
		current = 0;
	}
	return counts;
}

uint64_t sum_range(int64_t first, int64_t last)
{
	uint64_t sum = 0;
	for (int64_t k = first; k < last; k++)
		sum = opaque(sum + (uint64_t)k);
	return sum;
}
