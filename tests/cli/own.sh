#!/bin/bash
# own - a kernel or a program of the user's own (bring your own).
set -u
. "$(dirname "$0")/common.sh"

# builds FLAG...: bad.so, a kernel that does nothing but what the flags say.  A crash stays
# one under a sanitizer.
builds() {
	tells_sanitizers handle_segv=0:handle_sigbus=0
	cat >bad.c <<-'END'
		#include <signal.h>
		#include <stdlib.h>
		#include <unistd.h>
		#include <gilsim/kernel.h>
		#ifdef LOADED
		__attribute__((constructor)) static void loaded(void) { LOADED; }
		#endif
		static uint64_t calls_n;
		static int setup(int64_t size, int64_t task, void **state) { *state = NULL; return SETUP; }
		static void call(void *state) { CALL; }
		static uint64_t result(void *state) { return RESULT; }
		static void teardown(void *state) {}
		const struct gilsim_kernel SYMBOL = {
			.abi = GILSIM_KERNEL_ABI, .name = "bad", .help = "a test", .unit = "thing",
			.tasks_default = 2, .calls_default = 3, .setup = setup, .call = call,
			.result = result, .teardown = teardown, FIELDS
		};
	END
	"${CC:-cc}" -w -O1 -shared -fPIC -I "$root/include" -DSETUP=0 -DCALL= -DRESULT=1 \
		-DSYMBOL=gilsim_kernel -DFIELDS= "$@" bad.c -o bad.so || fail "does not compile"
}

# The checksum was computed in Python.
a_kernel_of_ones_own_runs_in_every_mode_that_has_workers() {
	builds_example
	run --kernel=kernel.so --mode=locked,released,process --threads=1..3 --size=64 --tasks=6 \
		--iterations=5 --format=json "${fast[@]}"
	exits 0
	holds '.results | length == 9 and all(.checksum_ok and .workload == "fletcher"
		and .engine == "native" and .size == 64 and .tasks == 6 and .iterations == 5)'
	holds '[.results[].checksum] | unique == ["654376922469504"]'
	run --kernel=kernel.so --threads=1,2 --tasks=3 --iterations=2 --scaling=weak --format=json \
		"${fast[@]}"
	holds '[.results[] | [.per_thread[].work_n]] == [[6], [6, 6]]'
	refuses --kernel=kernel.so --mode=openmp -- "workload fletcher has no kernel for a team"
	refuses --kernel=kernel.so --engine=bytecode -- "workload fletcher has no bytecode form"
	refuses --kernel=kernel.so --size=0 -- "--size=0: fletcher's must be from 1 to 1000000000 (bytes)"
}

# What the comment at the top of gilsim/kernel.h shows, as strict C.
the_example_in_the_header_is_a_kernel() {
	sed -n '/^ \*\t#include <stdlib.h>/,/\*\/$/{s/^ \*\t\{0,1\}//;s/ \*\/$//;p}' \
		"$root/include/gilsim/kernel.h" >walk.c
	"${CC:-cc}" -std=c11 -Wall -Wextra -Wpedantic -Werror -shared -fPIC -I "$root/include" walk.c \
		-o walk.so || fail "does not compile"
	run --kernel=walk.so --mode=locked,released,process --threads=1,2 --format=json "${fast[@]}"
	exits 0
	holds '.results | length == 6 and all(.checksum_ok and .workload == "walk")'
}

only_the_call_of_a_kernel_releases_the_lock() {
	builds
	run --kernel=bad.so --mode=locked,released --tasks=4 --iterations=5 --format=json "${fast[@]}"
	exits 0
	holds '[.results[] | .gil_stats.takes] == [1, 21]'
	holds '.results | all(.checksum == "4" and .size == null)'
	refuses --kernel=bad.so --size=1 -- "--size=1: bad takes none: its size_most is 0"
}

a_run_with_a_kernel_is_resumed() {
	builds_example
	run --kernel=kernel.so --iterations=2 --output=a.jsonl --reps=1 --warmup=0
	run --kernel=kernel.so --iterations=2 --output=a.jsonl --reps=3 --warmup=0 --resume --format=json
	exits 0
	[ "$(wc -l <a.jsonl)" = 3 ] || fail "$(wc -l <a.jsonl) repeats"
}

a_kernel_without_a_slash_is_a_file_here() {
	builds
	mv bad.so libm.so.6
	run --kernel=libm.so.6 --format=json "${fast[@]}"
	exits 0
	holds '.results[0].workload == "bad"'
}

a_kernel_that_cannot_be_loaded_is_one_line() {
	needs_no_valgrind "it sees what the loader does with half a file"
	builds_example
	refuses --kernel=none.so -- "none.so: cannot be loaded: No such file or directory"
	refuses --kernel=include -- "include: must be a regular file, a shared object"
	mkfifo pipe.so
	refuses --kernel=pipe.so -- "pipe.so: must be a regular file, a shared object"
	: >empty.so
	refuses --kernel=empty.so -- "empty.so: cannot be loaded: file too short"
	head -c 3000 kernel.c >text.so
	refuses --kernel=text.so -- "text.so: cannot be loaded: invalid ELF header"
	builds
	for size in 100 2000 5000; do
		head -c $size kernel.so >cut.so
		refuses --kernel=cut.so -- "cut.so: "
	done
	builds -DCALL='nowhere()'
	refuses --kernel=bad.so -- "bad.so: cannot be loaded: undefined symbol: nowhere"
	builds -DSYMBOL=other
	refuses --kernel=bad.so -- "bad.so: must export gilsim_kernel"
	refuses --kernel=bad.so --output=a.jsonl -- "bad.so: "
	[ ! -e a.jsonl ] || fail "opened its output"
}

