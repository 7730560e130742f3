/* exchange.c - a parent beside its workers: it serialises each message of tasks, parses each of
 * results, one after the other, and never waits for one worker alone.
 *
 * A child has one message at a time: tasks, then their results.  So neither side ever fills a
 * pipe that the other does not empty. */
#include <errno.h>
#include <string.h>

#include "mode/process.h"

/* The time since the last step belongs to this one. */
static void lap(struct crew *crew, int64_t *total_ns)
{
	int64_t now_ns = world_now_ns();
	*total_ns += now_ns - crew->lap_ns;
	crew->lap_ns = now_ns;
}

static struct parent_figures *figures(const struct crew *crew)
{
	return &crew->run->measured->parent;
}

static struct child *end_of(const struct crew *crew)
{
	return crew->children + crew->children_n;
}

static size_t tag_of(const struct child *c)
{
	return (size_t)(c - c->crew->children);
}

/* Whoever is idle longest is dealt to first. */
static void become_idle(struct child *c)
{
	c->state = CHILD_IDLE;
	c->next = NULL;
	*c->crew->idle_end = c;
	c->crew->idle_end = &c->next;
}

/* One that has nothing left of its own ends by itself, and may be gone at any time; one of a pool
 * waits. */
static int become_free(struct child *c)
{
	struct crew *crew = c->crew;
	if (crew->run->pool || c->own.n) {
		become_idle(c);
		return 0;
	}
	c->state = CHILD_ENDS;
	return world_poll_receive(&crew->poll, &c->process->channel, tag_of(c), false);
}

static struct child *next_idle(struct crew *crew)
{
	struct child *c = crew->idle;
	if (!c)
		return NULL;
	crew->idle = c->next;
	if (!crew->idle)
		crew->idle_end = &crew->idle;
	return c;
}

/* All of the message was sent.  A child that was told to end may be gone at any time. */
static int all_was_sent(struct child *c)
{
	struct crew *crew = c->crew;
	message_clear(&c->message);
	if (c->state == CHILD_ENDS)
		return world_poll_receive(&crew->poll, &c->process->channel, tag_of(c), false);
	c->state = CHILD_WORKS;
	return 0;
}

/* Sends what the pipe takes; once it has room again, `step` goes on. */
static int begin_to_send(struct child *c, enum child_state state, struct parcel p,
			 const union value *numbers)
{
	struct crew *crew = c->crew;
	c->state = state;
	int failed = message_write(&c->message, &crew->arguments, p, numbers);
	lap(crew, &figures(crew)->serialise_ns);
	if (failed)
		return failed;
	int sent = message_send(&c->message, &c->process->channel);
	lap(crew, &figures(crew)->move_ns);
	if (sent == 0)
		return world_poll_send(&crew->poll, &c->process->channel, tag_of(c), true);
	return sent < 0 ? sent : all_was_sent(c);
}

static int go_on_sending(struct child *c)
{
	int sent = message_send(&c->message, &c->process->channel);
	lap(c->crew, &figures(c->crew)->move_ns);
	if (sent <= 0)
		return sent;
	int failed = world_poll_send(&c->crew->poll, &c->process->channel, tag_of(c), false);
	return failed ? failed : all_was_sent(c);
}

/* The first answer of one of a pool says that it is ready, each other has the results of what the
 * child was dealt. */
static int take_results(struct child *c)
{
	struct crew *crew = c->crew;
	struct parcel p;
	bool is_right = !message_read(&c->message, &crew->results, c->dealt.n, &p,
				      crew->totals + c->dealt.first) &&
			p.n == c->dealt.n && p.first == c->dealt.first;
	crew->run->measured->garbled |= !is_right;
	message_clear(&c->message); /* that an idle child ends can be received, too */
	crew->busy_n--;
	lap(crew, &figures(crew)->serialise_ns);
	return become_free(c);
}

static int go_on_receiving(struct child *c)
{
	int received = message_receive(&c->message, &c->process->channel);
	lap(c->crew, &figures(c->crew)->move_ns);
	return received == 1 ? take_results(c) : received;
}

