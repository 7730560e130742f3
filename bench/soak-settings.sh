# shellcheck shell=bash
# soak-settings.sh - sourced by soak: random settings, and what each must end with.  Expects root,
# gilsim, work, runs and play.

modes=() policies=() workloads=() fair=() everywhere=(locked released process subinterp free)
declare -A forms has

# What this gilsim has: `forms` are those of a workload in a mode, as b, n, bn or -.
read_list() {
	local workload row cell column feature
	for feature in $("$gilsim" --version | sed -n 's/^features://p'); do has[$feature]=1; done
	[ -z "${has[libuv]-}" ] || everywhere+=(async)
	while read -r workload row; do
		if [ ${#modes[@]} = 0 ]; then
			read -ra modes <<<"$workload $row"
			continue
		fi
		workloads+=("$workload")
		column=0
		for cell in $row; do forms[$workload,${modes[column++]}]=$cell; done
	done < <("$gilsim" list | awk '/^which runs in which/ { on = 1; next } /^[a-z]/ { on = 0 } on && $1 != "-"')
	mapfile -t policies < <("$gilsim" list |
		awk '/^lock/ { on = 1; next } /^[a-z]/ { on = 0 } on && /^  [a-z]/ { print $1 }')
	# Those under which every thread of a scenario has its turn in time; in the virtual one spinning takes long.
	mapfile -t fair < <(printf '%s\n' "${policies[@]}" | grep -xE 'cpython|cpython32|ruby|ocaml|pypy')
	"${CC:-cc}" -O2 -shared -fPIC -I "$root/include" "$root/docs/examples/kernel.c" -o "$work/kernel.so" \
		2>/dev/null || echo "soak: no C compiler: without kernels of one's own" >&2
}

# pick WORD...: one of them, in $it.
pick() {
	local n=$((RANDOM % $# + 1))
	it=${!n}
}

# between LEAST MOST: in $it.
between() {
	it=$(($1 + (RANDOM * 32768 + RANDOM) % ($2 - $1 + 1)))
}

# In so many of a hundred cases.
chance() {
	[ $((RANDOM % 100)) -lt "$1" ]
}

# some MOST WORD...: one to MOST of them, which may be the same ones, with commas between, in $it.
some() {
	local n=$((RANDOM % $1 + 1)) list=
	shift
	while [ $((n--)) -gt 0 ]; do
		pick "$@"
		list+=${list:+,}$it
	done
	it=$list
}

# option NAME VALUE...: in half of all cases, one of the values.
option() {
	local name=$1
	shift
	chance 50 || return
	pick "$@"
	options+=("--$name=$it")
}

# small WORKLOAD: options that make it last some milliseconds.
small() {
	local size tasks iterations
	between 1 20; tasks=$it
	between 1 5; iterations=$it
	case $1 in
	laplace) between 3 40; options+=(--size="$it" --tasks="$tasks" --iterations="$iterations") ;;
	fib) between 1 3000; options+=(--size="$it" --tasks="$tasks") ;;
	matmul*) between 1 20; options+=(--size="$it" --tasks="$((tasks / 4 + 1))") ;;
	memory) options+=(--size=1 --iterations="$((iterations / 3 + 1))") ;;
	io) between 0 2000; options+=(--size="$it" --tasks="$tasks" --iterations="$iterations") ;;
	files) between 1 3000; options+=(--size="$it" --tasks="$tasks" --iterations="$((iterations / 2 + 1))") ;;
	*) between 1 30000; options+=(--size="$it") ;;
	esac
}

