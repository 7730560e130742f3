/* loop_uv.c - the event loop, on libuv.
 *
 * libuv watches the sockets.  Its timers know whole milliseconds only, of a time that it read
 * earlier, and so does its sleep.  Therefore times are kept here, in a heap; and the thread
 * sleeps, by ppoll, on the descriptor that libuv has for being embedded. */
#include <errno.h>
#include <stdlib.h>
#include <uv.h>

#include "base/buffer.h"
#include "world/loop.h"

/* One thing awaited. */
struct entry {
	uv_poll_t poll; /* of its socket; first: libuv's handle is the entry */
	struct loop *loop;
	struct awaited *awaited;
	void (*over)(void *argument);
	void *argument;
	size_t place; /* in the heap */
	struct entry *next_unused;
};

struct loop {
	uv_loop_t uv;
	struct entry **heap; /* by time, the earliest first */
	size_t heap_n;
	struct entry *unused;
	bool is_stale; /* libuv tells the system of a new socket in its next turn only */
};

static bool is_earlier(const struct entry *a, const struct entry *b)
{
	return a->awaited->until_ns < b->awaited->until_ns;
}

static void put(struct loop *l, size_t place, struct entry *e)
{
	l->heap[place] = e;
	e->place = place;
}

/* Puts it at a place that is free, or above or below, where the order wants it. */
static void settle(struct loop *l, size_t place, struct entry *e)
{
	for (; place > 0 && is_earlier(e, l->heap[(place - 1) / 2]); place = (place - 1) / 2)
		put(l, place, l->heap[(place - 1) / 2]);
	for (size_t child = 2 * place + 1; child < l->heap_n; child = 2 * place + 1) {
		if (child + 1 < l->heap_n && is_earlier(l->heap[child + 1], l->heap[child]))
			child++;
		if (!is_earlier(l->heap[child], e))
			break;
		put(l, place, l->heap[child]);
		place = child;
	}
	put(l, place, e);
}

static void take_out(struct loop *l, struct entry *e)
{
	struct entry *last = l->heap[--l->heap_n];
	if (last != e)
		settle(l, e->place, last);
}

static void reuse(struct entry *e)
{
	e->next_unused = e->loop->unused;
	e->loop->unused = e;
}

static void on_closed(uv_handle_t *handle)
{
	reuse((struct entry *)handle);
}

/* libuv keeps a handle until a later turn. */
static void forget(struct entry *e)
{
	take_out(e->loop, e);
	if (e->awaited->socket)
		uv_close((uv_handle_t *)&e->poll, on_closed);
	else
		reuse(e);
}

static void finish(struct entry *e, bool came)
{
	e->awaited->came = came;
	forget(e);
	e->over(e->argument);
}

/* What is wrong with a socket, receiving from it tells. */
static void on_readable(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	finish((struct entry *)poll, true);
}

static int watch(struct loop *l, struct entry *e)
{
	int failed = uv_poll_init(&l->uv, &e->poll, e->awaited->socket->handle);
	if (failed) {
		reuse(e);
		return failed;
	}
	failed = uv_poll_start(&e->poll, UV_READABLE, on_readable);
	if (failed)
		uv_close((uv_handle_t *)&e->poll, on_closed);
	l->is_stale = true;
	return failed;
}

static struct entry *entry_new(struct loop *l)
{
	struct entry *e = l->unused;
	if (!e)
		return malloc(sizeof *e);
	l->unused = e->next_unused;
	return e;
}

static int loop_await(struct loop *l, struct awaited *a, void (*over)(void *argument),
		      void *argument)
{
	struct entry *e = entry_new(l);
	if (!e)
		return -ENOMEM;
	e->loop = l;
	e->awaited = a;
	e->over = over;
	e->argument = argument;
	if (!array_push((void **)&l->heap, &l->heap_n, sizeof(struct entry *))) {
		reuse(e);
		return -ENOMEM;
	}
	settle(l, l->heap_n - 1, e);
	int failed = a->socket ? watch(l, e) : 0;
	if (failed)
		take_out(l, e);
	return failed;
}

static size_t loop_awaited_n(const struct loop *l)
{
	return l->heap_n;
}

static void loop_sleep(struct loop *l)
{
	if (l->is_stale || l->heap_n == 0)
		return;
	const struct world_datagram embedded = {.handle = uv_backend_fd(&l->uv)};
	struct awaited first = {.until_ns = l->heap[0]->awaited->until_ns, .socket = &embedded};
	world_await(&first);
}

/* The clock is read once: what is awaited from now on has its turn after the sockets. */
static void loop_turn(struct loop *l)
{
	l->is_stale = false;
	uv_run(&l->uv, UV_RUN_NOWAIT);
	int64_t now_ns = world_now_ns();
	while (l->heap_n > 0 && l->heap[0]->awaited->until_ns <= now_ns)
		finish(l->heap[0], false);
}

static int loop_open(struct loop **opened)
{
	struct loop *l = calloc(1, sizeof *l);
	int failed = l ? uv_loop_init(&l->uv) : -ENOMEM;
	if (failed) {
		free(l);
		l = NULL;
	}
	*opened = l;
	return failed;
}

static void loop_close(struct loop *l)
{
	if (!l)
		return;
	while (l->heap_n > 0)
		forget(l->heap[l->heap_n - 1]);
	uv_run(&l->uv, UV_RUN_DEFAULT); /* until all handles are closed */
	uv_loop_close(&l->uv);
	while (l->unused) {
		struct entry *e = l->unused;
		l->unused = e->next_unused;
		free(e);
	}
	free(l->heap);
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