a_kernel_that_crashes_is_one_line_with_its_signal() {
	needs_no_valgrind "it sees the crash"
	builds -DCALL='raise(SIGSEGV)'
	refuses --kernel=bad.so -- "bad.so: killed by signal 11 (Segmentation fault) in its first run"
	builds -DCALL='_exit(7)'
	refuses --kernel=bad.so -- "bad.so: ended the process with status 7 in its first run"
	builds -DSETUP=-1
	refuses --kernel=bad.so -- "bad.so: a native call failed: no memory, a kernel's own setup"
	builds -DLOADED='raise(SIGBUS)'
	refuses --kernel=bad.so -- "bad.so: killed by signal 7 (Bus error) while it was loaded"
	builds -DFIELDS='.name = (const char *)8'
	refuses --kernel=bad.so -- "bad.so: killed by signal 11 (Segmentation fault) while it was loaded"
}

a_kernel_that_says_what_cannot_be_is_refused() {
	while IFS='|' read -r field reason; do
		builds "-DFIELDS=$field"
		refuses --kernel=bad.so -- "bad.so: gilsim_kernel.$reason"
	done <<-'END'
		.abi = 7|abi is 7: must be 1
		.setup = NULL|setup: must not be NULL
		.call = NULL|call: must not be NULL
		.result = NULL|result: must not be NULL
		.teardown = NULL|teardown: must not be NULL
		.name = NULL|name: must not be NULL
		.help = NULL|help: must not be NULL
		.unit = NULL|unit: must not be NULL
		.name = ""|name: must be 1 to 31 letters
		.name = "a b"|name: must be 1 to 31 letters
		.name = "a123456789012345678901234567890b"|name: must be 1 to 31 letters
		.size_least = -1|size_least is -1: must be from 0 to 1000000000000
		.size_least = 2, .size_most = 1|size_most is 1: must be from 2 to
		.size_most = INT64_MAX|size_most is 9223372036854775807: must be from 0 to
		.size_least = 2, .size_most = 9|size_default is 0: must be from 2 to 9
		.tasks_default = 0|tasks_default is 0: must be from 1 to 1000000
		.calls_default = 0|calls_default is 0: must be from 1 to 1000000000
	END
}

a_kernel_whose_result_is_not_always_the_same_is_wrong() {
	builds -DCALL='calls_n++' -DRESULT=calls_n
	run --kernel=bad.so "${fast[@]}"
	exits 1
	says "bad locked native --threads=1: wrong result"
}

# The checksum was computed in Python.
a_program_of_ones_own_runs_in_every_mode_that_has_workers() {
	run --program="$root/docs/examples/mandelbrot.gasm" --mode=locked,released,process --threads=1..3 \
		--size=50 --tasks=5 --iterations=40 --format=json "${fast[@]}"
	exits 0
	holds '.results | length == 9 and all(.checksum_ok and .workload == "mandelbrot"
		and .engine == "bytecode" and .size == 50 and .tasks == 5 and .iterations == 40)'
	holds '[.results[].checksum] | unique == ["981"]'
	refuses --program="$root/docs/examples/mandelbrot.gasm" --engine=native -- \
		"workload mandelbrot has no native form"
	refuses --program="$root/docs/examples/mandelbrot.gasm" --mode=openmp -- \
		"workload mandelbrot has no kernel for a team"
}

a_program_gets_size_task_and_iterations_by_position() {
	writes "(s int, t int, n int) int" "LOAD_CONST 10000" "LOAD_FAST s" BINARY_MUL_INT \
		"LOAD_CONST 100" "LOAD_FAST t" BINARY_MUL_INT BINARY_ADD_INT "LOAD_FAST n" BINARY_ADD_INT \
		RETURN_VALUE
	run --program=a.gasm --size=7 --tasks=3 --iterations=5 --format=json "${fast[@]}"
	holds '.results[0].checksum == "210315"'
	run --program=a.gasm --format=json "${fast[@]}"
	holds '.results[0] | .size == 1000 and .tasks == 8 and .iterations == 1 and .checksum == "80002808"'
	writes "() float" "LOAD_CONST 0.5" RETURN_VALUE
	run --program=a.gasm --format=json "${fast[@]}"
	holds '.results[0] | .size == null and .tasks == null and .checksum == "0x1p+2"'
	refuses --program=a.gasm --size=1 -- "--size=1: f takes none: its entry has no parameter"
	writes "(s int) int" "LOAD_FAST s" RETURN_VALUE
	refuses --program=a.gasm --tasks=1 -- "--tasks=1: f takes none: its entry has no parameter"
	writes "(s int, t int) int" "LOAD_FAST s" RETURN_VALUE
	refuses --program=a.gasm --iterations=1 -- "--iterations=1: f takes none"
}

