#!/bin/bash
# outputs - what is written when disks fill, readers go away, signals come and others write the same file: one clear
# line, the right exit status, no finished repeat lost, nobody and nothing left behind.
# Usage: outputs.sh GILSIM [CLAIM...]
set -u
gilsim=$(realpath "$1")
short_io=$(dirname "$gilsim")/../tests/short_io.so
shift
. "$(dirname "$0")/tap.sh"
scenarios=$root/bench/scenarios
fast=(--size=12 --tasks=6 --iterations=4 --reps=2 --warmup=0)
# Not in the virtual world's hands: a long sweep of short runs.
long=(--workload=count --size=2000 --reps=100000 --warmup=0 --quiet)

# The end of the gilsim in $pid.
ends() {
	status=0
	wait "$pid" 2>/dev/null || status=$?
}

all_whole() {
	jq -es 'length > 0 and all(.schema == "gilsim-repeat/1" and .repeat.checksum_ok)' "$1" >/dev/null ||
		fail "$1 is not whole"
}

# --- full, read-only, gone ---

no_space="cannot be written: No space left on device"

full_for() {
	run "$@"
	exits 3
	says "full.json: $no_space"
}

a_full_file_of_any_command_is_one_line_and_takes_no_other_output_along() {
	for ending in json csv jsonl html; do
		ln -s /dev/full full.$ending
	done
	run "${fast[@]}" --threads=1,2 --output=full.jsonl --output=full.csv --output=b.json --output=c.jsonl
	exits 3
	says "full.jsonl: $no_space"
	holds '.results | length == 1 and .[0].reps == 1' b.json
	all_whole c.jsonl
	full_for "${fast[@]}" --output=full.json --output=b.csv
	[ "$(wc -l <b.csv)" = 2 ] || fail "the other file is not whole"
	grep -q "^laplace" out || fail "no table"
	full_for scenario --world=virtual --cost=cpython313 "$scenarios/fairness.json" --reps=1 --output=full.json
	grep -q "^gil cpython" out || fail "no table of the scenario"
	full_for breakeven --world=virtual --cost=cpython313 --threads=1 --neighbours=0 --reps=1 --output=full.json \
		--output=b.csv
	grep -q "^gil," b.csv || fail "no csv of the lengths"
	full_for advise --world=virtual --cost=cpython313 --cores=2 --workload=fib --size=1000 --reps=1 --output=full.json
	full_for trace "${fast[@]:0:3}" --threads=2 --output=full.json
	run "${fast[@]}" --quiet --output=a.json
	exits 0
	full_for compare a.json a.json --output=full.json --output=c.csv
	[ -s c.csv ] || fail "no csv of the comparison"
	run report a.json --output=full.html
	exits 3
	grep -q "^gilsim: full.html: $no_space" err || fail "does not say so"
}

a_full_standard_output_of_any_command_is_one_line_and_status_3() {
	"$gilsim" "${fast[@]}" --quiet --output=a.json
	for command in "list" "--help" "scenario --help" "--version" "compare a.json a.json" "report a.json" \
		"--size=12 --reps=1 --format=jsonl" "trace --size=12 --output=t.json" \
		"explore $scenarios/explore/three.json --seeds=1" \
		"scenario --world=virtual --cost=cpython313 $scenarios/fairness.json --reps=1"; do
		status=0
		# shellcheck disable=SC2086  # several words
		"$gilsim" $command >/dev/full 2>err || status=$?
		exits 3
		says "standard output: $no_space"
	done
}

# Run in a name space of its own.
fill_a_disk() {
	mkdir small
	mount -t tmpfs -o size=16k none small || exit 77
	run "${long[@]}" --output=small/a.jsonl --output=b.jsonl --output=b.json
	cp small/a.jsonl .
	exits 3
	says "small/a.jsonl: $no_space"
}

