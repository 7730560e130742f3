#!/bin/bash
# peers - bench/peers, mostly with a gilsim, programs and peers that are scripts of a line: their
# figures are known.  Each function is one claim, run in an empty folder of its own.
# Usage: peers.sh GILSIM [CLAIM...]
set -u
gilsim=$(realpath "$1")
shift
. "$(dirname "$0")/tap.sh"

# Runs bench/peers; keeps its exit status in $status, its outputs in out and err.
run() {
	status=0
	HOME=$PWD PYTHONS='' PATH=$PWD/bin:$PATH GILSIM=${GILSIM-$PWD/bin/gilsim} \
		"$root/bench/peers" --output=a.csv "$@" >out 2>err || status=$?
}

needs() {
	local tool
	for tool in "$@"; do command -v "$tool" >/dev/null || exit 77; done
}

# fake NAME COMMAND - in bin, which is where gilsim and the programs of its build are looked for.
fake() {
	mkdir -p bin
	printf '#!/bin/bash\n%s\n' "$2" >"bin/$1"
	chmod +x "bin/$1"
}

# fake_gilsim CHECKSUM NS... - its least CPU time is NS for each setting.
fake_gilsim() {
	local rows
	rows=$(printf "{\"wall_ns\": {\"samples\": [9e9]}, \"user_ns\": {\"samples\": [9e9, %s]},
		\"sys_ns\": {\"samples\": [0, 0]}, \"checksum\": \"$1\"}," "${@:2}")
	fake gilsim "echo '{\"gilsim\": {\"version\": \"0\"}, \"host\": {\"cpu\": \"a\", \"time\": \"now\"},
		\"results\": [${rows%,}]}'"
}

# in_turn NUMBER... - a command that says the next one at each run.
in_turn() {
	printf '%s\n' "$@" >numbers
	echo "head -1 $PWD/numbers; sed -i 1d $PWD/numbers"
}

a_row_has_medians_ranges_ratio_and_verdict() {
	needs jq gnuplot
	fake_gilsim 5000000 10000000
	fake lua5.4 "$(in_turn '2.5 5000000' '1.5 5000000' '1.6 5000000')"
	fake luajit 'echo 4 5000000'
	run --quick count
	exits 0
	grep -q '^"count: Lua 5.4","round","<= 1",2,2,2,1.6,1.5,2.5,1.25,1.25,0.8,1.3333333333333333,false,,"a","now"$' a.csv || fail "$(cat a.csv)"
	grep -q '^"count: LuaJIT interpreter","round","-",2,2,2,4,4,4,0.5,,,,,,"a","now"$' a.csv ||
		fail "$(cat a.csv)"
	grep -qE '^count: Lua 5.4 \(round\) +2 ns \[2 .. 2\] +1.6 ns \[1.5 .. 2.5\] +1.25 x +<= 1 x +missed$' out ||
		fail "$(cat out)"
	grep -qF '| count: Lua 5.4 | round | 2 ns [2 .. 2] | 1.6 ns [1.5 .. 2.5] | 1.25 x | <= 1 x | missed |' a.md ||
		fail "$(cat a.md)"
	[ -s a.svg ] && [ -s a.png ] || fail "no figure"
	holds '.schema == "gilsim-peers/1" and .rounds == 3 and .rows[0].met == false and .rows[1].met == null' a.json
}

both_sides_take_turns() {
	needs jq gnuplot
	fake_gilsim 5000000 10000000
	sed -i "1a echo gilsim \"\$*\" >>$PWD/turns" bin/gilsim
	fake lua5.4 "echo lua >>$PWD/turns; echo 4 5000000"
	fake luajit 'echo 4 5000000'
	run --quick count
	exits 0
	[ "$(grep -E 'lua|size=5000000' turns | cut -d' ' -f1 | paste -sd' ')" = "gilsim lua gilsim lua gilsim lua" ] ||
		fail "$(cat turns)"
}

of_two_settings_the_difference_counts() {
	needs jq gnuplot
	fake_gilsim 0x1.8p+1 1000 4001000
	fake limits 'echo triad 4e-6'
	run --quick memory
	exits 0
	holds '.rows[0].ours.ns.median * 134217728 == 4000000' a.json
}

