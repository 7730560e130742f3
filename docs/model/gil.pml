/* gil.pml - the lock of the policies cpython and cpython32, in every order of its steps.
 *
 * A step is one access to what threads share without a mutex (the owner's word, a breaker), with
 * what the C does beside it to things that a mutex guards, while it has that mutex.  README.md says
 * what is left out and why that is sound.  Each part names what it mirrors, as FILE:FUNCTION of
 * src/; tests/model.sh looks whether that exists, and checks all that is claimed below.
 *
 * -DN=        threads, 2 to 4
 * -DUNTIMED   no wait has an interval, so nobody asks: the policy opcode
 * -DENDLESS   no thread ends, or stays away for ever
 * -DCALLERS=  which threads, a bit each, also release of their own accord; without it, all
 * -DTIMELY    no interval ends while a thread is on its way to the mutex: it is longer than such
 *             a wait.  Without, it may end at any time.
 * -DPROMPT    nor while one is awake in the lock's code, or was asked and goes on
 *
 * Mutants, each with one thing broken, which must be found:
 * -DNO_WAKE           a drop wakes nobody
 * -DNO_LAST_HOLDER    who was asked waits for a switch even if there was one
 * -DNO_FORCED_SWITCH  who was asked does not wait
 * -DNO_RECHECK        a waiter asks after an interval in which there was a switch
 * -DNO_INTERVAL       a waiter asks when it is woken, too
 * -DNO_OWNER          a lock that is free and not waited for is taken by the word alone, whoever
 *                     had it last
 * -DNO_CLAIM          a waiter does not say in the owner's word that it deals with the lock
 * -DNO_SWITCH_MUTEX   the owner changes without the second mutex */

#ifndef N
#define N 2
#endif
#ifndef CALLERS
#define CALLERS 255
#endif
#define NOBODY N

#ifdef ENDLESS
#define MAY_END false
#else
#define MAY_END true
#endif

#if defined(UNTIMED)
#define INTERVAL_MAY_END false
#elif defined(PROMPT)
#define INTERVAL_MAY_END (!ANY_AWAKE && !ANY(SWITCHED) && !(owner_held && breaker[owner_last]))
#elif defined(TIMELY)
#define INTERVAL_MAY_END (!ANY(AT_MUTEX) && !ANY(WOKEN))
#else
#define INTERVAL_MAY_END true
#endif

#if defined(NO_RECHECK)
#define MAY_ASK timed_out
#elif defined(NO_INTERVAL)
#define MAY_ASK !moved[me]
#else
#define MAY_ASK (timed_out && !moved[me])
#endif
#ifdef NO_LAST_HOLDER
#define IS_LAST_HOLDER true
#else
#define IS_LAST_HOLDER (owner_last == me)
#endif
#ifdef NO_OWNER
#define MAY_TAKE_AGAIN true
#else
#define MAY_TAKE_AGAIN (owner_last == me)
#endif
#ifdef NO_SWITCH_MUTEX
#define SWITCH_MUTEX_IS_FREE true
#else
#define SWITCH_MUTEX_IS_FREE !switch_mutex
#endif

/* Where a thread is.  Who sleeps is in one of the condition's two groups. */
mtype = { OUTSIDE, HOLDS, IN_CODE, AT_MUTEX, ASLEEP, ASLEEP_OLDER, WOKEN, AWAITS_SWITCH, SWITCHED };
mtype = { RETAKES, RELEASES, DETACHES };

/* gil.h, struct gil.  The owner is one word, so all three parts are read or written in one step. */
byte owner_last = NOBODY;
bool owner_held, owner_waited;
bool mutex, switch_mutex;
byte waiting_n;
bool moved[N];	  /* the switch number has, since this thread read it before it went to sleep */
bool breaker[N];  /* struct gil_thread, its bit GIL_DROP_REQUEST */
mtype does[N] = OUTSIDE;

/* What only the model knows, to look at the lock from outside. */
byte holder = NOBODY, held_last = NOBODY;
bool switch_seen[N];  /* since this thread went to sleep */
hidden byte k;

