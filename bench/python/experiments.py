"""experiments.py - what bench/fidelity measures in a Python, 2.7 or 3.x, with its own
modules only.

    experiments.py about
    experiments.py EXPERIMENT KERNELS.so full|quick

`about` prints name, "gil" or "free", and the real path of the interpreter, between tabs.
An experiment prints one JSON object a line for each of its runs:

    {"given": {...}, "rows": [[SETTING, UNIT, VALUE], ...]}

`given` is what gilsim must be given to do the same; a value of null was not to be had.
All is timed in here, warm, so that the start of the interpreter is in no figure.

KERNELS.so holds gilsim's kernels: ctypes.CDLL releases the lock around a call, and
ctypes.PyDLL keeps it.  So both sides run the same machine code.
"""
import ctypes
import json
import os
import socket
import subprocess
import sys
import sysconfig
import threading
import time

clock = getattr(time, "perf_counter", time.time)
try:
    range = xrange
except NameError:
    pass


def load(library, path):
    kernels = library(path)
    for name, result in (("fib_steps", ctypes.c_uint64), ("spin_ns", None)):
        kernel = getattr(kernels, name)
        kernel.argtypes = [ctypes.c_int64]
        kernel.restype = result
    return kernels


class Setup(object):
    """The kernels, and how long to measure."""

    def __init__(self, path, quick):
        self.released = load(ctypes.CDLL, path)
        self.held = load(ctypes.PyDLL, path)
        self.released.spin_calibrate()
        self.quick = quick

    def scaled(self, full, quick):
        return quick if self.quick else full


def median(values):
    return percentile(values, 50)


