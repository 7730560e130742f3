/* test_buffer - bytes and arrays that grow.
 *
 * Method: more is appended than any capacity on the way holds, and every byte is compared
 * with what was put in. */
#include "claims.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buffer.h"

static void a_zeroed_struct_is_an_empty_buffer(void **state)
{
	(void)state;
	struct buffer b = {0};
	buffer_free(&b);
	assert_int_equal(buffer_append(&b, "", 0), 0);
	assert_int_equal(b.size, 0);
	assert_string_equal(b.bytes, "");
	buffer_free(&b);
}

static void what_is_appended_ends_with_a_nul_at_every_size(void **state)
{
	(void)state;
	struct buffer b = {0};
	for (size_t n = 0; n < 3000; n++) {
		char byte = (char)('a' + n % 26);
		assert_int_equal(buffer_append(&b, &byte, 1), 0);
		assert_int_equal(b.size, n + 1);
		assert_true(b.capacity > b.size);
		assert_int_equal(b.bytes[b.size], '\0');
	}
	for (size_t n = 0; n < 3000; n++)
		assert_int_equal(b.bytes[n], 'a' + n % 26);
	buffer_free(&b);
}

static void bytes_may_be_nuls(void **state)
{
	(void)state;
	struct buffer b = {0};
	assert_int_equal(buffer_append(&b, "a\0b", 3), 0);
	assert_int_equal(buffer_append(&b, "\0c", 2), 0);
	assert_int_equal(b.size, 5);
	assert_memory_equal(b.bytes, "a\0b\0c", 6);
	buffer_free(&b);
}

static void printing_goes_on_behind_what_is_there(void **state)
{
	(void)state;
	struct buffer b = {0};
	assert_int_equal(buffer_append(&b, "row ", 4), 0);
	assert_int_equal(buffer_printf(&b, "%d of %s", 7, "nine"), 0);
	assert_int_equal(buffer_printf(&b, "%s", ""), 0);
	assert_string_equal(b.bytes, "row 7 of nine");
	assert_int_equal(b.size, strlen("row 7 of nine"));
	buffer_free(&b);
}

static void printing_may_be_longer_than_all_before_it(void **state)
{
	(void)state;
	for (int width = 60; width <= 70; width++) { /* around the first capacity */
		struct buffer b = {0};
		assert_int_equal(buffer_printf(&b, "%*d", width, 1), 0);
		assert_int_equal(buffer_printf(&b, "%*d", 50 * width, 2), 0);
		assert_int_equal(b.size, 51 * width);
		assert_int_equal(strlen(b.bytes), b.size);
		assert_int_equal(b.bytes[width - 1], '1');
		assert_int_equal(b.bytes[b.size - 1], '2');
		buffer_free(&b);
	}
}

static void reserved_room_is_not_moved_again(void **state)
{
	(void)state;
	struct buffer b = {0};
	assert_int_equal(buffer_reserve(&b, 1000), 0);
	const char *room = b.bytes;
	for (int k = 0; k < 1000; k++)
		assert_int_equal(buffer_append(&b, "x", 1), 0);
	assert_ptr_equal(b.bytes, room);
	buffer_free(&b);
}

static void a_size_that_cannot_be_leaves_what_was_there(void **state)
{
	(void)state;
	struct buffer b = {0};
	assert_int_equal(buffer_append(&b, "kept", 4), 0);
	assert_int_equal(buffer_reserve(&b, SIZE_MAX), -ENOMEM);
	assert_int_equal(buffer_reserve(&b, SIZE_MAX / 2), -ENOMEM);
	assert_int_equal(buffer_append(&b, "", SIZE_MAX - 4), -ENOMEM);
	assert_string_equal(b.bytes, "kept");
	assert_int_equal(b.size, 4);
	buffer_free(&b);
}

static void a_freed_buffer_can_be_used_again(void **state)
{
	(void)state;
	struct buffer b = {0};
	for (int round = 0; round < 3; round++) {
		assert_int_equal(buffer_printf(&b, "%d", round), 0);
		assert_int_equal(b.size, 1);
		buffer_free(&b);
		assert_null(b.bytes);
		assert_int_equal(b.size + b.capacity, 0);
	}
}

struct item {
	int64_t value;
	char unset[24];
};

static void an_array_grows_by_one_zeroed_element(void **state)
{
	(void)state;
	static const char zeros[24];
	struct item *items = NULL;
	size_t n = 0;
	for (int64_t k = 0; k < 1000; k++) {
		struct item *item = array_push((void **)&items, &n, sizeof *item);
		assert_non_null(item);
		assert_ptr_equal(item, items + k);
		assert_int_equal(n, k + 1);
		assert_int_equal(item->value, 0);
		assert_memory_equal(item->unset, zeros, sizeof zeros);
		item->value = k * k;
		memset(item->unset, 0xff, sizeof item->unset);
	}
	for (int64_t k = 0; k < 1000; k++)
		assert_int_equal(items[k].value, k * k);
	free(items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_zeroed_struct_is_an_empty_buffer),
		cmocka_unit_test(what_is_appended_ends_with_a_nul_at_every_size),
		cmocka_unit_test(bytes_may_be_nuls),
		cmocka_unit_test(printing_goes_on_behind_what_is_there),
		cmocka_unit_test(printing_may_be_longer_than_all_before_it),
		cmocka_unit_test(reserved_room_is_not_moved_again),
		cmocka_unit_test(a_size_that_cannot_be_leaves_what_was_there),
		cmocka_unit_test(a_freed_buffer_can_be_used_again),
		cmocka_unit_test(an_array_grows_by_one_zeroed_element),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
