/* test_cost - what the virtual world charges: costs by items, digests, files, presets.
 *
 * Method: a model made by hand is written to a file, changed there, and read back. */
#include "claims.h"

#include <errno.h>
#include <stdlib.h>

#include <jansson.h>

#include "measure/cost_file.h"

static char path[64];

static int make_path(void **state)
{
	(void)state;
	snprintf(path, sizeof path, "/tmp/gilsim-test-cost-%ld.json", (long)getpid());
	return 0;
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path) && errno != ENOENT;
}

static struct work_cost works[] = {
	{.workload = "laplace",
	 .engine = ENGINE_NATIVE,
	 .opcode_ps = ABSENT,
	 .items = {{16, 1000}, {64, 200}, {1024, 600}},
	 .items_n = 3},
	{.workload = "count", .engine = ENGINE_BYTECODE, .opcode_ps = 570},
};

static struct cost_model by_hand(void)
{
	struct cost_model m = {
		.name = "by hand",
		.opcode_ps = {1, 2, 3, 4},
		.native_ps = 70,
		.works = works,
		.works_n = 2,
	};
	int64_t n = 0;
#define COST(field, unit, least, most, help) m.machine.field = least + ++n;
#include "world/cost.def"
#undef COST
	cost_digest(&m);
	return m;
}

static int64_t items_ps(int64_t items_n)
{
	struct cost_model m = by_hand();
	return cost_native_ps(&m, &works[0], items_n, 1) - m.native_ps;
}

static void at_a_known_number_of_items_its_own_cost_counts(void **state)
{
	(void)state;
	assert_int_equal(items_ps(16), 16 * 1000);
	assert_int_equal(items_ps(64), 64 * 200);
	assert_int_equal(items_ps(1024), 1024 * 600);
}

static void between_two_the_cost_goes_by_the_logarithm(void **state)
{
	(void)state;
	assert_int_equal(items_ps(32), 32 * 600);   /* half way from 16 to 64 */
	assert_int_equal(items_ps(256), 256 * 400); /* half way from 64 to 1024 */
	for (int64_t n = 64; n < 1024; n++)
		assert_true(items_ps(n) < items_ps(n + 1));
}

static void beyond_the_known_the_nearest_counts(void **state)
{
	(void)state;
	assert_int_equal(items_ps(1), 1000);
	assert_int_equal(items_ps(1000000), INT64_C(600000000));
}

static void no_items_and_no_knowledge_cost_the_call_alone(void **state)
{
	struct cost_model m = by_hand();
	(void)state;
	assert_int_equal(cost_native_ps(&m, &works[0], 0, 1), 70);
	assert_int_equal(cost_native_ps(&m, &works[0], -5, 1), 70);
	assert_int_equal(cost_native_ps(&m, &works[1], 1000, 1), 70);
	assert_int_equal(cost_native_ps(&m, NULL, 1000, 1), 70);
}

static void each_pass_costs_what_its_items_cost(void **state)
{
	struct cost_model m = by_hand();
	(void)state;
	assert_int_equal(cost_native_ps(&m, &works[0], 64, 5), 70 + 5 * 64 * 200);
	assert_int_equal(cost_native_ps(&m, &works[0], 64, 0), 70);
	assert_int_equal(cost_native_ps(&m, &works[0], 64, -1), 70);
	assert_int_equal(cost_native_ps(&m, &works[0], 1024, INT64_MAX / 1024),
			 cost_native_ps(&m, &works[0], INT64_MAX, 1));
}

static void a_cost_without_end_is_cut(void **state)
{
	(void)state;
	assert_true(items_ps(INT64_MAX - 1) > 0);
	assert_int_equal(items_ps(INT64_MAX - 1), items_ps(INT64_MAX / 2));
}

