/* points.h - world.h's atomics and clock in the virtual world: points at which another thread may
 * have its turn.
 *
 * The running thread's CPU time is a debt first, and the clock moves when it is settled: before
 * anything whose order with what others do matters, once it is more than the horizon, up to which
 * nobody else does anything.  A relaxed load, and a relaxed store of bytecode's data, may be ahead
 * of the clock by a little more, as on a processor a change is seen late. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of the running thread. */
struct virtual_cpu {
	int64_t debt_ps;
	int64_t worked_ps; /* of the debt: for itself, not to wait or to wake */
	int64_t horizon_ps, relaxed_horizon_ps;
	int64_t load_ps, atomic_ps; /* costs */
};
extern struct virtual_cpu virtual_cpu;

/* Makes the clock agree with the running thread's debt; others may have their turn first. */
void virtual_settle(void);

static inline void world_charge(int64_t ps)
{
	virtual_cpu.debt_ps += ps;
	virtual_cpu.worked_ps += ps;
}

void world_charge_about(int64_t ps);
void world_charge_memory(int64_t ps, int64_t bytes);
void world_contend(const void *memory, size_t size_bytes, bool begin);
void world_charge_message(size_t bytes);
void world_charge_take(void);
int64_t world_now_ns(void);
int32_t world_core(void);
uint32_t world_task(void);

static inline void virtual_point(int64_t ps, int64_t horizon_ps)
{
	virtual_cpu.debt_ps += ps;
	if (__builtin_expect(virtual_cpu.debt_ps > horizon_ps, 0))
		virtual_settle();
}

static inline void virtual_access(void)
{
	virtual_point(virtual_cpu.load_ps, virtual_cpu.horizon_ps);
}

/* Free where what is around it is charged as a whole: see vm/interp.c. */
#ifndef WORLD_RELAXED_IS_FREE
#define WORLD_RELAXED_IS_FREE 0
#endif
static inline void virtual_relaxed_access(void)
{
	if (!WORLD_RELAXED_IS_FREE)
		virtual_cpu.debt_ps += virtual_cpu.load_ps;
	if (__builtin_expect(virtual_cpu.debt_ps > virtual_cpu.relaxed_horizon_ps, 0))
		virtual_settle();
}

/* What others wait for must not be seen before it is done; bytecode's data may. */
static inline void virtual_relaxed_store(void)
{
	if (WORLD_RELAXED_IS_FREE)
		virtual_relaxed_access();
	else
		virtual_access();
}

/* Charges what it takes to fetch contended memory that another core changed last. */
void virtual_fetch(const void *word);

static inline void virtual_change(const void *word)
{
	virtual_fetch(word);
	virtual_point(virtual_cpu.atomic_ps, virtual_cpu.horizon_ps);
}

/* One real thread runs them all, so the order of memory is that of the program. */
#define VIRTUAL_LOAD_RELAXED virtual_relaxed_access
#define VIRTUAL_LOAD_ACQUIRE virtual_access
#define VIRTUAL_LOAD_SEQ_CST virtual_access
#define VIRTUAL_STORE_RELAXED virtual_relaxed_store
#define VIRTUAL_STORE_RELEASE virtual_access
#define VIRTUAL_STORE_SEQ_CST virtual_access

#define world_load(p, ORDER) (VIRTUAL_LOAD_##ORDER(), __atomic_load_n(p, __ATOMIC_RELAXED))
#define world_store(p, value, ORDER) \
	(VIRTUAL_STORE_##ORDER(), __atomic_store_n(p, value, __ATOMIC_RELAXED))
#define world_exchange(p, value, ORDER) \
	(virtual_change(p), __atomic_exchange_n(p, value, __ATOMIC_RELAXED))
#define world_add(p, value, ORDER) \
	(virtual_change(p), __atomic_fetch_add(p, value, __ATOMIC_RELAXED))
#define world_or(p, value, ORDER) (virtual_change(p), __atomic_fetch_or(p, value, __ATOMIC_RELAXED))
#define world_and(p, value, ORDER) \
	(virtual_change(p), __atomic_fetch_and(p, value, __ATOMIC_RELAXED))
#define world_swap_if(p, expected, value, ORDER) \
	(virtual_change(p), __atomic_compare_exchange_n(p, expected, value, false, \
						       __ATOMIC_RELAXED, __ATOMIC_RELAXED))
