#!/bin/bash
# limits - what the system refuses: memory, threads, processes, files, time on more than one core,
# /proc, a folder to write to.  Each refusal is one line and status 3, or does no harm; nothing is
# left behind, and nothing wrong is written.
# refuse.c refuses single calls: EVERY=1 refuses each one that there is in its turn, and takes some
# minutes; without it only every so-many-th of many.
# Usage: limits.sh GILSIM REFUSE.so [CLAIM...]
set -u
gilsim=$(realpath "$1")
refuse=$(realpath "$2")
shift 2
. "$(dirname "$0")/tap.sh"
scenarios=$root/bench/scenarios
small=(--size=12 --tasks=2 --iterations=2 --reps=2 --warmup=0)
virtual=(--world=virtual --cost=cpython313)

# A sanitizer has an allocator of its own, and takes more threads, memory and time.
is_sanitized() {
	grep -qE '__(asan|tsan)_init' "$gilsim"
}

needs_refuse() {
	! is_sanitized || { echo "a sanitizer has its own allocator" && exit 77; }
	mkdir in
}

needs() {
	command -v "$1" >/dev/null || { echo "needs $1" && exit 77; }
}

# Whoever runs in the folder `in` belongs to a gilsim of this claim.
leaves_nobody() {
	for _ in $(seq 50); do
		find /proc -maxdepth 2 -name cwd -lname "$PWD/in" >left 2>/dev/null
		[ -s left ] || return 0
		sleep 0.1
	done
	fail "still running: $(cat left)"
}

# refused WHAT N DEPTH OPTION... - a run in the folder `in` to which the n-th call is refused;
# false when there was none.
refused() {
	local what=$1 at=$2 depth=$3
	shift 3
	rm -f seen in/out.*
	status=0
	(cd in && export LD_PRELOAD=$refuse REFUSE=$what REFUSE_AT=$at REFUSE_DEPTH=$depth REFUSE_SEEN=../seen &&
		exec timeout -k 5 120 "$gilsim" "$@" >../out 2>../err) || status=$?
	[ -e seen ]
}

# A document of virtual time is the same to the byte but for its host; of real time it is right.
is_whole() {
	if [ -e want.json ]; then
		jq 'del(.host)' in/out.json | cmp -s - want.json
	else
		jq -e '.schema and (.results // [] | all(.checksum_ok != false))' in/out.json >/dev/null
	fi
}

does_no_harm() {
	case $status in
	0) [ ! -s err ] || fail "$1: status 0, but says something" ;;
	3) [ "$(grep -c '^gilsim: ' err)$(wc -l <err)" = 11 ] || fail "$1: not one line" ;;
	*) fail "$1: status $status" ;;
	esac
	[ "$status" = 3 ] || [ ! -e in/out.json ] || is_whole || fail "$1: wrote something else"
	[ ! -e in/out.json ] || jq -e . in/out.json >/dev/null || fail "$1: wrote half a document"
	[ -z "$(find in -name '*.tmp')" ] || fail "$1: left $(ls in)"
}

# walk WHAT DEPTH STRIDE OPTION... - refuses the first call, then each STRIDE-th, until there are
# no more; there must be some, and one of them must matter.
walk() {
	local what=$1 depth=$2 stride=${EVERY:-$3} n=1 threes=0
	shift 3
	while [ "$n" -le "${MOST:-$n}" ] && refused "$what" "$n" "$depth" "$@"; do
		does_no_harm "$what $n, depth $depth, $*"
		threes=$((threes + (status == 3)))
		n=$((n + stride))
	done
	[ -n "${MOST-}" ] || exits 0
	[ "$threes" -gt 0 ] || fail "$what, depth $depth, $*: nothing was refused"
	leaves_nobody
}

# wants OPTION... - what that run writes to out.json from now on.
wants() {
	(cd in && run "$@" && exits 0)
	jq 'del(.host)' in/out.json >want.json
}

memory_refused_to_gilsim_is_one_line_and_status_3() {
	needs_refuse
	sweep=("${virtual[@]}" --mode=locked,process --threads=1,2 --order-seed=1 "${small[@]}"
		--output=out.json --output=out.csv --output=out.jsonl)
	wants "${sweep[@]}"
	walk memory 0 113 "${sweep[@]}"
	rm want.json
	walk memory 0 23 "${small[@]}" --output=out.json
	walk memory 0 23 --workload=files --size=10 --tasks=3 --reps=1 --warmup=0
}

