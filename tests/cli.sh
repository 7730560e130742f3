#!/bin/bash
# cli - the whole program, as its users run it: what it prints, its exit status, and that
# nothing is left behind.  Each function is one claim, run in an empty folder of its own.
# Usage: cli.sh GILSIM [CLAIM...]
set -u
gilsim=$(realpath "$1")
shift
. "$(dirname "$0")/tap.sh"
scenarios=$root/bench/scenarios
fast=(--reps=2 --warmup=0)
small=(--size=12 --tasks=6 --iterations=4 "${fast[@]}")

# Every lock policy that there is, as a list.
policies() {
	"$gilsim" list | awk '/^lock/ { on = 1 } /^paces/ { on = 0 } on && /^  [a-z]/ { print $1 }' |
		paste -sd,
}

# Skips where it was not built, or where it cannot be tested: libgomp under TSan reports
# races of its own.
needs_openmp() {
	"$gilsim" --version | grep -q openmp || exit 77
	[ -z "${GILSIM_SKIP_OPENMP-}" ] || exit 77
}

# Tries for up to a minute.
wait_until() {
	for _ in $(seq 600); do
		"$@" >/dev/null 2>&1 && return
		sleep 0.1
	done
	fail "never came true: $*"
}

has_lines() {
	[ "$(wc -l <"$2")" -ge "$1" ]
}

# The measuring process of the gilsim in $pid has so many workers.
has_workers() {
	[ "$(pgrep -c -P "$(pgrep -P "$pid")")" = "$1" ]
}

# Aborts what measures for the gilsim in $pid: its process, or one of its workers, which may
# just have done its part; then not yet.
has_aborted() {
	local victim
	victim=$(pgrep -P "$pid")
	[ "$1" != process ] || victim=$(pgrep -P "$victim" | head -1)
	[ -z "$victim" ] || kill -ABRT "$victim"
	! kill -0 "$pid"
}

# Nothing of this gilsim may run any more.
leaves_nobody() {
	for _ in $(seq 50); do
		pgrep -f -- "$1" >left || return 0
		sleep 0.1
	done
	fail "still running: $(cat left)"
}

the_first_command_of_the_help_works_as_it_stands() {
	run --mode=locked --threads=8
	exits 0
	grep -q "laplace .* locked .* 8 .* ok" out || fail "no such row"
}

three_modes_and_eight_thread_counts_are_24_right_rows() {
	run --mode=locked,released,process --threads=1..8 --format=json "${small[@]}"
	exits 0
	holds '.schema == "gilsim-results/1"'
	holds '.results | length == 24 and all(.checksum_ok)'
	holds '[.results[] | .mode] == ([range(8)|"locked"] + [range(8)|"released"] + [range(8)|"process"])'
	holds '[.results[:8][] | .threads] == [range(1; 9)]'
}

native_results_have_the_same_bits_in_every_mode_and_at_every_thread_count() {
	run --mode=locked,released,process --engine=native --threads=1..8 --format=json "${small[@]}"
	exits 0
	holds '[.results[].checksum] | unique | length == 1'
}

bytecode_results_have_the_same_bits_under_every_policy() {
	run --gil="$(policies)" --mode=locked,process --threads=1..4 --format=json "${small[@]}"
	exits 0
	holds '[.results[].gil] | unique | length >= 9'
	holds '[.results[].checksum] | unique | length == 1'
}

# published.md: what CPython 3.11 and NumPy 1.24 give.
the_published_totals_are_met() {
	run --engine=bytecode --size=30 --iterations=30 --tasks=100 --threads=3 "${fast[@]}" --format=json
	holds '.results[0].checksum == "0x1.2c4652ea6e67bp+14"'
	run --engine=bytecode --size=30 --iterations=100 --tasks=1 "${fast[@]}" --format=json
	holds '.results[0].checksum == "0x1.74148fc0b3207p+7"'
	run --engine=bytecode --size=7 --iterations=5 --tasks=3 "${fast[@]}" --format=json
	holds '.results[0].checksum == "0x1.b55980ef52p+5"'
	run --workload=fib --size=90,94,1000000 --tasks=2 "${fast[@]}" --format=json
	holds '[.results[].checksum] == ["2880067194370816120", "1293530146158671551",
		"14197223477820724411"]'
	run --workload=fib --engine=native --size=1000000000 --tasks=1 --reps=1 --warmup=0 --format=json
	holds '.results[0].checksum == "3311503426941990459"'
	run --workload=count --size=50000 --threads=1..3 "${fast[@]}" --format=json
	holds '[.results[].checksum] == ["50000", "50000", "50000"]'
	run --workload=sumsq,sum --engine=bytecode,native --threads=3 --reps=1 --warmup=0 --format=json
	holds '[.results[].checksum] == ["1291890006563070912", "1291890006563070912",
		"499999500000", "499999500000"]'
}

weak_scaling_gives_each_thread_the_whole_work() {
	run --workload=count --size=1000 --threads=1,4 --scaling=weak "${fast[@]}" --format=json
	holds '[.results[].checksum] == ["1000", "4000"]'
	run --size=9 --tasks=3 --iterations=2 --threads=1,2 --scaling=weak "${fast[@]}" --format=json
	holds '.results | all(.checksum_ok)'
	holds '[.results[] | [.per_thread[].work_n] | add] == [294, 588]'
	run --workload=fib --size=90 --threads=3 --scaling=weak --tasks=1,2 "${fast[@]}" --format=json
	holds '.results | length == 1 and .[0].tasks == null'
	holds '.results[0].checksum == "2880067194370816120"'
}

# array_split: the first `tasks mod workers` of them get one more.
tasks_are_shared_out_as_array_split_does() {
	run --size=5 --tasks=7 --iterations=1 --threads=3 --mode=locked,process "${fast[@]}" --format=json
	holds '[.results[] | [.per_thread[].work_n]] == [[27, 18, 18], [27, 18, 18]]'
}

more_workers_than_tasks_is_right_as_well() {
	run --size=5 --tasks=2 --iterations=1 --threads=5 --mode=locked,released,process "${fast[@]}" \
		--format=json
	exits 0
	holds '.results | all(.checksum_ok)'
}

# every_account MODES POLICIES CLAIM: true of every workload, form, level and number of threads
# in those modes under those policies, with an interval so short that there are switches.
every_account() {
	for work in "laplace --size=8 --tasks=9 --iterations=3" "fib --size=60 --tasks=9" "count --size=5000"; do
		# shellcheck disable=SC2086  # a name and its options
		run --workload=$work --mode="$1" --engine=bytecode,native --gil="$2" --threads=1,2,8 \
			--accounting=counts,full --interval=50us --format=json "${fast[@]}"
		exits 0
		holds '.results | length > 0'
		holds ".results | all($3)"
	done
}

# The same in every mode: a process has a lock of its own, so one policy does for it.
every_mode_accounts() {
	every_account locked,released "$(policies)" "$1"
	every_account process cpython "$1"
}

# Every thread of a run has the same wall time, that of the repeat which is shown.
buckets_add_up_to_the_wall_time_of_every_thread() {
	every_mode_accounts '.wall_ns.samples as $walls
		| [.per_thread[].time_ns | .running + .gil_wait + .io + .start_join] | unique
		| length == 1 and . - $walls == []'
}

at_level_full_running_is_bytecode_and_native_held_and_released() {
	every_mode_accounts 'if .accounting == "full"
		then all(.per_thread[].time_ns; .bytecode + .native_held + .native_released == .running)
		else all(.per_thread[].time_ns; .bytecode == null and .native_held == null) end'
}

no_bucket_is_negative() {
	every_mode_accounts \
		'all(.time_ns, .per_thread[].time_ns | .[]; . == null or . >= 0)'
}

# Unlike their sum this does not follow from how the buckets are made: a wait that was missed
# would count as holding, beside the one who held it.
threads_hold_the_lock_they_share_no_longer_than_wall_time() {
	every_account locked,released cpython,cpython32 '(.per_thread[0].time_ns
		| .running + .gil_wait + .io + .start_join) as $wall
		| if .accounting == "full" then .time_ns.bytecode + .time_ns.native_held <= $wall * 1.005
		else .mode == "released" or .time_ns.running <= $wall * 1.005 end'
	run --workload=count --size=3000000 --threads=2,8 --accounting=full --format=json "${fast[@]}"
	holds '.results | all((.per_thread[0].time_ns | .running + .gil_wait + .io + .start_join) as $wall
		| .time_ns.bytecode > 0 and .time_ns.bytecode <= $wall * 1.005)'
}

only_native_calls_that_release_run_without_the_lock() {
	every_account locked,released,process cpython '.accounting != "full" or
		(.time_ns.native_released > 0) == (.mode == "released" and .engine == "native")'
	holds '[.results[] | select(.accounting == "full" and .engine == "native" and .mode != "released")
		| .time_ns.native_held > 0] | all'
}

an_openmp_run_accounts_for_all_of_its_time() {
	needs_openmp
	run --mode=openmp --threads=1,2 --accounting=counts,full --format=json "${small[@]}"
	holds '.results | length == 4 and all(.wall_ns.samples as $walls | (.per_thread | length) == 1
		and [.time_ns | .running + .gil_wait + .io + .start_join] - $walls == []
		and all(.time_ns[]; . == null or . >= 0))'
	holds '.results | all(.accounting == "counts" or (.time_ns | .native_released > 0
		and .bytecode + .native_held + .native_released == .running))'
}

# has gil, waits for gil and no gil are the fifth to third column from the right; each is rounded.
the_table_says_who_has_the_lock_waits_for_it_and_needs_none() {
	run --mode=locked,released,process --engine=bytecode,native --threads=1,2,8 --accounting=full \
		"${small[@]}"
	awk '/ (ok|WRONG)$/ { sum = $(NF-4) + $(NF-3) + $(NF-2); rows++; if (sum < 99.8 || sum > 100.2) exit 1 }
		END { if (rows != 18) exit 1 }' out || fail "do not add up to 100: $(cat out)"
	! grep -q -- "--accounting=full" out || fail "asks for what was given"
	run --mode=locked,released,process --engine=bytecode,native "${small[@]}"
	awk '/ ok$/ { unknown = $(NF-4) == "-" && $(NF-3) != "-" && $(NF-2) == "-"
		if (unknown != ($2 == "released" && $3 == "native")) exit 1 }' out || fail "knows too much: $(cat out)"
	[ "$(grep -c -- "--accounting=full" out)" = 1 ] || fail "does not say how to know"
	run --mode=locked,process --engine=bytecode,native "${small[@]}"
	! grep -q -- "--accounting=full" out || fail "asks for what is known"
}