static void what_is_known_of_a_workload_is_of_its_form(void **state)
{
	struct cost_model m = by_hand();
	(void)state;
	assert_ptr_equal(cost_of(&m, "laplace", ENGINE_NATIVE), &works[0]);
	assert_null(cost_of(&m, "laplace", ENGINE_BYTECODE));
	assert_null(cost_of(&m, "fib", ENGINE_NATIVE));
}

static void opcodes_cost_by_pace_by_work_or_by_kind(void **state)
{
	struct cost_model m = by_hand();
	const struct pace *pace;
	uint32_t burns[OPCODES_N];
	(void)state;
	assert_int_equal(pace_parse("--pace", "cpython311", &pace, NULL), 0);
	cost_burns(&m, &works[1], pace, burns);
	assert_int_equal(burns[OP_FOR_RANGE], 2550);
	assert_int_equal(burns[OP_LOAD_FAST], 2080);
	cost_burns(&m, &works[1], NULL, burns);
	assert_int_equal(burns[OP_FOR_RANGE], 570);
	assert_int_equal(burns[OP_CALL], 570);
	cost_burns(&m, &works[0], NULL, burns);
	assert_int_equal(burns[OP_FOR_RANGE], 1);
	assert_int_equal(burns[OP_LOAD_FAST], 2);
	assert_int_equal(burns[OP_CALL], 4);
	cost_burns(&m, NULL, NULL, burns);
	assert_int_equal(burns[OP_CALL_NATIVE], 4);
}

static void a_machine_beyond_its_ranges_is_named_by_the_first_such_cost(void **state)
{
	struct error err;
	struct machine_cost machine = cost_preset_nth(0)->machine;
	(void)state;
	assert_int_equal(machine_cost_check(&machine, &err), 0);
	machine.quantum_ns = 999;
	assert_int_equal(machine_cost_check(&machine, &err), -ERANGE);
	assert_string_equal(err.text, "cost quantum_ns: 999 must be from 1000 to 1000000000");
	machine.wake_ns = 10000001;
	assert_int_equal(machine_cost_check(&machine, &err), -ERANGE);
	assert_string_equal(err.text, "cost wake_ns: 10000001 must be from 0 to 10000000");
}

static void the_digest_is_of_every_number_and_name(void **state)
{
	struct cost_model m = by_hand(), other;
	struct work_cost changed[2];
	(void)state;
	assert_string_equal(m.digest, by_hand().digest);
#define DIFFERS(change) \
	memcpy(changed, works, sizeof changed); \
	other = m; \
	other.works = changed; \
	change; \
	cost_digest(&other); \
	assert_string_not_equal(other.digest, m.digest);
#define COST(field, unit, least, most, help) DIFFERS(other.machine.field++)
#include "world/cost.def"
#undef COST
	DIFFERS(other.opcode_ps[PACE_CALL]++)
	DIFFERS(other.native_ps++)
	DIFFERS(other.works_n--)
	DIFFERS(changed[0].items[2].ps++)
	DIFFERS(changed[0].items[2].items_n++)
	DIFFERS(changed[0].items_n--)
	DIFFERS(changed[1].opcode_ps = ABSENT)
	DIFFERS(changed[1].engine = ENGINE_NATIVE)
	DIFFERS(changed[1].workload[0] = 'm')
#undef DIFFERS
	other = m;
	other.name = "elsewhere";
	cost_digest(&other);
	assert_string_equal(other.digest, m.digest);
}

/* Files */

static void write_model(void)
{
	const struct cost_model m = by_hand();
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(cost_write(file, &m), 0);
	fclose(file);
}

static void a_model_is_read_as_it_was_written(void **state)
{
	struct cost_model m;
	struct error err;
	(void)state;
	write_model();
	assert_int_equal(cost_read(&m, path, &err), 0);
	assert_string_equal(m.digest, by_hand().digest);
	assert_string_equal(m.name, path);
	assert_int_equal(m.works_n, 2);
	assert_string_equal(m.works[0].workload, "laplace");
	assert_int_equal(m.works[0].opcode_ps, ABSENT);
	assert_int_equal(m.works[1].opcode_ps, 570);
	assert_int_equal(m.works[0].items[1].ps, 200);
	cost_free(&m);
}

