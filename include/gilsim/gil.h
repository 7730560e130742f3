/* gil.h - a Global Interpreter Lock as a library: cc $(pkg-config --cflags --libs gilsim)
 *
 * At most one of the threads attached to a lock holds it, and what the lock guards may be
 * touched by that thread alone.  Unlike a mutex it is held nearly always: a thread keeps it
 * while it works, and gives it up where its policy says so.  Such a place is a check point
 * (a waiter asked for the lock, or so many ticks went by), a release section around a call
 * that does not need it, and the end of the thread.  Policies are CPython's of today, older
 * ones, and those of other interpreters; docs/lock.md explains each rule and its source.
 *
 * Illegal  To take the lock while holding it, to drop it without; to begin a strict release
 *          section without the lock, or to end one holding it; to give back the state of a
 *          section or of gilsim_ensure twice or out of order; to close a lock that has
 *          threads.  Each ends by SIGABRT after one line on stderr that names the function
 *          and the thread.  Not found out: a check point without the lock, the end of a
 *          section where none was begun and the lock is not held, a struct gilsim_thread on
 *          another thread than its own, anything after its detach.
 *
 *	struct gilsim_lock *lock;
 *	struct gilsim_error err;
 *	if (gilsim_open(&lock, "cpython", GILSIM_ABSENT, GILSIM_ABSENT, &err))
 *		... err.text says why ...
 *
 * and on each thread:
 *
 *	struct gilsim_thread *self;
 *	if (gilsim_attach(&self, lock, "worker 0", &err))
 *		...
 *	gilsim_take(self);
 *	for (...) {
 *		shared = f(shared);           // invariant: no other thread runs this
 *		gilsim_check(self);           // here another may
 *	}
 *	gilsim_section_begin(self);           // Py_BEGIN_ALLOW_THREADS
 *	bytes = read(fd, own_buffer, size);   // nothing shared
 *	gilsim_section_end(self);             // Py_END_ALLOW_THREADS
 *	gilsim_detach(self);
 *
 * A function that may be called with the lock or without says what it needs:
 *
 *	bool begun = gilsim_section_begin_if_held(self);
 *	... without the lock ...
 *	gilsim_section_end_if(self, begun);
 *
 *	int state = gilsim_ensure(self);      // PyGILState_Ensure
 *	... with the lock ...
 *	gilsim_release(self, state);          // PyGILState_Release
 *
 * Units    *_ns is nanoseconds of the monotonic clock; a tick is one gilsim_check under a
 *          policy that counts them.
 * Errors   open and attach return 0 or a negative errno, and then set *lock or *thread to
 *          NULL and say why in *err, which may be NULL.  Nothing else can fail.  Waiting
 *          for the lock keeps errno; giving it up may change it.
 * Owner    gilsim_close frees what gilsim_open made, gilsim_detach what gilsim_attach made.
 *          A thread's name is copied; what a struct gilsim_policy points to is constant.
 * Threads  A lock is for all threads, a struct gilsim_thread for the one that attached it.
 *          Nothing here may be called by a signal handler; the child of a fork may not use
 *          a lock of its parent.
 * Source   CPython 3.13 Python/ceval_gil.c, Python/pystate.c; each policy names its own. */
#ifndef GILSIM_GIL_H
#define GILSIM_GIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* "None": for a choice the policy's own, for a figure that there is none. */
#define GILSIM_ABSENT INT64_MAX

struct gilsim_lock;
struct gilsim_thread;

/* One line, "WHAT: WHY", that says what would be accepted. */
struct gilsim_error {
	char text[256];
};

struct gilsim_policy {
	const char *name, *help, *source;
	int64_t interval_ns; /* after which a waiter asks, or a timer ticks; or GILSIM_ABSENT */
	int64_t ticks;	     /* after which the holder yields; or GILSIM_ABSENT */
};

/* The k-th policy, from 0; false when there are no more. */
bool gilsim_policy_at(size_t k, struct gilsim_policy *policy);

/* A lock that nobody holds.  interval_ns (from 1000 to a day) and ticks (from 1) replace the
 * policy's own; a policy that has none ignores them.  Some policies start a thread, a timer.
 * -EINVAL: no such policy or number; -ENOMEM, -EAGAIN: the system does not give it. */
int gilsim_open(struct gilsim_lock **lock, const char *policy, int64_t interval_ns, int64_t ticks,
		struct gilsim_error *err);

/* Requires that every gilsim_detach has returned.  NULL is nothing to close. */
void gilsim_close(struct gilsim_lock *lock);

/* Makes the calling thread known to the lock; it does not hold it yet.  -ENOMEM. */
int gilsim_attach(struct gilsim_thread **thread, struct gilsim_lock *lock, const char *name,
		  struct gilsim_error *err);

/* The thread's last call.  Gives the lock up if the thread holds it, and never waits. */
void gilsim_detach(struct gilsim_thread *thread);

/* Waits for the lock.  Requires that the thread does not hold it. */
void gilsim_take(struct gilsim_thread *thread);

/* Gives it up.  Requires that the thread holds it.  When a waiter asked for it, and the
 * policy forces switches, waits until another thread has had it. */
void gilsim_drop(struct gilsim_thread *thread);

/* A check point: gives the lock up and takes it again if the policy says that it is time.
 * Requires that the thread holds it.  Seldom costs more than the call. */
void gilsim_check(struct gilsim_thread *thread);

/* A strict release section: begin requires that the thread holds the lock, end that it does
 * not.  So a section inside another is fatal, as in CPython. */
void gilsim_section_begin(struct gilsim_thread *thread);
void gilsim_section_end(struct gilsim_thread *thread);

/* A release section that nests: gives the lock up if the thread holds it, and returns
 * whether it did, for the end.  End requires that the thread does not hold the lock. */
bool gilsim_section_begin_if_held(struct gilsim_thread *thread);
void gilsim_section_end_if(struct gilsim_thread *thread, bool begun);

/* Takes the lock unless the thread holds it; release undoes exactly that, given what ensure
 * returned.  They nest.  Release requires that the thread holds the lock. */
int gilsim_ensure(struct gilsim_thread *thread);
void gilsim_release(struct gilsim_thread *thread, int state);

struct gilsim_stats {
	int64_t takes_n;	   /* times the lock was got */
	int64_t contended_takes_n; /* of these, when it was found held */
	int64_t switches_n;	   /* of these, when another thread had held it last */
	int64_t drop_requests_n;   /* requests made of a holder */
	int64_t forced_switches_n; /* drops that waited for a switch */
	int64_t wait_total_ns;	   /* in takes, for forced switches, at the lock's own mutex */
	/* Of the contended takes; within 0.8 %, GILSIM_ABSENT when there were none. */
	int64_t wait_p50_ns, wait_p99_ns, wait_max_ns;
};

/* Of the calling thread since it attached. */
void gilsim_thread_stats(const struct gilsim_thread *thread, struct gilsim_stats *stats);

/* Of all threads that have detached, together. */
void gilsim_lock_stats(struct gilsim_lock *lock, struct gilsim_stats *stats);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
