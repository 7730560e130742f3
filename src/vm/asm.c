/* asm.c - one pass over the lines.  A jump waits for its label until the function ends,
 * a call for its function until the text does. */
#include "vm/asm.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm/quicken.h"

/* A piece of the text; of size 0 where the line ends. */
struct word {
	const char *at;
	size_t size;
};

/* Names, and what each stands for: the number of a local, function or instruction. */
struct names {
	struct name {
		struct word word;
		uint16_t number;
	} *items;
	size_t n;
};

struct assembler {
	const char *name, *rest; /* the text after the word in hand */
	uint32_t line;
	struct word word; /* in hand, not yet used */
	struct program *p;
	struct function *function; /* the open one, or NULL */
	uint32_t func_line;	   /* where it was opened */
	struct names functions, globals, locals, labels;
	struct names jumps, calls; /* instructions by the name in their operand */
	struct error *err;
};

/* A word as the two arguments of "%.*s", cut to what fits a message. */
#define SHOW(word) \
	(word).size > 0 && (word).size < 60 ? (int)(word).size : 60, \
		(word).size ? (word).at : "the line's end"

__attribute__((format(printf, 2, 3))) static int fail(const struct assembler *a,
						      const char *format, ...)
{
	char why[sizeof a->err->text];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(why, sizeof why, format, arguments);
	va_end(arguments);
	return error_set(a->err, -EINVAL, "%s:%u: %s", a->name, a->line, why);
}

static int no_memory(const struct assembler *a)
{
	return error_set(a->err, -ENOMEM, "%s:%u: no memory to assemble it", a->name, a->line);
}

/* --- words --- */

static bool is(struct word word, const char *text)
{
	return strlen(text) == word.size && memcmp(word.at, text, word.size) == 0;
}

static bool has_any(struct word word, const char *set)
{
	for (size_t k = 0; k < word.size; k++)
		if (strchr(set, word.at[k]))
			return true;
	return false;
}

/* Takes the next word of the line in hand and returns the one that was: one of ( ) , :
 * or a run of other characters. */
static struct word advance(struct assembler *a)
{
	struct word used = a->word;
	a->rest += strspn(a->rest, " \t\r");
	size_t size = strcspn(a->rest, " \t\r\n():,#");
	if (size == 0 && *a->rest && strchr("():,", *a->rest))
		size = 1;
	a->word = (struct word){a->rest, size};
	a->rest += size;
	return used;
}

static bool take(struct assembler *a, const char *text)
{
	if (!is(a->word, text))
		return false;
	advance(a);
	return true;
}

static int expect(struct assembler *a, const char *text)
{
	return take(a, text) ? 0 : fail(a, "%.*s: needs %s before it", SHOW(a->word), text);
}

/* --- names --- */

static const struct name *find(const struct names *names, struct word word)
{
	for (size_t k = 0; k < names->n; k++)
		if (names->items[k].word.size == word.size &&
		    memcmp(names->items[k].word.at, word.at, word.size) == 0)
			return names->items + k;
	return NULL;
}

static int add(const struct assembler *a, struct names *names, struct word word, size_t number)
{
	struct name *name = array_push((void **)&names->items, &names->n, sizeof *name);
	if (!name)
		return no_memory(a);
	*name = (struct name){word, (uint16_t)number};
	return 0;
}

static int define(const struct assembler *a, const char *kind, struct names *names,
		  struct word word, size_t number)
{
	size_t good = 0;
	while (good < word.size && (isalnum((unsigned char)word.at[good]) || word.at[good] == '_'))
		good++;
	if (good == 0 || good < word.size || isdigit((unsigned char)*word.at))
		return fail(a, "%s %.*s: needs a name of letters, digits and _, no digit first",
			    kind, SHOW(word));
	if (word.size > NAME_MOST)
		return fail(a, "%s %.*s: needs a name of at most %d characters", kind, SHOW(word),
			    NAME_MOST);
	if (find(names, word))
		return fail(a, "%s %.*s: needs another name, this one is taken", kind, SHOW(word));
	return add(a, names, word, number);
}

