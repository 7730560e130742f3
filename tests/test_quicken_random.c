/* test_quicken_random - quick code against the opcodes that it stands for, by programs that nobody
 * thought of.
 *
 * Method: a generator writes programs that the verifier accepts.  It knows the types on the stack,
 * puts loops inside loops, and jumps forward to wherever the stack is as it was: into the middle of
 * sequences, too.  Each program runs as quick code, suspended and gone on with now and then, and
 * without superinstructions.  What is to be seen of both must be the same: trap, result, globals,
 * the lists.  The seeds are fixed; SEEDS=A..B in the environment takes others. */
#include "claims.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/random.h"
#include "vm/asm.h"
#include "vm/quicken.h"
#include "vm/vm.h"

static struct interpreter interpreter;
static struct module module;
static struct vm_thread t;
static struct gil_stats stats;

/* What the lists hold, in the order in which they were looked at. */
static uint64_t seen;

static void see(const void *bytes, size_t size)
{
	for (size_t k = 0; k < size; k++)
		seen = (seen ^ ((const unsigned char *)bytes)[k]) * UINT64_C(0x100000001b3);
}

static int native_see(const struct native_call *call)
{
	const struct floats *list = (const struct floats *)call->args[0].object;
	see(&list->n, sizeof list->n);
	see(list->items, (size_t)list->n * sizeof *list->items);
	call->result->i = (int64_t)(seen >> 60);
	return 0;
}

static int native_stop(const struct native_call *call)
{
	gil_stop(&t.gil);
	call->result->i = 1;
	return 0;
}

static bool was_asked;

/* Suspends the run each time, once. */
static int native_pause(const struct native_call *call, struct awaited *a)
{
	was_asked = !was_asked;
	call->result->i = 2;
	return was_asked ? (a->until_ns = 0, NATIVE_AWAITS) : 0;
}

static int native_text(const struct native_call *call)
{
	struct bytes *text = bytes_new(call->args[0].i);
	for (int64_t k = 0; k < text->n; k++)
		text->items[k] = (unsigned char)(k * 37);
	call->result->object = &text->head;
	return 0;
}

static const struct native natives[] = {
	{.name = "see", .in = "l", .out = "i", .call = native_see},
	{.name = "stop", .in = "", .out = "i", .call = native_stop},
	{.name = "pause", .in = "", .out = "i", .await = native_pause},
	{.name = "text", .in = "i", .out = "b", .call = native_text},
	{0},
};

/* --- the generator --- */

enum { TEXT_SIZE = 1 << 16, DEPTH_MOST = 12, NESTED_MOST = 3, OPEN_MOST = 4 };

/* A forward jump whose label is still to come: where the stack is like this. */
struct open_jump {
	int label;
	char stack[DEPTH_MOST + 4];
};

static struct {
	uint64_t random;
	char text[TEXT_SIZE];
	size_t size;
	char stack[DEPTH_MOST + 4]; /* letters of types.def; beyond its most for a moment */
	size_t depth, floor;	    /* below the floor is a range of the loop around */
	int labels_n;
	size_t index_at; /* the size of the text when a good index was on top */
} g;

static uint64_t below(uint64_t n)
{
	return random_next(&g.random) % n;
}

static char one_of(const char *letters)
{
	return letters[below(strlen(letters))];
}

/* A line, and what it takes from the stack and puts there. */
__attribute__((format(printf, 3, 4))) static void put(size_t taken, const char *given,
						      const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	g.size += (size_t)vsnprintf(g.text + g.size, sizeof g.text - g.size, format, arguments);
	va_end(arguments);
	g.size += (size_t)snprintf(g.text + g.size, sizeof g.text - g.size, "\n");
	assert_true(g.size < sizeof g.text);
	g.depth -= taken;
	for (; *given; given++)
		g.stack[g.depth++] = *given;
	g.stack[g.depth] = '\0';
}

static bool ends_in(const char *types)
{
	size_t n = strlen(types);
	return g.depth - g.floor >= n && strcmp(g.stack + g.depth - n, types) == 0;
}

/* Small ones are good indices; the others wrap around. */
static void put_int(void)
{
	static const char *const edges[] = {"9223372036854775807", "-9223372036854775808", "-1"};
	if (below(12) == 0)
		put(0, "i", "LOAD_CONST %s", edges[below(3)]);
	else if (below(3) == 0)
		put(0, "i", "LOAD_CONST %d", (int)below(3));
	else
		put(0, "i", "LOAD_FAST %c", one_of("iiijjjab"));
}

static void put_float(void)
{
	static const char *const numbers[] = {"0.75", "-1.25", "3.5", "1e308"};
	if (below(2))
		put(0, "f", "LOAD_CONST %s", numbers[below(100) ? below(3) : 3]);
	else
		put(0, "f", "LOAD_FAST %c", one_of("xyz"));
}

