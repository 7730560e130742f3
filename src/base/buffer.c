#include "base/buffer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int buffer_reserve(struct buffer *b, size_t more)
{
	if (more > SIZE_MAX / 2 - b->size - 1)
		return -ENOMEM;
	size_t wanted = b->size + more + 1;
	if (wanted <= b->capacity)
		return 0;
	size_t capacity = b->capacity ? b->capacity : 64;
	while (capacity < wanted)
		capacity *= 2;
	char *bytes = realloc(b->bytes, capacity);
	if (!bytes)
		return -ENOMEM;
	b->bytes = bytes;
	b->capacity = capacity;
	return 0;
}

int buffer_append(struct buffer *b, const void *bytes, size_t size)
{
	int err = buffer_reserve(b, size);
	if (err)
		return err;
	memcpy(b->bytes + b->size, bytes, size);
	b->size += size;
	b->bytes[b->size] = '\0';
	return 0;
}

int buffer_printf(struct buffer *b, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int size = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (size < 0)
		return -EINVAL;
	int err = buffer_reserve(b, (size_t)size);
	if (err)
		return err;
	va_start(arguments, format);
	vsnprintf(b->bytes + b->size, (size_t)size + 1, format, arguments);
	va_end(arguments);
	b->size += (size_t)size;
	return 0;
}

void buffer_free(struct buffer *b)
{
	free(b->bytes);
	*b = (struct buffer){0};
}

/* The capacity is the next power of two, so it need not be stored. */
void *array_push(void **items, size_t *n, size_t size)
{
	if ((*n & (*n - 1)) == 0) {
		void *grown = realloc(*items, (*n ? *n * 2 : 1) * size);
		if (!grown)
			return NULL;
		*items = grown;
	}
	void *item = (char *)*items + *n * size;
	memset(item, 0, size);
	++*n;
	return item;
}
