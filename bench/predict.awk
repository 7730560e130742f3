# predict.awk - the table of bench/predict, a line for each line of input.  The first field says
# what a line is; predict.jq writes them.
# Set     tolerance, in percent; red, "yes" where what is beyond it is to be red.

$1 == "heads" {
	printf "%-24s %-16s %7s   %-30s %-30s %9s\n", "", "", "threads", "measured, median [range]",
		"predicted, median [range]", "error"
}

$1 == "cell" {
	printf "%-24s %-16s %7s   %-30s %-30s %s\n", $2, $3, $4, side(5), side(8),
		percent($11, 9, "%+.1f %%")
}

$1 == "averages" {
	printf "%-24s", "mean absolute error"
	for (i = 2; i <= NF; i++)
		printf "%10s", $i
	printf "\n"
}

$1 == "average" {
	printf "%-24s", $2
	for (i = 3; i < NF; i++)
		printf "%s", percent($i, 10, $i < 1000 ? "%.1f %%" : "%.0f %%")
	printf "%s\n", $NF == "true" ? "  at most " tolerance " %" : ""
}

function percent(x, width, format,    text) {
	text = sprintf("%" width "s", x == "" ? "-" : sprintf(format, x))
	return red && (x > tolerance + 0 || -x > tolerance + 0) ? "\033[31m" text "\033[0m" : text
}

function side(i) {
	return $i == "" ? "-" : duration($i) " [" duration($(i + 1)) " .. " duration($(i + 2)) "]"
}

function duration(ns) {
	return ns >= 1e9 ? digits(ns / 1e9) " s" : ns >= 1e6 ? digits(ns / 1e6) " ms" : digits(ns / 1e3) " us"
}

function digits(x) {
	return sprintf(x >= 100 ? "%.0f" : x >= 10 ? "%.1f" : "%.2f", x)
}
