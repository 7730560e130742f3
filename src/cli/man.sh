#!/bin/bash
# man.sh GILSIM - the manual page, made of what gilsim --help says.
set -euo pipefail

"$1" --help | awk -v version="$("$1" --version | awk 'NR == 1 { print $2 }' | tr -d ,)" '
	# A line that begins with a dot or a quote would be a request.
	function escaped(text) {
		gsub(/\\/, "\\e", text)
		return text ~ /^[.'"'"']/ ? "\\&" text : text
	}

	# "--pool[=LIST]", "--mode=LIST" or "-?, --help": flags, and what they take.
	function option(names,    k, n, part, text, optional) {
		n = split(names, part, ", ")
		for (k = 1; k <= n; k++) {
			optional = sub(/\[=/, "=", part[k]) && sub(/\]$/, "", part[k])
			sub(/^-/, "", part[k])
			if (part[k] ~ /=/)
				sub(/=/, (optional ? " Ns Op = Ns Ar " : " Ns = Ns Ar "), part[k])
			text = text (k > 1 ? " , " : "") "Fl " (part[k] == "?" ? "\\&?" : part[k])
		}
		return text
	}

	function section(title) {
		if (is_list) print ".El"
		if (is_literal) print ".Ed"
		is_list = is_literal = 0
		print title
	}

	BEGIN {
		print ".Dd November 21, 2026\n.Dt GILSIM 1\n.Os gilsim " version
		print ".Sh NAME\n.Nm gilsim\n.Nd what a Global Interpreter Lock costs\n.Sh SYNOPSIS"
		print ".Nm\n.Op Ar command\n.Op Ar option ...\n.Sh DESCRIPTION"
	}
	/^Usage: / { next }
	/^ [A-Z].*:$/ {
		sub(/:$/, "")
		section(was_option++ ? "" : ".Sh OPTIONS")
		print ".Ss " substr($0, 2)
		print ".Bl -tag -width Ds"
		is_list = 1
		next
	}
	/^(  -|      --)/ {
		split($0, part, /  +/)
		print ".It " option(part[2])
		text = $0
		sub(/^ +[^ ]+(, [^ ]+)?(  +|$)/, "", text)
		if (text != "") print escaped(text)
		next
	}
	/^Examples:$/ { section(".Sh EXAMPLES\n.Bd -literal"); is_literal = 1; next }
	/^Other commands/ { section(".Sh COMMANDS"); print; print ".Bd -literal"; is_literal = 1; next }
	/^Exit status: / { section(".Sh EXIT STATUS"); sub(/^Exit status: /, "") }
	/^$/ { next }
	is_literal { gsub(/-/, "\\-"); print; next }
	{ sub(/^ +/, ""); print escaped($0) }
' | sed '/^$/d'
