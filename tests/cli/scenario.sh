#!/bin/bash
# scenario - groups of threads side by side, from a document.
set -u
. "$(dirname "$0")/common.sh"

a_scenario_tells_what_became_of_each_group() {
	plays '{"accounting": "full", "threads": [
		{"name": "io", "count": 2, "repeat": 5, "phases": [{"io_us": 10}, {"native_us": 2, "release": true}]},
		{"workload": "laplace", "size": 7, "iterations": 5, "tasks": 3, "repeat": 3}]}' --reps=3
	exits 0
	holds '.schema == "gilsim-scenario/1" and .reps == 3 and (.repeats | length) == 3'
	holds '.scenario.threads[0].name == "io" and .accounting == "full"'
	holds '[.threads[] | [.name, .count, .rounds]] == [["io", 2, 10], ["thread 1", 1, 3]]'
	holds '.wall_ns | (.samples | length) == 3 and .min <= .median and .median <= .max'
	holds '(.wall_ns.samples | sort[1]) as $wall | .threads | all(.count as $n | .time_ns
		| .running + .gil_wait + .io + .start_join == $n * $wall)'
	holds '.threads | all(.latency_ns | .p50 <= .p99 and .p99 <= .max)'
	holds '.threads[0] | .lost_n == null and .bytes_per_s == null and .gil_stats.takes >= 20'
	holds '.repeats | all(.threads[0].rounds == 10 and .threads[1].latency_p50_ns > 0)'
	run scenario s.json
	exits 0
	grep -q "^io  *2  *10 " out || fail "no such line"
}

