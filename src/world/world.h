/* world.h - the waist: all that the lock, the VM and the modes ask of the outside.
 *
 * Nothing above this floor calls pthreads, a clock, a futex or fork.  In the real
 * world these calls are atomics, futexes, pthreads, processes and the monotonic
 * clock.  In the virtual one (world/virtual.h) each of them, the atomics included, is a point at
 * which another simulated thread may have its turn.
 *
 * Units    *_ns is nanoseconds of the world's clock, which never goes back.
 * Errors   calls that can fail return 0 or a negative errno. */
#pragma once

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/units.h"

/* Which world this is compiled for: see world/virtual.h. */
#ifndef WORLD_VIRTUAL
#define WORLD_VIRTUAL 0
#endif

enum { CACHE_LINE_BYTES = 64 };
#define ON_OWN_LINE __attribute__((aligned(CACHE_LINE_BYTES)))

/* Atomics: world_load(p, ORDER), world_store, world_exchange, world_add, world_or, world_and, and
 * world_swap_if(p, expected, value, ORDER), which is strong; on failure *expected holds the value
 * found.  ORDER is RELAXED, ACQUIRE, RELEASE, ACQ_REL or SEQ_CST.
 *
 * The clock, world_now_ns(): about 20 ns a call, not for hot paths.
 *
 * world_core(): the core that the calling thread has, some ns a call; where it will be next nobody
 * knows.  world_task(): its number among the threads of the virtual world; 0 in the real one.
 *
 * world_charge(ps): what just ran took so many picoseconds of CPU time.  In the real world they
 * have passed by themselves.  world_charge_about: the same for what never takes the same time
 * twice.  world_charge_memory: the same for what went through so many bytes of memory, whose
 * bandwidth all share.
 *
 * world_charge_take(): the lock is taken, for which an interpreter may do more than what its rules
 * need.
 *
 * world_contend(memory, size, begin): many cores will change it, and have to fetch it from each
 * other, until that ends.  The real ones know. */
