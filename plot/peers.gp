# peers.gp - how much of what its goal allows each row of bench/peers takes: a bar that ends at the
# line meets it just so.
here = ARG0[:strlen(ARG0) - strlen("peers.gp")]
load here."look.gp"

tie(s) = strstrt(s, " ") ? s[:strstrt(s, " ") - 1].NBSP.tie(s[strstrt(s, " ") + 1:]) : s
judged(x) = column("of_goal.median") == column("of_goal.median")
part(x) = larger(column("of_goal.median"), 0)
is_met(x) = stringcolumn("met") eq "true"

rows = ""
most = 1.0
stats input using (judged(0) ? (rows = with_name(rows, tie(stringcolumn("row"))), \
                                most = larger(most, part(0)), 1) : 1) nooutput
n = words(rows)
place(name) = sum [i = 1:n] (word(rows, i) eq name ? i : 0)

row_height = 24.0
top = 66.0
foot = 58.0
height = top + foot + row_height * n
width = 900.0
if (output[strlen(output) - 3:] eq ".png") {
	set terminal pngcairo size width, height background "white" font "DejaVu Sans,10"
} else {
	set terminal svg size width, height background "white" font "DejaVu Sans,sans-serif,12"
}
set output output
set title "{/:Bold gilsim beside its peers}\nblue: met, orange: missed; bar: medians, line: what the ranges leave open" \
	offset 0, 0.3
set border 1 lc rgb "#555555"
set tics nomirror textcolor rgb "#222222"
set grid x lc rgb "#dddddd" lt 1 lw 0.5
set tmargin at screen 1 - top / height
set bmargin at screen foot / height
set lmargin at screen 270.0 / width
set rmargin at screen 1 - 24.0 / width
set xrange [0:1.15 * most]
set yrange [-n - 0.5:-0.5]
set xlabel "part of what the goal allows (1: just met)"
set ytics scale 0 ("" 0)
do for [i = 1:n] { set ytics add (word(rows, i) -i) }
set arrow from 1, graph 0 to 1, graph 1 nohead lw 1.5 lc rgb "#000000" front
set style fill solid noborder
unset key
y(x) = -place(tie(stringcolumn("row")))
bar(x) = judged(0) ? part(0) : NaN
colour(x) = is_met(0) ? 0x0072B2 : 0xD55E00
plot input using (bar(0) / 2):(y(0)):(bar(0) / 2):(0.32):(colour(0)) with boxxyerrorbars lc rgb variable, \
	input using (bar(0)):(y(0)):(larger(column("of_goal.min"), 0)):(smaller(column("of_goal.max"), 1.15 * most)) \
		with xerrorbars pt 0 lw 1.2 lc rgb "#222222"
set output
