# panels.gp - draws a figure: one panel for each workload and size in the file, side by
# side, with one legend below.
#
# Set before  what common.gp sets; title, ylabel(p); middle(x), low(x), high(x), the value in
#             a row and its interval; decades, 1 for a logarithmic axis with tics at 1, 2
#             and 5, and doubles, 1 for one with tics at powers of two; ideal(s, p, n), with
#             ideal_text, and ideals, 1 if every series has an ideal of its own;
#             fitted(s, p, n), the law of scaling, and fits, 1 if it is drawn: a thin line, with
#             a cross where the law says that threads are best; published(x), the value in a
#             row of published.csv.
# With on_page, for a page that says itself what is above a figure, it is as narrow as its panels
# allow.

count = words(panels)
longest = 0
do for [p = 1:count] { longest = larger(longest, strlen(word(panels, p))) }
if (!exists("on_page")) { on_page = 0 }
width = larger(on_page ? 480 : 700, count * larger(400, 90 + 6.8 * longest)) # a panel's name fits above it
fits = fits && has_law
fit_text = fits ? "fitted law, × its best" : ""
# Published curves that belong to a panel of this figure.
load here."published.gp"
longest = larger(strlen(ideal_text), strlen(fit_text))
do for [s = 1:words(known)] { longest = larger(longest, strlen(known_text(s))) }
do for [s = 1:words(series)] { longest = larger(longest, strlen(word(series, s))) }
columns = int(larger(1, width / (80 + 7.5 * longest)))              # of the legend
names = words(series) + (strlen(ideal_text) > 0) + fits + words(known)
rows = (names + columns - 1) / columns
head = on_page ? 30.0 : 102.0
height = 368 + head + 22 * rows
foot = (24.0 + 22 * rows) / height
if (output[strlen(output) - 3:] eq ".png") {
	set terminal pngcairo size width, height background "white" font "DejaVu Sans,10" dashlength 0.5
} else {
	set terminal svg size width, height background "white" font "DejaVu Sans,sans-serif,12"
}
set output output

if (on_page) {
	set multiplot
} else {
	set multiplot title "{/:Bold ".title."}\n".measured offset 0, 0.3
}
set grid lc rgb "#dddddd" lt 1 lw 0.5
set border 3 lc rgb "#555555"
set tics nomirror textcolor rgb "#222222"
set xlabel "threads or processes"
set logscale x 2
set xrange [0.9:1.1 * threads_max]
if (threads_max <= 8) { do for [n = 1:8] { set xtics add (sprintf("%d", n) n) } }
if (decades) {
	set logscale y
	do for [e = -3:9] {
		do for [digit in "1 2 5"] {
			tic = digit * 10.0**e
			set ytics add (sprintf(e < 0 ? "%g" : e < 6 ? "%.0f" : "%.0e", tic) tic)
		}
	}
}
if (doubles) {
	set logscale y 2
	set ytics ("1" 1)
	inward = 1 - 1e-9 # at an end of the axis, a logarithm may be rounded to beyond it
	do for [e = 1:20] {
		set ytics add (sprintf(e < 14 ? "%.0f" : "2^{%.0f}", e < 14 ? 2.0**e : e) inward * 2.0**e)
		set ytics add (sprintf(e < 14 ? "1/%.0f" : "2^{-%.0f}", e < 14 ? 2.0**e : e) 2.0**-e / inward)
	}
}
unset key
set bmargin at screen foot + 52.0 / height
set tmargin at screen 1 - head / height
if (cores > 0 && cores <= threads_max) {
	set arrow from first cores, graph 0 to first cores, graph 1 nohead lw 1 dt 3 lc rgb "#555555"
	set label 1 core_count at first cores, graph 1.03 center textcolor rgb "#555555"
}
of(list, i) = i <= words(list) ? int(word(list, i)) : 1
nth(i) = of(inside, i)                               # of the panel being drawn
cell(p, s) = sprintf("%d.%d", p, s)
drawn = ""                                           # the cells that hold a value
ranged = ""                                          # and those that hold an interval
do for [p = 1:count] {
	do for [s = 1:words(series)] {
		stats input using (in_series(s) && in_panel(p) && middle(0) == middle(0) \
			? (drawn = with_name(drawn, cell(p, s)), \
			   ranged = low(0) == low(0) ? with_name(ranged, cell(p, s)) : ranged, 1) : 1) nooutput
	}
}
# In parts: gnuplot warns of a loop over a file that has nothing to go round for.
ideal_curves = 'for [i = 1:(ideals ? words(inside) : 1)] [1:threads_max] ideal(nth(i), p, x) \
		with lines lc rgb (ideals ? nth_of(colours, nth(i)) : "#555555") dt 3 lw 1, '
