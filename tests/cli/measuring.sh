#!/bin/bash
# measuring - how often and in which order is measured, and what is said of how far to trust it.
set -u
. "$(dirname "$0")/common.sh"

laws_of_scaling_are_fitted_to_three_and_four_thread_counts() {
	run "${virtual[@]}" --threads=1..4 --mode=locked,process --output=a.json "${small[@]}"
	exits 0
	holds '[.results[] | select(.mode == "locked") | .usl] | length == 4 and (unique | length == 1)
		and (.[0] | .lambda > 0 and .sigma >= 0 and .kappa >= 0 and .rms >= 0)' a.json
	holds '[.results[] | .karp_flatt != null] == [false, true, true, true, false, true, true, true]' a.json
	[ "$(grep -c "serial .* (off .* sigma .* kappa" out)" = 2 ] || fail "not a line for each series"
	run "${virtual[@]}" --threads=1..3 --output=a.json "${small[@]}"
	holds 'all(.results[]; .amdahl.serial_fraction >= 0 and .usl.sigma == null)' a.json
	run "${virtual[@]}" --threads=1,2 --output=a.json "${small[@]}"
	holds 'all(.results[]; .amdahl.serial_fraction == null and .usl.lambda == null)' a.json
	! grep -q "^scaling" out || fail "fitted to two"
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
	holds '.results | all(.reps >= 10 and .wall_ns.precision > 1e-6)' b.json
	holds '.measuring.max_time_ns == 200000000' b.json
	run --reps=auto --precision=100% --size=5 --threads=1,2 --output=b.jsonl --resume --output=c.json
	exits 0
	jq -es '[.[].results] | transpose | all(if .[0].wall_ns.precision <= 1 then .[0].reps == .[1].reps
		else .[0].reps < .[1].reps end)' b.json c.json >/dev/null || fail "not resumed"
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

what_is_compared_has_a_noise_floor_and_few_repeats_have_no_interval() {
	run --threads=1,2 --size=5 --reps=5 --output=a.json
	exits 0
	grep -q "^noise floor: a setting differs from itself by up to .* %; a smaller difference is none$" out || fail "$(cat out)"
	holds '. as $d | .results | all(.noise_floor >= 0 and .noise_floor == $d.results[0].noise_floor
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

the_time_left_counts_the_least_time() {
	run --progress=always --workload=fib --size=2000 --tasks=1 --reps=2 --warmup=0 --min-time=200ms
	exits 0
	tr '\r' '\n' <err | grep -qE '[0-9.]+ [mu]?s left' || fail "says no time"
	! tr '\r' '\n' <err | sed '$d' | grep -c 'left' | grep -qxE '[0-2]' || fail "falls silent"
}

claims "$@"
