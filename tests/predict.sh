#!/bin/bash
# predict - bench/predict, mostly with a gilsim that is a script of a few lines: its figures are
# known.  Each function is one claim, run in an empty folder of its own.
# Usage: predict.sh GILSIM [CLAIM...]
set -u
gilsim=$(realpath "$1")
shift
. "$(dirname "$0")/tap.sh"

# Runs bench/predict; keeps its exit status in $status, its outputs in out and err.
run() {
	status=0
	GILSIM=${GILSIM-$PWD/gilsim} "$root/bench/predict" --output=a.csv "$@" >out 2>err || status=$?
}

needs() {
	local tool
	for tool in "$@"; do command -v "$tool" >/dev/null || exit 77; done
}

# fake_gilsim PREDICTED FAILING - one that measures 100, 110 and 90 ns and predicts PREDICTED;
# asked for FAILING, it has no luck.
fake_gilsim() {
	cat >gilsim <<-END
		#!/bin/bash
		row='"mode": "%s", "workload": "count", "engine": "bytecode", "threads": 1'
		about='"gilsim": {}, "host": {}, "results": ['
		case "\$*" in
		*"$2"*) echo "first line" >&2; echo "gilsim: no luck" >&2; exit 3 ;;
		--version) echo "no event loop" ;;
		calibrate*) echo {} >"\${2#*=}" ;;
		*real,virtual*)
			mode=\$(grep -o 'mode=[a-z]*' <<<"\$*")
			printf "{\$about{\$row, \"world\": \"real\", \"wall_ns\": {\"samples\": [100, 110, 90]}}," \${mode#*=}
			printf "{\$row, \"world\": \"virtual\", \"wall_ns\": {\"samples\": [$1]}}]}" \${mode#*=} ;;
		scenario*--world=real*) echo '{"threads": [{"name": "io", "count": 3, "rounds_per_s": 1e6}]}' ;;
		scenario*) echo '{"world": "virtual", "threads": [{"name": "io", "count": 3, "rounds_per_s": 5e5}]}' ;;
		*) echo "{\$about{\"cores\": 2, \"cost\": \"a\", \"cost_digest\": \"b\"}]}" ;;
		esac
	END
	chmod +x gilsim
}

a_cell_has_both_medians_their_ranges_and_the_error() {
	needs jq gnuplot
	fake_gilsim 106,104,108 nothing
	run --cost=cpython313 count
	exits 0
	grep -qx '"count bytecode","free",1,true,100,90,110,106,104,108,6' a.csv || fail "$(cat a.csv)"
	grep -qE '^count bytecode +free +1 +0.10 us \[0.09 us .. 0.11 us\] +0.11 us \[0.10 us .. 0.11 us\] +\+6.0 %$' \
		out || fail "another table"
	[ "$(wc -l <a.csv)" = 6 ] || fail "not the five modes that there are without an event loop"
	[ -s a.svg ] && [ -s a.png ] || fail "no figure"
}

a_group_has_its_mean_error_and_so_has_each_mode() {
	needs jq gnuplot
	fake_gilsim 94 nothing
	run --cost=cpython313 count convoy
	holds '.groups[0] | .name == "count bytecode" and .judged and (.mean_error_percent - 6 | fabs) < 1e-9
		and (.bias_percent + 6 | fabs) < 1e-9 and (.settings | length) == 5' a.json
	holds '.groups[1] | .name == "convoy" and .mean_error_percent == 100 and (.settings | length) == 6' a.json
	holds '.schema == "gilsim-predict/1" and .cost_digest == "b" and .tolerance_percent == 10' a.json
	grep -qE '^count bytecode +6.0 % +6.0 % +6.0 % +6.0 % +6.0 % +- +6.0 %  at most 10 %$' out || fail "$(cat out)"
}

beyond_the_tolerance_only_what_is_held_to_it_fails() {
	needs jq gnuplot
	fake_gilsim 120 nothing
	run --cost=cpython313 count
	exits 1
	run --cost=cpython313 --tolerance=20 count
	exits 0
	run --cost=cpython313 refcount
	exits 0
	run --quick count
	exits 0
}

without_costs_the_machine_is_calibrated_and_they_are_kept() {
	needs jq gnuplot
	fake_gilsim 100 nothing
	run count
	exits 0
	[ -s a-cost.json ] || fail "keeps no costs"
}

what_cannot_be_run_is_a_line_and_the_rest_goes_on() {
	needs jq gnuplot
	fake_gilsim 100 mode=process
	run --cost=cpython313 count
	exits 1
	[ "$(grep -c '^count  *failed: gilsim: no luck$' out)" = 2 ] || fail "$(cat out)"
	[ "$(wc -l <a.csv)" = 5 ] || fail "lost the others"
}

an_interrupt_keeps_what_was_done_and_leaves_no_child() {
	needs jq gnuplot
	fake_gilsim 100 nothing
	sed -i '2i [[ "$*" != *refcount* ]] || { echo $$ >pid; exec sleep 3600; }' gilsim
	GILSIM=$PWD/gilsim "$root/bench/predict" --output=a.csv --cost=cpython313 count refcount >out 2>err &
	local pid=$!
	for _ in $(seq 100); do [ -s pid ] && break; sleep 0.1; done
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	exits 130
	says "predict: interrupted"
	[ "$(wc -l <a.csv)" = 6 ] || fail "lost what was done"
	! kill -0 "$(cat pid)" 2>/dev/null || fail "left its gilsim"
}

what_cannot_be_asked_for_is_refused() {
	run --reps=0
	exits 2
	says "--reps: '0' must be a whole number from 1 to 9999"
	run --tolerance=few
	exits 2
	says "--tolerance: 'few' must be a number of percent"
	run fibonacci
	exits 2
	says "fibonacci: must be one of count laplace-30"
	run --frobnicate
	exits 2
	says "--frobnicate: must be --cost=FILE"
	run --output=a.txt
	exits 2
	says "--output=a.txt: must end in .csv"
}

# Only that it runs: no figure of so little work says anything.
every_group_can_be_run_in_both_worlds() {
	needs jq gnuplot
	GILSIM=$gilsim run --quick
	exits 0
	! grep -q failed out || fail "$(grep failed out)"
	holds '.groups | length == 30 and all(.judged | not)' a.json
	# Without libuv there is no async.  Of a ping or a hold there may be none in 10 ms.
	holds '.cells | length > 270 and all(.measured_ns.median > 0 or (.group | IN("convoy", "slices", "echo")))' a.json
	holds '[.cells[] | select(.group == "orders").setting]
		== ["fib-free-free", "fib-free-held", "fib-held-free", "fib-held-held"]' a.json
}

claims "$@"