# What the orders mean for time, bench/scenarios shows; here, that each is run as told.
two_native_calls_are_run_in_all_four_orders() {
	for first in true false; do
		for second in true false; do
			plays "{\"interval\": \"60s\", \"threads\": [
				{\"workload\": \"fib\", \"engine\": \"native\", \"release\": $first, \"size\": 1000},
				{\"workload\": \"fib\", \"engine\": \"native\", \"release\": $second, \"size\": 1000}]}"
			exits 0
			holds '[.threads[].rounds] == [1, 1]'
			# Its start, and each return from a call without the lock; nobody asks for it in time.
			holds "[.threads[].gil_stats.takes >= 2] == [$first, $second]"
		done
	done
}

threads_without_an_end_end_with_the_duration_under_every_policy() {
	policies=$("$gilsim" list | awk '/^lock/ { on = 1 } /^paces/ { on = 0 }
		on && /^  [a-z]/ { print $1 }')
	for gil in $policies; do
		plays "{\"gil\": \"$gil\", \"duration\": \"50ms\", \"threads\": [
			{\"workload\": \"count\", \"size\": 1000, \"repeat\": \"until-duration\"},
			{\"workload\": \"count\", \"size\": 1000000000000, \"repeat\": \"until-duration\"},
			{\"phases\": [{\"bytecode_us\": 5}], \"repeat\": \"until-duration\"}]}" --reps=1
		exits 0
		holds '.wall_ns.min >= 50000000 and .threads[1].rounds == 0 and .threads[1].latency_ns == null'
	done
}

# The process that pings may come too late.
is_pinged() {
	plays '{"duration": "50ms", "threads": [{"echo": "udp", "repeat": "until-duration", "every": "1ms"},
		{"workload": "count", "size": 1000, "repeat": "until-duration"}]}' --reps=1
	[ "$status" = 0 ] && jq -e '.threads[0].rounds > 0' out
}

an_echo_answers_all_pings() {
	plays '{"threads": [{"name": "echo", "echo": "udp", "count": 2, "pings": 20, "bytes": 1000}]}'
	exits 0
	holds '.threads[0] | .lost_n == 0 and .rounds == 40 and .bytes_per_s > 0 and .latency_ns.max > 0'
	wait_until is_pinged
}

a_scenario_reads_files_too() {
	echo '{"threads": [{"workload": "files", "size": 3000, "tasks": 10, "count": 2},
		{"workload": "files", "size": 3000, "tasks": 4, "engine": "native"}]}' >files.json
	run scenario files.json --reps=2 --output=out.json --quiet
	exits 0
}

bad_scenarios_are_one_line_and_start_nothing() {
	refuses scenario -- "scenario: must name a file"
	refuses scenario no.json -- "no.json: cannot be read: No such file or directory"
	echo '{"threads": [{"phases": [{"native_us": -5}]}]}' >s.json
	refuses scenario s.json -- "s.json: threads[0].phases[0].native_us: -5 must be a number from 0"
	echo '{"threads": ' >s.json
	refuses scenario s.json -- "s.json: line 2, column 0: not JSON"
	echo '{"threads": [{"workload": "fib", "size": 9}]}' >s.json
	refuses scenario s.json t.json -- "t.json: is a file too many: there is one, s.json"
	refuses scenario s.json --reps=0 -- "--reps: '0' must be"
	refuses scenario s.json --format=csv -- "--format: 'csv' must be table or json"
	refuses scenario s.json --output=a.csv -- "--output=a.csv: must end in .json"
	refuses scenario s.json --accounting=x -- "--accounting: 'x' must be off, counts or full"
	run scenario s.json --output=no/a.json
	exits 3
	says "no/a.json: cannot be written: No such file or directory"
}

all_scenarios_of_the_bench_are_well_formed() {
	for file in "$scenarios"/*.json; do
		jq '.duration = "5ms" | .threads[] |= (if .size then .size = 100 else . end
			| if .pings then .pings = 2 else . end)' "$file" >s.json
		run scenario s.json --reps=1 --output=out.json --quiet
		exits 0
		[ ! -s out ] || fail "not quiet"
		holds '.scenario.help | length > 20' out.json
	done
}

an_interrupted_scenario_keeps_its_repeats_and_leaves_nobody() {
	echo '{"duration": "100ms", "threads": [{"echo": "udp", "repeat": "until-duration", "every": "5ms"},
		{"workload": "count", "size": 1000, "repeat": "until-duration"}]}' >interrupted.json
	"$gilsim" scenario interrupted.json --reps=1000 --output=a.json >out 2>err &
	pid=$!
	wait_until pgrep -P $pid
	kill -INT $pid
	status=0
	wait $pid || status=$?
	exits 130
	says "interrupted"
	[ ! -e a.json ] || holds '.reps >= 1 and (.repeats | length) == .reps' a.json
	leaves_nobody
}

a_killed_pinging_process_is_named() {
	echo '{"threads": [{"name": "server", "echo": "udp", "pings": 100000, "every": "1s"}]}' >killed.json
	"$gilsim" scenario killed.json --reps=1 >out 2>err &
	pid=$!
	wait_until has_workers 1
	kill -KILL "$(pgrep -P "$(pgrep -P $pid)")"
	status=0
	wait $pid || status=$?
	exits 3
	says "killed.json: thread server: the process that pings it: Killed"
	leaves_nobody
}

a_scenario_runs_in_the_world_of_its_document_or_of_the_option() {
	cat >s.json <<-'END'
		{"duration": "30ms", "world": "virtual", "threads": [
			{"name": "io", "repeat": "until-duration", "phases": [{"native_us": 50, "release": true}]},
			{"name": "hog", "workload": "count", "size": 1000, "repeat": "until-duration"}]}
	END
	for n in 1 2; do
		run scenario s.json --cost=cpython313 --cores=3 --seed=4 --format=json
		exits 0
		jq 'del(.host)' out >$n.json
	done
	cmp -s 1.json 2.json || fail "differs"
	holds '.world == "virtual" and .cores == 3 and .seed == 4 and .cost == "cpython313"' 1.json
	run scenario s.json --world=real --reps=1 --format=json
	exits 0
	holds '.world == "real" and .seed == null'
	jq '.duration = "20ms"' "$scenarios/convoy-50us-1.json" >convoy.json
	run scenario convoy.json "${virtual[@]}" --reps=1
	exits 0
	grep -q "median of 1 repeat, 8 virtual cores, seed 1, costs of cpython313" out || fail "does not say where"
	run advise --scenario=s.json --cost=cpython313 --reps=2 --format=json
	exits 0
	holds '.world == "virtual" and .cores == 8 and (.variants | length == 5)'
	refuses scenario s.json --world=next -- "--world: 'next' must be real or virtual"
	refuses scenario s.json --cores=0 -- "--cores: '0' must be a whole number from 1 to 65536"
	refuses scenario s.json --cost=python4 -- "--cost: 'python4' must be cpython27"
}

a_deadlock_in_the_virtual_world_is_explained_and_not_waited_for() {
	timeout 60 "$gilsim" scenario --cost=cpython313 "$scenarios/explore/deadlock.json" >out 2>err || status=$?
	exits 1
	says "nobody can ever go on: 'mutex, then GIL' waits for the lock, which 'GIL, then mutex' has since"
	grep -q "'GIL, then mutex' waits for the mutex cache, which 'mutex, then GIL' has since" err || fail "half of it"
}

claims "$@"
