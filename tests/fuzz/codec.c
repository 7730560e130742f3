/* codec - lists of whole numbers as bytes: the input as such a list, in pieces; and the input's
 * bytes as numbers, there and back. */
#include "fuzz.h"

#include "base/codec.h"

enum { PIECE_N = 3 };

static int decode_all(const void *bytes, size_t size, uint64_t **numbers, size_t *n)
{
	struct decoder d;
	int failed = decode_begin(&d, bytes, size, n);
	*numbers = NULL;
	if (failed)
		return failed;
	MUST(*n <= size);
	*numbers = fuzz_memory(malloc(*n * sizeof **numbers + 1));
	for (size_t k = 0; k < *n && !failed; k += PIECE_N)
		failed = decode(&d, *numbers + k, *n - k < PIECE_N ? *n - k : PIECE_N);
	return failed ? failed : decode_end(&d);
}

static struct buffer encode_all(const void *numbers, size_t n)
{
	struct buffer out = {0};
	struct encoder e;
	MUST(encode_begin(&e, &out, n) == 0);
	encode(&e, numbers, n);
	encode_end(&e);
	MUST(out.size <= codec_most_bytes(n));
	return out;
}

/* What is accepted is what would be written: no two lists of bytes are the same numbers. */
static void check_decoded(const uint8_t *data, size_t size)
{
	uint64_t *numbers;
	size_t n;
	if (!decode_all(data, size, &numbers, &n)) {
		struct buffer out = encode_all(numbers, n);
		MUST(out.size == size && memcmp(out.bytes, data, size) == 0);
		buffer_free(&out);
	}
	free(numbers);
}

static void check_encoded(const uint8_t *data, size_t size)
{
	size_t n = size / 8, back_n;
	struct buffer out = encode_all(data, n);
	uint64_t *numbers;
	MUST(decode_all(out.bytes, out.size, &numbers, &back_n) == 0 && back_n == n);
	MUST(n == 0 || memcmp(numbers, data, n * 8) == 0);
	free(numbers);
	if (size % 8) {
		size_t place = data[size - 1] % out.size;
		out.bytes[place] = (char)(out.bytes[place] ^ 1 << data[0] % 8);
		MUST(decode_all(out.bytes, out.size, &numbers, &back_n) == -EBADMSG);
		free(numbers);
	}
	buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_decoded(data, size);
	check_encoded(data, size);
	return 0;
}