a_disk_that_fills_up_keeps_what_was_finished_and_the_sweep_is_resumed() {
	for apart in "unshare -m" "unshare -rm"; do
		$apart mount -t tmpfs none /mnt 2>/dev/null && break
		apart=
	done
	[ -n "$apart" ] || exit 77
	export -f fill_a_disk run exits says fail
	export gilsim no_space
	$apart bash -c 'long=("$@"); fill_a_disk' - "${long[@]}" || exit
	local whole
	whole=$(wc -l <a.jsonl)
	[ "$whole" -ge 1 ] || fail "kept nothing"
	head -n "$whole" a.jsonl | cmp -s - <(head -n "$whole" b.jsonl) || fail "what was finished is not in it"
	holds ".results[0].reps == $(wc -l <b.jsonl)" b.json
	head -n "$whole" a.jsonl >kept
	run "${long[@]}" --reps=$((whole + 2)) --output=a.jsonl --resume
	exits 0
	head -n "$whole" a.jsonl | cmp -s - kept || fail "what was finished changed"
	has_lines $((whole + 2)) a.jsonl || fail "not resumed"
	all_whole a.jsonl
}

a_folder_that_is_removed_meanwhile_is_noticed_and_other_outputs_are_whole() {
	mkdir gone
	"$gilsim" "${long[@]}" --output=gone/a.jsonl --output=b.jsonl --output=b.json >out 2>err &
	pid=$!
	wait_until has_lines 2 gone/a.jsonl
	rm -r gone
	ends
	exits 3
	says "gone/a.jsonl: was removed while it was written"
	holds ".results[0].reps == $(wc -l <b.jsonl)" b.json
	mkdir gone
	"$gilsim" "${long[@]}" --output=gone/a.json --output=c.jsonl --output=c.json >out 2>err &
	pid=$!
	wait_until has_lines 2 c.jsonl
	rm -r gone
	kill -TERM $pid
	ends
	exits 130
	says "interrupted"
	holds ".results[0].reps == $(wc -l <c.jsonl)" c.json
}

# Root may write everything, so it becomes somebody else.
what_may_not_be_written_is_refused_before_anything_runs() {
	local as=()
	[ "$(id -u)" != 0 ] || as=(setpriv --reuid=nobody --clear-groups)
	"${as[@]}" true || exit 77
	mkdir closed
	touch closed/a.jsonl closed/b.json old.json
	chmod 644 closed/a.jsonl old.json
	chmod 666 closed/b.json
	chmod 555 closed .
	for file in closed/new.json closed/new.jsonl closed/a.jsonl closed/b.json old.json; do
		[ "$(id -u)" = 0 ] || chmod a-w "$file" 2>/dev/null
		status=0
		"${as[@]}" "$gilsim" "${long[@]}" --output=$file 2>"$OLDPWD/err" || status=$?
		(cd "$OLDPWD" && exits 3 && says "$file: cannot be written: Permission denied") || exit 1
	done
}

# --- other kinds of files ---

a_pipe_with_a_name_gets_all_of_every_format() {
	for ending in json csv jsonl; do
		mkfifo pipe.$ending
		cat pipe.$ending >got.$ending &
		run "${fast[@]}" --threads=1,2 --quiet --output=pipe.$ending
		exits 0
		wait $!
		[ -p pipe.$ending ] || fail "replaced the pipe"
	done
	holds '.results | length == 2' got.json
	[ "$(wc -l <got.csv)" = 3 ] || fail "not a line for each row"
	has_lines 4 got.jsonl || fail "not a line for each repeat"
	all_whole got.jsonl
}

a_link_to_nowhere_is_read_again_by_its_name() {
	for ending in json csv jsonl; do
		ln -s "new.$ending" "link.$ending"
		run "${fast[@]}" --quiet --output=link.$ending
		exits 0
		[ -s link.$ending ] || fail "cannot be read"
	done
}

one_file_is_one_output() {
	refuses "${fast[@]}" --output=a.json --output=a.json -- "--output=a.json: must be given once"
}

# --- standard input, output, error ---

