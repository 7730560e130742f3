/* virtual_channels.c - pipes of the virtual world, as Linux's: 64 KiB each, and level-triggered
 * polls of many.  A pipe has one who sends and one who receives. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/units.h"
#include "world/virtual_process.h"

enum { PIPE_BYTES = 65536, KIB = 1024 };

struct pipe;

struct pipe_end {
	struct file file; /* first */
	struct pipe *pipe;
	bool is_open;
};

struct pipe {
	struct pipe_end in, out;
	struct buffer bytes;
	size_t first; /* of the bytes not received yet */
};

static struct pipe *pipe_of(const struct file *f)
{
	return ((const struct pipe_end *)f)->pipe;
}

static size_t waiting_n(const struct pipe *p)
{
	return p->bytes.size - p->first;
}

static bool can_receive(const struct file *f)
{
	const struct pipe *p = pipe_of(f);
	return waiting_n(p) > 0 || !p->out.is_open;
}

static bool can_send(const struct file *f)
{
	const struct pipe *p = pipe_of(f);
	return waiting_n(p) < PIPE_BYTES || !p->in.is_open;
}

static void close_end(struct file *f)
{
	struct pipe *p = pipe_of(f);
	struct pipe_end *end = (struct pipe_end *)f, *other = end == &p->in ? &p->out : &p->in;
	end->is_open = false;
	if (other->is_open)
		file_went_on(&other->file);
}

/* The last of both ends has the memory. */
static void free_end(struct file *f)
{
	struct pipe *p = pipe_of(f);
	((struct pipe_end *)f)->is_open = false;
	if (p->in.is_open || p->out.is_open)
		return;
	buffer_free(&p->bytes);
	free(p);
}

static const struct file_kind pipe_in = {can_receive, close_end, free_end};
static const struct file_kind pipe_out = {can_send, close_end, free_end};

/* Gives the numbers of its ends. */
static int open_pipe(int *in, struct process *receiver, int *out, struct process *sender)
{
	struct pipe *p = calloc(1, sizeof *p);
	if (!p)
		return -ENOMEM;
	p->in.pipe = p->out.pipe = p;
	int failed = file_open(&p->in.file, &pipe_in, receiver);
	if (failed) {
		free(p);
		return failed;
	}
	p->in.is_open = true;
	failed = file_open(&p->out.file, &pipe_out, sender);
	if (failed) {
		file_close(&p->in.file);
		return failed;
	}
	p->out.is_open = true;
	*in = p->in.file.number;
	*out = p->out.file.number;
	return 0;
}

static void close_number(int number, const struct file_kind *kind)
{
	struct file *f = file_find(number, kind);
	if (f)
		file_close(f);
}

void channel_close(struct world_channel *c)
{
	close_number(c->in, &pipe_in);
	close_number(c->out, &pipe_out);
	*c = (struct world_channel){-1, -1};
}

int channel_open(struct world_channel *near, struct process *near_owner,
		 struct world_channel *far, struct process *far_owner)
{
	*near = *far = (struct world_channel){-1, -1};
	int failed = open_pipe(&near->in, near_owner, &far->out, far_owner);
	if (!failed)
		failed = open_pipe(&far->in, far_owner, &near->out, near_owner);
	if (failed) {
		channel_close(near);
		channel_close(far);
	}
	return failed;
}

/* --- moving bytes --- */

/* So long the caller is busy with them; then those who wait see it. */
static void spend_on(size_t bytes)
{
	task_spend(virtual_costs()->pipe_kib_ns * (int64_t)bytes / KIB);
}

static int put(struct pipe *p, const void *bytes, size_t size)
{
	if (p->first > 0 && (p->first >= PIPE_BYTES || waiting_n(p) == 0)) {
		memmove(p->bytes.bytes, p->bytes.bytes + p->first, waiting_n(p));
		p->bytes.size = waiting_n(p);
		p->first = 0;
	}
	bool was_empty = waiting_n(p) == 0;
	int failed = buffer_append(&p->bytes, bytes, size);
	if (!failed && was_empty)
		file_went_on(&p->in.file);
	return failed;
}

static void take(struct pipe *p, void *bytes, size_t size)
{
	bool was_full = waiting_n(p) == PIPE_BYTES;
	memcpy(bytes, p->bytes.bytes + p->first, size);
	p->first += size;
	if (was_full && p->out.is_open)
		file_went_on(&p->out.file);
}

/* Waits where the end does: whether anything can be moved, or the other end has gone. */
static bool begin_to_move(struct file *f)
{
	task_spend(virtual_costs()->pipe_ns);
	return f->never_waits ? f->kind->is_ready(f) : file_wait(f, "a pipe", ABSENT);
}

int64_t world_send_some(const struct world_channel *c, const void *bytes, size_t size)
{
	struct file *f = file_find(c->out, &pipe_out);
	if (!f)
		return -EBADF;
	if (!begin_to_move(f))
		return 0;
	struct pipe *p = pipe_of(f);
	size_t room = PIPE_BYTES - waiting_n(p);
	size = size < room ? size : room;
	spend_on(size);
	if (!p->in.is_open)
		return -EPIPE;
	int failed = put(p, bytes, size);
	return failed ? failed : (int64_t)size;
}

