#!/bin/bash
# report - the page that gilsim report makes of results, as its readers see it: in a browser without
# a window, wide and narrow, light and dark.  Each function is one claim.
# Usage: report.sh GILSIM [CLAIM...]
set -u
gilsim=$(realpath "$1")
shift
. "$(dirname "$0")/tap.sh"

needs() {
	command -v "$1" >/dev/null || { echo "$1 is not installed" >&2; exit 77; }
}

# A sweep with figures, and settings of all kinds.
measure_small() {
	"$gilsim" --quiet --output=run.json --mode=locked,process --workload=fib --size=2000 --tasks=4 \
		--threads=1,2,4 --reps=3 --warmup=0 || fail "cannot measure"
}

report() {
	timeout 60 "$gilsim" report "$@" --output=page.html >out 2>err || fail "status $?"
}

# What a page looks like when it is laid out: a script at its end measures, and tells the page around
# it, for a browser's own window may not be as narrow as a telephone.
measurer=$(mktemp)
cat >"$measurer" <<'SCRIPT'
<script>
const luminance = text => {
	const [r, g, b] = text.match(/[\d.]+/g).map(x => x / 255)
		.map(x => x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
const paper = luminance(getComputedStyle(document.body).backgroundColor);
const box = element => element.getBoundingClientRect();
const figures = [...document.querySelectorAll('svg')];
const outside = [...document.querySelectorAll('body *')].filter(element =>
	!element.closest('script') && !(element.parentElement.closest('.scroll')) &&
	box(element).width > 0 && (box(element).right > innerWidth + 1 || box(element).left < -1));
const cut = figures.flatMap(svg => [...svg.querySelectorAll('text')].filter(text =>
	box(text).left < box(svg).left - 1 || box(text).right > box(svg).right + 1 ||
	box(text).top < box(svg).top - 1 || box(text).bottom > box(svg).bottom + 1));
const texts = figures.flatMap(svg => [...svg.querySelectorAll('text')]);
const lines = figures.flatMap(svg => [...svg.querySelectorAll('path')]).filter(path =>
	box(path).width + box(path).height > 0 && getComputedStyle(path).stroke !== 'none' &&
	getComputedStyle(path).strokeOpacity > 0.9 && path.getAttribute('class') !== 'gridline');
const least = list => Math.min(21, ...list);
parent.postMessage(JSON.stringify({errors, width: innerWidth, scroll: document.documentElement.scrollWidth,
		dark: matchMedia('(prefers-color-scheme: dark)').matches,
		outside: outside.map(e => e.tagName + ' ' + e.textContent.slice(0, 40)),
		cut: cut.map(e => e.textContent),
		figures: figures.map(svg => [box(svg).width, box(svg).height]),
		drawn: figures.map(svg => [...svg.querySelectorAll('path')].filter(p => box(p).width > 20).length),
		text_contrast: least(texts.map(t => contrast(paper, luminance(getComputedStyle(t).fill)))),
		line_contrast: least(lines.map(l => contrast(paper, luminance(getComputedStyle(l).stroke)))),
		requests: performance.getEntriesByType('resource').map(r => r.name)}), '*');
</script>
SCRIPT
trap 'rm -f "$measurer"' EXIT

# looks WIDTH SCHEME - page.html in a browser of that width, as `measured`; SCHEME is light or dark.
looks() {
	local scheme=1
	[ "$2" = light ] || scheme=0
	sed 's|<head>|<head><script>const errors = []; onerror = m => { errors.push(m) }</script>|' page.html >laid.html
	sed -i -e "/<\/main>/r $measurer" laid.html
	cat >around.html <<-PAGE
		<!DOCTYPE html><meta name="color-scheme" content="light dark">
		<script>onmessage = m => { document.querySelector('pre').textContent = m.data }</script>
		<pre id="measured"></pre><iframe src="laid.html" width="$1" height="900" frameborder="0"></iframe>
	PAGE
	timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
		--user-data-dir="$PWD/profile" --window-size=1400,1000 \
		--blink-settings=preferredColorScheme=$scheme --virtual-time-budget=5000 \
		--dump-dom "file://$PWD/around.html" >dom 2>browser || fail "chromium: $(tail -3 browser)"
	sed -n 's/.*<pre id="measured">\(.*\)<\/pre>.*/\1/p' dom |
		sed 's/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g' >measured
	[ -s measured ] || fail "measured nothing: $(head -c 300 dom)"
	holds ".width == $1" measured
	holds ".dark == ($scheme == 0)" measured
}

is_laid_out() {
	holds '.errors == []' measured
	holds '.scroll <= .width and .outside == [] and .cut == []' measured
	holds '.figures | length > 0 and all(.[0] > 200 and .[1] > 150)' measured
	holds '.drawn | all(. >= 5)' measured
	holds '.requests == []' measured
}

a_page_of_runs_and_a_matrix_fits_a_screen_and_a_telephone() {
	needs gnuplot
	needs chromium
	measure_small
	report run.json "$root/results/matrix.json" "$root/results/breakeven.json" \
		"$root/results/published/2-count.json" "$root/results/published/3-free-held.json"
	for width in 1280 390; do
		looks $width light
		is_laid_out
	done
}

however_far_apart_the_figures_are_nothing_is_cut() {
	needs gnuplot
	needs chromium
	for far in 4 60 1000 30000; do
		jq --argjson far $far '.results |= [to_entries[] | .key as $k | .value
			| pow($far; [0, 1, -1, 0.5][$k % 4]) as $times
			| .speedup = 1 / $times | .efficiency = .speedup / .threads
			| .wall_ns |= map_values(1e6 * $times)]' "$root/results/published/2-count.json" >far.json
		report far.json
		looks 390 light
		is_laid_out
	done
}

its_pictures_follow_a_light_and_a_dark_screen() {
	needs gnuplot
	needs chromium
	report "$root/results/published/2-count.json" "$root/results/laplace-size-600.json"
	for scheme in light dark; do
		looks 1280 $scheme
		is_laid_out
		holds '.text_contrast >= 4.5' measured
		holds '.line_contrast >= 2' measured
	done
}

names_of_others_are_escaped_wherever_they_stand() {
	needs gnuplot
	needs chromium
	evil='<script>oops()</script><b>&"'"'"
	jq --arg evil "$evil" '.results |= map(.workload = $evil | .gil = $evil) | .host.cpu = $evil |
		.[$evil] = [{($evil): $evil}]' "$root/results/published/2-count.json" >'<i>&".json'
	report '<i>&".json'
	! grep -qE '<script|<b>|<i>' page.html || fail "$(grep -E '<script|<b>|<i>' page.html | head -3)"
	grep -qF '&lt;script&gt;' page.html || fail "does not name them"
	looks 390 light
	holds '.errors == [] and .scroll <= .width and .outside == []' measured
}

a_page_loads_nothing() {
	needs gnuplot
	report "$root/results/published/2-count.json" "$root/results/matrix.json"
	! grep -oE '(src|href)=["'"'"']?[^#"'"'"'][^ ]*|url\([^)]*|@import' page.html | grep -v '="data:,' >&2 ||
		fail "something is"
}

# The settings of a document, without what was measured.
settings() {
	jq -cS '.results[] | {workload, engine, mode, gil, world, threads, size, tasks, iterations, scaling,
		interval_ns, ticks, counts, pace, accounting, chunks, payload, pool, reps, cores, seed, cost}' "$@" | sort -u
}