descriptors_that_were_closed_are_never_taken_for_a_file_or_a_socket() {
	local works=(--mode=process --threads=2 "${fast[@]}" --output=a.json --output=a.csv --output=a.jsonl
		--progress=always)
	local waits=(--workload=io --threads=2 --tasks=4 --size=100 --reps=2 --warmup=0 --output=b.json --output=b.jsonl)
	"$gilsim" "${works[@]}" --quiet <&- || fail "without stdin"
	"$gilsim" "${waits[@]}" --quiet <&- 2>&- || fail "without stdin and stderr"
	"$gilsim" "${works[@]}" --quiet 2>&- || fail "without stderr"
	all_whole a.jsonl
	"$gilsim" "${works[@]}" --quiet 2>&- >&- || fail "without stdout and stderr"
	"$gilsim" "${waits[@]}" --quiet <&- >&- 2>&- || fail "without any"
	holds '.results[0].reps == 2' a.json
	holds '.results[0].checksum == "10"' b.json
	all_whole a.jsonl
	all_whole b.jsonl
	status=0
	"$gilsim" "${works[@]}" <&- >&- 2>&- || status=$?
	[ "$status" = 3 ] || fail "status $status without a place for the table"
	status=0
	"$gilsim" --nonsense <&- >&- 2>&- || status=$?
	[ "$status" = 2 ] || fail "status $status of a usage error"
	"$gilsim" --help >&- 2>err && fail "status 0"
	says "standard output: cannot be written: Bad file descriptor"
}

a_reader_that_goes_away_crashes_nothing() {
	"$gilsim" "${fast[@]}" --quiet --output=a.json
	for command in "--size=12 --reps=50 --format=jsonl" "--size=12 --threads=1..32 --reps=1 --format=json" "list" \
		"explore $scenarios/explore/three.json --seeds=1..20 --log" "report a.json" "compare a.json a.json"; do
		# shellcheck disable=SC2086  # several words
		"$gilsim" $command 2>err | head -c 1 >out
		status=${PIPESTATUS[0]}
		[ "$status" = 0 ] || [ "$status" = 3 ] || fail "$command: status $status"
		[ "$status" = 0 ] || says "standard output: cannot be written: Broken pipe"
	done
}

# A pipe that somebody else has set not to wait, and whose reader begins only when it is full (FIONREAD).
a_pipe_that_does_not_wait_gets_all() {
	mkfifo pipe
	perl -e 1 || exit 77
	{
		perl -e 'use Fcntl; fcntl(STDOUT, F_SETFL, fcntl(STDOUT, F_GETFL, 0) | O_NONBLOCK)'
		"$gilsim" --size=12 --threads=1..64 --reps=1 --warmup=0 --format=json 2>err
		echo $? >status
	} >pipe &
	# shellcheck disable=SC2016  # perl's variables
	perl -e 'do { ioctl(STDIN, 0x541B, $n = "    ") } until unpack("i", $n) == 65536; print <STDIN>' <pipe >out
	wait
	[ "$(cat status)" = 0 ] || fail "status $(cat status)"
	holds '.results | length == 64'
}

# --- two at once ---

two_gilsims_never_mix_their_lines() {
	"$gilsim" "${long[@]}" --output=a.jsonl 2>first &
	pid=$!
	wait_until has_lines 2 a.jsonl
	for way in --reps=2 --resume; do
		run "${fast[@]}" --output=a.jsonl $way
		exits 3
		says "a.jsonl: cannot be "
		says ": another gilsim writes it"
	done
	kill -TERM $pid
	ends
	exits 130
	all_whole a.jsonl
	[ "$(jq -s 'map(.setting.size) | unique == [2000]' a.jsonl)" = true ] || fail "has lines of another sweep"
	run "${long[@]}" --reps=2 --output=a.jsonl --resume
	exits 0
}

where_one_of_two_files_cannot_be_had_the_other_stays_as_it_was() {
	run "${fast[@]}" --output=kept.jsonl
	exits 0
	cp kept.jsonl before
	"$gilsim" "${long[@]}" --output=a.jsonl 2>first &
	pid=$!
	wait_until has_lines 1 a.jsonl
	run "${fast[@]}" --output=kept.jsonl --output=a.jsonl
	exits 3
	says "a.jsonl: cannot be written: another gilsim writes it"
	cmp kept.jsonl before || fail "not as it was"
	kill -TERM $pid
	ends
	exits 130
}