memory_refused_to_who_measures_is_one_line_and_status_3() {
	needs_refuse
	walk memory 1 7 "${small[@]}" --threads=2 --output=out.json
	walk memory 1 7 --mode=free,subinterp --threads=2 --workload=counterlock --size=100 --reps=1
	walk memory 1 1 --mode=process --threads=2 "${small[@]}"
	walk memory 1 1 --mode=process --pool --payload=100 --threads=2 "${small[@]}"
	walk memory 1 37 "${virtual[@]}" --mode=locked,process --threads=2 "${small[@]}"
	walk memory 1 7 "${virtual[@]}" --mode=async --workload=io --tasks=3 --size=10 --reps=1
	! "$gilsim" --version | grep -q libuv || walk memory 1 1 --mode=async --workload=io --tasks=3 --size=10 --reps=1 --warmup=0
}

memory_refused_to_workers_is_one_line_and_status_3() {
	needs_refuse
	walk memory 2 3 --mode=process --threads=2 "${small[@]}"
	walk memory 2 3 --mode=process --pool --payload=100 --threads=2 "${small[@]}"
}

a_scenario() {
	cat >in/s.json <<-'END'
		{"threads": [{"name": "a", "repeat": 3, "phases": [{"native_us": 10, "release": true}, {"bytecode_us": 1}]},
			{"name": "f", "workload": "fib", "size": 100, "count": 2}]}
	END
}

memory_refused_to_a_scenario_is_one_line_and_status_3() {
	needs_refuse
	a_scenario
	cp "$scenarios/explore/three.json" in
	walk memory 0 37 scenario s.json --reps=1 --output=out.json
	walk memory 1 13 scenario s.json --reps=1 "${virtual[@]}"
	walk memory 0 23 explore three.json --seeds=1..2 --cost=cpython313
	walk memory 1 41 explore three.json --seeds=1..2 --cost=cpython313
	walk memory 0 113 trace --scenario=s.json "${virtual[@]}" --output=out.json
	wants scenario s.json --reps=1 "${virtual[@]}" --output=out.json
	walk memory 0 37 scenario s.json --reps=1 "${virtual[@]}" --output=out.json
}

memory_refused_to_who_reads_results_is_no_wrong_result() {
	needs_refuse
	(cd in && run "${small[@]}" --threads=1,2 --output=a.json --output=a.jsonl --quiet && exits 0)
	! command -v gnuplot >/dev/null || walk memory 0 149 report a.json --output=out.html
	wants compare a.json a.json --output=out.json
	walk memory 0 149 compare a.json a.json --output=out.json
	wants compare a.jsonl a.jsonl --output=out.json
	walk memory 0 149 compare a.jsonl a.jsonl --output=out.json
	rm want.json
	(cd in && run advise --workload=fib --size=1000 --reps=2 "${virtual[@]}" --output=advice.json && exits 0)
	MOST=2000 walk memory 0 149 advise --from=advice.json
}

memory_refused_to_resume_cuts_no_line_of_the_file() {
	needs_refuse
	resumed=("${virtual[@]}" --threads=1,2 --size=12 --tasks=2 --iterations=2 --output=kept.jsonl --quiet)
	(cd in && run "${resumed[@]}" --reps=2 && exits 0)
	cp in/kept.jsonl kept
	n=1
	while refused memory $n 0 "${resumed[@]}" --reps=2 --resume; do
		does_no_harm "memory $n"
		cmp -s kept in/kept.jsonl || fail "memory $n: changed the file"
		n=$((n + ${EVERY:-41}))
	done
	[ $n -gt 100 ] || fail "refused nothing"
}

# From then on nothing is given any more.
memory_refused_for_good_is_one_line_and_status_3() {
	needs_refuse
	export REFUSE_ALL=1
	walk memory 0 41 "${small[@]}" --output=out.json
	walk memory 1 23 "${small[@]}" --threads=2
	walk memory 1 7 --mode=process --threads=2 "${small[@]}"
	walk memory 1 113 "${virtual[@]}" --mode=locked,process --threads=2 "${small[@]}"
}

pages_refused_are_one_line_and_status_3() {
	needs_refuse
	a_scenario
	walk map 0 1 "${small[@]}"
	walk map 0 1 scenario s.json --reps=1
	walk map 0 1 --workload=memory --engine=native --size=100 --reps=1
	walk map 1 1 "${virtual[@]}" --threads=2 "${small[@]}"
}

