# terminal.gp - speed-up over threads as text, for a terminal: a picture for each workload and size.
#
# Set before, besides what common.gp asks for: columns_n, the terminal's.
here = ARG0[:strlen(ARG0) - strlen("terminal.gp")]
load here."common.gp"

set output output
set logscale x 2
set xlabel "threads or processes"
if (threads_max <= 8) { do for [n = 1:8] { set xtics add (sprintf("%d", n) n) } }
set key below Left reverse maxcols 2 noenhanced
set xrange [0.95:1.05 * threads_max]
do for [p = 1:words(panels)] {
	set terminal dumb noenhanced size columns_n, 20 + words(series)
	inside = ""
	most = 1.0
	do for [s = 1:words(series)] {
		stats input using (in_series(s) && in_panel(p) && column("speedup") == column("speedup") \
			? (inside = with_name(inside, sprintf("%d", s)), most = larger(most, column("speedup")), 1) : 1) nooutput
	}
	if (words(inside) == 0) { continue }
	set yrange [0:1.1 * most]
	set title "speed-up: ".word(panels, p).(cores > 0 ? ", ".core_count : "") noenhanced
	plot for [i = 1:words(inside)] input using (column("threads")): \
		(in_series(int(word(inside, i))) && in_panel(p) ? column("speedup") : NaN) \
		with linespoints lt i pt i title word(series, int(word(inside, i)))
}
set output