two_names_of_one_file_are_refused() {
	for ending in jsonl json csv; do
		refuses "${fast[@]}" --output=new.$ending --output="$PWD/new.$ending" \
			-- "$PWD/new.$ending: cannot be written: is the same file as new.$ending"
		[ ! -e new.$ending ] || fail "is there"
		run "${fast[@]}" --output=kept.$ending
		cp kept.$ending before
		ln -s kept.$ending other.$ending
		for name in ./kept.$ending other.$ending; do
			refuses "${fast[@]}" --output=kept.$ending --output="$name" \
				-- "$name: cannot be written: is the same file as kept.$ending"
			cmp kept.$ending before || fail "not as it was"
		done
	done
	run "${fast[@]}" --output=a.json --output=a.csv --output=/dev/null --output="$PWD/b.json" --format=csv
	exits 0
}

catches_interrupts() {
	(((0x$(awk '/^SigCgt:/ { print $2 }' "/proc/$pid/status") & 0x4002) == 0x4002))
}

ends_by() {
	kill -"$1" "$pid"
	! kill -0 "$pid"
}

a_pipe_that_nobody_reads_is_waited_for_until_a_signal_comes() {
	mkfifo pipe.json
	for signal in INT TERM; do
		env --default-signal "$gilsim" "${fast[@]}" --quiet --output=pipe.json 2>err &
		pid=$!
		wait_until catches_interrupts
		wait_until ends_by $signal
		ends
		exits 130
		says nterrupted # before the end of its repeats, or behind them
	done
	"$gilsim" "${fast[@]}" --quiet --output=pipe.json 2>err &
	pid=$!
	cat pipe.json >out
	ends
	exits 0
	holds '.results | length == 1'
}

# replaces FILE OPTION... - would write to what it reads.
replaces() {
	local file=$1
	shift
	cp "$file" before
	refuses "$@" -- "$file: cannot be written: is read, too: must be another file"
	cmp "$file" before || fail "$*: not as it was"
}

what_is_read_is_never_written_over() {
	run "${fast[@]}" --output=a.json --output=b.json
	cp "$scenarios/convoy-1ms-1.json" s.json
	replaces a.json report a.json --output=a.json
	ln -s a.json link.json
	replaces link.json report b.json a.json --output=link.json
	replaces ./b.json compare a.json b.json --output=./b.json
	replaces s.json scenario s.json --world=virtual --cost=cpython313 --output=s.json
	replaces s.json trace --scenario=s.json --world=virtual --cost=cpython313 --output=s.json
	replaces s.json advise --scenario=s.json --world=virtual --cost=cpython313 --output=s.json
	cp "$root/docs/examples/mandelbrot.gasm" p.gasm
	replaces p.gasm --program=p.gasm --format=json --output=p.gasm
	cp "$root/results/predict-cost.json" cost.json
	replaces cost.json "${fast[@]}" --world=virtual --cost=cost.json --output=cost.json
	replaces cost.json breakeven --world=virtual --cost=cost.json --output=cost.json
}

# --- short and interrupted calls ---

# shortly COMMAND... - the same with pipes, sockets and files that move a few bytes at a time.
shortly() {
	[ -e "$short_io" ] || exit 77
	head -c 24 /dev/zero >counts
	export ASAN_OPTIONS=${ASAN_OPTIONS-}:verify_asan_link_order=0
	status=0
	SHORT_IO_COUNTS=$PWD/counts SHORT_IO_SEED=7 LD_PRELOAD=$short_io "$gilsim" "$@" >out 2>err || status=$?
}

# How many calls were short, interrupted, writes to files.
counted() {
	od -A n -t u8 -w8 -j $(($1 * 8)) -N 8 counts | tr -d ' '
}

