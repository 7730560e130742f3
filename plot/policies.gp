# policies.gp - what each lock policy makes of the same work, and how often it switches.
here = ARG0[:strlen(ARG0) - strlen("policies.gp")]
multiplied = 1
load here."common.gp"

title = "Lock policies: ".word(panels, 1)
# Two views of every row in place of a panel for each size.
panels = "wall".NBSP."time".NBSP."of".NBSP."the".NBSP."same".NBSP."work" \
    ." lock".NBSP."switches".NBSP."between".NBSP."threads"
in_panel(p) = 1
ylabel(p) = p == 1 ? "wall time (ms)" : "switches per second"
view(time, rate) = p == 1 ? time : rate
wall(name) = column(name) * divisor(0) / 1e6
# The first take of a lock counts as a switch, so a thread alone has one.
rate(x) = column("threads") > 1 ? column("gil_stats.switches") / column("wall_ns.median") * 1e9 : NaN
middle(x) = view(wall("wall_ns.median"), rate(0))
low(x) = view(wall("wall_ns.ci95.lo"), rate(0))
high(x) = view(wall("wall_ns.ci95.hi"), rate(0))
published(x) = NaN
decades = 1
doubles = 0

ideals = 0
ideal_text = ""
ideal(s, p, n) = NaN
fits = 0
fitted(s, p, n) = NaN

load here."panels.gp"
