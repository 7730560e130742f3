/* test_object - objects: who frees them, who counts them, and their locks.
 *
 * Method: natives that count the handles they make and free; programs that end well, that trap
 * holding a handle in a local, as an operand, in a caller's frame, or that are stopped; under
 * every scheme of counts.  Objects between two threads: `self` and `other` are all that the
 * counts know of threads; where time matters, real ones. */
#include "claims.h"

#include <errno.h>

#include "vm/asm.h"
#include "vm/vm.h"

static int made_n, freed_n, touched_n;
static int64_t outcome_references_off; /* of the last run */

static void free_state(void *state)
{
	(void)state;
	freed_n++;
}

static int make(const struct native_call *call)
{
	struct handle *h = handle_new(&made_n, free_state);
	if (!h)
		return -1;
	made_n++;
	call->result->object = &h->head;
	return 0;
}

static int touch(const struct native_call *call)
{
	const struct handle *h = (const struct handle *)call->args[0].object;
	assert_ptr_equal(h->state, &made_n);
	assert_int_equal(freed_n, 0);
	call->result->i = ++touched_n;
	return 0;
}

static int refuse(const struct native_call *call)
{
	(void)call;
	return -1;
}

static const struct native natives[] = {
	{.name = "make", .in = "", .out = "h", .call = make},
	{.name = "touch", .in = "h", .out = "i", .call = touch, .releases = true},
	{.name = "refuse", .in = "h", .out = "i", .call = refuse},
	{0},
};

/* Stopped: at the first check point. */
static enum vm_trap run_counted(const char *text, enum counts counts, bool stopped)
{
	static struct interpreter interpreter;
	static struct module module;
	static struct gil_stats stats;
	static struct vm_thread t;
	struct program p;
	union value no_args[1], result;
	struct error err = {""};
	const struct interpreter_options options = {.policy = gil_policy_find("cpython"),
						    .interval_ns = ABSENT,
						    .ticks = ABSENT,
						    .counts = counts};
	made_n = freed_n = touched_n = 0;
	if (program_assemble("test", text, natives, &p, &err))
		fail_msg("%s", err.text);
	assert_int_equal(interpreter_open(&interpreter, &options), 0);
	assert_int_equal(module_open(&module, &interpreter, &p), 0);
	assert_int_equal(vm_thread_open(&t, &module, "test", ACCOUNTING_COUNTS, &stats), 0);
	gil_take(&t.gil);
	if (stopped)
		t.gil.breaker |= GIL_STOP;
	enum vm_trap trap = vm_run(&t, no_args, &result);
	gil_detach(&t.gil);
	vm_thread_close(&t);
	outcome_references_off = module_references_off(&module);
	module_close(&module);
	interpreter_close(&interpreter);
	program_free(&p);
	return trap;
}

#define ENTRY(lines) \
	"func main() int\n local h handle\n local g handle\n local i int\n" lines "end\n"

static void check(const char *text, enum vm_trap trap, int made, bool stopped)
{
	for (int counts = 0; counts < COUNTS_N; counts++) {
		assert_int_equal(run_counted(text, (enum counts)counts, stopped), trap);
		assert_int_equal(made_n, made);
		assert_int_equal(freed_n, made);
	}
}

static void a_handle_is_freed_once_after_its_last_use(void **state)
{
	(void)state;
	check(ENTRY("CALL_NATIVE make\n STORE_REF h\n LOAD_REF h\n STORE_REF g\n"
		    "LOAD_REF h\n CALL_NATIVE touch\n POP_TOP\n"
		    "LOAD_REF g\n CALL_NATIVE touch\n RETURN_VALUE\n"),
	      VM_TRAP_NONE, 1, false);
	assert_int_equal(touched_n, 2);
}

static void a_handle_that_is_stored_over_is_freed(void **state)
{
	(void)state;
	check(ENTRY("CALL_NATIVE make\n STORE_REF h\n CALL_NATIVE make\n STORE_REF h\n"
		    "CALL_NATIVE make\n POP_REF\n LOAD_CONST 0\n RETURN_VALUE\n"),
	      VM_TRAP_NONE, 3, false);
}

static void a_trap_frees_the_handles_of_all_frames(void **state)
{
	(void)state;
	check(ENTRY("CALL_NATIVE make\n STORE_REF h\n CALL_NATIVE make\n CALL_NATIVE make\n"
		    "CALL inner\n POP_TOP\n POP_REF\n LOAD_CONST 0\n RETURN_VALUE\n")
	      "func inner(h handle) int\n CALL_NATIVE make\n LOAD_REF h\n CALL_NATIVE refuse\n"
	      "POP_TOP\n POP_REF\n LOAD_CONST 0\n RETURN_VALUE\nend\n",
	      VM_TRAP_NATIVE, 4, false);
}

