package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
)

// An owner is reminded a week before an intent ends, and once more a day before. Access that
// was opened within the last day was meant to be short: nobody is reminded of that.
const (
	firstReminder = 7 * 24 * time.Hour
	lastReminder  = 24 * time.Hour
	shortLived    = 24 * time.Hour
)

// endingFindings remind of intents that end soon.
func (p *planner) endingFindings() {
	for _, j := range p.Judgements {
		i := j.Intent
		if !j.Satisfied || i.ExpiresAt.IsZero() || i.ExpiresAt.Sub(p.Now) > firstReminder || !p.openSince(j, p.Now.Add(-shortLived)) {
			continue
		}
		p.findings = append(p.findings, p.ending(i))
	}
}

func (p *planner) ending(i intent.Intent) finding.Finding {
	f := p.intentFinding(finding.IntentEnds, i)
	when := "within a week"
	if i.ExpiresAt.Sub(p.Now) <= lastReminder {
		f.Severity, when = finding.Medium, "within a day"
	}
	sources := make([]string, 0, len(i.Sources))
	for _, s := range i.Sources {
		sources = append(sources, s.String())
	}
	f.Title = fmt.Sprintf("intent %s of %s ends %s, at %s", i.Name, intent.ShortName(i.Cluster), when, i.ExpiresAt.UTC().Format("2006-01-02 15:04 MST"))
	f.Detail = fmt.Sprintf("access from %s closes then", strings.Join(sources, ", "))
	if i.Reason != "" {
		f.Detail += "; it was declared for: " + i.Reason
	}
	f.Fix = "where it is needed longer, give it a later expiresAt (cachegate intents apply); else there is nothing to do"
	return f
}

// openSince says whether cachegate put something in place for an intent before a time. What
// others put there stays when the intent ends.
func (p *planner) openSince(j access.Judgement, at time.Time) bool {
	for _, v := range p.claims {
		holds := slices.ContainsFunc(v.Holders, func(h change.Holder) bool { return h.Unit == p.Unit && h.Intent == j.Key() })
		if holds && !v.Created.After(at) {
			return true
		}
	}
	return false
}
