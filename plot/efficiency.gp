# efficiency.gp - speed-up divided by the number of threads: 1 is a machine well used.
here = ARG0[:strlen(ARG0) - strlen("efficiency.gp")]
load here."common.gp"

title = "Parallel efficiency: speed-up over one thread / threads"
ylabel(p) = "efficiency"
middle(x) = column("efficiency")
low(x) = column("speedup_ci95.lo") / column("threads")
high(x) = column("speedup_ci95.hi") / column("threads")
published(x) = column("alone_s") / column("wall_s") / column("threads")
set yrange [0:1.1<*]
decades = 0
doubles = 0

ideals = 0
ideal_text = "ideal, 1"
ideal(s, p, n) = 1

fits = 1
fitted(s, p, n) = throughput(s, p, n) * of_cell(alone, s, p) / n

load here."panels.gp"
