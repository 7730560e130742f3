#!/bin/bash
# golden - a few runs in virtual time, byte for byte as they were kept in tests/golden, whatever
# compiler, options and sanitizer built gilsim.
# Usage: golden.sh GILSIM [--update]
set -u
gilsim=$(realpath "$1")
. "$(dirname "$0")/tap.sh"
kept=$root/tests/golden
virtual=(--world=virtual --cost=cpython313 --quiet --output=run.json)

modes=(--mode=locked,released,process,subinterp,free,async --workload=laplace --size=12 --tasks=7
	--iterations=5 --threads=1,3 --cores=2 --reps=2 --interval=50us --accounting=full)
policies=(--gil=cpython,cpython32,cpython2,opcode,ruby,ocaml,pypy,mutex,none --workload=counter
	--size=20000 --threads=3 --cores=4 --seed=7 --reps=2 --interval=20us --ticks=50)
waits=(--mode=locked,process,free,async --workload=io --size=200 --tasks=9 --iterations=3
	--threads=1,4 --cores=3 --seed=99 --reps=1)
pools=(--mode=process --workload=count --size=5000 --pool=off,on --payload=0,5000 --threads=1,5
	--cores=4 --reps=2)
crowd=(--mode=locked,free --workload=refcount --size=50000 --threads=40 --cores=16 --reps=1)
convoy=(scenario "$root/bench/scenarios/convoy-50us-1.json" --cores=2 --seed=3 --reps=1)

# The results alone: what is before them tells of the build and of the host.
play() {
	# shellcheck disable=SC2178  # the name of an array
	local -n options=$1
	if [ "${options[0]}" = scenario ]; then
		run "${options[@]}" "${virtual[@]}"
		exits 0
		jq 'del(.gilsim, .host)' run.json
	else
		run "${options[@]}" "${virtual[@]}"
		exits 0
		sed -n '/^  "results": \[/,$p' run.json
	fi
}

is_as_kept() {
	play "$1" >now.json
	cmp -s now.json "$kept/$1.json" || fail "$(diff "$kept/$1.json" now.json | head -20)"
}

names="modes policies waits pools crowd convoy"
if [ "${2-}" = --update ]; then
	mkdir -p "$kept"
	cd "$(mktemp -d)" || exit
	for name in $names; do
		play "$name" >now.json && mv now.json "$kept/$name.json" && echo "kept $name"
	done
	exit
fi
echo "1..$(wc -w <<<"$names")"
number=0
for name in $names; do
	claim $((number += 1)) "the run $name is as it was kept, byte for byte" is_as_kept "$name"
done
