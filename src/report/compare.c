/* compare.c - which settings are in both files, and whether they may be compared. */
#include "report/compare.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "report/rerun.h"

const char *const setting_fields[] = {
#define METRIC(ID, TYPE, path, value) path,
#include "report/settings.def"
#undef METRIC
};
const size_t setting_fields_n = sizeof setting_fields / sizeof *setting_fields;

static bool is_virtual(const json_t *setting)
{
	const char *world = json_string_value(json_object_get(setting, "world"));
	return world && strcmp(world, "virtual") == 0;
}

/* The real world's cores are the machine's; and costs, the virtual machine, have many names. */
static bool is_of_setting(const json_t *setting, const char *field)
{
	return strncmp(field, "cost", 4) != 0 &&
	       (strcmp(field, "cores") != 0 || is_virtual(setting));
}

/* What a file does not have, for its gilsim did not know it, says nothing against. */
static bool agree(const json_t *a, const json_t *b)
{
	return !a || !b || json_equal(a, b);
}

size_t compare_field_with_option(size_t k)
{
	size_t f = 0;
	while (f < setting_fields_n && (!rerun_option(setting_fields[f]) || k-- > 0))
		f++;
	return f;
}

/* Costs are compared with their digest. */
bool compare_is_across(const struct compare_results *r, const char *field)
{
	if (strcmp(field, "cost_digest") == 0)
		field = "cost";
	for (size_t f = 0; f < setting_fields_n; f++)
		if (strcmp(setting_fields[f], field) == 0)
			return r->choice.across >> f & 1;
	return false;
}

/* In what identifies a setting. */
static bool differs(const struct compare_results *r, size_t f, const json_t *a, const json_t *b)
{
	const char *field = setting_fields[f];
	return !(r->choice.across >> f & 1) && is_of_setting(a, field) && is_of_setting(b, field) &&
	       !agree(json_object_get(a, field), json_object_get(b, field));
}

static size_t differ_n(const struct compare_results *r, const json_t *a, const json_t *b)
{
	size_t n = 0;
	for (size_t f = 0; f < setting_fields_n; f++)
		n += differs(r, f, a, b);
	return n;
}

static int no_memory(struct error *err)
{
	return error_set(err, -ENOMEM, "compare: no memory");
}

/* Pairs */

enum { LIST_MOST = 160 };

/* The one row that has the setting; NULL: none.  Two are too many to know which one. */
static int find_row(const struct compare_results *r, const struct kept_results *in,
		    const struct kept_results *of, const struct kept_row *row,
		    const struct kept_row **found, struct error *err)
{
	char name[32], first[32], second[32];
	*found = NULL;
	for (size_t k = 0; k < in->rows_n; k++) {
		if (differ_n(r, in->rows[k].setting, row->setting))
			continue;
		if (*found)
			return error_set(err, -EINVAL,
					 "%.60s: %s and %s are one setting to %.60s, which has no "
					 "more fields to tell them apart%s: %s",
					 in->file, kept_row_name(in, *found, first),
					 kept_row_name(in, &in->rows[k], second), of->file,
					 r->choice.across ? " but those of --across" : "",
					 kept_row_name(of, row, name));
		*found = &in->rows[k];
	}
	return 0;
}

static int add_pair(struct compare_results *r, const struct kept_row *a, const struct kept_row *b,
		    struct error *err)
{
	size_t n = r->pairs_n;
	struct pair *pair = array_push((void **)&r->pairs, &r->pairs_n, sizeof *pair);
	struct comparison *comparison =
		pair ? array_push((void **)&r->comparisons, &n, sizeof *comparison) : NULL;
	if (!comparison)
		return no_memory(err);
	*pair = (struct pair){a, b};
	if (a)
		comparison->a = (struct sampled){.samples = a->samples_ns, .n = a->samples_n};
	if (b)
		comparison->b = (struct sampled){.samples = b->samples_ns, .n = b->samples_n};
	comparison->verdict = !b   ? COMPARED_ONLY_A
			      : !a ? COMPARED_ONLY_B
				   : COMPARED_WRONG; /* unless there are samples of both */
	return 0;
}

/* Of all pairs of rows the one that differs least. */
static struct pair nearest(const struct compare_results *r)
{
	struct pair best = {r->a.rows, r->b.rows};
	size_t least = SIZE_MAX;
	for (size_t k = 0; k < r->a.rows_n; k++)
		for (size_t i = 0; i < r->b.rows_n; i++) {
			size_t n = differ_n(r, r->a.rows[k].setting, r->b.rows[i].setting);
			if (n < least)
				best = (struct pair){&r->a.rows[k], &r->b.rows[i]};
			least = n < least ? n : least;
		}
	return best;
}

static void append_name(char text[static LIST_MOST], const char *name)
{
	size_t used = strlen(text);
	snprintf(text + used, LIST_MOST - used, "%s%s", used ? "," : "", name);
}

