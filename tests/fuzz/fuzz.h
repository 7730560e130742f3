/* fuzz.h - what the targets share.  A target is one file with an LLVMFuzzerTestOneInput: libFuzzer
 * calls it with what it thinks up (bench/fuzz), replay.c with what was kept (corpus/).
 *
 * Each input is one run of its own, and the same input does the same again: a target keeps nothing
 * that its next run could see. */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What asks for more than there is shall be told so, as elsewhere, and not end the process. */
#define FUZZ_MEMORY "allocator_may_return_null=1:max_allocation_size_mb=64"
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return FUZZ_MEMORY;
}

const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
	return FUZZ_MEMORY;
}

/* Ends the process when a claim does not hold: a finding. */
#define MUST(claim) \
	do { \
		if (!(claim)) { \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #claim); \
			abort(); \
		} \
	} while (0)

/* A failure is a negative errno and one line of text; what is none is 0. */
static inline void check_failure(int failed, const struct error *err)
{
	MUST(failed <= 0);
	if (!failed)
		return;
	MUST(*err->text);
	for (const char *c = err->text; *c; c++)
		MUST((unsigned char)*c >= ' ' && *c != 127);
}

static inline void *fuzz_memory(void *memory)
{
	if (memory)
		return memory;
	perror("fuzz");
	exit(3);
}

/* The bytes with a NUL behind them, and no more, so that a sanitizer sees what is read beyond. */
static inline char *fuzz_text(const void *data, size_t size)
{
	char *text = fuzz_memory(malloc(size + 1));
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

/* The bytes as a file with that ending, in $TMPDIR; fuzz_unlink removes it and frees its path. */
static inline char *fuzz_file(const void *data, size_t size, const char *ending)
{
	const char *folder = getenv("TMPDIR");
	char *path = NULL;
	if (asprintf(&path, "%s/gilsim-fuzz-%ld%s", folder ? folder : "/tmp", (long)getpid(),
		     ending) < 0)
		path = NULL;
	FILE *file = fopen(fuzz_memory(path), "we");
	fuzz_memory(file);
	bool is_written = fwrite(data, 1, size, file) == size;
	if (fclose(file) || !is_written)
		fuzz_memory(NULL);
	return path;
}

static inline void fuzz_unlink(char *path)
{
	unlink(path);
	free(path);
}
