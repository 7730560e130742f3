/* cost.c - what a model says of opcodes and native calls, and its digest. */
#include "workload/cost.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const struct work_cost *cost_of(const struct cost_model *model, const char *workload,
				enum engine engine)
{
	for (size_t k = 0; k < model->works_n; k++)
		if (model->works[k].engine == engine &&
		    strcmp(model->works[k].workload, workload) == 0)
			return &model->works[k];
	return NULL;
}

static int check_range(const char *name, int64_t value, int64_t least, int64_t most,
		       struct error *err)
{
	if (value >= least && value <= most)
		return 0;
	return error_set(err, -ERANGE, "cost %s: %" PRId64 " must be from %" PRId64 " to %" PRId64,
			 name, value, least, most);
}

int machine_cost_check(const struct machine_cost *machine, struct error *err)
{
	int failed = 0;
#define COST(field, unit, least, most, help) \
	if (!failed) \
		failed = check_range(#field, machine->field, least, most, err);
#include "world/cost.def"
#undef COST
	return failed;
}

void cost_burns(const struct cost_model *model, const struct work_cost *work,
		const struct pace *pace, uint32_t *burns)
{
	for (int op = 0; op < OPCODES_N; op++) {
		enum pace_kind kind = pace_kind_of((enum opcode)op);
		int64_t ps = pace ? (int64_t)(pace->ns[kind] * 1000 + 0.5)
			     : work && work->opcode_ps != ABSENT ? work->opcode_ps
								 : model->opcode_ps[kind];
		burns[op] = (uint32_t)ps;
	}
}

/* The logarithm to base 2, times 2^16: right at powers of two, straight between them. */
static int64_t log2_q16(int64_t n)
{
	int whole = 63 - __builtin_clzll((uint64_t)n);
	int64_t rest = n - (INT64_C(1) << whole);
	rest = whole > 16 ? rest >> (whole - 16) : rest << (16 - whole);
	return ((int64_t)whole << 16) + rest;
}

static int64_t item_ps(const struct work_cost *work, int64_t items_n)
{
	const struct item_cost *above = work->items, *end = above + work->items_n;
	while (above < end && above->items_n < items_n)
		above++;
	if (above == end)
		return end[-1].ps;
	if (above == work->items)
		return above->ps;
	const struct item_cost *below = above - 1;
	int64_t from = log2_q16(below->items_n), span = log2_q16(above->items_n) - from;
	if (span == 0) /* so near to each other that their logarithms are the same */
		return above->ps;
	return below->ps + (above->ps - below->ps) * (log2_q16(items_n) - from) / span;
}

int64_t cost_native_ps(const struct cost_model *model, const struct work_cost *work,
		       int64_t items_n, int64_t passes_n)
{
	enum { LONGEST_S = 1000000 };
	static const int64_t longest_ps = LONGEST_S * INT64_C(1000000000000);
	int64_t ps = 0;
	if (items_n > 0 && passes_n > 0 && work && work->items_n > 0 &&
	    (__builtin_mul_overflow(items_n, item_ps(work, items_n), &ps) ||
	     __builtin_mul_overflow(ps, passes_n, &ps) || ps > longest_ps))
		ps = longest_ps;
	return model->native_ps + ps;
}

/* FNV-1a, 64 bits (G. Fowler, L. C. Noll, K.-P. Vo): numbers as 8 bytes, least significant
 * first; texts with the zero behind them. */
static uint64_t add_byte(uint64_t hash, unsigned char byte)
{
	return (hash ^ byte) * UINT64_C(0x100000001b3);
}

static uint64_t add_number(uint64_t hash, int64_t number)
{
	for (int k = 0; k < 8; k++)
		hash = add_byte(hash, (unsigned char)((uint64_t)number >> 8 * k));
	return hash;
}

static uint64_t add_text(uint64_t hash, const char *text)
{
	do {
		hash = add_byte(hash, (unsigned char)*text);
	} while (*text++);
	return hash;
}

static uint64_t add_work(uint64_t hash, const struct work_cost *work)
{
	hash = add_text(hash, work->workload);
	hash = add_text(hash, engine_names[work->engine]);
	hash = add_number(hash, work->opcode_ps);
	hash = add_number(hash, (int64_t)work->items_n);
	for (size_t k = 0; k < work->items_n; k++) {
		hash = add_number(hash, work->items[k].items_n);
		hash = add_number(hash, work->items[k].ps);
	}
	return hash;
}

void cost_digest(struct cost_model *model)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
#define COST(field, unit, least, most, help) hash = add_number(hash, model->machine.field);
#include "world/cost.def"
#undef COST
	for (int kind = 0; kind < PACE_KINDS_N; kind++)
		hash = add_number(hash, model->opcode_ps[kind]);
	hash = add_number(hash, model->native_ps);
	hash = add_number(hash, (int64_t)model->works_n);
	for (size_t k = 0; k < model->works_n; k++)
		hash = add_work(hash, &model->works[k]);
	snprintf(model->digest, sizeof model->digest, "%016" PRIx64, hash);
}
