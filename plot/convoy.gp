# convoy.gp - the convoy effect over the switch interval, of bench/virtual-convoy: how often a
# thread that calls gets round beside those that compute, and what is left of their bytecode.
here = ARG0[:strlen(ARG0) - strlen("convoy.gp")]
load here."look.gp"

hogs = ""
shortest = 1e300
longest = 0.0
stats input using (hogs = with_name(hogs, stringcolumn("hogs")), \
                   shortest = smaller(shortest, column("interval_ns")), \
                   longest = larger(longest, column("interval_ns")), 1) nooutput
if (words(hogs) == 0) {
	print "plot: no results in the file"
	exit status 1
}

width = 860.0
height = 430.0
if (output[strlen(output) - 3:] eq ".png") {
	set terminal pngcairo size width, height background "white" font "DejaVu Sans,10" dashlength 0.5
} else {
	set terminal svg size width, height background "white" font "DejaVu Sans,sans-serif,12"
}
set output output
set multiplot title "{/:Bold A thread that works 50 µs without the lock, beside threads that compute}\n" \
	."64 virtual cores, costs of cpython313; 4 s of virtual time each" offset 0, 0.3
set grid lc rgb "#dddddd" lt 1 lw 0.5
set border 3 lc rgb "#555555"
set tics nomirror textcolor rgb "#222222"
set xlabel "switch interval"
set logscale x
set xrange [0.8 * shortest:1.25 * longest]
set xtics nomirror ("0.1 ms" 1e5, "1 ms" 1e6, "5 ms" 5e6, "50 ms" 5e7)
set arrow 1 from 5e6, graph 0 to 5e6, graph 1 nohead lw 1 dt 3 lc rgb "#555555"
set label 1 "default" at 5e6, graph 1.03 center textcolor rgb "#555555"
unset key
set tmargin at screen 1 - 84.0 / height
set bmargin at screen 96.0 / height
beside(k, x) = stringcolumn("hogs") eq word(hogs, k) ? x : NaN
lines = 'for [k = 1:words(hogs)] input using (column("interval_ns")):(beside(k, shown(0))) \
	with linespoints lw 2 ps 0.8 lc rgb nth_of(colours, k) pt int(nth_of(shapes, k)) dt int(nth_of(dashes, k))'

set lmargin at screen 76.0 / width
set rmargin at screen 0.5 - 16.0 / width
set title "its calls per second" offset 0, 0.7
set logscale y
set format y "%g"
shown(x) = column("calls_per_s")
plot @lines

set lmargin at screen 0.5 + 76.0 / width
set rmargin at screen 1 - 16.0 / width
set title "bytecode of the others, % of what they do without it" offset 0, 0.7
unset logscale y
set yrange [*<85:101]
shown(x) = 100 * column("bytecode_share")
plot @lines

# The legend is a panel without axes.
unset arrow
unset label
unset title
unset border
unset tics
unset xlabel
unset logscale
set lmargin at screen 0.02
set rmargin at screen 0.98
set bmargin at screen 0
set tmargin at screen 36.0 / height
set key center center horizontal Left reverse noenhanced samplen 5 width 2
plot [0:1] [0:1] for [k = 1:words(hogs)] NaN with linespoints lw 2 ps 0.8 lc rgb nth_of(colours, k) \
	pt int(nth_of(shapes, k)) dt int(nth_of(dashes, k)) title "beside ".word(hogs, k).(word(hogs, k) eq "1" ? " that computes" : "")
unset multiplot
set output
