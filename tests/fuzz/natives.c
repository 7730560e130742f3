/* natives - the native calls of all workloads, which any program may call, with arguments that no
 * workload gives them, one after the other.  The input says which and with what; a call that would
 * go through too much, as it says itself, is left out, and so are those that wait. */
#include "fuzz.h"

#include "vm/object.h"
#include "workload/workload.h"

enum { OBJECTS_MOST = 32, CALLS_MOST = 64, IN_MOST = 8 };
enum { WORK_MOST = 10000, PASSES_MOST = 20 };

struct input {
	const uint8_t *at, *end;
};

static uint8_t next_byte(struct input *in)
{
	return in->at < in->end ? *in->at++ : 0;
}

/* A byte, a power of two but one, or anything. */
static int64_t next_whole(struct input *in)
{
	uint8_t kind = next_byte(in);
	uint64_t value = 0;
	if (kind < 160)
		return kind - 32;
	if (kind < 224)
		return (int64_t)((UINT64_C(1) << kind % 64) - (kind & 1));
	for (int k = 0; k < 8; k++)
		value = value << 8 | next_byte(in);
	return (int64_t)value;
}

static struct object *objects[OBJECTS_MOST];
static size_t objects_n;

/* One that is there, borrowed; NULL: none of that type. */
static struct object *next_object(struct input *in, enum type type)
{
	size_t first = next_byte(in);
	for (size_t k = 0; k < objects_n; k++)
		if (objects[(first + k) % objects_n]->type == type)
			return objects[(first + k) % objects_n];
	return NULL;
}

static const struct native *native_nth(size_t k)
{
	for (size_t w = 0; w < workloads_n; w++)
		for (const struct native *n = workloads[w]->natives; n && n->name; n++)
			if (k-- == 0)
				return n;
	return NULL;
}

static enum type type_of(char letter)
{
	int type = 0;
	while (type_infos[type].letter != letter)
		type++;
	return (enum type)type;
}

static bool read_args(struct input *in, const struct native *native, union value *args)
{
	for (size_t k = 0; native->in[k]; k++) {
		enum type type = type_of(native->in[k]);
		if (!type_infos[type].is_reference)
			args[k].i = next_whole(in);
		else if (!(args[k].object = next_object(in, type)))
			return false;
	}
	return true;
}

static bool is_short(const struct native *native, const union value *args)
{
	int64_t items = native->items ? native->items(args) : 0;
	int64_t passes = native->passes ? native->passes(args) : 1;
	return items <= WORK_MOST && passes <= PASSES_MOST;
}

static void call(struct input *in, const struct native *native)
{
	union value args[IN_MOST], result = {.i = 0};
	const struct native_call call = {.args = args, .result = &result};
	MUST(strlen(native->in) <= IN_MOST);
	if (native->await || strcmp(native->name, "server") == 0)
		return;
	if (!read_args(in, native, args) || !is_short(native, args))
		return;
	int failed = native->call(&call);
	MUST(failed <= 0);
	if (failed || !type_infos[type_of(*native->out)].is_reference)
		return;
	MUST(result.object->type == type_of(*native->out));
	if (objects_n < OBJECTS_MOST)
		objects[objects_n++] = result.object;
	else
		object_let_go(result.object, COUNTS_PLAIN, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, data + size};
	size_t natives_n = 0;
	while (native_nth(natives_n))
		natives_n++;
	for (int k = 0; k < CALLS_MOST && natives_n && in.at < in.end; k++)
		call(&in, native_nth(next_byte(&in) % natives_n));
	while (objects_n)
		object_let_go(objects[--objects_n], COUNTS_PLAIN, NULL);
	return 0;
}