/* Says what keeps them apart, and, unless an option never chose it, how to compare that. */
static int refuse_strangers(const struct compare_results *r, struct error *err)
{
	struct pair pair = nearest(r);
	char fields[LIST_MOST] = "", across[LIST_MOST] = "", given[LIST_MOST] = "";
	bool is_chosen = true;
	for (size_t f = 0; f < setting_fields_n; f++) {
		const char *option = rerun_option(setting_fields[f]);
		bool is_apart = differs(r, f, pair.a->setting, pair.b->setting);
		if (is_apart)
			append_name(fields, setting_fields[f]);
		if (option && (is_apart || compare_is_across(r, setting_fields[f])))
			append_name(across, option);
		is_chosen = is_chosen && (option || !is_apart);
	}
	if (is_chosen)
		snprintf(given, sizeof given, ": compare them with --across=%.70s", across);
	return error_set(err, -EINVAL,
			 "%.40s, %.40s: have no setting in common: they differ in %.60s%s",
			 r->a.file, r->b.file, fields, given);
}

static int add_pairs(struct compare_results *r, struct error *err)
{
	const struct kept_row *other;
	int failed = 0;
	bool has_any = false;
	for (size_t k = 0; k < r->a.rows_n && !failed; k++) {
		failed = find_row(r, &r->b, &r->a, &r->a.rows[k], &other, err);
		has_any |= !failed && other;
		failed = failed ? failed : add_pair(r, &r->a.rows[k], other, err);
	}
	for (size_t k = 0; k < r->b.rows_n && !failed; k++) {
		failed = find_row(r, &r->a, &r->b, &r->b.rows[k], &other, err);
		if (!failed && !other)
			failed = add_pair(r, NULL, &r->b.rows[k], err);
	}
	if (!failed && !has_any)
		failed = refuse_strangers(r, err);
	return failed;
}

/* What differs */

static void value_text(const json_t *value, char *text, size_t size)
{
	if (json_is_string(value))
		snprintf(text, size, "%s", json_string_value(value));
	else if (json_is_integer(value))
		snprintf(text, size, "%" PRId64, (int64_t)json_integer_value(value));
	else if (json_is_boolean(value))
		snprintf(text, size, "%s", json_is_true(value) ? "true" : "false");
	else
		snprintf(text, size, "-");
}

static int add_difference(struct compare_results *r, const char *field, const json_t *a,
			  const json_t *b, struct error *err)
{
	for (size_t k = 0; k < r->differences_n; k++)
		if (strcmp(r->differences[k].field, field) == 0)
			return 0;
	if (agree(a, b))
		return 0;
	struct difference *d =
		array_push((void **)&r->differences, &r->differences_n, sizeof *d);
	if (!d)
		return no_memory(err);
	d->field = field;
	value_text(a, d->a, sizeof d->a);
	value_text(b, d->b, sizeof d->b);
	return 0;
}

/* Of the real world the machine and how gilsim was compiled; its version and features are what
 * one may want to compare. */
static int add_differences_of_hosts(struct compare_results *r, struct error *err)
{
	static const struct {
		const char *object, *key, *field;
	} checked[] = {
		{"host", "cpu", "host.cpu"},
		{"host", "cores_online", "host.cores_online"},
		{"host", "cores_allowed", "host.cores_allowed"},
		{"host", "kernel", "host.kernel"},
		{"host", "libc", "host.libc"},
		{"host", "governor", "host.governor"},
		{"host", "virtualised", "host.virtualised"},
		{"gilsim", "compiler", "gilsim.compiler"},
		{"gilsim", "flags", "gilsim.flags"},
	};
	int failed = 0;
	for (size_t k = 0; k < sizeof checked / sizeof *checked && !failed; k++) {
		const json_t *a = json_object_get(r->a.document, checked[k].object);
		const json_t *b = json_object_get(r->b.document, checked[k].object);
		failed = add_difference(r, checked[k].field, json_object_get(a, checked[k].key),
					json_object_get(b, checked[k].key), err);
	}
	return failed;
}

static int add_differences(struct compare_results *r, struct error *err)
{
	int failed = 0;
	for (size_t k = 0; k < r->pairs_n && !failed; k++) {
		const struct pair *pair = &r->pairs[k];
		if (!pair->a || !pair->b)
			continue;
		if (is_virtual(pair->a->setting) != is_virtual(pair->b->setting))
			continue;
		if (!is_virtual(pair->a->setting))
			failed = add_differences_of_hosts(r, err);
		else if (!compare_is_across(r, "cost"))
			failed = add_difference(r, "cost_digest",
						json_object_get(pair->a->setting, "cost_digest"),
						json_object_get(pair->b->setting, "cost_digest"),
						err);
	}
	return failed;
}

static int refuse_differences(const struct compare_results *r, struct error *err)
{
	char text[160] = "";
	size_t used = 0;
	for (size_t k = 0; k < r->differences_n && used < sizeof text; k++) {
		const struct difference *d = &r->differences[k];
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%s (%.40s, %.40s)",
					 k ? ", " : "", d->field, d->a, d->b);
	}
	return error_set(err, -EINVAL,
			 "%.40s, %.40s: compared only with --force, for they differ: %s",
			 r->a.file, r->b.file, text);
}

