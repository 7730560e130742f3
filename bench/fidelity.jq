# fidelity.jq - what gilsim is asked to do the same as a Python did, and what is read from
# its answers.  EXPERIMENT_ask gives the questions that a line of bench/python/experiments.py
# stands for: a scenario each, or the options of a sweep.  EXPERIMENT_read gets the list of all
# answers, and gives the values of that line's rows.
# Needs $gil and $pace, the model of that Python, and $line.

def given: $line.given;
def scenario(threads): {gil: $gil, pace: $pace, threads: [threads]};
def lasting: .duration = "\(given.seconds)s";
def sweep(options): ["--gil=\($gil)", "--pace=\($pace)", "--mode=locked", options];
def option($name): given[$name] | select(. != null) | "--\($name)=\(.)";
def work: "--engine=bytecode", option("workload", "size", "tasks", "iterations");
def spinning(name; n): {name: name, count: n, workload: "count", repeat: "until-duration"}
	| select(n > 0);
def hogs: spinning("hog"; given.hogs);

def slices_ask: scenario(spinning("count"; 2)) | lasting;
def slices_read: .[0] | [
	.threads[0].gil_stats.hold_ns.p50 / 1e6,
	.threads[0].gil_stats.switches / .wall_ns.median * 1e9];

def convoy_ask: scenario(hogs, {name: "caller", repeat: "until-duration",
	phases: [{native_us: given.work_us, release: true}]}) | lasting;
def convoy_read: [.[0].threads[-1].rounds_per_s];

# The first call alone is the unit.
def fib(release): {name: "fib", workload: "fib", engine: "native", size: given.fib_n,
	release: release};
def orders_ask: scenario(fib(false)), scenario(fib(given.released[]));
def orders_read: [.[1].wall_ns.median / .[0].wall_ns.median];

def threads_ask: sweep("--threads=1,2,4,8", "--reps=1", work);
def threads_read: [.[0].results[1:][].speedup];

# The first threads have a task more.  What an operation does under the lock is bytecode as
# far as the lock is concerned: interpreter and set-up, with check points.
def operation: {native_us: (given.released_ns / 1e3), release: true},
	{bytecode_us: ([given.operation_ns - given.released_ns, 0] | max / 1e3)};
def tasks(name; n; each): {name: name, count: n, repeat: (each * given.updates),
	phases: [range(given.operations) | operation]} | select(n > 0);
def small_ask: (1, 2, 4, 8) as $n | (given.tasks / $n | floor) as $each | scenario(
	tasks("more"; given.tasks % $n; $each + 1), tasks("fewer"; $n - given.tasks % $n; $each));
def small_read: map(.wall_ns.median)
	| [.[0] / given.tasks / given.updates / given.operations, .[0] / .[1:][]];

def lost_ask: sweep("--workload=counter", option("size"), "--threads=2", "--interval=1us",
	"--reps=1");
def lost_read: [.[0].results[0].lost_updates];

def pace_ask: sweep("--threads=1", "--reps=3", work);
def pace_read: [.[0].results[0].wall_ns.median / given.units];

def echo_ask: scenario(hogs, {name: "echo", echo: "udp", pings: given.pings,
	every: "\(given.every_ms)ms"});
def echo_read: .[0].threads[-1].latency_ns | [(.p50, .p99) / 1e6];

# The line's rows, with these values for the Python's.
def rows: {rows: [[$line.rows, .] | transpose[] | .[0][:2] + [.[1]]]};