every_command_on_a_page_measures_the_same_settings_again() {
	measure() { "$gilsim" --quiet --warmup=0 --reps=1 --output="$1.json" "${@:2}" || fail "cannot measure"; }
	small=(--workload=laplace --size=12 --tasks=6 --iterations=4)
	measure modes "${small[@]}" --mode=locked,released,process,subinterp,free --threads=1,3
	measure policies "${small[@]}" --gil=cpython,cpython2,ruby,opcode,none --interval=700us --ticks=50
	measure knobs "${small[@]}" --scaling=weak --counts=atomic --pace=cpython311 --accounting=full --threads=2
	measure pool "${small[@]}" --mode=process --pool --chunks=1,2 --payload=0,100 --threads=2
	measure virtual "${small[@]}" --world=virtual --cores=5 --seed=7 --cost=cpython311 --threads=1,2
	measure divided --workload=refcount --gil=opcode --size=1000
	for kept in modes policies knobs pool virtual divided; do
		report $kept.json
		rm -f again-*.json
		sed -n '/<pre>/,/<\/pre>/p' page.html | grep -oE 'gilsim --[^<]*' |
			sed "s/&#39;/'/g; s/&quot;/\"/g; s/&amp;/\&/g" >commands
		[ -s commands ] || fail "no commands of $kept"
		while read -r command; do
			number=$((${number:-0} + 1))
			eval "\"\$gilsim\" ${command#gilsim } --warmup=0 --quiet --output=again-$number.json" ||
				fail "not measured: $command"
		done <commands
		diff <(settings $kept.json) <(settings again-*.json) >&2 || fail "$kept: others"
	done
}

