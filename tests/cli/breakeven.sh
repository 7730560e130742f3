#!/bin/bash
# breakeven - how long a call must be for a release of the lock to pay.
set -u
. "$(dirname "$0")/common.sh"

# One repeat is quick; what is decided by it is not asked.
quick_breakeven=(breakeven --reps=1 --interval=100us --quiet)

a_breakeven_tells_for_each_company_what_a_release_gives() {
	run "${quick_breakeven[@]}" --threads=1,2 --neighbours=0,1 --output=a.json --output=a.csv
	exits 0
	[ ! -s out ] || fail "not quiet"
	holds '.schema == "gilsim-breakeven/1"' a.json
	holds '[.results[] | [.threads, .neighbours]] == [[1, 0], [1, 1], [2, 0], [2, 1]]' a.json
	holds '.results | all(.gil == "cpython" and .interval_ns == 100000 and .reps == 1)' a.json
	holds '.results | all((.neighbours == 0) == (.gains.all == null)
		and (.neighbours == 0) == (.gains.neighbours == null))' a.json
	holds '[.results[].gains.calls.points | map(.length_ns) | length >= 17 and .[0] == 50 and .[-1] == 10000000
		and . == sort] | all' a.json
	holds '[.results[].gains[] | values | .points[] | (.held | length) == 1 and (.released | length) == 1] | all' \
		a.json
	holds '[.results[].gains[] | values | .verdict | IN("undecided", "never", "always", "even", "crossing")]
		| all' a.json
}

# A line for each length, and one for each crossing.
the_csv_of_a_breakeven_has_the_points_of_its_json() {
	run "${quick_breakeven[@]}" --threads=2 --neighbours=0 --output=a.json --output=a.csv
	exits 0
	head -1 a.csv | grep -q "^gil,interval_ns,pace,threads,neighbours,for,what,length_ns," || fail "$(head -1 a.csv)"
	[ "$(grep -c ",length," a.csv)" = "$(jq '.results[0].gains.calls.points | length' a.json)" ] || fail points
	[ "$(grep -cE ",(from|up to)," a.csv)" = "$(jq '.results[0].gains.calls.crossings | length' a.json)" ] ||
		fail crossings
	[ -z "$(awk -F, 'NF != 17' a.csv)" ] || fail "not 17 fields"
}

the_table_of_a_breakeven_has_a_line_for_everyone_concerned() {
	run breakeven --reps=1 --interval=100us --threads=1 --gil=cpython,none --neighbours=1
	exits 0
	[ "$(grep -cE "^(cpython|none) .* calls " out)" = 2 ] || fail "no line for calls: $(cat out)"
	[ "$(grep -cE "^ +neighbours " out)" = 2 ] || fail "no line for neighbours"
	[ "$(grep -cE "^ +all " out)" = 2 ] || fail "no line for all"
	grep -qE "100 us +1 ms" out || fail "no lengths"
}

a_breakeven_that_cannot_be_measured_is_refused() {
	refuses breakeven --neighbours=many -- "--neighbours: 'many' must be"
	refuses breakeven --threads=65530 --neighbours=7 -- "--threads=65530 --neighbours=7: must be at most 65536"
	refuses breakeven --output=a.jsonl -- "--output=a.jsonl: breakeven writes table, json or csv, not jsonl"
	refuses breakeven --format=jsonl -- "--format: breakeven writes table, json or csv, not jsonl"
	refuses breakeven --workload=fib -- "unrecognized option '--workload=fib'"
	refuses --neighbours=1 -- "unrecognized option '--neighbours=1'"
	refuses breakeven 5us -- "5us: must be an option"
	run breakeven --output=no/a.json
	exits 3
	says "no/a.json: cannot be written: No such file or directory"
}

an_interrupted_breakeven_keeps_its_lengths_and_leaves_nobody() {
	"$gilsim" breakeven --threads=3 --neighbours=0 --reps=1000 --progress=always \
		--output=a.json --output=a.csv >out 2>err &
	pid=$!
	wait_until grep -q " 9/34000 runs" err
	kill -INT $pid
	status=0
	wait $pid || status=$?
	exits 130
	says "interrupted"
	holds '.results[0].gains.calls.points | length >= 3 and all(.held | length >= 1)' a.json
	[ "$(wc -l <a.csv)" -ge 4 ] || fail "no lines"
	leaves_nobody
}

a_breakeven_in_the_virtual_world_names_it() {
	run breakeven "${virtual[@]}" --cores=2,4 --threads=2 --neighbours=0 --reps=1 --output=a.json --output=a.csv
	exits 0
	holds '[.results[] | [.world, .cores, .seed]] == [["virtual", 2, 1], ["virtual", 4, 1]]' a.json
	grep -q ",virtual,4,1,[0-9a-f]*$" a.csv || fail "not in the lines"
	grep -q "world virtual" out || fail "not above the table"
}

claims "$@"
