#!/bin/bash
# fidelity - bench/fidelity, mostly with Pythons and a gilsim that are scripts of a few lines:
# their figures are known.  Each function is one claim, run in an empty folder of its own.
# Usage: fidelity.sh GILSIM [CLAIM...]
set -u
gilsim=$(realpath "$1")
shift
. "$(dirname "$0")/tap.sh"

# Runs bench/fidelity; keeps its exit status in $status, its outputs in out and err.
run() {
	status=0
	HOME=$PWD GILSIM=$PWD/gilsim "$root/bench/fidelity" --output=a.csv "$@" >out 2>err || status=$?
}

needs() {
	local tool
	for tool in "$@"; do command -v "$tool" >/dev/null || exit 77; done
}

# fake_python FILE NAME LOCK COMMAND - an interpreter that does COMMAND as its experiment.
fake_python() {
	cat >"$1" <<-END
		#!/bin/bash
		case \$2 in
		about) printf '%s\t%s\t%s\n' "$2" "$3" "\$(realpath "\$0")" ;;
		*) $4 ;;
		esac
	END
	chmod +x "$1"
}

# fake_gilsim COMMAND
fake_gilsim() {
	printf '#!/bin/bash\n%s\n' "$1" >gilsim
	chmod +x gilsim
}

caller='{"given": {"work_us": 50, "hogs": 1, "seconds": 1},
	"rows": [["50 us beside 1 hog", "pairs/s", VALUE]]}'
answer='{"threads": [{"rounds_per_s": 1}, {"rounds_per_s": VALUE}]}'

# says_in_turn JSON VALUE... - a command that prints JSON with the next value at each run.
says_in_turn() {
	local json=$1
	shift
	printf '%s\n' "$@" >"values.$1"
	echo "value=\$(head -1 $PWD/values.$1); sed -i 1d $PWD/values.$1
		echo '$(tr '\n\t' '  ' <<<"$json")' | sed \"s/VALUE/\$value/\""
}

no_python_is_one_line_and_status_77() {
	mkdir bin
	for tool in bash cat dirname env grep sort tail timeout tr; do
		ln -s "$(command -v $tool)" "bin/$tool"
	done
	PATH=$PWD/bin PYTHONS='' run
	exits 77
	says "fidelity: no CPython found"
	[ ! -s out ] || fail "wrote to stdout"
}

the_experiments_compile_in_every_python_of_the_path() {
	local python found=
	for python in python2.7 python3; do
		"$python" -c '' 2>/dev/null || continue
		found=yes
		"$python" -c 'import sys; compile(open(sys.argv[1]).read(), sys.argv[1], "exec")' \
			"$root/bench/python/experiments.py" >out 2>err || fail "not in $python"
	done
	[ -n "$found" ] || exit 77
}

a_row_has_medians_ranges_error_and_verdict() {
	needs jq gnuplot
	fake_python one 3.13.0 gil "$(says_in_turn "$caller" 210 200 190)"
	fake_gilsim "$(says_in_turn "$answer" 209 207 199)"
	run --python=./one --reps=3 convoy
	exits 0
	grep -qx 'convoy,50 us beside 1 hog,pairs/s,3.13.0,cpython,cpython313,200,190,210,207,199,209,3.5,10 %,ok,' \
		a.csv || fail "$(cat a.csv)"
	grep -qE '^convoy +50 us beside 1 hog, pairs/s +3.13.0 +200 \[190\.\.210\] +207 \[199\.\.209\] +\+3\.5 % +10 % +ok$' \
		out || fail "another table"
	[ -s a.svg ] || fail "no figure"
}

what_misses_its_target_is_off() {
	needs jq gnuplot
	fake_python one 3.13.0 gil "$(says_in_turn "$caller" 200)"
	fake_gilsim "$(says_in_turn "$answer" 221)"
	run --python=./one --reps=1 convoy
	exits 0
	grep -q ',3.13.0,cpython,cpython313,.*,10.5,10 %,off,$' a.csv || fail "$(cat a.csv)"
}

a_python_that_fails_says_so_in_its_row_and_the_rest_go_on() {
	needs jq gnuplot
	fake_python bad 3.11.2 gil 'echo "first line" >&2; echo "no luck, none" >&2; exit 1'
	fake_python good 3.13.0 gil "$(says_in_turn "$caller" 200 200)"
	fake_gilsim "$(says_in_turn "$answer" 201 201)"
	run --python=./bad --python=./good --reps=2 convoy
	exits 1
	grep -q '^convoy,50 us.*,3.13.0,' a.csv || fail "lost the good one"
	[ "$(grep -c '^convoy,-,,3.11.2,.*,real side: no luck  none$' a.csv)" = 1 ] || fail "$(cat a.csv)"
	grep -qE '^convoy +- +3.11.2 +failed: real side: no luck' out || fail "not in the table"
}

