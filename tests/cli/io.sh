#!/bin/bash
# io - waits: sleeps, datagrams, the event loop, and files.
set -u
. "$(dirname "$0")/common.sh"

async_that_was_not_built_says_so() {
	! "$gilsim" --version | grep -q libuv || exit 77
	run --mode=async
	exits 3
	says "mode async: this gilsim was built without libuv"
}

# 40 sleeps of 10 ms are 400 ms; eight at a time, 50 ms.
waits_overlap_in_every_mode_and_the_lock_is_free_meanwhile() {
	run --workload=io --mode="$(waiting_modes)" --threads=1,8 --tasks=40 --size=10000 --format=json \
		"${fast[@]}"
	exits 0
	holds '[.results[].checksum] | unique == ["820"]'
	holds '.results | all(if .threads == 1 then .wall_ns.min >= 400e6 else .wall_ns.min < 400e6 end)'
	holds '.results | all(.threads == 1 or .time_ns.io > .time_ns.running)'
}

rounds_and_weak_scaling_multiply_the_waits() {
	run --workload=io --mode="$(waiting_modes)" --threads=3 --tasks=4 --iterations=5 --size=0 \
		--scaling=strong,weak --format=json "${fast[@]}"
	exits 0
	holds '.results | all(.checksum == if .scaling == "weak" then "1170" else "150" end)'
	holds '.results | all(([.per_thread[].work_n] | add) == if .scaling == "weak" then 60 else 20 end)'
}

an_async_run_is_one_thread_and_accounts_for_all_of_its_time() {
	needs_libuv
	run --workload=io,count --mode=async --threads=1,5 --size=2000 --tasks=10 --iterations=2 \
		--accounting=counts,full --format=json "${fast[@]}"
	exits 0
	holds '.results | length == 8 and all(.wall_ns.samples as $walls | (.per_thread | length) == 1
		and [.time_ns | .running + .gil_wait + .io + .start_join] - $walls == []
		and all(.time_ns[]; . == null or . >= 0))'
	holds '.results | all(.accounting == "counts" or (.time_ns
		| .bytecode + .native_held + .native_released == .running))'
	holds '.results | all((.workload == "io") == (.time_ns.io > 0))'
	holds '.results | all((.workload == "io") == (.gil_stats.takes > 1))'
}

# Their stacks are as large as their program needs; a file limit only makes them wait longer.
a_hundred_thousand_coroutines_are_possible() {
	needs_libuv
	run --workload=count --mode=async --threads=100000 --size=200000 --reps=1 --warmup=0 --format=json
	exits 0
	holds '.results[0] | .checksum == "200000" and .peak_rss_bytes < 500e6'
	for files in 60 20; do
		(ulimit -n $files && run --workload=io --mode=async --threads=200 --tasks=200 --size=1000 \
			--reps=1 --warmup=0 --format=json && exits 0) || exit 1
		holds '.results[0].checksum == "20100"'
	done
}

an_interrupted_io_leaves_nobody() {
	for mode in locked async; do
		[ $mode = locked ] || needs_libuv
		for signal in INT KILL; do
			"$gilsim" --workload=io --mode=$mode --threads=5 --tasks=1000000 >out 2>err &
			pid=$!
			wait_until has_children 2
			kill -$signal $pid
			wait $pid 2>/dev/null
			leaves_nobody
		done
	done
}

a_killed_answering_process_is_said_so() {
	for mode in locked async; do
		[ $mode = locked ] || needs_libuv
		"$gilsim" --workload=io --mode=$mode --threads=3 --tasks=1000000 --size=1000 >out 2>err &
		pid=$!
		wait_until has_children 2
		sleep 0.2
		kill -KILL "$(pgrep -P $pid | head -1)"
		status=0
		wait $pid || status=$?
		exits 3
		says "worker 0: nobody is there to answer what it asked"
		leaves_nobody
	done
}

a_program_may_sleep_in_every_mode() {
	writes "(n int) int" "LOAD_FAST n" "CALL_NATIVE sleep" RETURN_VALUE
	run --program=a.gasm --mode="$(waiting_modes)" --size=1000000 --threads=4 --format=json \
		"${fast[@]}"
	exits 0
	holds '.results | all(.checksum == "0" and .wall_ns.min >= 2e6 and .time_ns.io > 0)'
}