int compare_open(struct compare_results *r, const char *a, const char *b,
		 const struct compare_choice *choice, struct error *err)
{
	r->choice = *choice;
	int failed = results_read(&r->a, a, err);
	if (!failed)
		failed = results_read(&r->b, b, err);
	if (!failed)
		failed = add_pairs(r, err);
	if (!failed)
		failed = add_differences(r, err);
	if (!failed && r->differences_n && !choice->force)
		failed = refuse_differences(r, err);
	if (!failed)
		compare_all(r->comparisons, r->pairs_n, choice->threshold);
	return failed;
}

void compare_close(struct compare_results *r)
{
	results_close(&r->a);
	results_close(&r->b);
	free(r->pairs);
	free(r->comparisons);
	free(r->differences);
	*r = (struct compare_results){0};
}

/* What came out */

size_t compare_count(const struct compare_results *r, enum compared verdict)
{
	size_t n = 0;
	for (size_t k = 0; k < r->pairs_n; k++)
		n += r->comparisons[k].verdict == verdict;
	return n;
}

size_t compare_worse_n(const struct compare_results *r, size_t *first)
{
	size_t n = 0;
	for (size_t k = r->pairs_n; k-- > 0;) {
		enum compared verdict = r->comparisons[k].verdict;
		if (verdict == COMPARED_SLOWER ||
		    (verdict == COMPARED_WRONG && !r->pairs[k].b->is_right)) {
			*first = k;
			n++;
		}
	}
	return n;
}

const json_t *compare_setting(const struct compare_results *r, size_t k)
{
	return (r->pairs[k].a ? r->pairs[k].a : r->pairs[k].b)->setting;
}

static bool is_absent(const char text[static FIELD_MOST])
{
	return strcmp(text, "-") == 0;
}

/* Of a digest the name of what it digests says enough. */
static void side_text(const struct compare_results *r, const struct kept_row *row,
		      const char *field, char text[static FIELD_MOST])
{
	bool is_there = is_of_setting(row->setting, field) ||
			(compare_is_across(r, field) && rerun_option(field));
	value_text(is_there ? json_object_get(row->setting, field) : NULL, text, FIELD_MOST);
	const char *unset = rerun_unset(field);
	if (unset && is_absent(text) && compare_is_across(r, field) && !is_virtual(row->setting))
		snprintf(text, FIELD_MOST, "%s", unset);
}

const char *compare_field_text(const struct compare_results *r, size_t k, const char *field,
			       char text[static FIELD_MOST])
{
	const struct pair *pair = &r->pairs[k];
	char other[FIELD_MOST];
	enum { SIDE_MOST = FIELD_MOST / 2 - 3 };
	side_text(r, pair->a ? pair->a : pair->b, field, text);
	if (!pair->a || !pair->b || !compare_is_across(r, field))
		return text;
	side_text(r, pair->b, field, other);
	if (strcmp(text, other) != 0) {
		text[SIDE_MOST] = '\0';
		size_t used = strlen(text);
		snprintf(text + used, FIELD_MOST - used, " -> %.*s", SIDE_MOST, other);
	}
	return text;
}

static size_t first_of_mode(const struct compare_results *r, size_t k)
{
	char mode[FIELD_MOST], other[FIELD_MOST];
	size_t first = 0;
	compare_field_text(r, k, "mode", mode);
	while (strcmp(compare_field_text(r, first, "mode", other), mode) != 0)
		first++;
	return first;
}

/* A field that a mode does not have says no more than the mode. */
bool compare_tells_apart(const struct compare_results *r, const char *field)
{
	char value[FIELD_MOST], of_mode[FIELD_MOST], seen[FIELD_MOST] = "-";
	for (size_t k = 0; k < r->pairs_n; k++) {
		compare_field_text(r, k, field, value);
		compare_field_text(r, first_of_mode(r, k), field, of_mode);
		if (is_absent(value) != is_absent(of_mode) ||
		    (!is_absent(value) && !is_absent(seen) && strcmp(value, seen) != 0))
			return true;
		if (!is_absent(value))
			strcpy(seen, value);
	}
	return false;
}

const char *compare_setting_text(const struct compare_results *r, size_t k,
				 char text[static SETTING_MOST])
{
	char value[FIELD_MOST];
	size_t used = 0;
	text[0] = '\0';
	for (size_t f = 0; f < setting_fields_n && used < SETTING_MOST; f++) {
		const char *field = setting_fields[f];
		bool is_name = strcmp(field, "workload") == 0 || strcmp(field, "mode") == 0 ||
			       strcmp(field, "threads") == 0;
		compare_field_text(r, k, field, value);
		bool is_compared = compare_is_across(r, field) && !is_absent(value);
		if (!is_name && !is_compared && !compare_tells_apart(r, field))
			continue;
		used += (size_t)snprintf(text + used, SETTING_MOST - used, "%s%s %s",
					 used ? ", " : "", field, value);
	}
	return text;
}
