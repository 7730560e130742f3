# peers.jq - what bench/peers makes of its samples.  $samples has a line for each go of a figure:
# its name, ns, what came out, and why there is no figure, between tabs.

# gilsim's figure, $units of them, and what came out: the least time, or of two settings the difference.
def figure_by($units; samples): [.results[] | samples | min] as [$first, $second]
	| "\((if $second then $second - $first else $first end) / $units) \(.results[-1].checksum)";
def figure_by_wall($units): figure_by($units; .wall_ns.samples);
def figure_by_cpu($units): figure_by($units; [.user_ns.samples, .sys_ns.samples] | transpose | map(add));

def median: sort | (.[(length - 1) / 2 | floor] + .[length / 2 | floor]) / 2;

# Text in C's %a or in decimals as a number.
def number: (capture("^0x(?<whole>[01])\\.?(?<digits>[0-9a-f]*)p(?<power>.*)$") // null) as $hex
	| if $hex then
		(reduce ($hex.digits | explode | reverse[]) as $digit (0;
			(. + $digit - (if $digit >= 97 then 87 else 48 end)) / 16) + ($hex.whole | tonumber))
		* pow(2; $hex.power | ltrimstr("+") | tonumber)
	else tonumber end;

# What came out of both sides; a side that gives ten digits is compared to as many.
def same($ours; $peer): if $ours == null or $peer == null then null
	elif $ours == $peer then true
	elif [$ours, $peer] | any(test("e[-+]")) then
		($peer | number) as $right | (($ours | number) - $right | fabs) <= 1e-9 * ($right | fabs)
	else false end;

def figure($name): [$samples | split("\n")[] | split("\t") | select(.[0] == $name)]
	| [.[] | select(.[1] != "" and .[1] != null) | .[1] | tonumber] as $ns
	| {figure: $name,
	   ns: (if $ns == [] then {median: null, min: null, max: null}
		else $ns | {median: median, min: min, max: max} end),
	   result: ([.[][2] | select(. != "" and . != null)] | unique | if . == [] then null else join(" or ") end),
	   why: [.[][3] | select(. != "" and . != null)][0]};

# The part of what the goal allows: up to 1 it is met.
def of_goal($goal; $ours; $peer): ($goal | split(" ")) as [$how, $value] | ($value // "0" | tonumber) as $value
	| if $how == "<=" then $ours / $peer / $value
	elif $how == ">=" then $value / ($ours / $peer)
	elif $how == "+" then ($ours - $peer) / $value
	else null end;

# That of the medians, and what the ranges of both sides leave open.
def judged: .goal as $goal | .ours.ns as $ours | .peer.ns as $peer
	| {median: of_goal($goal; $ours.median; $peer.median)}
		+ ([of_goal($goal; $ours.min; $peer.max), of_goal($goal; $ours.max; $peer.min)] | {min: min, max: max});

# A row of peers.rows, measured.
def row: split("|") as [$name, $unit, $ours, $peer, $goal]
	| {name: $name, unit: $unit, ours: figure($ours), peer: figure($peer), goal: $goal}
	| .same = same(.ours.result; .peer.result)
	| .why = (.ours.why // .peer.why //
		(if .same == false then "failed: \(.ours.result), but \(.peer.result)" else null end))
	| .ratio = (if .why == null then .ours.ns.median / .peer.ns.median else null end)
	| .of_goal = (if .why == null then judged else {median: null, min: null, max: null} end)
	| .met = (if .of_goal.median == null then null else .of_goal.median <= 1 end);

def about: {schema: "gilsim-peers/1", gilsim, host: (.host | .load_1min = $load)};
def document: $about[0] + {rounds: $rounds, rows: .};
def nothing_failed: all(.rows[]; .why == null or (.why | startswith("failed: ") | not));

# Three digits; of a duration, in the unit that is best for $like.
def digits: if . >= 100 then round elif . >= 10 then . * 10 | round / 10
	elif . >= 1 then . * 100 | round / 100 else . * 1000 | round / 1000 end | tostring;
def unit($like): if $like >= 1e6 then [1e6, "ms"] elif $like >= 1e3 then [1e3, "us"] else [1, "ns"] end;
def duration: . as $ns | unit($ns) as [$scale, $name] | "\($ns / $scale | digits) \($name)";
def side: .ns | if .median == null then "-"
	else unit(.median) as [$scale, $name]
		| "\(.median / $scale | digits) \($name) [\(.min / $scale | digits) .. \(.max / $scale | digits)]" end;
def verdict: if .met == null then "" elif .met then "met" else "missed" end;

# The ratio, or the difference where that is what the goal is about; and the goal.
def compared: if .ratio == null then "-"
	elif .goal | startswith("+") then .ours.ns.median - .peer.ns.median | if . < 0 then "-\(-. | duration)" else "+\(duration)" end
	else "\(.ratio | digits) x" end;
def aim: split(" ") as [$how, $value]
	| if $how == "+" then "<= +\($value | tonumber | duration)" elif $how == "-" then "-" else "\(.) x" end;

def left($n): . + " " * ($n - length);
def right($n): " " * ($n - length) + .;
def line($fields): ($fields[0] | left(48)) + ($fields[1] | left(28)) + ($fields[2] | left(28))
	+ ($fields[3] | right(9)) + "  " + ($fields[4] | left(13)) + $fields[5] | sub(" +$"; "");
def heads: line(["", "gilsim, median [range]", "peer, median [range]", "", "goal", ""]);
def table_line: line(["\(.name) (\(.unit))", (.ours | side), (.peer | side), compared, (.goal | aim), .why // verdict]);

def any_goal: any(.rows[]; .met != null);

def said_about: "\(.host.cpu), \(.host.cores_allowed) cores, \(.host.kernel), \(.host.time); "
	+ "gilsim \(.gilsim.version), \(.gilsim.compiler), load \(.host.load_1min)";

def csv_lines: ["row", "unit", "goal", ("ours_ns", "peer_ns" | "\(.).median", "\(.).min", "\(.).max"),
	"ratio", ("of_goal" | "\(.).median", "\(.).min", "\(.).max"), "met", "why", "cpu", "time"],
	(.host as $host | .rows[] | [.name, .unit, .goal, .ours.ns[], .peer.ns[], .ratio, .of_goal[], .met, .why, $host.cpu, $host.time])
	| @csv;

def markdown: "# gilsim beside its peers", "",
	"Made by `bench/peers`: \(said_about); \(.rounds) turns each.",
	"[docs/performance.md](../docs/performance.md) says what is compared, and how to read it.", "",
	"| row | unit | gilsim: median [range] | peer: median [range] | ratio | goal | |", "|---|---|---|---|---|---|---|",
	(.rows[] | "| \(.name) | \(.unit) | \(.ours | side) | \(.peer | side) | \(compared) | \(.goal | aim) | \(.why // verdict) |");
