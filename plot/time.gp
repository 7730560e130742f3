# time.gp - wall time against threads, with the time ideal scaling would give.
here = ARG0[:strlen(ARG0) - strlen("time.gp")]
load here."common.gp"

title = "Wall time against threads"
ylabel(p) = "wall time (ms)"
milliseconds(name) = column(name) / 1e6
middle(x) = milliseconds("wall_ns.median")
low(x) = milliseconds("wall_ns.ci95.lo")
high(x) = milliseconds("wall_ns.ci95.hi")
decades = 1

# The time of one thread, for each series in each panel: "NaN" where it was not measured.
alone = ""
do for [p = 1:words(panels)] {
	do for [s = 1:words(series)] {
		t1 = NaN
		stats input using (in_series(s) && in_panel(p) && column("threads") == 1 \
			? (t1 = middle(0), 1) : 1) nooutput
		alone = alone.sprintf("%g ", t1)
	}
}
weak(p) = strstrt(word(panels, p), "weak") > 0
ideals = 1
ideal_text = "ideal: one thread’s time".(weak(1) ? "" : " / n")
ideal(s, p, n) = real(word(alone, (p - 1) * words(series) + s)) / (weak(p) ? 1 : n)

load here."panels.gp"