int64_t world_receive_some(const struct world_channel *c, void *bytes, size_t size)
{
	struct file *f = file_find(c->in, &pipe_in);
	if (!f)
		return -EBADF;
	if (!begin_to_move(f))
		return 0;
	struct pipe *p = pipe_of(f);
	if (waiting_n(p) == 0)
		return size > 0 ? -EPIPE : 0;
	size = size < waiting_n(p) ? size : waiting_n(p);
	spend_on(size);
	take(p, bytes, size);
	return (int64_t)size;
}

int world_send(const struct world_channel *c, const void *bytes, size_t size)
{
	while (size > 0) {
		int64_t moved = world_send_some(c, bytes, size);
		if (moved < 0)
			return (int)moved;
		bytes = (const char *)bytes + moved;
		size -= (size_t)moved;
	}
	return 0;
}

int world_receive(const struct world_channel *c, void *bytes, size_t size)
{
	while (size > 0) {
		int64_t moved = world_receive_some(c, bytes, size);
		if (moved < 0)
			return (int)moved;
		bytes = (char *)bytes + moved;
		size -= (size_t)moved;
	}
	return 0;
}

int world_channel_never_wait(const struct world_channel *c)
{
	struct file *in = file_find(c->in, &pipe_in), *out = file_find(c->out, &pipe_out);
	if (!in || !out)
		return -EBADF;
	in->never_waits = out->never_waits = true;
	return 0;
}

static int64_t deadline_in(int64_t ns)
{
	return ns == ABSENT ? ABSENT : virtual_counts().now_ns + ns;
}

bool world_wait_readable(const struct world_channel *c, int64_t timeout_ns)
{
	struct file *f = file_find(c->in, &pipe_in);
	task_spend(virtual_costs()->poll_ns);
	return f && file_wait(f, "a pipe", deadline_in(timeout_ns));
}

/* --- polls --- */

struct interest {
	struct watch watch; /* first */
	size_t tag;
	struct interest *next, *previous;
};

struct poll {
	struct file file; /* first */
	struct watch_set set;
	struct interest *interests;
};

static void free_poll(struct file *f)
{
	struct poll *p = (struct poll *)f;
	while (p->interests) {
		struct interest *i = p->interests;
		p->interests = i->next;
		free(i);
	}
	free(p);
}

static void close_poll(struct file *f)
{
	for (struct interest *i = ((struct poll *)f)->interests; i; i = i->next)
		watch_end(&i->watch);
}

static const struct file_kind poll_kind = {.close = close_poll, .free = free_poll};

int world_poll_open(struct world_poll *opened)
{
	struct poll *p = calloc(1, sizeof *p);
	opened->handle = -1;
	task_spend(virtual_costs()->poll_ns);
	if (!p || file_open(&p->file, &poll_kind, process_self())) {
		free(p);
		return -ENOMEM;
	}
	opened->handle = p->file.number;
	return 0;
}

void world_poll_close(struct world_poll *p)
{
	close_number(p->handle, &poll_kind);
	p->handle = -1;
}

static int begin_to_ask(struct poll *p, struct file *f, size_t tag)
{
	struct interest *i = malloc(sizeof *i);
	if (!i)
		return -ENOMEM;
	int failed = watch_begin(&i->watch, &p->set, f);
	if (failed) {
		free(i);
		return failed;
	}
	i->tag = tag;
	i->previous = NULL;
	i->next = p->interests;
	if (i->next)
		i->next->previous = i;
	p->interests = i;
	return 0;
}

static int end_asking(struct poll *p, struct file *f)
{
	if (!f->watch || f->watch->set != &p->set)
		return -ENOENT;
	struct interest *i = (struct interest *)f->watch;
	watch_end(&i->watch);
	*(i->previous ? &i->previous->next : &p->interests) = i->next;
	if (i->next)
		i->next->previous = i->previous;
	free(i);
	return 0;
}

static int ask(const struct world_poll *poll, struct file *f, size_t tag, bool begin)
{
	struct poll *p = (struct poll *)file_find(poll->handle, &poll_kind);
	task_spend(virtual_costs()->poll_ns);
	if (!p || !f)
		return -EBADF;
	return begin ? begin_to_ask(p, f, tag) : end_asking(p, f);
}

int world_poll_receive(struct world_poll *p, const struct world_channel *c, size_t tag, bool begin)
{
	return ask(p, file_find(c->in, &pipe_in), tag, begin);
}

int world_poll_send(struct world_poll *p, const struct world_channel *c, size_t tag, bool begin)
{
	return ask(p, file_find(c->out, &pipe_out), tag, begin);
}

/* Those that can go on are listed again behind the others, so that all have their turn. */
static int64_t name_ready(struct poll *p, size_t *tags, size_t most)
{
	size_t n = 0;
	struct watch *last = p->set.last, *w = last ? p->set.first : NULL;
	while (w && n < most) {
		struct watch *next = w == last ? NULL : w->next;
		watch_unlist(w);
		if (watch_is_ready(w)) {
			tags[n++] = ((struct interest *)w)->tag;
			watch_list(w);
		}
		w = next;
	}
	return (int64_t)n;
}

int64_t world_poll_wait(struct world_poll *poll, size_t *tags, size_t most, int64_t timeout_ns)
{
	struct poll *p = (struct poll *)file_find(poll->handle, &poll_kind);
	if (!p)
		return -EBADF;
	task_spend(virtual_costs()->poll_ns);
	watch_set_wait(&p->set, "one of many pipes", deadline_in(timeout_ns));
	return name_ready(p, tags, most);
}
