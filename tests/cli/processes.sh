#!/bin/bash
# processes - interrupts, and threads and processes that are refused, killed or abort: nobody is
# left behind, and finished repeats are kept.
set -u
. "$(dirname "$0")/common.sh"

threads_that_the_system_refuses_are_one_line_and_status_3() {
	command -v prlimit >/dev/null || exit 77
	[ "$(id -u)" = 0 ] || exit 77
	user=$((20000 + BASHPID % 40000)) # who has no process but these
	chmod 755 .
	for mode in locked process; do
		status=0
		setpriv --reuid=$user --clear-groups prlimit --nproc=20 "$gilsim" --mode=$mode --threads=200 \
			"${small[@]}" >out 2>err || status=$?
		exits 3
		says "--threads=200: the system gave only"
	done
	leaves_nobody
}

an_interrupt_keeps_the_finished_repeats_and_leaves_nobody() {
	for mode in locked process; do
		rm -f a.jsonl
		"$gilsim" --mode=$mode --threads=3 --workload=count --size=2000000 --reps=100000 --warmup=0 \
			--output=a.jsonl --output=a.json >out 2>err &
		pid=$!
		wait_until has_lines 2 a.jsonl
		kill -INT $pid
		status=0
		wait $pid || status=$?
		exits 130
		says "interrupted"
		holds '.results[0].reps >= 2' a.json
		holds ".results[0].reps == $(wc -l <a.jsonl)" a.json
		leaves_nobody
	done
}

an_interrupt_need_not_wait_for_the_right_result() {
	"$gilsim" --iterations=30000000 >out 2>err &
	pid=$!
	sleep 0.3
	kill -TERM $pid
	wait $pid
	[ $? = 143 ] || fail "did not end"
}

# bash makes the process substitution a child of gilsim.
a_child_that_is_not_its_own_is_not_waited_for() {
	timeout 20 bash -c 'exec "$0" --workload=fib --engine=native --size=10 --reps=2 > >(cat)' \
		"$gilsim" >out 2>err || fail "status $?"
}

an_ignored_sigchld_changes_no_figure() {
	(trap '' CHLD && run --workload=count --mode=process --threads=2 --size=20000000 \
		--reps=1 --format=json && exits 0)
	holds '.results[0].user_ns.median > 1000000'
}

nine_hundred_workers_at_once_work() {
	(ulimit -Sn 256 && run --mode=process --threads=900 --workload=count --size=900000 --pool=off,on \
		--payload=100 --reps=1 --warmup=0 --format=json && exits 0) || exit 1
	holds '.results | length == 2 and all(.checksum == "900000" and (.per_thread | length == 900))'
}

more_workers_than_files_are_allowed_for_are_one_line_with_the_limit() {
	for pool in off on; do
		(ulimit -n 64 && run --mode=process --threads=900 --workload=count --pool=$pool && exits 3 &&
			says "--threads=900: the system gave only") || exit 1
		(ulimit -n 64 && run --mode=process --threads=900 --workload=count --pool=$pool &&
			says "Too many open files, two each: the limit is 64 (ulimit -Hn)") || exit 1
		leaves_nobody
	done
}

an_interrupt_need_not_wait_for_a_long_kernel() {
	"$gilsim" --workload=fib --engine=native --size=100000000000 --tasks=1 >out 2>err &
	pid=$!
	wait_until pgrep -P $pid
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	exits 130
	leaves_nobody
}

a_killed_gilsim_takes_its_processes_along() {
	"$gilsim" --mode=process --threads=3 --workload=count --size=2000000000 >out 2>err &
	pid=$!
	wait_until has_workers 3
	kill -KILL $pid
	wait $pid 2>/dev/null
	leaves_nobody
}

a_killed_worker_is_named_with_its_signal() {
	"$gilsim" --mode=process --threads=3 --workload=count --size=2000000000 >out 2>err &
	pid=$!
	wait_until has_workers 3
	kill -KILL "$(pgrep -P "$(pgrep -P $pid)" | sed -n 2p)"
	status=0
	wait $pid || status=$?
	exits 3
	says "worker 1: killed by signal 9 (Killed)"
	leaves_nobody
}

