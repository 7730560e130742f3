# speedup.gp - speed-up over one thread, with its confidence interval and the 1:1 line.
here = ARG0[:strlen(ARG0) - strlen("speedup.gp")]
load here."common.gp"

title = "Speed-up over one thread of the same series"
ylabel(p) = "speed-up"
middle(x) = column("speedup")
low(x) = column("speedup_ci95.lo")
high(x) = column("speedup_ci95.hi")
published(x) = column("alone_s") / column("wall_s")
decades = 0
doubles = 1

ideals = 0
ideal_text = "ideal, 1:1"
ideal(s, p, n) = n

fits = 1
fitted(s, p, n) = throughput(s, p, n) * of_cell(alone, s, p)

load here."panels.gp"
