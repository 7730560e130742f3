# timeline.gp - what each thread did when, and who had which core: traces of gilsim trace, by way of
# plot/timeline.jq.  Two panels side by side; a row for each thread or core.
here = ARG0[:strlen(ARG0) - strlen("timeline.gp")]
load here."look.gp"

kinds = "bytecode native,".NBSP."held without".NBSP."the".NBSP."lock waits".NBSP."for".NBSP."the".NBSP."lock waits".NBSP."for".NBSP."a".NBSP."switch I/O on".NBSP."a".NBSP."core"
paints = "#0072B2 #56B4E9 #009E73 #E4E4E4 #BDBDBD #E69F00 #444444"

panels = ""
sizes = ""
ends = ""
seen = ""
pairs = ""
end = 0.0
stats input using (new = !listed(panels, stringcolumn("panel")), \
                   ends = new && strlen(panels) ? ends.sprintf("%g ", end) : ends, \
                   end = larger(new ? 0.0 : end, column("end_ms")), \
                   sizes = new ? sizes.sprintf("%d ", column("tracks")) : sizes, \
                   panels = with_name(panels, stringcolumn("panel")), \
                   seen = with_name(seen, stringcolumn("kind")), \
                   pairs = with_name(pairs, stringcolumn("panel")."#".stringcolumn("kind")), 1) nooutput
if (words(panels) == 0) {
	print "plot: no events in the file"
	exit status 1
}
ends = ends.sprintf("%g ", end)
panel_title(p) = word(panels, p)[strstrt(word(panels, p), ":") + 1:]

columns_n = words(panels) > 1 ? 2 : 1
rows_n = (words(panels) + columns_n - 1) / columns_n
in_row(p) = larger(int(word(sizes, p)), columns_n > 1 && p < words(panels) ? int(word(sizes, p + 1)) : 0)
band(n) = 26.0 * larger(n, 2) + 84                    # of n tracks, with title and axis
width = 1100.0
height = 92.0
do for [p = 1:words(panels):columns_n] { height = height + band(in_row(p)) }

if (output[strlen(output) - 3:] eq ".png") {
	set terminal pngcairo size width, height background "white" font "DejaVu Sans,10"
} else {
	set terminal svg size width, height background "white" font "DejaVu Sans,sans-serif,12"
}
set output output
set multiplot title "{/:Bold What each thread does when}"
set border 1 lc rgb "#555555"
set tics nomirror textcolor rgb "#222222"
unset key
in_panel(p, x) = stringcolumn("panel") eq word(panels, p) ? x : NaN
of(p, kind, x) = stringcolumn("kind") eq kind ? in_panel(p, x) : NaN

# Of a panel, what draws it: gnuplot complains of what is not there.
has(p, kind) = listed(pairs, word(panels, p)."#".kind)
requests = "drop".NBSP."request"
boxes_of(p, k) = sprintf("input using (of(%d, word(kinds, %d), column('begin_ms'))):(column('track')):" \
	."(column('begin_ms')):(column('end_ms')):(column('track') - 0.4):(column('track') + 0.4) " \
	."with boxxyerror fillstyle solid noborder lc rgb word(paints, %d)", p, k, k)
arrows_of(p) = sprintf("input using (of(%d, 'handover', column('begin_ms'))):(column('track')):" \
	."(column('end_ms') - column('begin_ms')):(column('to') - column('track')) " \
	."with vectors nohead lw 0.8 lc rgb '#222222'", p)
requests_of(p) = sprintf("input using (of(%d, requests, column('begin_ms'))):(column('track')) " \
	."with points pt 7 ps 0.45 lc rgb '#D55E00'", p)
names_of(p) = sprintf("input using (of(%d, 'name', 0)):(column('track')):(stringcolumn('name')) " \
	."with labels right noenhanced offset -0.6, 0", p)

top = height - 40
do for [p = 1:words(panels)] {
	place = (p - 1) % columns_n
	tracks = int(word(sizes, p))
	first = p - place
	set tmargin at screen (top - 28) / height
	set bmargin at screen (top - 28 - 26.0 * larger(in_row(first), 2)) / height
	set lmargin at screen (place + 0.0) / columns_n + 100.0 / width
	set rmargin at screen (place + 1.0) / columns_n - 14.0 / width
	set title panel_title(p) noenhanced offset 0, -0.4
	set xlabel "ms" offset 0, 0.7
	set xrange [0:real(word(ends, p))]
	set yrange [tracks - 0.5:-0.5]
	unset ytics
	parts = names_of(p)
	do for [k = 1:words(kinds)] { parts = parts.(has(p, word(kinds, k)) ? ", ".boxes_of(p, k) : "") }
	parts = parts.(has(p, "handover") ? ", ".arrows_of(p) : "").(has(p, requests) ? ", ".requests_of(p) : "")
	eval "plot ".parts
	if (place == columns_n - 1) { top = top - band(in_row(first)) }
}

# The legend is a panel without axes.
unset title
unset border
unset tics
unset xlabel
set lmargin at screen 0.02
set rmargin at screen 0.98
set bmargin at screen 0
set tmargin at screen 34.0 / height
set yrange [0:1]
set key center center horizontal Left reverse noenhanced samplen 1.6 width 1
shown(k) = listed(seen, word(kinds, k))
plot [0:1] for [k = 1:words(kinds)] NaN with boxes fillstyle solid noborder \
		lc rgb word(paints, k) title (shown(k) ? word(kinds, k) : ""), \
	NaN with points pt 7 ps 0.6 lc rgb "#D55E00" title "drop request", \
	NaN with lines lw 0.8 lc rgb "#222222" title "handover"
unset multiplot
set output
