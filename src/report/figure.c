#include "report/figure.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gilsim-config.h"
#include "report/metrics.h"
#include "world/tool.h"

/* Beside the gilsim that runs where it is installed, else where it was built from. */
static int find_script(const char *name, char path[static 512], struct error *err)
{
	char self[256] = "";
	if (readlink("/proc/self/exe", self, sizeof self - 1) < 0)
		self[0] = '\0';
	char *slash = strrchr(self, '/');
	int folder = slash ? (int)(slash - self) : 0;
	snprintf(path, 512, "%.*s/" PLOT_FROM_BINDIR "/%s.gp", folder, self, name);
	if (access(path, R_OK) == 0)
		return 0;
	snprintf(path, 512, PLOT_SOURCE "/%s.gp", name);
	if (access(path, R_OK) == 0)
		return 0;
	return error_set(err, -ENOENT, "%s.gp: is neither installed nor in " PLOT_SOURCE, name);
}

/* The rows are handed over in memory, as an open file. */
static int run_script(struct buffer *picture, const char *name, const char *settings,
		      const struct buffer *csv, struct error *err)
{
	char path[512], before[128];
	int failed = find_script(name, path, err);
	if (failed)
		return failed;
	int fd = memfd_create("rows", 0);
	if (fd < 0 || write(fd, csv->bytes, csv->size) != (ssize_t)csv->size) {
		failed = error_set(err, -errno, "gnuplot: rows: %s", strerror(errno));
	} else {
		snprintf(before, sizeof before, "input = '/dev/fd/%d'; output = '/dev/stdout'; %s",
			 fd, settings);
		const char *const argv[] = {"gnuplot", "-d", "-e", before, path, NULL};
		failed = tool_run(argv, picture, err);
	}
	if (fd >= 0)
		close(fd);
	return failed;
}

/* gnuplot's titles of single curves are the expressions that they were drawn by. */
static const char *behind_title(const char *text)
{
	static const char end[] = "</title>";
	const char *found = strncmp(text, "<title>", 7) == 0 ? strstr(text, end) : NULL;
	return found ? found + sizeof end - 1 : text;
}

/* Several pictures in one page need ids of their own, and none brings its paper. */
static int put_svg(struct buffer *svg, const char *text, const char *prefix, const char *caption)
{
	const struct {
		const char *from, *to, *own, *behind;
	} changes[] = {
		{"<svg", "<svg role=\"img\" aria-label=\"", caption, "\""},
		{" id='", " id='", prefix, ""},
		{" id=\"", " id=\"", prefix, ""},
		{"href='#", "href='#", prefix, ""},
		{"fill=\"#ffffff\"", "class=\"paper\"", "", ""},
	};
	int failed = 0;
	while (*(text = behind_title(text)) && !failed) {
		size_t k = 0, most = sizeof changes / sizeof *changes;
		while (k < most && strncmp(text, changes[k].from, strlen(changes[k].from)) != 0)
			k++;
		if (k == most) {
			failed = buffer_append(svg, text++, 1);
			continue;
		}
		failed = buffer_printf(svg, "%s%s%s", changes[k].to, changes[k].own,
				       changes[k].behind);
		text += strlen(changes[k].from);
	}
	return failed;
}

static int rows_csv(struct buffer *csv, const json_t *const *rows, size_t n)
{
	int failed = metrics_csv_header(csv);
	for (size_t k = 0; k < n && !failed; k++)
		failed = metrics_csv_json(csv, rows[k]);
	return failed;
}

int figure_svg(struct buffer *svg, const char *name, const json_t *const *rows, size_t n,
	       const char *prefix, const char *caption, struct error *err)
{
	struct buffer csv = {0}, drawn = {0};
	int failed = rows_csv(&csv, rows, n);
	if (failed)
		error_set(err, failed, "gnuplot: no memory");
	else
		failed = run_script(&drawn, name, "on_page = 1", &csv, err);
	const char *start = drawn.bytes ? strstr(drawn.bytes, "<svg") : NULL;
	if (!failed && !start)
		failed = error_set(err, -EIO, "gnuplot: drew nothing of %s", name);
	else if (!failed && put_svg(svg, start, prefix, caption))
		failed = error_set(err, -ENOMEM, "gnuplot: no memory");
	buffer_free(&csv);
	buffer_free(&drawn);
	return failed;
}

/* The scripts tie the words of a name by no-break spaces; gnuplot fills lines with blanks, and
 * begins a picture with a new page and empty lines. */
static void make_plain(struct buffer *text)
{
	size_t n = 0;
	for (size_t k = 0; k < text->size; k++) {
		bool is_tie = strncmp(text->bytes + k, "\302\240", 2) == 0;
		k += is_tie;
		while (text->bytes[k] == '\n' && n > 0 && text->bytes[n - 1] == ' ')
			n--;
		if (text->bytes[k] != '\f' && (n > 0 || text->bytes[k] != '\n'))
			text->bytes[n++] = (char)(is_tie ? ' ' : text->bytes[k]);
	}
	text->size = n;
	text->bytes[n] = '\0';
}

int figure_text(struct buffer *text, const struct report *report, int columns_n, struct error *err)
{
	struct buffer csv = {0};
	char settings[32];
	int failed = metrics_csv_header(&csv);
	for (size_t k = 0; k < report->rows_n && !failed; k++)
		failed = metrics_csv_row(&csv, &report->rows[k]);
	snprintf(settings, sizeof settings, "columns_n = %d", columns_n);
	if (failed)
		error_set(err, failed, "gnuplot: no memory");
	else
		failed = run_script(text, "terminal", settings, &csv, err);
	if (!failed && text->size)
		make_plain(text);
	buffer_free(&csv);
	return failed;
}

bool figure_has_sweep(const struct report *report)
{
	for (size_t k = 1; k < report->rows_n; k++)
		for (size_t before = 0; before < k; before++)
			if (setting_is_same_series(&report->rows[before].setting,
						   &report->rows[k].setting))
				return true;
	return false;
}
