# predict.gp - what the virtual world predicted against what was measured: every setting of
# bench/predict as a point, and the error of each by group.
here = ARG0[:strlen(ARG0) - strlen("predict.gp")]
load here."look.gp"

tie(s) = strstrt(s, " ") ? s[:strstrt(s, " ") - 1].NBSP.tie(s[strstrt(s, " ") + 1:]) : s
place(list, name) = sum [i = 1:words(list)] (word(list, i) eq name ? i : 0)

# A mark for each workload or kind of scenario that predictions are held to, one for the rest.
others = "others"
family(x) = stringcolumn("judged") eq "true" ? word(stringcolumn("group"), 1) : others
group_name(x) = tie(stringcolumn("group"))
measured(x) = column("measured_ns.median")
predicted(x) = column("predicted_ns.median")
both(x) = measured(0) > 0 && predicted(0) > 0

families = ""
groups = ""
least = 1e300
most = 0.0
stats input using (both(0) ? (families = with_name(families, family(0)), \
                              groups = with_name(groups, group_name(0)), \
                              least = smaller(smaller(least, measured(0)), predicted(0)), \
                              most = larger(larger(most, measured(0)), predicted(0)), 1) : 1) nooutput
if (words(groups) == 0) {
	print "plot: no results in the file"
	exit status 1
}
if (listed(families, others)) {
	named = ""
	do for [i = 1:words(families)] {
		if (word(families, i) ne others) { named = named.word(families, i)." " }
	}
	families = others." ".named                           # beneath the others' marks
}

row_height = 19.0
top = 64.0
foot = 96.0
height = larger(560, top + foot + row_height * words(groups))
width = 1180.0
if (output[strlen(output) - 3:] eq ".png") {
	set terminal pngcairo size width, height background "white" font "DejaVu Sans,10"
} else {
	set terminal svg size width, height background "white" font "DejaVu Sans,sans-serif,12"
}
set output output
set multiplot title "{/:Bold Predicted in virtual time against measured on this machine}\n" \
	."medians; the band is ±10 %" offset 0, 0.3
set border 3 lc rgb "#555555"
set tics nomirror textcolor rgb "#222222"
set grid lc rgb "#dddddd" lt 1 lw 0.5
set tmargin at screen 1 - top / height
set bmargin at screen foot / height
unset key

mark_of(name) = place(families, name) - listed(families, others)
colour(name) = name eq others ? "#bbbbbb" : nth_of(colours, mark_of(name))
shape(name) = name eq others ? 7 : int(nth_of(shapes, mark_of(name)))
size(name) = name eq others ? 0.5 : 0.8
of(name, x) = both(0) && family(0) eq name ? x : NaN

# Both axes are the same, so that a fault of a factor looks alike at every length.
set lmargin at screen 84.0 / width
set rmargin at screen 560.0 / width
set logscale xy
set xrange [0.7 * least:1.4 * most]
set yrange [0.7 * least:1.4 * most]
unset xtics
set xtics nomirror textcolor rgb "#222222" ("100 ns" 1e2, "1 µs" 1e3, "10 µs" 1e4, "100 µs" 1e5, "1 ms" 1e6, "10 ms" 1e7, "100 ms" 1e8, \
	"1 s" 1e9, "10 s" 1e10)
set ytics nomirror textcolor rgb "#222222" ("100 ns" 1e2, "1 µs" 1e3, "10 µs" 1e4, "100 µs" 1e5, "1 ms" 1e6, "10 ms" 1e7, "100 ms" 1e8, \
	"1 s" 1e9, "10 s" 1e10)
set xlabel "measured"
set ylabel "predicted"
plot '+' using 1:($1 * 0.9):($1 * 1.1) with filledcurves lc rgb "#e6e6e6", \
	x with lines lc rgb "#555555" dt 3 lw 1, \
	for [name in families] input using (of(name, measured(0))):(predicted(0)) \
		with points pt shape(name) ps size(name) lc rgb colour(name)

# The error of each setting, a row for each group; what is farther off stands at the edge.
edge = 2.0
ratio(x) = predicted(0) / measured(0)
kept(x) = x < 1 / edge ? 1 / edge : x > edge ? edge : x
unset logscale y
set lmargin at screen 790.0 / width
set rmargin at screen 1 - 30.0 / width
set xrange [0.94 / edge:1.06 * edge]
set yrange [-words(groups) - 0.6:-0.4]
set xtics nomirror textcolor rgb "#222222" ("½" 0.5, "-30 %%" 0.7, "-10 %%" 0.9, "+10 %%" 1.1, "+40 %%" 1.4, "×2" 2)
set ytics nomirror scale 0 textcolor rgb "#222222" ("" 0)          # a list, so none of gnuplot's own
do for [i = 1:words(groups)] { set ytics add (word(groups, i) -i) }
set xlabel "error of the prediction"
unset ylabel
set object 1 rectangle from 0.9, graph 0 to 1.1, graph 1 behind fillcolor rgb "#e6e6e6" fillstyle solid noborder
set arrow from 1, graph 0 to 1, graph 1 nohead lw 1 dt 3 lc rgb "#555555"
plot for [name in families] input using (of(name, kept(ratio(0)))):(-place(groups, group_name(0))) \
	with points pt shape(name) ps size(name) lc rgb colour(name)

# The legend is a panel without axes.
unset object
unset arrow
unset border
unset tics
unset grid
unset xlabel
unset logscale
set lmargin at screen 0.02
set rmargin at screen 0.98
set bmargin at screen 0
set tmargin at screen 34.0 / height
set key center center horizontal Left reverse noenhanced samplen 1 width 2
plot [0:1] [0:1] for [name in families] NaN with points pt shape(name) ps 1 lc rgb colour(name) title name
unset multiplot
set output
