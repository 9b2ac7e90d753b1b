package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
)

// finding starts a finding about a resource; parts make its id unique and lasting.
func (p *planner) finding(kind finding.Kind, resource string, parts ...string) finding.Finding {
	id := strings.Join(append([]string{string(kind), p.Unit.String(), resource}, parts...), "|")
	return finding.Finding{ID: id, Kind: kind, Unit: p.Unit, Resource: resource, Severity: finding.Medium}
}

func (p *planner) intentFinding(kind finding.Kind, i intent.Intent, parts ...string) finding.Finding {
	f := p.finding(kind, "", append([]string{i.Cluster, i.Name}, parts...)...)
	f.Cluster, f.Intent, f.Owner = i.Cluster, i.Name, i.Owner
	return f
}

// intentFindings tells what is wrong with each intent.
func (p *planner) intentFindings() {
	for _, i := range p.Invalid {
		p.findings = append(p.findings, p.invalid(i))
	}
	for _, j := range p.Judgements {
		if j.Satisfied || j.Intent.Access == intent.Closed && j.State == access.StateOpen {
			continue // what a closed intent is open by has findings of its own
		}
		p.findings = append(p.findings, p.unsatisfied(j))
	}
}

func (p *planner) invalid(i intent.Invalid) finding.Finding {
	f := p.finding(finding.IntentInvalid, "", i.Key.Cluster, i.Key.Name)
	f.Cluster, f.Intent, f.Owner = i.Key.Cluster, i.Key.Name, i.Owner
	f.Title = fmt.Sprintf("intent %s of %s is malformed: it opens nothing new and keeps what it has", i.Key.Name, intent.ShortName(i.Key.Cluster))
	var details []string
	for _, problem := range i.Problems {
		details = append(details, problem.Error())
	}
	f.Detail = strings.Join(details, "; ")
	f.Fix = "correct the item, or delete it"
	return f
}

// unsatisfied tells why an open intent is not open.
func (p *planner) unsatisfied(j access.Judgement) finding.Finding {
	kind, verb := finding.AccessMissing, "is not open"
	switch j.State {
	case access.StateBlocked:
		kind, verb = finding.AccessBlocked, "is blocked"
		if p.sharedOnly(j) {
			kind, verb = finding.GroupShared, "is refused for a shared group"
		}
	case access.StateUnknown:
		kind, verb = finding.AccessUnknown, "cannot be judged"
	case access.StatePending:
		verb = "waits for AWS, or for someone to accept"
	case access.StateClosed, access.StateOpen:
	}
	f := p.intentFinding(kind, j.Intent)
	f.Title = fmt.Sprintf("intent %s of %s %s", j.Intent.Name, intent.ShortName(j.Intent.Cluster), verb)
	var details, fixes []string
	for _, h := range j.Hops {
		if h.Verdict == access.Pass || kind == finding.AccessBlocked && h.Mendable {
			continue
		}
		details = append(details, fmt.Sprintf("%s %s: %s", h.Kind, h.Resource, h.Detail))
		if h.Fix != "" {
			fixes = append(fixes, h.Fix)
		}
	}
	f.Detail, f.Fix = strings.Join(details, "; "), strings.Join(fixes, "; ")
	if kind == finding.AccessMissing && j.State == access.StatePending {
		f.Severity = finding.Low
	}
	return f
}

// sharedOnly says whether a shared group is all that blocks an intent.
func (p *planner) sharedOnly(j access.Judgement) bool {
	found := false
	for _, h := range j.Hops {
		if h.Verdict != access.Fail || h.Mendable {
			continue
		}
		if h.Kind != access.HopIngress || p.Index.SharedWith(h.Resource, j.Intent.Cluster) == "" {
			return false
		}
		found = true
	}
	return found
}

