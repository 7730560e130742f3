#!/bin/bash
# sharing - what threads share: updates and references that are lost without a lock, and where none are.
set -u
. "$(dirname "$0")/common.sh"

# Two threads with these options lose: not every time, for the window between load and store is a few ns
# wide, and the threads may hardly meet.
loses() {
	run --threads=2 --size=20000000 --format=json "${fast[@]}" "$@"
	[ "$(jq '.results[0].lost_updates' out)" -gt 0 ]
}

updates_are_lost_where_the_lock_may_go_between_load_and_store() {
	wait_until loses --workload=counter --gil=cpython32 --interval=1us
	wait_until loses --workload=counter --gil=none
	wait_until loses --workload=countercall --interval=1us
	run --workload=counter --interval=1us --threads=2 --size=20000000 --format=json "${fast[@]}"
	exits 0
	holds '.results[0].lost_updates == 0 and .results[0].checksum == "20000000"'
}

# In processes and interpreters of their own, whatever the lock.
subinterpreters_share_nothing_and_have_a_lock_each() {
	run --workload=counter,countercall,counterlock,refcount --mode=subinterp --gil=cpython,none \
		--interval=1us --threads=1,4 --size=1000000 --format=json "${fast[@]}"
	exits 0
	holds '[.results[].lost_updates] | length == 16 and all(. == 0)'
	# To take a lock for the first time counts as one; a thread alone with it never gives it up.
	holds '[.results[] | select(.gil == "cpython") | .gil_stats.switches == .threads] | all'
	holds '[.results[] | select(.gil == "cpython") | .gil_stats.drop_requests] | all(. == 0)'
	run --workload=counter --mode=subinterp --threads=4 --size=1000 --format=json "${fast[@]}"
	holds '.results[0].checksum == "1000"'
}

free_loses_nothing_on_counterlock_and_refcount_with_1_to_8_threads() {
	run --workload=counterlock,refcount,immortal --mode=free --threads=1..8 --size=400000 \
		--format=json "${fast[@]}"
	exits 0
	holds '[.results[].lost_updates] | length == 24 and all(. == 0)'
	holds '[.results[] | select(.workload == "counterlock").checksum] | all(. == "400000")'
	[ ! -s err ] || fail "a sanitizer speaks"
}

free_may_lose_in_counter_and_says_how_many() {
	wait_until loses --workload=counter --mode=free
	exits 0
	holds '.results[0] | .checksum_ok and .lost_updates == 20000000 - (.checksum | tonumber)'
}

a_method_loses_nothing_under_a_lock_or_with_one_in_its_object() {
	run --workload=counterlock --gil="$(policies)" --interval=1us --threads=2 --size=20000 \
		--format=json "${fast[@]}"
	exits 0
	holds '[.results[] | select(.gil != "none") | .lost_updates] | all(. == 0)'
	run --workload=counterlock --gil=none --counts=biased --threads=2 --size=1000000 \
		--format=json "${fast[@]}"
	exits 0
	holds '.results[0].lost_updates == 0'
}

a_method_without_any_lock_loses() {
	wait_until loses --workload=counterlock --gil=none
	exits 0
}

nobody_counts_an_immortal_object() {
	run --workload=immortal --gil=none --counts=plain,atomic,biased --threads=4 --size=1000000 \
		--format=json "${fast[@]}"
	exits 0
	holds '[.results[].lost_updates] == [0, 0, 0]'
}

processes_share_no_counter_and_lose_nothing() {
	run --workload=counter,refcount --mode=process --threads=4 --size=100000 --format=json "${fast[@]}"
	exits 0
	holds '[.results[].lost_updates] == [0, 0]'
}

# What is lost by adding and by subtracting may cancel out, or the threads may hardly meet.
references_are_lost_only_without_a_lock_on_plain_counts() {
	wait_until loses --workload=refcount --gil=none --size=10000000
	run --workload=refcount --gil=none --counts=atomic,biased --threads=2 --size=10000000 \
		--format=json "${fast[@]}"
	exits 0
	holds '[.results[].lost_updates] == [0, 0]'
	run --workload=refcount --gil=cpython,cpython32 --interval=1us --threads=2 --size=1000000 \
		--format=json "${fast[@]}"
	holds '[.results[].lost_updates] == [0, 0]'
}

# TSan says on stderr what a lock would have to prevent.
items_of_a_shared_list_are_read_without_a_lock_and_without_a_race() {
	writes "(n int) int" "local i int" "LOAD_CONST 0" "LOAD_FAST n" "next: FOR_RANGE done" \
		"STORE_FAST i" "LOAD_GLOBAL_REF u" "LOAD_CONST 0" SUBSCR_FLOATS \
		"LOAD_GLOBAL_REF u" "LOAD_CONST 0" STORE_FLOATS \
		"LOAD_CONST 1.0" "LOAD_GLOBAL_REF u" "LOAD_CONST 0" CALL_FLOATS_ADD \
		"JUMP_BACKWARD next" "done: LOAD_FAST n" RETURN_VALUE
	sed -i '1i global u floats' a.gasm
	run --program=a.gasm --mode=free --threads=4 --size=10000 --format=json "${fast[@]}"
	exits 0
	[ ! -s err ] || fail "a sanitizer speaks"
	run --program=a.gasm --gil=none --counts=plain,atomic --threads=4 --size=10000 --format=json "${fast[@]}"
	exits 0
	[ ! -s err ] || fail "a sanitizer speaks"
}

claims "$@"
