#!/bin/bash
# cells - every workload in every mode, in each form that it has there, at a small size: its
# result is right, and the same as elsewhere; and where it has none, gilsim says why.
# Usage: cells.sh GILSIM [WORKLOAD...]
set -u
gilsim=$(realpath "$1")
shift
. "$(dirname "$0")/tap.sh"

# small WORKLOAD - options that make it short.
small() {
	case $1 in
	laplace) echo --size=9 --tasks=7 --iterations=3 ;;
	files) echo --size=999 --tasks=7 ;;
	fib) echo --size=1000 --tasks=7 ;;
	matmul*) echo --size=17 --tasks=7 ;;
	memory) echo --size=1 --iterations=3 ;;
	io) echo --size=500 --tasks=7 --iterations=2 ;;
	*) echo --size=5000 ;;
	esac
}

# The columns of the table of `gilsim list`, and its rows: WORKLOAD FORMS...
table() {
	"$gilsim" list | awk '/^which runs in which/ { on = 1; next } /^[a-z]/ { on = 0 } on && $1 != "-"'
}

# is_right WORKLOAD MODE ENGINE: with 1, 2 and 5 threads, and all alike where nothing may be lost.
is_right() {
	[ "$2" != openmp ] || [ -z "${GILSIM_SKIP_OPENMP-}" ] || exit 77
	# shellcheck disable=SC2046  # options
	run --workload="$1" --mode="$2" --engine="$3" --threads=1,2,5 --reps=1 --warmup=0 \
		--format=json $(small "$1")
	exits 0
	holds '.results | length == 3 and all(.checksum_ok)'
	holds "[.results[] | select(.lost_updates == null) | .checksum] | unique | length <= 1"
}

# is_refused WORKLOAD MODE: in one line that names the mode, before anything starts.
is_refused() {
	run --workload="$1" --mode="$2" --threads=2
	[ "$status" = 2 ] || [ "$status" = 3 ] || fail "exit status $status, not 2 or 3"
	says "mode $2: "
	[ ! -s out ] || fail "wrote to stdout"
}

cells=()
while read -r workload forms; do
	[ -n "${modes-}" ] || { modes=($workload $forms); continue; }
	[ $# = 0 ] || [[ " $* " = *" $workload "* ]] || continue
	column=0
	for form in $forms; do
		mode=${modes[column++]}
		case $form in
		-) cells+=("$workload has no place in $mode: is_refused $workload $mode") ;;
		*b*) cells+=("$workload is right in $mode as bytecode: is_right $workload $mode bytecode") ;;&
		*n*) cells+=("$workload is right in $mode native: is_right $workload $mode native") ;;
		esac
	done
done < <(table)

echo "1..${#cells[@]}"
for k in "${!cells[@]}"; do
	# shellcheck disable=SC2086  # a command
	claim $((k + 1)) "${cells[k]%%:*}" ${cells[k]#*: }
done