messages_and_results_are_the_same_when_calls_are_short_or_interrupted() {
	local work=(--mode=process --threads=3 --pool=off,on --chunks=1,4 --payload=0,700 "${fast[@]}" --format=json)
	run "${work[@]}"
	exits 0
	jq -c '[.results[] | [.pool, .chunks, .payload, .checksum, .checksum_ok, .reps]]' out >expected
	shortly "${work[@]}" --output=a.jsonl --output=a.json --output=a.csv
	exits 0
	[ "$(counted 0)" -gt 1000 ] && [ "$(counted 1)" -gt 1000 ] || fail "nothing was short: $(od -t u8 counts)"
	jq -c '[.results[] | [.pool, .chunks, .payload, .checksum, .checksum_ok, .reps]]' a.json | cmp -s - expected ||
		fail "other results"
	all_whole a.jsonl
	has_lines 16 a.jsonl || fail "a repeat is missing"
	awk -F, 'NR == 1 { n = NF } NF != n { exit 1 } END { exit NR != 9 }' a.csv || fail "a.csv is not whole"
}

waits_files_and_pings_are_the_same_when_calls_are_interrupted() {
	local modes=locked
	! "$gilsim" --version | grep -q libuv || modes=locked,async
	shortly --workload=io --mode=$modes --threads=3 --tasks=6 --size=100 --reps=2 --warmup=0 --format=json
	exits 0
	holds 'all(.results[]; .checksum == "21" and .checksum_ok)'
	shortly --workload=files --mode=locked,process --threads=2 --tasks=4 --size=1000 --reps=1 --warmup=0 --format=json
	exits 0
	holds 'all(.results[]; .checksum_ok)'
	echo '{"threads": [{"name": "echo", "echo": "udp", "pings": 20, "every": "1ms"},
		{"name": "hog", "workload": "count", "size": 1000, "repeat": 3}]}' >s.json
	shortly scenario s.json --reps=2 --format=json
	exits 0
	[ "$(counted 1)" -gt 0 ] || fail "nothing was interrupted"
}

a_virtual_result_is_the_same_to_the_byte_when_writes_are_short() {
	local work=(--world=virtual --cost=cpython313 --cores=4 --mode=locked,process --threads=1,2,4 --size=12 --reps=2
		--order-seed=1 --quiet --output=a.jsonl --output=a.csv)
	run "${work[@]}"
	exits 0
	mkdir usual
	mv a.jsonl a.csv usual
	shortly "${work[@]}"
	exits 0
	[ "$(counted 0)" -gt 1000 ] || fail "nothing was short"
	cmp usual/a.jsonl a.jsonl && cmp usual/a.csv a.csv || fail "other bytes"
}

a_finished_repeat_is_one_write() {
	[ -e "$short_io" ] || exit 77
	head -c 24 /dev/zero >counts
	export ASAN_OPTIONS=${ASAN_OPTIONS-}:verify_asan_link_order=0
	SHORT_IO_COUNTS=$PWD/counts LD_PRELOAD=$short_io "$gilsim" "${fast[@]}" --threads=64 --tasks=64 --reps=9 --quiet \
		--output=a.jsonl 2>err || fail "status $?"
	[ "$(head -1 a.jsonl | wc -c)" -gt 8192 ] || fail "its lines are too short to show anything"
	[ "$(counted 2)" = 9 ] || fail "9 lines are $(counted 2) writes"
}

# --- going on ---

a_whole_line_without_its_end_is_cut_and_measured_again() {
	run "${fast[@]}" --quiet --output=a.jsonl
	head -1 a.jsonl >kept
	truncate -s -1 a.jsonl
	run "${fast[@]}" --quiet --output=a.jsonl --resume
	exits 0
	[ "$(wc -l <a.jsonl)" = 2 ] || fail "not two lines"
	head -1 a.jsonl | cmp -s - kept || fail "the first line changed"
	all_whole a.jsonl
}

a_file_of_another_sweep_is_not_resumed() {
	run "${fast[@]}" --quiet --threads=1,2 --output=a.jsonl
	cp a.jsonl before
	refuses "${fast[@]}" --threads=3 --output=a.jsonl --resume -- \
		"a.jsonl: cannot be resumed: all its repeats are of other settings; must be the options that made it, or another file"
	cmp -s a.jsonl before || fail "changed it"
	run "${fast[@]}" --quiet --threads=2,3 --output=a.jsonl --resume
	exits 0
	head -4 a.jsonl | cmp -s - before || fail "a wider sweep does not go on with it"
}

