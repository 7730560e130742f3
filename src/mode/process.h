/* process.h - what the files of mode process share: the workers, as their parent knows them.
 *
 * Owner    process.c opens and closes all of it; a child has a copy of it as it was when it
 *          was forked. */
#pragma once

#include "mode/message.h"
#include "mode/mode.h"

enum child_state {
	CHILD_STARTS,	/* has not said yet that it is ready; of a pool only */
	CHILD_IDLE,	/* has no task */
	CHILD_IS_SENT,	/* a message of tasks, of which some is still to be sent */
	CHILD_WORKS,	/* has been sent tasks; its results may be on their way */
	CHILD_ENDS,	/* was told to, or has nothing left to do */
};

struct child {
	struct crew *crew;
	struct worker *worker;
	struct world_process *process;
	enum child_state state;
	struct parcel own;	/* its share that was not dealt yet; none in a pool */
	struct parcel dealt;	/* what it works on */
	struct message message; /* to it, then from it */
	struct child *next;	/* in the queue of those who are idle */
	int status;		/* how it ended: see world_wait */
};

struct crew {
	const struct run *run;
	struct child *children;
	struct world_process *processes; /* of the children */
	int64_t children_n;		 /* forked so far */
	int64_t chunk;	    /* tasks in a message, at most */
	struct parcel pool; /* what was not dealt yet; none without a pool */
	struct layout arguments, results;
	union value *totals; /* results of all, by task */
	struct child *idle, **idle_end;
	int64_t busy_n; /* children from which an answer is expected */
	struct world_poll poll;
	int64_t lap_ns;	    /* when the parent's last step ended */
	struct child *gone; /* the one that ended too early; NULL: none so far */
};

enum { CHILD_FAILED = 1 };

/* In the child: runs what the parent sends, until it is told to end.  Its exit status. */
int serve(const struct world_channel *parent, void *child);

/* In the parent.  0 or a negative errno: -ECHILD with crew->gone. */

/* Waits until all children of a pool stand ready. */
int exchange_begin(struct crew *crew);
/* Deals all tasks out and collects their results. */
int exchange_tasks(struct crew *crew);
/* Tells those of a pool to end. */
int exchange_end(struct crew *crew);
