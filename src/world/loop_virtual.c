/* loop_virtual.c - the event loop of the virtual world; it costs what polls cost. */
#include <errno.h>
#include <stdlib.h>

#include "world/event_heap.h"
#include "world/loop.h"
#include "world/virtual_process.h"

/* One thing awaited. */
struct entry {
	size_t place;	    /* first: in the heap */
	struct watch watch; /* of its socket */
	struct loop *loop;
	struct awaited *awaited;
	void (*over)(void *argument);
	void *argument;
};

struct loop {
	struct heap heap; /* by time */
	uint64_t order;	  /* of entries, so far */
	struct watch_set set;
};

/* It is out of the heap. */
static void forget(struct entry *e)
{
	if (e->awaited->socket) {
		watch_end(&e->watch);
		task_spend(virtual_costs()->poll_ns);
	}
	free(e);
}

static void finish(struct entry *e, bool came)
{
	void (*over)(void *argument) = e->over;
	void *argument = e->argument;
	e->awaited->came = came;
	forget(e);
	over(argument);
}

static int watch(struct loop *l, struct entry *e)
{
	struct file *f = file_find(e->awaited->socket->handle, &file_socket);
	task_spend(virtual_costs()->poll_ns);
	return f ? watch_begin(&e->watch, &l->set, f) : -EBADF;
}

static int loop_await(struct loop *l, struct awaited *a, void (*over)(void *argument),
		      void *argument)
{
	struct entry *e = calloc(1, sizeof *e);
	int failed = e ? heap_reserve(&l->heap, l->heap.n + 1) : -ENOMEM;
	if (!failed) {
		*e = (struct entry){.loop = l, .awaited = a, .over = over, .argument = argument};
		failed = a->socket ? watch(l, e) : 0;
	}
	if (failed)
		free(e);
	else
		heap_push(&l->heap, a->until_ns, l->order++, e);
	return failed;
}

static size_t loop_awaited_n(const struct loop *l)
{
	return l->heap.n;
}

static void loop_sleep(struct loop *l)
{
	task_spend(virtual_costs()->poll_ns);
	if (l->heap.n > 0)
		watch_set_wait(&l->set, "an event loop", l->heap.entries[0].key);
}

static struct entry *entry_of(struct watch *w)
{
	return (struct entry *)((char *)w - offsetof(struct entry, watch));
}

/* What comes while others are called for has its turn in the next turn. */
static void turn_sockets(struct loop *l)
{
	const struct watch *last = l->set.last;
	bool is_last;
	do {
		struct watch *w = l->set.first;
		if (!w)
			return;
		watch_unlist(w);
		is_last = w == last;
		if (watch_is_ready(w)) {
			heap_remove(&l->heap, entry_of(w));
			finish(entry_of(w), true);
		}
	} while (!is_last);
}

/* The clock is read once: what is awaited from now on has its turn after the sockets. */
static void loop_turn(struct loop *l)
{
	task_spend(virtual_costs()->poll_ns);
	turn_sockets(l);
	int64_t now_ns = world_now_ns();
	while (l->heap.n > 0 && l->heap.entries[0].key <= now_ns)
		finish(heap_pop(&l->heap), false);
}

static int loop_open(struct loop **opened)
{
	*opened = calloc(1, sizeof **opened);
	return *opened ? 0 : -ENOMEM;
}

static void loop_close(struct loop *l)
{
	if (!l)
		return;
	while (l->heap.n > 0)
		forget(heap_pop(&l->heap));
	heap_close(&l->heap);
	free(l);
}

extern const struct loops gilsim_loops;
const struct loops gilsim_loops = {
	.open = loop_open,
	.close = loop_close,
	.await = loop_await,
	.awaited_n = loop_awaited_n,
	.sleep = loop_sleep,
	.turn = loop_turn,
};

bool loops_were_built(void)
{
	return true;
}

const struct loops *loops_load(struct error *err)
{
	(void)err;
	return &gilsim_loops;
}
