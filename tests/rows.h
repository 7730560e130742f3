/* rows.h - rows made by hand, of one workload, mode and policy. */
#include "claims.h"

#include <stdlib.h>

#include "measure/row.h"

enum { REPEATS_MOST = 8 };

static const struct workload summed = {.name = "summed", .total = TOTAL_SUM_INT};
static const struct mode crowd = {.name = "crowd"};
static const struct gil_policy strict = {.name = "strict"};

static const struct cost_model cheap = {.name = "cheap", .digest = "c"};

static inline struct setting setting_of(int64_t threads)
{
	return (struct setting){
		.mode = &crowd,
		.policy = &strict,
		.job = {.workload = &summed, .size = 30, .tasks = 100, .iterations = ABSENT,
			.threads = threads, .workers = threads},
		.interval_ns = 5000000,
		.ticks = ABSENT,
		.work_divisor = 1,
		.accounting = ACCOUNTING_COUNTS,
		.world = {WORLD_REAL, ABSENT, ABSENT, NULL, BIND_NONE, COUNTERS_OFF},
	};
}

static inline struct world_choice virtual_world(int64_t cores)
{
	return (struct world_choice){WORLD_IN_VIRTUAL_TIME, cores, 7, &cheap, ABSENT, ABSENT};
}

/* A finished row whose repeats took the given times; zero ends them. */
static inline struct row row_of(int64_t threads, const int64_t *walls_ns)
{
	struct row row = {.setting = setting_of(threads)};
	row.repeats = calloc(REPEATS_MOST, sizeof *row.repeats);
	assert_non_null(row.repeats);
	for (; *walls_ns; walls_ns++)
		row.repeats[row.repeats_n++] = (struct repeat){
			.wall_ns = *walls_ns,
			.user_ns = 2 * *walls_ns,
			.sys_ns = 3 * *walls_ns,
			.checksum_ok = true,
		};
	row_finish(&row);
	return row;
}

#define ROW(threads, ...) row_of(threads, (const int64_t[]){__VA_ARGS__, 0})

static inline void free_rows(struct row *rows, size_t n)
{
	for (size_t k = 0; k < n; k++)
		row_free(&rows[k]);
}
