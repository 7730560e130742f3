/* lock - what a drop and a take cost when nobody waits, and a handoff to one who sleeps, beside
 * what they are made of: see bench/lock.
 *
 * Usage: lock [ROUNDS]
 * All take turns, round by round, so that a drift of the machine meets all of them.  Prints
 * `name min_ns median_ns` over the rounds; a handoff is from before the drop until the take, on
 * another core, has returned. */
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gilsim/gil.h>

#include "gil/gil.h"
#include "world/host.h"
#include "world/topology.h"

enum { PAIRS_N = 20000, HANDOFFS_N = 20, FORKS_N = 4, SUBJECTS_MOST = 64, ROUNDS_DEFAULT = 31 };

struct subject {
	char name[48];
	double (*measure)(const struct subject *s); /* ns of one */
	const struct gil_policy *policy;
	enum accounting accounting;
	double *samples;
};
static struct subject subjects[SUBJECTS_MOST];
static size_t subjects_n;
static struct places places;

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median(double *values, size_t n)
{
	qsort(values, n, sizeof *values, compare);
	return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

/* --- a drop and a take, and other pairs --- */

#define TIME_PAIRS(...) \
	int64_t began_ns = world_now_ns(); \
	for (int k = 0; k < PAIRS_N; k++) { \
		__VA_ARGS__; \
	} \
	return (double)(world_now_ns() - began_ns) / PAIRS_N

static double pair_of_pthread_mutex(const struct subject *s)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	(void)s;
	TIME_PAIRS(pthread_mutex_lock(&mutex), pthread_mutex_unlock(&mutex));
}

static double pair_of_mutex(const struct subject *s)
{
	static struct mutex mutex;
	(void)s;
	TIME_PAIRS(mutex_lock(&mutex), mutex_unlock(&mutex));
}

static double time_drops_and_takes(struct gil_thread *t)
{
	TIME_PAIRS(gil_drop(t), gil_take(t));
}

static double drop_and_take(const struct subject *s)
{
	static struct gil gil;
	static struct gil_thread t;
	static struct gil_stats stats;
	if (gil_open(&gil, s->policy, ABSENT, ABSENT))
		abort();
	gil_attach(&t, &gil, "the only one", s->accounting, &stats);
	gil_take(&t);
	double ns = time_drops_and_takes(&t);
	gil_detach(&t);
	gil_close(&gil);
	return ns;
}

static double time_library(struct gilsim_thread *t)
{
	TIME_PAIRS(gilsim_drop(t), gilsim_take(t));
}

static double drop_and_take_by_library(const struct subject *s)
{
	struct gilsim_lock *lock;
	struct gilsim_thread *t;
	if (gilsim_open(&lock, s->policy->name, GILSIM_ABSENT, GILSIM_ABSENT, NULL) ||
	    gilsim_attach(&t, lock, "the only one", NULL))
		abort();
	gilsim_take(t);
	double ns = time_library(t);
	gilsim_detach(t);
	gilsim_close(lock);
	return ns;
}

/* --- from one core to another --- */

/* Two threads, each on a core of its own, that wake each other by turns. */
struct relay {
	void (*give)(struct relay *r, int me), (*receive)(struct relay *r, int me);
	uint32_t word ON_OWN_LINE;
	uint32_t receiving_n ON_OWN_LINE, received_n; /* begun and ended */
	int64_t given_ns;
	double ns[HANDOFFS_N];
	struct gil gil;
	struct gil_thread threads[2];
	struct gil_stats stats[2];
};
struct runner {
	struct relay *relay;
	int me;
	struct world_thread thread;
};

static void spin_until(const uint32_t *word, uint32_t least)
{
	while (world_load(word, ACQUIRE) < least)
		__asm__ volatile("");
}

/* So long that the other one sleeps, and not so long that it would ask for the lock. */
static void let_it_fall_asleep(void)
{
	enum { ASLEEP_NS = 100000 };
	int64_t until_ns = world_now_ns() + ASLEEP_NS;
	while (world_now_ns() < until_ns)
		;
}

static void *run_relay(void *argument)
{
	struct runner *self = argument;
	struct relay *r = self->relay;
	host_bind(places.pus[self->me]);
	if (self->me == 0) {
		gil_take(&r->threads[0]);
		world_store(&r->received_n, 1, RELEASE);
	}
	for (uint32_t k = 0; k < HANDOFFS_N; k++) {
		spin_until(&r->received_n, k + 1);
		if ((int)k % 2 == self->me) {
			spin_until(&r->receiving_n, k + 1);
			let_it_fall_asleep();
			r->given_ns = world_now_ns();
			r->give(r, self->me);
		} else {
			world_store(&r->receiving_n, k + 1, RELEASE);
			r->receive(r, self->me);
			r->ns[k] = (double)(world_now_ns() - r->given_ns);
			world_store(&r->received_n, k + 2, RELEASE);
		}
	}
	if (self->me == HANDOFFS_N % 2)
		gil_detach(&r->threads[self->me]);
	return NULL;
}

