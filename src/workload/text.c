#include "workload/text.h"

#include <string.h>

#include "base/random.h"

static const char *const vocabulary[] = {
	TEXT_WORD, "a",	     "the",	 "thread",   "locks",  "unlock",      "waits", "for",
	"holder",  "switch", "interval", "bytecode", "native", "interpreter", "drops", "blocked",
};
enum { VOCABULARY_N = sizeof vocabulary / sizeof *vocabulary, LINE_WORDS_MOST = 16 };

/* A word and the blank behind it, of which `room` has at least the blank.  Where the word does
 * not fit, what is left is filled with one that is not in the vocabulary. */
static int64_t put_word(unsigned char *at, int64_t room, const char *word,
			struct text_counts *counts)
{
	int64_t size = (int64_t)strlen(word);
	bool fits = size < room, is_last = size + 1 >= room;
	size = fits ? size : room - 1;
	if (fits)
		memcpy(at, word, (size_t)size);
	else
		memset(at, 'x', (size_t)size);
	at[size] = is_last ? '\n' : ' ';
	counts->words += size > 0;
	counts->found += fits && word == vocabulary[0];
	return size + 1;
}

struct text_counts text_fill(unsigned char *text, int64_t n, uint64_t seed)
{
	struct text_counts counts = {0};
	for (int64_t at = 0, words_left = 0; at < n; words_left--) {
		uint64_t number = random_next(&seed);
		if (words_left == 0)
			words_left = 1 + (int64_t)(number >> 32) % LINE_WORDS_MOST;
		at += put_word(text + at, n - at, vocabulary[number % VOCABULARY_N], &counts);
		if (words_left == 1)
			text[at - 1] = '\n';
		counts.lines += text[at - 1] == '\n';
	}
	return counts;
}
