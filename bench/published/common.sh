# shellcheck shell=bash
# common.sh - sourced by the experiments beside it: set-up, runs that are kept, figures, and a
# table of what was published beside what was measured.
# shellcheck source=bench/setup.sh
. "$(dirname "${BASH_SOURCE[0]}")/../setup.sh"

gilsim=$root/build/src/gilsim
kept=$root/results/published
written=()
rows=()
cores=$(nproc)

# begin TITLE SOURCE - builds, and says what this is.
begin() {
	need build json pictures
	echo "building gilsim"
	build "$root/build"
	mkdir -p "$kept"
	printf '%s\n  %s\n' "$1" "$2"
}

# measure NAME OPTION... - one run of gilsim, kept as NAME.json and NAME.csv.
measure() {
	local name=$1
	shift
	echo "gilsim $*"
	"$gilsim" --quiet --output="$kept/$name.json" --output="$kept/$name.csv" "$@"
	written+=("$kept/$name.json, .csv")
}

# draw FIGURE NAME RESULT... - plot/FIGURE.gp of some kept CSV files, as NAME.svg and NAME.png.
draw() {
	local figure=$1 name=$2
	shift 2
	"$root/plot/draw" "$figure" "$kept/$name" "${@/#/$kept/}"
	written+=("$kept/$name.svg, .png")
}

# value NAME FILTER - a number out of a kept document; a filter of .results sees its rows.
value() {
	jq -r "$2" "$kept/$1.json"
}

# seconds NAME MODE THREADS [FIELD] - the median of the first such row, of its wall time or FIELD.
seconds() {
	value "$1" "first(.results[] | select(.mode == \"$2\" and .threads == $3))
		| .${4:-wall_ns}.median / 1e9"
}

# cores_busy NAME MODE THREADS - so many cores worked, on average over such a row's wall time.
cores_busy() {
	value "$1" "first(.results[] | select(.mode == \"$2\" and .threads == $3))
		| (.user_ns.median + .sys_ns.median) / .wall_ns.median"
}

divide() {
	awk -v a="$1" -v b="$2" 'BEGIN { print a / b }'
}

# row WHAT PUBLISHED MEASURED UNIT - a line of the table; PUBLISHED is - where nothing was.
row() {
	rows+=("$1	$2	$3	$4")
}

# table - what was published, what was measured, and the second as a part of the first.
table() {
	echo
	printf '%s\n' "${rows[@]}" | awk -F '\t' '
		function shown(x) { return x ~ /^[-0-9.e+]+$/ && x != "-" ? sprintf("%.3g", x) : x }
		{ what[NR] = $1; unit[NR] = $4 ? " " $4 : ""; width = length($1) > width ? length($1) : width
		  published[NR] = $2; measured[NR] = $3 }
		END {
			format = "%-" width "s  %15s  %15s  %8s\n"
			printf format, "what", "published", "measured", "ratio"
			for (k = 1; k <= NR; k++)
				printf format, what[k], shown(published[k]) (published[k] == "-" ? "" : unit[k]),
					shown(measured[k]) unit[k],
					(published[k] + 0 > 0 && measured[k] + 0 > 0 ? sprintf("%.2f", measured[k] / published[k]) : "-")
		}'
}

# watched NAME OPTION... - as measure, and appends to $samples ten times a second what each thread
# of the measuring process and its workers has used so far, and on which core it ran.
watched() {
	local name=$1 pid runner workers process
	measure "$@" &
	pid=$!
	while kill -0 $pid 2>/dev/null; do
		echo "at $EPOCHREALTIME $name"
		runner=
		read -r process _ <"/proc/$pid/task/$pid/children" || true
		[ -z "$process" ] || read -r runner _ <"/proc/$process/task/$process/children" || true
		workers=
		[ -z "$runner" ] || read -r workers <"/proc/$runner/task/$runner/children" || true
		for process in $runner $workers; do
			cat "/proc/$process"/task/*/stat || true
		done
		sleep 0.1
	done 2>/dev/null >>"$samples"
	wait $pid
	written+=("$kept/$name.json, .csv")
}

# loads NAME - what was sampled as NAME.csv: the load that gilsim put on each core from one sample to
# the next.
loads() {
	awk -v cores="$(nproc --all)" -v ticks_per_s="$(getconf CLK_TCK)" '
		function finish(    core, load) {
			for (core = 0; core < cores && phase == last_phase && now > last; core++) {
				load = used[core] / ticks_per_s / (now - last)
				printf "%.3f,%.3f,%d,%.3f,%s\n", last - start, now - start, core,
					load < 1 ? load : 1, phase
			}
			delete used
		}
		BEGIN { print "begin_s,end_s,core,load,phase" }
		$1 == "at" {
			finish()
			last = now
			last_phase = phase
			now = $2
			phase = $3
			sub(/^[0-9]+-/, "", phase)
			if (!start) start = now
			next
		}
		{
			thread = $1
			sub(/^.*\) /, "")
			used[$37] += $12 + $13 - ticks[thread]
			ticks[thread] = $12 + $13
		}
		END { finish() }' "$samples" >"$kept/$1.csv"
	written+=("$kept/$1.csv")
}

# end - the table, what differs (standard input), and what was written.
end() {
	[ ${#rows[@]} = 0 ] || table
	echo
	cat
	printf '\nwrote:\n'
	printf '  %s\n' "${written[@]#"$root/"}"
}
