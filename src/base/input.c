#include "base/input.h"

#include <errno.h>

#include "base/buffer.h"

static struct {
	struct stat *files;
	size_t n;
} all;

int input_note(const struct stat *file)
{
	if (!S_ISREG(file->st_mode) || input_is(file))
		return 0;
	struct stat *noted = array_push((void **)&all.files, &all.n, sizeof *noted);
	if (!noted)
		return -ENOMEM;
	*noted = *file;
	return 0;
}

bool input_is(const struct stat *file)
{
	for (size_t k = 0; k < all.n; k++)
		if (all.files[k].st_dev == file->st_dev && all.files[k].st_ino == file->st_ino)
			return true;
	return false;
}

static int check(FILE *file)
{
	struct stat status;
	if (fstat(fileno(file), &status))
		return -errno;
	return S_ISDIR(status.st_mode) ? -EISDIR : input_note(&status);
}

FILE *input_open(const char *path)
{
	FILE *file = fopen(path, "re");
	int failed = file ? check(file) : 0;
	if (!failed)
		return file;
	fclose(file);
	errno = -failed;
	return NULL;
}