a_gilsim_that_fails_leaves_the_real_figures() {
	needs jq gnuplot
	fake_python one 3.13.0 gil "$(says_in_turn "$caller" 200)"
	fake_gilsim 'echo "gilsim: scenario: unknown command" >&2; exit 2'
	run --python=./one --reps=1 convoy
	exits 1
	grep -q '^convoy,50 us.*,200,200,200,,,,,10 %,,$' a.csv || fail "$(cat a.csv)"
	grep -q ',gilsim side: gilsim: scenario: unknown command$' a.csv || fail "$(cat a.csv)"
}

a_python_without_a_lock_is_real_only() {
	needs jq gnuplot
	fake_python one 3.13.0t free "$(says_in_turn "$caller" 200)"
	fake_gilsim 'touch asked'
	run --python=./one --reps=1 convoy
	exits 0
	[ ! -e asked ] || fail "asked gilsim"
	grep -q '^convoy,50 us.*,3.13.0t,,,200,200,200,,,,,10 %,,$' a.csv || fail "$(cat a.csv)"
}

one_interpreter_by_two_names_is_measured_once() {
	needs jq gnuplot
	fake_python one 3.13.0 free 'echo run >>runs; echo "{\"rows\": [[\"a\", \"b\", 1]]}"'
	ln -s one two
	run --python=./one --python=./two --reps=1 convoy
	[ "$(wc -l <runs)" = 1 ] || fail "ran twice"
}

an_interrupt_keeps_what_was_measured_and_leaves_no_child() {
	needs jq gnuplot
	fake_python one 3.13.0 free "[ \$2 = convoy ] && { echo '${caller/VALUE/7}' | tr '\n' ' '; exit; }
		echo \$\$ >pid; sleep 3600"
	HOME=$PWD GILSIM=$PWD/gilsim "$root/bench/fidelity" --output=a.csv --python=./one --reps=1 \
		convoy echo >out 2>err &
	local pid=$!
	for _ in $(seq 100); do [ -s pid ] && break; sleep 0.1; done
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	exits 130
	says "fidelity: interrupted"
	grep -q '^convoy,50 us.*,7,7,7,' a.csv || fail "lost what was measured"
	! kill -0 "$(cat pid)" 2>/dev/null || fail "left its Python"
}

what_cannot_be_asked_for_is_refused() {
	run --reps=0
	exits 2
	says "--reps: '0' must be a whole number from 1 to 9999"
	run fibonacci
	exits 2
	says "fibonacci: must be one of slices convoy"
	run --python=/no/such/python
	exits 2
	says "--python=/no/such/python: must be a CPython"
	run --frobnicate
	exits 2
	says "--frobnicate: must be --python=PATH"
	run --output=a.txt
	exits 2
	says "--output=a.txt: must end in .csv"
}

# Tiny versions of what experiments.py prints, as it is given to gilsim.
every_experiment_can_be_put_to_gilsim() {
	needs jq
	"$gilsim" --help | grep -q -- --pace || exit 77
	"$gilsim" list | grep -q counter || exit 77
	! "$gilsim" scenario 2>&1 | grep -q "unknown command" || exit 77
	while IFS=$'\t' read -r experiment rows line; do
		echo "$line" >lines
		timeout 60 "$root/bench/fidelity-gilsim" "$gilsim" "$experiment" cpython cpython313 lines \
			>out 2>err || fail "$experiment"
		jq -e ".rows | length == $rows and all(.[2] | type == \"number\")" out >/dev/null ||
			fail "$experiment gives other values"
	done <<-'END'
		slices	2	{"given": {"seconds": 0.1}, "rows": [["a", "ms", 1], ["b", "1/s", 1]]}
		convoy	1	{"given": {"work_us": 50, "hogs": 1, "seconds": 0.1}, "rows": [["a", "1/s", 1]]}
		convoy	1	{"given": {"work_us": 50, "hogs": 0, "seconds": 0.1}, "rows": [["a", "1/s", 1]]}
		orders	1	{"given": {"fib_n": 100000, "released": [true, false]}, "rows": [["a", "T", 1]]}
		threads	3	{"given": {"workload": "count", "size": 1000}, "rows": [["a", "", 1], ["b", "", 1], ["c", "", 1]]}
		threads	3	{"given": {"workload": "laplace", "size": 30, "tasks": 8, "iterations": 2}, "rows": [["a", "", 1], ["b", "", 1], ["c", "", 1]]}
		small	4	{"given": {"tasks": 10, "updates": 2, "operations": 9, "operation_ns": 650, "released_ns": 325}, "rows": [["a", "ns", 1], ["b", "", 1], ["c", "", 1], ["d", "", 1]]}
		lost	1	{"given": {"size": 1000}, "rows": [["a", "", 1]]}
		pace	1	{"given": {"workload": "count", "size": 1000, "units": 1000}, "rows": [["a", "ns", 1]]}
		echo	2	{"given": {"hogs": 1, "pings": 5, "every_ms": 2}, "rows": [["a", "ms", 1], ["b", "ms", 1]]}
	END
}

claims "$@"
