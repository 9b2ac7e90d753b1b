package notify

import (
	"github.com/cachegate/cachegate/shared/ledger"
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
		if !ledger.Concerns(c, n.Finding) {
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
