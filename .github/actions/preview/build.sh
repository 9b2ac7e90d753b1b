#!/usr/bin/env bash
# Gives the binary that the other steps run: the one that is named, else one that is built from the action's own source.
set -euo pipefail

if [[ -z $BINARY ]]; then
	if ! command -v go >/dev/null; then
		echo "::error::Go is needed to build cachegate: add actions/setup-go before this action, or name a binary"
		exit 1
	fi
	(cd "$SOURCE" && CGO_ENABLED=0 go build -trimpath -o "$OUTPUT" .)
	BINARY=$OUTPUT
fi
"$BINARY" version
echo "binary=$BINARY" >>"$GITHUB_OUTPUT"
