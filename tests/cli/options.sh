#!/bin/bash
# options - what options take and refuse, which rows they make, and what list and help say.
set -u
. "$(dirname "$0")/common.sh"

unknown_and_empty_names_are_refused() {
	refuses --workload=laplac -- "--workload: 'laplac' must be laplace, fib, count"
	refuses --mode= -- "--mode: '' must be locked, released, process,"
	refuses --mode=locked,,process -- "--mode: '' must be"
	refuses --gil=python -- "--gil: 'python' must be cpython, cpython32, cpython2, opcode"
	refuses --engine=jit -- "--engine: 'jit' must be bytecode, native or auto"
	refuses --format=xml -- "--format: 'xml' must be table, json, csv or jsonl"
	refuses --no-such -- "gilsim: unrecognized option '--no-such'"
	refuses --threads -- "gilsim: option '--threads' requires an argument"
	refuses --t=1 -- "gilsim: option '--t=1' is ambiguous"
	refuses frobnicate -- "frobnicate: unknown command"
	refuses --threads=1 extra -- "extra: must be an option"
}

an_unknown_command_is_told_all_that_there_are() {
	refuses frobnicate -- "frobnicate: unknown command, must be run, list, scenario, "
	grep -q " breakeven, .*or an option$" err || fail "not breakeven"
}

thread_counts_that_cannot_be_are_refused() {
	for n in 0 -1 1.5 1000000000 "" x 8x " 8" 0x8; do
		refuses --threads="$n" -- "--threads: '$n' must be a whole number from 1 to 1000000"
	done
	for mode in locked process openmp; do
		refuses --threads=65537 --mode=$mode -- "--threads=65537: mode $mode's must be at most 65536 ("
	done
	refuses --threads=8..1 -- "--threads: '8..1' must go upwards"
	refuses --threads=1..x -- "--threads: 'x' must be a whole number"
	refuses --threads=1,,2 -- "--threads: '' must be"
}

sizes_that_cannot_be_are_refused() {
	refuses --size=2 -- "--size=2: laplace's must be from 3 to 20000"
	refuses --size=99999999999999999999 -- "--size: '99999999999999999999' must be a whole number"
	refuses --workload=count --size=0 -- "--size=0: count's must be from 1"
	refuses --workload=memory --size=1000000 --threads=64 --scaling=weak --iterations=1 -- \
		"--size=1000000: memory's must be at most"
	refuses --workload=matmul --size=10000 --tasks=251 -- "matmul's must be at most 250 tasks of that size"
	refuses --interval=5 -- "--interval: '5' must be a number and ns, us, ms or s"
	refuses --interval=-5ms -- "--interval: '-5ms' must be"
	refuses --interval=0ns -- "--interval: '0ns' must be at least 1us"
	refuses --reps=0 -- "--reps: '0' must be a whole number from 1"
	refuses --min-time=soon -- "--min-time: 'soon' must be"
}

a_mode_that_cannot_run_a_workload_says_why() {
	refuses --mode=openmp --workload=fib -- "mode openmp: workload fib has no kernel for a team"
	refuses --mode=openmp --engine=bytecode -- "mode openmp: runs native kernels, not bytecode"
}

axes_that_do_not_apply_do_not_multiply_rows() {
	run --workload=count --size=10 --gil=cpython,cpython2 --interval=1ms,5ms --tasks=1,2 \
		--format=json "${fast[@]}"
	holds '[.results[] | [.gil, .interval_ns]]
		== [["cpython", 1000000], ["cpython", 5000000], ["cpython2", null]]'
	run --mode=locked,process,released --chunks=1,2 --payload=0,8 --pool=off,on --format=json \
		"${small[@]}"
	holds '[.results[].mode] == ["locked"] + [range(8) | "process"] + ["released"]'
	holds '[.results[] | select(.mode != "process") | .chunks, .payload, .pool, .parent_ns.move]
		| unique == [null]'
	holds '[.results[] | select(.mode == "process") | [.chunks, .payload, .pool]]
		== [[1, 2] | combinations(1)[] as $c | [0, 8][] as $p | ["off", "on"][] | [$c, $p, .]]'
}

no_lock_multiplies_no_rows_of_free() {
	run --workload=count --mode=free --gil=cpython,ruby --interval=1ms,2ms --ticks=5,6 \
		--counts=plain,atomic --size=1000 --format=json "${fast[@]}"
	exits 0
	holds '.results | length == 1'
	holds '.results[0] | .gil == null and .interval_ns == null and .ticks == null'
	holds '.results[0] | .counts == "biased" and .gil_stats.switches == 0'
}

