/* page - documents of any kind, as a page; without figures, which gnuplot draws. */
#include "fuzz.h"

#include "report/page.h"

static void write_page(const struct document *d)
{
	struct error undrawn = {"not here"};
	const struct page_content content = {d, 1, &undrawn};
	char *text = NULL;
	size_t size = 0;
	FILE *file = fuzz_memory(open_memstream(&text, &size));
	MUST(page_write(file, &content) == 0);
	MUST(fclose(file) == 0 && size > 0);
	MUST(!strcasestr(text, "<script"));
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *path = fuzz_file(data, size, ".json");
	struct document d;
	struct error err = {""};
	int failed = document_read(&d, path, &err);
	check_failure(failed, &err);
	if (!failed)
		write_page(&d);
	document_close(&d);
	fuzz_unlink(path);
	return 0;
}
