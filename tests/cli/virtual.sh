#!/bin/bash
# virtual - the virtual world: the same to the byte by its seed, and what it does not model.
set -u
. "$(dirname "$0")/common.sh"

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

# A sanitizer needs more from the beginning.
a_virtual_world_without_memory_says_so() {
	needs_no_valgrind "it takes more memory"
	(ulimit -v 750000 && "$gilsim" --version >/dev/null 2>&1) || return 0
	(ulimit -v 750000 && run --world=virtual --cost=cpython313 --threads=16384 --workload=count --size=16384 \
		--reps=1 && exits 3 && says "emory") || exit 1
}

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

claims "$@"
