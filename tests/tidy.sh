#!/bin/bash
# tidy - the style as a test: every claim below is checked over the whole tree, and each
# breach is one line.  Run from anywhere; the root may be given as the only argument.
set -u
cd "${1:-$(dirname "$0")/..}" || exit 1
breaches=0

breach() {
	echo "$*"
	breaches=$((breaches + 1))
}

sources=$(find src include tests docs -name '*.[ch]' -o -name '*.def' | sort)

# A floor includes only floors below it; kernel knows only base.
floor_of() {
	case $1 in
	base) echo 0 ;; world) echo 1 ;; gil) echo 2 ;; vm | kernel) echo 3 ;; workload) echo 4 ;;
	mode) echo 5 ;; measure) echo 6 ;; scenario) echo 7 ;; report) echo 8 ;; cli) echo 9 ;; *) echo none ;;
	esac
}
while IFS=: read -r file other; do
	own=${file#src/}
	own=${own%%/*}
	[ "$own" = "$other" ] && continue
	[ "$(floor_of "$other")" = none ] && breach "$file: includes unknown floor $other"
	[ "$(floor_of "$other")" -lt "$(floor_of "$own")" ] || breach "$file: includes $other, which is no lower floor"
	[ "$own" = kernel ] && [ "$other" != base ] && breach "$file: a kernel knows only base, not $other"
done < <(grep -oE '^#include "[a-z]+/' -r src | sed 's/#include "//; s/\/$//')

# Only the world's floor speaks to the system about threads, clocks and processes.
grep -nE '\b(pthread_[a-z]+|clock_gettime|SYS_futex|fork|waitpid|nanosleep) ?\(' -r src \
	--include='*.[ch]' | grep -v '^src/world/' | while read -r line; do echo "$line: belongs to src/world"; done |
	grep . && breaches=$((breaches + 1))

# Lines of at most 100 columns, files of at most 500 lines, functions of at most 70: the
# interpreter's loop is the one exception.
for file in $sources; do
	while read -r line; do breach "$line"; done < <(expand -t 8 "$file" | awk -v file="$file" '
		length($0) > 100 { print file ":" NR ": longer than 100 columns" }
		$0 == "{" { start = NR }
		$0 == "}" && start {
			if (NR - start > 71 && file != "src/vm/loop.h")
				print file ":" start ": function of " NR - start - 1 " lines"
			start = 0
		}
		/[ \t]$/ { print file ":" NR ": blanks at the end of the line" }
		END { if (NR > 500) print file ": " NR " lines" }')
done

# No file is dead: sources and programs are built, headers and lists included.
for file in $(find src tests -name '*.c' -o -name '*.gasm' | sort); do
	folder=${file%%/*}
	name=$(basename "$file" .c)
	grep -qE "['/]$name(\.c)?'" "$folder/meson.build" || breach "$file: is not built"
done
for file in $(find src include tests -name '*.h' -o -name '*.def'); do
	grep -qr "#include [\"<].*$(basename "$file")" src tests include || breach "$file: is never included"
done

# Links lead to files that are there, and, within a page of ours, to a heading.
anchor_of() {
	sed -nE 's/^#+ +//p' "$1" | tr '[:upper:]' '[:lower:]' | sed 's/[^a-z0-9_ -]//g; s/ /-/g'
}
while IFS=: read -r page link; do
	target=${link%%#*}
	file=$(dirname "$page")/$target
	[ -n "$target" ] || file=$page
	[ -e "$file" ] || breach "$page: link to $link: no such file"
	case $link in
	*.md#* | '#'*) [ ! -e "$file" ] || anchor_of "$file" | grep -qxF "${link#*#}" ||
		breach "$page: link to $link: no such heading" ;;
	esac
done < <(grep -oE '\]\([^) ]+\)' README.md docs/*.md docs/model/README.md results/README.md |
	sed -E 's/\]\(([^)]*)\)/\1/' | grep -vE ':(https?|mailto):')
# And commands name files that are there.
while IFS=: read -r page file; do
	[ -e "$file" ] || breach "$page: $file: no such file"
done < <(grep -oE '\b(bench|results|plot|tests)/[a-z0-9/-]+\.(json|sh|csv|jq|gp)\b' README.md docs/*.md docs/model/README.md)

# What is open is an issue, not a comment; nothing outside is leaned on.
grep -nE 'TODO|FIXME|XXX' -r src include tests bench plot docs README.md --exclude=tidy.sh && breaches=$((breaches + 1))

[ "$breaches" = 0 ] && echo "tidy"
exit $((breaches > 0))
