/* compare.c - which settings are in both files, and whether they may be compared. */
#include "report/compare.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

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

static bool is_same_setting(const json_t *a, const json_t *b)
{
	for (size_t k = 0; k < setting_fields_n; k++) {
		const char *field = setting_fields[k];
		if (is_of_setting(a, field) && is_of_setting(b, field) &&
		    !agree(json_object_get(a, field), json_object_get(b, field)))
			return false;
	}
	return true;
}

static int no_memory(struct error *err)
{
	return error_set(err, -ENOMEM, "compare: no memory");
}

/* Pairs */

/* The one row that has the setting; NULL: none.  Two are too many to know which one. */
static int find_row(const struct kept_results *in, const struct kept_results *of,
		    const struct kept_row *row, const struct kept_row **found, struct error *err)
{
	char name[32], first[32], second[32];
	*found = NULL;
	for (size_t k = 0; k < in->rows_n; k++) {
		if (!is_same_setting(in->rows[k].setting, row->setting))
			continue;
		if (*found)
			return error_set(err, -EINVAL,
					 "%.60s: %s and %s are one setting to %.60s, which has no "
					 "more fields to tell them apart: %s",
					 in->file, kept_row_name(in, *found, first),
					 kept_row_name(in, &in->rows[k], second), of->file,
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

static int add_pairs(struct compare_results *r, struct error *err)
{
	const struct kept_row *other;
	int failed = 0;
	bool has_any = false;
	for (size_t k = 0; k < r->a.rows_n && !failed; k++) {
		failed = find_row(&r->b, &r->a, &r->a.rows[k], &other, err);
		has_any |= !failed && other;
		failed = failed ? failed : add_pair(r, &r->a.rows[k], other, err);
	}
	for (size_t k = 0; k < r->b.rows_n && !failed; k++) {
		failed = find_row(&r->a, &r->b, &r->b.rows[k], &other, err);
		if (!failed && !other)
			failed = add_pair(r, NULL, &r->b.rows[k], err);
	}
	if (!failed && !has_any)
		failed = error_set(err, -EINVAL, "%.80s, %.80s: have no setting in common",
				   r->a.file, r->b.file);
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
		if (is_virtual(pair->a->setting))
			failed = add_difference(r, "cost_digest",
						json_object_get(pair->a->setting, "cost_digest"),
						json_object_get(pair->b->setting, "cost_digest"),
						err);
		else
			failed = add_differences_of_hosts(r, err);
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

int compare_open(struct compare_results *r, const char *a, const char *b, double threshold,
		 bool force, struct error *err)
{
	r->threshold = threshold;
	int failed = results_read(&r->a, a, err);
	if (!failed)
		failed = results_read(&r->b, b, err);
	if (!failed)
		failed = add_pairs(r, err);
	if (!failed)
		failed = add_differences(r, err);
	if (!failed && r->differences_n && !force)
		failed = refuse_differences(r, err);
	if (!failed)
		compare_all(r->comparisons, r->pairs_n, threshold);
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

/* NULL: the setting does not have it. */
static const json_t *field_of(const struct compare_results *r, size_t k, const char *field)
{
	const json_t *setting = compare_setting(r, k);
	const json_t *value = json_object_get(setting, field);
	return json_is_null(value) || !is_of_setting(setting, field) ? NULL : value;
}

const char *compare_field_text(const struct compare_results *r, size_t k, const char *field,
			       char text[static FIELD_MOST])
{
	value_text(field_of(r, k, field), text, FIELD_MOST);
	return text;
}

static size_t first_of_mode(const struct compare_results *r, size_t k)
{
	const json_t *mode = field_of(r, k, "mode");
	size_t first = 0;
	while (!json_equal(field_of(r, first, "mode"), mode))
		first++;
	return first;
}

/* A field that a mode does not have says no more than the mode. */
bool compare_tells_apart(const struct compare_results *r, const char *field)
{
	const json_t *seen = NULL;
	for (size_t k = 0; k < r->pairs_n; k++) {
		const json_t *value = field_of(r, k, field);
		const json_t *of_mode = field_of(r, first_of_mode(r, k), field);
		if (!value != !of_mode || (value && seen && !json_equal(value, seen)))
			return true;
		seen = value ? value : seen;
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
		if (!is_name && !compare_tells_apart(r, field))
			continue;
		compare_field_text(r, k, field, value);
		used += (size_t)snprintf(text + used, SETTING_MOST - used, "%s%s %s",
					 used ? ", " : "", field, value);
	}
	return text;
}