what_was_not_measured_is_null() {
	run --accounting=off --format=json "${small[@]}"
	holds '.results[0] | .time_ns.gil_wait == null and .time_ns.bytecode == null
		and .gil_stats.wait_ns.total == null and .gil_stats.takes == 1'
	run --workload=count --size=10 --gil=cpython2 --format=json "${fast[@]}"
	holds '.results[0] | .tasks == null and .iterations == null and .interval_ns == null
		and .ticks == 100'
	run --mode=process --threads=2 --format=json "${small[@]}"
	holds '.results[0] | .speedup == null and .efficiency == null'
}

laws_of_scaling_are_fitted_to_three_and_four_thread_counts() {
	run --threads=1..4 --mode=locked,process --output=a.json "${small[@]}"
	exits 0
	holds '[.results[] | select(.mode == "locked") | .usl] | length == 4 and (unique | length == 1)
		and (.[0] | .lambda > 0 and .sigma >= 0 and .kappa >= 0 and .rms >= 0)' a.json
	holds '[.results[] | .karp_flatt != null] == [false, true, true, true, false, true, true, true]' a.json
	[ "$(grep -c "serial .* (off .* sigma .* kappa" out)" = 2 ] || fail "not a line for each series"
	run --threads=1..3 --output=a.json "${small[@]}"
	holds 'all(.results[]; .amdahl.serial_fraction >= 0 and .usl.sigma == null)' a.json
	run --threads=1,2 --output=a.json "${small[@]}"
	holds 'all(.results[]; .amdahl.serial_fraction == null and .usl.lambda == null)' a.json
	! grep -q "^scaling" out || fail "fitted to two"
}

updates_per_call_are_fewer_calls_and_change_no_bit() {
	run --mode=released --engine=native --size=12,200 --tasks=2 --iterations=10 \
		--updates-per-call=1,3,10,64 --format=json "${fast[@]}"
	exits 0
	holds '[.results[] | .updates_per_call] == [1, 3, 10, 64, 1, 3, 10, 64]'
	holds '.results | all(.checksum_ok)'
	holds '[.results[] | [.size, .checksum]] | unique | length == 2'
	# Beside the updates a task has two calls, and the first take.
	holds '[.results[] | .gil_stats.takes] == [25, 13, 7, 7, 25, 13, 7, 7]'
	run --mode=released,process --engine=native --size=200 --iterations=10 --tasks=2 --threads=2 \
		--updates-per-call=1,4 "${fast[@]}"
	[ "$(grep -cE '^laplace +released +native +cpython +4 ' out)" = 1 ] || fail "$(cat out)"
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

# Alone the option is on; a whole share is null, for nobody asked for a number of tasks.
a_pool_deals_single_tasks_and_without_one_a_share_is_one_message() {
	run --mode=process --pool --threads=2 --format=json "${small[@]}"
	holds '.results[0] | .pool == "on" and .chunks == 1 and .gil_stats.takes == 6'
	run --mode=process --threads=2 --format=json "${small[@]}"
	holds '.results[0] | .pool == "off" and .chunks == null and .gil_stats.takes == 2'
	run --mode=process --pool=off,on --chunks=2 --threads=2 --format=json "${small[@]}"
	holds '[.results[].gil_stats.takes] == [4, 3]'
	holds '[.results[].per_thread | map(.work_n) | add] | unique | length == 1'
}

# All that messages can be: one task, fewer tasks than workers, a chunk beyond all shares.
results_have_the_same_bits_however_tasks_are_moved() {
	for work in "laplace --size=12 --iterations=4 --tasks=1,7,20" "fib --size=90 --tasks=1,7" \
		"count --size=500" "counter --size=500"; do
		# shellcheck disable=SC2086  # a name and its options
		run --workload=$work --mode=locked,process --engine=bytecode --threads=1,2,5 --chunks=1,3,1000 \
			--payload=0,1,1000 --pool=off,on --format=json --reps=1 --warmup=0
		exits 0
		holds '.results | all(.checksum_ok)'
		holds '[.results[] | [.tasks, .checksum]] | unique | length == (map(.[0]) | unique | length)'
	done
}

# More than a pipe holds, both ways at once, so that whoever only sent would wait for ever.
payloads_beyond_what_a_pipe_holds_cross_without_a_deadlock() {
	run --mode=process --threads=1,3 --size=5 --tasks=9 --iterations=1 --chunks=1,2,9 \
		--payload=65536,1048576 --pool=off,on --format=json --reps=1 --warmup=0
	exits 0
	holds '.results | length == 24 and all(.checksum_ok)'
	holds '[.results[].checksum] | unique | length == 1'
}

workers_and_their_parent_account_for_their_time_however_tasks_are_moved() {
	run --mode=process --threads=1,3 --chunks=1,4 --payload=0,5000 --pool=off,on --accounting=full \
		--format=json "${small[@]}"
	exits 0
	holds '.results | length == 16 and all(.wall_ns.samples as $walls
		| [.per_thread[].time_ns | .running + .gil_wait + .io + .start_join] | unique
		| length == 1 and . - $walls == [])'
	holds '.results | all(all(.time_ns, .per_thread[].time_ns | .[]; . == null or . >= 0))'
	holds '.results | all((.per_thread[0].time_ns | .running + .gil_wait + .io + .start_join) as $wall
		| .parent_ns | .serialise > 0 and .move > 0 and .wait > 0 and .cpu > 0
		and .serialise + .move + .wait <= $wall)'
	run --mode=process --accounting=off --format=json "${small[@]}"
	holds '.results[0].parent_ns | [.[]] | unique == [null]'
}

the_table_says_how_busy_the_parent_is_where_messages_differ() {
	run --mode=process --payload=0,1000 --pool=off,on "${small[@]}"
	grep -q " chunks  payload  pool .* busy % " out || fail "does not: $(cat out)"
	run --mode=locked,process "${small[@]}"
	! grep -qE "payload|pool|busy" out || fail "speaks of what nobody asked for"
}

messages_that_cannot_be_are_refused() {
	refuses --chunks=0 -- "--chunks: '0' must be a whole number from 1 to 1000000"
	refuses --chunks=all -- "--chunks: 'all' must be a whole number from 1 to 1000000"
	for payload in -1 1073741825 64KiB ""; do
		refuses --payload="$payload" -- "--payload: '$payload' must be a whole number from 0 to 1073741824"
	done
	refuses --pool=perhaps -- "--pool: 'perhaps' must be off or on"
	refuses --pool= -- "--pool: '' must be off or on"
	refuses --mode=process --payload=1073741824 --tasks=1000000 --output=a.jsonl -- \
		"--payload=1073741824: messages of 1000000 tasks are in memory at once, twice: must be at most"
	[ ! -e a.jsonl ] || fail "began before it looked"
	refuses --mode=process --payload=1073741824 --tasks=1000000 --pool --chunks=1000 -- \
		"messages of 1000 tasks are in memory at once"
}

# What is moved is changed on its way, in lists of so many numbers: which tasks, what laplace
# takes (five) or gives (one), and 1,250 of payload.
a_payload_that_arrives_wrong_is_a_wrong_result_and_never_a_time() {
	cat >wrong.c <<-'END'
		#include <dlfcn.h>
		#include <stdint.h>
		#include <stdlib.h>
		#include <string.h>
		#include <unistd.h>
		ssize_t write(int fd, const void *bytes, size_t size)
		{
			ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
			uint64_t numbers_n = 0;
			if (size > 9000)
				memcpy(&numbers_n, (const char *)bytes + 8, 8);
			if (numbers_n != strtoull(getenv("NUMBERS"), NULL, 10))
				return real(fd, bytes, size);
			char *wrong = malloc(size);
			memcpy(wrong, bytes, size);
			wrong[5000] ^= 1;
			ssize_t written = real(fd, wrong, size);
			free(wrong);
			return written;
		}
	END
	"${CC:-cc}" -D_GNU_SOURCE -shared -fPIC wrong.c -o wrong.so -ldl || fail "does not compile"
	export ASAN_OPTIONS=verify_asan_link_order=0
	for pool in off on; do
		for numbers in 1253 1257; do
			status=0
			LD_PRELOAD=$PWD/wrong.so NUMBERS=$numbers "$gilsim" --mode=process --pool=$pool --chunks=1 \
				--payload=10000 --format=json "${small[@]}" >out 2>err || status=$?
			exits 1
			says "laplace process bytecode --threads=1: wrong result"
			holds '.results[0] | .checksum_ok == false and .wall_ns.median == null'
		done
	done
	LD_PRELOAD=$PWD/wrong.so NUMBERS=0 "$gilsim" --mode=process --payload=10000 "${small[@]}" >out 2>err ||
		fail "is wrong without a wrong byte"
}

the_slow_policy_divides_its_default_work_and_says_so() {
	run --gil=opcode --workload=count,laplace "${fast[@]}" --format=json
	holds '.results[0] | .work_divisor == 100 and .size == 500000'
	holds '.results[1] | .work_divisor == (3000 / (.tasks * .iterations)) and .work_divisor >= 100'
	run --gil=opcode --workload=count --size=1000 "${fast[@]}"
	! grep -q "1/" out || fail "divided what was asked for"
	run --gil=opcode --workload=count "${fast[@]}"
	grep -q "1/100 of the usual work" out || fail "does not say so"
}

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

# The settings of a file's lines, in the order in which they ran.
turns() {
	jq -r '.setting | "\(.mode) \(.threads)"' "$1"
}

each_round_has_an_order_of_its_own_and_rows_have_that_of_the_options() {
	local order=(--mode=locked,process --threads=1..4 --reps=3 --warmup=0 --size=5 --order-seed=7)
	run "${order[@]}" --output=a.jsonl --output=a.json --quiet
	exits 0
	run "${order[@]}" --output=b.jsonl --quiet
	cmp -s <(turns a.jsonl) <(turns b.jsonl) || fail "the same seed has another order"
	for round in 1 2 3; do
		turns a.jsonl | sed -n "$((8 * round - 7)),$((8 * round))p" >$round
		[ "$(sort $round)" = "$(printf '%s\n' {locked,process}\ {1..4})" ] || fail "round $round: $(cat $round)"
	done
	! cmp -s 1 2 && ! cmp -s 2 3 || fail "two rounds have the same order"
	holds '.measuring.order_seed == 7' a.json
	holds '[.results[] | [.mode, .threads]] == [["locked", "process"][] as $m | range(1; 5) | [$m, .]]' a.json
}