static void a_run_that_is_stopped_frees_them_too(void **state)
{
	(void)state;
	check(ENTRY("LOAD_CONST 0\n LOAD_CONST 9\nnext: FOR_RANGE done\n STORE_FAST i\n"
		    "CALL_NATIVE make\n STORE_REF h\n JUMP_BACKWARD next\n"
		    "done: LOAD_CONST 0\n RETURN_VALUE\n"),
	      VM_TRAP_STOPPED, 1, true);
}

static void a_handle_is_no_list_and_no_result_of_a_program(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		ENTRY("CALL_NATIVE make\n LEN_FLOATS\n RETURN_VALUE\n"),
		ENTRY("CALL_NATIVE make\n RETURN_VALUE\n"),
		ENTRY("LOAD_REF h\n CALL_NATIVE touch\n RETURN_VALUE\n"),
		"func main(h handle) int\n LOAD_CONST 0\n RETURN_VALUE\nend\n",
		"func main() handle\n CALL_NATIVE make\n RETURN_VALUE\nend\n",
		"global h handle\nfunc main() int\n LOAD_CONST 0\n RETURN_VALUE\nend\n",
	};
	for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
		struct program p;
		struct error err;
		assert_int_equal(program_assemble("test", wrong[k], natives, &p, &err), -EINVAL);
	}
}

/* Owned by `self`, which holds its only reference. */
static struct object *owned_by(const void *self)
{
	struct handle *h = handle_new(&made_n, free_state);
	assert_non_null(h);
	object_own(&h->head, COUNTS_BIASED, self);
	freed_n = 0;
	return &h->head;
}

static const int self, other;

static void an_owner_counts_apart_from_the_others(void **state)
{
	(void)state;
	struct object *o = owned_by(&self);
	object_keep(o, COUNTS_BIASED, &self);
	object_keep(o, COUNTS_BIASED, &other);
	assert_int_equal(o->references_n, 2);
	assert_int_equal(o->shared_n, SHARED_ONE);
	object_let_go(o, COUNTS_BIASED, &other);
	object_let_go(o, COUNTS_BIASED, &self);
	assert_int_equal(freed_n, 0);
	object_let_go(o, COUNTS_BIASED, &self);
	assert_int_equal(freed_n, 1);
}

static void an_owner_that_has_no_more_merges_and_the_last_of_the_others_frees(void **state)
{
	(void)state;
	struct object *o = owned_by(&self);
	object_keep(o, COUNTS_BIASED, &other);
	object_let_go(o, COUNTS_BIASED, &self);
	assert_int_equal(freed_n, 0);
	assert_null(o->owner);
	assert_int_equal(o->references_n, 0);
	assert_int_equal(o->shared_n, SHARED_ONE + SHARED_MERGED);
	object_keep(o, COUNTS_BIASED, &self); /* as any other from now on */
	assert_int_equal(o->shared_n, 2 * SHARED_ONE + SHARED_MERGED);
	object_let_go(o, COUNTS_BIASED, &other);
	assert_int_equal(freed_n, 0);
	object_let_go(o, COUNTS_BIASED, &self);
	assert_int_equal(freed_n, 1);
}

static void *use_for_a_while(void *o)
{
	for (int k = 0; k < 1000; k++) {
		object_keep(o, COUNTS_BIASED, &other);
		object_let_go(o, COUNTS_BIASED, &other);
	}
	object_let_go(o, COUNTS_BIASED, &other);
	return NULL;
}

/* The other thread's reference was made for it before it began. */
static void whoever_is_last_frees_it_once(void **state)
{
	(void)state;
	for (int k = 0; k < 100; k++) {
		struct object *o = owned_by(&self);
		struct world_thread thread;
		object_keep(o, COUNTS_BIASED, &other);
		assert_int_equal(world_spawn(&thread, use_for_a_while, o), 0);
		for (int n = 0; n < 10 * k; n++) {
			object_keep(o, COUNTS_BIASED, &self);
			object_let_go(o, COUNTS_BIASED, &self);
		}
		object_let_go(o, COUNTS_BIASED, &self);
		world_join(&thread);
		assert_int_equal(freed_n, 1);
	}
}

static void an_immortal_object_is_not_counted_under_any_scheme(void **state)
{
	(void)state;
	for (int counts = 0; counts < COUNTS_N; counts++) {
		struct floats *list = floats_new(1);
		struct object *o = &list->head;
		object_own(o, (enum counts)counts, &self);
		object_immortalize(o);
		const struct object before = *o;
		object_let_go(o, (enum counts)counts, &self);
		object_let_go(o, (enum counts)counts, &other);
		object_keep(o, (enum counts)counts, &self);
		object_keep(o, (enum counts)counts, &other);
		assert_memory_equal(o, &before, sizeof before);
		free(list);
	}
}

