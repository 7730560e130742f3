#!/bin/bash
# presets - the virtual world with a CPython's costs beside what that CPython did on two cores of an
# AMD EPYC virtual machine.  The same seeds give the same figures: a change of the model shows.
# Usage: presets.sh GILSIM [CLAIM...]
set -u
gilsim=$(realpath "$1")
shift
. "$(dirname "$0")/tap.sh"
virtual=(--world=virtual --cores=2 --quiet --output=run.json)

# is_within LEAST MOST JQ - the figure of run.json.
is_within() {
	local figure
	figure=$(jq -r "$3" run.json)
	jq -en "$figure >= $1 and $figure <= $2" >/dev/null || fail "$3 is $figure, not $1 .. $2"
}

# stage COST GIL SCENARIO
stage() {
	jq --arg gil "$2" '.gil = $gil' "$root/bench/scenarios/$3.json" >scenario.json
	run scenario scenario.json --cost="$1" --reps=15 "${virtual[@]}"
	exits 0
}

# calls COST GIL WORK HOGS LEAST MOST - a second, of a thread that releases the lock for WORK.
calls() {
	stage "$1" "$2" "convoy-$3-$4"
	is_within "$5" "$6" '.threads[0].rounds_per_s'
}

# speeds_up AT_2 AT_4 AT_8 OPTION... - each LEAST..MOST, against one thread.
speeds_up() {
	local ranges=("${@:1:3}") k
	run --reps=1 --threads=1,2,4,8 "${@:4}" "${virtual[@]}"
	exits 0
	for k in 0 1 2; do
		is_within "${ranges[k]%..*}" "${ranges[k]#*..}" \
			"[.results[].wall_ns.median] | .[0] / .[$k + 1]"
	done
}

beside_one_hog_a_call_of_10_us_gets_the_lock_as_often_as_in_3_13() {
	calls cpython313 cpython 10us 1 325 374
}

beside_one_hog_a_call_of_50_us_gets_the_lock_as_often_as_in_3_13() {
	calls cpython313 cpython 50us 1 175 213
}

beside_one_hog_a_call_of_1_ms_gets_the_lock_as_often_as_in_3_13() {
	calls cpython313 cpython 1ms 1 147 180
}

beside_one_hog_calls_get_the_lock_as_often_in_3_11() {
	calls cpython311 cpython 50us 1 175 213
	calls cpython311 cpython 1ms 1 147 180
}

beside_one_hog_calls_get_the_lock_of_2_7_within_a_tenth() {
	calls cpython27 cpython2 10us 1 30420 37180
	calls cpython27 cpython2 50us 1 12510 15290
	calls cpython27 cpython2 1ms 1 860 1050
}

# 66, 32 and 40: within a factor of two and a half, for 3.13 itself differs by that from run to run.
beside_two_hogs_a_call_gets_the_lock_as_seldom_as_in_3_13() {
	calls cpython313 cpython 10us 2 27 165
	calls cpython313 cpython 50us 2 13 80
	calls cpython313 cpython 1ms 2 16 100
}

two_threads_have_the_lock_for_an_interval_in_turn() {
	stage cpython313 cpython slices
	is_within 5000000 5300000 '.threads[0].gil_stats.hold_ns.p50'
	is_within 185 205 '.threads[0].gil_stats.switches'
}

a_call_that_keeps_the_lock_lets_no_other_overlap_only_if_it_is_first() {
	local name t want
	stage cpython311 cpython held-alone
	t=$(jq .wall_ns.median run.json)
	for name in held-held:2 free-held:1 held-free:2 free-free:1; do
		want=${name#*:}
		stage cpython311 cpython "fib-${name%:*}"
		is_within "$want - 0.1" "$want + 0.1" ".wall_ns.median / $t"
	done
}

# drop_and_take COST GIL LEAST MOST - ns, of calls with and without.
drop_and_take() {
	run --cost="$1" --gil="$2" --workload=laplace --engine=native --mode=locked,released --size=3 \
		--tasks=1 --iterations=20000 --threads=1 --reps=1 "${virtual[@]}"
	exits 0
	is_within "$3" "$4" '[.results[].wall_ns.median] | (.[1] - .[0]) / 20000'
}

an_uncontended_drop_and_take_lasts_as_long() {
	drop_and_take cpython27 cpython2 15 17
	drop_and_take cpython311 cpython 39 43
	drop_and_take cpython313 cpython 48 52
}

threads_do_not_speed_a_count_up_in_3_11() {
	speeds_up 0.9..1.1 0.9..1.1 0.9..1.1 --cost=cpython311 --workload=count --size=20000000
}

threads_slow_a_count_down_in_2_7() {
	speeds_up 0.25..0.6 0.35..0.51 0.24..0.6 --cost=cpython27 --gil=cpython2 --workload=count \
		--size=5000000
}

threads_do_not_speed_bytecode_of_laplace_up_in_3_11() {
	speeds_up 0.9..1.02 0.9..1.02 0.9..1.02 --cost=cpython311 --workload=laplace \
		--engine=bytecode --size=30 --iterations=30
}

threads_speed_large_native_calls_up() {
	speeds_up 1.6..2 1.6..2 1.6..2 --cost=cpython311 --workload=laplace --engine=native \
		--mode=released --size=600 --iterations=20 --tasks=8
}

processes_speed_small_native_calls_up() {
	speeds_up 1.6..2 1.6..2 1.6..2 --cost=cpython311 --workload=laplace --engine=native \
		--mode=process --size=30 --iterations=3000
}

claims "$@"