# Wants the exit statuses in $wanted: 0 where all combinations can be, else those of the refusals.
expect() {
	local workload=$1 mode engine world form native
	wanted=0
	for mode in ${2//,/ }; do
		for engine in ${3//,/ }; do
			for world in ${4//,/ }; do
				native=
				[[ ${forms[$workload,locked]} != *n* ]] || native=n
				case $engine,$mode in
				auto,released | auto,openmp) form=${native:-b} ;;
				auto,*) form=b ;;
				*) form=${engine:0:1} ;;
				esac
				if [[ ${forms[$workload,locked]} != *$form* ]] || [[ ${forms[$workload,$mode]} != *$form* ]]; then
					wanted+=" 2"
				elif [ "$world,$mode" = virtual,openmp ]; then
					wanted+=" 2"
				elif [ "$mode" = openmp ] && [ -z "${has[openmp]-}" ]; then
					wanted+=" 3"
				elif [ "$mode" = async ] && [ -z "${has[libuv]-}" ]; then
					wanted+=" 3"
				fi
			done
		done
	done
	[ "$wanted" = 0 ] || wanted=${wanted#0 }
}

# threads MOST: one to three numbers.
threads() {
	some "$1" 1 1 2 2 3 4 5 7 8 13 16 32
	options+=(--threads="$it")
}

in_a_world() {
	local world
	pick real real real virtual virtual real,virtual
	world=$it
	[ "$world" != real ] || return 0
	options+=(--world="$world")
	pick cpython27 cpython311 cpython313
	options+=(--cost="$it")
	between 1 64
	options+=(--cores="$it")
	between 1 100000
	options+=(--seed="$it")
}

# Of those that were built in.  A sanitizer finds races in an OpenMP runtime that it was not told of.
some_modes() {
	local all=() mode
	for mode in "${modes[@]}"; do
		case $mode in
		openmp) [ -n "${has[openmp]-}" ] && [ -z "${GILSIM_SKIP_OPENMP-}" ] || continue ;;
		async) [ -n "${has[libuv]-}" ] || continue ;;
		esac
		all+=("$mode")
	done
	some "$1" "${all[@]}"
}

