#!/usr/bin/env bash
# Plans the intents and keeps the plan as Markdown. That something changes is no failure; that an item is wrong, or that it
# could not be planned, is.
set -euo pipefail

if [[ -n $WORLD ]]; then
	where=(--world "$WORLD")
else
	where=(--live)
	[[ -z $REGION ]] || where+=(--region "$REGION")
	if [[ -n $ACCOUNT ]]; then
		where+=(--account "$ACCOUNT")
	else
		where+=(--stack "$STACK")
	fi
fi

status=0
"$CACHEGATE" plan "${where[@]}" --intents "$INTENTS" --markdown >"$PLAN" 2>"$PLAN.errors" || status=$?
cat "$PLAN.errors" >&2
if [[ ! -s $PLAN ]]; then
	{
		echo '<!-- cachegate plan -->'
		echo '### cachegate: it could not be planned'
		echo
		sed 's/^/    /' "$PLAN.errors"
	} >"$PLAN"
fi
{
	echo "status=$status"
	echo "plan=$PLAN"
} >>"$GITHUB_OUTPUT"
cat "$PLAN" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
((status < 2)) || exit "$status"
