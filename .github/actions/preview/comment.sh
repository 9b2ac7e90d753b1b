#!/usr/bin/env bash
# Keeps one comment with the plan on the pull request: it is changed where it is there already.
set -euo pipefail

# What GitHub takes in a comment; the plan in full is in the summary of the job.
readonly MOST=60000
body=$(head -c "$MOST" "$PLAN")
if (($(wc -c <"$PLAN") > MOST)); then
	body+=$'\n\n</details>\n\nThe rest is in the summary of the job.'
fi
marker=$(head -n 1 "$PLAN")
known=$(gh api --paginate "repos/$REPOSITORY/issues/$NUMBER/comments" --jq ".[] | select(.body | startswith(\"$marker\")) | .id" | head -n 1)
if [[ -n $known ]]; then
	gh api --method PATCH "repos/$REPOSITORY/issues/comments/$known" --raw-field body="$body" >/dev/null
else
	gh api --method POST "repos/$REPOSITORY/issues/$NUMBER/comments" --raw-field body="$body" >/dev/null
fi
