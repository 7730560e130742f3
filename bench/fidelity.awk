# fidelity.awk - the rows of one experiment: to stdout as a table, and appended to csv.
#
# Input   bench/fidelity.targets, then a line for each value: setting, unit, Python, side (real,
#         gilsim, or failed, with the reason as value).  Without input: the heads of both.
# Set     experiment; models, "PYTHON GIL PACE;" each; csv, a file name.
BEGIN {
	FS = "\t"
	count = split(models, list, ";")
	for (i = 1; i < count; i++) {
		split(list[i], part, " ")
		pythons[i] = part[1]
		gil[part[1]] = part[2]
		pace[part[1]] = part[3]
	}
}

FILENAME ~ /\.targets$/ {
	if ($0 !~ /^#/ && $1 == experiment) {
		targets_n++
		setting_of[targets_n] = $2
		python_of[targets_n] = $3
		target_of[targets_n] = $4
	}
	next
}

$4 == "failed" {
	if (!seen[$3, $5]++)
		failures[++failures_n] = $3 FS $5
	next
}

{
	if (!($1 in unit)) {
		settings[++settings_n] = $1
		unit[$1] = $2
	}
	has[$1, $3] = 1
	if ($5 != "")
		value[$1, $3, $4, ++n[$1, $3, $4]] = $5 + 0
}

END {
	if (experiment == "") {
		heads()
		exit
	}
	for (i = 1; i <= settings_n; i++)
		for (k = 1; k < count; k++)
			if ((settings[i], pythons[k]) in has)
				row(settings[i], pythons[k])
	for (i = 1; i <= failures_n; i++) {
		split(failures[i], part, FS)
		printf "%-8s %-34s %-9s failed: %s\n", experiment, "-", part[1], part[2]
		printf "%s,-,,%s,,,,,,,,,,,,%s\n", experiment, part[1], part[2] >>csv
	}
}

function heads() {
	printf "%-8s %-34s %-9s %-26s %-26s %9s  %s\n", "", "", "Python",
		"real, median [range]", "gilsim, median [range]", "error", "target"
	print "experiment,setting,unit,python,gil,pace,real_median,real_min,real_max," \
		"gilsim_median,gilsim_min,gilsim_max,error_percent,target,verdict,failure" >csv
}

function row(setting, python,    real, sim, error, target, verdict) {
	real = side(setting, python, "real")
	sim = side(setting, python, "gilsim")
	error = ""
	if (real != "" && sim != "" && real != 0 && experiment != "lost")
		error = sprintf("%.1f", (sim - real) / real * 100)
	target = target_for(setting, python)
	verdict = sim == "" || target == "" ? "" : judge(target, sim, error)

	printf "%-8s %-34s %-9s %-26s %-26s %9s  %-10s %s\n", experiment,
		setting (unit[setting] == "speed-up" ? "" : ", " unit[setting]), python,
		shown(setting, python, "real"), shown(setting, python, "gilsim"),
		error == "" ? "-" : sprintf("%+.1f %%", error), target == "" ? "-" : target,
		verdict == "" ? "-" : verdict
	printf "%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,\n", experiment, setting, unit[setting], python,
		gil[python], pace[python], columns(setting, python, "real"),
		columns(setting, python, "gilsim"), error "," target, verdict >>csv
}

# The median of a side, "" when there is none; sets low[] and high[], its range.
function side(setting, python, which,    key, count, i, k, v, sorted) {
	key = setting SUBSEP python SUBSEP which
	count = n[key]
	if (!count)
		return ""
	for (i = 1; i <= count; i++) {
		v = value[key, i]
		for (k = i; k > 1 && sorted[k - 1] > v; k--)
			sorted[k] = sorted[k - 1]
		sorted[k] = v
	}
	low[key] = sorted[1]
	high[key] = sorted[count]
	middle[key] = (sorted[int((count + 1) / 2)] + sorted[int(count / 2) + 1]) / 2
	return middle[key]
}

function shown(setting, python, which,    key) {
	key = setting SUBSEP python SUBSEP which
	return key in middle ? text(middle[key]) " [" text(low[key]) ".." text(high[key]) "]" : "-"
}

function columns(setting, python, which,    key) {
	key = setting SUBSEP python SUBSEP which
	return key in middle ? sprintf("%.6g,%.6g,%.6g", middle[key], low[key], high[key]) : ",,"
}

function text(x) {
	return sprintf(x >= 100 || x == 0 ? "%.0f" : x >= 10 ? "%.1f" : x >= 1 ? "%.2f" : "%.3f", x)
}

function target_for(setting, python,    i) {
	for (i = 1; i <= targets_n; i++)
		if (setting ~ "^" setting_of[i] "$" && python ~ "^" python_of[i] "$")
			return target_of[i]
	return ""
}

function judge(target, sim, error,    ends) {
	if (target ~ /%$/)
		return error != "" && error + 0 <= target + 0 && error + 0 >= -(target + 0) ? "ok" : "off"
	split(target, ends, "[.][.]")
	return sim >= ends[1] + 0 && (ends[2] == "" || sim <= ends[2] + 0) ? "ok" : "off"
}
