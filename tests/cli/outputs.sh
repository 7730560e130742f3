#!/bin/bash
# outputs - the formats and their files: what is in them, resumed ones, and those that cannot
# be written.
set -u
. "$(dirname "$0")/common.sh"

csv_has_the_same_names_and_figures_as_json() {
	run --mode=locked,process --threads=1,2 --output=a.json --output=a.csv --quiet "${small[@]}" --reps=5
	exits 0
	[ ! -s out ] || fail "not quiet"
	[ "$(wc -l <a.csv)" = 5 ] || fail "not five lines"
	paste -d= <(head -1 a.csv | tr , '\n') <(sed -n 3p a.csv | tr , '\n') >pairs
	for name in mode threads wall_ns.median gil_stats.takes time_ns.start_join checksum; do
		grep -qxF "$name=$(jq -r ".results[1].$name" a.json)" pairs || fail "$name differs"
	done
	grep -qxF "wall_ns.ci95.lo=$(jq -r '.results[1].wall_ns.ci95[0]' a.json)" pairs || fail "ci95.lo"
	grep -qx "time_ns.bytecode=" pairs || fail "absent is not empty"
}

jsonl_has_a_line_for_each_finished_repeat() {
	run --threads=1,2 --output=a.jsonl --reps=3 --size=5
	exits 0
	[ "$(wc -l <a.jsonl)" = 6 ] || fail "not six lines"
	jq -es 'all(.schema == "gilsim-repeat/1" and .repeat.checksum_ok)' a.jsonl >/dev/null || fail lines
}

a_resumed_file_keeps_its_repeats_and_loses_only_the_torn_line() {
	run --threads=1,2 --output=a.jsonl --reps=3 --size=5
	head -4 a.jsonl >b.jsonl
	sed -n 5p a.jsonl | head -c 100 >>b.jsonl
	head -4 a.jsonl >kept
	run --threads=1,2 --output=b.jsonl --output=b.json --resume --reps=3 --size=5
	exits 0
	[ "$(wc -l <b.jsonl)" = 6 ] || fail "not six lines"
	head -4 b.jsonl | cmp -s - kept || fail "finished repeats changed"
	holds '.results | all(.reps == 3)' b.json
	jq -es '[.[].repeat.wall_ns] | sort' b.jsonl >walls
	jq -e '[.results[].wall_ns.samples[]] | sort' b.json | cmp -s - walls || fail "rows do not hold them"
}

a_wrong_result_is_status_1_and_never_a_time() {
	run --output=a.jsonl --reps=3 --size=5
	sed -i '2s/"checksum_ok":true/"checksum_ok":false/' a.jsonl
	run --output=a.jsonl --output=a.json --resume --reps=3 --size=5
	exits 1
	says "laplace locked bytecode --threads=1: wrong result"
	grep -q "WRONG" out || fail "no WRONG in the table"
	holds '.results[0] | .checksum_ok == false and .wall_ns.median == null
		and .wall_ns.samples == []' a.json
}

a_file_that_is_not_ours_is_not_resumed() {
	echo '{"schema": "something-else/1"}' >a.jsonl
	cp a.jsonl before
	refuses --output=a.jsonl --resume -- "a.jsonl:1: not a line of gilsim's jsonl"
	cmp -s a.jsonl before || fail "changed it"
}

stdout_gets_the_table_beside_a_file() {
	run --output=a.json --format=csv --output=b.dat "${small[@]}"
	exits 0
	grep -q "^workload " out || fail "no table"
	holds '.results | length == 1' a.json
	grep -q "^workload,engine," b.dat || fail "--format does not name the format of b.dat"
}

a_link_stays_a_link_to_the_new_document() {
	echo old >real.json
	ln -s real.json link.json
	run --output=link.json --quiet "${small[@]}"
	[ -L link.json ] || fail "replaced the link"
	holds '.results | length == 1' real.json
}

