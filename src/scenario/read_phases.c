/* read_phases.c - what a thread does in a round, step by step. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/reader.h"

static int set_kind(struct reader *r, enum phase_kind kind)
{
	if (r->phase->ns != ABSENT)
		return refuse(r, NULL, "must be the only thing that its phase does");
	r->phase->kind = kind;
	r->phase->ns = 0;
	return 0;
}

static int set_phase(struct reader *r, const json_t *value, enum phase_kind kind)
{
	int failed = set_kind(r, kind);
	return failed ? failed : read_us(r, value, &r->phase->ns);
}

static int read_bytecode_us(struct reader *r, const json_t *value)
{
	return set_phase(r, value, PHASE_BYTECODE);
}

static int read_native_us(struct reader *r, const json_t *value)
{
	return set_phase(r, value, PHASE_NATIVE_HELD);
}

static int read_io_us(struct reader *r, const json_t *value)
{
	return set_phase(r, value, PHASE_IO);
}

/* The same name is the same mutex, whichever thread it stands in. */
static int set_mutex(struct reader *r, const json_t *value, enum phase_kind kind)
{
	struct scenario *s = r->scenario;
	size_t k = 0;
	int failed = set_kind(r, kind);
	if (failed)
		return failed;
	if (json_string_length(value) < 1 || json_string_length(value) > WORKER_NAME_MOST)
		return refuse(r, value, "must be a mutex's name, a text of 1 to %d bytes",
			      WORKER_NAME_MOST);
	while (k < s->mutexes_n && strcmp(s->mutexes[k], json_string_value(value)) != 0)
		k++;
	if (k == MUTEXES_MOST)
		return refuse(r, value, "must be one of at most %d mutexes", MUTEXES_MOST);
	s->mutexes[k] = json_string_value(value);
	s->mutexes_n += k == s->mutexes_n;
	r->phase->ns = (int64_t)k;
	return 0;
}

static int read_lock(struct reader *r, const json_t *value)
{
	return set_mutex(r, value, PHASE_LOCK_HELD);
}

static int read_unlock(struct reader *r, const json_t *value)
{
	return set_mutex(r, value, PHASE_UNLOCK);
}

static int read_phase_release(struct reader *r, const json_t *value)
{
	struct phase *phase = r->phase;
	bool is_native = phase->ns != ABSENT && phase->kind == PHASE_NATIVE_HELD;
	bool is_mutex = phase->ns != ABSENT && phase->kind == PHASE_LOCK_HELD, yes;
	if (!is_native && !is_mutex)
		return refuse(r, NULL, "must stand beside native_us or lock");
	if (read_bool(r, value, &yes))
		return -EINVAL;
	if (yes)
		phase->kind = is_native ? PHASE_NATIVE_RELEASED : PHASE_LOCK_RELEASED;
	return 0;
}

static const struct key phase_keys[] = {
	{"bytecode_us", read_bytecode_us},
	{"native_us", read_native_us},
	{"io_us", read_io_us},
	{"lock", read_lock},
	{"unlock", read_unlock},
	{"release", read_phase_release},
	{0},
};

static int read_phase(struct reader *r, const json_t *value, struct phase *phase)
{
	r->phase = phase;
	*phase = (struct phase){.ns = ABSENT};
	int failed = read_keys(r, value, phase_keys);
	if (!failed && phase->ns == ABSENT)
		failed = refuse(r, value,
				"must have bytecode_us, native_us, io_us, lock or unlock");
	return failed;
}

static int check_mutex(struct reader *r, const struct phase *phase, uint64_t *locked)
{
	bool locks = phase->kind == PHASE_LOCK_HELD || phase->kind == PHASE_LOCK_RELEASED;
	if (!locks && phase->kind != PHASE_UNLOCK)
		return 0;
	uint64_t bit = UINT64_C(1) << phase->ns;
	if (locks && *locked & bit)
		return refuse(r, NULL, "lock: must be unlocked first");
	if (!locks && !(*locked & bit))
		return refuse(r, NULL, "unlock: must be locked before, in the same round");
	*locked ^= bit;
	return 0;
}

/* A mutex is not carried from round to round. */
static int check_mutexes(struct reader *r)
{
	const struct group *g = r->group;
	uint64_t locked = 0;
	int failed = 0;
	for (size_t k = 0; k < g->phases_n && !failed; k++) {
		size_t length = enter_item(r, k);
		failed = check_mutex(r, &g->phases[k], &locked);
		leave(r, length);
	}
	if (!failed && locked)
		failed = refuse(r, NULL, "must unlock \"%s\" in the same round",
				r->scenario->mutexes[__builtin_ctzll(locked)]);
	return failed;
}

int read_phase_list(struct reader *r, const json_t *value)
{
	struct group *g = r->group;
	size_t n = json_array_size(value);
	int failed = 0;
	if (n < 1 || n > PHASES_MOST)
		return refuse(r, value, "must be a list of 1 to %d phases", PHASES_MOST);
	g->phases = calloc(n, sizeof *g->phases);
	if (!g->phases)
		return no_memory(r);
	g->phases_n = n;
	for (size_t k = 0; k < n && !failed; k++) {
		size_t length = enter_item(r, k);
		failed = read_phase(r, json_array_get(value, k), &g->phases[k]);
		leave(r, length);
	}
	return failed ? failed : check_mutexes(r);
}
