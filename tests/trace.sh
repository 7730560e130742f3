#!/bin/bash
# trace - timelines that gilsim writes, held to Perfetto's rules and the lock's (trace.jq), and
# the probes that stand where they are recorded.  Each function is one claim, run in an empty
# folder of its own.
# Usage: trace.sh GILSIM [CLAIM...]
set -u
gilsim=$(realpath "$1")
shift
. "$(dirname "$0")/tap.sh"
scenarios=$root/bench/scenarios
small=(--workload=laplace --size=12 --tasks=6 --iterations=20 --threads=3)

# traces OPTION... - one run, kept as t.json, in which every rule holds.
traces() {
	run trace --output=t.json --cost=cpython313 "$@"
	exits 0
	[ ! -s err ] || fail "says something: $*"
	is_sound "$*"
}

is_sound() {
	local verdict
	verdict=$(jq -cf "$root/tests/trace.jq" t.json) || fail "cannot be read: $1"
	[ "$(jq .ok <<<"$verdict")" = true ] || fail "$1: $verdict"
}

lock_modes_hold_the_rules_in_both_worlds() {
	local mode world
	for mode in locked released process subinterp async; do
		for world in real virtual; do
			[ $mode-$world != async-real ] || "$gilsim" --version | grep -q libuv || continue
			traces "${small[@]}" --mode=$mode --world=$world
			holds '[.traceEvents[] | select(.name == "bytecode")] | length > 0' t.json
		done
	done
}

# Without a lock any number hold what there is none of.
other_modes_hold_them_too() {
	traces "${small[@]}" --mode=free
	holds '[.otherData.threads[].lock] == [null, null, null]' t.json
	"$gilsim" --version | grep -q openmp || return 0
	[ -z "${GILSIM_SKIP_OPENMP-}" ] || return 0
	traces "${small[@]}" --mode=openmp
	holds '.otherData.threads | length == 1' t.json
}

policies_hold_them_in_both_worlds() {
	local policy world
	for policy in $("$gilsim" list | awk '/^lock/ { on = 1 } /^paces/ { on = 0 } on && /^  [a-z]/ { print $1 }'); do
		for world in real virtual; do
			traces --workload=count --size=2000 --threads=3 --gil="$policy" --interval=20us \
				--ticks=2 --world=$world --events=1000000
		done
	done
}

scenarios_hold_them_in_both_worlds() {
	local world
	for world in real virtual; do
		traces --scenario="$scenarios/fairness.json" --world=$world
		holds '[.otherData.threads[].name] | index("main thread") != null' t.json
	done
	traces --scenario="$scenarios/echo-behind-1.json"
	holds 'any(.traceEvents[]; .name == "I/O")' t.json
}

a_request_a_check_and_a_forced_switch_are_seen() {
	traces --scenario="$scenarios/convoy-1ms-2.json" --world=virtual
	holds '[.traceEvents[] | select(.ph == "i") | .name] | unique == ["drop request", "forced switch", "gives way"]' t.json
	holds 'any(.traceEvents[]; .name == "drop request" and .args.asked == "hog 0")' t.json
	holds '[.traceEvents[].name] | map(select(. == "forced switch")) as $marks
		| map(select(. == "waits for a switch")) | length == ($marks | length)' t.json
}

# Here all wait, so each switch has its arrow, but the first.
arrows_are_the_lock_s_switches() {
	local options=(--workload=count --size=400000 --threads=4 --interval=50us --world=virtual
		--cores=4)
	traces "${options[@]}" --events=100000
	run "${options[@]}" --cost=cpython313 --reps=1 --accounting=full --format=json
	exits 0
	[ "$(jq '.results[0].gil_stats.switches - 1' out)" = \
		"$(jq '[.traceEvents[] | select(.ph == "s")] | length' t.json)" ] || fail "other numbers"
}

buckets_are_the_sums_of_spans() {
	local options=(--workload=laplace --mode=released --size=60 --tasks=8 --iterations=40
		--threads=3 --world=virtual)
	traces "${options[@]}" --events=100000
	run "${options[@]}" --cost=cpython313 --reps=1 --accounting=full --format=json
	exits 0
	jq -e --slurpfile run out '
		def spans($name): [.traceEvents[] | select(.name == $name).dur] | add // 0 | . * 1000;
		$run[0].results[0].time_ns as $time
		| (spans("without the lock") | round) == $time.native_released
		and (spans("waits for the lock") + spans("waits for a switch") | round) == $time.gil_wait
		and spans("bytecode") <= $time.bytecode and spans("bytecode") > 0.8 * $time.bytecode' t.json >/dev/null || fail "they differ"
}

the_virtual_world_s_cores_have_one_thread_each() {
	traces --workload=count --size=1000000 --threads=4 --world=virtual --cores=2
	holds '[.traceEvents[] | select(.pid == 2 and .ph == "X") | .tid] | unique == [0, 1]' t.json
	holds 'any(.traceEvents[]; .pid == 3 and .ph == "X")' t.json
}

virtual_traces_of_a_seed_are_identical() {
	traces "${small[@]}" --mode=released --world=virtual --seed=7
	mv t.json first.json
	traces "${small[@]}" --mode=released --world=virtual --seed=7
	cmp -s first.json t.json || fail "differ"
	traces "${small[@]}" --mode=released --world=virtual --seed=8
	! cmp -s first.json t.json || fail "two seeds gave one"
}

what_a_ring_could_not_keep_is_told() {
	run trace "${small[@]}" --mode=released --events=10 --output=t.json
	exits 0
	says 'events were dropped, the oldest of their threads: --events=N keeps more'
	is_sound "10 events"
	holds '.otherData | .dropped > 0 and .dropped == ([.threads[] | .events - 10] | add)' t.json
	holds '[.traceEvents[] | select(.ph == "X" or .ph == "i")] | group_by(.tid) | map(length) == [10, 10, 10]' t.json
}

bad_input_is_refused_before_the_run() {
	local before after
	refuses trace -- 'trace: must have one --output, as in --output=trace.json'
	refuses trace --output=t.csv -- "--output=t.csv: a trace's name must end in .json"
	refuses trace --output=a.json --output=b.json -- 'must have one --output'
	refuses trace --threads=1,2 --output=t.json -- 'trace: must be one setting, not 2'
	refuses trace --scenario="$scenarios/slices.json" --threads=2 --output=t.json -- \
		'--scenario: what else runs the file says'
	refuses trace --events=0 --output=t.json -- '--events'
	before=$(date +%s)
	run trace --workload=count --size=100000000000 --output=/nowhere/t.json
	after=$(date +%s)
	exits 3
	says '/nowhere/t.json: cannot be written'
	[ $((after - before)) -lt 20 ] || fail "after the run"
	[ ! -e t.json ] || fail "wrote something"
}

probes_stand_in_program_virtual_world_and_library() {
	"$gilsim" --version | grep -q probes || { echo "# built without sys/sdt.h"; exit 77; }
	command -v readelf >/dev/null || { echo "# no readelf"; exit 77; }
	local file folder
	folder=$(dirname "$gilsim")
	for file in "$gilsim" "$folder/gilsim-virtual.so" "$folder/libgilsim.so"; do
		[ "$(readelf -n "$file" | grep -A1 'Provider: gilsim$' | sed -n 's/.*Name: //p' | sort -u | paste -sd' ')" = \
			"check drop forced_switch request take_begin take_end" ] || fail "$file lacks some"
	done
}

claims "$@"
