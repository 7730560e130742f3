#!/bin/bash
# install - what meson install puts where: gilsim with its figures, its manual page, and what a shell
# completes.  Each function is one claim; it is installed once, into a folder that is removed.
# Usage: install.sh BUILD [CLAIM...]
set -u
build=$1
shift
. "$(dirname "$0")/tap.sh"
installed=$(mktemp -d)
trap 'rm -rf "$installed"' EXIT

needs() {
	command -v "$1" >/dev/null || { echo "$1 is not installed" >&2; exit 77; }
}

DESTDIR=$installed meson install -C "$build" --no-rebuild --quiet >"$installed/log" 2>&1 || cat "$installed/log" >&2
gilsim=$(find "$installed" -path '*/bin/gilsim')
manual=$(find "$installed" -name gilsim.1)
completion=$(find "$installed" -path '*/bash-completion/completions/gilsim')

gilsim_is_installed_and_knows_its_version() {
	run --version
	exits 0
	grep -q '^gilsim ' out || fail "$(cat out)"
}

its_figures_are_those_that_were_installed_with_it() {
	needs gnuplot
	"$gilsim" --workload=fib --size=2000 --threads=1,2 --reps=3 --quiet --output=run.json || fail "cannot measure"
	echo 'exit status 1' >"$(find "$installed" -name speedup.gp)"
	run report run.json
	exits 0
	says "figures are left out: gnuplot: failed"
}

the_manual_page_is_clean_and_has_every_option() {
	needs groff
	groff -mdoc -ww -Tutf8 "$manual" >page 2>warnings || fail "groff failed"
	[ ! -s warnings ] || fail "$(cat warnings)"
	run --help
	for option in $(grep -oE '^(  -., |      )--[a-z-]+' out | grep -oE '\-\-[a-z-]+'); do
		grep -qE "^\.It .*Fl -${option#--}( |$)" "$manual" || fail "not $option"
	done
	! command -v mandoc >/dev/null || mandoc -Tlint -W warning "$manual" >&2 || fail "mandoc complains"
}

# What bash offers for a line that was typed, as one line.
offers() {
	local COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDS COMP_CWORD COMPREPLY=()
	read -ra COMP_WORDS <<<"${1//=/ = }"
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	case $1 in *' ') COMP_CWORD=$((COMP_CWORD + 1)) ;; esac
	_gilsim "$gilsim" 2>/dev/null
	[ "${COMPREPLY[*]-}" = "$2" ] || fail "offers '${COMPREPLY[*]-}' for '$1', not '$2'"
}

bash_completes_options_and_their_values() {
	. "$completion"
	offers "gilsim --mo" "--mode="
	offers "gilsim --mode=p" "process"
	offers "gilsim --mode=locked,re" "locked,released"
	offers "gilsim run --gil=cp" "cpython cpython32 cpython2"
	offers "gilsim --pace=f" "full"
	offers "gilsim --plo" "--plot"
	offers "gilsim matrix --plo" ""
	offers "gilsim scenario --acc" "--accounting="
	offers "gilsim scenario --accounting=f" "full"
	touch kernel.so
	offers "gilsim --kernel=ker" "kernel.so"
}

bash_completes_every_workload() {
	. "$completion"
	offers "gilsim --workload=" "$("$gilsim" list | awk '/^your own/ { exit } /^  [a-z]/ { print $1 }' | xargs)"
}

bash_completes_commands_and_files() {
	. "$completion"
	offers "gilsim rep" "report"
	offers "gilsim sc" "scenario"
	touch run.json
	offers "gilsim report ru" "run.json"
}

claims "$@"
