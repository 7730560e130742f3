#!/bin/bash
# advise - what suits a piece of work, or a scenario, best.
set -u
. "$(dirname "$0")/common.sh"

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
	jq '.world = "virtual"' s.json >virtual.json
	run advise --scenario=virtual.json --cost=cpython313 --reps=2
	exits 0
	grep -q "^io  *a switch interval of 0.5 ms" out || fail "no interval"
	grep -q -- "^- every native call released: changes nothing" out || fail "does not say what changes nothing"
	run advise --scenario=s.json --reps=2 --output=a.json
	exits 0
	holds '[.variants[].change] == ["nothing", "release", "hold", "interval", "no-lock"]' a.json
	holds 'all(.variants[]; (.threads | length == 2) == (.why_not == null))' a.json
	holds '[.advice.threads[].name] == ["io", "hog"]' a.json
	holds '.variants[0].threads | all(.gain == 1 and .rounds_per_s >= 0)' a.json
	refuses advise --scenario=absent.json -- "absent.json: cannot be read"
	refuses advise --scenario=s.json --format=csv -- "give a table or json, not csv"
}

advice_in_the_virtual_world_is_for_its_cores() {
	run advise --workload=count --size=100000 "${virtual[@]}" --cores=6 --output=a.json --quiet
	exits 0
	holds '[.results[].threads] | unique == [1, 2, 3, 4, 6, 8, 12, 48]' a.json
	holds '.advice.now.cores == 6 and (.advice.unfit | any(.mode == "openmp" and (.why | test("not modelled"))))' \
		a.json
	refuses advise --workload=count "${virtual[@]}" --seed=1,2 -- "--seed: advise takes one value, not 2"
}

claims "$@"
