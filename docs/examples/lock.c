/* lock.c - two threads count under one lock; one of them sleeps now and then without it.
 *
 *	cc -std=c11 lock.c $(pkg-config --cflags --libs gilsim) -pthread -o lock && ./lock
 */
#define _POSIX_C_SOURCE 200809L

#include <gilsim/gil.h>

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { COUNTS_N = 20000000, COUNTS_PER_SLEEP = 2000000 };

static struct gilsim_lock *lock;
static int64_t counter; /* guarded by the lock */

struct counting {
	const char *name;
	bool sleeps;
};

static void give_up(const struct gilsim_error *err)
{
	fprintf(stderr, "%s\n", err->text);
	exit(EXIT_FAILURE);
}

/* Without the section the other thread could not count in the meantime. */
static void sleep_without_the_lock(struct gilsim_thread *self)
{
	const struct timespec a_millisecond = {.tv_nsec = 1000000};
	gilsim_section_begin(self);
	nanosleep(&a_millisecond, NULL);
	gilsim_section_end(self);
}

static void *count(void *argument)
{
	const struct counting *c = argument;
	struct gilsim_thread *self;
	struct gilsim_error err;
	if (gilsim_attach(&self, lock, c->name, &err))
		give_up(&err);
	gilsim_take(self);
	for (int k = 1; k <= COUNTS_N; k++) {
		counter++;
		gilsim_check(self);
		if (c->sleeps && k % COUNTS_PER_SLEEP == 0)
			sleep_without_the_lock(self);
	}
	gilsim_detach(self);
	return NULL;
}

int main(void)
{
	struct counting busy = {"busy", false}, sleeper = {"sleeper", true};
	struct gilsim_stats stats;
	struct gilsim_error err;
	pthread_t threads[2];
	if (gilsim_open(&lock, "cpython", GILSIM_ABSENT, GILSIM_ABSENT, &err))
		give_up(&err);
	if (pthread_create(&threads[0], NULL, count, &busy) ||
	    pthread_create(&threads[1], NULL, count, &sleeper)) {
		fprintf(stderr, "the system gives no thread\n");
		return EXIT_FAILURE;
	}
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	gilsim_lock_stats(lock, &stats);
	printf("counted to %" PRId64 ", %" PRId64 " switches, %" PRId64 " drop requests\n", counter,
	       stats.switches_n, stats.drop_requests_n);
	gilsim_close(lock);
	return EXIT_SUCCESS;
}