outputs_that_cannot_be_written_are_named() {
	refuses --output=a.txt -- "--output=a.txt: must end in .json, .csv or .jsonl"
	refuses --output= -- "--output: must name a file"
	refuses --resume -- "--resume: needs one --output=FILE.jsonl"
	run --output=no/such/folder/a.json "${small[@]}"
	exits 3
	says "no/such/folder/a.json: cannot be written: No such file or directory"
	mkdir folder.json
	run --output=folder.json "${small[@]}"
	exits 3
	says "folder.json: cannot be written: Is a directory"
}

a_full_disk_is_one_clear_line_and_status_3() {
	for ending in json csv jsonl; do
		ln -s /dev/full full.$ending
		run --output=full.$ending "${small[@]}"
		exits 3
		says "full.$ending: cannot be written: No space left on device"
	done
	"$gilsim" "${small[@]}" >/dev/full 2>err && fail "status 0"
	says "standard output: cannot be written: No space left on device"
	"$gilsim" list >/dev/full 2>err && fail "status 0"
	says "standard output: cannot be written: No space left on device"
}

a_closed_stdout_is_one_clear_line_and_status_3() {
	needs_no_valgrind "it opens what is closed"
	status=0
	"$gilsim" "${small[@]}" >&- 2>err || status=$?
	exits 3
	says "standard output: cannot be written: Bad file descriptor"
	status=0
	"$gilsim" --output=a.jsonl "${small[@]}" >&- 2>err || status=$?
	exits 3
	[ ! -e a.jsonl ] || [ ! -s a.jsonl ] || fail "measured before it looked"
	"$gilsim" --threads=1..64 --format=csv "${small[@]}" 2>err | true
	status=${PIPESTATUS[0]}
	[ "$status" = 0 ] || [ "$status" = 3 ] || fail "status $status"
}

a_failed_write_leaves_the_old_file_and_no_temporary_one() {
	echo old >a.json
	chmod 500 .
	[ "$(id -u)" = 0 ] || { run --output=a.json "${small[@]}"; exits 3; }
	chmod 700 .
	(ulimit -f 1; run --threads=1..8 --output=a.json --quiet "${small[@]}"; echo "$status" >status) || true
	[ "$(cat status)" = 3 ] || fail "status $(cat status)"
	[ "$(cat a.json)" = old ] || fail "lost the old file"
	[ -z "$(find . -name '*.tmp')" ] || fail "left $(find . -name '*.tmp')"
}

a_plot_stands_under_the_table_and_needs_a_sweep() {
	command -v gnuplot >/dev/null || { echo "gnuplot is not installed" >&2; exit 77; }
	run --plot --mode=locked,process --workload=fib --size=500 --threads=1,2 "${fast[@]}"
	exits 0
	grep -q "speed-up: fib, size 500" out || fail "$(cat out)"
	grep -q "locked, bytecode, cpython" out || fail "has no legend"
	! grep -qP '[^\x20-\x7e]| $' out || fail "has more than plain text"
	run --plot --workload=fib --size=500 "${fast[@]}"
	exits 0
	says "--plot: nothing is drawn: needs rows that differ in --threads alone"
	refuses --plot --format=csv -- "--plot: needs the table on standard output"
	refuses --plot --quiet --output=run.json -- "--plot: needs the table on standard output"
}

without_gnuplot_a_plot_is_one_line_and_the_table_is_there() {
	needs_no_valgrind "this PATH does not have it"
	mkdir bin
	ln -s "$(command -v env)" bin/
	PATH=$PWD/bin run --plot --workload=fib --size=500 --threads=1,2 "${fast[@]}"
	exits 0
	says "--plot: nothing is drawn: gnuplot: is not installed"
	grep -q "^fib " out || fail "has no table"
}

progress_goes_to_stderr_and_only_when_asked() {
	run "${small[@]}"
	[ ! -s err ] || fail "spoke without a terminal"
	run --progress=always --threads=1,2 "${small[@]}"
	grep -q "4 runs" err || fail "no progress"
	! grep -q "runs," out || fail "on stdout"
}

claims "$@"
