/* reader.c - keys, items and values of a document, and the refusal of what is wrong. */
#include "scenario/reader.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int refuse(const struct reader *r, const json_t *value, const char *format, ...)
{
	static const size_t flags = JSON_ENCODE_ANY | JSON_COMPACT | JSON_ENSURE_ASCII;
	char why[160], *text = value ? json_dumps(value, flags) : NULL;
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(why, sizeof why, format, arguments);
	va_end(arguments);
	error_set(r->err, -EINVAL, "%.80s: %s%s%.40s%s%s", r->file, r->place,
		  *r->place ? ": " : "", text ? text : "", text ? " " : "", why);
	free(text);
	return -EINVAL;
}

int no_memory(const struct reader *r)
{
	return error_set(r->err, -ENOMEM, "%.80s: no memory", r->file);
}

static size_t enter_key(struct reader *r, const char *name)
{
	size_t length = strlen(r->place);
	snprintf(r->place + length, sizeof r->place - length, "%s%.40s", length ? "." : "", name);
	return length;
}

size_t enter_item(struct reader *r, size_t k)
{
	size_t length = strlen(r->place);
	snprintf(r->place + length, sizeof r->place - length, "[%zu]", k);
	return length;
}

void leave(struct reader *r, size_t length)
{
	r->place[length] = '\0';
}

static void list_keys(const struct key *keys, char text[static 160])
{
	size_t used = 0;
	for (const struct key *key = keys; key->name; key++)
		used += (size_t)snprintf(text + used, 160 - used, "%s%s",
					 key == keys ? "" : key[1].name ? ", " : " or ",
					 key->name);
}

static bool is_key(const struct key *keys, const char *name)
{
	for (; keys->name; keys++)
		if (strcmp(keys->name, name) == 0)
			return true;
	return false;
}

static int check_keys(struct reader *r, const json_t *object, const struct key *keys)
{
	const char *name;
	json_t *value;
	char accepted[160];
	if (!json_is_object(object))
		return refuse(r, object, "must be an object");
	json_object_foreach((json_t *)object, name, value)
		if (!is_key(keys, name)) {
			list_keys(keys, accepted);
			enter_key(r, name);
			return refuse(r, NULL, "unknown key, must be %s", accepted);
		}
	return 0;
}

int read_keys(struct reader *r, const json_t *object, const struct key *keys)
{
	int failed = check_keys(r, object, keys);
	for (; keys->name && !failed; keys++) {
		const json_t *value = json_object_get(object, keys->name);
		if (!value)
			continue;
		size_t length = enter_key(r, keys->name);
		failed = keys->read(r, value);
		leave(r, length);
	}
	return failed;
}

int read_whole(struct reader *r, const json_t *value, int64_t least, int64_t most,
		      int64_t *whole)
{
	*whole = json_integer_value(value);
	if (!json_is_integer(value) || *whole < least || *whole > most)
		return refuse(r, value, "must be a whole number from %" PRId64 " to %" PRId64,
			      least, most);
	return 0;
}

int read_duration(struct reader *r, const json_t *value, int64_t *ns)
{
	if (!json_is_string(value) || parse_duration("", json_string_value(value), ns, NULL))
		return refuse(r, value, "must be a number and ns, us, ms or s, up to 86400s, "
					"as in \"5ms\"");
	return 0;
}

int read_us(struct reader *r, const json_t *value, int64_t *ns)
{
	static const double day_us = 86400e6;
	double us = json_number_value(value);
	if (!json_is_number(value) || us < 0 || us > day_us)
		return refuse(r, value, "must be a number from 0 to %.0f", day_us);
	*ns = llround(us * 1000);
	return 0;
}

int read_only(struct reader *r, const json_t *value, const char *only)
{
	if (!json_is_string(value) || strcmp(json_string_value(value), only) != 0)
		return refuse(r, value, "must be \"%s\"", only);
	return 0;
}

int read_name(struct reader *r, const json_t *value, const char *(*name)(size_t k),
		     size_t n, size_t *place)
{
	char accepted[128] = "";
	size_t used = 0;
	for (size_t k = 0; k < n; k++) {
		*place = k;
		if (json_is_string(value) && strcmp(json_string_value(value), name(k)) == 0)
			return 0;
		if (used < sizeof accepted)
			used += (size_t)snprintf(accepted + used, sizeof accepted - used, "%s%s",
						 k == 0 ? "" : k + 1 < n ? ", " : " or ", name(k));
	}
	return refuse(r, value, "must be %s", accepted);
}

int read_bool(struct reader *r, const json_t *value, bool *yes)
{
	*yes = json_is_true(value);
	return json_is_boolean(value) ? 0 : refuse(r, value, "must be true or false");
}