static void put_push(void)
{
	switch (below(12)) {
	case 0:
	case 1:
	case 2:
		put_int();
		break;
	case 3:
	case 4:
		put_float();
		break;
	case 5:
		put(0, "l", "LOAD_REF %c", one_of("uuv"));
		break;
	case 6:
		put(0, "b", "LOAD_REF s");
		break;
	case 7:
		put(0, "m", "LOAD_REF m");
		break;
	case 8:
		if (below(4) == 0)
			put(0, "l", "LOAD_GLOBAL_REF shared");
		break;
	default:
		put_float();
	}
}

/* Drops what is on top, mostly to where it is of use. */
static void put_pop(void)
{
	char type = g.stack[g.depth - 1];
	if (type == 'i' && below(3))
		put(1, "", "%s", below(6) ? "STORE_FAST a" : below(2) ? "STORE_FAST b"
								      : "STORE_GLOBAL count");
	else if (type == 'f' && below(3))
		put(1, "", "STORE_FAST %c", one_of("xyz"));
	else if (type == 'l' && below(3))
		put(1, "", "STORE_REF %c", one_of("uv"));
	else
		put(1, "", strchr("if", type) ? "POP_TOP" : "POP_REF");
}

static void put_with_index(void)
{
	static const char *const steps[] = {"BINARY_ADD_INT", "BINARY_SUB_INT"};
	put(0, "i", "LOAD_FAST %c", one_of("ij"));
	if (below(3) == 0) {
		put(0, "i", "LOAD_CONST 1");
		put(2, "i", "%s", steps[below(8) == 0]);
	}
	g.index_at = g.size;
}

/* Several in a row, as quick code knows some. */
static void put_floats(void)
{
	static const char *const ops[] = {"BINARY_ADD_FLOAT", "BINARY_MUL_FLOAT",
					  "BINARY_DIV_FLOAT", "BINARY_SUB_FLOAT"};
	put(2, "f", "%s", ops[below(4)]);
	if (below(2))
		put(0, "f", "LOAD_FAST %c", one_of("xyz"));
	while (ends_in("ff") && below(4))
		put(2, "f", "%s", ops[below(3)]);
	if (below(2))
		put(1, "", "STORE_FAST %c", one_of("xyz"));
}

/* An opcode that suits what is on top; false: there is none, or it was not its turn. */
static bool put_operation(void)
{
	static const char *const ints[] = {"BINARY_ADD_INT", "BINARY_SUB_INT", "BINARY_MUL_INT",
					   "COMPARE_INT le", "COMPARE_INT gt"};
	bool is_index = g.index_at == g.size || below(300) == 0;
	if (ends_in("fli") && is_index && below(4))
		put(3, "", below(6) ? "STORE_FLOATS" : "CALL_FLOATS_ADD");
	else if (ends_in("lmi") && is_index && below(2))
		put(3, "", "STORE_ROWS");
	else if (ends_in("mi") && is_index)
		put(2, "l", "SUBSCR_ROWS");
	else if (ends_in("li") && is_index)
		put(2, "f", "SUBSCR_FLOATS");
	else if (ends_in("bi") && is_index)
		put(2, "i", "SUBSCR_BYTES");
	else if (ends_in("ii") && below(3))
		put(2, "i", "%s", ints[below(5)]);
	else if (ends_in("ff") && below(2))
		put_floats();
	else if (ends_in("if") && below(3) == 0)
		put(2, "i", "CALL more");
	else if ((ends_in("m") || ends_in("l") || ends_in("b")) && below(2))
		put_with_index();
	else if (ends_in("l") && below(4) == 0)
		put(1, "i", below(2) ? "CALL_NATIVE see" : "LEN_FLOATS");
	else if (g.depth - g.floor >= 2 && below(12) == 0)
		put(2, (const char[]){g.stack[g.depth - 1], g.stack[g.depth - 2], '\0'}, "SWAP");
	else
		return false;
	return true;
}

/* The label of a jump that leads here, where the stack is as it was there. */
static void close_jumps(struct open_jump *open, size_t *open_n, bool all)
{
	for (size_t k = *open_n; k-- > 0;) {
		if (strcmp(open[k].stack, g.stack) != 0 || !(all || below(2)))
			continue;
		put(0, "", "L%d:", open[k].label);
		open[k] = open[--*open_n];
	}
}

/* Whatever is on the stack, brings about what shall be there. */
static void put_stack(const char *wanted)
{
	size_t alike = g.floor;
	while (alike < g.depth && g.stack[alike] == wanted[alike])
		alike++;
	while (g.depth > alike)
		put_pop();
	for (const char *type = wanted + alike; *type; type++)
		switch (*type) {
		case 'i':
			put_int();
			break;
		case 'f':
			put_float();
			break;
		case 'l':
			put(0, "l", "LOAD_REF %c", one_of("uv"));
			break;
		default:
			put(0, (const char[]){*type, '\0'}, "LOAD_REF %c",
			    *type == 'm' ? 'm' : 's');
		}
}

