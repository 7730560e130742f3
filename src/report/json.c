/* json - the whole document: gilsim, host, and every row with its samples and threads. */
#include <errno.h>
#include <math.h>

#include "gilsim-config.h"
#include "report/metrics.h"
#include "report/report.h"
#include "world/host.h"

static json_t *text_or_null(const char *text)
{
	return *text ? json_string(text) : json_null();
}

static json_t *whole_or_null(int64_t n)
{
	return n == ABSENT ? json_null() : json_integer(n);
}

static json_t *gilsim_json(void)
{
	static const char *const features[] = {GILSIM_FEATURES};
	json_t *list = json_array();
	for (size_t k = 0; features[k]; k++)
		json_array_append_new(list, json_string(features[k]));
	return json_pack("{s:s, s:s, s:s, s:o}", "version", GILSIM_VERSION, "compiler",
			 GILSIM_COMPILER, "flags", GILSIM_FLAGS, "features", list);
}

static json_t *host_json(void)
{
	struct host h;
	host_read(&h);
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o}",
			 "cpu", text_or_null(h.cpu),
			 "cores_online", whole_or_null(h.cores_online),
			 "cores_allowed", whole_or_null(h.cores_allowed),
			 "kernel", text_or_null(h.kernel),
			 "libc", text_or_null(h.libc),
			 "governor", text_or_null(h.governor),
			 "virtualised", h.virtualised,
			 "load_1min", isnan(h.load_1min) ? json_null() : json_real(h.load_1min),
			 "time", text_or_null(h.time));
}

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
				     "gilsim", gilsim_json(), "host", host_json(), "results",
				     rows_json(report));
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
