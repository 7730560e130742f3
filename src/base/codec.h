/* codec.h - a list of whole numbers as bytes, and back: what moving objects between processes
 * costs.
 *
 * Each number is an opcode, a length and as many bytes as it needs, least significant first;
 * how many there are stands before them, and a check of all behind.  Any one byte that is
 * changed, and any that is missing or too many, is found.
 *
 * Units    size is bytes; a number is 64 bits, whatever they mean.
 * Errors   0 or a negative errno; after one nothing more is asked of the encoder or decoder.
 * Owner    the caller; neither has anything to free.
 * Source   CPython Lib/pickle.py save_long: LONG1, a length, the bytes; and STOP. */
#pragma once

#include <stdint.h>

#include "base/buffer.h"

/* The bytes that one number needs at most, and a list of n of them. */
enum { CODEC_NUMBER_MOST_BYTES = 10 };
size_t codec_most_bytes(size_t n);

struct encoder {
	struct buffer *out;
	uint64_t check;
};

/* Goes on behind what is in `out`, which stays the caller's and is not touched by others until
 * the end.  n numbers must follow, in as many calls as one likes.  0 or -ENOMEM. */
int encode_begin(struct encoder *e, struct buffer *out, size_t n);
void encode(struct encoder *e, const void *numbers, size_t n);
void encode_end(struct encoder *e);

struct decoder {
	const unsigned char *at, *end; /* of the numbers; the check is behind them */
	uint64_t check;
};

/* All of these: 0, or -EBADMSG when that is not what was encoded.  *n is how many follow;
 * none of them is trusted before decode_end has said 0. */
int decode_begin(struct decoder *d, const void *bytes, size_t size, size_t *n);
int decode(struct decoder *d, void *numbers, size_t n);
int decode_end(const struct decoder *d);
