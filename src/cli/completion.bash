# bash completion for gilsim: commands, options and their values, as gilsim itself names them.

# _gilsim_names COMMAND OPTION - the values that the option takes, if they have names: gilsim says so
# when it refuses none.  Should an option take that, the second one is refused: nothing is ever run.
_gilsim_names() {
	"$gilsim" "$1" "$2=" --no-such-option 2>&1 </dev/null |
		sed -nE "s/, or [0-9].*//; s/.*must be ([a-z0-9-]+((, | or )[a-z0-9-]+)+)$/\1/p" |
		sed -E 's/, | or /\n/g'
}

_gilsim_options() {
	"$gilsim" "$1" --help 2>/dev/null </dev/null |
		sed -nE 's/^(  -., |      )(--[a-z-]+)(\[?=)?.*/\2\3/p' | sed 's/\[=$//'
}

_gilsim_commands() {
	"$gilsim" no-such-command 2>&1 | sed -n 's/.*must be \(.*\), or an option/\1/p' | tr -d ,
}

# After an = bash completes what follows it alone, and a list from its last comma.
_gilsim_values() {
	local option=${1%%=*} value=${1#*=} before=
	case $value in *,*) before=${value%,*}, ;; esac
	mapfile -t COMPREPLY < <(compgen -P "$before" -W "$(_gilsim_names "$command" "$option")" -- "${value##*,}")
	[ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- "$value")
}

_gilsim() {
	local gilsim=$1 command=run word=${COMP_LINE:0:COMP_POINT}
	word=${word##*[[:space:]]}
	[ "$COMP_CWORD" = 1 ] || case ${COMP_WORDS[1]} in [a-z]*) command=${COMP_WORDS[1]} ;; esac
	case $word in
	-*=*) _gilsim_values "$word" ;;
	-*) mapfile -t COMPREPLY < <(compgen -W "$(_gilsim_options "$command")" -- "$word") ;;
	*)
		if [ "$COMP_CWORD" = 1 ]; then
			mapfile -t COMPREPLY < <(compgen -W "$(_gilsim_commands)" -- "$word")
		else
			mapfile -t COMPREPLY < <(compgen -f -- "$word")
		fi ;;
	esac
	# No blank behind what goes on.
	case ${COMPREPLY[0]-} in *=) compopt -o nospace 2>/dev/null ;; esac
}

complete -o filenames -F _gilsim gilsim