#if N == 2
#define ANY(STATE) (does[0] == STATE || does[1] == STATE)
#elif N == 3
#define ANY(STATE) (does[0] == STATE || does[1] == STATE || does[2] == STATE)
#else
#define ANY(STATE) (does[0] == STATE || does[1] == STATE || does[2] == STATE || does[3] == STATE)
#endif
#define ANY_ASLEEP (ANY(ASLEEP) || ANY(ASLEEP_OLDER))
#define ANY_AWAKE (ANY(IN_CODE) || ANY(AT_MUTEX) || ANY(WOKEN))
#define IS_ASLEEP(T) (does[T] == ASLEEP || does[T] == ASLEEP_OLDER)
#define WAITS(T) (IS_ASLEEP(T) || does[T] == WOKEN)

/* In the step that makes this thread the holder: at most one thread holds the lock; the switch
 * number counts those takes whose thread is not the one that held it last; and who was asked has
 * the lock again only after another. */
inline become_holder(counts_switch)
{
	assert(holder == NOBODY);
	assert(counts_switch == (held_last != me));
	assert(!asked || held_last != me);
	if
	:: held_last != me ->
		k = 0;
		do
		:: k < N -> switch_seen[k] = WAITS(k); k++
		:: else -> break
		od
	:: else
	fi;
	holder = me;
	does[me] = HOLDS;
	held_last = me;
	asked = false
}

inline be_no_holder()
{
	assert(holder == me);
	holder = NOBODY;
	asked = breaker[me] && then != DETACHES
}

/* A drop is requested after a full interval of waiting without a switch, and of the holder. */
inline ask()
{
	assert(timed_out && !switch_seen[me]);
	assert(owner_last == holder);
	breaker[owner_last] = true
}

/* sync.h:condition_signal, sync.c:condition_signal_slow, sync.c:switch_groups: one of the older
 * group, and when that is empty the newer one becomes it. */
inline signal_freed()
{
	if
	:: !ANY(ASLEEP_OLDER) ->
		k = 0;
		do
		:: k < N ->
			if
			:: does[k] == ASLEEP -> does[k] = ASLEEP_OLDER
			:: else
			fi;
			k++
		:: else -> break
		od
	:: else
	fi;
	if
	:: does[0] == ASLEEP_OLDER -> does[0] = WOKEN
	:: does[1] == ASLEEP_OLDER -> does[1] = WOKEN
#if N > 2
	:: does[2] == ASLEEP_OLDER -> does[2] = WOKEN
#endif
#if N > 3
	:: does[3] == ASLEEP_OLDER -> does[3] = WOKEN
#endif
	:: else
	fi
}

/* handoff.h:count_switch, and the signal to who waits for it: there is at most one. */
inline count_switch()
{
	k = 0;
	do
	:: k < N ->
		moved[k] = WAITS(k);
		if
		:: does[k] == AWAITS_SWITCH -> does[k] = SWITCHED
		:: else
		fi;
		k++
	:: else -> break
	od
}

