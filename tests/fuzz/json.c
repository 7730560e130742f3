/* json - has libFuzzer change documents as documents: most changes to their text only make what is
 * no JSON.  Of a line that is an object, one value becomes another one, goes, or comes twice; all
 * else is changed as text. */
#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);

static uint64_t random_state;

static size_t below(size_t n)
{
	return n ? (size_t)(random_next(&random_state) % n) : 0;
}

/* As long as 200 bytes, with what a page, a line or a format must not take for its own. */
static json_t *odd_text(void)
{
	static const char odd[] = "%s\n<script>'\"\xc3\xa9";
	char text[201];
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	memcpy(text + below(sizeof text - sizeof odd), odd, sizeof odd - 1);
	return json_string(text + below(sizeof text));
}

/* What readers may not have thought of. */
static json_t *odd_value(void)
{
	static const json_int_t wholes[] = {0, 1, -1, 2, 1000, INT_MAX, UINT32_MAX, INT64_MAX,
					    INT64_MAX - 1, INT64_MIN, 100000000000000};
	static const double reals[] = {0.5, -0.0, 1e-320, 1e19, 1e308, -1e308, 9.3e18, 0.1};
	switch (below(9)) {
	case 0:
		return json_null();
	case 1:
		return json_boolean(below(2));
	case 2:
		return odd_text();
	case 3:
		return json_array();
	case 4:
		return json_object();
	case 5:
		return json_real(reals[below(sizeof reals / sizeof *reals)]);
	default:
		return json_integer(wholes[below(sizeof wholes / sizeof *wholes)]);
	}
}

/* Near to what it was, or of another kind. */
static json_t *other_value(const json_t *value)
{
	if (json_is_integer(value) && below(2))
		return json_integer((json_int_t)((uint64_t)json_integer_value(value) +
						 below(5) - 2));
	if (json_is_number(value) && below(2))
		return json_real(json_number_value(value) * (below(2) ? 1.5 : -1e3));
	return odd_value();
}

/* Changes one value in it, at any depth. */
static void change(json_t *tree)
{
	void *item = json_object_iter(tree);
	size_t place = below(json_array_size(tree));
	for (size_t k = json_is_object(tree) ? below(json_object_size(tree)) : 0; k > 0; k--)
		item = json_object_iter_next(tree, item);
	json_t *value = item ? json_object_iter_value(item) : json_array_get(tree, place);
	if (!value)
		return;
	bool is_tree = json_is_object(value) || json_is_array(value);
	if (is_tree && below(8))
		change(value);
	else if (item && below(4) == 0)
		json_object_del(tree, json_object_iter_key(item));
	else if (item)
		json_object_iter_set_new(tree, item, other_value(value));
	else if (below(4) == 0)
		json_array_remove(tree, place);
	else if (below(3) == 0)
		json_array_append_new(tree, json_deep_copy(value));
	else
		json_array_set_new(tree, place, other_value(value));
}

/* The line of `size` bytes at `at` as changed; NULL: it is no object. */
static char *changed_line(const uint8_t *at, size_t size)
{
	json_t *tree = json_loadb((const char *)at, size, 0, NULL);
	for (size_t n = 1 + below(3); json_is_object(tree) && n > 0; n--)
		change(tree);
	char *text = json_is_object(tree) ? json_dumps(tree, JSON_COMPACT) : NULL;
	json_decref(tree);
	return text;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
	random_state = seed;
	if (!size || below(4) == 0)
		return LLVMFuzzerMutate(data, size, most);
	size_t at = below(size), end;
	while (at > 0 && data[at - 1] != '\n')
		at--;
	const uint8_t *newline = memchr(data + at, '\n', size - at);
	end = newline ? (size_t)(newline - data) : size;
	char *line = changed_line(data + at, end - at);
	size_t length = line ? strlen(line) : 0, now = size - (end - at) + length;
	if (!line || now > most) {
		free(line);
		return LLVMFuzzerMutate(data, size, most);
	}
	memmove(data + at + length, data + end, size - end);
	memcpy(data + at, line, length);
	free(line);
	return now;
}
