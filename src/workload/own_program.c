/* own_program.c - a program in a .gasm file as a workload. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/input.h"
#include "vm/asm.h"
#include "workload/own.h"

static const size_t text_most_bytes = 16 << 20;

static int read_stream(FILE *stream, struct buffer *text)
{
	char bytes[65536];
	size_t size;
	while ((size = fread(bytes, 1, sizeof bytes, stream)) > 0) {
		if (text->size + size > text_most_bytes)
			return -EFBIG;
		int failed = buffer_append(text, bytes, size);
		if (failed)
			return failed;
	}
	return ferror(stream) ? -errno : 0;
}

/* An empty one too is ended by a NUL. */
static int read_text(const char *path, struct buffer *text, struct error *err)
{
	FILE *stream = input_open(path);
	int failed = stream ? buffer_reserve(text, 0) : -errno;
	if (!failed) {
		*text->bytes = '\0';
		failed = read_stream(stream, text);
	}
	if (stream)
		fclose(stream);
	if (failed == -EFBIG)
		return error_set(err, -EINVAL, "%s: must be program text of at most %zu MiB",
				 own_shown(path), text_most_bytes >> 20);
	if (failed)
		return error_set(err, error_of_input(-failed),
				 "%s: cannot be read: %s", own_shown(path), strerror(-failed));
	if (memchr(text->bytes, '\0', text->size))
		return error_set(err, -EINVAL, "%s: must be program text, has a NUL byte",
				 own_shown(path));
	return 0;
}

/* All workloads' in one table. */
static int collect_natives(struct own *own, struct error *err)
{
	size_t n = 0;
	for (size_t k = 0; k < workloads_n; k++)
		for (const struct native *one = workloads[k]->natives; one && one->name; one++) {
			struct native *slot = array_push((void **)&own->natives, &n, sizeof *slot);
			if (!slot)
				return error_set(err, -ENOMEM, "natives: no memory");
			*slot = *one;
		}
	if (!array_push((void **)&own->natives, &n, sizeof *own->natives))
		return error_set(err, -ENOMEM, "natives: no memory");
	return 0;
}

static int check_entry(const char *path, const struct function *entry, struct error *err)
{
	bool fits = entry->params_n <= 3;
	for (size_t k = 0; fits && k < entry->params_n; k++)
		fits = entry->locals[k] == TYPE_INT;
	if (fits)
		return 0;
	return error_set(err, -EINVAL,
			 "%s: func %s: is the entry: must take at most three int, which are size, "
			 "task and iterations",
			 own_shown(path), entry->name);
}

static void describe(struct own *own, const char *path, const struct function *entry)
{
	static const char takes_none[] = "its entry has no parameter at that place";
	struct workload *w = &own->workload;
	struct choice *choices[] = {&w->size, &w->tasks, &w->iterations};
	static const char *const helps[] = {"the entry's first parameter",
					    "its second one goes from 0 to these - 1",
					    "its third parameter"};
	memcpy(own->name, entry->name, sizeof own->name);
	*w = own_template;
	w->name = own->name;
	w->file = own_shown(path);
	w->help = "bytecode, from a file";
	w->unit = "task";
	for (size_t k = 0; k < 3; k++)
		choices[k]->help = helps[k];
	for (size_t k = entry->params_n; k < 3; k++)
		*choices[k] = (struct choice){.help = takes_none};
	w->total = entry->out == TYPE_FLOAT ? TOTAL_SUM_FLOAT : TOTAL_SUM_INT;
	w->programs[ENGINE_BYTECODE] = own->text.bytes;
	w->natives = own->natives;
}

int own_program_open(struct own *own, const char *path, struct error *err)
{
	struct program p = {0};
	*own = (struct own){0};
	int failed = read_text(path, &own->text, err);
	if (!failed)
		failed = collect_natives(own, err);
	if (!failed)
		failed = program_assemble(own_shown(path), own->text.bytes, own->natives, &p, err);
	if (!failed)
		failed = check_entry(path, p.functions, err);
	if (!failed)
		describe(own, path, p.functions);
	program_free(&p);
	if (failed)
		own_close(own);
	return failed;
}