// conflict tells that an open intent keeps what a closed one speaks against.
func (p *planner) conflict(j access.Judgement, a access.Admission) finding.Finding {
	f := p.intentFinding(finding.IntentConflict, j.Intent, a.Rule.SecurityGroup)
	f.Resource = a.Rule.SecurityGroup
	var open []string
	for _, other := range p.Judgements {
		if other.Intent.Access == intent.Closed {
			continue
		}
		for _, n := range other.Needs {
			if n.Kind == access.NeedRule && n.Resource == a.Rule.SecurityGroup && n.Port == a.Port {
				open = append(open, intent.ShortName(other.Intent.Cluster)+"/"+other.Intent.Name)
				break
			}
		}
	}
	f.Title = fmt.Sprintf("intent %s of %s declares closed what an open intent needs; open wins", j.Intent.Name, intent.ShortName(j.Intent.Cluster))
	f.Detail = fmt.Sprintf("on security group %s: open intents there are %s", a.Rule.SecurityGroup, strings.Join(open, ", "))
	f.Fix = "make the sources of the two intents disjoint, or delete one of them"
	return f
}

// widerThanClosed tells that a rule admits more than a closed intent names.
func (p *planner) widerThanClosed(j access.Judgement, a access.Admission) finding.Finding {
	f := p.intentFinding(finding.AccessUndeclared, j.Intent, a.Rule.ID)
	f.Resource = a.Rule.SecurityGroup
	f.Severity = p.exposure(a.Rule.Peer)
	f.Title = fmt.Sprintf("%s of %s admits sources that intent %s declares closed, and more", a.Rule.ID, a.Rule.SecurityGroup, j.Intent.Name)
	f.Detail = fmt.Sprintf("rule %s: %s %s from %s; a rule wider than the intent is never split", a.Rule.ID, a.Rule.Protocol, portRange(a.Rule), a.Rule.Peer)
	f.Fix = "declare what of it is needed, then: " + revokeCommand(p.Unit.Location, a.Rule.SecurityGroup, a.Rule.ID)
	return f
}

// changeFindings tells what guards refused.
func (p *planner) changeFindings(changes []Change) {
	for _, c := range changes {
		if c.Outcome != Refused || c.Mode == intent.Off {
			continue
		}
		if strings.HasPrefix(c.Why, contestedWhy) {
			continue // the contest has a finding of its own
		}
		if p.saidByIntent(c) {
			continue
		}
		f := p.finding(finding.ChangeRefused, c.Resource, ContestKey(c))
		f.Title = fmt.Sprintf("%s of %s is refused", c.Action, describe(c.Requirement))
		f.Detail = c.Why
		f.Fix = "see the detail; the next run tries again"
		if len(c.Intents) > 0 {
			f.Cluster, f.Intent = c.Intents[0].Cluster, c.Intents[0].Name
		}
		p.findings = append(p.findings, f)
	}
}

// contestedWhy begins why something contested waits.
const contestedWhy = "contested: "

// contestFindings tells what somebody else undoes again and again, as long as it
// was put right three times within a day.
func (p *planner) contestFindings() {
	for _, key := range slices.Sorted(maps.Keys(p.Contests)) {
		n, _ := p.repairs(key)
		if n < contestedRepairs {
			continue
		}
		f := p.finding(finding.AccessContested, "", key)
		f.Severity = finding.Critical
		f.Actor = strings.Join(p.Contests[key].Actors, ", ")
		f.Title = "somebody undoes what cachegate puts right, again and again"
		f.Detail = key + ", put right at least three times in 24 hours"
		f.Fix = "agree with the other actor on who owns it"
		if f.Actor != "" {
			f.Fix += ": " + f.Actor
		}
		p.findings = append(p.findings, f)
	}
}

// saidByIntent says whether the finding of an intent tells the refusal already.
func (p *planner) saidByIntent(c Change) bool {
	return c.Action.Opens() && c.Kind == access.NeedRule && c.Why != "" && c.Why == p.sharedWhy(c)
}

func (p *planner) sharedWhy(c Change) string {
	for _, k := range c.Intents {
		if cluster, ok := p.Index.Cluster(k.Cluster); ok {
			if text := p.Index.SharedWith(c.Resource, cluster.ARN); text == c.Why {
				return text
			}
		}
	}
	return ""
}
