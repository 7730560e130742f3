/* json - the whole document: gilsim, host, and every row with its samples and threads. */
#include <errno.h>

#include "report/about.h"
#include "report/metrics.h"
#include "report/report.h"

static json_t *rows_json(const struct report *report)
{
	json_t *rows = json_array();
	for (size_t k = 0; k < report->rows_n; k++)
		if (json_array_append_new(rows, metrics_row_json(&report->rows[k]))) {
			json_decref(rows);
			return NULL;
		}
	return rows;
}

static int write_json(FILE *file, const struct report *report)
{
	json_t *document = json_pack("{s:s, s:o, s:o, s:o}", "schema", "gilsim-results/1",
				     "gilsim", about_gilsim(), "host", about_host(), "results",
				     rows_json(report));
	if (document && report->finding &&
	    json_object_set(document, report->finding->key, report->finding->json)) {
		json_decref(document);
		document = NULL;
	}
	if (!document)
		return -ENOMEM;
	int failed = json_dumpf(document, file, JSON_INDENT(2)) || fputs("\n", file) < 0;
	json_decref(document);
	return failed ? (errno ? -errno : -EIO) : 0;
}

const struct format format_json = {
	.name = "json",
	.help = "the whole document, with every sample and thread",
	.ending = ".json",
	.whole = write_json,
};