a_program_may_call_the_natives_of_the_workloads() {
	writes "(n int) int" "LOAD_FAST n" "CALL_NATIVE fib_steps" "LOAD_CONST 3" "CALL_NATIVE count_steps" \
		BINARY_ADD_INT RETURN_VALUE
	run --program=a.gasm --size=10 --mode=locked,released --format=json "${fast[@]}"
	exits 0
	holds '[.results[] | .checksum] == ["464", "464"]'
	holds '[.results[] | .gil_stats.takes] == [1, 17]'
	for n in 0 1 2 3; do
		writes "() float" "LOAD_CONST 1.0" "LOAD_CONST $n" "CALL_NATIVE new_grid" \
			"CALL_NATIVE total" RETURN_VALUE
		run --program=a.gasm "${fast[@]}"
		exits 0
	done
}

a_program_that_cannot_be_run_is_one_line() {
	refuses --program=none.gasm -- "none.gasm: cannot be read: No such file or directory"
	mkdir folder
	refuses --program=folder -- "folder: cannot be read: Is a directory"
	head -c 4096 "$BASH" >binary.gasm
	refuses --program=binary.gasm -- "binary.gasm: must be program text, has a NUL byte"
	refuses --program=/dev/null -- "/dev/null:1: program: needs a func"
	head -c $((17 << 20)) /dev/zero | tr '\0' '#' >large.gasm
	refuses --program=large.gasm -- "large.gasm: must be program text of at most 16 MiB"
	writes "(x float) int" "LOAD_CONST 1" RETURN_VALUE
	refuses --program=a.gasm -- "a.gasm: func f: is the entry: must take at most three int"
	writes "(a int, b int, c int, d int) int" "LOAD_CONST 1" RETURN_VALUE
	refuses --program=a.gasm -- "a.gasm: func f: is the entry: must take at most three int"
	writes "(u rows) int" "LOAD_CONST 1" RETURN_VALUE
	refuses --program=a.gasm -- "a.gasm: func f: is the entry: must take and give only numbers"
	writes "() int" "LOAD_FAST x" RETURN_VALUE
	refuses --program=a.gasm -- "a.gasm:2: LOAD_FAST x: no local named x in f"
	writes "() int" "LOAD_CONST 1" POP_TOP RETURN_VALUE
	refuses --program=a.gasm -- "a.gasm:4: RETURN_VALUE: needs int on top of the stack"
	writes "() int" "CALL_NATIVE setup" RETURN_VALUE
	refuses --program=a.gasm -- "a.gasm:2: CALL_NATIVE setup: no native named setup"
}

a_program_that_traps_is_one_line() {
	writes "() float" "LOAD_CONST 2" BUILD_FLOATS "LOAD_CONST 2" SUBSCR_FLOATS RETURN_VALUE
	refuses --program=a.gasm -- "a.gasm: list index out of range"
	writes "() int" "CALL f" RETURN_VALUE
	refuses --program=a.gasm -- "a.gasm: calls nested too deep"
	writes "() int" "LOAD_CONST -1" BUILD_FLOATS LEN_FLOATS RETURN_VALUE
	run --program=a.gasm
	exits 3
	says "a.gasm: no memory, or a length that cannot be"
}

an_interrupt_ends_the_first_run_of_a_program_too() {
	writes "() int" "again: JUMP_BACKWARD again"
	for signal in INT TERM; do
		status=0
		timeout --preserve-status -k 20 -s $signal 1 "$gilsim" --program=a.gasm --output=a.json \
			>out 2>err || status=$?
		[ "$status" = $((128 + $(kill -l $signal))) ] || fail "status $status"
		leaves_nobody
	done
	[ ! -e a.json ] || fail "left a.json"
}

what_is_run_is_named_once() {
	for own in kernel program; do
		refuses --$own= -- "--$own: must name a file"
		refuses --$own=a --$own=b -- "--$own: must name one file, not two"
		refuses --$own=a --workload=fib -- "--workload, --kernel, --program: must be one of them, not 2"
	done
	refuses --program=a --kernel=b --workload=fib -- "must be one of them, not 3"
}

the_list_says_what_is_in_a_file_of_ones_own() {
	builds_example
	run list
	grep -q -- "--kernel=FILE.so" out || fail "no kernel"
	grep -q -- "--program=FILE.gasm" out || fail "no program"
	run list --kernel=kernel.so
	exits 0
	grep -q "fletcher .*checksum of a buffer" out || fail "no fletcher"
	grep -q -- "--size: bytes, default 4,096" out || fail "no size"
	! grep -q "not in mode released" out || fail "not in released"
	run list --program="$root/docs/examples/mandelbrot.gasm"
	exits 0
	grep -q "^  mandelbrot" out || fail "no mandelbrot"
	refuses list --kernel=none.so -- "none.so: cannot be loaded: No such file or directory"
	refuses list --kernel=kernel.so extra -- "list: takes no arguments but"
}

claims "$@"
