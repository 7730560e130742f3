/* buffer.h - a growable run of bytes, always ended by a NUL for printing.
 *
 * Owner    a zeroed struct is an empty buffer; buffer_free returns it to that.
 * Errors   appending fails with -ENOMEM and leaves what was there. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct buffer {
	char *bytes;
	size_t size, capacity;
};

int buffer_reserve(struct buffer *b, size_t more);
int buffer_append(struct buffer *b, const void *bytes, size_t size);
int buffer_printf(struct buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buffer_free(struct buffer *b);

/* Appends one `size`-byte element to an array that starts at *items with *n of
 * them; grows by doubling.  Returns the new element, zeroed, or NULL (no memory). */
void *array_push(void **items, size_t *n, size_t size);