static void refuses_file(const char *says)
{
	struct cost_model m;
	struct error err;
	assert_int_equal(cost_read(&m, path, &err), -EINVAL);
	assert_null(m.works);
	if (!strstr(err.text, says) || !strstr(err.text, path) || strchr(err.text, '\n'))
		fail_msg("said '%s', not '%s'", err.text, says);
}

static void refuses_text(const char *text, const char *says)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	refuses_file(says);
}

/* The model as it was written, with `value` at `key` of what stands at the end of a way of keys
 * and numbers. */
static void refuses_value(const char *way, const char *key, const char *value, const char *says)
{
	char steps[64], *rest = steps;
	write_model();
	json_t *document = json_load_file(path, 0, NULL), *at = document;
	snprintf(steps, sizeof steps, "%s", way);
	for (const char *step; (step = strsep(&rest, "/")) && *step;)
		at = json_is_array(at) ? json_array_get(at, strtoul(step, NULL, 10))
				       : json_object_get(at, step);
	json_object_set_new(at, key, json_loads(value, JSON_DECODE_ANY, NULL));
	assert_int_equal(json_dump_file(document, path, 0), 0);
	json_decref(document);
	refuses_file(says);
}

static void a_file_that_is_no_model_is_refused(void **state)
{
	(void)state;
	unlink(path);
	refuses_file("cannot be read: No such file");
	refuses_text("", "must be a cost model");
	refuses_text("\x7f" "ELF\n\n", "must be a cost model");
	refuses_text("[1, 2]", "schema: must be \"gilsim-cost/1\"");
	refuses_text("{\"schema\": \"gilsim-results/1\"}", "schema: must be \"gilsim-cost/1\"");
	refuses_text("{\"schema\": \"gilsim-cost/1\"}", "machine.load_ps: must be a whole number");
}

static void every_truncated_file_is_refused(void **state)
{
	static char text[65536];
	(void)state;
	write_model();
	FILE *file = fopen(path, "r");
	size_t size = fread(text, 1, sizeof text - 1, file);
	fclose(file);
	for (text[size - 2] = '\0'; size > 100; size -= 97) {
		text[size - 2] = '\0';
		refuses_text(text, "must be a cost model");
	}
}

static void every_wrong_value_is_refused_by_its_place(void **state)
{
	(void)state;
	refuses_value("machine", "quantum_ns", "999", "machine.quantum_ns: must be a whole number "
						      "from 1000 to 1000000000");
	refuses_value("machine", "load_ps", "1.5", "machine.load_ps: must be a whole");
	refuses_value("machine", "load_ps", "\"1\"", "machine.load_ps: must be a whole");
	refuses_value("opcode_ps", "call", "-1", "opcode_ps.call: must be a whole number from 0");
	refuses_value("", "native_ps", "null", "native_ps: must be a whole");
	refuses_value("", "works", "{}", "works: must be a list");
	refuses_value("works/0", "engine", "\"steam\"", "works[0].engine: must be bytecode or");
	refuses_value("works/0", "engine", "7", "works[0].engine: must be bytecode or native");
	refuses_value("works/1", "workload", "\"\"", "works[1].workload: must be a name");
	refuses_value("works/1", "workload", "\"01234567890123456789012345678901\"",
		      "works[1].workload: must be a name of at most 31");
	refuses_value("works/1", "opcode_ps", "4294967296", "works[1].opcode_ps: must be");
	refuses_value("works/0", "items", "[1,2,3,4,5,6,7,8,9]", "works[0].items: must be a list");
	refuses_value("works/0", "items", "[7]", "works[0].items[0].items: must be a whole");
	refuses_value("works/0/items/2", "items", "64", "works[0].items[2].items: must be a whole "
							"number from 65");
	refuses_value("works/0/items/1", "ps", "-1", "works[0].items[1].ps: must be");
}