repeats_go_on_until_they_are_precise_or_time_is_up() {
	run --reps=auto --precision=100% --size=5 --threads=1,2 --output=a.json
	exits 0
	holds '.measuring.precision == 1 and (.results | all(.wall_ns.precision <= 1 and .reps >= 10))' a.json
	! grep -q "not within" out || fail "$(cat out)"
	run --reps=auto --precision=0.0001% --max-time=200ms --size=5 --threads=1,2 --output=b.json --output=b.jsonl
	exits 0
	grep -q "^not within 0.0001 % of the median (at most 200 ms and 10000 repeats): laplace locked bytecode 1 (.* %), laplace locked bytecode 2 (" \
		out || fail "$(cat out)"
	holds '.results | all(.reps > 10 and .wall_ns.precision > 1e-6)' b.json
	holds '.measuring.max_time_ns == 200000000' b.json
	run --reps=auto --precision=100% --size=5 --threads=1,2 --output=b.jsonl --resume --output=c.json
	exits 0
	jq '[.results[].reps]' b.json | cmp -s - <(jq '[.results[].reps]' c.json) || fail "not resumed"
}

# A run of some us of virtual time takes far longer; its --max-time would last for hours.
repeats_end_also_where_a_run_takes_no_time() {
	run --reps=auto --precision=0.0001% --world=virtual --cost=cpython313 --cores=2 --mode=locked \
		--workload=count --size=10 --threads=1 --output=a.json
	exits 0
	holds '.results | all(.reps == 10000 and .wall_ns.precision > 1e-6)' a.json
}

what_cannot_be_precise_is_refused() {
	for percent in 0% -1% 2 x% 101%; do
		refuses --reps=auto --precision="$percent" -- \
			"--precision: '$percent' must be above 0% and at most 100%, as in 2%"
	done
	refuses --precision=1% -- "--precision, --max-time: need --reps=auto"
	refuses --max-time=1s --reps=3 -- "--precision, --max-time: need --reps=auto"
	refuses advise --workload=fib --reps=auto -- "--reps: 'auto' must be a whole number"
	refuses --order-seed=-1 -- "--order-seed: '-1' must be a whole number from 0"
}

what_is_not_precise_is_named_by_what_tells_it_apart() {
	run --reps=auto --precision=0.0001% --max-time=50ms --size=5 --interval=1ms,2ms
	exits 0
	grep -q "^not within .*: laplace locked bytecode 1 interval 1.00 ms (.* %), laplace locked bytecode 1 interval 2.00 ms (" \
		out || fail "$(cat out)"
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

what_is_compared_has_a_noise_floor_and_few_repeats_have_no_interval() {
	run --threads=1,2 --size=5 --reps=5 --output=a.json
	exits 0
	grep -q "^noise floor: a setting differs from itself by up to .* %; a smaller difference is none$" out || fail "$(cat out)"
	holds '. as $d | .results | all(.noise_floor > 0 and .noise_floor == $d.results[0].noise_floor
		and (.wall_ns.ci95 | .[0] <= .[1]) and .wall_ns.outliers >= 0)' a.json
	run --threads=1,2 --size=5 --reps=4 --output=a.json
	grep -qx "95 % intervals: none of fewer than 5 repeats" out || fail "$(cat out)"
	! grep -q "noise floor" out || fail "a noise floor of four repeats"
	holds '.results | all(.wall_ns.ci95 == [null, null] and .noise_floor == null)' a.json
}

