# shellcheck shell=bash
# pythons.sh - sourced by the scripts beside it that run in every Python here.

# Every interpreter there may be, a path each; some are links to one another.  pyenv's shims
# are slow and lead to its versions, or nowhere.
candidates() {
	local folder folders
	IFS=: read -ra folders <<<"$PATH"
	tr -s ': ' '\n' <<<"${PYTHONS-}"
	for folder in "${folders[@]}"; do
		[[ $folder != */.pyenv/shims ]] || continue
		compgen -G "$folder/python[23]*" | grep -E '/python(2\.7|3|3\.[0-9]+t?)$' || true
	done
	compgen -G "$HOME/.pyenv/versions/*/bin/python" || true
}
