# time.gp - wall time against threads, with the time ideal scaling would give.
here = ARG0[:strlen(ARG0) - strlen("time.gp")]
load here."common.gp"

title = "Wall time against threads"
ylabel(p) = "wall time (ms)"
milliseconds(name) = column(name) / 1e6
middle(x) = milliseconds("wall_ns.median")
low(x) = milliseconds("wall_ns.ci95.lo")
high(x) = milliseconds("wall_ns.ci95.hi")
published(x) = 1e3 * column("wall_s")
decades = 1
doubles = 0

ideals = 1
ideal_text = "ideal: one thread’s time".(weak(1) ? "" : " / n")
ideal(s, p, n) = of_cell(alone, s, p) * 1e3 / (weak(p) ? 1 : n)

fits = 1
fitted(s, p, n) = 1e3 * (weak(p) ? n : 1) / throughput(s, p, n)

load here."panels.gp"
