/* loop_uv.c - the event loop, on libuv.
 *
 * libuv watches the sockets.  Its timers know whole milliseconds only, of a time that it read
 * earlier, and so does its sleep.  Therefore times are kept here, in a heap; and the thread
 * sleeps, by ppoll, on the descriptor that libuv has for being embedded. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include "world/event_heap.h"
#include "world/loop.h"

/* One thing awaited. */
struct entry {
	size_t place;	/* first: in the heap */
	uv_poll_t poll; /* of its socket */
	struct loop *loop;
	struct awaited *awaited;
	void (*over)(void *argument);
	void *argument;
	struct entry *next_unused;
};

struct loop {
	uv_loop_t uv;
	struct heap heap; /* by time */
	uint64_t order;	  /* of entries, so far */
	struct entry *unused;
	bool is_stale; /* libuv tells the system of a new socket in its next turn only */
};

static void reuse(struct entry *e)
{
	e->next_unused = e->loop->unused;
	e->loop->unused = e;
}

static void on_closed(uv_handle_t *handle)
{
	reuse(handle->data);
}

/* libuv keeps a handle until a later turn. */
static void forget(struct entry *e)
{
	heap_remove(&e->loop->heap, e);
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
	finish(poll->data, true);
}

static int watch(struct loop *l, struct entry *e)
{
	int failed = uv_poll_init(&l->uv, &e->poll, e->awaited->socket->handle);
	if (failed) {
		reuse(e);
		return failed;
	}
	e->poll.data = e;
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
	if (heap_reserve(&l->heap, l->heap.n + 1)) {
		reuse(e);
		return -ENOMEM;
	}
	int failed = a->socket ? watch(l, e) : 0;
	if (!failed)
		heap_push(&l->heap, a->until_ns, l->order++, e);
	return failed;
}

static size_t loop_awaited_n(const struct loop *l)
{
	return l->heap.n;
}

static void loop_sleep(struct loop *l)
{
	if (l->is_stale || l->heap.n == 0)
		return;
	const struct world_datagram embedded = {.handle = uv_backend_fd(&l->uv)};
	struct awaited first = {.until_ns = l->heap.entries[0].key, .socket = &embedded};
	world_await(&first);
}

/* The clock is read once: what is awaited from now on has its turn after the sockets. */
static void loop_turn(struct loop *l)
{
	l->is_stale = false;
	uv_run(&l->uv, UV_RUN_NOWAIT);
	int64_t now_ns = world_now_ns();
	while (l->heap.n > 0 && l->heap.entries[0].key <= now_ns)
		finish(heap_first(&l->heap), false);
}

/* libuv aborts where it is refused either, and says nothing.  So it never sees memory refused, and
 * begins only where it will get its descriptors: of the loop, and of signals. */

static void *allocate(size_t size)
{
	void *memory = malloc(size);
	if (!memory)
		_exit(ENDS_WITHOUT_MEMORY);
	return memory;
}

static void *allocate_many(size_t n, size_t size)
{
	void *memory = calloc(n, size);
	if (!memory)
		_exit(ENDS_WITHOUT_MEMORY);
	return memory;
}

static void *reallocate(void *old, size_t size)
{
	void *memory = realloc(old, size);
	if (!memory && size)
		_exit(ENDS_WITHOUT_MEMORY);
	return memory;
}

static int check_descriptors(void)
{
	enum { NEEDED_N = 8 };
	int fds[NEEDED_N], n = 0;
	while (n < NEEDED_N && (fds[n] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
		n++;
	int failed = n < NEEDED_N ? -errno : 0;
	while (n > 0)
		close(fds[--n]);
	return failed;
}

static int loop_open(struct loop **opened)
{
	struct loop *l = calloc(1, sizeof *l);
	int failed = l ? check_descriptors() : -ENOMEM;
	uv_replace_allocator(allocate, reallocate, allocate_many, free);
	if (!failed)
		failed = uv_loop_init(&l->uv);
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
	while (l->heap.n > 0)
		forget(heap_first(&l->heap));
	uv_run(&l->uv, UV_RUN_DEFAULT); /* until all handles are closed */
	uv_loop_close(&l->uv);
	while (l->unused) {
		struct entry *e = l->unused;
		l->unused = e->next_unused;
		free(e);
	}
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
