# fidelity.gp - every setting of bench/fidelity: a ring is CPython, a dot is gilsim; a dot
# inside its ring is a faithful simulation.  A panel for each experiment and unit.
here = ARG0[:strlen(ARG0) - strlen("fidelity.gp")]
load here."look.gp"

tie(s) = strstrt(s, " ") ? s[:strstrt(s, " ") - 1].NBSP.tie(s[strstrt(s, " ") + 1:]) : s
place(list, name) = sum [i = 1:words(list)] (word(list, i) eq name ? i : 0)
measured(x) = column("real_median") == column("real_median")
panel_name(x) = stringcolumn("experiment").",".NBSP.tie(stringcolumn("unit"))
row_name(x) = panel_name(0).":".NBSP.tie(stringcolumn("setting"))

pythons = ""
panels = ""
rows = ""
stats input using (measured(0) ? (pythons = with_name(pythons, stringcolumn("python")), \
                                  panels = with_name(panels, panel_name(0)), \
                                  rows = with_name(rows, row_name(0)), 1) : 1) nooutput
if (words(rows) == 0) {
	print "plot: no results in the file"
	exit status 1
}

# The rows of a panel stand together, whatever their order in the file.
of_panel(row, p) = strstrt(row, word(panels, p).":") == 1
sorted = ""
do for [p = 1:words(panels)] {
	do for [i = 1:words(rows)] {
		if (of_panel(word(rows, i), p)) { sorted = sorted.word(rows, i)." " }
	}
}
rows = sorted

# Two columns of panels; the left one takes panels until it has half of the rows.
rows_in(p) = sum [i = 1:words(rows)] of_panel(word(rows, i), p)
above(p) = p > 1 ? sum [i = 1:p - 1] rows_in(i) : 0
left(p) = 2 * above(p) < words(rows)
lefts = sum [p = 1:words(panels)] left(p)
row_height = larger(22, 9 * words(pythons) + 8)
between = 74.0
top = 92.0
foot = 44.0
place_of(p) = left(p) ? p - 1 : p - 1 - lefts               # panels above it in its column
rows_above(p) = left(p) ? above(p) : above(p) - above(lefts + 1)
start(p) = top + rows_above(p) * row_height + place_of(p) * between
end(p) = start(p) + rows_in(p) * row_height
height = 0.0
do for [p = 1:words(panels)] { height = larger(height, end(p) + between + foot) }
half = 640.0
width = words(panels) > lefts ? 2 * half : half

if (output[strlen(output) - 3:] eq ".png") {
	set terminal pngcairo size width, height background "white" font "DejaVu Sans,9"
} else {
	set terminal svg size width, height background "white" font "DejaVu Sans,sans-serif,12"
}
set output output
set multiplot title "{/:Bold CPython and gilsim}\nring: CPython, dot: gilsim; medians, bars are the range of the runs" \
	offset 0, 0.3
set border 3 lc rgb "#555555"
set tics nomirror textcolor rgb "#222222"
set grid x lc rgb "#dddddd" lt 1 lw 0.5
set errorbars 0.5
unset key

colours = colours." #999999 #8B4513 #332288"
colour(k) = nth_of(colours, place(pythons, k))

# A row from above to below: its Pythons beside each other, in the order of the legend.
in_row(p, k) = measured(0) && panel_name(0) eq word(panels, p) && stringcolumn("python") eq k
y(p, k) = above(p) - place(rows, row_name(0)) + 0.7 * (0.5 - (place(pythons, k) - 0.5) / words(pythons))
shown(p, k, name) = in_row(p, k) ? column(name) : NaN

ring(i) = word(reals, i)
dot(i) = word(sims, i)
rings = 'for [i = 1:words(reals)] input using (shown(p, ring(i), "real_median")):(y(p, ring(i))) \
	:(column("real_min")):(column("real_max")) \
	with xerrorbars pt 6 ps 1.1 lw 1.2 lc rgb colour(ring(i))'
dots = 'for [i = 1:words(sims)] input using (shown(p, dot(i), "gilsim_median")):(y(p, dot(i))) \
	:(column("gilsim_min")):(column("gilsim_max")) \
	with xerrorbars pt 7 ps 0.55 lw 1.2 lc rgb colour(dot(i))'

do for [p = 1:words(panels)] {
	unset logscale x
	set xrange [*:*]                                     # stats leaves out what is beyond
	set yrange [*:*]
	least = 1e300
	most = -1e300
	reals = ""                                           # the Pythons that have a ring here
	sims = ""                                            # and those that have a dot
	stats input using (measured(0) && panel_name(0) eq word(panels, p) \
		? (reals = with_name(reals, stringcolumn("python")), \
		   sims = column("gilsim_median") == column("gilsim_median") \
			? with_name(sims, stringcolumn("python")) : sims, \
		   least = smaller(smaller(least, column("real_min")), column("gilsim_min")), \
		   most = larger(larger(most, column("real_max")), column("gilsim_max")), 1) : 1) nooutput
	if (least > 0 && most > 20 * least) {
		set logscale x
		set xrange [0.7 * least:1.4 * most]
	} else {
		set xrange [0:most > 0 ? 1.08 * most : 1]
	}
	n = rows_in(p)
	set yrange [-n - 0.5:-0.5]
	set format x most < 1e4 ? "%g" : "%.0s%c"
	set ytics scale 0 ("" 0)                             # a list, so none of gnuplot's own
	unset arrow
	do for [i = 1:n] {
		name = word(rows, above(p) + i)
		set ytics add (name[strlen(word(panels, p).":".NBSP) + 1:] -i)
		if (i < n) {
			set arrow from graph 0, first -i - 0.5 to graph 1, first -i - 0.5 nohead lw 0.5 lc rgb "#dddddd"
		}
	}
	set lmargin at screen ((left(p) ? 0 : half) + 190) / width
	set rmargin at screen ((left(p) ? 0 : half) + half - 24) / width
	set tmargin at screen 1 - start(p) / height
	set bmargin at screen 1 - end(p) / height
	set title word(panels, p) noenhanced offset 0, -0.4
	if (words(sims)) { plot @rings, @dots } else { plot @rings }
}

# The legend is a panel without axes.
unset arrow
unset title
unset border
unset tics
unset logscale
set lmargin at screen 0.02
set rmargin at screen 0.98
set bmargin at screen 0
set tmargin at screen foot / height
set key center center horizontal Left reverse noenhanced samplen 1 width 2
plot [0:1] [0:1] for [k = 1:words(pythons)] NaN with points pt 6 ps 1.1 lw 1.2 \
	lc rgb colour(word(pythons, k)) title word(pythons, k)
unset multiplot
set output
