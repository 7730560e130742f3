# common.gp - what the figures of sweeps share: what a result file holds.
#
# Set before  here, this folder; input, a CSV result file; output, the picture, *.svg or *.png.
# Gives       series and panels, lists of names in the file's order; in_series(), in_panel().
# A series is a mode, an engine, a policy and a world; a panel is a workload and its size.
# Columns are read by name, and nothing else is known about a sweep beforehand.

load here."look.gp"

field(column) = word(stringcolumn(column), 1)        # an absent field reads as blanks
part(prefix, text) = strlen(text) ? prefix.NBSP.text : ""

# Work that was divided, for a policy too slow for the whole, is a panel of its own; or, in
# a figure that sets multiplied, beside the whole, its time multiplied and its name saying so.
if (!exists("multiplied")) { multiplied = 0 }
divisor(x) = multiplied && column("work_divisor") > 1 ? column("work_divisor") : 1
divided(x) = divisor(x) > 1 ? sprintf(",%stime×%d", NBSP, divisor(x)) : ""

ms(ns) = ns == ns ? sprintf(",%s%g%sms", NBSP, ns / 1e6, NBSP) : ""
knobs(x) = ms(column("interval_ns")).part(",", field("ticks")).(strlen(field("ticks")) ? NBSP."ticks" : "")
# Older files know less.
in_file(name) = int(system("head -1 '".input."' | tr , '\n' | grep -cx ".name))
has_worlds = in_file("seed")
seed(x) = has_worlds ? field("seed") : ""
cost(x) = has_worlds ? field("cost") : ""
machine(x) = field("cores").(field("world") eq "virtual" ? NBSP."virtual" : "").NBSP."cores"

# What else tells series apart, where the file has it.
unset_text(name) = field("world") eq "virtual" ? "" : name eq "bind" ? "none" : name eq "counted" ? "off" : ""
own(name) = strlen(field(name)) ? field(name) : unset_text(name)
others = ""
do for [name in "pace bind counted updates_per_call chunks payload pool"] {
	if (!in_file(name)) { continue }
	seen = ""
	stats input using (seen = strlen(own(name)) ? with_name(seen, own(name)) : seen, 1) nooutput
	if (words(seen) > 1) { others = with_name(others, name) }
}
spoken(name) = name eq "counted" ? "counters" : name eq "updates_per_call" ? "updates".NBSP."a".NBSP."call" : name
other(i) = i > words(others) ? "" \
	: part(",".NBSP.spoken(word(others, i)), own(word(others, i))).other(i + 1)

policies = ""
settings = ""
accountings = ""
machines = ""
seeds = ""
costs = ""
has_real_rows = 0
reaches = 0                                          # whether a row has an interval
stats input using (policies = with_name(policies, field("gil")."."), \
                   settings = with_name(settings, field("gil").".".knobs(0)), \
                   accountings = with_name(accountings, field("accounting")."."), \
                   machines = with_name(machines, machine(0)), \
                   seeds = strlen(seed(0)) ? with_name(seeds, seed(0)) : seeds, \
                   costs = strlen(cost(0)) ? with_name(costs, cost(0)) : costs, \
                   has_real_rows = has_real_rows || field("world") ne "virtual", \
                   reaches = reaches || column("wall_ns.ci95.lo") > 0, \
                   1) nooutput
tuned = words(settings) > words(policies)            # one policy with several settings

# In a figure that sets engines_apart each form has panels of its own.
if (!exists("engines_apart")) { engines_apart = 0 }
engine(x) = ",".NBSP.field("engine")
series_name(x) = field("mode").(engines_apart ? "" : engine(0)).part(",", field("gil")) \
    .(tuned ? knobs(0) : "").divided(0).other(1) \
    .(words(accountings) > 1 ? part(",".NBSP."accounting", field("accounting")) : "") \
    .(words(machines) > 1 ? ",".NBSP.machine(0) : "") \
    .(words(seeds) > 1 ? part(",".NBSP."seed", seed(0)) : "") \
    .(words(costs) > 1 ? part(",".NBSP."costs", cost(0)) : "")