goals_are_ratios_from_either_side_or_a_difference() {
	needs jq gnuplot
	local verdicts
	verdicts=$(jq -nrc "$(<"$root/bench/peers.jq")"'
		[of_goal("<= 2"; 3; 1), of_goal("<= 2"; 1; 1), of_goal(">= 3"; 2; 1), of_goal(">= 3"; 4; 1),
		 of_goal("+ 20"; 130; 100), of_goal("+ 20"; 110; 100), of_goal("-"; 1; 1)]')
	[ "$verdicts" = '[1.5,0.5,1.5,0.75,1.5,0.5,null]' ] || fail "$verdicts"
}

other_results_are_a_failure_and_ten_digits_are_compared_as_such() {
	needs jq gnuplot
	fake_gilsim 5000001 10000000
	fake lua5.4 'echo 4 5000000'
	fake luajit 'echo 4 5000001'
	run --quick count
	exits 1
	grep -q '^count: Lua 5.4 .*failed: 5000001, but 5000000$' out || fail "$(cat out)"
	grep -q '^count: LuaJIT.*0.5 x' out || fail "lost the other row"
	[ "$(jq -nrc "$(<"$root/bench/peers.jq")"'
		[same("0x1.c3fffffffffep+7"; "2.260000000e+02"), same("0x1.c3ffp+7"; "2.260000000e+02"),
		 same("0x1.8p-1"; "0x1.8p-1"), same("0x1.8p-1"; "0x1.8p-2"), same("7"; null)]')" = \
		'[true,false,true,false,null]' ] || fail "compares otherwise"
}

what_is_not_here_is_named_and_no_failure() {
	needs jq gnuplot
	fake_gilsim 5000000 10000000
	run --quick lock
	exits 0
	grep -q '^lock: mutex pair .*no program lock beside gilsim$' out || fail "$(cat out)"
	grep -q '^"lock: mutex pair",.*,"no program lock beside gilsim","a","now"$' a.csv || fail "$(cat a.csv)"
	fake lock 'echo drop+take-cpython-counts 20 21'
	run --quick lock
	exits 0
	grep -q '^lock: mutex pair .*20 ns .*no pair-pthread-mutex in what lock says$' out || fail "$(cat out)"
}

an_option_that_this_gilsim_has_not_is_named() {
	needs jq gnuplot
	fake_gilsim 7 100
	sed -i "1a case \"\$*\" in *=fib*) echo \"gilsim: unrecognized option '--tasks=1'\" >&2; exit 2 ;; esac" \
		bin/gilsim
	fake limits 'echo add 1'
	run --quick fib
	exits 0
	grep -q "^fib: one dependent addition .*no '--tasks=1' in this gilsim$" out || fail "$(cat out)"
}

what_fails_says_so_in_its_row_and_the_rest_go_on() {
	needs jq gnuplot
	fake_gilsim 5000000 10000000
	fake lua5.4 'echo first >&2; echo "no luck, none" >&2; exit 1'
	fake luajit 'echo 4 5000000'
	run --quick count
	exits 1
	grep -q '^count: Lua 5.4 .*failed: no luck, none$' out || fail "$(cat out)"
	grep -q '^count: LuaJIT.*0.5 x' out || fail "lost the other row"
}

each_group_has_turns_of_its_own_and_keeps_what_it_printed() {
	needs jq gnuplot
	fake_gilsim 5000000 10000000
	cat >bin/gilsim.json < <(bin/gilsim)
	fake gilsim "echo >>$PWD/runs; jq --argjson run \$(wc -l <$PWD/runs) \
		'.results[].user_ns.samples[1] *= \$run' $PWD/bin/gilsim.json"
	fake lua5.4 'echo 4 5000000'
	fake luajit 'echo 4 5000000'
	run --quick count free
	exits 0
	grep -q '^count: Lua 5.4 .* 6 ns \[4 .. 8\] ' out || fail "$(cat out)"
	holds '.rows[0].ours.ns == {"median": 6, "min": 4, "max": 8}' a.json
	holds '.rows[] | select(.name == "free: locked count") | .peer.ns.min > 8' a.json
}

a_figure_that_failed_says_so_in_every_group() {
	needs jq gnuplot
	fake_gilsim 5000000 10000000
	sed -i "1a case \"\$*\" in *--engine*) echo 'gilsim: no luck' >&2; exit 3 ;; esac" bin/gilsim
	fake lua5.4 'echo 4 5000000'
	run --quick count free
	exits 1
	[ "$(grep -c 'failed: gilsim: no luck$' out)" = 5 ] || fail "$(cat out)"
}

a_program_that_fails_is_not_started_again() {
	needs jq gnuplot
	fake_gilsim 5000000 10000000
	fake lock "echo >>$PWD/starts; echo 'lock: no luck' >&2; exit 3"
	run --quick lock
	exits 1
	[ "$(grep -c 'failed: lock: no luck$' out)" = 2 ] || fail "$(cat out)"
	[ "$(wc -l <starts)" = 1 ] || fail "started $(wc -l <starts) times"
}

every_python_found_has_a_row_and_is_started_by_its_path() {
	needs jq gnuplot
	fake_gilsim 5000000 10000000
	fake lua5.4 'echo 4 5000000'
	fake luajit 'echo 4 5000000'
	fake python3.2 '[ "$1" = -c ] && echo 3.2 || echo 8 5000000'
	run count
	exits 0
	grep -qE '^count: CPython 3.2 \(round\) .* 0.25 x +-$' out || fail "$(cat out)"
}

an_interrupt_keeps_what_was_done_and_leaves_no_child() {
	needs jq gnuplot
	fake_gilsim 5000000 10000000
	fake lua5.4 'echo 4 5000000'
	fake luajit 'echo 4 5000000'
	fake limits "echo \$\$ >$PWD/pid; exec sleep 3600"
	HOME=$PWD PATH=$PWD/bin:$PATH GILSIM=$PWD/bin/gilsim "$root/bench/peers" --output=a.csv --quick count fib >out 2>err &
	local pid=$!
	for _ in $(seq 200); do [ -s pid ] && break; sleep 0.1; done
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	exits 130
	says "peers: interrupted"
	grep -q '^"count: Lua 5.4",' a.csv || fail "lost what was done"
	! kill -0 "$(cat pid)" 2>/dev/null || fail "left its child"
}

what_cannot_be_asked_for_is_refused() {
	run --frobnicate
	exits 2
	says "--frobnicate: must be --output=FILE.csv or --quick"
	run fibonacci
	exits 2
	says "fibonacci: must be one of count laplace"
	run --output=a.txt
	exits 2
	says "--output=a.txt: must end in .csv"
}

# No figure of so few turns says anything; but both sides must have computed the same.
two_groups_can_be_measured_and_give_the_same_results() {
	needs jq gnuplot
	GILSIM=$gilsim run --quick laplace fib
	exits 0
	holds 'all(.rows[]; .why != null or .same != false) and all(.rows[]; .ours.ns.median > 0)' a.json
	holds '.rows[-1] | .name == "fib: one dependent addition" and .ratio > 0' a.json
}

claims "$@"
