/* columns.h - the table's columns: their headings, and how a row's cell is written. */
#pragma once

#include "report/report.h"

enum { CELL_MOST = 40 };

/* The heading has two lines where one would be wide.  An empty cell is "-". */
struct column {
	const char *above, *heading;
	bool to_the_left;
	bool tells_apart; /* shown only where it tells rows of one workload apart */
	void (*cell)(const struct row *row, char text[static CELL_MOST]);
};

enum {
#define COLUMN(name, above, heading, to_the_left, tells_apart) COLUMN_##name,
#include "report/columns.def"
#undef COLUMN
	COLUMNS_N
};
extern const struct column columns[COLUMNS_N];

/* Where native calls release the lock, only --accounting=full reads the clock around them
 * and knows how much of running was with it; elsewhere all was. */
bool running_is_not_split(const struct row *row);
