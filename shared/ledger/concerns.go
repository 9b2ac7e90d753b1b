package ledger

import (
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
)

// Concerns says whether a change is for the intent of a finding, or about the rule
// or route that the finding's id names.
func Concerns(c change.Change, f finding.Finding) bool {
	if f.Intent != "" && slices.Contains(c.Intents, intent.Key{Cluster: f.Cluster, Name: f.Intent}) {
		return true
	}
	names := func(what string) bool { return what != "" && strings.Contains(f.ID+"|", "|"+what+"|") }
	return names(c.Rule.ID) || names(change.ContestKey(c)) || names(c.Requirement.String())
}
