#!/bin/bash
# messages - what parent and worker processes send each other: chunks, payloads, pools.
set -u
. "$(dirname "$0")/common.sh"

# Alone the option is on; a whole share is null, for nobody asked for a number of tasks.
a_pool_deals_single_tasks_and_without_one_a_share_is_one_message() {
	run --mode=process --pool --threads=2 --format=json "${small[@]}"
	holds '.results[0] | .pool == "on" and .chunks == 1 and .gil_stats.takes == 6'
	run --mode=process --threads=2 --format=json "${small[@]}"
	holds '.results[0] | .pool == "off" and .chunks == null and .gil_stats.takes == 2'
	run --mode=process --pool=off,on --chunks=2 --threads=2 --format=json "${small[@]}"
	holds '[.results[].gil_stats.takes] == [4, 3]'
	holds '[.results[].per_thread | map(.work_n) | add] | unique | length == 1'
}

# All that messages can be: one task, fewer tasks than workers, a chunk beyond all shares.
results_have_the_same_bits_however_tasks_are_moved() {
	for work in "laplace --size=12 --iterations=4 --tasks=1,7,20" "fib --size=90 --tasks=1,7" \
		"count --size=500" "counter --size=500"; do
		# shellcheck disable=SC2086  # a name and its options
		run --workload=$work --mode=locked,process --engine=bytecode --threads=1,5 --chunks=1,3,1000 \
			--payload=0,1000 --pool=off,on --format=json --reps=1 --warmup=0
		exits 0
		holds '.results | all(.checksum_ok)'
		holds '[.results[] | [.tasks, .checksum]] | unique | length == (map(.[0]) | unique | length)'
	done
}

# More than a pipe holds, both ways at once, so that whoever only sent would wait for ever.
payloads_beyond_what_a_pipe_holds_cross_without_a_deadlock() {
	run --mode=process --threads=1,3 --size=5 --tasks=9 --iterations=1 --chunks=1,2,9 \
		--payload=65536,1048576 --pool=off,on --format=json --reps=1 --warmup=0
	exits 0
	holds '.results | length == 24 and all(.checksum_ok)'
	holds '[.results[].checksum] | unique | length == 1'
}

workers_and_their_parent_account_for_their_time_however_tasks_are_moved() {
	run --mode=process --threads=1,3 --chunks=1,4 --payload=0,5000 --pool=off,on --accounting=full \
		--format=json "${small[@]}"
	exits 0
	holds '.results | length == 16 and all(.wall_ns.samples as $walls
		| [.per_thread[].time_ns | .running + .gil_wait + .io + .start_join] | unique
		| length == 1 and . - $walls == [])'
	holds '.results | all(all(.time_ns, .per_thread[].time_ns | .[]; . == null or . >= 0))'
	holds '.results | all((.per_thread[0].time_ns | .running + .gil_wait + .io + .start_join) as $wall
		| .parent_ns | .serialise > 0 and .move > 0 and .wait > 0 and .cpu >= 0
		and .serialise + .move + .wait <= $wall)'
	run --mode=process --accounting=off --format=json "${small[@]}"
	holds '.results[0].parent_ns | [.[]] | unique == [null]'
}

the_table_says_how_busy_the_parent_is_where_messages_differ() {
	run --mode=process --payload=0,1000 --pool=off,on "${small[@]}"
	grep -q " chunks  payload  pool .* busy % " out || fail "does not: $(cat out)"
	run --mode=locked,process "${small[@]}"
	! grep -qE "payload|pool|busy" out || fail "speaks of what nobody asked for"
}

messages_that_cannot_be_are_refused() {
	refuses --chunks=0 -- "--chunks: '0' must be a whole number from 1 to 1000000"
	refuses --chunks=all -- "--chunks: 'all' must be a whole number from 1 to 1000000"
	for payload in -1 1073741825 64KiB ""; do
		refuses --payload="$payload" -- "--payload: '$payload' must be a whole number from 0 to 1073741824"
	done
	refuses --pool=perhaps -- "--pool: 'perhaps' must be off or on"
	refuses --pool= -- "--pool: '' must be off or on"
	refuses --mode=process --payload=1073741824 --tasks=1000000 --output=a.jsonl -- \
		"--payload=1073741824: messages of 1000000 tasks are in memory at once, twice: must be at most"
	[ ! -e a.jsonl ] || fail "began before it looked"
	refuses --mode=process --payload=1073741824 --tasks=1000000 --pool --chunks=1000 -- \
		"messages of 1000 tasks are in memory at once"
}

# What is moved is changed on its way, in lists of so many numbers: which tasks, what laplace
# takes (five) or gives (one), and 1,250 of payload.
a_payload_that_arrives_wrong_is_a_wrong_result_and_never_a_time() {
	cat >wrong.c <<-'END'
		#include <dlfcn.h>
		#include <stdint.h>
		#include <stdlib.h>
		#include <string.h>
		#include <unistd.h>
		ssize_t write(int fd, const void *bytes, size_t size)
		{
			ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
			uint64_t numbers_n = 0;
			if (size > 9000)
				memcpy(&numbers_n, (const char *)bytes + 8, 8);
			if (size <= 9000 || numbers_n != strtoull(getenv("NUMBERS"), NULL, 10))
				return real(fd, bytes, size);
			char *wrong = malloc(size);
			memcpy(wrong, bytes, size);
			wrong[5000] ^= 1;
			ssize_t written = real(fd, wrong, size);
			free(wrong);
			return written;
		}
	END
	"${CC:-cc}" -D_GNU_SOURCE -shared -fPIC wrong.c -o wrong.so -ldl || fail "does not compile"
	export ASAN_OPTIONS=${ASAN_OPTIONS-}:verify_asan_link_order=0
	for pool in off on; do
		for numbers in 1253 1257; do
			status=0
			LD_PRELOAD=$PWD/wrong.so NUMBERS=$numbers "$gilsim" --mode=process --pool=$pool --chunks=1 \
				--payload=10000 --format=json "${small[@]}" >out 2>err || status=$?
			exits 1
			says "laplace process bytecode --threads=1: wrong result"
			holds '.results[0] | .checksum_ok == false and .wall_ns.median == null'
		done
	done
	LD_PRELOAD=$PWD/wrong.so NUMBERS=0 "$gilsim" --mode=process --payload=10000 "${small[@]}" >out 2>err ||
		fail "is wrong without a wrong byte"
}

claims "$@"
