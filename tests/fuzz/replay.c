/* replay - plays what is kept in the folders that are named through a target, once: as a test, with
 * every compiler.  Usage: fuzz_NAME CORPUS...  A file may be named, too. */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int fail(const char *path)
{
	fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
	return -1;
}

/* In memory of just its size, so that a sanitizer sees what is read beyond. */
static int play_file(const char *path)
{
	struct stat status;
	FILE *file = fopen(path, "re");
	if (!file || fstat(fileno(file), &status))
		return fail(path);
	size_t size = (size_t)status.st_size;
	uint8_t *data = malloc(size ? size : 1);
	if (!data || fread(data, 1, size, file) != size)
		return fail(path);
	fclose(file);
	fprintf(stderr, "%s\n", path); /* the last line names the one that failed */
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 0;
}

static int is_shown(const struct dirent *entry)
{
	return *entry->d_name != '.';
}

/* In the order of their names.  Returns how many, or -1. */
static int play_folder(const char *folder)
{
	struct dirent **entries;
	int n = scandir(folder, &entries, is_shown, alphasort), failed = 0;
	if (n < 0)
		return fail(folder);
	for (int k = 0; k < n; k++) {
		char *path = NULL;
		if (!failed && asprintf(&path, "%s/%s", folder, entries[k]->d_name) < 0)
			failed = fail(folder);
		if (!failed)
			failed = play_file(path);
		free(path);
		free(entries[k]);
	}
	free(entries);
	return failed ? -1 : n;
}

static int play(const char *path)
{
	struct stat status;
	if (stat(path, &status))
		return fail(path);
	return S_ISDIR(status.st_mode) ? play_folder(path) : play_file(path) ? -1 : 1;
}

int main(int argc, char **argv)
{
	int played_n = 0;
	for (int k = 1; k < argc; k++) {
		int n = play(argv[k]);
		if (n < 0)
			return 3;
		played_n += n;
	}
	if (!played_n)
		fprintf(stderr, "replay: nothing to play: name a folder with files in it\n");
	else
		printf("%d played\n", played_n);
	return !played_n;
}
