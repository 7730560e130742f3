#!/bin/bash
# accounting - where the time of a run went, for each thread and in the table.
set -u
. "$(dirname "$0")/common.sh"

# every_account MODES POLICIES CLAIM...: true of every workload, form, level and number of threads
# in those modes under those policies, with an interval so short that there are switches.
every_account() {
	local modes=$1 policies=$2 work
	shift 2
	for work in "laplace --size=8 --tasks=9 --iterations=3" "fib --size=60 --tasks=9" "count --size=5000"; do
		# shellcheck disable=SC2086  # a name and its options
		run --workload=$work --mode="$modes" --engine=bytecode,native --gil="$policies" --threads=1,2,8 \
			--accounting=counts,full --interval=50us --format=json "${fast[@]}"
		exits 0
		holds '.results | length > 0'
		for claim in "$@"; do
			holds ".results | all($claim)"
		done
	done
}

# Every thread of a run has the same wall time, that of the repeat which is shown.
add_up='.wall_ns.samples as $walls
	| [.per_thread[].time_ns | .running + .gil_wait + .io + .start_join] | unique
	| length == 1 and . - $walls == []'
running_adds_up='if .accounting == "full"
	then all(.per_thread[].time_ns; .bytecode + .native_held + .native_released == .running)
	else all(.per_thread[].time_ns; .bytecode == null and .native_held == null) end'
none_is_negative='all(.time_ns, .per_thread[].time_ns | .[]; . == null or . >= 0)'

# In each mode: a process has a lock of its own, so one policy does for it.
no_bucket_is_negative_and_they_add_up_to_the_wall_time_of_every_thread() {
	every_account locked,released "$(policies)" "$add_up" "$running_adds_up" "$none_is_negative"
	every_account process cpython "$add_up" "$running_adds_up" "$none_is_negative"
}

# Unlike their sum this does not follow from how the buckets are made: a wait that was missed
# would count as holding, beside the one who held it.
threads_hold_the_lock_they_share_no_longer_than_wall_time() {
	every_account locked,released cpython,cpython32 '(.per_thread[0].time_ns
		| .running + .gil_wait + .io + .start_join) as $wall
		| if .accounting == "full" then .time_ns.bytecode + .time_ns.native_held <= $wall * 1.005
		else .mode == "released" or .time_ns.running <= $wall * 1.005 end'
	run --workload=count --size=3000000 --threads=2,8 --accounting=full --format=json "${fast[@]}"
	holds '.results | all((.per_thread[0].time_ns | .running + .gil_wait + .io + .start_join) as $wall
		| .time_ns.bytecode > 0 and .time_ns.bytecode <= $wall * 1.005)'
}

only_native_calls_that_release_run_without_the_lock() {
	every_account locked,released,process cpython '.accounting != "full" or
		(.time_ns.native_released > 0) == (.mode == "released" and .engine == "native")'
	holds '[.results[] | select(.accounting == "full" and .engine == "native" and .mode != "released")
		| .time_ns.native_held > 0] | all'
}

an_openmp_run_accounts_for_all_of_its_time() {
	needs_openmp
	run --mode=openmp --threads=1,2 --accounting=counts,full --format=json "${small[@]}"
	holds '.results | length == 4 and all(.wall_ns.samples as $walls | (.per_thread | length) == 1
		and [.time_ns | .running + .gil_wait + .io + .start_join] - $walls == []
		and all(.time_ns[]; . == null or . >= 0))'
	holds '.results | all(.accounting == "counts" or (.time_ns | .native_released > 0
		and .bytecode + .native_held + .native_released == .running))'
}

# has gil, waits for gil and no gil are the fifth to third column from the right; each is rounded.
the_table_says_who_has_the_lock_waits_for_it_and_needs_none() {
	run --mode=locked,released,process --engine=bytecode,native --threads=1,2,8 --accounting=full \
		"${small[@]}"
	awk '/ (ok|WRONG)$/ { sum = $(NF-4) + $(NF-3) + $(NF-2); rows++; if (sum < 99.8 || sum > 100.2) exit 1 }
		END { if (rows != 18) exit 1 }' out || fail "do not add up to 100: $(cat out)"
	! grep -q -- "--accounting=full" out || fail "asks for what was given"
	run --mode=locked,released,process --engine=bytecode,native "${small[@]}"
	awk '/ ok$/ { unknown = $(NF-4) == "-" && $(NF-3) != "-" && $(NF-2) == "-"
		if (unknown != ($2 == "released" && $3 == "native")) exit 1 }' out || fail "knows too much: $(cat out)"
	[ "$(grep -c -- "--accounting=full" out)" = 1 ] || fail "does not say how to know"
	run --mode=locked,process --engine=bytecode,native "${small[@]}"
	! grep -q -- "--accounting=full" out || fail "asks for what is known"
}

what_was_not_measured_is_null() {
	run --accounting=off --format=json "${small[@]}"
	holds '.results[0] | .time_ns.gil_wait == null and .time_ns.bytecode == null
		and .gil_stats.wait_ns.total == null and .gil_stats.takes == 1'
	run --workload=count --size=10 --gil=cpython2 --format=json "${fast[@]}"
	holds '.results[0] | .tasks == null and .iterations == null and .interval_ns == null
		and .ticks == 100'
	run --mode=process --threads=2 --format=json "${small[@]}"
	holds '.results[0] | .speedup == null and .efficiency == null'
}

claims "$@"
