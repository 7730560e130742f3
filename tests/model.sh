#!/bin/bash
# model - the lock's model (docs/model/gil.pml) in all orders of its steps, with spin: the rules hold,
# each broken lock is found, and so is the starvation that CPython's rules allow.
# Usage: model.sh [CLAIM...]
set -u
. "$(dirname "$0")/tap.sh"
model=$root/docs/model/gil.pml

# prepare SPIN-OPTION... -- CC-OPTION... - makes ./pan, which looks for errors in the model.
prepare() {
	local options=()
	command -v spin >/dev/null || { echo "spin is not installed" && exit 77; }
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	spin "${options[@]}" -a "$model" >spin.log 2>&1 || fail "spin fails: $(cat spin.log)"
	"${CC:-cc}" -w "$@" -o pan pan.c >cc.log 2>&1 || fail "pan is not built: $(cat cc.log)"
}

# search PAN-OPTION... - what is found is in out.
search() {
	timeout 300 ./pan -m1000000 -w22 "$@" >out 2>&1 || fail "the search fails: $(tail -3 out)"
}

# All was searched, and there is no error.
finds_nothing() {
	grep -q "errors: 0$" out && ! grep -E "too small|not completed" out || fail "$(grep '^pan:' out)"
}

# In all orders: no assertion fails, and nobody stands still for ever.
keeps_its_rules() {
	prepare "$@" -- -DSAFETY -DNOCLAIM -DCOLLAPSE -DMEMLIM=2000
	search
	finds_nothing
}

# breaks TEXT -DMUTANT... - among the first errors that are found is that one, in the words of pan.
only=()
breaks() {
	local text=$1
	shift
	prepare "$@" -- -DSAFETY -DNOCLAIM
	search -c20 -e "${only[@]}"
	grep -F "$text" out >found || fail "does not find '$text': $(grep '^pan:' out)"
}

# The same of deadlocks, whatever else is found.
stands_still() {
	local only=(-A)
	breaks "invalid end state" "$@"
}

# Whether a formula holds in all orders that are weakly fair; or there is one in which it does not,
# whatever assertion fails in it.
holds_always() {
	fairly "$@"
	finds_nothing
}
holds_not_always() {
	local only=(-A)
	fairly "$@"
	grep -q "^pan:1: acceptance cycle" out || fail "no order in which it does not"
}
fairly() {
	local formula=$1
	shift
	prepare "$@" -- -DNFAIR=3 -DCOLLAPSE -DMEMLIM=2000
	search -a -f -N "$formula" "${only[@]}"
}

what_the_model_mirrors_is_in_the_source() {
	grep -oE '\b[a-z_]+\.[ch]:[a-z_]+' "$model" | sort -u >cited
	[ "$(wc -l <cited)" -ge 20 ] || fail "cites only $(wc -l <cited)"
	while IFS=: read -r file function; do
		grep -qE "^[a-z].*\b$function\(.*[^;]$" "$root"/src/*/"$file" || fail "$file has no function $function"
	done <cited
}

# At most one holder, no lost wake-up, no deadlock, requests after a full interval, forced switches,
# the switch number: all are looked at in each step.
two_threads_keep_the_rules_in_every_order() { keeps_its_rules -DN=2; }
three_threads_keep_the_rules_in_every_order() { keeps_its_rules -DN=3; }
four_threads_keep_the_rules_in_every_order() { keeps_its_rules -DN=4; }
without_intervals_two_threads_keep_the_rules() { keeps_its_rules -DN=2 -DUNTIMED; }
without_intervals_three_threads_keep_the_rules() { keeps_its_rules -DN=3 -DUNTIMED; }
without_intervals_four_threads_keep_the_rules() { keeps_its_rules -DN=4 -DUNTIMED; }

of_two_threads_who_waits_for_a_switch_goes_on() { holds_always every_switch_comes -DN=2; }
of_three_threads_who_waits_for_a_switch_goes_on() { holds_always every_switch_comes -DN=3; }
of_two_threads_every_waiter_has_its_turn() { holds_always every_waiter_holds -DN=2 -DCALLERS=0 -DTIMELY; }
of_two_threads_who_releases_has_its_turn() { holds_always every_waiter_holds -DN=2 -DCALLERS=1 -DTIMELY; }
of_three_threads_some_waiter_has_its_turn() {
	holds_always nobody_keeps_it -DN=3 -DCALLERS=0 -DENDLESS -DTIMELY
}
of_four_threads_some_waiter_has_its_turn() {
	holds_always nobody_keeps_it -DN=4 -DCALLERS=0 -DENDLESS -DTIMELY
}

# What CPython's rules allow, too.
one_of_three_threads_may_starve() {
	holds_not_always every_waiter_holds -DN=3 -DCALLERS=0 -DENDLESS -DPROMPT
}
beside_short_calls_the_other_of_two_threads_may_starve() {
	holds_not_always every_waiter_holds -DN=2 -DCALLERS=2 -DENDLESS -DPROMPT
}

a_drop_that_wakes_nobody_is_found() {
	breaks "((does[0]==" -DNO_WAKE
	stands_still -DNO_WAKE -DUNTIMED
}
a_forced_switch_without_a_look_at_the_last_holder_is_found() {
	breaks "(owner_last==0)" -DNO_LAST_HOLDER
	stands_still -DNO_LAST_HOLDER
	holds_not_always every_switch_comes -DCALLERS=0 -DENDLESS -DTIMELY -DNO_LAST_HOLDER
}
a_dropper_that_does_not_wait_for_a_switch_is_found() {
	breaks "(held_last!=me)" -DNO_FORCED_SWITCH
	holds_not_always every_waiter_holds -DCALLERS=0 -DENDLESS -DTIMELY -DNO_FORCED_SWITCH
	holds_not_always nobody_keeps_it -DCALLERS=0 -DENDLESS -DTIMELY -DNO_FORCED_SWITCH
}
a_request_after_an_interval_with_a_switch_is_found() { breaks "!(switch_seen[me])" -DN=3 -DNO_RECHECK; }
a_request_without_an_interval_is_found() { breaks "(timed_out&&" -DNO_INTERVAL; }
a_fast_take_after_another_thread_is_found() { breaks "(held_last!=me))" -DNO_OWNER; }
a_waiter_that_does_not_claim_the_word_is_found() {
	breaks "(holder==2)" -DNO_CLAIM
	breaks "((does[0]==" -DNO_CLAIM
}
an_owner_that_changes_without_the_second_mutex_is_found() { stands_still -DNO_SWITCH_MUTEX; }

claims "$@"
