/* test_codec - numbers to bytes and back, and whatever may happen to the bytes in between.
 *
 * Method: lists with numbers of every length; what is not the whole of what was encoded, to
 * the last bit, must be found out, so every truncation and every wrong byte is tried, in a
 * copy of exactly that size. */
#include "claims.h"

#include <errno.h>
#include <stdlib.h>

#include "base/codec.h"

enum { NUMBERS_N = 40 };

/* Of 0 to 8 bytes, the least and the greatest of each length, and some between. */
static void fill(uint64_t numbers[static NUMBERS_N])
{
	uint64_t mixed = 1;
	for (size_t k = 0; k < NUMBERS_N; k++) {
		mixed = mixed * UINT64_C(6364136223846793005) + 1442695040888963407;
		size_t bytes = k % 9;
		uint64_t least = bytes ? UINT64_C(1) << (8 * bytes - 8) : 0;
		uint64_t most = bytes ? UINT64_MAX >> (64 - 8 * bytes) : 0;
		numbers[k] = k < 9 ? least : k < 18 ? most : least | (mixed & most);
	}
}

static void encode_all(struct buffer *b, const uint64_t *numbers, size_t n)
{
	struct encoder e;
	assert_int_equal(encode_begin(&e, b, n), 0);
	encode(&e, numbers, n);
	encode_end(&e);
}

/* Whether a copy of exactly those bytes is a list, and then which. */
static int decode_copy(const char *bytes, size_t size, uint64_t *numbers, size_t most, size_t *n)
{
	struct decoder d;
	char *copy = malloc(size + !size);
	assert_non_null(copy);
	memcpy(copy, bytes, size);
	int failed = decode_begin(&d, copy, size, n);
	if (!failed && *n > most)
		failed = -EBADMSG;
	if (!failed)
		failed = decode(&d, numbers, *n);
	if (!failed)
		failed = decode_end(&d);
	free(copy);
	return failed;
}

static void what_was_encoded_comes_back_at_every_length(void **state)
{
	(void)state;
	uint64_t numbers[NUMBERS_N], back[NUMBERS_N];
	fill(numbers);
	for (size_t n = 0; n <= NUMBERS_N; n++) {
		struct buffer b = {0};
		size_t found_n;
		encode_all(&b, numbers, n);
		assert_true(b.size <= codec_most_bytes(n));
		assert_int_equal(decode_copy(b.bytes, b.size, back, NUMBERS_N, &found_n), 0);
		assert_int_equal(found_n, n);
		assert_memory_equal(back, numbers, n * sizeof *numbers);
		buffer_free(&b);
	}
}

static void a_list_in_parts_is_the_same_list(void **state)
{
	(void)state;
	uint64_t numbers[NUMBERS_N], back[NUMBERS_N];
	struct buffer whole = {0}, parts = {0};
	struct encoder e;
	struct decoder d;
	size_t n;
	fill(numbers);
	encode_all(&whole, numbers, NUMBERS_N);
	assert_int_equal(encode_begin(&e, &parts, NUMBERS_N), 0);
	for (size_t k = 0; k < NUMBERS_N; k += 8)
		encode(&e, numbers + k, 8);
	encode_end(&e);
	assert_int_equal(parts.size, whole.size);
	assert_memory_equal(parts.bytes, whole.bytes, whole.size);
	assert_int_equal(decode_begin(&d, parts.bytes, parts.size, &n), 0);
	for (size_t k = 0; k < NUMBERS_N; k += 5)
		assert_int_equal(decode(&d, back + k, 5), 0);
	assert_int_equal(decode_end(&d), 0);
	assert_memory_equal(back, numbers, sizeof numbers);
	buffer_free(&whole);
	buffer_free(&parts);
}

static void it_goes_on_behind_what_is_there(void **state)
{
	(void)state;
	uint64_t number = 300, back;
	struct buffer b = {0};
	size_t n;
	assert_int_equal(buffer_append(&b, "before", 6), 0);
	encode_all(&b, &number, 1);
	assert_memory_equal(b.bytes, "before", 6);
	assert_int_equal(decode_copy(b.bytes + 6, b.size - 6, &back, 1, &n), 0);
	assert_int_equal(back, 300);
	buffer_free(&b);
}