static void a_file_whose_numbers_were_changed_is_refused(void **state)
{
	(void)state;
	refuses_value("machine", "idle_ns", "77", "digest: must be \"");
	refuses_value("", "digest", "\"0\"", by_hand().digest);
}

static void what_is_unknown_is_passed_over(void **state)
{
	struct cost_model m;
	struct error err;
	(void)state;
	write_model();
	json_t *document = json_load_file(path, 0, NULL);
	json_object_set_new(document, "weather", json_string("fair"));
	json_object_set_new(json_object_get(document, "machine"), "colour_ns", json_integer(1));
	json_object_del(document, "host");
	assert_int_equal(json_dump_file(document, path, 0), 0);
	json_decref(document);
	assert_int_equal(cost_read(&m, path, &err), 0);
	cost_free(&m);
}

/* Presets */

static void every_preset_is_a_model_that_a_file_could_hold(void **state)
{
	const struct cost_model *preset;
	struct cost_model m;
	struct error err;
	size_t n = 0;
	(void)state;
	for (; (preset = cost_preset_nth(n)); n++) {
		FILE *file = fopen(path, "w");
		assert_non_null(file);
		assert_int_equal(cost_write(file, preset), 0);
		fclose(file);
		if (cost_read(&m, path, &err))
			fail_msg("%s: %s", preset->name, err.text);
		assert_string_equal(m.digest, preset->digest);
		cost_free(&m);
		assert_ptr_equal(cost_preset_find(preset->name), preset);
	}
	assert_int_equal(n, 3);
	assert_null(cost_preset_find("cpython12"));
	assert_null(cost_preset_find(""));
}

static void the_opcodes_of_a_preset_cost_what_its_pace_says(void **state)
{
	const struct cost_model *preset;
	(void)state;
	for (size_t k = 0; (preset = cost_preset_nth(k)); k++) {
		const struct pace *pace;
		uint32_t by_model[OPCODES_N], by_pace[OPCODES_N];
		assert_int_equal(pace_parse("--pace", preset->name, &pace, NULL), 0);
		cost_burns(preset, NULL, NULL, by_model);
		cost_burns(preset, NULL, pace, by_pace);
		assert_memory_equal(by_model, by_pace, sizeof by_model);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_a_known_number_of_items_its_own_cost_counts),
		cmocka_unit_test(between_two_the_cost_goes_by_the_logarithm),
		cmocka_unit_test(beyond_the_known_the_nearest_counts),
		cmocka_unit_test(no_items_and_no_knowledge_cost_the_call_alone),
		cmocka_unit_test(each_pass_costs_what_its_items_cost),
		cmocka_unit_test(a_cost_without_end_is_cut),
		cmocka_unit_test(what_is_known_of_a_workload_is_of_its_form),
		cmocka_unit_test(opcodes_cost_by_pace_by_work_or_by_kind),
		cmocka_unit_test(a_machine_beyond_its_ranges_is_named_by_the_first_such_cost),
		cmocka_unit_test(the_digest_is_of_every_number_and_name),
		cmocka_unit_test(a_model_is_read_as_it_was_written),
		cmocka_unit_test(a_file_that_is_no_model_is_refused),
		cmocka_unit_test(every_truncated_file_is_refused),
		cmocka_unit_test(every_wrong_value_is_refused_by_its_place),
		cmocka_unit_test(a_file_whose_numbers_were_changed_is_refused),
		cmocka_unit_test(what_is_unknown_is_passed_over),
		cmocka_unit_test(every_preset_is_a_model_that_a_file_could_hold),
		cmocka_unit_test(the_opcodes_of_a_preset_cost_what_its_pace_says),
	};
	return cmocka_run_group_tests(tests, make_path, remove_file);
}
