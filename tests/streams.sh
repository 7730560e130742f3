#!/bin/bash
# streams - what is read was read to its end, what is printed was written, or the exit status and
# one line say so.  Each function is a claim.
# Usage: streams.sh GILSIM [CLAIM]
set -u

gilsim=$(realpath "$1")
shift
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"

explorable=$root/bench/scenarios/explore

# Like run, onto a device that is full.
run_in_vain() {
	status=0
	"$gilsim" "$@" >/dev/full 2>err || status=$?
}

a_command_whose_output_is_not_taken_ends_with_3() {
	local command
	for command in list "explore $explorable/three.json --seeds=1..2" \
		"explore $explorable/three.json --seeds=1 --log"; do
		# shellcheck disable=SC2086  # a command and its options
		run_in_vain $command
		exits 3
		says "gilsim: standard output: cannot be written: No space left on device"
	done
}

a_finding_that_was_not_printed_is_told_all_the_same() {
	run explore "$explorable/deadlock.json" --seeds=1..20
	exits 1
	mv err finding
	run_in_vain explore "$explorable/deadlock.json" --seeds=1..20
	exits 3
	head -1 err | diff - finding >differs || fail "$(cat differs)"
	tail -1 err | grep -q 'standard output: cannot be written' || fail "says nothing of the output"
}

# The first page of a process's memory cannot be read: an error, where the end would be.
results_that_cannot_be_read_to_their_end_are_refused() {
	ln -s /proc/self/mem broken.jsonl
	run --workload=count --size=1000 --reps=1 --quiet --output=whole.jsonl
	exits 0
	refuses compare broken.jsonl whole.jsonl -- "broken.jsonl: cannot be read: Input/output error"
}

a_file_that_cannot_be_read_to_its_end_is_not_resumed() {
	ln -s /proc/self/mem broken.jsonl
	run --workload=count --size=1000 --reps=1 --quiet --output=broken.jsonl --resume
	exits 3
	says "broken.jsonl: cannot be resumed: Input/output error"
}

claims "$@"