/* Points each instruction that waits for a name at what the name stands for. */
static int settle(struct assembler *a, struct names *waiting, const char *kind,
		  const struct names *names, const char *where)
{
	for (size_t k = 0; k < waiting->n; k++) {
		struct word word = waiting->items[k].word;
		struct insn *insn = a->p->insns + waiting->items[k].number;
		const struct name *found = find(names, word);
		if (!found) {
			a->line = a->p->lines[waiting->items[k].number];
			return fail(a, "%s %.*s: no %s named %.*s in %s",
				    opcode_infos[insn->op].name, SHOW(word), kind, SHOW(word),
				    where);
		}
		insn->arg = found->number;
	}
	waiting->n = 0;
	return 0;
}

/* --- constants --- */

static int parse_number(const struct assembler *a, struct word word, union value *value,
			uint8_t *type)
{
	const char *digits = word.at + (*word.at == '-');
	bool is_float = has_any(word, has_any(word, "xX") ? "pP" : ".eE");
	char *end = NULL;
	errno = 0;
	if (isdigit((unsigned char)*digits) && is_float)
		value->f = strtod(word.at, &end);
	else if (isdigit((unsigned char)*digits))
		value->i = strtoll(word.at, &end, 10);
	if (end != word.at + word.size)
		return fail(a, "%.*s: needs to be a number, as 1, -1, 0.5, 5e-1 or 0x1p-1",
			    SHOW(word));
	if (is_float ? isinf(value->f) : errno == ERANGE)
		return fail(a, "%.*s: needs to fit %s", SHOW(word),
			    is_float ? "a double" : "64 bits, from -2^63 to 2^63 - 1");
	*type = is_float ? TYPE_FLOAT : TYPE_INT;
	return 0;
}

/* Constants of the same type and bits are one. */
static int add_const(const struct assembler *a, union value value, uint8_t type, uint16_t *arg)
{
	struct program *p = a->p;
	size_t k = 0;
	while (k < p->consts_n && (p->const_types[k] != type || p->consts[k].i != value.i))
		k++;
	*arg = (uint16_t)k;
	if (k < p->consts_n)
		return 0;
	if (k == CONSTS_MOST)
		return fail(a, "constant: a program has at most %d", CONSTS_MOST);
	uint8_t *const_type = array_push((void **)&p->const_types, &k, sizeof *const_type);
	union value *slot = array_push((void **)&p->consts, &p->consts_n, sizeof *slot);
	if (!const_type || !slot)
		return no_memory(a);
	*const_type = type;
	*slot = value;
	return 0;
}

/* --- instructions --- */

static const char *const operand_texts[] = {
	[OPERAND_LOCAL] = "the name of a local",
	[OPERAND_REF] = "the name of a local",
	[OPERAND_CONST] = "a number",
	[OPERAND_CONDITION] = "a condition",
	[OPERAND_JUMP] = "a label",
	[OPERAND_FUNCTION] = "the name of a function",
	[OPERAND_NATIVE] = "the name of a native",
	[OPERAND_GLOBAL] = "the name of a global",
	[OPERAND_GLOBAL_REF] = "the name of a global",
};

static int parse_const(struct assembler *a, struct word word, struct insn *insn)
{
	union value value = {0};
	uint8_t type = TYPE_INT;
	int err = parse_number(a, word, &value, &type);
	return err ? err : add_const(a, value, type, &insn->arg);
}

static int parse_condition(struct assembler *a, struct word word, struct insn *insn)
{
	while (insn->arg < CONDITIONS_N && !is(word, condition_texts[insn->arg]))
		insn->arg++;
	if (insn->arg == CONDITIONS_N)
		return fail(a, "%s %.*s: needs lt, le, eq, ne, gt or ge",
			    opcode_infos[insn->op].name, SHOW(word));
	return 0;
}

static int parse_local(struct assembler *a, struct word word, struct insn *insn)
{
	const struct name *local = find(&a->locals, word);
	if (!local)
		return fail(a, "%s %.*s: no local named %.*s in %s", opcode_infos[insn->op].name,
			    SHOW(word), SHOW(word), a->function->name);
	insn->arg = local->number;
	return 0;
}

