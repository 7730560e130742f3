#!/bin/bash
# valgrind - a program under memcheck, in the same process: $UNDER_VALGRIND, or else the first argument.
# What is wrong with each of its processes is in a file of its own in $VALGRIND_LOGS, or else on stderr.
# Usage: valgrind.sh ARGUMENT...
#
# Whoever goes on to another fiber of the virtual world moves the stack pointer by the 68 KiB that
# nobody may write (src/world/fiber.c), or more: that is another stack, and no frame of a function.
export HWLOC_COMPONENTS=-x86 # which would say that it cannot work here
log=()
[ -z "${VALGRIND_LOGS-}" ] || log=(--log-file="$VALGRIND_LOGS/%p")
exec valgrind --quiet --error-exitcode=99 --vgdb=no --fair-sched=try --max-stackframe=65536 \
	--keep-debuginfo=yes --leak-check=full --show-leak-kinds=definite \
	--errors-for-leak-kinds=definite --suppressions="$(dirname "$0")/valgrind.supp" "${log[@]}" \
	${UNDER_VALGRIND:+"$UNDER_VALGRIND"} "$@"