what_disturbs_is_named_in_the_real_world_only() {
	local many=$((2 * $(nproc)))
	run --threads="$many" --size=5 --reps=1 --output=a.json
	exits 0
	grep -q "^cores: up to $many threads or processes share" out || fail "$(cat out)"
	[ ! -s err ] || fail "warns on standard error"
	holds '.host.warnings | map(select(startswith("cores: "))) | length == 1' a.json
	run --threads="$many" --size=5 --reps=1 --world=virtual --cores=1 --cost=cpython313 --output=b.json
	! grep -qE "^(cores|load|steal|frequency|run queue):" out || fail "$(cat out)"
	holds '.host.warnings == []' b.json
	run --threads="$many" --size=5 --reps=1 --quiet --output=c.json
	[ ! -s out ] && [ ! -s err ] || fail "not quiet"
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

# The window between load and store is a few ns wide, but there are a million of them.
updates_are_lost_where_the_lock_may_go_between_load_and_store() {
	run --workload=counter --gil=cpython,cpython32,none --interval=1us --threads=2 \
		--size=20000000 --format=json "${fast[@]}"
	exits 0
	holds '.results[0].lost_updates == 0 and .results[0].checksum == "20000000"'
	holds '.results[1].lost_updates > 0 and .results[2].lost_updates > 0'
	run --workload=countercall --interval=1us --threads=2 --size=20000000 --format=json "${fast[@]}"
	holds '.results[0].lost_updates > 0'
}

# In processes and interpreters of their own, whatever the lock.
subinterpreters_share_nothing_and_have_a_lock_each() {
	run --workload=counter,countercall,counterlock,refcount --mode=subinterp --gil=cpython,none \
		--interval=1us --threads=1,4 --size=1000000 --format=json "${fast[@]}"
	exits 0
	holds '[.results[].lost_updates] | length == 16 and all(. == 0)'
	# To take a lock for the first time counts as one; a thread alone with it never gives it up.
	holds '[.results[] | select(.gil == "cpython") | .gil_stats.switches == .threads] | all'
	holds '[.results[] | select(.gil == "cpython") | .gil_stats.drop_requests] | all(. == 0)'
	run --workload=counter --mode=subinterp --threads=4 --size=1000 --format=json "${fast[@]}"
	holds '.results[0].checksum == "1000"'
}

free_loses_nothing_on_counterlock_and_refcount_with_1_to_8_threads() {
	run --workload=counterlock,refcount,immortal --mode=free --threads=1..8 --size=400000 \
		--format=json "${fast[@]}"
	exits 0
	holds '[.results[].lost_updates] | length == 24 and all(. == 0)'
	holds '[.results[] | select(.workload == "counterlock").checksum] | all(. == "400000")'
	[ ! -s err ] || fail "a sanitizer speaks"
}

loses_updates_in_free() {
	run --workload=counter --mode=free --threads=2 --size=20000000 --format=json "${fast[@]}"
	[ "$(jq '.results[0].lost_updates' out)" -gt 0 ]
}

free_may_lose_in_counter_and_says_how_many() {
	wait_until loses_updates_in_free
	exits 0
	holds '.results[0] | .checksum_ok and .lost_updates == 20000000 - (.checksum | tonumber)'
}

a_method_loses_nothing_under_a_lock_or_with_one_in_its_object() {
	run --workload=counterlock --gil="$(policies)" --interval=1us --threads=2 --size=20000 \
		--format=json "${fast[@]}"
	exits 0
	holds '[.results[] | select(.gil != "none") | .lost_updates] | all(. == 0)'
	run --workload=counterlock --gil=none --counts=biased --threads=2 --size=1000000 \
		--format=json "${fast[@]}"
	exits 0
	holds '.results[0].lost_updates == 0'
}

loses_in_methods() {
	run --workload=counterlock --gil=none --threads=2 --size=20000000 --format=json "${fast[@]}"
	[ "$(jq '.results[0].lost_updates' out)" -gt 0 ]
}

a_method_without_any_lock_loses() {
	wait_until loses_in_methods
	exits 0
}

nobody_counts_an_immortal_object() {
	run --workload=immortal --gil=none --counts=plain,atomic,biased --threads=4 --size=1000000 \
		--format=json "${fast[@]}"
	exits 0
	holds '[.results[].lost_updates] == [0, 0, 0]'
}

no_lock_multiplies_no_rows_of_free() {
	run --workload=count --mode=free --gil=cpython,ruby --interval=1ms,2ms --ticks=5,6 \
		--counts=plain,atomic --size=1000 --format=json "${fast[@]}"
	exits 0
	holds '.results | length == 1'
	holds '.results[0] | .gil == null and .interval_ns == null and .ticks == null'
	holds '.results[0] | .counts == "biased" and .gil_stats.switches == 0'
}

processes_share_no_counter_and_lose_nothing() {
	run --workload=counter,refcount --mode=process --threads=4 --size=100000 --format=json "${fast[@]}"
	exits 0
	holds '[.results[].lost_updates] == [0, 0]'
}

loses_references() {
	run --workload=refcount --gil=none --threads=2 --size=10000000 --format=json "${fast[@]}"
	[ "$(jq '.results[0].lost_updates' out)" -gt 0 ]
}

# What is lost by adding and by subtracting may cancel out, or the threads may hardly meet.
references_are_lost_only_without_a_lock_on_plain_counts() {
	wait_until loses_references
	run --workload=refcount --gil=none --counts=atomic,biased --threads=2 --size=10000000 \
		--format=json "${fast[@]}"
	exits 0
	holds '[.results[].lost_updates] == [0, 0]'
	run --workload=refcount --gil=cpython,cpython32 --interval=1us --threads=2 --size=1000000 \
		--format=json "${fast[@]}"
	holds '[.results[].lost_updates] == [0, 0]'
}

results_have_the_same_bits_at_every_pace_and_with_all_counts() {
	run --engine=bytecode --pace=full,cpython27,cpython311,cpython313,2.5 --counts=plain,atomic,biased \
		--threads=2 --format=json "${small[@]}"
	exits 0
	holds '.results | length == 15'
	holds '[.results[].checksum] | unique | length == 1'
	holds '[.results[].pace] | unique == ["2.5ns", "cpython27", "cpython311", "cpython313", "full"]'
	refuses --pace=cpython26 -- "--pace: 'cpython26' must be cpython27, cpython311, cpython313, full, or"
	refuses --pace=-1 -- "--pace: '-1' must be"
	refuses --counts=exact -- "--counts: 'exact' must be plain, atomic or biased"
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

threads_that_the_system_refuses_are_one_line_and_status_3() {
	command -v prlimit >/dev/null || exit 77
	user=nobody
	[ "$(id -u)" = 0 ] || exit 77
	chmod 755 .
	for mode in locked process; do
		status=0
		setpriv --reuid=$user --clear-groups prlimit --nproc=20 "$gilsim" --mode=$mode --threads=200 \
			"${small[@]}" >out 2>err || status=$?
		exits 3
		says "--threads=200: the system gave only"
	done
	leaves_nobody "$gilsim --mode=[lp].* --threads=200"
}

an_interrupt_keeps_the_finished_repeats_and_leaves_nobody() {
	for mode in locked process; do
		rm -f a.jsonl
		"$gilsim" --mode=$mode --threads=3 --workload=count --size=20000000 --reps=1000 --warmup=0 \
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
		leaves_nobody "$gilsim --mode=$mode --threads=3"
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
		--payload=0,100 --reps=1 --warmup=0 --format=json && exits 0) || exit 1
	holds '.results | length == 4 and all(.checksum == "900000" and (.per_thread | length == 900))'
}

more_workers_than_files_are_allowed_for_are_one_line_with_the_limit() {
	for pool in off on; do
		(ulimit -n 64 && run --mode=process --threads=900 --workload=count --pool=$pool && exits 3 &&
			says "--threads=900: the system gave only") || exit 1
		(ulimit -n 64 && run --mode=process --threads=900 --workload=count --pool=$pool &&
			says "Too many open files, two each: the limit is 64 (ulimit -Hn)") || exit 1
		leaves_nobody "$gilsim --mode=process --threads=900 --workload=count --pool=$pool"
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
	leaves_nobody "$gilsim --workload=fib --engine=native --size=100000000000"
}

a_killed_gilsim_takes_its_processes_along() {
	"$gilsim" --mode=process --threads=3 --workload=count --size=2000000000 >out 2>err &
	pid=$!
	wait_until has_workers 3
	kill -KILL $pid
	wait $pid 2>/dev/null
	leaves_nobody "$gilsim --mode=process --threads=3 --workload=count"
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
	leaves_nobody "$gilsim --mode=process --threads=3 --workload=count"
}

# Its elder siblings would work for days, so whoever waited for them first would not see it.
a_worker_that_is_killed_is_noticed_at_once() {
	export ASAN_OPTIONS=handle_segv=0 TSAN_OPTIONS=handle_segv=0
	export UBSAN_OPTIONS=${UBSAN_OPTIONS:+$UBSAN_OPTIONS:}handle_segv=0
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
			leaves_nobody "$gilsim --mode=process --pool=$pool --threads=4 --workload=count"
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
	leaves_nobody "$gilsim --mode=process --pool --threads=3 --workload=fib"
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
		leaves_nobody "$gilsim --mode=process --threads=3 --tasks=60"
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
	leaves_nobody "$gilsim --mode=process --pool --threads=3"
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
		"$gilsim" --mode=$mode --threads=2 --workload=count --size=20000000 --reps=1000 --warmup=0 \
			--output=a.jsonl --output=a.json >out 2>err &
		pid=$!
		wait_until has_lines 2 a.jsonl
		wait_until has_aborted $mode
		status=0
		wait $pid || status=$?
		exits 134
		[ ! -s err ] || fail "contradicts what aborted"
		holds ".results[0].reps == $(wc -l <a.jsonl)" a.json
		leaves_nobody "$gilsim --mode=$mode --threads=2"
	done
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
	mkdir bin
	ln -s "$(command -v env)" bin/
	PATH=$PWD/bin run --plot --workload=fib --size=500 --threads=1,2 "${fast[@]}"
	exits 0
	says "--plot: nothing is drawn: gnuplot: is not installed"
	grep -q "^fib " out || fail "has no table"
}

the_time_left_counts_the_least_time() {
	run --progress=always --workload=fib --size=2000 --reps=2 --warmup=0 --min-time=50ms
	exits 0
	tr '\r' '\n' <err | grep -qE '[0-9.]+ [mu]s left' || fail "says no time"
	! tr '\r' '\n' <err | sed '$d' | grep -c 'left' | grep -qxE '[0-2]' || fail "falls silent"
}

progress_goes_to_stderr_and_only_when_asked() {
	run "${small[@]}"
	[ ! -s err ] || fail "spoke without a terminal"
	run --progress=always --threads=1,2 "${small[@]}"
	grep -q "4 runs" err || fail "no progress"
	! grep -q "runs," out || fail "on stdout"
}

bytecode_has_a_size_of_its_own_where_the_native_one_would_take_minutes() {
	run --workload=matmul,memory --engine=bytecode,native --reps=1 --warmup=0 --format=json
	exits 0
	holds '[.results[].size] == [100, 1000, 24, 256]'
	run list
	grep -q -- "--size: side of the matrices, default 1,000; as bytecode 100" out || fail "does not say so"
}

matmul_is_the_same_by_blas_and_by_blocks_and_says_which_it_is() {
	run --workload=matmul,matmul-blocked --engine=bytecode,native --mode=locked,process --threads=2 \
		--size=33 --tasks=9 --format=json "${fast[@]}"
	exits 0
	holds '[.results[].checksum] | length == 8 and (unique | length == 1)'
	run list
	if "$gilsim" --version | grep -q blas; then
		grep -q "natively by BLAS" out || fail "does not say that it is by BLAS"
	else
		grep -q "matmul-blocked, as this gilsim was built without BLAS" out || fail "does not say why"
	fi
}

# The executable alone, without its modules.
# A gilsim without its modules beside it.
what_cannot_be_loaded_on_demand_is_one_clear_line_and_status_3() {
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

only_memory_has_bytes_per_second() {
	run --workload=memory,count --size=2 --iterations=3 --format=json "${fast[@]}"
	exits 0
	holds '.results[1].bytes_per_s == null'
	holds '.results[0] | (.per_thread | map(.work_n) | add) as $n | $n == 3 * 87381
		and (.bytes_per_s * .wall_ns.median / 1e9 / (24 * $n) - 1 | fabs) < 1e-6'
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

# builds FLAG...: bad.so, a kernel that does nothing but what the flags say.  A crash stays
# one under a sanitizer.
builds() {
	export ASAN_OPTIONS=handle_segv=0:handle_sigbus=0 TSAN_OPTIONS=handle_segv=0:handle_sigbus=0
	export UBSAN_OPTIONS=${UBSAN_OPTIONS:+$UBSAN_OPTIONS:}handle_segv=0:handle_sigbus=0
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

# The command of docs/examples/kernel.c, as it stands there.
builds_example() {
	ln -s "$root/include" include
	cp "$root/docs/examples/kernel.c" .
	"${CC:-cc}" -O2 -shared -fPIC -I include kernel.c -o kernel.so || fail "does not compile"
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

# writes SIGNATURE INSTRUCTION...: a.gasm, one function.
writes() {
	printf 'func f%s\n' "$1" >a.gasm
	shift
	printf '\t%s\n' "$@" >>a.gasm
	echo end >>a.gasm
}

# TSan says on stderr what a lock would have to prevent.
items_of_a_shared_list_are_read_without_a_lock_and_without_a_race() {
	writes "(n int) int" "local i int" "LOAD_CONST 0" "LOAD_FAST n" "next: FOR_RANGE done" \
		"STORE_FAST i" "LOAD_GLOBAL_REF u" "LOAD_CONST 0" SUBSCR_FLOATS \
		"LOAD_GLOBAL_REF u" "LOAD_CONST 0" STORE_FLOATS \
		"LOAD_CONST 1.0" "LOAD_GLOBAL_REF u" "LOAD_CONST 0" CALL_FLOATS_ADD \
		"JUMP_BACKWARD next" "done: LOAD_FAST n" RETURN_VALUE
	sed -i '1i global u floats' a.gasm
	run --program=a.gasm --mode=free --threads=4 --size=10000 --format=json "${fast[@]}"
	exits 0
	[ ! -s err ] || fail "a sanitizer speaks"
	run --program=a.gasm --gil=none --counts=plain,atomic --threads=4 --size=10000 --format=json "${fast[@]}"
	exits 0
	[ ! -s err ] || fail "a sanitizer speaks"
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
	head -c 4096 "$gilsim" >binary.gasm
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
		leaves_nobody "$gilsim --program=a.gasm"
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

openmp_gives_the_same_bits_as_the_other_modes() {
	needs_openmp
	run --mode=released,openmp --threads=1..4 --size=40 --tasks=3 --iterations=7 --format=json "${fast[@]}"
	exits 0
	holds '.results | length == 8 and all(.checksum_ok)'
	holds '[.results[].checksum] | unique | length == 1'
	run --mode=openmp,process,locked --threads=2 --format=json "${small[@]}"
	holds '.results | length == 3 and all(.checksum_ok)'
	# In place, of rows that are shared out.
	run --mode=released,openmp --threads=1,2,3,5 --size=190 --tasks=2 --iterations=9 \
		--updates-per-call=1,4 --format=json "${fast[@]}"
	exits 0
	holds '.results | length == 16 and all(.checksum_ok)'
	holds '[.results[].checksum] | unique | length == 1'
}

openmp_that_gives_fewer_threads_is_no_result() {
	needs_openmp
	export OMP_THREAD_LIMIT=1
	run --mode=openmp --threads=2 "${small[@]}"
	exits 3
	says "fewer OpenMP threads than asked for"
	unset OMP_THREAD_LIMIT
	export OMP_DYNAMIC=true
	run --mode=openmp --threads=8 "${small[@]}"
	exits 0
}

openmp_that_was_not_built_says_so() {
	! "$gilsim" --version | grep -q openmp || exit 77
	run --mode=openmp
	exits 3
	says "mode openmp: this gilsim was built without OpenMP"
}

# Skips where it was not built.
needs_libuv() {
	"$gilsim" --version | grep -q libuv || exit 77
}

# The modes in which waits can overlap, on this machine.
waiting_modes() {
	echo "locked,process,subinterp,free$("$gilsim" --version | grep -q libuv && echo ,async)"
}

needs_hwloc() {
	"$gilsim" --version | grep -q hwloc || exit 77
}

binding_that_was_not_built_says_so() {
	! "$gilsim" --version | grep -q hwloc || exit 77
	run --bind=none,core --size=5
	exits 3
	says "--bind=core: this gilsim was built without hwloc"
	run --bind=none --size=5 --format=json "${fast[@]}"
	exits 0
	holds '.host.topology == null and .results[0].bind == null'
}

# At least $1 threads of what gilsim in $pid measures with, worker processes included, may run on one
# processor alone, and these processors are those of the list $2.
runs_bound() {
	local process processes found
	processes=$(pgrep -P "$(pgrep -P "$pid" | paste -sd,)" | paste -sd' ')
	for process in $(pgrep -P "$pid") $processes; do
		cat /proc/"$process"/task/*/status
	done 2>/dev/null | awk '/^Cpus_allowed_list/ { print $2 }' | grep -x '[0-9]*' >bound
	found=$(sort -un bound | paste -sd,)
	[ "$(wc -l <bound)" -ge "$1" ] && [ "$found" = "$2" ]
}

# THREADS PLACES COMMAND... - true of it at some time while it runs; then it is ended.
is_seen_bound() {
	local threads=$1 places=$2
	shift 2
	"$@" >/dev/null 2>err &
	pid=$!
	wait_until runs_bound "$threads" "$places"
	kill -INT "$pid"
	status=0
	wait "$pid" || status=$?
	exits 130
}

allowed() {
	taskset -cp $$ | sed 's/.*: //' | tr , '\n' | awk -F- '{ for (k = $1; k <= $NF; k++) print k }'
}

# Without SMT, or all of it allowed, the places are all that is allowed.
threads_and_processes_run_on_a_processor_each_of_those_allowed() {
	needs_hwloc
	local first slow
	first=$(allowed | head -1)
	slow=(--workload=io --size=20000000 --tasks=4 --iterations=1 --reps=1 --warmup=0)
	for mode in locked process subinterp; do
		is_seen_bound 4 "$first" taskset -c "$first" "$gilsim" --mode=$mode --threads=4 \
			--bind=core "${slow[@]}"
	done
	[ "$(allowed | wc -l)" -gt 1 ] || return 0
	for mode in locked process; do
		is_seen_bound "$(allowed | wc -l)" "$(allowed | paste -sd,)" "$gilsim" --mode=$mode \
			--threads="$(allowed | wc -l)" --bind=pu "${slow[@]}"
	done
}

a_team_runs_on_a_processor_each_and_coroutines_all_on_one() {
	needs_hwloc
	needs_openmp
	is_seen_bound "$(allowed | wc -l)" "$(allowed | paste -sd,)" "$gilsim" --mode=openmp \
		--threads="$(allowed | wc -l)" --bind=pu --workload=sumsq --size=100000000000 --reps=1 \
		--warmup=0
	needs_libuv
	is_seen_bound 1 "$(allowed | head -1)" taskset -c "$(allowed | head -1)" "$gilsim" --mode=async \
		--threads=4 --bind=core --workload=io --size=20000000 --tasks=4 --iterations=1 --reps=1 \
		--warmup=0
}

every_mode_gives_right_results_wherever_its_threads_are_bound() {
	needs_hwloc
	run --mode=locked,released,process,subinterp,free --threads=1,5 --bind=none,core,pu \
		--format=json "${small[@]}"
	exits 0
	holds '.results | length == 30 and all(.checksum_ok)'
	holds '[.results[].bind] | unique == [null, "core", "pu"]'
	holds '.host.topology | .pus >= .cores and .cores >= .packages and (.smt == (.pus > .cores))'
}

# Migrations are counted by the system, whatever the processor has, where that lets.
counters_that_are_not_to_be_had_are_null_and_one_line_says_why() {
	run --mode=locked,process --threads=2 --counters=off,on --format=json "${small[@]}"
	exits 0
	[ "$(wc -l <err)" -le 1 ] || fail "says more than one line"
	holds '[.results[] | .counted] == [null, "on", null, "on"]'
	holds '.results | all(if .counted then true else .counters | [.[]] | all(. == null) end)'
	for name in cycles instructions cache_misses migrations; do
		if grep -q "^gilsim: --counters: without .*$name" err; then
			holds ".results | all(.counters.$name == null)"
		else
			holds ".results | all((.counters.$name == null) == (.counted == null))"
		fi
	done
}

where_threads_run_is_nothing_to_the_virtual_world() {
	refuses --bind=socket -- "--bind: 'socket' must be none, core or pu"
	refuses --counters=maybe -- "--counters: 'maybe' must be off or on"
	run "${virtual[@]}" --bind=none,core --counters=off,on "${small[@]}"
	exits 0
	grep -qx "without effect here: --bind, --counters" out || fail "$(cat out)"
	run "${virtual[@]}" --bind=none,core --counters=off,on --format=json "${small[@]}"
	holds '.results | length == 1 and .[0].bind == null and .[0].counters.migrations == null'
	[ ! -s err ] || fail "explains what is not counted"
}

async_that_was_not_built_says_so() {
	! "$gilsim" --version | grep -q libuv || exit 77
	run --mode=async
	exits 3
	says "mode async: this gilsim was built without libuv"
}

# 40 sleeps of 20 ms are 800 ms; eight at a time, 100 ms.
waits_overlap_in_every_mode_and_the_lock_is_free_meanwhile() {
	run --workload=io --mode="$(waiting_modes)" --threads=1,8 --tasks=40 --size=10000 --format=json \
		"${fast[@]}"
	exits 0
	holds '[.results[].checksum] | unique == ["820"]'
	holds '.results | all(if .threads == 1 then .wall_ns.min >= 400e6 else .wall_ns.min < 200e6 end)'
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

# What runs for the gilsim in $pid: first the process that answers, then the one that measures.
has_children() {
	[ "$(pgrep -c -P "$pid")" = "$1" ]
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
			leaves_nobody "$gilsim --workload=io --mode=$mode"
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
		leaves_nobody "$gilsim --workload=io --mode=$mode"
	done
}

a_program_may_sleep_in_every_mode() {
	writes "(n int) int" "LOAD_FAST n" "CALL_NATIVE sleep" RETURN_VALUE
	run --program=a.gasm --mode="$(waiting_modes)" --size=1000000 --threads=4 --format=json \
		"${fast[@]}"
	exits 0
	holds '.results | all(.checksum == "0" and .wall_ns.min >= 2e6 and .time_ns.io > 0)'
}

# scenario JSON: writes it to s.json and runs it; its results are in out.
plays() {
	echo "$1" >s.json
	shift
	run scenario s.json --format=json "$@"
}

a_scenario_tells_what_became_of_each_group() {
	plays '{"accounting": "full", "threads": [
		{"name": "io", "count": 2, "repeat": 5, "phases": [{"io_us": 10}, {"native_us": 2, "release": true}]},
		{"workload": "laplace", "size": 7, "iterations": 5, "tasks": 3, "repeat": 3}]}' --reps=3
	exits 0
	holds '.schema == "gilsim-scenario/1" and .reps == 3 and (.repeats | length) == 3'
	holds '.scenario.threads[0].name == "io" and .accounting == "full"'
	holds '[.threads[] | [.name, .count, .rounds]] == [["io", 2, 10], ["thread 1", 1, 3]]'
	holds '.wall_ns | (.samples | length) == 3 and .min <= .median and .median <= .max'
	holds '(.wall_ns.samples | sort[1]) as $wall | .threads | all(.count as $n | .time_ns
		| .running + .gil_wait + .io + .start_join == $n * $wall)'
	holds '.threads | all(.latency_ns | .p50 <= .p99 and .p99 <= .max)'
	holds '.threads[0] | .lost_n == null and .bytes_per_s == null and .gil_stats.takes >= 20'
	holds '.repeats | all(.threads[0].rounds == 10 and .threads[1].latency_p50_ns > 0)'
	run scenario s.json
	exits 0
	grep -q "^io  *2  *10 " out || fail "no such line"
}

# What the orders mean for time, bench/scenarios shows; here, that each is run as told.
two_native_calls_are_run_in_all_four_orders() {
	for first in true false; do
		for second in true false; do
			plays "{\"interval\": \"60s\", \"threads\": [
				{\"workload\": \"fib\", \"engine\": \"native\", \"release\": $first, \"size\": 1000},
				{\"workload\": \"fib\", \"engine\": \"native\", \"release\": $second, \"size\": 1000}]}"
			exits 0
			holds '[.threads[].rounds] == [1, 1]'
			# Its start, and each return from a call without the lock; nobody asks for it in time.
			holds "[.threads[].gil_stats.takes >= 2] == [$first, $second]"
		done
	done
}

threads_without_an_end_end_with_the_duration_under_every_policy() {
	policies=$("$gilsim" list | awk '/^lock/ { on = 1 } /^paces/ { on = 0 }
		on && /^  [a-z]/ { print $1 }')
	for gil in $policies; do
		plays "{\"gil\": \"$gil\", \"duration\": \"50ms\", \"threads\": [
			{\"workload\": \"count\", \"size\": 1000, \"repeat\": \"until-duration\"},
			{\"workload\": \"count\", \"size\": 1000000000000, \"repeat\": \"until-duration\"},
			{\"phases\": [{\"bytecode_us\": 5}], \"repeat\": \"until-duration\"}]}" --reps=1
		exits 0
		holds '.wall_ns.min >= 50000000 and .threads[1].rounds == 0 and .threads[1].latency_ns == null'
	done
}

an_echo_answers_all_pings() {
	plays '{"threads": [{"name": "echo", "echo": "udp", "count": 2, "pings": 20, "bytes": 1000}]}'
	exits 0
	holds '.threads[0] | .lost_n == 0 and .rounds == 40 and .bytes_per_s > 0 and .latency_ns.max > 0'
	plays '{"duration": "50ms", "threads": [{"echo": "udp", "repeat": "until-duration", "every": "1ms"},
		{"workload": "count", "size": 1000, "repeat": "until-duration"}]}' --reps=1
	exits 0
	holds '.threads[0].rounds > 0'
}

bad_scenarios_are_one_line_and_start_nothing() {
	refuses scenario -- "scenario: must name a file"
	refuses scenario no.json -- "no.json: cannot be read: No such file or directory"
	echo '{"threads": [{"phases": [{"native_us": -5}]}]}' >s.json
	refuses scenario s.json -- "s.json: threads[0].phases[0].native_us: -5 must be a number from 0"
	echo '{"threads": ' >s.json
	refuses scenario s.json -- "s.json: line 2, column 0: not JSON"
	echo '{"threads": [{"workload": "fib", "size": 9}]}' >s.json
	refuses scenario s.json t.json -- "t.json: must be an option: there is a file, s.json"
	refuses scenario s.json --reps=0 -- "--reps: '0' must be"
	refuses scenario s.json --format=csv -- "--format: 'csv' must be table or json"
	refuses scenario s.json --output=a.csv -- "--output=a.csv: must end in .json"
	refuses scenario s.json --accounting=x -- "--accounting: 'x' must be off, counts or full"
	run scenario s.json --output=no/a.json
	exits 3
	says "no/a.json: cannot be written: No such file or directory"
}

all_scenarios_of_the_bench_are_well_formed() {
	for file in "$scenarios"/*.json; do
		jq '.duration = "5ms" | .threads[] |= (if .size then .size = 100 else . end
			| if .pings then .pings = 2 else . end)' "$file" >s.json
		run scenario s.json --reps=1 --output=out.json --quiet
		exits 0
		[ ! -s out ] || fail "not quiet"
		holds '.scenario.help | length > 20' out.json
	done
}

an_interrupted_scenario_keeps_its_repeats_and_leaves_nobody() {
	echo '{"duration": "100ms", "threads": [{"echo": "udp", "repeat": "until-duration", "every": "5ms"},
		{"workload": "count", "size": 1000, "repeat": "until-duration"}]}' >interrupted.json
	"$gilsim" scenario interrupted.json --reps=1000 --output=a.json >out 2>err &
	pid=$!
	sleep 1
	kill -INT $pid
	status=0
	wait $pid || status=$?
	exits 130
	says "interrupted"
	[ ! -e a.json ] || holds '.reps >= 1 and (.repeats | length) == .reps' a.json
	leaves_nobody "$gilsim scenario interrupted.json"
}

a_killed_pinging_process_is_named() {
	echo '{"threads": [{"name": "server", "echo": "udp", "pings": 100000, "every": "1s"}]}' >killed.json
	"$gilsim" scenario killed.json --reps=1 >out 2>err &
	pid=$!
	wait_until has_workers 1
	kill -KILL "$(pgrep -P "$(pgrep -P $pid)")"
	status=0
	wait $pid || status=$?
	exits 3
	says "killed.json: thread server: the process that pings it: Killed"
	leaves_nobody "$gilsim scenario killed.json"
}

the_matrix_has_the_ratio_of_two_rows_for_every_type_of_task_in_every_mode() {
	run matrix --reps=5 --warmup=0 --threads=2 --output=matrix.json --quiet
	exits 0
	holds '.results | length > 0 and all(.checksum_ok)' matrix.json
	holds '.matrix.threads == 2' matrix.json
	holds '[.matrix.cells[] | [.task_type, .mode]] | length == (unique | length)' matrix.json
	holds '.matrix.cells | length == (([.[].task_type] | unique | length) * ([.[].mode] | unique | length))' \
		matrix.json
	holds '.matrix.cells | all((.speedup > 0 and (.mark | IN("gain", "none", "loss")) and .why == null)
		or (.speedup == null and .mark == null and (.why | length > 0)))' matrix.json
	# The base is one thread that holds the lock.
	holds '. as $d | .matrix.cells | map(select(.speedup)) | length > 0 and all(. as $c
		| [$d.results[] | select(.workload == $c.workload and .engine == $c.engine)] as $rows
		| ($rows[] | select(.mode == "locked" and .threads == 1) | .wall_ns.median) as $base
		| ($rows[] | select(.mode == $c.mode and .threads == 2) | .wall_ns.median) as $time
		| ($c.speedup - $base / $time | fabs) < 1e-3)' matrix.json
}

options_that_nothing_heeds_are_named_below_the_table() {
	run --workload=count --size=1000 --tasks=7 --payload=100 --pool --threads=1 "${fast[@]}"
	exits 0
	grep -qx "without effect here: --tasks, --payload, --pool" out || fail "$(cat out)"
	run --workload=count,fib --size=1000 --tasks=7 --mode=locked,process --pool "${fast[@]}"
	! grep -q "without effect" out || fail "$(cat out)"
	run --workload=count --size=1000 --mode=locked,released "${fast[@]}"
	grep -q "different forms: compare them with --engine=native" out || fail "$(cat out)"
	run --workload=count --size=1000 --mode=locked,released --engine=native "${fast[@]}"
	! grep -q "different forms" out || fail "$(cat out)"
}

the_matrix_takes_one_value_of_each_option() {
	refuses matrix --threads=1,2 -- "--threads: matrix takes one value, not 2"
	refuses matrix --gil=cpython,ruby -- "--gil: matrix takes one value, not 2"
	refuses matrix --size=3 -- "unrecognized option '--size=3'"
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

a_scenario_reads_files_too() {
	echo '{"threads": [{"workload": "files", "size": 3000, "tasks": 10, "count": 2},
		{"workload": "files", "size": 3000, "tasks": 4, "engine": "native"}]}' >files.json
	run scenario files.json --reps=2 --output=out.json --quiet
	exits 0
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
		leaves_nobody "$gilsim --workload=files --engine=native --size=100000"
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
	holds '.results[0].gains.calls.points | length >= 3 and length < 17 and all(.held | length == 1)' a.json
	[ "$(wc -l <a.csv)" -ge 4 ] || fail "no lines"
	leaves_nobody "$gilsim breakeven --threads=3"
}

an_unknown_command_is_told_all_that_there_are() {
	refuses frobnicate -- "frobnicate: unknown command, must be run, list, scenario, "
	grep -q " breakeven, .*or an option$" err || fail "not breakeven"
}

advice_is_given_on_every_kind_of_work_and_follows_from_its_rows() {
	run advise --workload=fib --size=1000 --tasks=4 --threads=1,2 "${fast[@]}" --output=a.json
	exits 0
	grep -q " at once\|Stay with one thread" out || fail "no advice"
	holds '.advice | .engine == "bytecode" and .workload == "fib" and (.because | length > 2)' a.json
	holds '.advice as $a | [.results[] | select(.engine == "bytecode" and .accounting == "counts")
			| select(.mode == "locked" or .threads > 1)]
		| (min_by(.wall_ns.median)) as $best
		| .[] | select(.mode == $a.mode and .threads == $a.threads)
		| .wall_ns.median <= 1.1 * $best.wall_ns.median or .wall_ns.min <= $best.wall_ns.max' a.json
	holds '[.results[] | select(.mode == "released") | .engine] | length > 0 and all(. == "native")' a.json
	holds '.advice.unfit | any(.mode == "released" and .engine == "bytecode" and (.why | length > 0))' a.json
	holds '.advice.other_engine | .engine == "native" and .gain > 0' a.json
	holds '.advice.calls == {bytecode: "", native: "fib_steps"}' a.json
	holds '.advice.now.shares | .bytecode > 0 and .gil_wait >= 0' a.json
	run advise --workload=fib --engine=native --size=1000 --tasks=4 --threads=2 "${fast[@]}" --format=json
	exits 0
	holds '.advice | .now.engine == "native" and .engine == "native" and .other_engine.engine == "bytecode"'
}

advice_on_a_program_of_the_users_own_has_one_engine() {
	printf 'func twice(n int, task int, iterations int) int\nLOAD_FAST n\nLOAD_CONST 2\nBINARY_MUL_INT\nRETURN_VALUE\nend\n' >twice.gasm
	run advise --program=twice.gasm --threads=1,2 "${fast[@]}" --format=json
	exits 0
	holds '.advice | .workload == "twice" and .other_engine == null and .engine == "bytecode"'
}

kept_advice_decided_again_is_the_same() {
	run advise --workload=refcount --size=2000 --threads=1,2 "${fast[@]}" --output=a.json
	exits 0
	run advise --from=a.json --format=json
	exits 0
	[ "$(jq -S . out)" = "$(jq -S . a.json)" ] || fail "decided differently: $(diff out a.json)"
	run advise --from=a.json
	exits 0
	grep -q "^- " out || fail "no reasons"
	jq '.results |= map(if .mode == "locked" then . else .wall_ns.samples |= map(. * 100) end)' a.json >slow.json
	run advise --from=slow.json --format=json
	holds '.advice.mode == "locked"'
}

advice_is_not_given_on_nothing_or_on_two_things() {
	refuses advise -- "--workload, --kernel, --program, --scenario, --from: must be one of them, not 0"
	refuses advise --workload=fib --from=a.json -- "must be one of them, not 2"
	refuses advise --workload=fib,count -- "--workload: advise takes one value, not 2"
	refuses advise --workload=refcount --engine=native -- "--engine=native: workload refcount has no such form"
	refuses advise --workload=fib --mode=locked -- "unrecognized option '--mode=locked'"
	refuses advise --from=absent.json -- "absent.json"
	results() { echo "{\"schema\": \"gilsim-results/1\", ${1-} \"results\": [{\"workload\": \"w\", \"mode\": \"x\", \"threads\": 1, \"wall_ns\": {\"samples\": [1]}}]}"; }
	results >bare.json
	refuses advise --from=bare.json -- "bare.json: must have an advice, as gilsim advise --output=FILE.json"
	results '"advice": {"now": {"engine": "native", "cores": 2}},' >odd.json
	refuses advise --from=odd.json -- "odd.json: results[0]: must have mode, engine, threads"
	refuses advise --from=bare.json --format=csv -- "--from, --scenario: give a table or json, not csv"
	refuses --from=a.json -- "unrecognized option '--from=a.json'"
}

advice_on_a_scenario_says_what_helps_each_group() {
	cat >s.json <<-'END'
		{"duration": "30ms", "threads": [
			{"name": "io", "repeat": "until-duration", "phases": [{"native_us": 50, "release": true}]},
			{"name": "hog", "workload": "count", "size": 1000, "repeat": "until-duration"}]}
	END
	run advise --scenario=s.json --reps=2 --output=a.json
	exits 0
	grep -q "^io  *a switch interval of 0.5 ms" out || fail "no interval"
	grep -q -- "^- every native call released: changes nothing" out || fail "does not say what changes nothing"
	holds '[.variants[].change] == ["nothing", "release", "hold", "interval", "no-lock"]' a.json
	holds 'all(.variants[]; (.threads | length == 2) == (.why_not == null))' a.json
	holds '[.advice.threads[].name] == ["io", "hog"]' a.json
	holds '.variants[0].threads | all(.gain == 1 and .rounds_per_s > 0)' a.json
	refuses advise --scenario=absent.json -- "absent.json: cannot be read"
	refuses advise --scenario=s.json --format=csv -- "give a table or json, not csv"
}

# The virtual world.

virtual=(--world=virtual --cost=cpython313)

worlds_cores_seeds_and_costs_that_cannot_be_are_refused() {
	refuses --world=next -- "--world: 'next' must be real or virtual"
	for cores in 0 65537 -1 two ""; do
		refuses "${virtual[@]}" --cores="$cores" -- "--cores: '$cores' must be a whole number from 1 to 65536"
	done
	refuses "${virtual[@]}" --seed=4611686018427387905 -- \
		"--seed: '4611686018427387905' must be a whole number from 0 to 4611686018427387904"
	refuses "${virtual[@]}" --threads=10000000 -- "--threads: '10000000' must be a whole number from 1 to 1000000"
	refuses "${virtual[@]}" --mode=locked --threads=100000 -- "--threads=100000: mode locked's must be at most 65536"
	refuses --world=virtual --cost=python4 --output=a.jsonl -- \
		"--cost: 'python4' must be cpython27, cpython311, cpython313, or a file of gilsim calibrate"
	refuses --world=virtual --cost= -- "--cost: must name a file"
	echo '{"schema": "gilsim-results/1"}' >foreign.json
	refuses --world=virtual --cost=foreign.json --output=a.jsonl -- "foreign.json: "
	echo '{"schema": "gilsim-cost/1", "mach' >torn.json
	refuses --world=virtual --cost=torn.json --output=a.jsonl -- "torn.json:1: must be a cost model"
	[ ! -e a.jsonl ] || fail "began before it looked"
}

# A calibration would take its time: only what comes before one, and what instead of one.
without_a_cost_the_kept_calibration_is_asked_for_and_then_python() {
	mkdir -p cache/gilsim
	echo '{"schema": "gilsim-cost/1"' >"cache/gilsim/cost-$(uname -n).json"
	export XDG_CACHE_HOME=$PWD/cache
	refuses --world=virtual --output=a.jsonl -- "cache/gilsim/cost-"
	[ ! -e a.jsonl ] || fail "began before it looked"
	unset XDG_CACHE_HOME HOME
	run --world=virtual --output=a.json "${small[@]}"
	exits 0
	says "no HOME to keep it in"
	says "; costs are those of cpython313"
	holds '.results[0].cost == "cpython313"' a.json
}

what_a_preset_does_not_have_is_said_below_the_table() {
	run "${virtual[@]}" --mode=locked,free,subinterp --size=5
	exits 0
	grep -q "^free: costs of cpython313 are of a build with the lock, " out || fail "$(cat out)"
	grep -q "^subinterp: costs of cpython313 have none for creating an interpreter, " out || fail "$(cat out)"
	run "${virtual[@]}" --mode=locked --size=5
	! grep -q "costs of cpython313 \(are\|have\)" out || fail "nobody asked"
	run --mode=free,subinterp --size=5 "${fast[@]}"
	! grep -q "build with the lock" out || fail "of the real world"
}

what_is_not_modelled_in_the_virtual_world_says_so() {
	refuses "${virtual[@]}" --mode=openmp -- "mode openmp: is not modelled in the virtual world"
	builds_example
	refuses "${virtual[@]}" --kernel=kernel.so --output=a.jsonl -- \
		"is not known; must be bytecode alone, or a scenario with the measured time of a call as native_us"
	writes "(n int) int" "LOAD_FAST n" "CALL_NATIVE sleep" RETURN_VALUE
	refuses "${virtual[@]}" --program=a.gasm --output=a.jsonl -- "f calls sleep: what that takes in"
	[ ! -e a.jsonl ] || fail "began before it looked"
	run "${virtual[@]}" --program="$root/docs/examples/mandelbrot.gasm" --threads=1,2 --format=json "${fast[@]}"
	exits 0
	holds '.results | length == 2 and all(.checksum_ok)'
}

an_update_costs_the_same_in_virtual_time_however_many_are_in_a_call() {
	run "${virtual[@]}" --cores=2 --mode=locked,released --engine=native --size=30,600 --tasks=2 \
		--iterations=24 --updates-per-call=1,8 --threads=2 --reps=1 --format=json
	exits 0
	holds '[.results[] | [.size, .checksum]] | unique | length == 2'
	holds '[.results[] | .wall_ns.median] | .[1] < .[0] and .[1] > 0.9 * .[0] and .[3] < .[2]
		and .[3] > 0.9 * .[2] and .[5] < .[4]'
}

options_of_the_virtual_world_are_without_effect_in_the_real_one() {
	run --cores=2,4 --seed=1,2 --cost=nothing "${small[@]}"
	exits 0
	grep -q "^without effect here: --cores, --seed, --cost$" out || fail "does not say so"
	[ "$(grep -cE "^laplace +locked" out)" = 1 ] || fail "not one row"
}

# As gilsim wrote it before there were worlds.
a_file_without_worlds_is_resumed_as_real() {
	run --output=a.jsonl --reps=2 --warmup=0 --size=5
	sed -i 's/"seed":null,//; s/"cost":null,//; s/"cost_digest":null,//' a.jsonl
	! grep -q "seed\|cost" a.jsonl || fail "not an older file"
	run --output=a.jsonl --resume --reps=3 --warmup=0 --size=5
	exits 0
	[ "$(wc -l <a.jsonl)" = 3 ] || fail "$(wc -l <a.jsonl) repeats"
}

the_list_names_worlds_and_costs() {
	run list
	exits 0
	sed -n '/^worlds/,/^formats/p' out >part
	for name in real virtual openmp cpython27 cpython311 cpython313; do
		grep -q "$name" part || fail "no $name"
	done
}

# Of another folder and another file's name, so that only the seed and the costs are the same.
the_same_seed_and_costs_give_the_same_results_to_the_byte_and_another_seed_others() {
	for n in 1 2; do
		run "${virtual[@]}" --mode=locked,released,process,subinterp,free --threads=1,3,9 --cores=4 \
			--interval=50us --accounting=full --output=$n.json --output=$n.csv --quiet "${small[@]}"
		exits 0
		jq .results $n.json >$n.results
	done
	cmp 1.results 2.results || fail "results differ"
	cmp 1.csv 2.csv || fail "lines differ"
	holds '.results | length == 15 and all(.checksum_ok)' 1.json
	run "${virtual[@]}" --mode=locked,released,process,subinterp,free --threads=1,3,9 --cores=4 --seed=5 \
		--interval=50us --accounting=full --format=json "${small[@]}"
	[ "$(jq '[.results[].wall_ns.samples]' 1.json)" != "$(jq '[.results[].wall_ns.samples]' out)" ] ||
		fail "no seed matters"
}

each_repeat_in_virtual_time_can_be_had_alone_by_its_seed() {
	run "${virtual[@]}" --threads=3 --interval=50us --seed=11 --reps=3 --format=json --size=12 --tasks=6
	jq -c '[.results[].wall_ns.samples[]]' out >together
	run "${virtual[@]}" --threads=3 --interval=50us --seed=11..13 --reps=1 --format=json --size=12 --tasks=6
	holds '[.results[].seed] == [11, 12, 13]'
	jq -c '[.results[].wall_ns.samples[]]' out | cmp -s - together || fail "repeats have other seeds"
}

rows_of_the_virtual_world_name_it_and_have_no_figures_of_the_host() {
	run "${virtual[@]}" --mode=locked,process --threads=2 --cores=4 --seed=9 --accounting=full --format=json \
		--size=12 --tasks=6
	exits 0
	holds '.results | length == 2 and all(.world == "virtual" and .cores == 4 and .seed == 9
		and .cost == "cpython313" and (.cost_digest | length == 16) and .reps == 3)'
	holds '.results | all(.user_ns.median == null and .sys_ns.samples == [] and .peak_rss_bytes == null
		and .context_switches.voluntary == null and .parent_ns.cpu == null)'
	run --format=json "${small[@]}"
	holds '.results[0] | .world == "real" and .seed == null and .cost == null and .cost_digest == null
		and .prediction.error == null and (.user_ns.median | type) == "number"'
}

# Of those that share one core, each is without it half the time.
time_without_a_core_is_told_in_virtual_time_too() {
	run "${virtual[@]}" --mode=free,process --threads=2 --cores=1,2 --accounting=full --format=json \
		--size=30 --tasks=6
	exits 0
	holds '.results | length == 4 and all(if .cores == 1 then .time_ns.runqueue > .wall_ns.median / 4
		else .time_ns.runqueue < .wall_ns.median / 4 end)'
}

# The real row once, whatever multiplies the virtual ones.
a_prediction_stands_beside_what_was_measured_with_its_error() {
	run --world=real,virtual --cost=cpython313 --cores=2,4 --seed=1,2 --threads=1,2 --output=a.json "${small[@]}"
	exits 0
	holds '[.results[] | [.threads, .world, .seed]] == [1, 2 | . as $n | [$n, "real", null],
		(range(2) | [$n, "virtual", 1], [$n, "virtual", 2])]' a.json
	holds '.results as $all | .results | map(select(.world == "virtual")) | length == 8 and all(. as $v
		| ($all[] | select(.world == "real" and .threads == $v.threads).wall_ns.median) as $real
		| (.prediction.error - (.wall_ns.median / $real - 1) | fabs) < 1e-4)' a.json
	holds '.results | all(.threads > 1 or .speedup == 1)' a.json
	grep -q " world .* cores .* seed .* error %" out || fail "no such columns: $(cat out)"
	grep -q ", [0-9]* cores\?, virtual cores, costs of cpython313$" out || fail "does not say on what"
}

a_virtual_run_is_resumed() {
	run "${virtual[@]}" --threads=2 --output=a.jsonl --reps=1 --size=12
	run "${virtual[@]}" --threads=2 --output=a.jsonl --reps=3 --size=12 --resume --output=a.json
	exits 0
	[ "$(wc -l <a.jsonl)" = 3 ] || fail "$(wc -l <a.jsonl) repeats"
	jq -c '.results[0].wall_ns.samples' a.json >resumed
	run "${virtual[@]}" --threads=2 --reps=3 --size=12 --format=json
	jq -c '.results[0].wall_ns.samples' out | cmp -s - resumed || fail "a repeat has another seed"
}

the_matrix_of_the_virtual_world_has_its_cores_and_no_openmp() {
	run matrix "${virtual[@]}" --cores=6 --reps=1 --output=a.json
	exits 0
	grep -q "speed-up of 6 threads, processes or tasks on 6 virtual cores" out || fail "other threads"
	grep -q "mode openmp: is not modelled in the virtual world" out || fail "does not say why"
	holds '.matrix.cells | map(select(.mode == "openmp")) | length == 4 and all(.speedup == null and .why != null)' \
		a.json
	holds '.matrix.cells | all(.mark == null)' a.json # one repeat tells nothing
	refuses matrix "${virtual[@]}" --cores=2,4 -- "--cores: matrix takes one value, not 2"
	refuses matrix --world=real,virtual --cost=cpython313 -- "--world: matrix takes one value, not 2"
}

advice_in_the_virtual_world_is_for_its_cores() {
	run advise --workload=count --size=100000 "${virtual[@]}" --cores=6 --output=a.json --quiet
	exits 0
	holds '[.results[].threads] | unique == [1, 2, 3, 4, 6, 8, 12, 48]' a.json
	holds '.advice.now.cores == 6 and (.advice.unfit | any(.mode == "openmp" and (.why | test("not modelled"))))' \
		a.json
	refuses advise --workload=count "${virtual[@]}" --seed=1,2 -- "--seed: advise takes one value, not 2"
}

a_scenario_runs_in_the_world_of_its_document_or_of_the_option() {
	cat >s.json <<-'END'
		{"duration": "30ms", "world": "virtual", "threads": [
			{"name": "io", "repeat": "until-duration", "phases": [{"native_us": 50, "release": true}]},
			{"name": "hog", "workload": "count", "size": 1000, "repeat": "until-duration"}]}
	END
	for n in 1 2; do
		run scenario s.json --cost=cpython313 --cores=3 --seed=4 --format=json
		exits 0
		jq 'del(.host)' out >$n.json
	done
	cmp -s 1.json 2.json || fail "differs"
	holds '.world == "virtual" and .cores == 3 and .seed == 4 and .cost == "cpython313"' 1.json
	run scenario s.json --world=real --reps=1 --format=json
	exits 0
	holds '.world == "real" and .seed == null'
	run scenario "$scenarios/convoy-50us-1.json" "${virtual[@]}" --reps=1
	exits 0
	grep -q "median of 1 repeat, 8 virtual cores, seed 1, costs of cpython313" out || fail "does not say where"
	run advise --scenario=s.json --cost=cpython313 --reps=2 --format=json
	exits 0
	holds '.world == "virtual" and .cores == 8 and (.variants | length == 5)'
	refuses scenario s.json --world=next -- "--world: 'next' must be real or virtual"
	refuses scenario s.json --cores=0 -- "--cores: '0' must be a whole number from 1 to 65536"
	refuses scenario s.json --cost=python4 -- "--cost: 'python4' must be cpython27"
}

# A sanitizer needs more from the beginning.
a_virtual_world_without_memory_says_so() {
	(ulimit -v 750000 && "$gilsim" --version >/dev/null 2>&1) || return 0
	(ulimit -v 750000 && run --world=virtual --cost=cpython313 --threads=16384 --workload=count --size=16384 \
		--reps=1 && exits 3 && says "emory") || exit 1
}

a_deadlock_in_the_virtual_world_is_explained_and_not_waited_for() {
	timeout 60 "$gilsim" scenario --cost=cpython313 "$scenarios/explore/deadlock.json" >out 2>err || status=$?
	exits 1
	says "nobody can ever go on: 'mutex, then GIL' waits for the lock, which 'GIL, then mutex' has since"
	grep -q "'GIL, then mutex' waits for the mutex cache, which 'mutex, then GIL' has since" err || fail "half of it"
}

# One found the lock when it looked, is held up with it for a hundred times the interval, and ends.
who_is_held_up_after_a_look_is_no_deadlock() {
	jq '.gil = "pypy"' "$scenarios/explore/three.json" >pypy.json
	for seed in 333 2369 2803; do
		run explore pypy.json --cost=cpython313 --seeds=$seed..$seed
		exits 0
	done
}

exploring_checks_every_invariant_and_says_so() {
	run explore "$scenarios/explore/three.json" --seeds=1..50
	exits 0
	grep -q "^50 seeds in " out || fail "not all"
	grep -q "^0 of the seeds failed" out || fail "some failed"
	[ "$(grep -cE "^ +[1-9][0-9]*  (one_holder|no_lost_wakeup|full_interval|forced_switch|progress|turns|counters) " \
		out)" = 7 ] || fail "not every one"
}

# The starvation that CPython's lock has is no failure.
exploring_tells_of_the_longest_that_a_thread_was_passed_over() {
	run explore "$scenarios/explore/starving.json" --seeds=1..60
	exits 0
	grep -qE "^starvation: seed [0-9]+ \((random|priorities)\): '.*' waited .* for the lock, while [0-9]+ times" out ||
		fail "not told"
}

a_seed_that_fails_is_explained_and_can_be_had_again() {
	run explore "$scenarios/explore/deadlock.json" --seeds=1..40
	exits 1
	seed=$(sed -nE 's/^seed ([0-9]+) .*deadlock: nobody can ever go on$/\1/p' out)
	again=$(sed -n 's/^  again: gilsim //p' out)
	[ -n "$seed" ] && [ "$again" = "explore $scenarios/explore/deadlock.json --seeds=$seed..$seed --log" ] ||
		fail "no way to it"
	grep -q "^    'mutex, then GIL' waits for the lock, which 'GIL, then mutex' has since" out || fail "unexplained"
	sed -n '/what threads did/,/^$/p' out | grep " s  " >before
	[ "$(wc -l <before)" = 30 ] || fail "no trace"
	run $again
	exits 1
	sed -n '/what threads did/,/^$/p' out | grep " s  " >after
	cmp before after || fail "another trace"
	run explore "$scenarios/explore/deadlock.json" --seeds=1..4 --schedule=random --keep-going
	exits 1
	grep -q "^4 seeds in " out || fail "gave up"
}

an_exploration_that_is_interrupted_or_loses_its_process_keeps_what_it_found() {
	cp "$scenarios/explore/three.json" interrupted.json
	"$gilsim" explore interrupted.json --seeds=1..1000000 >out 2>err &
	pid=$!
	wait_until pgrep -P "$pid"
	sleep 0.5
	kill -INT "$pid"
	wait "$pid" || status=$?
	exits 130
	says "interrupted"
	grep -qE "^[0-9]+ seeds in " out || fail "no totals"
	leaves_nobody "$gilsim explore interrupted.json"
	cp interrupted.json killed.json
	"$gilsim" explore killed.json --seeds=1..1000000 >out 2>err &
	pid=$!
	wait_until has_aborted scenario
	wait "$pid" || status=$?
	exits 1
	grep -qE "^seed [0-9]+ .*: failed$" out || fail "which?"
	grep -q "killed by signal 6" out || fail "why?"
}

bad_explorations_are_one_line() {
	file=$scenarios/explore/three.json
	refuses explore -- "explore: must name a file"
	refuses explore no.json -- "no.json: cannot be read: No such file or directory"
	refuses explore "$file" --seeds=x -- "--seeds: 'x' must be a whole number from 0"
	refuses explore "$file" --seeds=5..1 -- "--seeds: '1' must be a whole number from 5"
	refuses explore "$file" --cores=0 -- "--cores: '0' must be a whole number from 1 to 65536"
	refuses explore "$file" --cost=python4 -- "--cost: 'python4' must be cpython27"
	refuses explore "$file" --schedule=fair -- "--schedule: 'fair' must be random, priorities or both"
	refuses explore "$file" "$file" -- "must be an option: there is a file"
}

a_breakeven_in_the_virtual_world_names_it() {
	run breakeven "${virtual[@]}" --cores=2,4 --threads=2 --neighbours=0 --reps=1 --output=a.json --output=a.csv
	exits 0
	holds '[.results[] | [.world, .cores, .seed]] == [["virtual", 2, 1], ["virtual", 4, 1]]' a.json
	grep -q ",virtual,4,1,[0-9a-f]*$" a.csv || fail "not in the lines"
	grep -q "world virtual" out || fail "not above the table"
}

# A calibration of few rounds: its figures are bad, and whole.
worker_processes_servers_and_event_loops_run_in_virtual_time() {
	for options in --pool=off,on "--pool --chunks=1,3 --payload=0,70000"; do
		# shellcheck disable=SC2086
		run "${virtual[@]}" --workload=count --size=2000 --tasks=7 --mode=process --threads=1,3 $options --output=a.json
		exits 0
		holds '[.results[].checksum_ok] | length >= 4 and all' a.json
		rm a.json
	done
	for n in 1 2; do
		run "${virtual[@]}" --seed=7 --workload=io --size=100 --tasks=12 --iterations=2 \
			--mode=locked,released,process,subinterp,free,async --threads=1,5 --output=$n.csv
		exits 0
	done
	[ "$(grep -c "^io,.*,true," 1.csv)" = 12 ] || fail "not 12 right results: $(cat 1.csv)"
	cmp -s 1.csv 2.csv || fail "differs"
	plays '{"threads": [{"name": "echo", "echo": "udp", "count": 2, "pings": 20, "bytes": 1000},
		{"workload": "count", "size": 1000, "repeat": "until-duration"}], "duration": "1s"}' "${virtual[@]}" --reps=1
	exits 0
	holds '.threads[0] | .lost_n == 0 and .rounds == 40'
}

calibrates() {
	run calibrate --reps=1 "$@"
	exits 0
	[ ! -s out ] || fail "wrote to stdout"
}

a_calibration_is_a_cost_model_that_the_virtual_world_charges_by() {
	calibrates --output=c.json
	[ ! -s err ] || fail "says something"
	holds '.schema == "gilsim-cost/1" and (.digest | test("^[0-9a-f]{16}$")) and (.host.cpu | type == "string")' c.json
	holds '[.machine[]] | length >= 28 and all(. >= 0)' c.json
	holds '.machine | .clock_ps > 0 and .quantum_ns >= 1000 and .memory_mib_s > 0' c.json
	holds '.opcode_ps | keys == ["call", "loop", "object", "simple"] and .simple > 0' c.json
	# Every workload that computes, in every form that it has.
	holds '[.works[] | select(.engine == "bytecode") | .opcode_ps > 0] | length == 14 and all' c.json
	# An item of a short call may be lost in what the call takes; those of the longest may not.
	holds '[.works[] | select(.engine == "native") | .items | all(.[]; .items > 0 and .ps >= 0) and .[-1].ps > 0] |
		length == 9 and all' c.json
	run --world=virtual --cost=c.json --threads=1,2 --output=a.json "${small[@]}"
	exits 0
	holds '.results | length == 2 and all(.cost == "c.json" and .wall_ns.median > 0)' a.json
	[ "$(jq -r '.results[0].cost_digest' a.json)" = "$(jq -r .digest c.json)" ] || fail "another digest"
}

a_calibration_is_kept_where_the_virtual_world_looks_for_it() {
	export XDG_CACHE_HOME=$PWD/new/cache
	calibrates
	says "the calibration of this machine is kept in $PWD/new/cache/gilsim/cost-"
	kept=$(echo new/cache/gilsim/cost-*.json)
	run --world=virtual --output=a.json "${small[@]}"
	exits 0
	[ ! -s err ] || fail "says something"
	[ "$(jq -r '.results[0].cost_digest' a.json)" = "$(jq -r .digest "$kept")" ] || fail "another digest"
	# A relative folder is none (XDG Base Directory Specification).
	mkdir -p home/.cache here
	mv new/cache/gilsim home/.cache
	(export XDG_CACHE_HOME=here HOME=$PWD/home && run --world=virtual --output=b.json "${small[@]}" && exits 0) || exit 1
	[ ! -s err ] || fail "says something, and so does not look for it at home"
	[ -z "$(ls here)" ] || fail "looks for it in a relative folder"
	[ "$(jq '.results[0].cost_digest' a.json)" = "$(jq '.results[0].cost_digest' b.json)" ] || fail "other costs"
}

a_calibration_that_cannot_be_kept_is_refused() {
	run calibrate --output=c.csv
	exits 2
	says "--output=c.csv: calibrate writes one file, whose name must end in .json"
	refuses calibrate --output=a.json --output=b.json -- "--output=a.json: calibrate writes one file"
	run calibrate --output=absent/c.json
	exits 3
	says "absent/c.json: cannot be written: No such file or directory"
	touch file
	XDG_CACHE_HOME=$PWD/file run calibrate
	exits 3
	says "$PWD/file/gilsim: cannot be made: Not a directory"
	unset XDG_CACHE_HOME
	HOME= run calibrate
	exits 2
	says "calibrate: there is no HOME to keep it in: name a file by --output=FILE.json"
}

# By 20,000 native calls of a cell each, with the lock held and released around each.
an_uncontended_drop_and_take_lasts_as_in_the_cpython_of_the_preset() {
	while read -r cost gil ns; do
		run --world=virtual --cost="$cost" --gil="$gil" --engine=native --mode=locked,released --size=3 \
			--tasks=1 --iterations=20000 --reps=1 --format=json
		exits 0
		holds "(.results | .[1].wall_ns.min - .[0].wall_ns.min) / 20000 / $ns | . > 0.98 and . < 1.02"
	done <<-'END'
		cpython27 cpython2 16
		cpython311 cpython 41
		cpython313 cpython 50
	END
}

an_interrupted_calibration_leaves_no_file_and_nobody() {
	"$gilsim" calibrate --output="$PWD/c.json" 2>err &
	pid=$!
	sleep 0.3
	kill -INT "$pid"
	wait "$pid"
	status=$?
	exits 130
	says "interrupted"
	[ -z "$(ls c.json* 2>/dev/null)" ] || fail "left a file"
	leaves_nobody "--output=$PWD/c.json"
}

claims "$@"
