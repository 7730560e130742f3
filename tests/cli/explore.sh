#!/bin/bash
# explore - schedules tried by their seeds, and what they find.
set -u
. "$(dirname "$0")/common.sh"

# One found the lock when it looked, is held up with it for a hundred times the interval, and ends.
who_is_held_up_after_a_look_is_no_deadlock() {
	jq '.gil = "pypy"' "$scenarios/explore/three.json" >pypy.json
	for seed in 333 2369 2803; do
		run explore pypy.json --cost=cpython313 --seeds=$seed..$seed
		exits 0
	done
}

exploring_checks_every_invariant_and_says_so() {
	run explore "$scenarios/explore/three.json" --seeds=1..50
	exits 0
	grep -q "^50 seeds in " out || fail "not all"
	grep -q "^0 of the seeds failed" out || fail "some failed"
	[ "$(grep -cE "^ +[1-9][0-9]*  (one_holder|no_lost_wakeup|full_interval|forced_switch|progress|turns|counters) " \
		out)" = 7 ] || fail "not every one"
}

# The starvation that CPython's lock has is no failure.
exploring_tells_of_the_longest_that_a_thread_was_passed_over() {
	run explore "$scenarios/explore/starving.json" --seeds=29..30
	exits 0
	grep -qE "^starvation: seed [0-9]+ \((random|priorities)\): '.*' waited .* for the lock, while [0-9]+ times" out ||
		fail "not told"
}

a_seed_that_fails_is_explained_and_can_be_had_again() {
	run explore "$scenarios/explore/deadlock.json" --seeds=1..40
	exits 1
	seed=$(sed -nE 's/^seed ([0-9]+) .*deadlock: nobody can ever go on$/\1/p' out)
	again=$(sed -n 's/^  again: gilsim //p' out)
	[ -n "$seed" ] && [ "$again" = "explore $scenarios/explore/deadlock.json --seeds=$seed..$seed --log" ] ||
		fail "no way to it"
	grep -q "^    'mutex, then GIL' waits for the lock, which 'GIL, then mutex' has since" out || fail "unexplained"
	sed -n '/what threads did/,/^$/p' out | grep " s  " >before
	[ "$(wc -l <before)" = 30 ] || fail "no trace"
	run $again
	exits 1
	sed -n '/what threads did/,/^$/p' out | grep " s  " >after
	cmp before after || fail "another trace"
	run explore "$scenarios/explore/deadlock.json" --seeds=1..4 --schedule=random --keep-going
	exits 1
	grep -q "^4 seeds in " out || fail "gave up"
}

an_exploration_that_is_interrupted_or_loses_its_process_keeps_what_it_found() {
	cp "$scenarios/explore/three.json" interrupted.json
	"$gilsim" explore interrupted.json --seeds=1..1000000 >out 2>err &
	pid=$!
	wait_until pgrep -P "$pid"
	sleep 0.5
	kill -INT "$pid"
	wait "$pid" || status=$?
	exits 130
	says "interrupted"
	grep -qE "^[0-9]+ seeds in " out || fail "no totals"
	leaves_nobody
	# Of seeds so long that it falls into one: its log is whole up to there.
	jq '.threads[].repeat = 100000' interrupted.json >killed.json
	"$gilsim" explore killed.json --log --seeds=1..1000000 >out 2>err &
	pid=$!
	wait_until has_lines 100 out
	kill -KILL "$(pgrep -P "$pid")"
	wait "$pid" || status=$?
	exits 1
	grep -qE "^seed [0-9]+ .*: failed$" out || fail "which, or a line of the log is torn: $(tail -3 out)"
	grep -q "killed by signal 9" out || fail "why?"
}

bad_explorations_are_one_line() {
	file=$scenarios/explore/three.json
	refuses explore -- "explore: must name a file"
	refuses explore no.json -- "no.json: cannot be read: No such file or directory"
	refuses explore "$file" --seeds=x -- "--seeds: 'x' must be a whole number from 0"
	refuses explore "$file" --seeds=5..1 -- "--seeds: '1' must be a whole number from 5"
	refuses explore "$file" --cores=0 -- "--cores: '0' must be a whole number from 1 to 65536"
	refuses explore "$file" --cost=python4 -- "--cost: 'python4' must be cpython27"
	refuses explore "$file" --schedule=fair -- "--schedule: 'fair' must be random, priorities or both"
	refuses explore "$file" "$file" -- "is a file too many: there is one"
}

claims "$@"
