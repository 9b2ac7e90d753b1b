package ledger

import (
	"cmp"
	"slices"

	"github.com/cachegate/cachegate/shared/finding"
)

// WithNews gives the notices that are pending after a run found more: a finding once,
// in its latest words. One that was not sent yet is opened, however often
// it changed since; where it is resolved before anybody heard of it, that is said; and one that
// comes back before people heard that it was resolved has changed.
func WithNews(pending []Notice, found []finding.Finding) []Notice {
	byID := map[string]Notice{}
	for _, n := range pending {
		byID[n.Finding.ID] = n
	}
	for _, f := range found {
		before, waits := byID[f.ID]
		if waits && before.Finding.Status == finding.Opened && f.Status == finding.Changed {
			f.Status = finding.Opened
		}
		if waits && f.Status == finding.Resolved && before.Channels == 0 && (before.Finding.Status == finding.Opened || before.Finding.Unannounced) {
			f.Unannounced = true
		}
		if waits && before.Finding.Status == finding.Resolved && !before.Finding.Unannounced && before.Channels == 0 && f.Status == finding.Opened {
			f.Status = finding.Changed // people still take it for open
		}
		byID[f.ID] = Notice{Finding: f}
	}
	out := make([]Notice, 0, len(byID))
	for _, n := range byID {
		out = append(out, n)
	}
	return sortNotices(out)
}

// WithoutSent gives the notices that are pending after some were sent, of which some
// channels could not send all.
func WithoutSent(pending, sent, unsent []Notice) []Notice {
	gone := map[news]bool{}
	for _, n := range sent {
		gone[newsOf(n)] = true
	}
	kept := map[news]Notice{}
	for _, n := range unsent {
		kept[newsOf(n)] = n
	}
	out := make([]Notice, 0, len(pending))
	for _, n := range pending {
		rest, isKept := kept[newsOf(n)]
		switch {
		case !gone[newsOf(n)]:
			out = append(out, n)
		case isKept:
			out = append(out, Notice{Finding: n.Finding, Channels: rest.Channels})
		}
	}
	return sortNotices(out)
}

// news is what tells a notice from an earlier one of the same finding.
type news struct {
	id, title, detail, fix string
	status                 finding.Status
	severity               finding.Severity
}

func newsOf(n Notice) news {
	f := n.Finding
	return news{id: f.ID, title: f.Title, detail: f.Detail, fix: f.Fix, status: f.Status, severity: f.Severity}
}

func sortNotices(notices []Notice) []Notice {
	slices.SortFunc(notices, func(a, b Notice) int { return cmp.Compare(a.Finding.ID, b.Finding.ID) })
	return notices
}
