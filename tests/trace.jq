# trace.jq - what must hold of any trace that gilsim writes: an object with "ok", or "why" not.
# The rules are those of Perfetto's JSON importer, and the lock's own.

# Spans in the order of their begin, to the ns: a breach is two that overlap.
def ns: . * 1000 | round;
def overlaps: sort_by(.ts, .dur) as $s
	| any(range(1; $s | length); ($s[. - 1] | (.ts + .dur) | ns) > ($s[.].ts | ns));

(.otherData.threads | map({key: (.tid | tostring), value: .lock}) | from_entries) as $lock_of
| .traceEvents as $events
| [$events[] | select(.ph != "M")] as $timed
| [$timed[] | select(.ph == "X")] as $spans
# Arrows begin in the last ns of a hold, and end at the first of another.
| ([$spans[] | select(.cat == "lock held")]) as $held
| ($held | map({key: "\(.tid) \(.ts | ns)", value: true}) | from_entries) as $held_from
| ($held | map({key: "\(.tid) \((.ts + .dur) | ns)", value: true}) | from_entries) as $held_until
| [
	if .displayTimeUnit != "ns" or .otherData.schema != "gilsim-trace/1" then "its head" else empty end,
	if [$events[] | .ph] - ["M", "X", "i", "s", "f"] != [] then "an unknown kind of event" else empty end,
	if any($timed[]; .ts < 0 or (.pid | not) or .tid == null or (.name | not)) then "an event without its place" else empty end,
	if any($spans[]; .dur < 0) then "a negative length" else empty end,
	if [$timed[].ts] != ([$timed[].ts] | sort) then "events out of order" else empty end,
	if any($timed[]; .ph == "i" and .s != "t") then "an instant without its scope" else empty end,
	($spans | group_by(.pid, .tid)[] | select(overlaps) | "spans of \(.[0].pid), \(.[0].tid) overlap"),
	($spans | map(select(.pid == 1 and .cat == "lock held" and $lock_of[.tid | tostring] != null))
		| group_by($lock_of[.tid | tostring])[] | select(overlaps) | "two hold lock \($lock_of[.[0].tid | tostring])"),
	([$timed[] | select(.ph == "s" or .ph == "f")] | group_by(.id)[]
		| select(map(.ph) != ["s", "f"] or .[0].tid == .[1].tid) | "flow \(.[0].id) lacks an end"),
	($timed[] | select(.ph == "s" and ($held_until["\(.tid) \(.ts | ns + 1)"] | not)
			or .ph == "f" and ($held_from["\(.tid) \(.ts | ns)"] | not))
		| "flow \(.id) ends outside of a span"),
	([$events[] | select(.ph == "M" and .name == "thread_name") | [.pid, .tid]] as $named
		| [$timed[] | select(.pid != 2) | [.pid, .tid]] | unique - $named
		| if . != [] then "threads without a name" else empty end)
  ]
| {ok: (. == []), why: .[:3]}
