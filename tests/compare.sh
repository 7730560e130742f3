#!/bin/bash
# compare - two kept results against each other, as CI would: verdicts, exit statuses, and what is
# refused.  The documents are made by hand, but for those of the virtual world; nothing is timed.
# Usage: compare.sh GILSIM [CLAIM...]
set -u
gilsim=$(realpath "$1")
shift
. "$(dirname "$0")/tap.sh"

# Three settings of ten repeats each, that spread over 1 %.
document() {
	jq -n '{schema: "gilsim-results/1", gilsim: {version: "1", compiler: "gcc 12", flags: "-O3"},
		host: {cpu: "EPYC", cores_online: 2, cores_allowed: 2, kernel: "Linux 6", libc: "glibc 2",
			governor: null, virtualised: true, load_1min: 0.5, time: "2026-01-01T00:00:00Z"},
		results: [[1, 2000], [2, 1000], [4, 500]] | map({workload: "fib", engine: "native", mode: "locked",
			gil: "cpython", world: "real", threads: .[0], cores: 2, counts: "plain", pool: null,
			wall_ns: {samples: [.[1] as $ns | range(10) | $ns * 1000 + . * $ns]}, checksum_ok: true})}'
}

# changed JQ FILE - the document with something else, and never the same samples.
changed() {
	document | jq "(.results[].wall_ns.samples[]) += 1 | $1" >"$2"
}

compared() {
	document >a.json
	changed "$1" b.json
	shift
	run compare a.json b.json "$@"
}

# Of the settings in their order, as in "same slower same".
verdicts() {
	[ "$(jq -r '[.results[].verdict] | join(" ")' out)" = "$1" ] ||
		fail "not $1: $(jq -c '.results[].verdict' out)"
}

identical_files_are_the_same() {
	document >a.json
	run compare a.json a.json --format=json
	exits 0
	verdicts "same same same"
	holds '.schema == "gilsim-compare/1" and all(.results[]; .ratio == 1 and .p == 1)'
	jq '.results[].wall_ns.samples |= [.[0] * (1, 2, 5)]' a.json >wide.json
	run compare wide.json wide.json --format=json
	exits 0
	verdicts "same same same"
}

a_setting_a_fifth_slower_fails_and_is_named() {
	compared '.results[1].wall_ns.samples[] *= 1.2'
	exits 1
	says "gilsim: b.json: 1 worse, first: workload fib, mode locked, threads 2: 1.2 times as long"
	grep -qE "^ +2 +1\.0. ms +1\.2. ms +1\.200 +1\.19. \.\. 1\.2.. +< 0.0001  0\.. %  slower$" out || fail "no such row: $(cat out)"
	grep -q "^2 same, 1 slower$" out || fail "not counted"
	grep -q "^in all rows: workload fib, engine native, mode locked, gil cpython, world real, counts plain$" out ||
		fail "what rows share is not said once: $(cat out)"
}

a_setting_faster_fails_nothing() {
	compared '.results[1].wall_ns.samples[] /= 1.2' --format=json
	exits 0
	verdicts "same faster same"
	holds '.results[1] | .ratio < 0.84 and .ratio_ci95[1] < 0.85 and .p_holm == 3 * .p'
}

the_threshold_says_what_counts() {
	compared '.results[1].wall_ns.samples[] *= 1.2' --threshold=25% --format=json
	exits 0
	verdicts "same same same"
	run compare a.json b.json --threshold=19.5%
	exits 1
	compared '.results[1].wall_ns.samples[] *= 1.03'
	exits 0
	run compare a.json b.json --threshold=2%
	exits 1
	refuses compare a.json b.json --threshold=5 -- "--threshold: '5' must be above 0% and at most 100%, as in 2%"
	refuses compare a.json b.json --threshold=-5% -- "--threshold: '-5%' must be"
	refuses compare a.json b.json --threshold=1e9% -- "--threshold: '1e9%' must be"
	refuses compare a.json b.json --threshold=nan% -- "--threshold: 'nan%' must be"
}