static void put_block(int lines, int nested);

static void put_loop(int nested)
{
	size_t floor = g.floor, depth = g.depth;
	int label = g.labels_n++;
	put(0, "i", "LOAD_CONST 0");
	put(0, "i", "LOAD_CONST %d", (int)below(4));
	g.floor = g.depth;
	put(0, "i", "N%d: FOR_RANGE E%d", label, label);
	put(1, "", "STORE_FAST %c", one_of("ijija"));
	put_block((int)below(24), nested + 1);
	put(0, "", "JUMP_BACKWARD N%d", label);
	put(2, "", "E%d:", label);
	g.floor = floor;
	assert_int_equal(g.depth, depth);
}

static void put_jump(struct open_jump *open, size_t *open_n)
{
	if (g.depth >= DEPTH_MOST - 2 || *open_n == OPEN_MOST)
		return;
	if (below(2)) {
		put(0, "i", "LOAD_FAST %c", one_of("ijab"));
		put(0, "i", "LOAD_CONST %d", (int)below(3));
		put(2, "i", "COMPARE_INT %s", below(2) ? "lt" : "ne");
	} else {
		put_int();
	}
	put(1, "", "POP_JUMP_IF_FALSE L%d", g.labels_n);
	open[*open_n].label = g.labels_n++;
	strcpy(open[*open_n].stack, g.stack);
	++*open_n;
}

/* Lines that leave the stack as it was. */
static void put_block(int lines, int nested)
{
	struct open_jump open[OPEN_MOST];
	size_t open_n = 0;
	char before[DEPTH_MOST + 4];
	strcpy(before, g.stack);
	for (int k = 0; k < lines; k++) {
		close_jumps(open, &open_n, false);
		if (below(1500) == 0)
			put(0, "i", "CALL_NATIVE stop");
		else if (below(60) == 0)
			put(0, "i", "CALL_NATIVE pause");
		else if (below(8) == 0 && nested < NESTED_MOST && g.depth < DEPTH_MOST - 5)
			put_loop(nested);
		else if (below(6) == 0)
			put_jump(open, &open_n);
		else if (g.depth >= DEPTH_MOST - 3 || (g.depth > g.floor && below(5) == 0))
			put_pop();
		else if (!put_operation())
			put_push();
	}
	while (open_n) {
		put_stack(open[open_n - 1].stack);
		close_jumps(open, &open_n, true);
	}
	put_stack(before);
}

static void generate(uint64_t seed)
{
	memset(&g, 0, sizeof g);
	g.random = seed;
	put(0, "", "global count int\nglobal shared floats\n"
		   "func f(a int, b int, x float, y float) int\n"
		   "local m rows\nlocal u floats\nlocal v floats\nlocal s bytes\n"
		   "local i int\nlocal j int\nlocal z float\n"
		   "LOAD_CONST 4\nBUILD_ROWS\nSTORE_REF m\n"
		   "LOAD_CONST 5\nBUILD_FLOATS\nSTORE_REF u\n"
		   "LOAD_CONST 4\nBUILD_FLOATS\nSTORE_REF v\n"
		   "LOAD_CONST 6\nCALL_NATIVE text\nSTORE_REF s");
	for (int row = 0; row < (below(8) ? 4 : 3); row++)
		put(0, "", "LOAD_CONST 4\nBUILD_FLOATS\nLOAD_REF m\nLOAD_CONST %d\nSTORE_ROWS",
		    row);
	for (int k = 0; k < 4; k++) {
		for (const char *of = "xyz"; *of; of++) /* what is no number spreads */
			put(0, "", "LOAD_CONST %d.5\nSTORE_FAST %c", (int)below(4), *of);
		put_block(40, 0);
	}
	for (const char *of = "abij"; *of; of++)
		put(0, "", "LOAD_FAST %c", *of);
	put(0, "", "BINARY_ADD_INT\nBINARY_SUB_INT\nBINARY_ADD_INT");
	put(0, "", "LOAD_FAST x\nLOAD_REF u\nLOAD_CONST 0\nSTORE_FLOATS\n"
		   "LOAD_FAST y\nLOAD_REF u\nLOAD_CONST 1\nSTORE_FLOATS\n"
		   "LOAD_FAST z\nLOAD_REF u\nLOAD_CONST 2\nSTORE_FLOATS\n"
		   "LOAD_REF u\nCALL_NATIVE see\nPOP_TOP\nLOAD_REF v\nCALL_NATIVE see\nPOP_TOP");
	for (int row = 0; row < 3; row++)
		put(0, "", "LOAD_REF m\nLOAD_CONST %d\nSUBSCR_ROWS\nCALL_NATIVE see\nPOP_TOP", row);
	put(0, "", "RETURN_VALUE\nend\n"
		   "func more(a int, x float) int\nlocal i int\n"
		   "LOAD_FAST a\nLOAD_CONST 1\nBINARY_ADD_INT\nSTORE_FAST i\n"
		   "LOAD_FAST i\nLOAD_FAST a\nBINARY_MUL_INT\nRETURN_VALUE\nend");
}