/* A child that is sent something can do nothing but end; that is seen by sending, too. */
static int step(struct child *c)
{
	if (c->state == CHILD_IS_SENT)
		return go_on_sending(c);
	return c->state == CHILD_ENDS ? 0 : go_on_receiving(c);
}

static int look_for_gone(struct child *c, int failed)
{
	if (failed != -EPIPE)
		return failed;
	c->crew->gone = c;
	return -ECHILD;
}

/* Waits until some child can go on, and goes on with all that can. */
static int go_round(struct crew *crew, int64_t timeout_ns)
{
	enum { TAGS_MOST = 64 };
	size_t tags[TAGS_MOST];
	int64_t n = world_poll_wait(&crew->poll, tags, TAGS_MOST, timeout_ns);
	int failed = n < 0 ? (int)n : 0;
	lap(crew, &figures(crew)->wait_ns);
	for (int64_t k = 0; k < n && !failed; k++) {
		struct child *c = &crew->children[tags[k]];
		failed = look_for_gone(c, step(c));
	}
	return failed;
}

int exchange_begin(struct crew *crew)
{
	int failed = 0;
	bool pool = crew->run->pool;
	crew->lap_ns = world_now_ns();
	*figures(crew) = (struct parent_figures){0};
	crew->idle_end = &crew->idle;
	for (struct child *c = crew->children; c < end_of(crew) && !failed; c++) {
		failed = world_channel_never_wait(&c->process->channel);
		if (!failed)
			failed = world_poll_receive(&crew->poll, &c->process->channel, tag_of(c),
						    true);
		if (!failed && !pool)
			failed = become_free(c);
	}
	crew->busy_n = pool ? crew->children_n : 0;
	while (crew->busy_n && !failed)
		failed = go_round(crew, ABSENT);
	return failed;
}

/* From the child's own share, or from what all draw on. */
static struct parcel cut(struct child *c)
{
	struct parcel *from = c->crew->run->pool ? &c->crew->pool : &c->own;
	int64_t n = from->n < c->crew->chunk ? from->n : c->crew->chunk;
	struct parcel p = {from->first, n};
	from->first += n;
	from->n -= n;
	return p;
}

/* To one of a pool, only if there is something left. */
static int deal_to(struct child *c)
{
	struct crew *crew = c->crew;
	const struct work *work = crew->run->work;
	c->dealt = cut(c);
	if (!c->dealt.n)
		return 0;
	crew->busy_n++;
	return begin_to_send(c, CHILD_IS_SENT, c->dealt,
			     work->args + (size_t)c->dealt.first * work->args_n);
}

/* Those of a pool start together; others each when it is ready. */
static void start_together(struct crew *crew)
{
	for (struct child *c = crew->children; c < end_of(crew); c++) {
		struct worker *w = c->worker;
		w->start_ns = w->began_ns = w->end_ns = crew->lap_ns;
	}
}

int exchange_tasks(struct crew *crew)
{
	int failed = 0;
	struct world_usage before, after;
	world_usage(&before);
	crew->lap_ns = world_now_ns();
	*figures(crew) = (struct parent_figures){0};
	if (crew->run->pool)
		start_together(crew);
	while ((crew->idle || crew->busy_n) && !failed) {
		struct child *c = next_idle(crew);
		if (c)
			failed = look_for_gone(c, deal_to(c));
		if (!failed)
			failed = go_round(crew, c ? 0 : ABSENT);
	}
	world_usage(&after);
	figures(crew)->cpu_ns = after.user_ns + after.sys_ns - before.user_ns - before.sys_ns;
	return failed;
}

int exchange_end(struct crew *crew)
{
	const struct parcel none = {0};
	const struct parent_figures measured = *figures(crew);
	int failed = 0;
	for (struct child *c = crew->children; c < end_of(crew) && !failed; c++)
		if (c->state != CHILD_ENDS)
			failed = look_for_gone(c, begin_to_send(c, CHILD_ENDS, none, NULL));
	*figures(crew) = measured; /* the clock had stopped */
	return failed;
}