threads_refused_are_one_line_and_status_3_in_every_mode() {
	needs_refuse
	a_scenario
	for mode in locked released free subinterp; do
		walk thread 1 1 --mode=$mode --threads=4 "${small[@]}"
	done
	walk thread 1 1 scenario s.json --reps=1
	(cd in && LD_PRELOAD=$refuse REFUSE=thread REFUSE_AT=3 REFUSE_DEPTH=1 "$gilsim" \
		--threads=4 "${small[@]}" >../out 2>../err)
	says "--threads=4: the system gave only"
}

processes_refused_are_one_line_and_status_3() {
	needs_refuse
	a_scenario
	echo '{"threads": [{"name": "echo", "echo": "udp", "pings": 3, "every": "1ms"}]}' >in/echo.json
	cp "$scenarios/explore/three.json" in
	walk fork 0 1 "${small[@]}"
	walk fork 0 1 scenario s.json --reps=2
	walk fork 0 1 --workload=io --tasks=3 --size=10 --reps=1
	walk fork 0 1 --program="$root/docs/examples/mandelbrot.gasm" --reps=1
	walk fork 0 1 explore three.json --seeds=1..2 --cost=cpython313
	walk fork 1 1 scenario echo.json --reps=1
	for pool in off on; do
		walk fork 1 1 --mode=process --threads=3 --pool=$pool "${small[@]}"
	done
}

files_refused_are_one_line_and_status_3() {
	needs_refuse
	echo '{"threads": [{"name": "echo", "echo": "udp", "pings": 3, "every": "1ms"}]}' >in/echo.json
	walk file 0 1 "${small[@]}" --output=out.json --output=out.csv --output=out.jsonl
	walk file 0 1 --workload=io --tasks=3 --size=10 --reps=1
	walk file 0 1 --workload=files --tasks=3 --size=10 --reps=1
	walk file 1 1 scenario echo.json --reps=1
	walk file 2 1 scenario echo.json --reps=1
	walk file 1 1 --mode=process --threads=2 --pool=off,on "${small[@]}"
	walk file 1 1 --workload=io --mode=locked --threads=2 --tasks=3 --size=10 --reps=1
}

# What a process may have at most: of files, of the address space, of its stack.
files_limited_to_few_are_one_line_and_status_3_or_enough() {
	mkdir in
	for n in 3 4 6 8 10 12 14 17 20; do
		for options in --mode=locked --mode=process --mode=async; do
			[ $options != --mode=async ] || "$gilsim" --version | grep -q libuv || continue
			(cd in && ulimit -n $n && exec timeout -k 5 120 "$gilsim" $options --workload=io --tasks=3 --size=10 \
				--reps=1 --warmup=0) >out 2>err && status=0 || status=$?
			[ "$status" = 127 ] || does_no_harm "$n files, $options"
		done
	done
	exits 0
	leaves_nobody
}

a_limited_address_space_is_one_line_and_status_3_or_enough() {
	! is_sanitized || { echo "a sanitizer needs more from the beginning" && exit 77; }
	mkdir in
	for kib in 20000 40000 60000 100000 200000 400000; do
		(ulimit -v $kib && "$gilsim" --version >/dev/null 2>&1) || continue
		for mode in locked process free; do
			(cd in && ulimit -v $kib && exec timeout -k 5 120 "$gilsim" --mode=$mode --threads=20 "${small[@]}" \
				>../out 2>../err) && status=0 || status=$?
			does_no_harm "$kib KiB, $mode"
		done
	done
	leaves_nobody
}

a_small_stack_is_enough() {
	! is_sanitized || { echo "a sanitizer needs more stack" && exit 77; }
	(ulimit -s 256 && run --mode=locked,process,free,subinterp --threads=4 --format=json "${small[@]}" && exits 0) || exit 1
	holds '.results | length == 4 and all(.checksum_ok)'
	(ulimit -s 256 && run "${virtual[@]}" --mode=locked,process --threads=4 --format=json "${small[@]}" && exits 0) || exit 1
	holds '.results | length == 2 and all(.checksum_ok)'
}

