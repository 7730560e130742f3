#!/bin/bash
# results - right results: the same bits in every mode, form, number of threads and policy, and
# those that were published.
set -u
. "$(dirname "$0")/common.sh"

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

the_slow_policy_divides_its_default_work_and_says_so() {
	run --gil=opcode --workload=count,laplace "${fast[@]}" --format=json
	holds '.results[0] | .work_divisor == 100 and .size == 500000'
	holds '.results[1] | .work_divisor == (3000 / (.tasks * .iterations)) and .work_divisor >= 100'
	run --gil=opcode --workload=count --size=1000 "${fast[@]}"
	! grep -q "1/" out || fail "divided what was asked for"
	run --gil=opcode --workload=count "${fast[@]}"
	grep -q "1/100 of the usual work" out || fail "does not say so"
}

bytecode_has_a_size_of_its_own_where_the_native_one_would_take_minutes() {
	run --workload=matmul,memory --engine=bytecode,native --tasks=1 --iterations=1 --reps=1 --warmup=0 --format=json
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

only_memory_has_bytes_per_second() {
	run --workload=memory,count --size=2 --iterations=3 --format=json "${fast[@]}"
	exits 0
	holds '.results[1].bytes_per_s == null'
	holds '.results[0] | (.per_thread | map(.work_n) | add) as $n | $n == 3 * 87381
		and (.bytes_per_s * .wall_ns.median / 1e9 / (24 * $n) - 1 | fabs) < 1e-6'
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

claims "$@"
