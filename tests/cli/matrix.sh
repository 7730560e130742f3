#!/bin/bash
# matrix - one table of what gains where.
set -u
. "$(dirname "$0")/common.sh"

the_matrix_has_the_ratio_of_two_rows_for_every_type_of_task_in_every_mode() {
	local reps=${REPEATS-5} marks='"gain", "none", "loss"'
	[ "$reps" -ge 5 ] || marks=null # nothing is told by fewer
	run matrix --reps="$reps" --warmup=0 --threads=2 --output=matrix.json --quiet
	exits 0
	holds '.results | length > 0 and all(.checksum_ok)' matrix.json
	holds '.matrix.threads == 2' matrix.json
	holds '[.matrix.cells[] | [.task_type, .mode]] | length == (unique | length)' matrix.json
	holds '.matrix.cells | length == (([.[].task_type] | unique | length) * ([.[].mode] | unique | length))' \
		matrix.json
	holds '.matrix.cells | all((.speedup > 0 and (.mark | IN('"$marks"')) and .why == null)
		or (.speedup == null and .mark == null and (.why | length > 0)))' matrix.json
	# The base is one thread that holds the lock.
	holds '. as $d | .matrix.cells | map(select(.speedup)) | length > 0 and all(. as $c
		| [$d.results[] | select(.workload == $c.workload and .engine == $c.engine)] as $rows
		| ($rows[] | select(.mode == "locked" and .threads == 1) | .wall_ns.median) as $base
		| ($rows[] | select(.mode == $c.mode and .threads == 2) | .wall_ns.median) as $time
		| ($c.speedup - $base / $time | fabs) < 1e-3)' matrix.json
}

the_matrix_takes_one_value_of_each_option() {
	refuses matrix --threads=1,2 -- "--threads: matrix takes one value, not 2"
	refuses matrix --gil=cpython,ruby -- "--gil: matrix takes one value, not 2"
	refuses matrix --size=3 -- "unrecognized option '--size=3'"
}

the_matrix_of_the_virtual_world_has_its_cores_and_no_openmp() {
	run matrix "${virtual[@]}" --cores=6 --reps=1 --output=a.json
	exits 0
	grep -q "speed-up of 6 threads, processes or tasks on 6 virtual cores" out || fail "other threads"
	grep -q "mode openmp: is not modelled in the virtual world" out || fail "does not say why"
	holds '.matrix.cells | map(select(.mode == "openmp")) | length == 4 and all(.speedup == null and .why != null)' \
		a.json
	holds '.matrix.cells | all(.mark == null)' a.json # one repeat tells nothing
	refuses matrix "${virtual[@]}" --cores=2,4 -- "--cores: matrix takes one value, not 2"
	refuses matrix --world=real,virtual --cost=cpython313 -- "--world: matrix takes one value, not 2"
}

claims "$@"
