/* checkpoint - what the check point of a loop costs: the loop of the interpreter as it is, and
 * compiled once more without the check, by turns on the same memory.
 *
 *	checkpoint count|laplace
 *
 * Two lines, `checked MIN MEDIAN` and `unchecked MIN MEDIAN`: ns a round of the count loop, or a
 * cell of the Laplace loop, which has a check point each.  That is two instructions of 26 and of
 * 196.  How gcc lays out a loop made a Laplace cell 5 % longer in either of the two: so less than
 * that the second cannot tell. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm/asm.h"
#include "vm/interp.h"
#include "workload/workload.h"
#include "world/world.h"

extern const struct workload workload_count, workload_laplace;
extern const struct interps interps_unchecked;

enum { SIDE = 30, UPDATES = 64, CELLS_N = (SIDE - 2) * (SIDE - 2) * UPDATES, ROUNDS_N = 400000,
       TRIES_N = 501 };

/* The loops by their names, and so that each lasts about a millisecond. */
static const struct subject {
	const struct workload *workload;
	int64_t rounds_n;
	union value args[5];
} subjects[] = {
	{&workload_count, ROUNDS_N, {{.i = ROUNDS_N}}},
	{&workload_laplace, CELLS_N,
	 {{.f = 1}, {.i = SIDE}, {.i = UPDATES}, {.f = 0.01}, {.f = 0.01}}},
};
enum { SUBJECTS_N = sizeof subjects / sizeof *subjects };

static struct {
	const char *name;
	interp *loop;
	double ns[TRIES_N]; /* a round */
} forms[2] = {{.name = "checked"}, {.name = "unchecked"}};

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;
	return (left > right) - (left < right);
}

static double time_of(interp *loop, struct vm_thread *t, const struct program *p,
		      const struct subject *s)
{
	union value result;
	int64_t began_ns = world_now_ns();
	enum vm_trap trap = loop(t, p, s->args, &result);
	if (trap) {
		fprintf(stderr, "checkpoint: %s: %s\n", s->workload->name, vm_trap_text(trap));
		exit(3);
	}
	return (double)(world_now_ns() - began_ns) / (double)s->rounds_n;
}

static void measure(struct vm_thread *t, const struct program *p, const struct subject *s)
{
	forms[0].loop = interps_plain.breaker;
	forms[1].loop = interps_unchecked.breaker;
	for (int k = 0; k < TRIES_N; k++)
		for (int form = 0; form < 2; form++)
			forms[form].ns[k] = time_of(forms[form].loop, t, p, s);
	for (int form = 0; form < 2; form++) {
		qsort(forms[form].ns, TRIES_N, sizeof(double), compare);
		printf("%s %.4f %.4f\n", forms[form].name, forms[form].ns[0],
		       forms[form].ns[TRIES_N / 2]);
	}
}

/* A lock without a timer and a program without globals: only memory can be missing. */
static int run(const struct subject *s)
{
	static struct interpreter in;
	static struct module module;
	static struct gil_stats stats;
	static struct vm_thread t;
	const struct interpreter_options options = {
		.policy = gil_policy_find("cpython"), .interval_ns = ABSENT, .ticks = ABSENT};
	struct program p;
	struct error err = {""};
	int failed = program_assemble(s->workload->name, s->workload->programs[ENGINE_BYTECODE],
				      NULL, &p, &err);
	if (!failed)
		failed = interpreter_open(&in, &options);
	if (!failed)
		failed = module_open(&module, &in, &p);
	if (!failed)
		failed = vm_thread_open(&t, &module, "checkpoint", ACCOUNTING_OFF, &stats);
	if (failed) {
		fprintf(stderr, "checkpoint: %s\n", *err.text ? err.text : strerror(-failed));
		return 3;
	}
	gil_take(&t.gil);
	measure(&t, &p, s);
	gil_detach(&t.gil);
	vm_thread_close(&t);
	module_close(&module);
	interpreter_close(&in);
	program_free(&p);
	return 0;
}

int main(int arguments_n, char **arguments)
{
	for (int k = 0; k < SUBJECTS_N; k++)
		if (arguments_n == 2 && strcmp(arguments[1], subjects[k].workload->name) == 0)
			return run(&subjects[k]);
	fprintf(stderr, "Usage: checkpoint count|laplace\n");
	return 2;
}
