package notify

import (
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
)

// changeSummary is what became of one change.
type changeSummary struct {
	Action   string `json:"action"`
	Resource string `json:"resource"`
	Outcome  string `json:"outcome"`
	Why      string `json:"why,omitempty"`
	Text     string `json:"text"`
	// opens says whether the change opens access.
	opens bool
}

// summaries are the changes of a run that were made, or not made, for a finding.
func summaries(n Note) []changeSummary {
	var out []changeSummary
	for _, c := range n.Changes {
		if !concerns(c, n.Finding) {
			continue
		}
		why, _ := cut(clean(c.Why), maxWhy)
		text, _ := cut(clean(c.Story()), maxWhy)
		out = append(out, changeSummary{
			Action: string(c.Action), Resource: name(c.Resource), Outcome: string(c.Outcome), Why: why, Text: text, opens: c.Opens(),
		})
	}
	return out
}

// concerns says whether a change is for the intent of a finding, or about the rule
// or route that the finding's id names.
func concerns(c change.Change, f finding.Finding) bool {
	if f.Intent != "" && slices.Contains(c.Intents, intent.Key{Cluster: f.Cluster, Name: f.Intent}) {
		return true
	}
	names := func(what string) bool { return what != "" && strings.Contains(f.ID+"|", "|"+what+"|") }
	return names(c.Rule.ID) || names(change.ContestKey(c)) || names(c.Requirement.String())
}
