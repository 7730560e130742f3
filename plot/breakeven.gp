# breakeven.gp - what a release of the lock around a native call gives, against the length of
# the call: a panel for each whom it concerns, a line for each number of threads and neighbours.
here = ARG0[:strlen(ARG0) - strlen("breakeven.gp")]
load here."look.gp"

field(column) = word(stringcolumn(column), 1)        # an absent field reads as blanks
plural(n, noun) = n.NBSP.noun.(n eq "1" ? "" : "s")
who(x) = plural(field("threads"), "thread") \
    .(field("neighbours") eq "0" ? "" : ",".NBSP.plural(field("neighbours"), "neighbour"))
interval(x) = strlen(field("interval_ns")) ? sprintf("%g%sms", column("interval_ns") / 1e6, NBSP) : "-"

# A knob that has one value is said above, others in each line's name.
# Older files know no worlds.
has_worlds = int(system("head -1 '".input."' | tr , '\n' | grep -cx world"))
machine(x) = has_worlds ? field("cores").(field("world") eq "virtual" ? NBSP."virtual" : "").NBSP."cores" \
    .part(",".NBSP."seed", field("seed")) : "-"
part(prefix, text) = strlen(text) ? prefix.NBSP.text : ""
gils = ""
intervals = ""
paces = ""
machines = ""
stats input using (gils = with_name(gils, field("gil")), \
                   intervals = with_name(intervals, interval(0)), \
                   paces = with_name(paces, field("pace")), \
                   machines = with_name(machines, machine(0)), 1) nooutput
series_name(x) = who(0).(words(gils) > 1 ? ",".NBSP.field("gil") : "") \
    .(words(intervals) > 1 ? ",".NBSP.interval(0) : "") \
    .(words(paces) > 1 ? ",".NBSP."pace".NBSP.field("pace") : "") \
    .(words(machines) > 1 ? ",".NBSP.machine(0) : "")

# Beside neighbours a release may cost calls a thousandfold, so these have panels of their own.
panel_name(x) = field("for").(field("neighbours") eq "0" ? "" : "-beside")
is_length(x) = stringcolumn("what") eq "length"

series = ""
panels = ""
drawn = ""                                           # the cells that hold a line,
crossed = ""                                         # and a break-even
shortest = 1e300
longest = 0.0
cell(x) = panel_name(0).":".series_name(0)
stats input using (series = with_name(series, series_name(0)), \
                   panels = with_name(panels, panel_name(0)), \
                   drawn = is_length(0) ? with_name(drawn, cell(0)) : drawn, \
                   crossed = is_length(0) ? crossed : with_name(crossed, cell(0)), \
                   shortest = smaller(shortest, column("length_ns")), \
                   longest = larger(longest, column("length_ns")), 1) nooutput
if (words(series) == 0) {
	print "plot: no results in the file"
	exit status 1
}
sorted = ""
do for [name in "calls calls-beside neighbours-beside all-beside"] {
	if (listed(panels, name)) { sorted = with_name(sorted, name) }
}
panels = sorted
shown(s, p, is_shown, y) = is_shown && cell(0) eq word(panels, p).":".word(series, s) ? y : NaN

count = words(panels)
width = 380 * count > 700 ? 380 * count : 700
longest_name = strlen("break-even, with its interval")
do for [s = 1:words(series)] { longest_name = larger(longest_name, strlen(word(series, s))) }
columns = int(larger(1, width / (80 + 7.5 * longest_name)))         # of the legend
rows = (words(series) + 1 + columns - 1) / columns
height = 480 + 22 * rows
foot = (24.0 + 22 * rows) / height
if (output[strlen(output) - 3:] eq ".png") {
	set terminal pngcairo size width, height background "white" font "DejaVu Sans,10" dashlength 0.5
} else {
	set terminal svg size width, height background "white" font "DejaVu Sans,sans-serif,12"
}
set output output

do for [s = 1:words(series)] {
	set linetype s lw 2 lc rgb nth_of(colours, s) pt int(nth_of(shapes, s)) dt int(nth_of(dashes, s))
}
said = words(gils) > 1 ? "" : "gil ".word(gils, 1).", "
said = said.(words(intervals) > 1 || word(intervals, 1) eq "-" ? "" : "interval ".word(intervals, 1).", ")
said = said.(words(paces) > 1 ? "" : "pace ".word(paces, 1).", ")
said = said.(words(machines) > 1 || word(machines, 1) eq "-" ? "" : word(machines, 1).", ")
set multiplot title "{/:Bold What a release of the lock around a native call gives}\n".said \
	."medians, bars are 95 % confidence intervals" offset 0, 0.3
