#!/usr/bin/env bash
# Checks the intents file by itself. What is wrong stands at its line in the pull request.
set -euo pipefail

if problems=$("$CACHEGATE" intents validate "$INTENTS" 2>&1); then
	echo "$problems"
	exit 0
fi
while IFS= read -r line; do
	if [[ $line =~ ^([^:]+):([0-9]+):\ (.*)$ ]]; then
		# A message ends at the end of the line, and % begins an escape.
		message=${BASH_REMATCH[3]//'%'/%25}
		echo "::error file=${BASH_REMATCH[1]},line=${BASH_REMATCH[2]}::$message"
	else
		printf '%s\n' "${line/#::/ ::}"
	fi
done <<<"$problems"
exit 2