# Its elder siblings would work for days, so whoever waited for them first would not see it.
a_worker_that_is_killed_is_noticed_at_once() {
	tells_sanitizers handle_segv=0
	for pool in off on; do
		for signal in KILL SEGV; do
			"$gilsim" --mode=process --pool=$pool --threads=4 --workload=count --size=1000000000000 \
				>out 2>err &
			pid=$!
			wait_until has_workers 4
			sleep 0.1 # some may not stand ready yet: then it is noticed there
			kill -$signal "$(pgrep -P "$(pgrep -P $pid)" | sed -n 3p)"
			status=0
			wait $pid || status=$?
			exits 3
			says "worker 2: killed by signal $(kill -l $signal) ("
			leaves_nobody
		done
	done
}

an_idle_worker_of_a_pool_that_is_killed_is_noticed_at_once() {
	"$gilsim" --mode=process --pool --threads=3 --workload=fib --engine=native --size=100000000000 \
		--tasks=1 >out 2>err &
	pid=$!
	wait_until has_workers 3
	sleep 0.1
	kill -KILL "$(pgrep -P "$(pgrep -P $pid)" | sed -n 3p)"
	status=0
	wait $pid || status=$?
	exits 3
	says "worker 2: killed by signal 9 (Killed)"
	leaves_nobody
}

# Kills the last worker of the gilsim in $pid, if there is one now; true when that gilsim ends.
lost_a_worker() {
	local victim
	victim=$(pgrep -P "$(pgrep -P "$pid")" | tail -1)
	[ -z "$victim" ] || kill -KILL "$victim"
	! kill -0 "$pid"
}

# Whatever it was about: starting, being sent tasks, working, sending results, ending.
a_worker_may_be_killed_at_any_moment_and_the_finished_repeats_are_kept() {
	for options in --pool=off "--pool=on --chunks=2" "--pool=on --payload=300000" \
		"--pool=off --chunks=1 --payload=300000"; do
		rm -f a.jsonl a.json
		# shellcheck disable=SC2086  # several options
		"$gilsim" --mode=process --threads=3 --tasks=60 $options --reps=100000 --warmup=0 \
			--output=a.jsonl --output=a.json >out 2>err &
		pid=$!
		wait_until has_lines 2 a.jsonl
		wait_until lost_a_worker
		status=0
		wait $pid || status=$?
		exits 3
		grep -q "worker [0-2]: killed by signal 9 (Killed)" err || fail "does not name it"
		holds ".results[0].reps == $(wc -l <a.jsonl)" a.json
		leaves_nobody
	done
}

an_interrupt_ends_a_pool_whose_messages_are_on_their_way() {
	"$gilsim" --mode=process --pool --threads=3 --tasks=50 --payload=20000000 >out 2>err &
	pid=$!
	wait_until has_workers 3
	sleep 0.2
	kill -INT $pid
	status=0
	wait $pid || status=$?
	exits 130
	says "interrupted"
	leaves_nobody
}

a_killed_measuring_process_is_named_with_its_signal() {
	"$gilsim" --threads=2 --workload=count --size=2000000000 >out 2>err &
	pid=$!
	wait_until pgrep -P $pid
	kill -KILL "$(pgrep -P $pid)"
	status=0
	wait $pid || status=$?
	exits 3
	says "the measuring process: killed by signal 9 (Killed)"
}

# The signal from outside stands for the misuse that a right gilsim does not do.
a_process_that_aborts_ends_gilsim_so_and_the_finished_repeats_are_kept() {
	for mode in locked process; do
		rm -f a.jsonl
		"$gilsim" --mode=$mode --threads=2 --workload=count --size=2000000 --reps=100000 --warmup=0 \
			--output=a.jsonl --output=a.json >out 2>err &
		pid=$!
		wait_until has_lines 2 a.jsonl
		wait_until has_aborted $mode
		status=0
		wait $pid || status=$?
		exits 134
		[ ! -s err ] || fail "contradicts what aborted"
		holds ".results[0].reps == $(wc -l <a.jsonl)" a.json
		leaves_nobody
	done
}

claims "$@"
