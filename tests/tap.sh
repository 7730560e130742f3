# shellcheck shell=bash
# tap.sh - sourced by the tests that run the whole program: what they check of a run, and
# how claims are played and told (TAP).  Sets root; expects $gilsim.

root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")

# VALGRIND=1 runs gilsim under memcheck: whatever that finds in any process fails the claim.
if [ -n "${VALGRIND-}" ]; then
	export UNDER_VALGRIND=$gilsim
	gilsim=$root/tests/valgrind.sh
fi

# needs_no_valgrind REASON - skips the claim where that is what gilsim runs under.
needs_no_valgrind() {
	[ -z "${VALGRIND-}" ] || { echo "valgrind: $1"; exit 77; }
}

# Runs gilsim; keeps its exit status in $status, its outputs in out and err.
run() {
	status=0
	"$gilsim" "$@" >out 2>err || status=$?
}

fail() {
	echo "$*"
	[ -s err ] && sed 's/^/stderr: /' err
	exit 1
}

exits() {
	[ "$status" = "$1" ] || fail "exit status $status, not $1"
}

says() {
	grep -qF -- "$1" err || fail "does not say '$1'"
	[ "$(wc -l <err)" = 1 ] || fail "says more than one line"
}

# refuses OPTION... -- TEXT: one line with the text, status 2, nothing on stdout.
refuses() {
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	run "${options[@]}"
	exits 2
	says "$2"
	[ ! -s out ] || fail "wrote to stdout"
}

# Tries for up to a minute.
wait_until() {
	local end=$((SECONDS + 60))
	while [ $SECONDS -lt $end ]; do
		"$@" >/dev/null 2>&1 && return
		sleep 0.02
	done
	fail "never came true: $*"
}

# has_lines NUMBER FILE - or more.
has_lines() {
	[ "$(wc -l <"$2")" -ge "$1" ]
}

holds() {
	jq -e "$1" "${2:-out}" >/dev/null || fail "not true of ${2:-out}: $1: $(head -c 1000 "${2:-out}")"
}

# claim NUMBER NAME COMMAND... - plays one claim in an empty folder of its own; 77 skips.
# What a failed one says goes to stderr, too: of TAP, meson shows none.
claim() {
	local number=$1 name=$2 folder found status
	shift 2
	folder=$(mktemp -d)
	mkdir "$folder.valgrind"
	(cd "$folder" && export VALGRIND_LOGS=$folder.valgrind && "$@" </dev/null) >"$folder.err" 2>&1
	status=$?
	found=$(cat "$folder.valgrind"/* 2>/dev/null)
	[ -z "$found" ] || { echo "$found" >>"$folder.err"; status=99; }
	case $status in
	0) echo "ok $number $name" ;;
	77) echo "ok $number $name # SKIP $(head -1 "$folder.err")" ;;
	*)
		echo "not ok $number $name"
		sed 's/^/# /' "$folder.err"
		sed 's/^/# /' "$folder.err" >&2
		;;
	esac
	rm -rf "$folder" "$folder".*
}

# claims [NAME...] - plays those functions; without names all that are sentences: of at least
# four words.
claims() {
	local name number=0
	[ $# -gt 0 ] || set -- $(declare -F | awk '$3 ~ /_.*_.*_/ { print $3 }')
	echo "1..$#"
	for name in "$@"; do
		claim $((number += 1)) "$name" "$name"
	done
}