static int parse_global(struct assembler *a, struct word word, struct insn *insn)
{
	const struct name *global = find(&a->globals, word);
	if (!global)
		return fail(a, "%s %.*s: no global named %.*s before it",
			    opcode_infos[insn->op].name, SHOW(word), SHOW(word));
	insn->arg = global->number;
	return 0;
}

static int parse_native(struct assembler *a, struct word word, struct insn *insn)
{
	size_t k = 0;
	while (k < a->p->natives_n && !is(word, a->p->natives[k].name))
		k++;
	if (k == a->p->natives_n)
		return fail(a, "%s %.*s: no native named %.*s", opcode_infos[insn->op].name,
			    SHOW(word), SHOW(word));
	insn->arg = (uint16_t)k;
	return 0;
}

static int parse_operand(struct assembler *a, struct insn *insn)
{
	size_t at = (size_t)(insn - a->p->insns);
	enum operand operand = opcode_infos[insn->op].operand;
	if (operand == OPERAND_NONE)
		return 0;
	if (a->word.size == 0)
		return fail(a, "%s: needs %s after it", opcode_infos[insn->op].name,
			    operand_texts[operand]);
	struct word word = advance(a);
	switch (operand) {
	case OPERAND_NONE:
		break;
	case OPERAND_LOCAL:
	case OPERAND_REF:
		return parse_local(a, word, insn);
	case OPERAND_CONST:
		return parse_const(a, word, insn);
	case OPERAND_CONDITION:
		return parse_condition(a, word, insn);
	case OPERAND_JUMP:
		return add(a, &a->jumps, word, at);
	case OPERAND_FUNCTION:
		return add(a, &a->calls, word, at);
	case OPERAND_NATIVE:
		return parse_native(a, word, insn);
	case OPERAND_GLOBAL:
	case OPERAND_GLOBAL_REF:
		return parse_global(a, word, insn);
	}
	return 0;
}

static int parse_instruction(struct assembler *a, struct word word)
{
	struct program *p = a->p;
	uint16_t op = 0;
	while (op < OPCODES_N && !is(word, opcode_infos[op].name))
		op++;
	if (op == OPCODES_N)
		return fail(a, "%.*s: unknown opcode", SHOW(word));
	size_t lines_n = p->insns_n;
	if (lines_n == INSNS_MOST)
		return fail(a, "%.*s: a program has at most %d instructions", SHOW(word),
			    INSNS_MOST);
	uint32_t *line = array_push((void **)&p->lines, &lines_n, sizeof *line);
	struct insn *insn = array_push((void **)&p->insns, &p->insns_n, sizeof *insn);
	if (!line || !insn)
		return no_memory(a);
	*line = a->line;
	insn->op = op;
	return parse_operand(a, insn);
}

/* --- functions --- */

static int parse_type(struct assembler *a, uint8_t *type)
{
	*type = 0;
	while (*type < TYPES_N && !is(a->word, type_infos[*type].text))
		++*type;
	if (*type == TYPES_N)
		return fail(a, "%.*s: unknown type, needs"
#define TYPE(NAME, letter, text, is_reference) " " text
#include "vm/types.def"
#undef TYPE
			    , SHOW(a->word));
	advance(a);
	return 0;
}

/* NAME TYPE */
static int parse_variable(struct assembler *a)
{
	struct function *f = a->function;
	struct word word = advance(a);
	if (f->locals_n == LOCALS_MOST)
		return fail(a, "local %.*s: %s has at most %d, its parameters among them",
			    SHOW(word), f->name, LOCALS_MOST);
	int err = define(a, "local", &a->locals, word, f->locals_n);
	return err ? err : parse_type(a, &f->locals[f->locals_n++]);
}

/* NAME TYPE, outside of functions */
static int declare_global(struct assembler *a, bool is_immortal)
{
	struct program *p = a->p;
	struct word word = advance(a);
	const char *kind = is_immortal ? "immortal" : "global";
	if (p->globals_n == GLOBALS_MOST)
		return fail(a, "%s %.*s: a program has at most %d", kind, SHOW(word), GLOBALS_MOST);
	int err = define(a, kind, &a->globals, word, p->globals_n);
	if (err)
		return err;
	p->immortals |= (uint64_t)is_immortal << p->globals_n;
	uint8_t *type = array_push((void **)&p->global_types, &p->globals_n, sizeof *type);
	return type ? parse_type(a, type) : no_memory(a);
}

