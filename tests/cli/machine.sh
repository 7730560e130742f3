#!/bin/bash
# machine - where threads run, and what the processor counts.
set -u
. "$(dirname "$0")/common.sh"

binding_that_was_not_built_says_so() {
	! "$gilsim" --version | grep -q hwloc || exit 77
	run --bind=none,core --size=5
	exits 3
	says "--bind=core: this gilsim was built without hwloc"
	run --bind=none --size=5 --format=json "${fast[@]}"
	exits 0
	holds '.host.topology == null and .results[0].bind == null'
}

# At least $1 threads of what gilsim in $pid measures with, worker processes included, may run on one
# processor alone, and these processors are those of the list $2.
runs_bound() {
	local process processes found
	processes=$(pgrep -P "$(pgrep -P "$pid" | paste -sd,)" | paste -sd' ')
	for process in $(pgrep -P "$pid") $processes; do
		cat /proc/"$process"/task/*/status
	done 2>/dev/null | awk '/^Cpus_allowed_list/ { print $2 }' | grep -x '[0-9]*' >bound
	found=$(sort -un bound | paste -sd,)
	[ "$(wc -l <bound)" -ge "$1" ] && [ "$found" = "$2" ]
}

# THREADS PLACES COMMAND... - true of it at some time while it runs; then it is ended.
is_seen_bound() {
	local threads=$1 places=$2
	shift 2
	"$@" >/dev/null 2>err &
	pid=$!
	wait_until runs_bound "$threads" "$places"
	kill -INT "$pid"
	status=0
	wait "$pid" || status=$?
	exits 130
}

allowed() {
	taskset -cp $$ | sed 's/.*: //' | tr , '\n' | awk -F- '{ for (k = $1; k <= $NF; k++) print k }'
}

# Without SMT, or all of it allowed, the places are all that is allowed.
threads_and_processes_run_on_a_processor_each_of_those_allowed() {
	needs_hwloc
	local first slow
	first=$(allowed | head -1)
	slow=(--workload=io --size=300000000 --tasks=4 --iterations=1 --reps=1 --warmup=0)
	for mode in locked process subinterp; do
		is_seen_bound 4 "$first" taskset -c "$first" "$gilsim" --mode=$mode --threads=4 \
			--bind=core "${slow[@]}"
	done
	[ "$(allowed | wc -l)" -gt 1 ] || return 0
	for mode in locked process; do
		is_seen_bound "$(allowed | wc -l)" "$(allowed | paste -sd,)" "$gilsim" --mode=$mode \
			--threads="$(allowed | wc -l)" --bind=pu "${slow[@]}"
	done
}

a_team_runs_on_a_processor_each_and_coroutines_all_on_one() {
	needs_no_valgrind "one thread at a time runs there, so who waits to be ended may not be seen"
	needs_hwloc
	needs_openmp
	is_seen_bound "$(allowed | wc -l)" "$(allowed | paste -sd,)" "$gilsim" --mode=openmp \
		--threads="$(allowed | wc -l)" --bind=pu --workload=sumsq --size=100000000000 --reps=1 \
		--warmup=0
	needs_libuv
	is_seen_bound 1 "$(allowed | head -1)" taskset -c "$(allowed | head -1)" "$gilsim" --mode=async \
		--threads=4 --bind=core --workload=io --size=300000000 --tasks=4 --iterations=1 --reps=1 \
		--warmup=0
}

every_mode_gives_right_results_wherever_its_threads_are_bound() {
	needs_hwloc
	run --mode=locked,released,process,subinterp,free --threads=1,5 --bind=none,core,pu \
		--format=json "${small[@]}"
	exits 0
	holds '.results | length == 30 and all(.checksum_ok)'
	holds '[.results[].bind] | unique == [null, "core", "pu"]'
	holds '.host.topology | .pus >= .cores and .cores >= .packages and (.smt == (.pus > .cores))'
}

# Migrations are counted by the system, whatever the processor has, where that lets.
counters_that_are_not_to_be_had_are_null_and_one_line_says_why() {
	run --mode=locked,process --threads=2 --counters=off,on --format=json "${small[@]}"
	exits 0
	[ "$(wc -l <err)" -le 1 ] || fail "says more than one line"
	holds '[.results[] | .counted] == [null, "on", null, "on"]'
	holds '.results | all(if .counted then true else .counters | [.[]] | all(. == null) end)'
	for name in cycles instructions cache_misses migrations; do
		if grep -q "^gilsim: --counters: without .*$name" err; then
			holds ".results | all(.counters.$name == null)"
		else
			holds ".results | all((.counters.$name == null) == (.counted == null))"
		fi
	done
}

where_threads_run_is_nothing_to_the_virtual_world() {
	refuses --bind=socket -- "--bind: 'socket' must be none, core or pu"
	refuses --counters=maybe -- "--counters: 'maybe' must be off or on"
	run "${virtual[@]}" --bind=none,core --counters=off,on "${small[@]}"
	exits 0
	grep -qx "without effect here: --bind, --counters" out || fail "$(cat out)"
	run "${virtual[@]}" --bind=none,core --counters=off,on --format=json "${small[@]}"
	holds '.results | length == 1 and .[0].bind == null and .[0].counters.migrations == null'
	says "gilsim: without effect here: --bind, --counters"
}

claims "$@"