bands = 'for [i = 1:words(banded)] input using (column("threads")): \
		(in_series(of(banded, i)) && in_panel(p) ? low(0) : NaN):(high(0)) \
		with filledcurves lc rgb "#d0".nth_of(colours, of(banded, i))[2:], '
laws = 'for [i = 1:words(lawful)] [1:threads_max] fitted(of(lawful, i), p, x) \
		with lines lc rgb "#80".nth_of(colours, of(lawful, i))[2:] dt 1 lw 1, '
bars = 'for [i = 1:words(banded)] input using (column("threads")): \
		(in_series(of(banded, i)) && in_panel(p) ? middle(0) : NaN):(low(0)):(high(0)) \
		with yerrorbars lt of(banded, i) dt 1 lw 1 pt 0, '
curves = 'for [i = 1:words(inside)] input using (column("threads")): \
		(in_series(nth(i)) && in_panel(p) ? middle(0) : NaN) \
		with linespoints lt nth(i) ps 0.8'
known_curves = ', for [i = 1:words(known_here)] published_file using (column("threads")): \
		(is_known(of(known_here, i), p) ? published(0) : NaN) \
		with linespoints lc rgb "#555555" dt 2 lw 1 pt known_shape(of(known_here, i)) ps 1.1'
do for [p = 1:count] {
	inside = ""
	lawful = ""
	banded = ""
	do for [s = 1:words(series)] {
		unset label 1 + s
		if (!listed(drawn, cell(p, s))) { continue }
		inside = inside.sprintf("%d ", s)
		if (listed(ranged, cell(p, s))) { banded = banded.sprintf("%d ", s) }
		best = of_cell(bests, s, p)
		if (fits && fitted(s, p, 1) > 0) { lawful = lawful.sprintf("%d ", s) }
		if (fits && best > 1 && best <= threads_max) {
			set label 1 + s at best, fitted(s, p, best) point pt 2 ps 1.2 lw 1.5 lc rgb nth_of(colours, s)
		}
	}
	set lmargin at screen (p - 1.0) / count + 96.0 / width
	set rmargin at screen (p + 0.0) / count - 16.0 / width
	set ylabel ylabel(p)
	if (!on_page) { set title word(panels, p) noenhanced offset 0, 0.7 }
	known_here = ""
	do for [i = 1:words(known)] {
		if (listed(known_in, cell(p, i))) { known_here = known_here.sprintf("%d ", i) }
	}
	eval "plot ".ideal_curves.(words(banded) ? bands : "").laws.(words(banded) ? bars : "").curves \
		.(words(known_here) ? known_curves : "")
}

# The legend is a panel without axes, so that it never covers a point.
unset arrow
unset label
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
	for [i = 1:words(known)] NaN with linespoints lc rgb "#555555" dt 2 lw 1 \
		pt known_shape(i) ps 1.1 title known_text(i), \
	NaN with lines lc rgb "#555555" dt 3 title ideal_text, \
	NaN with linespoints lc rgb "#80555555" dt 1 lw 1 pt 2 title fit_text
unset multiplot
set output