set grid lc rgb "#dddddd" lt 1 lw 0.5
set border 3 lc rgb "#555555"
set tics nomirror textcolor rgb "#222222"
set xlabel "length of the call"
set logscale xy
set xtics nomirror ("10 ns" 10, "100 ns" 100, "1 µs" 1e3, "10 µs" 1e4, "100 µs" 1e5, "1 ms" 1e6, "10 ms" 1e7, \
	"100 ms" 1e8)
set format y "%g"
unset key
set bmargin at screen foot + 56.0 / height
set tmargin at screen 1 - 116.0 / height
title_of(p) = p eq "calls" ? "calls per second,\nno neighbours" \
	: p eq "calls-beside" ? "calls per second,\nbeside neighbours" \
	: p eq "neighbours-beside" ? "bytecode of the neighbours\n" \
	: "calls and all bytecode,\nin cores' worth"
nth(i, list) = int(word(list, i))
lined = 'for [i = 1:words(lines)] input using (column("length_ns")): \
		(shown(nth(i, lines), p, is_length(0), column("ratio"))): \
		(column("ratio_ci95.lo")):(column("ratio_ci95.hi")) \
		with yerrorbars lt nth(i, lines) dt 1 lw 1 pt 0, \
	for [i = 1:words(lines)] input using (column("length_ns")): \
		(shown(nth(i, lines), p, is_length(0), column("ratio"))) \
		with linespoints lt nth(i, lines) ps 0.6'
marked = 'for [i = 1:words(crossings)] input using (column("length_ns")): \
		(shown(nth(i, crossings), p, !is_length(0), 1)): \
		(column("length_ci95.lo")):(column("length_ci95.hi")) \
		with xerrorbars lt nth(i, crossings) dt 1 lw 2.5 pt 4 ps 1.4'
do for [p = 1:count] {
	set xrange [*:*]                                     # stats leaves out what is beyond
	set yrange [*:*]
	unset ytics
	least = 1.0
	most = 1.0
	stats input using (panel_name(0) eq word(panels, p) \
		? (least = smaller(smaller(least, column("ratio")), column("ratio_ci95.lo")), \
		   most = larger(larger(most, column("ratio")), column("ratio_ci95.hi")), 1) : 1) nooutput
	lines = ""                                           # of the series in this panel
	crossings = ""
	do for [s = 1:words(series)] {
		if (listed(drawn, word(panels, p).":".word(series, s))) { lines = lines.sprintf("%d ", s) }
		if (listed(crossed, word(panels, p).":".word(series, s))) { crossings = crossings.sprintf("%d ", s) }
	}
	set xrange [0.8 * shortest:1.25 * longest]
	set yrange [smaller(0.8, 0.85 * least):larger(1.25, 1.15 * most)]
	set ytics nomirror ("1" 1)
	do for [e = -7:7] {
		do for [digit in most / least > 500 ? "1" : most / least > 5 ? "1 2 5" : "1 1.2 1.5 2 3 4 5 6 7 8 9"] {
			set ytics add (sprintf("%g", digit * 10.0**e) digit * 10.0**e)
		}
	}
	set lmargin at screen (p - 1.0) / count + 76.0 / width
	set rmargin at screen (p + 0.0) / count - 20.0 / width
	if (p == 1) { set ylabel "lock released / held" } else { unset ylabel }
	set title title_of(word(panels, p)) offset 0, 0.3
	if (words(crossings)) {
		plot 1 with lines lc rgb "#555555" dt 3 lw 1.5, @lined, @marked
	} else {
		plot 1 with lines lc rgb "#555555" dt 3 lw 1.5, @lined
	}
}

# The legend is a panel without axes, so that it never covers a point.
unset title
unset border
unset tics
unset xlabel
unset ylabel
unset logscale
set lmargin at screen 0.02
set rmargin at screen 0.98
set bmargin at screen 0
set tmargin at screen foot
set key center center horizontal Left reverse maxcols columns noenhanced samplen 5 width 2
plot [0:1] [0:1] for [s = 1:words(series)] NaN with linespoints lt s ps 0.8 title word(series, s), \
	NaN with points lc rgb "#555555" pt 4 ps 1.4 lw 2.5 title "break-even, with its interval"
