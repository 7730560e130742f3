#!/bin/bash
# advise - what was kept by bench/advise bears the advice out: the advised way is as good as the
# best that was measured, and deciding again gives the same.
# Usage: advise.sh GILSIM [WORKLOAD...]
set -u
gilsim=$(realpath "$1")
shift
. "$(dirname "$0")/tap.sh"
kept=$root/results/advise

# The rows that were decided among: of the right engine, right, and keeping what the lock keeps.
decided='.advice as $a | ([.results[] | select(.mode == "locked" and .engine == $a.engine)
	| .lost_updates // 0] | max) as $lost
	| [.results[] | select(.mode == "locked" or .threads > 1) | select(.engine == $a.engine and .accounting == "counts" and .checksum_ok)
		| select($lost > 0 or (.lost_updates // 0) == 0)]'

is_as_good_as_the_best() {
	holds "$decided"' | (min_by(.wall_ns.median)) as $best
		| .[] | select(.mode == $a.mode and .threads == $a.threads)
		| .wall_ns.median <= 1.1 * $best.wall_ns.median or .wall_ns.ci95[0] <= $best.wall_ns.ci95[1]' \
		"$kept/$1.json"
}

is_decided_again() {
	run advise --from="$kept/$1.json" --format=json
	exits 0
	jq -S '.advice | del(.because)' out >again
	jq -S '.advice | del(.because)' "$kept/$1.json" | diff again - >differs || fail "$(cat differs)"
}

[ $# -gt 0 ] || set -- $(cd "$kept" 2>/dev/null && ls | sed -n 's/\.json$//p')
[ $# -gt 0 ] || { echo "1..0 # SKIP bench/advise has kept nothing"; exit 0; }
echo "1..$((2 * $#))"
number=0
for workload; do
	claim $((number += 1)) "the advice on $workload is as good as the best measured" is_as_good_as_the_best "$workload"
	claim $((number += 1)) "the advice on $workload is decided again" is_decided_again "$workload"
done
