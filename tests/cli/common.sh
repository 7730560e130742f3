# shellcheck shell=bash disable=SC2034  # what is set here is used there
# common.sh - sourced by the tests beside it, of the whole program as its users run it: what it
# prints, its exit status, and that nothing is left behind.  Each function there of at least four
# words is one claim, run in an empty folder of its own.  Usage: SUBJECT.sh GILSIM [CLAIM...]
gilsim=$(realpath "$1")
shift
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
scenarios=$root/bench/scenarios
fast=(--reps=2 --warmup=0)
small=(--size=12 --tasks=6 --iterations=4 "${fast[@]}")
virtual=(--world=virtual --cost=cpython313)

# Every lock policy that there is, as a list.
policies() {
	"$gilsim" list | awk '/^lock/ { on = 1 } /^paces/ { on = 0 } on && /^  [a-z]/ { print $1 }' |
		paste -sd,
}

# Besides what they are told already.
tells_sanitizers() {
	export ASAN_OPTIONS=${ASAN_OPTIONS-}:$1 TSAN_OPTIONS=${TSAN_OPTIONS-}:$1
	export UBSAN_OPTIONS=${UBSAN_OPTIONS-}:$1
}

# Skips where it was not built, or where it cannot be tested: libgomp under TSan reports
# races of its own.
needs_openmp() {
	"$gilsim" --version | grep -q openmp || exit 77
	[ -z "${GILSIM_SKIP_OPENMP-}" ] || exit 77
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

# Nobody but the claim itself is in its folder.
is_alone() {
	local process
	for process in /proc/[0-9]*; do
		[ "${process#/proc/}" = "$BASHPID" ] || [ ! "$process/cwd" -ef . ] || return 1
	done
}

# Nothing that the claim started may run any more.
leaves_nobody() {
	wait_until is_alone
}

# The command of docs/examples/kernel.c, as it stands there.
builds_example() {
	ln -s "$root/include" include
	cp "$root/docs/examples/kernel.c" .
	"${CC:-cc}" -O2 -shared -fPIC -I include kernel.c -o kernel.so || fail "does not compile"
}

# writes SIGNATURE INSTRUCTION...: a.gasm, one function.
writes() {
	printf 'func f%s\n' "$1" >a.gasm
	shift
	printf '\t%s\n' "$@" >>a.gasm
	echo end >>a.gasm
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

# What runs for the gilsim in $pid: first the process that answers, then the one that measures.
has_children() {
	[ "$(pgrep -c -P "$pid")" = "$1" ]
}

# scenario JSON: writes it to s.json and runs it; its results are in out.
plays() {
	echo "$1" >s.json
	shift
	run scenario s.json --format=json "$@"
}