/* As pickle has it: LONG1, a length, the least significant byte first; STOP. */
static void a_number_is_an_opcode_a_length_and_the_bytes_it_needs(void **state)
{
	(void)state;
	static const uint64_t numbers[] = {0, 255, 256};
	static const char expected[] = "\3\0\0\0\0\0\0\0"
				       "\x8a\0"
				       "\x8a\1\xff"
				       "\x8a\2\0\1"
				       ".";
	struct buffer b = {0};
	encode_all(&b, numbers, 3);
	assert_int_equal(b.size, sizeof expected - 1 + 8);
	assert_memory_equal(b.bytes, expected, sizeof expected - 1);
	buffer_free(&b);
}

static void every_truncation_is_found(void **state)
{
	(void)state;
	uint64_t numbers[NUMBERS_N], back[NUMBERS_N];
	fill(numbers);
	for (size_t n = 0; n <= NUMBERS_N; n++) {
		struct buffer b = {0};
		size_t found_n;
		encode_all(&b, numbers, n);
		for (size_t size = 0; size < b.size; size++)
			assert_int_equal(decode_copy(b.bytes, size, back, NUMBERS_N, &found_n),
					 -EBADMSG);
		buffer_free(&b);
	}
}

static void bytes_too_many_are_found(void **state)
{
	(void)state;
	uint64_t numbers[NUMBERS_N], back[NUMBERS_N];
	struct buffer b = {0};
	size_t n;
	fill(numbers);
	encode_all(&b, numbers, NUMBERS_N);
	for (size_t more = 1; more < 40; more++) {
		assert_int_equal(buffer_append(&b, "\x8a", 1), 0);
		assert_int_equal(decode_copy(b.bytes, b.size, back, NUMBERS_N, &n), -EBADMSG);
	}
	buffer_free(&b);
}

static void every_wrong_byte_is_found(void **state)
{
	(void)state;
	uint64_t numbers[NUMBERS_N], back[NUMBERS_N];
	struct buffer b = {0};
	size_t n;
	fill(numbers);
	encode_all(&b, numbers, NUMBERS_N);
	for (size_t at = 0; at < b.size; at++)
		for (unsigned flipped = 1; flipped < 256; flipped++) {
			b.bytes[at] = (char)(b.bytes[at] ^ flipped);
			assert_int_equal(decode_copy(b.bytes, b.size, back, NUMBERS_N, &n),
					 -EBADMSG);
			b.bytes[at] = (char)(b.bytes[at] ^ flipped);
		}
	assert_int_equal(decode_copy(b.bytes, b.size, back, NUMBERS_N, &n), 0);
	buffer_free(&b);
}

static void numbers_that_changed_places_are_found(void **state)
{
	(void)state;
	uint64_t numbers[] = {1000, 2000, 3000}, back[3];
	struct buffer b = {0};
	size_t n;
	encode_all(&b, numbers, 3);
	for (size_t k = 0; k < 4; k++) { /* the first is at 8, the second at 12 */
		char kept = b.bytes[8 + k];
		b.bytes[8 + k] = b.bytes[12 + k];
		b.bytes[12 + k] = kept;
	}
	assert_int_equal(decode_copy(b.bytes, b.size, back, 3, &n), -EBADMSG);
	buffer_free(&b);
}

static void a_list_that_cannot_be_held_is_enomem(void **state)
{
	(void)state;
	struct encoder e;
	struct buffer b = {0};
	assert_int_equal(encode_begin(&e, &b, SIZE_MAX / 16), -ENOMEM);
	buffer_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_encoded_comes_back_at_every_length),
		cmocka_unit_test(a_list_in_parts_is_the_same_list),
		cmocka_unit_test(it_goes_on_behind_what_is_there),
		cmocka_unit_test(a_number_is_an_opcode_a_length_and_the_bytes_it_needs),
		cmocka_unit_test(every_truncation_is_found),
		cmocka_unit_test(bytes_too_many_are_found),
		cmocka_unit_test(every_wrong_byte_is_found),
		cmocka_unit_test(numbers_that_changed_places_are_found),
		cmocka_unit_test(a_list_that_cannot_be_held_is_enomem),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