static double time_relay(struct relay *r, const struct gil_policy *policy)
{
	struct runner runners[2] = {{.relay = r, .me = 0}, {.relay = r, .me = 1}};
	if (gil_open(&r->gil, policy, ABSENT, ABSENT))
		abort();
	for (int k = 0; k < 2; k++)
		gil_attach(&r->threads[k], &r->gil, "of two", ACCOUNTING_COUNTS, &r->stats[k]);
	for (int k = 0; k < 2; k++)
		if (world_spawn(&runners[k].thread, run_relay, &runners[k]))
			abort();
	for (int k = 0; k < 2; k++)
		world_join(&runners[k].thread);
	gil_close(&r->gil);
	return median(r->ns, HANDOFFS_N);
}

static void wake(struct relay *r, int me)
{
	(void)me;
	world_store(&r->word, 1, RELEASE);
	world_unpark(&r->word, 1);
}

static void be_woken(struct relay *r, int me)
{
	(void)me;
	while (!world_load(&r->word, ACQUIRE))
		world_park(&r->word, 0, ABSENT);
	world_store(&r->word, 0, RELAXED);
}

static double futex_wake(const struct subject *s)
{
	static struct relay r;
	r = (struct relay){.give = wake, .receive = be_woken};
	return time_relay(&r, s->policy);
}

static void drop(struct relay *r, int me)
{
	gil_drop(&r->threads[me]);
}

static void take(struct relay *r, int me)
{
	gil_take(&r->threads[me]);
}

static double handoff(const struct subject *s)
{
	static struct relay r;
	r = (struct relay){.give = drop, .receive = take};
	return time_relay(&r, s->policy);
}

/* --- processes --- */

static double fork_and_wait(const struct subject *s)
{
	(void)s;
	int64_t began_ns = world_now_ns();
	for (int k = 0; k < FORKS_N; k++) {
		pid_t child = fork();
		if (child == 0)
			_exit(0);
		if (child < 0 || waitpid(child, NULL, 0) < 0)
			abort();
	}
	return (double)(world_now_ns() - began_ns) / FORKS_N;
}

/* --- all of them --- */

static void add(double (*measure)(const struct subject *s), const char *policy,
		enum accounting accounting, const char *name)
{
	struct subject *s = &subjects[subjects_n++];
	*s = (struct subject){
		.measure = measure,
		.policy = gil_policy_find(policy),
		.accounting = accounting,
	};
	snprintf(s->name, sizeof s->name, "%s", name);
}

static void add_drop_and_take(const struct gil_policy *policy, enum accounting accounting)
{
	char name[48];
	snprintf(name, sizeof name, "drop+take-%s-%s", policy->name, accounting_names[accounting]);
	add(drop_and_take, policy->name, accounting, name);
}

/* A handoff where a drop wakes who sleeps. */
static void add_all(void)
{
	static const char *const waking[] = {"cpython", "cpython2", "ruby", "ocaml", "mutex"};
	char name[48];
	add(pair_of_pthread_mutex, "cpython", ACCOUNTING_OFF, "pair-pthread-mutex");
	add(pair_of_mutex, "cpython", ACCOUNTING_OFF, "pair-mutex");
	for (size_t k = 0; k < gil_policies_n; k++)
		for (enum accounting level = ACCOUNTING_OFF; level <= ACCOUNTING_COUNTS; level++)
			add_drop_and_take(&gil_policies[k], level);
	add(drop_and_take_by_library, "cpython", ACCOUNTING_COUNTS, "drop+take-libgilsim");
	if (places.cores_n > 1)
		add(futex_wake, "none", ACCOUNTING_COUNTS, "futex-wake");
	for (size_t k = 0; k < sizeof waking / sizeof *waking && places.cores_n > 1; k++) {
		snprintf(name, sizeof name, "handoff-%s", waking[k]);
		add(handoff, waking[k], ACCOUNTING_COUNTS, name);
	}
	add(fork_and_wait, "cpython", ACCOUNTING_OFF, "fork+wait");
}

static void *do_nothing(void *unused)
{
	return unused;
}

/* Before the first thread glibc does without atomic operations. */
static void enter_regime(void)
{
	struct world_thread thread;
	if (world_spawn(&thread, do_nothing, NULL))
		abort();
	world_join(&thread);
}

int main(int arguments_n, char **arguments)
{
	char *end = NULL;
	long rounds_n = arguments_n > 1 ? strtol(arguments[1], &end, 10) : ROUNDS_DEFAULT;
	if ((end && *end) || rounds_n < 1 || rounds_n > INT_MAX || arguments_n > 2) {
		fprintf(stderr, "Usage: lock [ROUNDS]\n");
		return 2;
	}
	enter_regime();
	if (places_open(&places, NULL))
		abort();
	add_all();
	for (size_t k = 0; k < subjects_n; k++)
		subjects[k].samples = calloc((size_t)rounds_n, sizeof(double));
	for (int round = 0; round < rounds_n; round++)
		for (size_t k = 0; k < subjects_n; k++)
			subjects[k].samples[round] = subjects[k].measure(&subjects[k]);
	for (size_t k = 0; k < subjects_n; k++) {
		double middle = median(subjects[k].samples, (size_t)rounds_n);
		printf("%-28s %9.1f %9.1f\n", subjects[k].name, subjects[k].samples[0], middle);
	}
	places_close(&places);
	return 0;
}
