package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
)

// closedAccess tells of access that a run closed because its intent went, ended or was
// withdrawn: nothing was wrong, and its owner hears of it. What was undeclared or declared
// closed has findings of its own, and so has a live intent.
func (p *pass) closedAccess() []finding.Finding {
	of := map[intent.Key][]change.Change{}
	for _, c := range slices.Concat(p.report.Changes, p.report.Recovered) {
		if c.Outcome != change.Applied || c.Opens() || !ends(c.Reason) {
			continue
		}
		for _, k := range c.Intents {
			if !slices.ContainsFunc(p.after.live, func(j access.Judgement) bool { return j.Key() == k }) {
				of[k] = append(of[k], c)
			}
		}
	}
	out := make([]finding.Finding, 0, len(of))
	for k, changes := range of {
		out = append(out, p.closedFor(k, changes))
	}
	slices.SortFunc(out, func(a, b finding.Finding) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// ends says whether a close is for the end of an intent.
func ends(r change.Reason) bool {
	switch r {
	case change.Expired, change.Withdrawn, change.ClusterDeleted, change.TooWide, change.Undone, change.TakenOut:
		return true
	default:
		return false
	}
}

func (p *pass) closedFor(k intent.Key, changes []change.Change) finding.Finding {
	f := finding.Finding{
		ID:   strings.Join([]string{string(finding.AccessClosed), p.unit.String(), "", k.Cluster, k.Name}, "|"),
		Kind: finding.AccessClosed, Status: finding.Resolved, Severity: finding.AccessClosed.Severity(), Unannounced: true,
		Unit: p.unit, Cluster: k.Cluster, Intent: k.Name, Since: p.Clock(),
	}
	for _, i := range p.before.declared.intents {
		if i.Key() == k {
			f.Owner = i.Owner
		}
	}
	var did []string
	for _, c := range changes {
		f.Owner = cmp.Or(f.Owner, intent.OwnerIn(c.Rule.Description))
		phrase := c.Phrase()
		did = append(did, phrase.Did+" "+phrase.Object)
	}
	f.Title = fmt.Sprintf("access of %s was closed: %s", k.Short(), strings.Join(did, "; "))
	f.Detail = changes[0].Because()
	f.Fix = "where it is needed still, declare it (cachegate intents apply)"
	if p.journal.ID != "" {
		f.Fix += fmt.Sprintf("; or bring it back for a day: cachegate undo %s", p.journal.ID)
	}
	return f
}
