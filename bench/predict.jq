# predict.jq - what bench/predict reads from gilsim's answers, and makes of it.
# A sample is one run in one world; a cell is a setting with the samples of both; a group has the
# cells of one workload and engine, or of one kind of scenario.  Every figure is a duration in ns.

# What a prediction is held to.
def judged: . == "io" or . == "orders" or . == "convoy" or test("^(count|laplace-.*) ");

def samples_of_sweep: .results[]
	| {group: (if .workload == "io" then $group else "\($group) \(.engine)" end),
	   setting: .mode, threads, world, ns: .wall_ns.samples[]};

# The length of what the scenario is about; null where it did not happen.
def figure($group): if $group == "slices" then .threads[0].gil_stats.hold_ns.p50
	elif $group == "convoy" then .threads[] | select(.name == "io") | .rounds_per_s
		| if . > 0 then 1e9 / . else null end
	elif $group == "echo" then .threads[] | select(.name == "echo") | .latency_ns.p50
	else .wall_ns.median end;

def samples_of_scenario: {group: $group, setting: $setting, threads: ([.threads[].count] | add),
	world: (.world // "real"), ns: figure($group)};

# So short that a run of all lasts seconds; what is long in them are the calls of fib and the pings.
def shortened: .duration = "10ms"
	| .threads |= map(if .engine == "native" then .size = 100000 else . end
		| if .pings then .pings = 3 else . end);

def median: sort | (.[(length - 1) / 2 | floor] + .[length / 2 | floor]) / 2;
def side($world): map(select(.world == $world and .ns != null).ns)
	| if length > 0 then {median: median, min: min, max: max} else {median: null, min: null, max: null} end;

def cells: reduce .[] as $sample ({}; .[$sample | [.group, .setting, .threads] | tojson] += [$sample])
	| .[]
	| {group: .[0].group, setting: .[0].setting, threads: .[0].threads,
	   measured_ns: side("real"), predicted_ns: side("virtual")}
	| .error_percent = (if (.measured_ns.median // 0) > 0 and .predicted_ns.median != null
		then (.predicted_ns.median / .measured_ns.median - 1) * 1e5 | round / 1e3 else null end);

# Lines of the table: what kind of line, and its fields.
def cell_line: ["cell", .group, .setting, .threads, .measured_ns[], .predicted_ns[], .error_percent] | @tsv;

def mean_error: map(.error_percent | select(. != null) | fabs) | if length > 0 then add / length else null end;
def names(f): reduce (.[] | f) as $name ([]; if index($name) then . else . + [$name] end);

def about: {schema: "gilsim-predict/1", gilsim, host, cores: .results[0].cores, cost: .results[0].cost,
	cost_digest: .results[0].cost_digest, length: $length, reps: $reps};

def document: . as $cells | $about[0] + {
	tolerance_percent: $tolerance,
	mean_error_percent: mean_error,
	groups: [names(.group)[] as $group | $cells | map(select(.group == $group))
		| {name: $group, judged: ($about[0].length == "full" and ($group | judged)), mean_error_percent: mean_error,
		   bias_percent: (map(.error_percent | select(. != null)) | if length > 0 then add / length else null end),
		   settings: [names(.setting)[] as $setting | map(select(.setting == $setting))
			| {name: $setting, mean_error_percent: mean_error}]}],
	cells: $cells};

def within: .tolerance_percent as $most
	| all(.groups[] | select(.judged); .mean_error_percent != null and .mean_error_percent <= $most);

def lines: ["group", "setting", "threads", "judged",
	("measured", "predicted" | "\(.)_ns.median", "\(.)_ns.min", "\(.)_ns.max"), "error_percent"],
	(.cells[] | [.group, .setting, .threads, (.group | judged), .measured_ns[], .predicted_ns[], .error_percent])
	| @csv;

# The mean absolute error of each group by mode, of scenarios as a whole.
def modes: ["locked", "released", "process", "subinterp", "free", "async"];
def averages: ["averages", modes[], "all"],
	(.groups[] | . as $group
		| ["average", .name, (modes[] as $mode | [$group.settings[] | select(.name == $mode).mean_error_percent][0]),
		   .mean_error_percent, .judged]),
	["average", "all", (modes[] | ""), .mean_error_percent, false] | @tsv;