/* ( NAME TYPE , NAME TYPE ) TYPE */
static int parse_signature(struct assembler *a)
{
	struct function *f = a->function;
	int err = expect(a, "(");
	if (!err && !is(a->word, ")")) {
		do
			err = parse_variable(a);
		while (!err && take(a, ","));
	}
	f->params_n = f->locals_n;
	if (!err)
		err = expect(a, ")");
	return err ? err : parse_type(a, &f->out);
}

static int open_function(struct assembler *a)
{
	struct program *p = a->p;
	struct word word = advance(a);
	if (a->function)
		return fail(a, "func %.*s: needs the end of %s before it", SHOW(word),
			    a->function->name);
	int err = define(a, "func", &a->functions, word, p->functions_n);
	if (err)
		return err;
	a->function = array_push((void **)&p->functions, &p->functions_n, sizeof *a->function);
	if (!a->function)
		return no_memory(a);
	memcpy(a->function->name, word.at, word.size);
	a->function->first = (uint32_t)p->insns_n;
	a->func_line = a->line;
	a->locals.n = a->labels.n = 0;
	return parse_signature(a);
}

static int close_function(struct assembler *a)
{
	struct function *f = a->function;
	f->end = (uint32_t)a->p->insns_n;
	if (f->end == f->first)
		return fail(a, "end: needs an instruction before it in %s", f->name);
	a->function = NULL;
	return settle(a, &a->jumps, "label", &a->labels, f->name);
}

/* --- lines --- */

/* [LABEL :] [OPCODE [OPERAND]], its first word used. */
static int parse_statement(struct assembler *a, struct word word)
{
	if (take(a, ":")) {
		int err = define(a, "label", &a->labels, word, a->p->insns_n);
		word = advance(a);
		if (err || word.size == 0)
			return err;
	}
	return parse_instruction(a, word);
}

static int parse_line(struct assembler *a)
{
	advance(a);
	struct word word = advance(a);
	if (word.size == 0)
		return 0;
	if (is(word, "func"))
		return open_function(a);
	if (!a->function && is(word, "global"))
		return declare_global(a, false);
	if (!a->function && is(word, "immortal"))
		return declare_global(a, true);
	if (!a->function)
		return fail(a, "%.*s: needs a func around it", SHOW(word));
	if (is(word, "end"))
		return close_function(a);
	if (is(word, "local"))
		return parse_variable(a);
	return parse_statement(a, word);
}

static int parse(struct assembler *a)
{
	for (a->line = 1; *a->rest; a->line++) {
		int err = parse_line(a);
		if (!err && a->word.size > 0)
			err = fail(a, "%.*s: needs the line to end before it", SHOW(a->word));
		if (err)
			return err;
		a->rest += strcspn(a->rest, "\n");
		a->rest += *a->rest == '\n';
	}
	if (a->function) {
		a->line = a->func_line;
		return fail(a, "func %s: needs an end", a->function->name);
	}
	if (a->p->functions_n == 0) {
		a->line = 1;
		return fail(a, "program: needs a func");
	}
	return settle(a, &a->calls, "function", &a->functions, a->name);
}

int program_assemble(const char *name, const char *text, const struct native *natives,
		     struct program *p, struct error *err)
{
	*p = (struct program){.natives = natives};
	while (natives && natives[p->natives_n].name)
		p->natives_n++;
	struct assembler a = {.name = name, .rest = text, .p = p, .err = err};
	int failed = parse(&a);
	if (!failed)
		failed = program_verify(name, p, err);
	if (!failed && program_quicken(p))
		failed = no_memory(&a);
	struct names *all[] = {&a.functions, &a.globals, &a.locals,
			       &a.labels,    &a.jumps,	 &a.calls};
	for (size_t k = 0; k < sizeof all / sizeof *all; k++)
		free(all[k]->items);
	if (failed)
		program_free(p);
	return failed;
}