files_give_the_same_bits_in_every_mode_form_and_number_of_threads() {
	run --workload=files --size=999 --tasks=20 --iterations=2 --engine=bytecode,native \
		--mode=locked,released,process,subinterp,free --threads=1,2,7 --format=json "${fast[@]}"
	exits 0
	holds '.results | length == 30 and all(.checksum_ok)'
	holds '[.results[].checksum] | unique | length == 1'
	holds '.results | all(([.per_thread[].work_n] | add) == 999 * 20 * 2)'
}

files_give_the_same_bits_under_every_policy() {
	run --workload=files --size=500 --tasks=9 --gil="$(policies)" --threads=3 --engine=bytecode,native \
		--format=json "${fast[@]}"
	exits 0
	holds '[.results[].checksum] | unique | length == 1'
}

# Reading is I/O in every mode; scanning natively holds the lock where native calls do.
a_read_of_a_file_is_io_and_gives_the_lock_away_in_every_mode() {
	run --workload=files --size=100000 --tasks=8 --engine=native --mode=locked,released,process \
		--accounting=full --format=json "${fast[@]}"
	exits 0
	holds '.results | all(.time_ns.io > 0 and .gil_stats.takes > 8)'
	holds '[.results[] | .time_ns.native_held > 0] == [true, false, true]'
}

files_of_weak_scaling_and_of_several_sizes_are_right() {
	run --workload=files --size=10,100000 --tasks=5 --scaling=weak --threads=1..4 --format=json "${fast[@]}"
	exits 0
	holds '.results | all(.checksum_ok)'
	holds '[.results[] | select(.threads == 4) | .size * 20] == [.results[] | select(.threads == 4)
		| [.per_thread[].work_n] | add]'
}

thousands_of_files_need_few_descriptors() {
	(ulimit -n 64 && run --workload=files --size=100 --tasks=5000 --mode=locked,process --threads=2 \
		--format=json "${fast[@]}" && exits 0) || exit 1
	holds '.results | all(.tasks == 5000 and .checksum_ok)'
}

no_file_is_left_however_gilsim_ends() {
	mkdir kept
	export TMPDIR=$PWD/kept
	run --workload=files --size=1000 --tasks=10 --mode=locked,process --threads=2 "${fast[@]}"
	exits 0
	[ -z "$(ls -A kept)" ] || fail "left $(ls -A kept)"
	for signal in INT TERM KILL; do
		rm -f a.jsonl
		"$gilsim" --workload=files --engine=native --size=100000 --tasks=50 --mode=process --threads=2 \
			--reps=100000 --output=a.jsonl >out 2>err &
		pid=$!
		wait_until has_lines 2 a.jsonl
		[ -z "$(ls -A kept)" ] || fail "shows $(ls -A kept) while it runs"
		kill -$signal $pid
		wait $pid 2>/dev/null
		leaves_nobody
		[ -z "$(ls -A kept)" ] || fail "left $(ls -A kept) after SIG$signal"
	done
}

a_folder_that_takes_no_files_is_one_line_and_status_3() {
	touch plain
	for folder in "$PWD/absent" "$PWD/plain"; do
		TMPDIR=$folder run --workload=files --size=10
		exits 3
		says "workload files: $(printf %.80s "$folder"): cannot hold 1000 files of 10 bytes: "
		says "set TMPDIR to another folder"
	done
	other=()
	if [ "$(id -u)" = 0 ]; then
		chmod 755 .
		other=(setpriv --reuid=nobody --clear-groups)
	fi
	mkdir -m 555 readonly
	status=0
	TMPDIR=$PWD/readonly "${other[@]}" "$gilsim" --workload=files --size=10 >out 2>err || status=$?
	exits 3
	says "Permission denied; set TMPDIR to another folder"
}

files_that_do_not_fit_are_one_line_and_status_3_at_once() {
	run --workload=files --size=1073741824 --tasks=1000000
	exits 3
	says "cannot hold 1000000 files of 1073741824 bytes: "
	run --workload=files --size=1073741824 --tasks=1000000 --scaling=weak --threads=65536
	exits 3
	says "bytes: File too large; set TMPDIR to another folder"
	(ulimit -f 100; run --workload=files --size=1000000 --tasks=1; echo "$status" >status) || true
	[ "$(cat status)" = 3 ] || fail "status $(cat status)"
	says "workload files: "
}

claims "$@"
