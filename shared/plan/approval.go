package plan

import (
	"fmt"
	"slices"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
)

// waitsForApproval is why a change is held back.
const waitsForApproval = "the policy's approval requires a person to decide; it waits"

// approvals holds back what nobody approved: what a policy wants to be approved, however
// little it is, and the closes that are more than maxCloses allows. A person approves a list. As
// long as all that would wait is on it, it is made; with one change more it is another plan,
// and all of it waits.
func (p *planner) approvals() {
	opens, closes := p.underApproval()
	waits := changesOf(closes)
	for _, o := range opens {
		waits = append(waits, o.change)
	}
	if p.over != nil {
		waits = append(waits, changesOf(p.over.closes)...)
	}
	if len(waits) == 0 {
		return
	}
	held := p.over != nil && p.over.held
	texts := textsOf(waits)
	if !held && p.Tripped.Approves(texts, p.Now) {
		p.tripped, p.approval = p.Tripped, p.Tripped.Approval
		return
	}
	p.tripped = change.Tripped{At: p.Now, Hash: change.HashOf(p.Unit, texts), Waiting: sentencesOf(waits), Texts: texts}
	if p.over != nil {
		p.tripped.Limit, p.tripped.Deployment = p.over.limit, p.over.deployment
	}
	if p.tripped.Hash == p.Tripped.Hash {
		p.tripped.At, p.tripped.Approval = p.Tripped.At, p.Tripped.Approval
	}
	p.holdBack(opens, closes)
	p.approvalFindings(opens, closes)
}

// underApproval gives what the plan would make and a policy wants to be approved.
func (p *planner) underApproval() (opens []*opening, closes []*closing) {
	for _, c := range p.closes {
		if c.goes() && p.wantsApproval(&c.change) {
			closes = append(closes, c)
		}
	}
	for _, o := range p.opens {
		if o.change.Outcome == "" && p.wantsApproval(&o.change) {
			opens = append(opens, o)
		}
	}
	return opens, closes
}

// wantsApproval says whether the policy of a cluster that a change concerns wants it to be
// approved.
func (p *planner) wantsApproval(c *change.Change) bool {
	if c.Reason == change.Undone {
		return false // a person asked for it
	}
	takes := !c.Opens() || c.Action == change.ReplaceRoute
	policies := make([]intent.Policy, 0, 1)
	for _, cluster := range p.concerned(c) {
		policies = append(policies, p.policy(cluster))
	}
	if len(policies) == 0 {
		policies = append(policies, p.policy(intent.Everything))
	}
	strictest := intent.Strictest(policies...)
	return strictest.Mode == intent.Enforce && strictest.Approval.Covers(takes)
}

// holdBack withholds what waits, and plans the rest once more: without an open, what it was to
// replace has to stay.
func (p *planner) holdBack(opens []*opening, closes []*closing) {
	again := len(opens)+len(closes) > 0
	if p.over != nil && !p.over.held {
		p.over.hold()
		again = true
	}
	for _, c := range closes {
		c.keep(change.GuardApproval, waitsForApproval)
	}
	p.unapproved = map[string]bool{}
	for _, o := range opens {
		p.unapproved[o.change.Text()] = true
	}
	if again {
		p.settle()
	}
}

func (p *planner) approvalFindings(opens []*opening, closes []*closing) {
	if p.over != nil {
		p.findings = append(p.findings, p.trippedFinding(sentencesOf(changesOf(p.over.closes))))
	}
	waits := changesOf(closes)
	for _, o := range opens {
		waits = append(waits, o.change)
	}
	if len(waits) == 0 || p.over != nil && len(opens) == 0 {
		return // the finding of maxCloses names all of them
	}
	texts := sentencesOf(waits)
	f := p.finding(finding.ChangeRefused, "", string(change.GuardApproval))
	f.Title = fmt.Sprintf("%d changes in %s wait for approval, as the policy asks", len(texts), p.Unit)
	if len(texts) == 1 {
		f.Title = fmt.Sprintf("a change in %s waits for approval, as the policy asks", p.Unit)
	}
	f.Detail = fmt.Sprintf("list %s: %s", p.tripped.Hash, shortened(texts)) + p.endedApproval()
	f.Fix = p.howToApprove()
	if clusters := clustersOf(waits); len(clusters) == 1 {
		f.Cluster = clusters[0]
	}
	p.findings = append(p.findings, f)
}

// howToApprove is the command by which a person agrees.
func (p *planner) howToApprove() string {
	return fmt.Sprintf("if the list is right, cachegate approve %s lets the next run make these changes and no others", p.tripped.Hash)
}

// endedApproval says that a person approved the list and no run made it in time.
func (p *planner) endedApproval() string {
	a := p.tripped.Approval
	if !a.Given() || a.Live(p.Now) {
		return ""
	}
	return fmt.Sprintf("; the approval by %s ended at %s, before a run had made all of it", a.By, a.Until.UTC().Format(time.RFC3339))
}

// clustersOf gives the clusters of the intents of changes, each once.
func clustersOf(changes []change.Change) []string {
	var out []string
	for _, c := range changes {
		for _, k := range c.Intents {
			if !slices.Contains(out, k.Cluster) {
				out = append(out, k.Cluster)
			}
		}
	}
	return out
}
