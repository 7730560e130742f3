#include "cli/writers.h"

#include <errno.h>

/* NULL: it is not written so. */
static int (*writer_of(const struct writers *w, const struct format *format))(FILE *file,
									      const void *content)
{
	return format == format_find("table")  ? w->table
	       : format == format_find("json") ? w->json
	       : format == format_find("csv")  ? w->csv
					       : NULL;
}

int writers_check(const struct writers *w, const struct options *o, struct error *err)
{
	int failed = 0;
	for (size_t k = 0; k < o->outputs_n && !failed; k++) {
		const struct output *output = &o->outputs[k];
		if (!writer_of(w, output->format))
			failed = error_set(err, -EINVAL,
					   "%s%.80s: %s writes table, json or csv, not %s",
					   output->path ? "--output=" : "--format",
					   output->path ? output->path : "", w->command,
					   output->format->name);
	}
	return failed ? failed : outputs_check(o->outputs, o->outputs_n, err);
}

int writers_write(const struct writers *w, const struct options *o, const void *content,
		  struct error *err)
{
	struct error why;
	int failed = 0;
	for (size_t k = 0; k < o->outputs_n; k++)
		failed = error_first(failed,
				     output_write(&o->outputs[k],
						  writer_of(w, o->outputs[k].format), content,
						  &why),
				     &why, err);
	return failed;
}