# But timelines, which are for Perfetto.
all_that_is_kept_in_results_has_a_page() {
	mapfile -t kept < <(grep -lE '"schema": ?"gilsim-' "$root"/results/*.json "$root"/results/*/*.json |
		grep -v /timeline)
	PATH=$(path_without gnuplot) report "${kept[@]}"
	[ "$(grep -c '<section' page.html)" = ${#kept[@]} ] || fail "not all of ${#kept[@]}"
}

# path_without PROGRAM - a PATH that has all that this test needs but that.
path_without() {
	mkdir -p bin
	for program in env timeout jq grep sed; do
		ln -sf "$(command -v $program)" bin/
	done
	echo "$PWD/bin"
}

without_gnuplot_a_page_has_its_tables_and_says_what_is_missing() {
	measure_small
	path=$(path_without gnuplot)
	PATH=$path report run.json
	says "figures are left out: gnuplot: is not installed"
	grep -qF "Figures are left out: gnuplot" page.html || fail "the page does not"
	grep -qF "gilsim --workload=fib" page.html || fail "has no commands"
	! grep -q '<figure' page.html || fail "has figures"
}

what_tells_series_apart_is_in_the_table_and_in_the_legend() {
	needs gnuplot
	"$gilsim" --quiet --output=run.json --engine=native --size=9 --tasks=4 --iterations=4 --updates-per-call=1,4 \
		--threads=1,2 --reps=3 --warmup=0 || fail "cannot measure"
	jq '.results |= map(if .updates_per_call == 4 then .bind = "core" else . end)' run.json >bound.json
	report bound.json
	grep -q '<th scope="col">bind</th>' page.html || fail "no column bind"
	grep -q '<th scope="col" class="number">updates a call</th>' page.html || fail "no column of updates"
	grep -q '>none<' page.html || fail "who is not bound is not said"
	grep -q 'bind.core,.updates.a.call.4' <(sed 's/&#160;\|\xc2\xa0/ /g' page.html) ||
		fail "not in the legend: $(grep -o 'locked, native[^<]*' page.html | head -3)"
}

a_page_of_virtual_time_has_no_machine_and_no_intervals_of_three_repeats() {
	needs gnuplot
	"$gilsim" --quiet --output=run.json --output=run.csv --world=virtual --cost=cpython313 --workload=count \
		--size=50000000 --mode=free --threads=1,2 || fail "cannot measure"
	report run.json
	grep -q "No row has a 95 % interval, which takes 5 repeats\.</p>" page.html || fail "$(grep Noise page.html)"
	! grep -q "confidence intervals\|published: " page.html || fail "what it does not have"
	"$root/plot/draw" time drawn run.csv 2>err || fail "not drawn"
	[ ! -s err ] || fail "warns"
}

# refuses_file NAME TEXT: and leaves the page that was there.
refuses_file() {
	echo before >page.html
	refuses report "$1" --output=page.html -- "$2"
	[ "$(cat page.html)" = before ] || fail "changed the page"
	[ -z "$(find . -name '*.tmp')" ] || fail "left something behind"
}

bad_input_to_a_report_is_one_line_and_changes_nothing() {
	measure_small
	head -c 3000 run.json >cut.json
	refuses_file cut.json "cut.json:"
	refuses_file missing.json "missing.json: cannot be read: No such file or directory"
	jq '.schema = "gilsim-results/2"' run.json >other.json
	refuses_file other.json "schema 'gilsim-results/2' is of another version: must be gilsim-results/1"
	echo '{"schema": "someone-else/1"}' >foreign.json
	refuses_file foreign.json "must be a document that gilsim kept with --output=FILE.json"
	sed '0,/"median": [0-9]*/s//"median": NaN/' run.json >nan.json
	refuses_file nan.json "nan.json:"
	jq '.results[1].wall_ns.median = -5' run.json >negative.json
	refuses_file negative.json "results[1].wall_ns.median: must be a number above 0, or null"
	jq '.results[0].mode = 7' run.json >mode.json
	refuses_file mode.json "results[0].mode: must be a text"
	jq '.results[2].threads = 0' run.json >threads.json
	refuses_file threads.json "results[2].threads: must be a whole number above 0"
	jq '.results = []' run.json >none.json
	refuses_file none.json "has no results"
	mkdir folder
	refuses_file folder "folder: cannot be read: Is a directory"
	refuses report -- "needs the files to report on"
}

a_page_that_cannot_be_written_is_said_before_anything_is_drawn() {
	measure_small
	run report run.json --output=missing/page.html
	exits 3
	says "missing/page.html: cannot be written: No such file or directory"
	mkdir folder
	run report run.json --output=folder
	exits 3
	says "folder: cannot be written: Is a directory"
}

claims "$@"
