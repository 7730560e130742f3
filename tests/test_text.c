/* test_text - texts: what is counted while they are made up, what the kernel counts, and what a
 * naive reading finds are the same.
 *
 * Method: the naive one cuts the text at its blanks and compares each piece.  Texts of every
 * small size, of random characters of a small alphabet, and made-up ones. */
#include "claims.h"

#include <stdlib.h>

#include "base/random.h"
#include "workload/text.h"

static struct text_counts counted_naively(const unsigned char *text, int64_t n, const char *word)
{
	struct text_counts counts = {0};
	const char *at = (const char *)text, *end = at + n;
	for (const char *blank = at; blank < end; blank++) {
		if (*blank != ' ' && *blank != '\n')
			continue;
		size_t size = (size_t)(blank - at);
		counts.lines += *blank == '\n';
		counts.words += size > 0;
		counts.found += size == strlen(word) && memcmp(at, word, size) == 0;
		at = blank + 1;
	}
	return counts;
}

static void assert_same(struct text_counts found, struct text_counts expected)
{
	assert_int_equal(found.lines, expected.lines);
	assert_int_equal(found.words, expected.words);
	assert_int_equal(found.found, expected.found);
}

static void check_scan(const char *text, const char *word, struct text_counts expected)
{
	const unsigned char *bytes = (const unsigned char *)text;
	int64_t n = (int64_t)strlen(text);
	assert_same(text_scan(bytes, n, text_word(word)), expected);
	assert_same(counted_naively(bytes, n, word), expected);
}

static void lines_and_words_are_what_is_ended(void **state)
{
	(void)state;
	check_scan("", "lock", (struct text_counts){0, 0, 0});
	check_scan("lock", "lock", (struct text_counts){0, 0, 0});
	check_scan("lock ", "lock", (struct text_counts){0, 1, 1});
	check_scan("\n\n  \n", "lock", (struct text_counts){3, 0, 0});
	check_scan(" a lock\nlock\n", "lock", (struct text_counts){2, 3, 2});
}

static void a_word_is_not_found_in_a_longer_one(void **state)
{
	(void)state;
	check_scan("locks unlock lockup loc ock block\n", "lock", (struct text_counts){1, 6, 0});
	check_scan("xxxxxxxxxxlock 12345678lock\n", "lock", (struct text_counts){1, 2, 0});
	check_scan("1234567 81234567 123456\n", "1234567", (struct text_counts){1, 3, 1});
}

static void the_scan_finds_what_a_naive_one_finds(void **state)
{
	(void)state;
	static const char alphabet[] = "  \nabab";
	unsigned char text[300];
	uint64_t seed = 7;
	for (int k = 0; k < 20000; k++) {
		int64_t n = (int64_t)(random_next(&seed) % sizeof text);
		for (int64_t at = 0; at < n; at++)
			text[at] = (unsigned char)alphabet[random_next(&seed) % 7];
		assert_same(text_scan(text, n, text_word("aba")),
			    counted_naively(text, n, "aba"));
	}
}

static void a_made_up_text_is_counted_as_it_is_written(void **state)
{
	(void)state;
	for (int64_t n = 1; n <= 3000; n++) {
		unsigned char *text = malloc((size_t)n);
		assert_non_null(text);
		struct text_counts written = text_fill(text, n, (uint64_t)n);
		assert_same(text_scan(text, n, text_word(TEXT_WORD)), written);
		assert_same(counted_naively(text, n, TEXT_WORD), written);
		assert_int_equal(text[n - 1], '\n');
		free(text);
	}
}

static void a_made_up_text_has_lines_words_and_the_word_looked_for(void **state)
{
	(void)state;
	enum { SIZE = 1 << 16 };
	static unsigned char text[SIZE], again[SIZE], other[SIZE];
	struct text_counts counts = text_fill(text, SIZE, 1);
	text_fill(again, SIZE, 1);
	text_fill(other, SIZE, 2);
	assert_memory_equal(text, again, SIZE);
	assert_memory_not_equal(text, other, SIZE);
	assert_in_range(counts.lines, SIZE / 100, SIZE / 20);
	assert_in_range(counts.words, SIZE / 10, SIZE / 5);
	assert_in_range(counts.found, counts.words / 24, counts.words / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_and_words_are_what_is_ended),
		cmocka_unit_test(a_word_is_not_found_in_a_longer_one),
		cmocka_unit_test(the_scan_finds_what_a_naive_one_finds),
		cmocka_unit_test(a_made_up_text_is_counted_as_it_is_written),
		cmocka_unit_test(a_made_up_text_has_lines_words_and_the_word_looked_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
