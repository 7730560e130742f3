/* compare.h - two kept results, setting by setting, for people and for programs.
 *
 * Errors   0 or a negative errno with a text that names the files. */
#pragma once

#include <stdint.h>
#include <stdio.h>

#include "measure/compare.h"
#include "report/results_read.h"

enum { DIFFERENCE_MOST = 96 };

/* What makes two measurements no measurements of the same; or of the same program. */
struct difference {
	const char *field;
	char a[DIFFERENCE_MOST], b[DIFFERENCE_MOST];
};

struct compare_choice {
	double threshold; /* a part of one */
	bool force;
	/* Bit f: the f-th field does not identify a setting, but is what is compared. */
	uint64_t across;
};

struct pair {
	const struct kept_row *a, *b; /* NULL: there is none */
};

struct compare_results {
	struct kept_results a, b;
	struct compare_choice choice;
	/* In the order of A, then those only in B: a setting, and what became of it. */
	struct pair *pairs;
	struct comparison *comparisons;
	size_t pairs_n;
	/* Of machines, compilers and costs. */
	struct difference *differences;
	size_t differences_n;
};

/* Reads both and decides.  Fills a zeroed struct, which compare_close frees, also after a
 * failure.  -EINVAL also where nothing is in both, or, without force, where machines, compilers
 * or, of virtual results, costs differ that are not compared. */
int compare_open(struct compare_results *r, const char *a, const char *b,
		 const struct compare_choice *choice, struct error *err);
void compare_close(struct compare_results *r);

size_t compare_count(const struct compare_results *r, enum compared verdict);

/* How many settings became worse, which is slower, or wrong in B; the first of them in
 * *first. */
size_t compare_worse_n(const struct compare_results *r, size_t *first);

/* The fields of settings.def, in their order. */
extern const char *const setting_fields[];
extern const size_t setting_fields_n;

/* The k-th of those fields that an option chooses; setting_fields_n behind the last. */
size_t compare_field_with_option(size_t k);
bool compare_is_across(const struct compare_results *r, const char *field);

/* The setting of the k-th pair, as a file has it. */
const json_t *compare_setting(const struct compare_results *r, size_t k);

/* A field of it as text; "-" where it is null, missing, or not of the setting but of what it ran
 * on.  What is compared across, where it differs, as "A's -> B's". */
enum { FIELD_MOST = 64 };
const char *compare_field_text(const struct compare_results *r, size_t k, const char *field,
			       char text[static FIELD_MOST]);
bool compare_tells_apart(const struct compare_results *r, const char *field);

/* What tells the k-th setting from others, as "workload fib, mode locked, threads 4, size 30". */
enum { SETTING_MOST = 160 };
const char *compare_setting_text(const struct compare_results *r, size_t k,
				 char text[static SETTING_MOST]);

/* content: a struct compare_results; described in docs/compare.md. */
int compare_write_table(FILE *file, const void *content);
int compare_write_json(FILE *file, const void *content);
int compare_write_csv(FILE *file, const void *content);
