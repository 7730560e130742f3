#!/bin/bash
# network - what gilsim does over the loopback address, while others send there, too, and while
# answers are lost: it listens to its own only, and nothing lasts for ever.
# Usage: network.sh GILSIM [CLAIM...]
set -u
gilsim=$(realpath "$1")
shift
. "$(dirname "$0")/tap.sh"
export ASAN_OPTIONS=verify_asan_link_order=0:${ASAN_OPTIONS-}

# All processes of the gilsim in $pid.
family() {
	local p
	echo "$pid"
	for p in $(pgrep -P "$pid"); do echo "$p" && pgrep -P "$p"; done
}

# The sockets of the gilsim in $pid, as ADDRESS:PORT of the tables of the system, in which another
# machine could reach all but 0100007F.
sockets() {
	local inodes
	inodes=$(for p in $(family); do find "/proc/$p/fd" -printf '%l\n' 2>/dev/null; done |
		sed -n 's/^socket:\[\([0-9]*\)\]$/\1/p')
	awk -v inodes="$inodes" 'BEGIN { split(inodes, n, "\n"); for (k in n) own[n[k]] }
		$10 in own { print $2 }' /proc/net/{udp,tcp,udp6,tcp6} | sort -u
}

# has_sockets N: at least so many, all of them where nobody else can reach them.
has_sockets() {
	sockets >addresses
	[ "$(wc -l <addresses)" -ge "$1" ]
}

# strays PORT...: sends datagrams there: of no byte, of one, of the size of a question, of the most; from
# a socket of its own; then waits a moment, and fails when somebody answers.
builds_strays() {
	cat >strays.c <<-'END'
		#include <arpa/inet.h>
		#include <poll.h>
		#include <stdlib.h>
		#include <sys/socket.h>
		int main(int argc, char **argv)
		{
			static char bytes[65507];
			static const int sizes[] = {0, 1, 8, 31, 32, 33, 64, 65507};
			int from = socket(AF_INET, SOCK_DGRAM, 0);
			for (int k = 1; k < argc; k++)
				for (int s = 0; s < 8; s++) {
					struct sockaddr_in to = {.sin_family = AF_INET,
						.sin_port = htons(strtol(argv[k], NULL, 16)),
						.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
					sendto(from, bytes, sizes[s], 0, (void *)&to, sizeof to);
				}
			struct pollfd answer = {.fd = from, .events = POLLIN};
			return poll(&answer, 1, 200) > 0;
		}
	END
	"${CC:-cc}" -w strays.c -o strays || fail "does not compile"
}

# Sends them again and again until the gilsim in $pid has ended; nobody may answer.
ends_among_strays() {
	while kill -0 "$pid" 2>/dev/null; do
		# shellcheck disable=SC2046  # many ports
		./strays $(sockets | cut -d: -f2) || fail "answers strangers"
	done
	status=0
	wait "$pid" || status=$?
}

# Drops what is sent from the socket that was bound first, the answering one's; and there the clock is
# twenty times as fast, so that what would take half a minute takes seconds.
builds_deaf() {
	cat >deaf.c <<-'END'
		#include <dlfcn.h>
		#include <netinet/in.h>
		#include <stdlib.h>
		#include <sys/socket.h>
		#include <time.h>
		ssize_t sendto(int fd, const void *bytes, size_t size, int flags, const struct sockaddr *to,
			       socklen_t to_size)
		{
			ssize_t (*real)(int, const void *, size_t, int, const struct sockaddr *, socklen_t) =
				dlsym(RTLD_NEXT, "sendto");
			int type = 0;
			struct timeval patience = {0};
			socklen_t type_size = sizeof type, patience_size = sizeof patience;
			struct sockaddr_in peer;
			socklen_t peer_size = sizeof peer;
			getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, &patience_size);
			if (size == 0 || patience.tv_usec || getpeername(fd, (void *)&peer, &peer_size) == 0)
				return real(fd, bytes, size, flags, to, to_size);
			return size;
		}
		int clock_gettime(clockid_t clock, struct timespec *now)
		{
			int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
			int failed = real(clock, now);
			long factor = getenv("FASTER") ? atol(getenv("FASTER")) : 1;
			if (clock == CLOCK_MONOTONIC && factor > 1) {
				__int128 ns = ((__int128)now->tv_sec * 1000000000 + now->tv_nsec) * factor;
				now->tv_sec = ns / 1000000000;
				now->tv_nsec = ns % 1000000000;
			}
			return failed;
		}
	END
	"${CC:-cc}" -w -D_GNU_SOURCE -shared -fPIC deaf.c -o deaf.so -ldl || fail "does not compile"
}