#if WORLD_VIRTUAL
#include "world/points.h"
#else
#define world_load(p, ORDER) __atomic_load_n(p, __ATOMIC_##ORDER)
#define world_store(p, value, ORDER) __atomic_store_n(p, value, __ATOMIC_##ORDER)
#define world_exchange(p, value, ORDER) __atomic_exchange_n(p, value, __ATOMIC_##ORDER)
#define world_add(p, value, ORDER) __atomic_fetch_add(p, value, __ATOMIC_##ORDER)
#define world_or(p, value, ORDER) __atomic_fetch_or(p, value, __ATOMIC_##ORDER)
#define world_and(p, value, ORDER) __atomic_fetch_and(p, value, __ATOMIC_##ORDER)
#define world_swap_if(p, expected, value, ORDER) \
	__atomic_compare_exchange_n(p, expected, value, false, __ATOMIC_##ORDER, __ATOMIC_RELAXED)

static inline int64_t world_now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline int32_t world_core(void)
{
	return sched_getcpu();
}

static inline uint32_t world_task(void)
{
	return 0;
}

static inline void world_charge(int64_t ps)
{
	(void)ps;
}

static inline void world_charge_about(int64_t ps)
{
	(void)ps;
}

static inline void world_charge_memory(int64_t ps, int64_t bytes)
{
	(void)ps;
	(void)bytes;
}

static inline void world_charge_message(size_t bytes)
{
	(void)bytes;
}

static inline void world_charge_take(void)
{
}

static inline void world_contend(const void *memory, size_t size_bytes, bool begin)
{
	(void)memory;
	(void)size_bytes;
	(void)begin;
}
#endif

/* Sleeps until the clock reaches deadline_ns, whatever signals come. */
void world_sleep_until(int64_t deadline_ns);

/* Sleeps while *word is `expected`, until unparked or until the clock reaches
 * deadline_ns (ABSENT: no deadline).  May return early for no reason.  False when
 * the deadline passed.  Orders nothing by itself: re-read the word.  Keeps errno. */
bool world_park(uint32_t *word, uint32_t expected, int64_t deadline_ns);

/* Wakes up to `most` threads parked on the word, the longest asleep first. */
void world_unpark(uint32_t *word, int most);

/* One step of a wait that spins: a pause, and now and then the core to somebody else. */
void world_stall(void);

/* Threads.  `run` gets `arg`; the struct is the caller's until joined.  A thread ends by returning
 * from `run`: foreign code that ends it otherwise ends the process, with EXIT_FAILURE. */
struct world_thread {
#if WORLD_VIRTUAL
	struct task *task;
#else
	pthread_t handle;
	void *(*run)(void *argument);
	void *argument;
#endif
};
int world_spawn(struct world_thread *t, void *(*run)(void *arg), void *arg);
void world_join(struct world_thread *t);

/* A two-way byte channel between two processes: a pipe each way. */
struct world_channel {
	int in, out;
};
/* Both move all bytes or fail: -EPIPE when the other side is gone. */
int world_send(const struct world_channel *c, const void *bytes, size_t size);
int world_receive(const struct world_channel *c, void *bytes, size_t size);
/* Both move what can be moved now: how many bytes, or a negative errno, as above.  They wait
 * until it is at least one; 0 instead, after world_channel_never_wait. */
int64_t world_send_some(const struct world_channel *c, const void *bytes, size_t size);
int64_t world_receive_some(const struct world_channel *c, void *bytes, size_t size);
/* On this side alone; world_send and world_receive must not be used there any more. */
int world_channel_never_wait(const struct world_channel *c);

/* Channels that a process waits for all at once.  Each is asked about by its tag.  One must
 * no longer be asked about when it is closed: forked processes may hold it open. */
struct world_poll {
	int handle;
};
int world_poll_open(struct world_poll *p);
void world_poll_close(struct world_poll *p); /* also of a failed open */
/* Begins to ask, or ends asking, whether it can receive (bytes or the end), or send. */
int world_poll_receive(struct world_poll *p, const struct world_channel *c, size_t tag, bool begin);
int world_poll_send(struct world_poll *p, const struct world_channel *c, size_t tag, bool begin);
/* Waits until something can be moved, for at most timeout_ns (ABSENT: without end).  How many
 * tags it gave, of which one may stand there twice: 0 after the time or on a signal. */
int64_t world_poll_wait(struct world_poll *p, size_t *tags, size_t most, int64_t timeout_ns);

/* A socket for datagrams between processes of this machine, on the loopback address. */
struct world_datagram {
	int handle;
	uint16_t port;
};
/* A port that is free; receiving waits for at most timeout_ns (ABSENT: without end; 0: not at
 * all, and sending neither). */
int world_datagram_open(struct world_datagram *d, int64_t timeout_ns);
/* From now on only that port's datagrams come, and -ECONNREFUSED when nobody has it. */
int world_datagram_connect(const struct world_datagram *d, uint16_t port);
void world_datagram_close(struct world_datagram *d); /* also of a failed open */
int world_datagram_send(const struct world_datagram *d, uint16_t to_port, const void *bytes,
			size_t size);
/* The bytes received, of which at most `size` are kept, or -EAGAIN when none came in time. */
int64_t world_datagram_receive(const struct world_datagram *d, void *bytes, size_t size,
			       uint16_t *from_port);

/* Processes.  The child runs `run`, whose value is its exit status, and is killed when its
 * parent ends.  With `leads` it and all that it forks are one group, which is killed and
 * waited for as a whole.  Requires that the caller has no other thread running.  A child
 * also holds the parent's ends of the channels of its elder siblings: these see no end
 * while it lives, unless it forgets them.
 *
 * Simulated processes share memory, and a child has nothing open but its channel: what runs in
 * both worlds opens and allocates in the child what is the child's own. */
struct world_process {
	int64_t id;
	bool leads;
	struct world_channel channel;
};
int world_fork(struct world_process *p, bool leads,
	       int (*run)(const struct world_channel *parent, void *arg), void *arg);
/* Closes the channel and waits for the end: *status is the exit status, or minus
 * the signal that killed it; *peak_rss_bytes may be NULL. */
void world_wait(struct world_process *p, int *status, int64_t *peak_rss_bytes);
void world_kill(struct world_process *p);
/* In a child: closes what it holds of its n elder siblings, in the order they were forked. */
void world_forget(const struct world_process *elders, size_t n);

/* Whether the caller is in a process that was forked otherwise, by foreign code, since
 * world_watch_forks, which is called once. */
void world_watch_forks(void);
bool world_is_stray(void);

/* What the calling thread has waited for a core so far, and what the calling process
 * and its ended children have used.  ABSENT where the system does not say. */
int64_t world_runqueue_ns(void);

struct world_usage {
	int64_t user_ns, sys_ns, voluntary_n, involuntary_n;
};
void world_usage(struct world_usage *u);

/* From now on freed memory stays with the process, so that what is measured is work and
 * not the page faults of an allocator that gives and takes. */
void world_keep_memory(void);

/* Gives unused memory back and forgets the process's peak of resident memory; false when
 * the system does not let it be forgotten.  The peak is in bytes, or ABSENT. */
bool world_reset_peak_rss(void);
int64_t world_peak_rss_bytes(void);

/* Zeroed memory that forked children share, or NULL; pages cost only when touched. */
void *world_share(size_t size_bytes);
void world_unshare(void *memory, size_t size_bytes);

/* Zeroed memory of the process's own, or NULL, in large pages where the system has them: they
 * cost when first touched, hundreds of times fewer faults than small ones.  A child that is
 * forked afterwards reads it without any. */
void *world_map(size_t size_bytes);
void world_unmap(void *memory, size_t size_bytes);

/* Orphans of the caller's children become its own, so that a group can be waited for. */
void world_adopt_orphans(void);

/* As many open files as the system allows, two for each process: how many that is, or
 * ABSENT. */
int64_t world_allow_files(void);

/* True when bytes or an end can be received; false after timeout_ns or on a signal. */
bool world_wait_readable(const struct world_channel *c, int64_t timeout_ns);
