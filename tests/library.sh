#!/bin/bash
# library - libgilsim as a program that uses it finds it: installed, by pkg-config.  Each
# function is one claim; the library is installed once, into a folder that is removed.
# Usage: library.sh BUILD EXAMPLE [CLAIM...]; CC and CFLAGS as the library was built.
set -u
build=$1 example=$(realpath "$2")
shift 2
CXX=$(sed -E 's/gcc/g++/; s/clang/clang++/; s/\bcc\b/c++/' <<<"$CC")
. "$(dirname "$0")/tap.sh"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
strict="-Wall -Wextra -Wpedantic -Werror"

install_library() {
	DESTDIR=$folder meson install -C "$build" --no-rebuild --quiet >"$folder/log" 2>&1 ||
		fail "$(cat "$folder/log")"
	library=$(find "$folder" -name libgilsim.so)
	export PKG_CONFIG_SYSROOT_DIR=$folder
	PKG_CONFIG_PATH=$(dirname "$(find "$folder" -name gilsim.pc)")
	export PKG_CONFIG_PATH
	export LD_LIBRARY_PATH=${library%/*}
}

# compiles COMPILER FLAGS < source: it, its libraries, and the program it makes.
compiles() {
	local compiler=$1
	shift
	# shellcheck disable=SC2046,SC2086  # lists of flags
	$compiler ${CFLAGS-} "$@" $(pkg-config --cflags gilsim) -o program - \
		$(pkg-config --libs gilsim) -pthread || fail "does not compile"
}

runs() {
	timeout 100 "$@" >out || fail "status $?"
	grep -qE "^counted to 40000000, [0-9]+ switches, [0-9]+ drop requests$" out || fail "$(cat out)"
	[ "$(awk '{ print $4 }' out)" -ge 2 ] || fail "no switch: $(cat out)"
}

the_example_runs_in_the_build_tree() {
	LD_LIBRARY_PATH='' runs "$example"
}

the_example_runs_installed_with_the_flags_of_pkg_config() {
	compiles "$CC" -x c <"$root/docs/examples/lock.c"
	runs ./program
}

the_example_is_strict_c11() {
	# shellcheck disable=SC2086
	compiles "$CC" -std=c11 $strict -x c <"$root/docs/examples/lock.c"
	runs ./program
}

the_header_compiles_alone_as_strict_c11() {
	# shellcheck disable=SC2086
	echo '#include <gilsim/gil.h>
		int main(void) { struct gilsim_policy p; return !gilsim_policy_at(0, &p); }' |
		compiles "$CC" -std=c11 $strict -x c
	./program || fail "status $?"
}

the_header_compiles_alone_as_cpp() {
	command -v "${CXX##* }" >/dev/null || exit 77
	# shellcheck disable=SC2086
	echo '#include <gilsim/gil.h>
		int main() { gilsim_policy p; return !gilsim_policy_at(0, &p); }' |
		compiles "$CXX" $strict -x c++
	./program || fail "status $?"
}

it_exports_exactly_what_the_header_declares() {
	command -v nm >/dev/null || exit 77
	nm -D --defined-only "$library" | awk '$3 !~ /^_/ { print $3 }' | sort >exported
	grep -oE '^[a-z].*\bgilsim_[a-z_]+\(' "$root/include/gilsim/gil.h" |
		grep -oE 'gilsim_[a-z_]+\($' | tr -d '(' | sort >declared
	[ -s declared ] || fail "found no declaration"
	diff declared exported >&2 || fail "not the same"
}

it_needs_none_of_the_libraries_of_gilsim() {
	command -v readelf >/dev/null || exit 77
	! readelf -d "$library" | grep NEEDED | grep -E 'jansson|gsl|gomp|libomp' >&2 || fail "needs these"
}

its_soname_is_libgilsim_so_0() {
	command -v readelf >/dev/null || exit 77
	readelf -d "$library" | grep -q 'soname: \[libgilsim.so.0\]' || fail "$(readelf -d "$library")"
}

install_library
claims "$@"