needs_libuv() {
	"$gilsim" --version | grep -q libuv || exit 77
}

it_listens_where_no_other_machine_can_reach_it() {
	"$gilsim" --workload=io --threads=3 --tasks=3 --size=20000 --iterations=100000 >out 2>err &
	pid=$!
	wait_until has_sockets 4
	kill -INT $pid
	wait $pid
	! grep -v ^0100007F: addresses || fail "others can reach $(cat addresses)"
	echo '{"threads": [{"name": "server", "echo": "udp", "pings": 1000000}]}' >s.json
	"$gilsim" scenario s.json --reps=1 >out 2>err &
	pid=$!
	wait_until has_sockets 2
	kill -INT $pid
	wait $pid
	! grep -v ^0100007F: addresses || fail "others can reach $(cat addresses)"
}

# The answering process and the clients have ports that change from run to run.
io_is_right_whatever_else_is_sent_to_its_sockets() {
	builds_strays
	for mode in locked process async; do
		[ $mode != async ] || needs_libuv
		"$gilsim" --workload=io --mode=$mode --threads=4 --tasks=100 --size=1000 --iterations=3 --reps=20 \
			--warmup=0 --format=json >out 2>err &
		pid=$!
		wait_until has_sockets 1
		ends_among_strays
		exits 0
		[ ! -s err ] || fail "has something to say"
		holds '.results[0] | .reps == 20 and .checksum == "30300"'
	done
}

an_echo_answers_its_own_pings_alone() {
	builds_strays
	echo '{"threads": [{"name": "server", "echo": "udp", "pings": 600, "every": "2ms", "bytes": 33}]}' >s.json
	"$gilsim" scenario s.json --reps=1 --format=json >out 2>err &
	pid=$!
	wait_until has_sockets 2
	ends_among_strays
	exits 0
	[ ! -s err ] || fail "has something to say"
	holds '.threads[0] | .rounds + .lost_n == 600'
}

two_at_once_have_answers_of_their_own() {
	"$gilsim" --workload=io --threads=3 --tasks=60 --size=500 --reps=3 --format=json >a.json 2>err &
	pid=$!
	run --workload=io --threads=5 --tasks=70 --size=500 --reps=3 --format=json
	exits 0
	holds '.results[0].checksum == "2485"'
	wait $pid || fail "status $?"
	holds '.results[0].checksum == "1830"' a.json
}

answers_that_never_come_are_one_line_that_says_how_long_they_were_awaited() {
	builds_deaf
	for mode in locked async; do
		[ $mode = locked ] || needs_libuv
		status=0
		LD_PRELOAD=$PWD/deaf.so FASTER=20 "$gilsim" --workload=io --mode=$mode --size=0 --tasks=2 --threads=1 \
			--reps=1 --warmup=0 >out 2>err || status=$?
		exits 3
		says "worker 0: an answer that it awaited did not come within 30 s"
	done
	echo '{"threads": [{"name": "server", "echo": "udp", "pings": 2}]}' >s.json
	status=0
	LD_PRELOAD=$PWD/deaf.so "$gilsim" scenario s.json --reps=1 --format=json >out 2>err || status=$?
	exits 0
	holds '.threads[0].lost_n == 2'
}

claims "$@"
