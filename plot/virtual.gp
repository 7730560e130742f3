# virtual.gp - what each mode gives over one thread that holds the lock, a panel for each form and
# size of the work: all lines of a panel are relative to the same time.
here = ARG0[:strlen(ARG0) - strlen("virtual.gp")]
engines_apart = 1
load here."common.gp"

title = "Speed-up over one thread that holds the lock"
ylabel(p) = p == 1 ? "speed-up" : ""
middle(x) = column("over_locked")
low(x) = column("over_locked_ci95.lo")
high(x) = column("over_locked_ci95.hi")
published(x) = NaN
least = 1.0                                          # all panels have one scale
stats input using (least = smaller(least, middle(0)), 1) nooutput
set yrange [0.8 * least:threads_max]
decades = 0
doubles = 1

ideals = 0
ideal_text = "ideal, 1:1"
ideal(s, p, n) = n
fits = 0
fitted(s, p, n) = NaN

load here."panels.gp"