what_may_be_chance_fails_nothing() {
	compared '.results[1].wall_ns.samples = [range(5) | 1000000, 1500000] | .results[2].wall_ns.samples |= [.[] * 0.9, .[] * 1.1][5:15]' --format=json
	exits 0
	verdicts "same undecided undecided"
	compared '.results[1].wall_ns.samples[] *= 1.2'
	jq '.results[].wall_ns.samples |= .[:4]' a.json >few-a.json
	jq '.results[].wall_ns.samples |= .[:4]' b.json >few-b.json
	run compare few-a.json few-b.json
	exits 0
	grep -q "^3 undecided for want of repeats: of 3 settings, --reps=5 or more can tell$" out || fail "$(cat out)"
}

a_difference_within_the_noise_is_none_and_the_table_says_why() {
	compared '.results[].wall_ns.samples |= [.[] * 0.95, .[] * 1.25]'
	jq '.results[].wall_ns.samples |= [.[] * 0.9, .[] * 1.1]' a.json >c.json
	run compare c.json b.json --threshold=2%
	exits 0
	grep -qE " [1-9][0-9]\.. %  undecided$" out || fail "no noise: $(cat out)"
	grep -q "^slower, faster: by 2 % or more and by the noise or more, " out || fail "the rule is not whole"
}

a_setting_in_only_one_file_is_named() {
	compared '.results[0].threads = 8 | .results[2].mode = "free"' --format=json
	exits 0
	verdicts "only in A same only in A only in B only in B"
	run compare a.json b.json
	grep -qE "^free +4 .* only in B$" out || fail "not named: $(cat out)"
	changed '.results[].threads += 10' b.json
	refuses compare a.json b.json -- "a.json, b.json: have no setting in common"
}

what_is_compared_across_needs_not_be_equal_and_is_shown() {
	document | jq '.results[] |= (.interval_ns = 5000000 | .ticks = null)' >a.json
	changed '.results[].interval_ns = 1000000 | .results[1].wall_ns.samples[] *= 1.2' b.json
	refuses compare a.json b.json -- "a.json, b.json: have no setting in common: they differ in interval_ns: compare them with --across=interval"
	run compare --across=interval a.json b.json
	exits 1
	says "threads 2, interval_ns 5000000 -> 1000000: 1.2 times as long"
	grep -q "interval_ns 5000000 -> 1000000" out || fail "what differs is not shown: $(cat out)"
	run compare --across=interval a.json b.json --format=json
	verdicts "same slower same"
	holds 'all(.results[]; .interval_ns == null and .a.interval_ns == 5000000 and .b.interval_ns == 1000000)'
	run compare --across=interval a.json b.json --format=csv
	[ "$(sed -n 2p out | grep -c ',5000000,1000000$')" = 1 ] || fail "not in the lines: $(cat out)"
	jq '.results[].gil = "ruby" | .results[].ticks = 10' b.json >c.json
	refuses compare --across=interval a.json c.json -- "they differ in gil,ticks: compare them with --across=gil,interval,ticks"
	run compare --across=gil,interval,ticks a.json c.json
	exits 1
	jq '.results[].work_divisor = 10' b.json >c.json
	document | jq '.results[].interval_ns = 5000000 | .results[].work_divisor = 1' >a.json
	run compare a.json c.json
	says "they differ in interval_ns,work_divisor"
	! grep -q across err || fail "names a way that does not lead on"
	jq '.results += [.results[0] | .interval_ns = 7]' b.json >two.json
	run compare --across=interval b.json two.json
	says "two.json: results[0] and results[3] are one setting to b.json, which has no more fields to tell them apart but those of --across"
	refuses compare --across=interval_ns a.json b.json -- "--across: 'interval_ns' must be workload, "
}

