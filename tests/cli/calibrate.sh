#!/bin/bash
# calibrate - the costs of this machine, and where they are kept.
set -u
. "$(dirname "$0")/common.sh"

# A calibration would take its time: only what comes before one, and what instead of one.
without_a_cost_the_kept_calibration_is_asked_for_and_then_python() {
	mkdir -p cache/gilsim
	echo '{"schema": "gilsim-cost/1"' >"cache/gilsim/cost-$(uname -n).json"
	export XDG_CACHE_HOME=$PWD/cache
	refuses --world=virtual --output=a.jsonl -- ": gilsim calibrate makes it anew"
	grep -q "cache/gilsim/cost-" err || fail "does not name it"
	[ ! -e a.jsonl ] || fail "began before it looked"
	unset XDG_CACHE_HOME HOME
	run --world=virtual --output=a.json "${small[@]}"
	exits 0
	says "no HOME to keep it in"
	says "; costs are those of cpython313"
	holds '.results[0].cost == "cpython313"' a.json
}

# Of one round: its figures are bad, and whole.
a_calibration_is_a_cost_model_and_kept_where_the_virtual_world_looks_for_it() {
	export XDG_CACHE_HOME=$PWD/new/cache
	run calibrate --reps=1
	exits 0
	[ ! -s out ] || fail "wrote to stdout"
	says "the calibration of this machine is kept in $PWD/new/cache/gilsim/cost-"
	cp new/cache/gilsim/cost-*.json c.json
	holds '.schema == "gilsim-cost/1" and (.digest | test("^[0-9a-f]{16}$")) and (.host.cpu | type == "string")' c.json
	holds '[.machine[]] | length >= 28 and all(. >= 0)' c.json
	holds '.machine.quantum_ns >= 1000' c.json
	holds '.opcode_ps | keys == ["call", "loop", "object", "simple"] and all(.[]; . >= 0)' c.json
	# Every workload that computes, in every form that it has.  Any of them may be lost in the noise of
	# one round.
	holds '[.works[] | select(.engine == "bytecode") | .opcode_ps >= 0] | length == 14 and all' c.json
	holds '[.works[] | select(.engine == "native") | .items | length > 0 and all(.[]; .items > 0 and .ps >= 0)] |
		length == 9 and all' c.json
	run --world=virtual --cost=c.json --threads=1,2 --output=a.json "${small[@]}"
	exits 0
	holds '.results | length == 2 and all(.cost == "c.json" and .wall_ns.median > 0)' a.json
	is_charged a.json
	run --world=virtual --output=a.json "${small[@]}"
	exits 0
	is_charged a.json
	# A relative folder is none (XDG Base Directory Specification).
	mkdir -p home/.cache here
	mv new/cache/gilsim home/.cache
	(export XDG_CACHE_HOME=here HOME=$PWD/home && run --world=virtual --output=b.json "${small[@]}" && exits 0) || exit 1
	is_charged b.json
	[ -z "$(ls here)" ] || fail "looks for it in a relative folder"
}

is_charged() {
	[ ! -s err ] || fail "says something, and so does not find it"
	[ "$(jq -r '.results[0].cost_digest' "$1")" = "$(jq -r .digest c.json)" ] || fail "another digest"
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

an_interrupted_calibration_leaves_no_file_and_nobody() {
	"$gilsim" calibrate --output="$PWD/c.json" 2>err &
	pid=$!
	wait_until pgrep -P "$pid"
	kill -INT "$pid"
	wait "$pid"
	status=$?
	exits 130
	says "interrupted"
	[ -z "$(ls c.json* 2>/dev/null)" ] || fail "left a file"
	leaves_nobody
}

claims "$@"
