#!/bin/bash
# killed - whatever dies while gilsim measures, a process of its own or in a kernel of the user's: one
# line names it and the signal, the finished repeats are kept, and nobody is left.
# Usage: killed.sh GILSIM [CLAIM...]
set -u
gilsim=$(realpath "$1")
shift
. "$(dirname "$0")/tap.sh"
# A crash stays one under a sanitizer, and who exits in the middle leaves memory and threads.
export ASAN_OPTIONS=${ASAN_OPTIONS-}:handle_segv=0:handle_sigfpe=0:handle_abort=0:detect_leaks=0
export TSAN_OPTIONS=${TSAN_OPTIONS-}:handle_segv=0:handle_sigfpe=0:handle_abort=0:report_thread_leaks=0
export UBSAN_OPTIONS=${UBSAN_OPTIONS:+$UBSAN_OPTIONS:}handle_segv=0:handle_sigfpe=0:handle_abort=0

has_ended() {
	! kill -0 "$pid"
}

# No gilsim that was started in this folder is left.
nobody_is_here() {
	local p
	for p in $(pgrep -x gilsim); do
		[ "$(readlink "/proc/$p/cwd")" != "$PWD" ] || return 1
	done
}

# builds_trap: trap.so, a kernel that does as ITS_END says once a file of that name is here.
builds_trap() {
	cat >trap.c <<-'END'
		#include <pthread.h>
		#include <signal.h>
		#include <stdlib.h>
		#include <string.h>
		#include <unistd.h>
		#include <gilsim/kernel.h>
		static void fork_if_asked(void)
		{
			if (strcmp(getenv("ITS_END"), "fork") == 0 && access("fork", F_OK) == 0)
				fork();
		}
		static int setup(int64_t size, int64_t task, void **state)
		{
			*state = NULL;
			fork_if_asked();
			return 0;
		}
		static void call(void *state)
		{
			const char *end = getenv("ITS_END");
			if (access(end, F_OK))
				return;
			if (strcmp(end, "exit") == 0)
				exit(7);
			if (strcmp(end, "thread") == 0)
				pthread_exit(NULL);
			fork_if_asked();
			while (strcmp(end, "never") == 0)
				;
			if (atoi(end))
				raise(atoi(end));
		}
		static uint64_t result(void *state) { fork_if_asked(); return 1; }
		static void teardown(void *state) { fork_if_asked(); }
		const struct gilsim_kernel gilsim_kernel = {
			.abi = GILSIM_KERNEL_ABI, .name = "trap", .help = "a test", .unit = "thing",
			.tasks_default = 4, .calls_default = 3, .setup = setup, .call = call,
			.result = result, .teardown = teardown,
		};
	END
	"${CC:-cc}" -w -O1 -shared -fPIC -I "$root/include" trap.c -o trap.so || fail "does not compile"
}

# springs END OPTION...: has measured at least twice when it happens, and then has $pid.
springs() {
	export ITS_END=$1
	shift
	rm -f "$ITS_END" a.json a.jsonl
	"$gilsim" --kernel=trap.so "$@" --threads=2 --reps=1000000 --warmup=0 --output=a.jsonl --output=a.json \
		--quiet >out 2>err &
	pid=$!
	wait_until has_lines 2 a.jsonl
	: >"$ITS_END"
}

# The gilsim in $pid ends with that status and one line; what it had measured is kept.
ends_with() {
	status=0
	wait "$pid" || status=$?
	exits "$1"
	says "$2"
	holds '.results[0] | .reps >= 2 and .checksum_ok' a.json
	holds ".results[0].reps == $(wc -l <a.jsonl)" a.json
	wait_until nobody_is_here
}

# Of worker processes either may be the first.
died() {
	case $1 in
	process*) grep -oE '^gilsim: worker [01]: ' err | sed 's/^gilsim: //' ;;
	*) echo "the measuring process: " ;;
	esac
}

a_kernel_that_crashes_in_any_mode_is_named_with_its_signal() {
	builds_trap
	for mode in locked released process "process --pool" subinterp free async; do
		[ "$mode" != async ] || "$gilsim" --version | grep -q libuv || continue
		# shellcheck disable=SC2086  # a mode and its options
		springs 11 --mode=$mode
		wait_until has_ended
		ends_with 3 "$(died "$mode")killed by signal 11 (Segmentation fault)"
	done
}

whatever_the_signal_is_a_kernel_that_crashes_is_status_3() {
	builds_trap
	for mode in locked process; do
		springs 8 --mode=$mode
		wait_until has_ended
		ends_with 3 "$(died $mode)killed by signal 8 (Floating point exception)"
		springs 6 --mode=$mode
		wait_until has_ended
		ends_with 3 "$(died $mode)killed by signal 6 (Aborted)"
	done
}

a_kernel_that_ends_its_process_or_its_thread_lets_nobody_wait_for_ever() {
	builds_trap
	for end in exit thread; do
		for mode in locked released process free; do
			# TSan's own thread goes on where the first thread of a process ends alone; ASan
			# has given up a thread's stack by when it is told of its end.
			[ "$end $mode" != "thread process" ] || ! grep -q __tsan_init "$gilsim" || continue
			[ $end != thread ] || ! grep -q __asan_init "$gilsim" || continue
			springs $end --mode=$mode
			wait_until has_ended
			[ $mode = process ] || ends_with 3 "the measuring process: ended with status $([ $end = exit ] &&
				echo 7 || echo 1): code of one's own must call neither exit nor pthread_exit"
			[ $mode != process ] || ends_with 3 "$(died process)ended before its tasks were done"
		done
	done
}

# Its processes end when they return from the kernel: else each would measure, too.
a_kernel_that_forks_is_as_right_as_any_other() {
	builds_trap
	export ITS_END=fork
	: >fork
	run --kernel=trap.so --mode=locked,released,process,free --threads=1,2 --reps=2 --format=json
	exits 0
	[ ! -s err ] || fail "has something to say"
	holds '.results | length == 8 and all(.checksum_ok and .checksum == "4")'
	wait_until nobody_is_here
}

an_interrupt_ends_a_kernel_that_never_returns() {
	builds_trap
	for mode in locked released process; do
		springs never --mode=$mode
		kill -INT $pid
		ends_with 130 "interrupted"
	done
}

# Sends signal $1 to the processes that measure for the gilsim in $pid, if there are any now: they lead
# a group.  True when that gilsim has ended.
lost_it_by() {
	local child
	for child in $(pgrep -P "$pid"); do
		[ "$(ps -o pgid= -p "$child" | tr -d ' ')" != "$child" ] || kill -"$1" "$child"
	done
	has_ended
}

the_measuring_process_of_each_command_is_named_with_its_signal() {
	while read -r command; do
		for signal in KILL SEGV; do
			# shellcheck disable=SC2086  # its options
			"$gilsim" $command >out 2>err &
			pid=$!
			wait_until pgrep -P "$pid"
			wait_until lost_it_by $signal
			status=0
			wait "$pid" || status=$?
			exits 3
			says "the measuring process: killed by signal $(kill -l $signal) ("
			wait_until nobody_is_here
		done
	done <<-END
		scenario $root/bench/scenarios/echo-behind-1.json --reps=100
		breakeven --threads=2 --neighbours=1
		calibrate --output=c.json
		trace --workload=count --size=2000000000 --output=t.json
		--world=virtual --cost=cpython313 --workload=count --size=100000000 --threads=4 --reps=100
		matrix --world=virtual --cost=cpython313 --cores=4
	END
}

claims "$@"