another_host_or_compiler_is_refused_without_force() {
	while read -r field value; do
		compared ".$field = $value"
		exits 2
		says "a.json, b.json: compared only with --force, for they differ: $field ("
		run compare a.json b.json --force
		exits 0
		grep -q "^although $field: .* in A, .* in B$" out || fail "$field is not said"
	done <<-'END'
		host.cpu "Xeon"
		host.cores_allowed 1
		host.kernel "Linux5"
		host.libc "musl"
		host.governor "powersave"
		host.virtualised false
		gilsim.compiler "clang"
		gilsim.flags "-O2"
	END
	compared '.gilsim.version = "2" | .host.time = "2026-02-02T00:00:00Z" | .host.load_1min = 9'
	exits 0
	compared '.host.cpu = "Xeon" | .host.kernel = "Linux 5" | .results[].cores = 8' --force --format=json
	exits 0
	holds '[.differences[].field] == ["host.cpu", "host.kernel"]'
}

an_older_document_without_newer_fields_is_compared() {
	compared 'del(.results[].counts, .results[].pool, .results[].world, .host.libc, .host.governor, .gilsim.flags)'
	exits 0
	grep -q "^3 same$" out || fail "$(cat out)"
	compared '.results += [.results[0] | .counts = "atomic"] | .new = 1 | .results[].new = 2 | .schema = "gilsim-results/1.7"' --format=json
	exits 0
	verdicts "same same same only in B"
	jq 'del(.results[].counts)' a.json >old.json
	refuses compare old.json b.json -- "b.json: results[0] and results[3] are one setting to old.json, which has no more fields to tell them apart: results[0]"
}

a_result_that_became_wrong_fails() {
	compared '.results[1] |= (.checksum_ok = false | .wall_ns.samples = [])'
	exits 1
	says "b.json: 1 worse, first: workload fib, mode locked, threads 2: wrong result"
	grep -q " wrong$" out || fail "not in the table"
	run compare b.json a.json
	exits 0
}

what_is_no_results_is_refused_in_a_line() {
	document >a.json
	refuses compare -- "files: must be 2, A.json B.json, not 0"
	refuses compare a.json -- "files: must be 2, A.json B.json, not 1"
	refuses compare a.json a.json a.json -- "a.json: is a file too many: must be A.json B.json"
	refuses compare a.json absent.json -- "absent.json: cannot be read: No such file"
	refuses compare a.json absent.jsonl -- "absent.jsonl: cannot be read: No such file"
	: >empty.json
	refuses compare a.json empty.json -- "empty.json:1:0: '[' or '{' expected near end of file: not results of gilsim"
	head -c 700 a.json >cut.json
	refuses compare a.json cut.json -- "cut.json:3"
	refuses compare cut.json a.json -- ": not results of gilsim, as --output=FILE.json or FILE.jsonl keeps them"
	sed '0,/2000000/s//NaN/' a.json >nan.json
	refuses compare a.json nan.json -- "near 'NaN'"
	while read -r name change; do
		changed "$change" bad.json
		read -r line
		refuses compare a.json bad.json -- "bad.json: $line"
	done <<-'END'
		negative .results[1].wall_ns.samples[2]=-5
		results[1]: wall_ns must be above 0, not -5
		zero .results[1].wall_ns.samples[2]=0
		results[1]: wall_ns must be above 0, not 0
		text .results[1].wall_ns.samples[2]="5ms"
		results[1]: wall_ns must be a number of ns
		none .results[2].wall_ns.samples=[]
		results[2]: has no wall_ns.samples
		gone del(.results[2].wall_ns)
		results[2]: has no wall_ns.samples
		empty .results=[]
		has no results
		unnamed del(.results[0].workload)
		results[0]: must have workload, mode and threads
		foreign del(.schema)
		has no schema: not results of gilsim
		newer .schema="gilsim-results/2"
		schema 'gilsim-results/2' is of another version: this gilsim reads gilsim-results/1
		scenario .schema="gilsim-scenario/1"
		schema 'gilsim-scenario/1' must be gilsim-results/1
		breakeven .schema="gilsim-breakeven/1"
		schema 'gilsim-breakeven/1' must be gilsim-results/1
	END
	echo "workload,mode" >a.csv
	refuses compare a.json a.csv -- "a.csv: CSV has no samples: give what --output=FILE.json or FILE.jsonl kept"
}