# The first page of a process's memory cannot be read: an error, where the end would be.
results_that_cannot_be_read_to_their_end_are_refused() {
	ln -s /proc/self/mem broken.jsonl
	run --workload=count --size=1000 --reps=1 --quiet --output=whole.jsonl
	exits 0
	refuses compare broken.jsonl whole.jsonl -- "broken.jsonl: cannot be read: Input/output error"
}

what_cannot_be_read_is_not_cut() {
	ln -s /proc/self/mem mem.jsonl
	run "${fast[@]}" --output=mem.jsonl --resume
	exits 3
	says "mem.jsonl: cannot be resumed: Input/output error"
	mkfifo pipe.jsonl
	ln -s /dev/zero zero.jsonl
	for file in pipe.jsonl zero.jsonl; do
		refuses "${fast[@]}" --output=$file --resume -- "$file: cannot be resumed: must be a regular file"
	done
}

# --- signals ---

whoever_is_under_nohup_goes_on_when_the_terminal_goes() {
	(trap '' HUP && exec "$gilsim" "${long[@]}" --reps=200 --output=a.jsonl) >out 2>err &
	pid=$!
	wait_until has_lines 1 a.jsonl
	kill -HUP $pid 2>/dev/null
	ends
	exits 0
	[ "$(wc -l <a.jsonl)" = 200 ] || fail "not all repeats"
}

a_terminal_that_goes_ends_it_as_an_interrupt_does() {
	env --default-signal=HUP "$gilsim" "${long[@]}" --output=a.jsonl --output=a.json >out 2>err &
	pid=$!
	wait_until has_lines 2 a.jsonl
	kill -HUP $pid
	ends
	exits 130
	says "interrupted"
	holds ".results[0].reps == $(wc -l <a.jsonl)" a.json
}

# SIGQUIT is for what does not end otherwise.
a_quit_ends_it_at_once_with_the_lines_that_are_there() {
	ulimit -c 0
	(trap - QUIT && exec env --default-signal=QUIT "$gilsim" --mode=process --threads=2 "${long[@]}" \
		--output="$PWD/a.jsonl" --output=a.json) >out 2>err &
	pid=$!
	wait_until has_lines 2 a.jsonl
	kill -QUIT $pid
	ends
	exits 131
	all_whole a.jsonl
	[ ! -e a.json ] || fail "has written a.json"
	wait_until eval "! pgrep -f -- '--output=$PWD/a.jsonl'"
}

is_being_written() {
	ls o.html.*.tmp || ! kill -0 "$pid"
}

# By a command that does not look for signals, and takes its time, for it writes a few bytes at a time.
a_signal_while_a_file_is_written_leaves_it_whole_and_no_other() {
	[ -e "$short_io" ] || exit 77
	export ASAN_OPTIONS=${ASAN_OPTIONS-}:verify_asan_link_order=0
	run "${fast[@]}" --threads=1..16 --quiet --output=a.json
	for signal in INT TERM HUP; do
		rm -f o.html
		(exec env --default-signal=INT SHORT_IO_SEED=7 LD_PRELOAD="$short_io" "$gilsim" report a.json a.json a.json \
			--output=o.html) >out 2>err &
		pid=$!
		until is_being_written >/dev/null 2>&1; do :; done
		kill -$signal $pid 2>/dev/null
		ends
		[ "$status" = 0 ] || [ "$status" = $((128 + $(kill -l $signal))) ] || fail "status $status"
		tail -1 o.html | grep -q "</html>" || fail "the page is not whole"
		[ -z "$(ls -- *.tmp 2>/dev/null)" ] || fail "left $(ls -- *.tmp)"
	done
}

whenever_it_is_ended_nothing_finished_is_lost_and_nothing_is_left() {
	"$root/bench/kills" --times=8 --seed=1 --gilsim="$gilsim" >summary || fail "$(cat summary)"
	[ "$(grep -cE '^(kill -9: 8 kills|INT, TERM, HUP: )' summary)" = 2 ] || fail "$(cat summary)"
}

claims "$@"
