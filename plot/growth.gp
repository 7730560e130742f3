# growth.gp - what a unit of work takes as threads become more and work becomes larger, of
# bench/growth: each series over its own first point (threads) or its least (sizes).  Flat is 1.
here = ARG0[:strlen(ARG0) - strlen("growth.gp")]
load here."look.gp"

cores = 0
stats input using (cores = larger(cores, column("cores")), 1) nooutput
if (cores == 0) {
	print "plot: no results in the file"
	exit status 1
}
width = 1000.0
height = 900.0
if (output[strlen(output) - 3:] eq ".png") {
	set terminal pngcairo size width, height background "white" font "DejaVu Sans,10" dashlength 0.5
} else {
	set terminal svg size width, height background "white" font "DejaVu Sans,sans-serif,12"
}
set output output
set multiplot title "{/:Bold What a unit of work takes, as threads become more and work becomes larger}\n" \
	.sprintf("medians; %d core%s; above, the time of the cores that a mode can use, over that of one thread;", \
		cores, cores == 1 ? "" : "s") \
	."\nbelow, the time of one thread once it has started, over the least" offset 0, 0.3
set grid lc rgb "#dddddd" lt 1 lw 0.5
set border 3 lc rgb "#555555"
set tics nomirror textcolor rgb "#222222"
set yrange [0:2<*<5]
set ytics 0.5
unset key

# A panel is a kind, and of sizes a form; a series is a mode and a form, or a workload.
in_panel(kind, engine) = stringcolumn("kind") eq kind && (engine eq "" || stringcolumn("engine") eq engine)
name(kind) = kind eq "size" ? stringcolumn("workload") : stringcolumn("mode").",".NBSP.stringcolumn("engine")

# Gives names, and bases: what each is drawn over.
do for [panel in "strong weak size.bytecode size.native"] {
	dot = strstrt(panel, ".")
	kind = dot ? panel[:dot - 1] : panel
	engine = dot ? panel[dot + 1:] : ""
	names = ""
	stats input using (in_panel(kind, engine) ? (names = with_name(names, name(kind)), 1) : 1) nooutput
	bases = ""
	do for [s = 1:words(names)] {
		base = NaN
		stats input using (in_panel(kind, engine) && name(kind) eq word(names, s) \
			? (base = kind eq "size" ? smaller(column("ns_per_unit"), base) \
				: column("threads") == 1 ? column("ns_per_unit") : base, 1) : 1) nooutput
		bases = bases.sprintf("%g ", base)
	}
	right = panel eq "weak" || panel eq "size.native"
	below = kind eq "size"
	set lmargin at screen (right ? 0.5 : 0) + 50.0 / width
	set rmargin at screen (right ? 1.0 : 0.5) - 16.0 / width
	top = below ? 520.0 : 95.0
	set tmargin at screen 1 - top / height
	set bmargin at screen 1 - (top + 240) / height
	set logscale x (below ? 10 : 2)
	if (below) { set xrange [*:*]; set format x "10^{%T}" } else { set xrange [0.9:70]; set format x "%g" }
	set xlabel below ? "units of work" : "threads or processes"
	set title kind eq "strong" ? "the same work shared" : kind eq "weak" ? "the same work for each thread" \
		: "work of one thread, ".engine
	set key at screen (right ? 0.75 : 0.25) + 20.0 / width, screen 1 - (top + 290) / height \
		top center vertical Left reverse noenhanced samplen 4 width 1 maxrows (below ? 3 : 4)
	text(s) = below ? sprintf("%s, %.2g%sns", word(names, s), real(word(bases, s)), NBSP) : word(names, s)
	plot 1 with lines lc rgb "#555555" dt 3 lw 1 notitle, for [s = 1:words(names)] input \
		using (below ? column("units") : column("threads")):(in_panel(kind, engine) \
			&& name(kind) eq word(names, s) ? column("ns_per_unit") / real(word(bases, s)) : NaN) \
		with linespoints lw 2 ps 0.8 lc rgb nth_of(colours, s) pt int(nth_of(shapes, s)) \
		dt int(nth_of(dashes, s)) title text(s)
}
unset multiplot
set output