def percentile(values, percent):
    """The nearest rank; None of nothing."""
    values = sorted(values)
    return values[(len(values) - 1) * percent // 100] if values else None


def start(function, *args):
    thread = threading.Thread(target=function, args=args)
    thread.daemon = True                  # a failed experiment must not hang in its hogs
    thread.start()
    return thread


def wall(calls):
    """Seconds from before the first call's thread is created until the last one ends."""
    began = clock()
    threads = [start(*call) for call in calls]
    for thread in threads:
        thread.join()
    return clock() - began


def emit(given, *rows):
    print(json.dumps({"given": given, "rows": rows}))
    sys.stdout.flush()


# The bytecode work: the loops of gilsim's count.gasm and laplace.gasm.

def count(n):
    c = 0
    for _ in range(n):
        c += 1
    return c


def new_grid(n):
    u = [[0.0] * n for _ in range(n)]
    u[0] = [1.0] * n
    return u


def py_update(u, dx2, dy2):
    for i in range(1, len(u) - 1):
        for j in range(1, len(u[0]) - 1):
            u[i][j] = ((u[i + 1][j] + u[i - 1][j]) * dy2 +
                       (u[i][j + 1] + u[i][j - 1]) * dx2) / (2 * (dx2 + dy2))


def laplace(tasks, updates):
    for _ in range(tasks):
        u = new_grid(30)
        for _ in range(updates):
            py_update(u, 0.01, 0.01)


def hog(running):
    while running:
        count(10000)


class Hogs(object):
    """So many threads that only run bytecode, until the end of the block."""

    def __init__(self, n):
        self.running = [True]
        self.threads = [start(hog, self.running) for _ in range(n)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        del self.running[:]
        for thread in self.threads:
            thread.join()


def beside(hogs):
    return "alone" if hogs == 0 else "beside 1 hog" if hogs == 1 else "beside %d hogs" % hogs


# The experiments.

def read_the_clock(gaps, end):
    """A gap of more than a millisecond between two readings is another thread's slice."""
    last = clock()
    while last < end:
        now = clock()
        if now - last > 1e-3:
            gaps.append(now - last)
        last = now


def slices(setup):
    """Python 2 has none: it drops the lock every 100 ticks, and mostly wins it back."""
    if sys.version_info < (3,):
        return
    seconds = setup.scaled(2.0, 0.5)
    each = [[], []]
    began = clock()
    wall([(read_the_clock, gaps, began + seconds) for gaps in each])
    elapsed = clock() - began
    gaps = each[0] + each[1]
    emit({"seconds": seconds},
         ["length p50", "ms", median(gaps) and median(gaps) * 1e3],
         ["switches", "1/s", len(gaps) / elapsed])


def convoy(setup):
    seconds = setup.scaled(1.0, 0.3)
    for work_us in (10, 50, 200, 1000):
        for hogs in (0, 1, 2):
            emit({"work_us": work_us, "hogs": hogs, "seconds": seconds},
                 ["%d us %s" % (work_us, beside(hogs)), "pairs/s",
                  pairs_per_s(setup.released.spin_ns, work_us * 1000, hogs, seconds)])


def pairs_per_s(spin_ns, work_ns, hogs, seconds):
    pairs = 0
    with Hogs(hogs):
        spin_ns(work_ns)
        began = now = clock()
        while now < began + seconds:
            spin_ns(work_ns)
            pairs += 1
            now = clock()
    return pairs / (now - began)


def orders(setup):
    trial = 20000000
    held, free = setup.held.fib_steps, setup.released.fib_steps
    held(trial)
    n = int(trial * 0.1 / min(wall([(held, trial)]) for _ in range(3)))
    alone = median([wall([(held, n)]) for _ in range(3)])
    for first in (held, free):
        for second in (held, free):
            emit({"fib_n": n, "released": [first is free, second is free]},
                 ["%s+%s" % tuple("free" if f is free else "held" for f in (first, second)),
                  "T", wall([(first, n), (second, n)]) / alone])


def share(tasks, threads):
    """The first threads get one task more, as NumPy's array_split shares them."""
    return [tasks // threads + (k < tasks % threads) for k in range(threads)]


def speedups(what, call, tasks):
    """Rows; call(n) does n of the tasks, which 1, 2, 4 and 8 threads share."""
    alone = wall([(call, tasks)])
    return [["%s in %d threads" % (what, threads), "speed-up",
             alone / wall([(call, n) for n in share(tasks, threads)])]
            for threads in (2, 4, 8)]


def threads(setup):
    size = setup.scaled(32000000, 8000000)
    count(size // 100)
    emit({"workload": "count", "size": size}, *speedups("count", count, size))
    updates = setup.scaled(700, 150)
    laplace(1, 10)
    emit({"workload": "laplace", "size": 30, "tasks": 8, "iterations": updates},
         *speedups("Laplace", lambda tasks: laplace(tasks, updates), 8))


# NumPy's update of 30 x 30 cells is nine operations on whole arrays, half of each without
# the lock (an array of more than 500 elements); ctypes imitates it where NumPy is missing.
OPERATIONS = 9
RELEASED_NS = 250


def small(setup):
    spin_ns = setup.released.spin_ns

    def imitate(updates):
        for _ in range(updates):
            for _ in range(OPERATIONS):
                spin_ns(RELEASED_NS)

    small_kernels(setup, "ctypes", imitate, RELEASED_NS)
    try:
        import numpy
    except ImportError:
        return
    small_kernels(setup, "NumPy", lambda updates: numpy_updates(numpy, updates), None)


def numpy_updates(numpy, updates):
    u = numpy.zeros([30, 30])
    u[0] = 1.0
    dx2 = dy2 = 0.01
    for _ in range(updates):
        u[1:-1, 1:-1] = ((u[2:, 1:-1] + u[:-2, 1:-1]) * dy2 +
                         (u[1:-1, 2:] + u[1:-1, :-2]) * dx2) / (2 * (dx2 + dy2))


def small_kernels(setup, what, run, released_ns):
    """100 tasks of so many updates; an operation of NumPy is released for half its time."""
    tasks, updates = 100, setup.scaled(300, 100)
    run(updates)
    operation_ns = median([wall([(run, 10 * updates)]) for _ in range(3)]) \
        * 1e9 / (10 * updates * OPERATIONS)
    emit({"tasks": tasks, "updates": updates, "operations": OPERATIONS,
          "operation_ns": operation_ns, "released_ns": released_ns or operation_ns / 2},
         ["%s operation" % what, "ns", operation_ns],
         *speedups("%s 30x30" % what, lambda n: [run(updates) for _ in range(n)], tasks))


shared = 0


def add_to_shared(n):
    global shared
    for _ in range(n):
        shared += 1


def lost(setup):
    """Python 2 has no interval in time: its check interval of 100 stays."""
    global shared
    n = setup.scaled(1000000, 250000)
    if hasattr(sys, "setswitchinterval"):
        sys.setswitchinterval(1e-6)
    shared = 0
    wall([(add_to_shared, n)] * 2)
    emit({"size": 2 * n}, ["2 x %d additions" % n, "updates", 2 * n - shared])


def pace(setup):
    size = setup.scaled(16000000, 4000000)
    count(size // 100)
    emit({"workload": "count", "size": size, "units": size},
         ["count per iteration", "ns", median([wall([(count, size)]) for _ in range(3)]) * 1e9 / size])
    updates = setup.scaled(2000, 500)
    laplace(1, 10)
    cells = 28 * 28 * updates
    emit({"workload": "laplace", "size": 30, "tasks": 1, "iterations": updates, "units": cells},
         ["Laplace per cell", "ns",
          median([wall([(laplace, 1, updates)]) for _ in range(3)]) * 1e9 / cells])


def echo(setup):
    pings, every_ms = setup.scaled(150, 50), 2
    for hogs in (0, 1, 2):
        latencies = echo_latencies(hogs, pings, every_ms)
        emit({"hogs": hogs, "pings": pings, "every_ms": every_ms},
             *[["p%d %s" % (p, beside(hogs)), "ms", percentile(latencies, p) * 1e3]
               for p in (50, 99)])


def echo_latencies(hogs, pings, every_ms):
    """Another process asks; it is told to begin when everything here runs."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    server.settimeout(10)
    client = subprocess.Popen(
        [sys.executable, os.path.abspath(__file__), "ping", str(server.getsockname()[1]),
         str(pings), str(every_ms)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        client.stdout.readline()
        with Hogs(hogs):
            client.stdin.write(b"go\n")
            client.stdin.flush()
            for _ in range(pings):
                data, address = server.recvfrom(64)
                server.sendto(data, address)
            output = client.communicate()[0]
        return json.loads(output.decode())
    finally:
        if client.poll() is None:
            client.kill()
            client.wait()
        server.close()


def ping(port, pings, every_ms):
    """One ping at a time: the next when its time has come and the last one is answered."""
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.connect(("127.0.0.1", port))
    client.settimeout(10)
    print("ready")
    sys.stdout.flush()
    sys.stdin.readline()
    latencies = []
    due = clock()
    for _ in range(pings):
        time.sleep(max(0, due - clock()))
        due = clock() + every_ms * 1e-3
        began = clock()
        client.send(b"ping")
        client.recv(64)
        latencies.append(clock() - began)
    print(json.dumps(latencies))


def about():
    """A build without the lock can be told to have it."""
    if sys.version_info < (2, 7) or (3,) <= sys.version_info < (3, 2):
        sys.exit("Python %d.%d is neither 2.7 nor 3.2 or later" % sys.version_info[:2])
    if not hasattr(sys, "getrefcount") or "PyPy" in sys.version:
        sys.exit("not CPython")
    free_build = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    has_gil = getattr(sys, "_is_gil_enabled", lambda: not free_build)()
    name = "%d.%d.%d" % sys.version_info[:3] + ("t" if free_build else "")
    print("\t".join([name, "gil" if has_gil else "free", os.path.realpath(sys.executable)]))


EXPERIMENTS = {f.__name__: f for f in (slices, convoy, orders, threads, small, lost, pace, echo)}


def main(args):
    if args == ["about"]:
        about()
    elif len(args) == 4 and args[0] == "ping":
        ping(*map(int, args[1:]))
    elif len(args) == 3 and args[0] in EXPERIMENTS and args[2] in ("full", "quick"):
        EXPERIMENTS[args[0]](Setup(args[1], args[2] == "quick"))
    else:
        sys.exit("usage: experiments.py about | %s KERNELS.so full|quick"
                 % "|".join(sorted(EXPERIMENTS)))


if __name__ == "__main__":
    main(sys.argv[1:])