# setting MODES THREADS: the options of a sweep, at most so many of each, and what is wanted of it.
setting() {
	local workload mode engine=auto world=real k
	options=()
	pick "${policies[@]}"
	chance 50 || options+=(--gil="$it")
	# Where each opcode takes the lock, only those will do that have few.
	if [ "${options[*]}" = --gil=opcode ]; then
		pick fib count counter io
	else
		pick "${workloads[@]}"
	fi
	workload=$it
	some_modes "$1"
	mode=$it
	options+=(--workload="$workload" --mode="$mode")
	threads "$2"
	small "$workload"
	if chance 50; then
		some "$1" auto bytecode native
		engine=$it
		options+=(--engine="$engine")
	fi
	in_a_world
	for k in "${options[@]}"; do [[ $k != --world=* ]] || world=${k#*=}; done
	expect "$workload" "$mode" "$engine" "$world"
	option interval 1us 50us 1ms 5ms
	option ticks 1 100 10000
	option counts plain atomic biased
	option scaling strong weak
	option chunks 1 2 5 1000
	option payload 0 1 1000 70000
	option pool off on
	option updates-per-call 1 2 7
	option pace full full cpython27 cpython311 cpython313 2.5
}

play_run() {
	setting 3 3
	option accounting off counts full counts,full
	option bind none core pu none,core
	option counters off off on
	option order-seed 1 2 3
	option min-time 0ms 5ms
	option warmup 0 1
	pick table json csv jsonl
	options+=(--format="$it")
	if [[ " ${options[*]} " == *--bind=*[cp]* ]] && [ -z "${has[hwloc]-}" ]; then
		[[ " ${options[*]} " == *--world=virtual* ]] || wanted=${wanted/#0/3}
	fi
	if chance 3; then
		options+=(--reps=auto --max-time=30ms --precision=20%)
	else
		between 1 3
		options+=(--reps="$it")
	fi
	play "$wanted" "${options[@]}" || return
	[[ " ${options[*]} " != *--format=json\ * ]] || jq -e 'all(.results[]; .checksum_ok)' out >/dev/null ||
		finding "results are not right" "${options[@]}"
}

# What was kept is compared with itself, put on a page, and gone on with.
play_kept() {
	setting 2 2
	options+=(--reps=2 --warmup=0 --quiet --output=a.json --output=a.csv --output=a.jsonl)
	play "$wanted" "${options[@]}" || return
	play 0 compare a.json a.json
	play 0 compare a.json a.jsonl --format=json
	play 0 report a.json --output=a.html
	play 0 "${options[@]}" --reps=3 --resume
}

play_own() {
	some 2 "${everywhere[@]}"
	options=(--mode="$it" --reps=2)
	threads 2
	option gil "${policies[@]}"
	if [ -e "$work/kernel.so" ] && chance 50; then
		between 1 4096
		play 0 --kernel="$work/kernel.so" --size="$it" --iterations=20 "${options[@]}"
	else
		in_a_world
		between 1 100
		play 0 --program="$root/docs/examples/mandelbrot.gasm" --size="$it" --iterations=20 "${options[@]}"
	fi
}

# shorter DOCUMENT: in a.json, with other numbers of threads, another lock and less to do.
shorter() {
	local policy interval accounting
	pick "${fair[@]}"; policy=$it
	pick 20us 100us 1ms 5ms; interval=$it
	pick off counts full; accounting=$it
	between 1 4
	jq --arg gil "$policy" --arg interval "$interval" --arg accounting "$accounting" --argjson n "$it" '
		.gil = $gil | .interval = $interval | .accounting = $accounting
		| if .duration then .duration = "20ms" else . end
		| .threads[0].count = (if .threads[0].echo then 1 else $n end)
		| .threads[] |= ((if .workload == "fib" then .size = 2000 elif .workload then .size = 5000 else . end)
			| (if .pings then .pings = 10 else . end))' "$1" >"$work/run/a.json"
}

play_scenario() {
	pick "$root"/bench/scenarios/*.json
	shorter "$it"
	options=(--reps=2)
	in_a_world
	[[ " ${options[*]} " != *real,virtual* ]] || options=(--reps=1)
	pick table json
	play 0 scenario a.json --format="$it" "${options[@]}"
}

play_explore() {
	local first
	pick "$root"/bench/scenarios/explore/{three,starving}.json
	shorter "$it"
	jq '.threads[] |= if .repeat == "until-duration" then . else .repeat = 5 end' "$work/run/a.json" >"$work/run/b.json"
	between 1 100000
	first=$it
	play 0 explore b.json --seeds="$first..$((first + 3))"
	cp "$root/bench/scenarios/explore/deadlock.json" "$work/run"
	play "0 1" explore deadlock.json --seeds="$first..$((first + 1))"
}

play_trace() {
	setting 1 1
	if chance 30; then
		pick "$root"/bench/scenarios/*.json
		shorter "$it"
		wanted=0 options=(--scenario=a.json)
	fi
	[[ " ${options[*]} " != *real,virtual* ]] || wanted=2
	play "$wanted" trace "${options[@]}" --output=t.json --events=1000 || return
	jq -e '.traceEvents | length > 0' t.json >/dev/null || finding "the trace has nothing" trace "${options[@]}"
}

play_advise() {
	pick "${workloads[@]}"
	options=(--workload="$it")
	small "$it"
	in_a_world
	[[ " ${options[*]} " != *real,virtual* ]] || options=(--workload=count --size=1000)
	play 0 advise "${options[@]}" --threads=1,3 --reps=1
}

play_rare() {
	pick "matrix --world=virtual --cores=2 --cost=cpython313 --reps=1" "calibrate --reps=1 --output=c.json" \
		"breakeven --world=virtual --cores=2 --cost=cpython313 --reps=1 --threads=2 --neighbours=1"
	# shellcheck disable=SC2086  # a command and its options
	play 0 $it
}

play_wrong() {
	pick "--threads=0" "--threads=1,x" "--threads=3..1" "--size=-1" "--mode=lock" "--workload=" "--gil=foo" \
		"--interval=0us" "--reps=0" "--chunks=0" "--output=x.txt" "--resume" "nonsense" "scenario none.json" \
		"compare one.json" "--pool=maybe" "--world=virtual --cores=0" "--world=virtual --cost=none" "report none.json" \
		"--kernel=none.so" "--program=none.gasm" "trace" "advise" "explore" "--workload=io --mode=openmp" "--seed=x"
	# shellcheck disable=SC2086
	play 2 $it
}

play_any() {
	case $((RANDOM % 200)) in
	[0-9] | 1[0-5]) play_kept ;;
	1[6-9] | 2[0-9]) play_own ;;
	3[0-9] | 4[0-9]) play_scenario ;;
	5[0-5]) play_explore ;;
	5[6-9] | 6[0-5]) play_trace ;;
	6[6-8]) play_advise ;;
	69) [ "$runs" != 0 ] || play_rare ;;
	7[0-5]) play_wrong ;;
	76) play 0 list; play 0 --help; play 0 --version ;;
	*) play_run ;;
	esac
}
