#!/bin/bash
# soak - a slice of bench/soak, and that it would notice.
# Usage: soak.sh GILSIM [CLAIM...]
set -u
gilsim=$(realpath "$1")
shift
. "$(dirname "$0")/tap.sh"
soak=$root/bench/soak

random_settings_end_as_gilsim_list_tells() {
	status=0
	"$soak" --runs=25 --seed=1 "$gilsim" >out 2>err || status=$?
	[ "$status" = 0 ] || fail "$(cat out)"
	grep -qE "^soak: seed 1, [0-9]+ runs \\(.*\\), [0-9]+ refused as they must be, 0 findings$" out || fail "$(cat out)"
}

# A gilsim that first does what it should not, but where it tells what it has.
finds() {
	mkdir -p wrong
	printf '#!/bin/bash\n[ "$1" = list ] || [ "$1" = --version ] || { %s }\nexec "%s" "$@"\n' "$1" "$gilsim" \
		>wrong/gilsim
	chmod +x wrong/gilsim
	status=0
	TMPDIR=$PWD "$soak" --runs=1 --seed=1 "$PWD/wrong/gilsim" >out 2>err || status=$?
	exits 1
	grep -qE "^finding: ($2)" out || fail "does not find $2: $(cat out)"
	grep -q "^  replay: cd $PWD/.*/finding-1 && $PWD/wrong/gilsim " out || fail "does not say how to replay it"
}

what_should_not_be_is_a_finding() {
	finds 'sleep 1000 &' "processes left: "
	finds ': >"$TMPDIR/forgotten";' "files left: .*/forgotten"
	finds 'echo hello >&2;' "success, and yet something to say|exit status 2 without one line"
	finds 'exit 3;' "exit status 3, not "
	refuses_itself --minutes=x "x: must be a whole number"
	refuses_itself --hours=1 "--hours=1: must be --minutes=N, --runs=N or --seed=N"
}

refuses_itself() {
	status=0
	"$soak" "$1" "$gilsim" >out 2>err || status=$?
	exits 2
	says "$2"
}

claims "$@"
