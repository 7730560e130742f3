# timeline.jq - traces to the rows that plot/timeline.gp reads: a panel for what the threads of a
# trace do, and, of the virtual world, one for its cores.  Used as jq -nrf on any number of files.
# A track is counted from 0; `to` is the other end of an arrow.  More arrows than 100 hide what is
# behind them: then there are none.

def tied: gsub(" "; "\u00a0");
def threads: if . == 1 then "1 thread" else "\(.) threads" end;
def title: .otherData as $o | $o.what
	| (.machine // .) as $on
	| (if .scenario then .scenario | sub(".*/"; "") else "\(.workload), \(.mode), \(.threads | threads)" end)
		+ " on \($on.cores) \(if $on.world == "virtual" then "virtual" else "real" end) cores"
	| gsub(", "; " · ");

def panels: (title) as $title
	| [{pid: 1, of: $title, names: [.otherData.threads[].name]}]
	+ if any(.traceEvents[]; .pid == 2 and .ph == "X")
		then [{pid: 2, of: "the cores meanwhile", names: [range(.otherData.what | .cores // .machine.cores) | "core \(.)"]}]
		else [] end;

["panel", "tracks", "track", "name", "to", "begin_ms", "end_ms", "kind"],
(foreach inputs as $trace ({n: 0, out: []};
	($trace | panels) as $panels | {n: (.n + ($panels | length)), out: [
		range($panels | length) as $p | $panels[$p] as $panel | (.n + $p) as $n
		| ($panel.names | length) as $tracks
		| (if $panel.pid == 1 then 1 else 0 end) as $first
		| ($panel.of | tied) as $of
		| (range($tracks) | ["\($n):\($of)", $tracks, ., ($panel.names[.] | tied), ., 0, 0, "name"]),
		  ($trace.traceEvents[] | select(.pid == $panel.pid and .ph == "X")
			| ["\($n):\($of)", $tracks, .tid - $first, "", .tid - $first, .ts / 1000, (.ts + .dur) / 1000,
				(if $panel.pid == 2 then "on a core" else .name end | tied)]),
		  ($trace.traceEvents[] | select(.pid == $panel.pid and .ph == "i" and .name == "drop request")
			| ["\($n):\($of)", $tracks, .tid - $first, "", .tid - $first, .ts / 1000, .ts / 1000, (.name | tied)]),
		  ([$trace.traceEvents[] | select(.pid == $panel.pid and (.ph == "s" or .ph == "f"))]
			| group_by(.id) | if length > 100 then empty else .[] end | ["\($n):\($of)", $tracks, .[0].tid - $first, "", .[1].tid - $first,
				.[0].ts / 1000, .[1].ts / 1000, "handover"])
	]};
	.out[]))
| @csv
