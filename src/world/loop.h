/* loop.h - an event loop: one thread that waits for many things at once.
 *
 * It lives in a module, on libuv, that is loaded when first asked for: a plain run pays nothing
 * for it.  It starts no thread.
 *
 *	loops->open(&loop);
 *	loops->await(loop, &awaited, call_me, argument);
 *	while (loops->awaited_n(loop)) {
 *		loops->sleep(loop);
 *		loops->turn(loop);
 *	}
 *	loops->close(loop);
 *
 * Errors   0 or a negative errno.
 * Owner    what is awaited is the caller's, and stays until it is over or the loop is closed;
 *          a socket is closed after that.
 * Threads  a loop belongs to one thread. */
#pragma once

#include "base/error.h"
#include "world/await.h"

/* The exit status of a process whose loop was refused memory that it cannot do without. */
enum { ENDS_WITHOUT_MEMORY = 12 };

struct loop;

struct loops {
	int (*open)(struct loop **l);
	/* What is still awaited is given up, uncalled.  NULL is closed already. */
	void (*close)(struct loop *l);
	/* Once it is over, some turn says in `a` how, and calls over(argument), which may await
	 * again. */
	int (*await)(struct loop *l, struct awaited *a, void (*over)(void *argument),
		     void *argument);
	size_t (*awaited_n)(const struct loop *l);
	/* Until something may be over.  Calls nothing. */
	void (*sleep)(struct loop *l);
	/* Calls for all that is over by now. */
	void (*turn)(struct loop *l);
};

/* Requires that it was built.  NULL, with the reason in err, when the module cannot be loaded. */
const struct loops *loops_load(struct error *err);
bool loops_were_built(void);