updates_per_call_are_of_native_laplace_alone() {
	run --engine=bytecode,native --workload=laplace,fib --updates-per-call=2,3 --size=9 --tasks=2 \
		--format=json "${fast[@]}"
	exits 0
	holds '[.results[] | [.workload, .engine, .updates_per_call]] == [["laplace", "bytecode", null],
		["laplace", "native", 2], ["laplace", "native", 3], ["fib", "bytecode", null],
		["fib", "native", null]]'
	run --workload=fib,laplace --updates-per-call=2 --size=9 --tasks=2 "${fast[@]}"
	grep -qx "without effect here: --updates-per-call" out || fail "$(cat out)"
	refuses --updates-per-call=0 -- \
		"--updates-per-call: '0' must be a whole number from 1 to 1000000000"
}

columns_of_the_machine_appear_where_they_were_asked_for() {
	run --world=real,virtual --cost=cpython313 --workload=count --size=1000 --threads=1 --reps=1
	exits 0
	! grep -qE "bind|counters" out || fail "nobody asked: $(cat out)"
	run --engine=native,bytecode --size=9 --tasks=2 --iterations=4 --reps=1
	! grep -q "a call" out || fail "nobody asked: $(cat out)"
	run --engine=native --size=9 --tasks=2 --iterations=4 --updates-per-call=1,4 --reps=1
	grep -qE "^laplace .* native +cpython +1 +1 " out || fail "1 is not shown: $(cat out)"
}

options_that_nothing_heeds_are_named_below_the_table() {
	run --workload=count --size=1000 --tasks=7 --payload=100 --pool --threads=1 "${fast[@]}"
	exits 0
	grep -qx "without effect here: --tasks, --payload, --pool" out || fail "$(cat out)"
	run --workload=count,fib --size=1000 --tasks=7 --mode=locked,process --pool "${fast[@]}"
	! grep -q "without effect" out || fail "$(cat out)"
	run --workload=count --size=1000 --cores=16 --quiet --output=a.json "${fast[@]}"
	exits 0
	says "gilsim: without effect here: --cores"
	run --workload=count --size=1000 --mode=locked,released "${fast[@]}"
	grep -q "different forms: compare them with --engine=native" out || fail "$(cat out)"
	run --workload=count --size=1000 --mode=locked,released --engine=native "${fast[@]}"
	! grep -q "different forms" out || fail "$(cat out)"
}

# A gilsim without its modules beside it.
what_cannot_be_loaded_on_demand_is_one_clear_line_and_status_3() {
	needs_no_valgrind "what is copied is not gilsim"
	local features
	features=$("$gilsim" --version)
	cp "$gilsim" alone
	gilsim=./alone
	unset LD_LIBRARY_PATH
	if grep -q blas <<<"$features"; then
		run --workload=matmul --engine=native "${fast[@]}"
		exits 3
		says "BLAS: gilsim-blas.so: cannot open shared object file"
	fi
	if grep -q openmp <<<"$features"; then
		run --mode=openmp "${small[@]}"
		exits 3
		says "gilsim-openmp.so: cannot open shared object file"
	fi
	if grep -q libuv <<<"$features"; then
		run --mode=async "${small[@]}"
		exits 3
		says "gilsim-uv.so: cannot open shared object file"
	fi
	if grep -q hwloc <<<"$features"; then
		run --bind=core "${small[@]}"
		exits 3
		says "the machine's topology: gilsim-hwloc.so: cannot open shared object file"
	fi
	run --world=virtual --cost=cpython313 "${small[@]}"
	exits 3
	says "the virtual world: gilsim-virtual.so: cannot open shared object file"
	run --workload=matmul-blocked --engine=native --size=20 "${fast[@]}"
	exits 0
}

the_list_names_everything_and_what_does_not_fit() {
	run list
	exits 0
	for name in laplace fib count io locked released process openmp async cpython cpython32 cpython2 opcode \
		table json csv jsonl "no kernel for a team"; do
		grep -q "$name" out || fail "no $name"
	done
	awk '/^  [a-z-]/ && substr($0, 22, 1) != " " { exit 1 }' out || fail "ragged"
	refuses list extra -- "list: takes no arguments"
}

help_and_version_teach() {
	run --help
	exits 0
	grep -q "gilsim --mode=locked --threads=8" out || fail "no example"
	grep -q "Exit status" out || fail "no exit status"
	run --version
	exits 0
	grep -q "^features:.* dispatch-" out || fail "no features"
}

claims "$@"
