/* csv - one line a row, the JSON document's names joined by dots, absent is empty. */
#include <errno.h>

#include "report/metrics.h"
#include "report/report.h"

static int write_csv(FILE *file, const struct report *report)
{
	struct buffer text = {0};
	int failed = metrics_csv_header(&text);
	for (size_t k = 0; k < report->rows_n && !failed; k++)
		failed = metrics_csv_row(&text, &report->rows[k]);
	if (!failed && fwrite(text.bytes, 1, text.size, file) != text.size)
		failed = -errno;
	buffer_free(&text);
	return failed;
}

const struct format format_csv = {
	.name = "csv",
	.help = "one line a row, for spreadsheets and gnuplot",
	.ending = ".csv",
	.whole = write_csv,
};
