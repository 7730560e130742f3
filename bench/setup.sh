# shellcheck shell=bash
# setup.sh - sourced by the scripts beside it: the packages they need, and the build.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# For --help: the comment at the top of the script that was started.
case ${1-} in
-h | --help)
	sed -n '2,/^[^#]/ s/^# \{0,1\}//p' "$0"
	exit 0 ;;
esac

has() { command -v "$1" >/dev/null; }
library() { pkg-config --exists "$1" 2>/dev/null; }
file() { compgen -G "$1" >/dev/null; }

# python_with MODULE - the Python that has it: that of the PATH or the system's.
python_with() {
	local python
	for python in python3 /usr/bin/python3; do
		has "$python" || continue
		"$python" -c "import importlib.util as u, sys; sys.exit(not u.find_spec('$1'))" 2>/dev/null ||
			continue
		echo "$python"
		return
	done
	return 1
}

# Prints the packages that are missing for a purpose.  It looks for the thing itself, not
# for its package, so that a tool that came another way counts too.
missing() {
	case $1 in
	build)
		has "${CC:-gcc}" || echo "${CC:-gcc}"
		file /usr/include/stdio.h || echo libc6-dev
		has meson || echo meson
		has ninja || echo ninja-build
		has pkg-config || echo pkg-config
		library jansson || echo libjansson-dev
		library gsl || echo libgsl-dev
		library openblas || library blas || echo libopenblas-dev
		library libuv || echo libuv1-dev
		file '/usr/include/sys/sdt.h' || file '/usr/include/*/sys/sdt.h' || echo systemtap-sdt-dev
		library hwloc || echo libhwloc-dev
		case ${CC:-gcc} in clang*) missing clang ;; esac ;;
	clang)
		file '/usr/lib/llvm-*/lib/libomp.so' || echo libomp-dev
		file '/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.tsan-*.a' || echo libclang-rt-dev ;;
	tests)
		library cmocka || echo libcmocka-dev
		library ck || echo libck-dev
		has jq || echo jq
		has pgrep || echo procps
		has setpriv || echo util-linux ;;
	valgrind) has valgrind || echo valgrind ;;
	lint)
		has clang-tidy || echo clang-tidy
		has cppcheck || echo cppcheck
		has shellcheck || echo shellcheck ;;
	json) has jq || echo jq ;;
	pictures) has gnuplot || echo gnuplot-nox ;;
	pages)
		has chromium || echo chromium
		missing pictures ;;
	model) has spin || echo spin ;;
	timing) has hyperfine || echo hyperfine ;;
	peers)
		has lua5.4 || echo lua5.4
		has luajit || echo luajit
		python_with numpy >/dev/null || echo python3-numpy
		python_with numba >/dev/null || echo python3-numba ;;
	esac
}

# need PURPOSE... - makes sure that what one of missing() says is possible:
# quick when they are, else installs what is missing if it may, else says what to install and exits
# with 2.
need() {
	local lacking sudo=() log status=0
	lacking=$(for purpose in "$@"; do missing "$purpose"; done | xargs)
	[ -n "$lacking" ] || return 0

	[ "$(id -u)" = 0 ] || sudo=(sudo -n)
	if has apt-get && "${sudo[@]}" true 2>/dev/null; then
		echo "setup: installing $lacking"
		log=$(mktemp)
		install_packages >"$log" 2>&1 || status=$?
		[ $status = 0 ] || cat "$log" >&2
		rm -f "$log"
		lacking=$(for purpose in "$@"; do missing "$purpose"; done | xargs)
		[ -n "$lacking" ] || return 0
	fi
	echo "setup: missing $lacking: install with:" \
		"sudo apt-get install --no-install-recommends $lacking" >&2
	exit 2
}

# Uses lacking and sudo of need().  Ubuntu 22.04 has no libclang-rt-dev, as its clang
# brings the sanitizers itself: only names that apt knows are asked for.
install_packages() {
	local known
	"${sudo[@]}" apt-get update || return
	# shellcheck disable=SC2086  # a list of names
	known=$(apt-cache --no-all-versions show $lacking 2>/dev/null | sed -n 's/^Package: //p')
	# shellcheck disable=SC2086
	"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y --no-install-recommends $known
}

# build DIR [MESON-OPTION...] - silent, unless it fails: then the whole log, and exit 1.  All, or the
# target in $only.
build() {
	local dir=$1 log
	shift
	log=$(mktemp)
	if ! {
		if [ ! -e "$dir/build.ninja" ]; then
			meson setup "$dir" "$root" "$@"
		elif [ $# -gt 0 ]; then
			meson configure "$dir" "$@"
		fi && ninja -C "$dir" ${only:+"$only"}
	} >"$log" 2>&1; then
		cat "$log" >&2
		rm -f "$log"
		echo "build: failed in $dir" >&2
		exit 1
	fi
	rm -f "$log"
}