active [N] proctype thread()
{
	bool asked;	/* when it dropped the lock last, and it did not detach */
	bool timed_out;	/* its wait ended by its interval */
	mtype then;
	byte me = _pid;

outside:
	if
	:: true
	:: MAY_END -> goto end
	fi;

	/* handoff_condition.c:take, gil.c:gil_take, gil.c:gil_section_end */
take:	atomic {
		breaker[me] = false;	/* handoff.h:clear_request */
		if	/* handoff_condition.c:take_again */
		:: MAY_TAKE_AGAIN && !owner_held && !owner_waited ->
			owner_last = me;
			owner_held = true;
			become_holder(false);
			goto holds
		:: else -> does[me] = AT_MUTEX
		fi
	}
	atomic {
		!mutex -> mutex = true;
		does[me] = IN_CODE;
#ifndef NO_CLAIM
		owner_waited = true;	/* handoff_condition.c:claim */
#endif
		if
		:: !owner_held -> goto hold
		:: else -> waiting_n++
		fi
	}

	/* handoff_condition.c:wait_until_free, sync.c:condition_wait */
	do
	:: atomic { !owner_held -> waiting_n--; break }
	:: d_step { owner_held -> does[me] = ASLEEP; mutex = false };
		atomic {
			if
			:: does[me] == WOKEN && !mutex
			:: IS_ASLEEP(me) && !mutex && INTERVAL_MAY_END -> timed_out = true
			fi;
			mutex = true;
			does[me] = IN_CODE;
			if
			:: owner_held && MAY_ASK ->
				ask()
			:: else
			fi;
			timed_out = false;
			moved[me] = false;
			switch_seen[me] = false
		}
	od;

	/* handoff_condition.c:hold */
hold:	if
	:: d_step { owner_last == me ->
		owner_held = true;
		owner_waited = waiting_n > 0;
		become_holder(false);
		mutex = false }
	:: d_step { owner_last != me && SWITCH_MUTEX_IS_FREE ->
		owner_last = me;
		owner_held = true;
		owner_waited = waiting_n > 0;
		become_holder(true);
		count_switch();
		mutex = false }
	fi;

holds:	atomic {
		if	/* bytecode, and gil.c:gil_check */
		:: breaker[me] -> then = RETAKES
		:: !breaker[me] -> goto holds
		:: (CALLERS >> me) & 1 -> then = RELEASES	/* gil.c:gil_section_begin */
		:: MAY_END -> then = DETACHES			/* gil.c:gil_detach */
		fi;
		/* handoff_condition.c:drop */
		if	/* handoff_condition.c:drop_unwaited */
		:: owner_last == me && owner_held && !owner_waited ->
			assert(!ANY_ASLEEP);
			be_no_holder();
			owner_held = false;
			does[me] = IN_CODE;
			goto dropped
		:: else -> does[me] = AT_MUTEX
		fi
	}
	atomic {
		!mutex ->
		does[me] = IN_CODE;
		be_no_holder();
		owner_held = false;
		owner_waited = true;
#ifndef NO_WAKE
		signal_freed()
#endif
	}
dropped:
	if
	:: asked
	:: !asked && then != DETACHES -> goto leave
	:: then == DETACHES -> goto end
	fi;

	/* gil.c:drop_and_switch, handoff_condition.c:wait_for_switch */
#ifndef NO_FORCED_SWITCH
	if
	:: d_step { !switch_mutex && IS_LAST_HOLDER -> switch_mutex = true }
		d_step { breaker[me] = false; does[me] = AWAITS_SWITCH; switch_mutex = false }
		d_step { does[me] == SWITCHED && !switch_mutex -> does[me] = IN_CODE }
	:: !switch_mutex && !IS_LAST_HOLDER
	fi;
#endif
leave:	if
	:: then == RETAKES -> then = 0; goto take	/* gil.c:drop_and_take */
	:: atomic { then == RELEASES -> then = 0; does[me] = OUTSIDE; goto outside }
	fi;
end:	atomic { then = 0; asked = false; does[me] = OUTSIDE }
}

/* Nobody sleeps at a free lock unless another is awake in the lock's code, nor for a switch that
 * has been.  All threads are alike, so what holds of thread 0 holds of each. */
active proctype monitor()
{
end:	if
	:: atomic { !owner_held && ANY_ASLEEP && !ANY_AWAKE -> assert(!ANY_ASLEEP) }
	:: atomic { !switch_mutex && does[0] == AWAITS_SWITCH && owner_last != 0 -> assert(owner_last == 0) }
	fi
}

ltl every_waiter_holds { [] (does[0] == ASLEEP -> <> (does[0] == HOLDS)) }
ltl every_switch_comes { [] (does[0] == AWAITS_SWITCH -> <> (does[0] != AWAITS_SWITCH)) }
/* Of threads that compute: some waiter always has its turn. */
ltl nobody_keeps_it { [] <> (holder != 0 && holder != NOBODY) }