# TSan knows at most some thousands, and takes long for each.
a_thousand_threads_are_right_in_every_mode() {
	n=1000
	! is_sanitized || n=200
	mkdir in
	(cd in && run --mode=locked,released,free,subinterp --engine=native --threads=$n --workload=fib --size=100 --tasks=$n \
		--reps=1 --warmup=0 --output=out.json && exits 0) || exit 1
	holds ".results | length == 4 and all(.checksum_ok and (.per_thread | length == $n))" in/out.json
	leaves_nobody
}

a_scenario_of_a_thousand_threads_ends() {
	n=1000
	! is_sanitized || n=200
	mkdir in
	echo "{\"threads\": [{\"name\": \"many\", \"count\": $n, \"phases\": [{\"io_us\": 10}, {\"bytecode_us\": 1}]}]}" >in/s.json
	for world in real virtual; do
		(cd in && run scenario s.json --reps=1 --world=$world --output=out.json && exits 0) || exit 1
		holds '.repeats[0].threads[0].rounds == '$n in/out.json
	done
	leaves_nobody
}

one_core_is_enough() {
	needs taskset
	first=$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')
	modes=locked,released,process,subinterp,free
	! "$gilsim" --version | grep -q libuv || modes+=,async
	taskset -c "$first" "$gilsim" --mode=$modes --threads=1,4 --bind=none --format=json "${small[@]}" >out 2>err || fail "status $?"
	holds '.results | all(.checksum_ok)'
	holds '.host.cores_allowed == 1'
	bind=none
	! "$gilsim" --version | grep -q hwloc || bind=core
	taskset -c "$first" "$gilsim" --mode=locked,process --threads=1,4 --bind=$bind --format=json "${small[@]}" >out 2>err || fail "status $?"
	holds '.results | all(.checksum_ok)'
	taskset -c "$first" "$gilsim" advise --workload=fib --size=100000 --reps=2 >out 2>err || fail "status $?"
	[ -s out ] && [ ! -s err ] || fail "no advice"
	taskset -c "$first" "$gilsim" "${virtual[@]}" --cores=4 --mode=process --threads=4 "${small[@]}" >out 2>err || fail "status $?"
}

# A sanitizer reads /proc itself.
without_proc_everything_runs() {
	! is_sanitized || { echo "a sanitizer reads /proc" && exit 77; }
	needs unshare
	hide=(unshare -m sh -c 'mount -t tmpfs none /proc && exec "$0" "$@"')
	"${hide[@]}" true 2>err || { echo "/proc cannot be hidden here" && exit 77; }
	"${hide[@]}" "$gilsim" --mode=locked,process --threads=1,2 --format=json "${small[@]}" >out 2>err || fail "status $?"
	[ ! -s err ] || fail "says something"
	holds '.host.cpu == null and (.results | length == 4 and all(.checksum_ok and .time_ns.runqueue == null))'
	# The loader may need it to find a module beside the program.
	for options in --bind=core "--world=virtual --cost=cpython313"; do
		status=0
		# shellcheck disable=SC2086
		"${hide[@]}" "$gilsim" $options --threads=2 "${small[@]}" >out 2>err || status=$?
		case $status in
		0) [ ! -s err ] || fail "$options: says something" ;;
		*) exits 3 && says "gilsim: " ;;
		esac
	done
}

# Nothing but /tmp and its own files is given to nobody: it has no folder to write to and no home.
an_unprivileged_user_can_measure_and_is_told_what_it_cannot_write() {
	needs setpriv
	[ "$(id -u)" = 0 ] || { echo "only root can become another" && exit 77; }
	chmod 755 .
	nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent XDG_CACHE_HOME=)
	"${nobody[@]}" "$gilsim" --version >out 2>&1 || { echo "nobody cannot read gilsim here" && exit 77; }
	"${nobody[@]}" "$gilsim" --mode=locked,process --threads=2 --format=json "${small[@]}" >out 2>err || fail "status $?"
	holds '.results | all(.checksum_ok)'
	"${nobody[@]}" "$gilsim" list >out 2>err || fail "status $?"
	for output in a.json a.csv a.jsonl; do
		status=0
		"${nobody[@]}" "$gilsim" --output=$output "${small[@]}" >out 2>err || status=$?
		exits 3
		says "$output: cannot be written: Permission denied"
		[ ! -e $output ] || fail "wrote $output"
	done
	status=0
	"${nobody[@]}" "$gilsim" --counters --format=json "${small[@]}" >out 2>err || status=$?
	exits 0
	[ "$(wc -l <err)" -le 1 ] || fail "more than one line"
}

claims "$@"