lines_of_repeats_are_compared_as_documents_are() {
	document >a.json
	jq -c '.results[] | . as $r | .wall_ns.samples[] | {schema: "gilsim-repeat/1",
		setting: ($r | del(.wall_ns, .checksum_ok)), repeat: {wall_ns: ., checksum_ok: true}}' a.json >a.jsonl
	printf '{"schema":"gilsim-rep' >>a.jsonl
	run compare a.json a.jsonl
	exits 0
	grep -q "^B  a.jsonl: does not say which gilsim on which machine$" out || fail "$(cat out)"
	grep -q "^3 same$" out || fail "$(cat out)"
	sed '2s/"checksum_ok":true/"checksum_ok":false/' a.jsonl >wrong.jsonl
	run compare a.jsonl wrong.jsonl --format=json
	exits 1
	verdicts "wrong same same"
	sed '3s/.*/{"schema": 7/' a.jsonl >bad.jsonl
	refuses compare a.json bad.jsonl -- "bad.jsonl:3:"
	sed '3s/"wall_ns":[0-9]*/"wall_ns":-1/' a.jsonl >bad.jsonl
	refuses compare a.json bad.jsonl -- "bad.jsonl: line 3: wall_ns must be above 0, not -1"
}

virtual_results_are_compared_whatever_the_host() {
	run --world=virtual --cores=4 --cost=cpython313 --workload=count --size=1000 --mode=locked,free --threads=1,4 \
		--reps=10 --quiet --output=a.json
	exits 0
	jq '.host.cpu = "another" | .gilsim.compiler = "another"' a.json >b.json
	run compare a.json b.json
	exits 0
	grep -q "^4 same$" out || fail "$(cat out)"
	jq '.results[].cost_digest = "0"' a.json >b.json
	refuses compare a.json b.json -- "for they differ: cost_digest ("
	run compare a.json b.json --force
	exits 0
	run compare --across=cost a.json b.json
	exits 0
	run --world=virtual --cores=2 --cost=cpython313 --workload=count --size=1000 --mode=locked,free --threads=1,4 \
		--reps=10 --quiet --output=b.json
	refuses compare a.json b.json -- "have no setting in common: they differ in cores: compare them with --across=cores"
}

tables_json_and_csv_say_the_same() {
	compared '.results[1].wall_ns.samples[] *= 1.2 | .results[2].threads = 8' --output=c.json --output=c.csv --quiet
	exits 1
	[ ! -s out ] || fail "wrote to stdout"
	jq -r '.results[] | [.threads, .a.reps, .a.median_ns, .b.median_ns, .verdict] | map(. // "") | join(",")' c.json >from-json
	awk -F, 'NR == 1 { for (c = 1; c <= NF; c++) at[$c] = c; next }
		{ print $at["threads"] "," $at["a.reps"] "," $at["a.median_ns"] "," $at["b.median_ns"] "," $at["verdict"] }' c.csv >from-csv
	diff from-json from-csv >differs || fail "$(cat differs)"
	run compare a.json b.json
	[ "$(grep -cE ' (same|slower|only in A|only in B)$' out)" -ge 4 ] || fail "rows are missing"
	refuses compare a.json b.json --output=c.jsonl -- "--output=c.jsonl: compare writes table, json or csv, not jsonl"
	refuses compare a.json b.json --format=jsonl -- "--format: compare writes table, json or csv, not jsonl"
	run compare a.json b.json --output=no/c.json
	exits 3
	says "no/c.json: cannot be written: No such file or directory"
}

the_help_of_compare_has_examples_and_exit_statuses() {
	run compare --help
	exits 0
	grep -q "gilsim compare before.json after.json" out || fail "no example"
	grep -q "Exit status: 0 nothing is slower" out || fail "no exit status"
	refuses compare --reps=3 a b -- "unrecognized option '--reps=3'"
	refuses --force -- "unrecognized option '--force'"
}

claims "$@"
