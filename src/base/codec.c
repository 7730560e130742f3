#include "base/codec.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

/* Pickle's opcodes. */
enum { LONG1 = 0x8a, STOP = '.' };

enum {
	WORD_BYTES = 8,
	END_BYTES = 1 + WORD_BYTES,
};

size_t codec_most_bytes(size_t n)
{
	return WORD_BYTES + n * CODEC_NUMBER_MOST_BYTES + END_BYTES;
}

/* Odd, so that no difference between two lists is multiplied away. */
static uint64_t check_next(uint64_t check, uint64_t number)
{
	return (check + number) * UINT64_C(0x9e3779b97f4a7c15);
}

static void write_word(struct buffer *out, uint64_t word)
{
	word = htole64(word);
	memcpy(out->bytes + out->size, &word, WORD_BYTES);
	out->size += WORD_BYTES;
}

static uint64_t read_word(const unsigned char *at)
{
	uint64_t word;
	memcpy(&word, at, WORD_BYTES);
	return le64toh(word);
}

static size_t bytes_of(uint64_t number)
{
	return number ? WORD_BYTES - (size_t)__builtin_clzll(number) / 8 : 0;
}

int encode_begin(struct encoder *e, struct buffer *out, size_t n)
{
	*e = (struct encoder){.out = out, .check = n};
	if (buffer_reserve(out, codec_most_bytes(n)))
		return -ENOMEM;
	write_word(out, n);
	return 0;
}

/* Each is written as a whole word, of which the next overwrites what is not needed. */
void encode(struct encoder *e, const void *numbers, size_t n)
{
	unsigned char *begin = (unsigned char *)e->out->bytes + e->out->size, *at = begin;
	uint64_t check = e->check;
	for (size_t k = 0; k < n; k++) {
		uint64_t number;
		memcpy(&number, (const char *)numbers + k * WORD_BYTES, WORD_BYTES);
		check = check_next(check, number);
		size_t size = bytes_of(number);
		at[0] = LONG1;
		at[1] = (unsigned char)size;
		number = htole64(number);
		memcpy(at + 2, &number, WORD_BYTES);
		at += 2 + size;
	}
	e->check = check;
	e->out->size += (size_t)(at - begin);
}

void encode_end(struct encoder *e)
{
	e->out->bytes[e->out->size++] = STOP;
	write_word(e->out, e->check);
	e->out->bytes[e->out->size] = '\0';
}

int decode_begin(struct decoder *d, const void *bytes, size_t size, size_t *n)
{
	const unsigned char *at = bytes;
	if (size < WORD_BYTES + END_BYTES)
		return -EBADMSG;
	*n = read_word(at);
	*d = (struct decoder){at + WORD_BYTES, at + size - END_BYTES, .check = *n};
	return *n > (size - WORD_BYTES - END_BYTES) / 2 ? -EBADMSG : 0;
}

/* A whole word may be read anywhere before the end, for behind it stands the check. */
int decode(struct decoder *d, void *numbers, size_t n)
{
	const unsigned char *at = d->at;
	uint64_t check = d->check;
	for (size_t k = 0; k < n; k++) {
		if (d->end - at < 2 || at[0] != LONG1 || at[1] > WORD_BYTES ||
		    at[1] > d->end - at - 2)
			return -EBADMSG;
		size_t size = at[1];
		uint64_t number = size ? read_word(at + 2) : 0;
		number &= size ? UINT64_MAX >> (64 - 8 * size) : 0;
		if (bytes_of(number) != size)
			return -EBADMSG;
		check = check_next(check, number);
		memcpy((char *)numbers + k * WORD_BYTES, &number, WORD_BYTES);
		at += 2 + size;
	}
	d->at = at;
	d->check = check;
	return 0;
}

int decode_end(const struct decoder *d)
{
	bool is_right = d->at == d->end && *d->end == STOP && read_word(d->end + 1) == d->check;
	return is_right ? 0 : -EBADMSG;
}
