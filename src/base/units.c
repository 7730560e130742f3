#include "base/units.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

struct unit {
	const char *name;
	double ns;
};

static const struct unit units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
static const int64_t day_ns = INT64_C(86400000000000);
static const size_t most_in_a_list = 100000;

int parse_whole(const char *what, const char *text, int64_t least, int64_t most, int64_t *value,
		struct error *err)
{
	char *end = NULL;
	errno = 0;
	long long parsed = isdigit((unsigned char)*text) ? strtoll(text, &end, 10) : -1;
	if (!end || *end || errno || parsed < least || parsed > most)
		return error_set(err, -EINVAL,
				 "%s: '%.40s' must be a whole number from %" PRId64 " to %" PRId64,
				 what, text, least, most);
	*value = parsed;
	return 0;
}

/* One part of a list: a number, a range, or a doubling range. */
struct range {
	int64_t first, last;
	bool doubling;
};

static int parse_range(const char *what, char *text, int64_t least, int64_t most, struct range *r,
		       struct error *err)
{
	char *dots = strstr(text, "..");
	if (dots)
		*dots = '\0';
	int failed = parse_whole(what, text, least, most, &r->first, err);
	if (failed || !dots) {
		r->last = r->first;
		r->doubling = false;
		return failed;
	}
	char *last = dots + 2;
	size_t length = strlen(last);
	r->doubling = length > 2 && strcmp(last + length - 2, "*2") == 0;
	if (r->doubling)
		last[length - 2] = '\0';
	if (strchr(last, '*'))
		return error_set(err, -EINVAL, "%s: '%s..%s' must be a range as 1..8, or one that "
				 "doubles, as 1..256*2", what, text, last);
	failed = parse_whole(what, last, least, most, &r->last, err);
	if (!failed && r->last < r->first)
		return error_set(err, -EINVAL, "%s: '%s..%s' must go upwards, as in 1..8", what,
				 text, last);
	return failed;
}

static int push_range(const char *what, struct range r, int64_t **values, size_t *n,
		      struct error *err)
{
	for (int64_t value = r.first, step;; value += step) {
		if (*n == most_in_a_list)
			return error_set(err, -EINVAL, "%s: must list at most %zu numbers", what,
					 most_in_a_list);
		int64_t *slot = array_push((void **)values, n, sizeof *slot);
		if (!slot)
			return error_set(err, -ENOMEM, "%s: no memory for its list", what);
		*slot = value;
		step = r.doubling ? value : 1;
		if (step == 0 || step > r.last - value)
			return 0;
	}
}

int parse_wholes(const char *what, const char *text, int64_t least, int64_t most, int64_t **values,
		 size_t *n, struct error *err)
{
	*values = NULL;
	*n = 0;
	char *copy = strdup(text);
	if (!copy)
		return error_set(err, -ENOMEM, "%s: no memory for its list", what);
	int failed = 0;
	char *rest = copy;
	while (!failed && rest) {
		struct range r = {0};
		char *part = strsep(&rest, ",");
		failed = parse_range(what, part, least, most, &r, err);
		if (!failed)
			failed = push_range(what, r, values, n, err);
	}
	free(copy);
	if (failed) {
		free(*values);
		*values = NULL;
		*n = 0;
	}
	return failed;
}

int parse_duration(const char *what, const char *text, int64_t *ns, struct error *err)
{
	const char *unit = text + strspn(text, "0123456789.");
	char *end = NULL;
	double number = isdigit((unsigned char)*text) ? strtod(text, &end) : -1;
	for (size_t k = 0; end == unit && k < sizeof units / sizeof *units; k++)
		if (strcmp(unit, units[k].name) == 0 && number * units[k].ns <= (double)day_ns) {
			*ns = llround(number * units[k].ns);
			return 0;
		}
	return error_set(err, -EINVAL,
			 "%s: '%.40s' must be a number and ns, us, ms or s, up to 86400s, as in "
			 "5ms", what, text);
}

int parse_percent(const char *what, const char *text, double *part, struct error *err)
{
	const char *sign = text + strspn(text, "0123456789.");
	char *end = NULL;
	double number = isdigit((unsigned char)*text) ? strtod(text, &end) : -1;
	if (end == sign && strcmp(sign, "%") == 0 && number > 0 && number <= 100) {
		*part = number / 100;
		return 0;
	}
	return error_set(err, -EINVAL, "%s: '%.40s' must be above 0%% and at most 100%%, as in 2%%",
			 what, text);
}

const char *format_duration(double ns, char text[static 16])
{
	size_t k = 0;
	while (k + 1 < sizeof units / sizeof *units && fabs(ns) >= 999.5 * units[k].ns)
		k++;
	double value = ns / units[k].ns;
	int decimals = fabs(value) >= 99.95 || k == 0 ? 0 : fabs(value) >= 9.995 ? 1 : 2;
	snprintf(text, 16, "%.*f %s", decimals, value, units[k].name);
	return text;
}

const char *format_count(int64_t n, char text[static 32])
{
	char digits[24];
	uint64_t magnitude = n < 0 ? -(uint64_t)n : (uint64_t)n;
	int length = snprintf(digits, sizeof digits, "%" PRIu64, magnitude);
	char *out = text;
	if (n < 0)
		*out++ = '-';
	for (int k = 0; k < length; k++) {
		if (k > 0 && (length - k) % 3 == 0)
			*out++ = ',';
		*out++ = digits[k];
	}
	*out = '\0';
	return text;
}

int64_t array_split(int64_t n, int64_t parts, int64_t k, int64_t *first)
{
	assert(parts > 0 && k >= 0 && k < parts);
	int64_t least = n / parts, more = n % parts;
	*first = k * least + (k < more ? k : more);
	return least + (k < more);
}
