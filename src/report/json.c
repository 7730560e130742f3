/* json - the whole document: gilsim, host, and every row with its samples and threads. */
#include <errno.h>
#include <math.h>

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

/* Null where it was not asked for. */
static json_t *measuring_json(const struct measure_options *o)
{
	bool is_auto = o->precision > 0;
	return json_pack("{s:I, s:o, s:o}", "order_seed", (json_int_t)o->order_seed, "precision",
			 json_of_real(is_auto ? o->precision : NAN), "max_time_ns",
			 is_auto ? json_integer(o->max_time_ns) : json_null());
}

static int write_json(FILE *file, const struct report *report)
{
	json_t *host = report->unrest ? about_host_of(report->unrest) : about_host();
	json_t *measuring = report->options ? measuring_json(report->options) : json_null();
	json_t *document = json_pack("{s:s, s:o, s:o, s:o, s:o}", "schema", "gilsim-results/1",
				     "gilsim", about_gilsim(), "host", host,
				     "measuring", measuring, "results", rows_json(report));
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
