#!/bin/bash
# clock - time that is not what it seems: the time of day jumps at every look, or all processes stand
# still for a while.  Only the monotonic clock is used, so no figure and no wait may change by it.
# Usage: clock.sh GILSIM [CLAIM...]
set -u
gilsim=$(realpath "$1")
shift
. "$(dirname "$0")/tap.sh"
export ASAN_OPTIONS=verify_asan_link_order=0:${ASAN_OPTIONS-}

# jumps OPTION...: runs gilsim where the time of day is an hour less, then an hour more, at each look.
builds_jumps() {
	cat >jumps.c <<-'END'
		#include <dlfcn.h>
		#include <sys/time.h>
		#include <time.h>
		static long jump(void)
		{
			static unsigned looks_n;
			return __atomic_fetch_add(&looks_n, 1, __ATOMIC_RELAXED) % 2 ? 3600 : -3600;
		}
		int clock_gettime(clockid_t clock, struct timespec *now)
		{
			int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
			int failed = real(clock, now);
			if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
				now->tv_sec += jump();
			return failed;
		}
		time_t time(time_t *kept)
		{
			struct timespec now;
			clock_gettime(CLOCK_REALTIME, &now);
			if (kept)
				*kept = now.tv_sec;
			return now.tv_sec;
		}
		int gettimeofday(struct timeval *now, void *zone)
		{
			struct timespec t;
			int failed = clock_gettime(CLOCK_REALTIME, &t);
			now->tv_sec = t.tv_sec;
			now->tv_usec = t.tv_nsec / 1000;
			return failed;
		}
		int timespec_get(struct timespec *now, int base)
		{
			return clock_gettime(CLOCK_REALTIME, now) ? 0 : base;
		}
	END
	"${CC:-cc}" -w -D_GNU_SOURCE -shared -fPIC jumps.c -o jumps.so -ldl || fail "does not compile"
}

jumps() {
	status=0
	LD_PRELOAD=$PWD/jumps.so timeout 120 "$gilsim" "$@" >out 2>err || status=$?
	exits 0
	[ ! -s err ] || fail "has something to say"
}

modes() {
	"$gilsim" --version | grep -q libuv && echo locked,released,process,subinterp,free,async ||
		echo locked,released,process,subinterp,free
}

# No figure of a whole document is below zero, and none is longer than half an hour.
sane_figures() {
	holds '[.. | objects | to_entries[] | select(.key | test("_ns$")) | .value | .. | numbers] |
		length > 0 and all(. >= 0 and . < 18e11)'
}

# A sleep that ends early would make the result of io wrong.
a_time_of_day_that_jumps_moves_no_figure_and_no_wait() {
	builds_jumps
	jumps --workload=io --mode="$(modes)" --pool=off,on --size=2000 --tasks=8 --threads=1,4 --reps=2 --format=json
	holds '.results | length >= 12 and all(.checksum_ok)'
	sane_figures
	# That it did jump.
	local now
	now=$(date +%s)
	holds ".host.time | fromdateiso8601 - $now | . < -1800 or . > 1800"
}

the_lock_waits_for_its_interval_whatever_the_time_of_day() {
	builds_jumps
	jumps --workload=count --size=300000 --gil=cpython,ruby,ocaml,pypy --mode=locked --threads=4 --accounting=full \
		--interval=1ms --reps=2 --format=json
	holds '.results | length == 4 and all(.checksum_ok)'
	sane_figures
}

other_commands_do_not_look_at_the_time_of_day() {
	builds_jumps
	echo '{"duration": "50ms", "threads": [
		{"name": "server", "echo": "udp", "repeat": "until-duration", "every": "1ms"},
		{"name": "hog", "repeat": "until-duration", "phases": [{"bytecode_us": 100}, {"io_us": 200}]}]}' >s.json
	jumps scenario s.json --reps=2 --format=json
	sane_figures
	jumps trace --scenario=s.json --output=t.json
	jq -e 'all(.traceEvents[]; (.ts // 0) >= 0 and (.dur // 0) >= 0)' t.json >/dev/null || fail "not in order"
	jumps --reps=auto --max-time=100ms --workload=fib --size=1000 --format=json
	holds '.results[0].reps >= 10'
}

# All of the session of $pid stand still.
stand_still() {
	ps -o stat= -s "$pid" | awk '/^[^TZ]/ { moving = 1 } END { exit moving }'
}

# As a machine that sleeps does.
a_run_that_stands_still_for_a_while_is_right_and_ends() {
	for options in "--workload=io --size=5000 --tasks=40 --mode=$(modes)" \
		"--workload=count --size=1000000 --mode=locked,process,free --pool=off,on"; do
		rm -f a.jsonl
		# shellcheck disable=SC2086  # several options
		setsid "$gilsim" $options --threads=4 --reps=5 --warmup=0 --quiet --output=a.json --output=a.jsonl 2>err &
		pid=$!
		wait_until has_lines 1 a.jsonl
		wait_until stop_all
		sleep 0.5
		# shellcheck disable=SC2046  # several
		kill -CONT $(pgrep -s $pid)
		status=0
		wait $pid || status=$?
		exits 0
		[ ! -s err ] || fail "has something to say"
		holds 'all(.results[]; .reps == 5 and .checksum_ok)' a.json
	done
}

stop_all() {
	# shellcheck disable=SC2046
	kill -STOP $(pgrep -s "$pid")
	stand_still
}

claims "$@"
