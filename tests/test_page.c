/* test_page - what a page is made of: text that may hold anything, the command that measures a row
 * again, and other programs' output.
 *
 * Method: rows are JSON texts as gilsim keeps them. */
#include "claims.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/html.h"
#include "report/metrics.h"
#include "report/rerun.h"
#include "world/tool.h"

static const char *command_of(const char *row, char text[static 512])
{
	json_t *json = json_loads(row, 0, NULL);
	const json_t *rows[] = {json};
	struct buffer command = {0};
	assert_non_null(json);
	assert_int_equal(rerun_command(&command, rows, 1), 0);
	snprintf(text, 512, "%s", command.bytes);
	buffer_free(&command);
	json_decref(json);
	return text;
}

static const char all_chosen[] =
	"{\"workload\": \"laplace\", \"engine\": \"native\", \"mode\": \"released\", "
	"\"gil\": \"ruby\", \"world\": \"real\", \"threads\": 3, \"cores\": 2, \"size\": 30, "
	"\"tasks\": 100, \"iterations\": null, \"scaling\": \"weak\", "
	"\"interval_ns\": 10500000, \"ticks\": 7, \"counts\": \"atomic\", \"pace\": \"2.5\", "
	"\"accounting\": \"full\", \"chunks\": null, \"payload\": null, \"pool\": null, "
	"\"reps\": 4}";

static const char virtual_and_free[] =
	"{\"workload\": \"fib\", \"engine\": \"native\", \"mode\": \"free\", \"gil\": null, "
	"\"world\": \"virtual\", \"threads\": 1, \"cores\": 64, \"seed\": 9, "
	"\"cost\": \"my cost's.json\", \"counts\": \"biased\"}";

static void a_command_says_all_that_was_chosen(void **state)
{
	char text[512];
	(void)state;
	assert_string_equal(command_of(all_chosen, text),
			    "gilsim --workload=laplace --mode=released --engine=native --gil=ruby "
			    "--interval=10500us --pace=2.5 --counts=atomic --size=30 --tasks=100 "
			    "--scaling=weak --ticks=7 --accounting=full --threads=3 --reps=4");
}

static void a_command_says_cores_of_the_virtual_world_alone(void **state)
{
	char text[512];
	(void)state;
	assert_string_equal(command_of(virtual_and_free, text),
			    "gilsim --workload=fib --mode=free --engine=native --world=virtual "
			    "--cores=64 --seed=9 --cost='my cost'\\''s.json' --threads=1");
}

static void code_of_the_users_own_is_asked_for(void **state)
{
	char text[512];
	(void)state;
	assert_string_equal(command_of("{\"workload\": \"mine\", \"engine\": \"native\", "
				       "\"mode\": \"locked\", \"threads\": 1}",
				       text),
			    "gilsim --kernel=FILE.so --mode=locked --engine=native --threads=1");
	assert_string_equal(command_of("{\"workload\": \"mine\", \"engine\": \"bytecode\", "
				       "\"mode\": \"locked\", \"threads\": 1}",
				       text),
			    "gilsim --program=FILE.gasm --mode=locked --engine=bytecode "
			    "--threads=1");
}

static void a_command_knows_every_field_of_a_setting(void **state)
{
	static const char *const fields[] = {
#define METRIC(ID, TYPE, path, value) path,
#include "report/settings.def"
#undef METRIC
	};
	(void)state;
	for (size_t k = 0; k < sizeof fields / sizeof *fields; k++)
		if (!rerun_knows(fields[k]))
			fail_msg("not %s", fields[k]);
}

static void rows_are_of_one_series_when_only_threads_differ(void **state)
{
	json_t *a = json_loads("{\"mode\": \"locked\", \"threads\": 1, \"gil\": null}", 0, NULL);
	json_t *b = json_loads("{\"mode\": \"locked\", \"threads\": 2, \"gil\": null}", 0, NULL);
	(void)state;
	assert_true(rerun_is_same_series(a, b));
	json_object_set_new(b, "interval_ns", json_integer(5));
	assert_false(rerun_is_same_series(a, b));
	json_decref(a);
	json_decref(b);
}

static void text_of_others_is_no_markup(void **state)
{
	struct html h = {0};
	(void)state;
	html_text(&h, "<b>\"a\" & 'b'\n\x01");
	assert_int_equal(h.failed, 0);
	assert_string_equal(h.text.bytes, "&lt;b&gt;&quot;a&quot; &amp; &#39;b&#39;  ");
	buffer_free(&h.text);
}

static void json_becomes_facts_and_tables(void **state)
{
	struct html h = {0};
	json_t *json = json_loads("{\"gil\": \"ruby\", \"wait_ns\": {\"p50\": 5090000}, "
				  "\"absent\": null, \"rows\": "
				  "[{\"n\": 1, \"points\": [{\"x\": 2.5}]}, {\"m\": true}]}",
				  0, NULL);
	(void)state;
	html_json(&h, json);
	assert_int_equal(h.failed, 0);
	assert_non_null(strstr(h.text.bytes, "<th scope=\"row\">gil</th><td>ruby</td>"));
	assert_non_null(strstr(h.text.bytes, "wait_ns.p50</th><td>5.09 ms</td>"));
	assert_null(strstr(h.text.bytes, "absent"));
	assert_non_null(strstr(h.text.bytes, "<h4>rows</h4>"));
	assert_non_null(strstr(h.text.bytes, "<td class=\"number\">1</td><td></td>"));
	assert_non_null(strstr(h.text.bytes, "<h4>rows 1, points</h4>"));
	assert_non_null(strstr(h.text.bytes, "<td class=\"number\">2.5</td>"));
	buffer_free(&h.text);
	json_decref(json);
}

static void a_tool_gives_what_it_writes(void **state)
{
	struct buffer output = {0};
	struct error err = {""};
	(void)state;
	assert_int_equal(tool_run((const char *const[]){"printf", "%s %s", "a b", "'c", NULL},
				  &output, &err),
			 0);
	assert_string_equal(output.bytes, "a b 'c");
	buffer_free(&output);
}

static void a_tool_that_fails_or_is_missing_says_so(void **state)
{
	struct buffer output = {0};
	struct error err = {""};
	(void)state;
	assert_int_equal(tool_run((const char *const[]){"false", NULL}, &output, &err), -EIO);
	assert_string_equal(err.text, "false: failed with status 1");
	assert_int_equal(tool_run((const char *const[]){"no-such-tool", NULL}, &output, &err),
			 -ENOENT);
	assert_string_equal(err.text, "no-such-tool: is not installed");
	buffer_free(&output);
}

int main(void)
{
	const struct CMUnitTest claims[] = {
		cmocka_unit_test(a_command_says_all_that_was_chosen),
		cmocka_unit_test(a_command_says_cores_of_the_virtual_world_alone),
		cmocka_unit_test(code_of_the_users_own_is_asked_for),
		cmocka_unit_test(a_command_knows_every_field_of_a_setting),
		cmocka_unit_test(rows_are_of_one_series_when_only_threads_differ),
		cmocka_unit_test(text_of_others_is_no_markup),
		cmocka_unit_test(json_becomes_facts_and_tables),
		cmocka_unit_test(a_tool_gives_what_it_writes),
		cmocka_unit_test(a_tool_that_fails_or_is_missing_says_so),
	};
	return cmocka_run_group_tests(claims, NULL, NULL);
}