/* --- two runs --- */

struct end {
	enum vm_trap trap;
	union value result;
	int64_t count, references_off;
	uint64_t seen;
};

/* Of what is suspended in quick code the opcodes can go on, and the other way round. */
static enum vm_trap run_to_its_end(const union value *args, union value *result)
{
	static const uint32_t no_burns[OPCODES_N];
	enum vm_trap trap;
	while ((trap = vm_run(&t, args, result)) == VM_TRAP_AWAITS)
		t.burns = t.burns ? NULL : no_burns;
	return trap;
}

static struct end run(const struct program *p, const char *policy, enum counts counts)
{
	const struct interpreter_options options = {.policy = gil_policy_find(policy),
						    .interval_ns = ABSENT,
						    .ticks = ABSENT,
						    .counts = counts};
	const union value args[] = {{.i = 1}, {.i = 2}, {.f = 0.5}, {.f = -3.0}};
	struct end end = {.result = {.i = 4711}};
	seen = UINT64_C(0xcbf29ce484222325);
	assert_int_equal(interpreter_open(&interpreter, &options), 0);
	assert_int_equal(module_open(&module, &interpreter, p), 0);
	assert_int_equal(vm_thread_open(&t, &module, "test", ACCOUNTING_OFF, &stats), 0);
	t.suspends = true;
	was_asked = false;
	gil_take(&t.gil);
	end.trap = run_to_its_end(args, &end.result);
	gil_detach(&t.gil);
	end.count = module.globals[0].i;
	see(&((struct floats *)module.globals[1].object)->items[0], sizeof(union value));
	end.references_off = module_references_off(&module);
	end.seen = seen;
	vm_thread_close(&t);
	module_close(&module);
	interpreter_close(&interpreter);
	return end;
}

static bool is_alike(const struct end *a, const struct end *b)
{
	return a->trap == b->trap && a->result.i == b->result.i && a->count == b->count &&
	       a->seen == b->seen && a->references_off == b->references_off;
}

struct tally {
	int programs_n, traps_n[VM_TRAP_NATIVE + 1], supers_n[SUPERS_END - SUPERS_FIRST];
};

static void compare(uint64_t seed, struct tally *tally)
{
	static const char *const policies[] = {"cpython", "mutex"};
	struct program p;
	struct error err = {""};
	generate(seed);
	if (program_assemble("random", g.text, natives, &p, &err))
		fail_msg("seed %" PRIu64 ": %s\n%s", seed, err.text, g.text);
	for (size_t at = 0; at < p.insns_n; at++)
		if (p.quick[at].op >= SUPERS_FIRST)
			tally->supers_n[p.quick[at].op - SUPERS_FIRST]++;
	enum counts counts = (enum counts)(seed % COUNTS_N);
	const char *policy = policies[seed / COUNTS_N % 2];
	struct end quick = run(&p, policy, counts);
	memcpy(p.quick, p.insns, p.insns_n * sizeof *p.insns);
	struct end base = run(&p, policy, counts);
	if (!is_alike(&quick, &base))
		fail_msg("seed %" PRIu64 ": %s, %" PRId64 "; as opcodes %s, %" PRId64 "\n%s", seed,
			 vm_trap_text(quick.trap), quick.result.i, vm_trap_text(base.trap),
			 base.result.i, g.text);
	tally->traps_n[quick.trap]++;
	tally->programs_n++;
	program_free(&p);
}

static void random_programs_do_what_their_opcodes_do(void **state)
{
	(void)state;
	static struct tally tally;
	uint64_t first = 1, last = 4000;
	const char *seeds = getenv("SEEDS");
	if (seeds && sscanf(seeds, "%" SCNu64 "..%" SCNu64, &first, &last) != 2)
		fail_msg("SEEDS=%s: must be A..B", seeds);
	for (uint64_t seed = first; seed <= last; seed++)
		compare(seed, &tally);
	for (size_t k = 0; k < SUPERS_END - SUPERS_FIRST; k++)
		if (tally.supers_n[k] == 0)
			fail_msg("%s is in none of them", super_infos[k].name);
	for (int k = 0; k <= VM_TRAP_NATIVE; k++)
		if (tally.traps_n[k])
			print_message("%s: %d\n", vm_trap_text((enum vm_trap)k), tally.traps_n[k]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_programs_do_what_their_opcodes_do),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