static int64_t references_off(const char *kind, enum counts counts)
{
	char text[200];
	snprintf(text, sizeof text, "%s u floats\nfunc main() int\nlocal x floats\n"
		 "LOAD_GLOBAL_REF u\nSTORE_REF x\nLOAD_REF x\nPOP_REF\n"
		 "LOAD_CONST 0\nRETURN_VALUE\nend\n", kind);
	assert_int_equal(run_counted(text, counts, false), VM_TRAP_NONE);
	return outcome_references_off;
}

static void a_program_leaves_the_count_of_a_global_as_it_was(void **state)
{
	(void)state;
	for (int counts = 0; counts < COUNTS_N; counts++) {
		assert_int_equal(references_off("global", (enum counts)counts), 0);
		assert_int_equal(references_off("immortal", (enum counts)counts), 0);
	}
}

enum { ADDERS_N = 8, ADDS_N = 20000 };

static void *add_often(void *list)
{
	for (int k = 0; k < ADDS_N; k++)
		floats_add(list, 0, 1, COUNTS_BIASED);
	return NULL;
}

/* More threads than cores, so that some are without one while they have the lock. */
static void an_objects_lock_lets_one_writer_in_at_a_time(void **state)
{
	(void)state;
	struct world_thread threads[ADDERS_N];
	struct floats *list = floats_new(1);
	for (int k = 0; k < ADDERS_N; k++)
		assert_int_equal(world_spawn(&threads[k], add_often, list), 0);
	for (int k = 0; k < ADDERS_N; k++)
		world_join(&threads[k]);
	assert_true(list->items[0].f == ADDERS_N * ADDS_N);
	assert_int_equal(list->head.lock.state, 0);
	free(list);
}

static void who_finds_an_objects_lock_taken_parks_until_it_is_free(void **state)
{
	(void)state;
	struct world_thread thread;
	struct floats *list = floats_new(1);
	object_lock(&list->head, COUNTS_BIASED);
	assert_int_equal(world_spawn(&thread, add_often, list), 0);
	while (world_load(&list->head.lock.state, RELAXED) != 2) /* waited for */
		world_stall();
	assert_int_equal(world_load(&list->items[0].i, RELAXED), 0);
	object_unlock(&list->head, COUNTS_BIASED);
	world_join(&thread);
	assert_true(list->items[0].f == ADDS_N);
	free(list);
}

static void counts_under_a_lock_of_the_interpreter_take_none_of_the_objects(void **state)
{
	(void)state;
	struct floats *list = floats_new(1);
	object_lock(&list->head, COUNTS_BIASED);
	floats_add(list, 0, 1, COUNTS_PLAIN);
	floats_add(list, 0, 1, COUNTS_ATOMIC);
	assert_true(list->items[0].f == 2);
	free(list);
}

static void what_has_an_owner_is_not_locked(void **state)
{
	(void)state;
	int owner;
	struct floats *list = floats_new(1);
	assert_true(object_needs_lock(&list->head, COUNTS_BIASED));
	object_own(&list->head, COUNTS_BIASED, &owner);
	assert_false(object_needs_lock(&list->head, COUNTS_BIASED));
	object_lock(&list->head, COUNTS_BIASED);
	assert_int_equal(list->head.lock.state, 0);
	object_unlock(&list->head, COUNTS_BIASED);
	free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_handle_is_freed_once_after_its_last_use),
		cmocka_unit_test(a_handle_that_is_stored_over_is_freed),
		cmocka_unit_test(a_trap_frees_the_handles_of_all_frames),
		cmocka_unit_test(a_run_that_is_stopped_frees_them_too),
		cmocka_unit_test(a_handle_is_no_list_and_no_result_of_a_program),
		cmocka_unit_test(an_owner_counts_apart_from_the_others),
		cmocka_unit_test(an_owner_that_has_no_more_merges_and_the_last_of_the_others_frees),
		cmocka_unit_test(whoever_is_last_frees_it_once),
		cmocka_unit_test(an_immortal_object_is_not_counted_under_any_scheme),
		cmocka_unit_test(a_program_leaves_the_count_of_a_global_as_it_was),
		cmocka_unit_test(an_objects_lock_lets_one_writer_in_at_a_time),
		cmocka_unit_test(who_finds_an_objects_lock_taken_parks_until_it_is_free),
		cmocka_unit_test(counts_under_a_lock_of_the_interpreter_take_none_of_the_objects),
		cmocka_unit_test(what_has_an_owner_is_not_locked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