panel_name(x) = field("workload").(engines_apart ? engine(0) : "").part(",".NBSP."size", field("size")) \
    .part(",".NBSP."iterations", field("iterations")).part(",".NBSP."tasks", field("tasks")) \
    .(field("scaling") eq "weak" ? ",".NBSP."weak".NBSP."scaling" : "")

series = ""
panels = ""
threads_max = 1
cores = 0
reps_min = 1e9
reps_max = 0
divisor_max = 1
stats input using (series = with_name(series, series_name(0)), \
                   panels = with_name(panels, panel_name(0)), \
                   threads_max = larger(threads_max, column("threads")), \
                   cores = larger(cores, column("cores")), \
                   reps_min = smaller(reps_min, column("reps")), \
                   reps_max = larger(reps_max, column("reps")), \
                   divisor_max = larger(divisor_max, divisor(0)), 1) nooutput
if (words(series) == 0) {
	print "plot: no results in the file"
	exit status 1
}

in_series(s) = series_name(0) eq word(series, s)
in_panel(p) = panel_name(0) eq word(panels, p)
repeats = reps_min == reps_max ? sprintf("%d", reps_max) : sprintf("%d to %d", reps_min, reps_max)
if (words(machines) > 1) { cores = 0 }                # each series says on how many
core_count = sprintf("%d%s core%s", cores, strstrt(machines, "virtual") ? " virtual" : "", cores == 1 ? "" : "s")
measured = sprintf("median of %s repeats%s", repeats, reaches == 0 ? "" \
	: ", bands and bars are 95 % confidence intervals") \
    .(cores > 0 ? "; ".core_count : "") \
    .(words(costs) == 1 ? ", costs of ".word(costs, 1) : "") \
    .(divisor_max > 1 ? sprintf("; time×%d: 1/%d of the work run", divisor_max, divisor_max) : "")

# Of each series in each panel: the seconds of one thread, the Universal Scalability Law that
# its rows carry, and the threads that the law says are best.  "NaN" where there is none.
has_law = int(system("awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == \"usl.lambda\") law = i; next } \
	law && $law { n++ } END { print n + 0 }' '".input."'")) > 0
alone = ""
lambdas = ""
sigmas = ""
kappas = ""
bests = ""
do for [p = 1:words(panels)] {
	do for [s = 1:words(series)] {
		t1 = NaN
		lambda = NaN
		sigma = NaN
		kappa = NaN
		best = NaN
		stats input using (in_series(s) && in_panel(p) && column("threads") == 1 \
			? (t1 = column("wall_ns.median") / 1e9, 1) : 1) nooutput
		if (has_law) {
			stats input using (in_series(s) && in_panel(p) \
				? (lambda = column("usl.lambda"), sigma = column("usl.sigma"), \
				   kappa = column("usl.kappa"), best = column("usl.best_threads"), 1) : 1) nooutput
		}
		alone = alone.sprintf("%g ", t1)
		lambdas = lambdas.sprintf("%g ", lambda)
		sigmas = sigmas.sprintf("%g ", sigma)
		kappas = kappas.sprintf("%g ", kappa)
		bests = bests.sprintf("%g ", best)
	}
}
of_cell(list, s, p) = real(word(list, (p - 1) * words(series) + s))
throughput(s, p, n) = of_cell(lambdas, s, p) * n \
	/ (1 + of_cell(sigmas, s, p) * (n - 1) + of_cell(kappas, s, p) * n * (n - 1))
weak(p) = strstrt(word(panels, p), "weak") > 0

do for [s = 1:words(series)] {
	set linetype s lw 2 lc rgb nth_of(colours, s) pt int(nth_of(shapes, s)) dt int(nth_of(dashes, s))
}
