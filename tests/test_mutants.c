/* test_mutants - no program text, however spoiled, makes the assembler, the verifier or the
 * interpreter take a wrong step; a sanitizer sees one.
 *
 * Method: seeded mutants of all programs that gilsim ships, by bytes, words and lines.  What
 * is accepted is run with small numbers for a few thousand check points, then stopped.  A
 * failed allocation is a trap, so huge lists are allowed to fail. */
#include "claims.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "vm/asm.h"
#include "workload/workload.h"

enum { MUTANTS_N = 100000, TICKS_MOST = 3000, CONST_MOST = 100 };

const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static uint64_t seed = 20240611;

static size_t below(size_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (size_t)(seed >> 20) % n;
}

static struct shipped {
	const char *text;
	const struct native *natives;
} shipped[32];
static size_t shipped_n;

static void find_shipped(void)
{
	for (size_t k = 0; k < workloads_n; k++)
		for (int engine = 0; engine < ENGINES_N; engine++) {
			const struct workload *w = workloads[k];
			if (!w->programs[engine])
				continue;
			assert_true(shipped_n < sizeof shipped / sizeof *shipped);
			shipped[shipped_n++] = (struct shipped){w->programs[engine], w->natives};
		}
}

/* Some run of characters between separators. */
static struct piece {
	const char *at;
	size_t size;
} piece_of(const char *text, const char *separators)
{
	const char *at = text + below(strlen(text));
	while (at > text && !strchr(separators, at[-1]))
		at--;
	return (struct piece){at, strcspn(at, separators)};
}

/* Replaces `size` bytes at `at` by others. */
static char *splice(char *text, size_t at, size_t size, struct piece piece)
{
	struct buffer b = {0};
	assert_int_equal(buffer_append(&b, text, at), 0);
	assert_int_equal(buffer_append(&b, piece.at, piece.size), 0);
	assert_int_equal(buffer_append(&b, text + at + size, strlen(text) - at - size), 0);
	free(text);
	return b.bytes;
}

static char *mutate(char *text)
{
	static const char words[] = " \t\n(),:#", lines[] = "\n";
	static const char bytes[] = "\t\n #:(),-.0123456789eExXpP_aLnZ\x7f\xff";
	if (!*text)
		return splice(text, 0, 0, (struct piece){"\n", 1});
	const char *separators = below(2) ? words : lines;
	struct piece own = piece_of(text, separators);
	size_t at = (size_t)(own.at - text);
	switch (below(6)) {
	case 0:
		return splice(text, below(strlen(text)), 1,
			      (struct piece){bytes + below(sizeof bytes - 1), 1});
	case 1:
		return splice(text, below(strlen(text)), below(2), (struct piece){"", 0});
	case 2:
		return splice(text, at, own.size, (struct piece){"", 0});
	case 3:
		return splice(text, at, 0, piece_of(text, separators));
	default:
		return splice(text, at, own.size,
			      piece_of(below(2) ? text : shipped[below(shipped_n)].text,
				       separators));
	}
}

/* Large numbers would only make large lists and long kernels. */
static bool is_small(const struct program *p)
{
	for (size_t k = 0; k < p->consts_n; k++)
		if (p->const_types[k] == TYPE_INT &&
		    (p->consts[k].i > CONST_MOST || p->consts[k].i < -CONST_MOST))
			return false;
	return true;
}

static void run_for_a_while(const struct program *p)
{
	static struct interpreter interpreter;
	static struct module module;
	static struct gil_stats stats;
	static struct vm_thread t;
	union value args[LOCALS_MOST], result;
	const struct interpreter_options options = {
		.policy = gil_policy_find("cpython2"), .interval_ns = ABSENT, .ticks = TICKS_MOST};
	for (size_t k = 0; k < p->functions->params_n; k++)
		if (p->functions->locals[k] == TYPE_INT)
			args[k].i = 5;
		else
			args[k].f = 0.5;
	assert_int_equal(interpreter_open(&interpreter, &options), 0);
	assert_int_equal(module_open(&module, &interpreter, p), 0);
	assert_int_equal(vm_thread_open(&t, &module, "test", ACCOUNTING_COUNTS, &stats), 0);
	gil_take(&t.gil);
	t.gil.breaker |= GIL_STOP;
	vm_run(&t, args, &result);
	gil_detach(&t.gil);
	vm_thread_close(&t);
	module_close(&module);
	interpreter_close(&interpreter);
}

static void no_mutant_of_a_program_takes_a_wrong_step(void **state)
{
	(void)state;
	int accepted_n = 0, run_n = 0;
	find_shipped();
	for (int k = 0; k < MUTANTS_N; k++) {
		const struct shipped *origin = &shipped[below(shipped_n)];
		char *text = strdup(origin->text);
		struct program p;
		struct error err = {""};
		for (size_t n = 1 + below(4); n > 0; n--)
			text = mutate(text);
		int failed = program_assemble("mutant", text, origin->natives, &p, &err);
		assert_true(failed == (*err.text ? -EINVAL : 0));
		accepted_n += !failed;
		if (!failed && is_small(&p)) {
			run_for_a_while(&p);
			run_n++;
		}
		program_free(&p);
		free(text);
	}
	print_message("accepted: %d, run: %d\n", accepted_n, run_n);
	assert_in_range(run_n, MUTANTS_N / 100, MUTANTS_N);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_mutant_of_a_program_takes_a_wrong_step),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
