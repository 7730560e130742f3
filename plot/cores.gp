# cores.gp - the load of each core over time, while one thing after the other runs: a row for each
# core, darker where it works.  The input is a file of bench/published/common.sh's `loads`.
here = ARG0[:strlen(ARG0) - strlen("cores.gp")]
load here."look.gp"

cores = 0
end = 0.0
stats input using (cores = larger(cores, column("core") + 1), end = larger(end, column("end_s")), 1) nooutput
if (cores == 0) {
	print "plot: no samples in the file"
	exit status 1
}

# Each phase from its first sample to its last: "name begin end", by turns.
phases = ""
begins = ""
ends = ""
last = ""
stats input using (phase = stringcolumn("phase"), \
                   new = phase ne last, last = phase, \
                   ends = new && strlen(phases) ? ends.sprintf("%g ", until) : ends, \
                   phases = new ? phases.phase." " : phases, \
                   begins = new ? begins.sprintf("%g ", column("begin_s")) : begins, \
                   until = column("end_s"), 1) nooutput
ends = ends.sprintf("%g ", until)

width = 900
height = 200 + larger(60, smaller(30 * cores, 900))
if (output[strlen(output) - 3:] eq ".png") {
	set terminal pngcairo size width, height background "white" font "DejaVu Sans,10"
} else {
	set terminal svg size width, height background "white" font "DejaVu Sans,sans-serif,12"
}
set output output
set tmargin 5
set title "{/:Bold Load that gilsim puts on each core}" offset 0, 1.2
set border 3 lc rgb "#555555"
set tics nomirror textcolor rgb "#222222"
set xlabel "time (s)"
set ylabel "core"
set xrange [0:end]
set yrange [cores - 0.5:-0.5]
if (cores <= 16) { set ytics 1 }
set cbrange [0:100]
set cblabel "load (%)"
set palette defined (0 "#f4f4f4", 100 nth_of(colours, 1))
unset key
do for [k = 1:words(phases)] {
	set label word(phases, k) at (real(word(begins, k)) + real(word(ends, k))) / 2, graph 1 \
		center offset 0, 0.6 textcolor rgb "#222222"
	set arrow from real(word(begins, k)), graph 0 to real(word(begins, k)), graph 1.04 nohead lw 1 dt 3 \
		lc rgb "#555555" front
}
plot input using ((column("begin_s") + column("end_s")) / 2):(column("core")):(column("begin_s")): \
	(column("end_s")):(column("core") - 0.42):(column("core") + 0.42):(100 * column("load")) \
	with boxxyerror fillstyle solid noborder linecolor palette
set output
