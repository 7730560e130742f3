#!/bin/bash
# mutate.sh SOURCE OUTPUT FROM TO - a copy of a source with one thing broken on purpose: the line
# FROM, which stands in it exactly once, becomes TO.  When the source changes so that it does not,
# the build fails.
set -eu
source=$1 output=$2 from=$3 to=$4
n=$(grep -cxF -- "$from" "$source") || true
if [ "$n" != 1 ]; then
	echo "mutate.sh: $source: the line '$from' stands there $n times, must be once" >&2
	exit 1
fi
FROM=$from TO=$to awk '{ print $0 == ENVIRON["FROM"] ? ENVIRON["TO"] : $0 }' "$source" >"$output"
