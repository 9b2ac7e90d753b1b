package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/fix"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// finding starts a finding about a resource; parts make its id unique and lasting.
func (p *planner) finding(kind finding.Kind, resource string, parts ...string) finding.Finding {
	id := strings.Join(append([]string{string(kind), p.Unit.String(), resource}, parts...), "|")
	return finding.Finding{ID: id, Kind: kind, Unit: p.Unit, Resource: resource, Severity: kind.Severity()}
}

func (p *planner) intentFinding(kind finding.Kind, i intent.Intent, parts ...string) finding.Finding {
	f := p.finding(kind, "", append([]string{i.Cluster, i.Name}, parts...)...)
	f.Cluster, f.Intent, f.Owner = i.Cluster, i.Name, i.Owner
	return f
}

// intentFindings tells what is wrong with each intent.
func (p *planner) intentFindings() {
	p.findings = append(p.findings, InvalidFindings(p.Unit, p.Invalid)...)
	for _, j := range p.Judgements {
		if j.Satisfied || j.Intent.Access == intent.Closed && j.State == access.StateOpen {
			continue // what a closed intent is open by has findings of its own
		}
		p.findings = append(p.findings, p.unsatisfied(j))
	}
}

// shownInvalid is how many malformed items of a cluster have a finding each: whoever writes
// thousands of them writes no thousands of messages.
const shownInvalid = 20

// InvalidFindings tell of malformed items, intents or policies.
func InvalidFindings(unit network.Unit, invalid []intent.Invalid) []finding.Finding {
	sorted := slices.SortedStableFunc(slices.Values(invalid), func(a, b intent.Invalid) int {
		return cmp.Or(cmp.Compare(a.Key.Cluster, b.Key.Cluster), cmp.Compare(a.Key.Name, b.Key.Name))
	})
	var out []finding.Finding
	of := map[string]int{}
	for _, i := range sorted {
		if of[i.Key.Cluster]++; of[i.Key.Cluster] <= shownInvalid {
			out = append(out, invalidFinding(unit, i))
		}
	}
	for _, cluster := range slices.Sorted(maps.Keys(of)) {
		if of[cluster] > shownInvalid {
			out = append(out, moreInvalid(unit, cluster, of[cluster]-shownInvalid))
		}
	}
	return out
}

// moreInvalid tells how many more items of a cluster are malformed.
func moreInvalid(unit network.Unit, cluster string, more int) finding.Finding {
	f := finding.Finding{
		ID:   strings.Join([]string{string(finding.IntentInvalid), unit.String(), cluster, "", "more"}, "|"),
		Kind: finding.IntentInvalid, Severity: finding.IntentInvalid.Severity(), Unit: unit, Cluster: cluster,
		Title:  fmt.Sprintf("%d more intents of %s are malformed: they open nothing new and keep what they have", more, intent.ShortName(cluster)),
		Detail: fmt.Sprintf("only the first %d are reported one by one", shownInvalid),
		Fix:    "cachegate intents list shows all of them; correct or delete them",
	}
	if cluster == intent.Everything {
		f.Cluster = ""
		f.Title = fmt.Sprintf("%d more policies are malformed: they can only make the other policies stricter", more)
	}
	return f
}

// invalidFinding tells of a malformed item, an intent or a policy.
func invalidFinding(unit network.Unit, i intent.Invalid) finding.Finding {
	f := finding.Finding{
		ID:   strings.Join([]string{string(finding.IntentInvalid), unit.String(), i.Key.Cluster, i.Key.Name}, "|"),
		Kind: finding.IntentInvalid, Severity: finding.IntentInvalid.Severity(), Unit: unit,
		Cluster: i.Key.Cluster, Intent: i.Key.Name, Owner: i.Owner,
		Title: fmt.Sprintf("intent %s of %s is malformed: it opens nothing new and keeps what it has", i.Key.Name, intent.ShortName(i.Key.Cluster)),
		Fix:   "correct the item, or delete it",
	}
	if i.Whole {
		f.Title = fmt.Sprintf("%s has more intents than are read: none of them opens anything new, and all keep what they have", intent.ShortName(i.Key.Cluster))
		f.Fix = "delete intents of the cluster that nobody needs, or shorten them"
	}
	if i.Key.Cluster == intent.Everything {
		f.Cluster, f.Intent = "", ""
		f.Title = fmt.Sprintf("the policy for %s is malformed: it can only make the other policies stricter", i.Key.Name)
	}
	var details []string
	for _, problem := range i.Problems {
		details = append(details, problem.Error())
	}
	f.Detail = strings.Join(details, "; ")
	return f
}

// unsatisfied tells why an open intent is not open.
func (p *planner) unsatisfied(j access.Judgement) finding.Finding {
	kind, verb := finding.AccessMissing, "is not open"
	switch j.State {
	case access.StateBlocked:
		kind, verb = finding.AccessBlocked, "is blocked"
		if sharedOnly(j) {
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
	var details []string
	var fixes []fix.Fix
	next := ""
	for _, h := range j.Hops {
		if h.Passes() || kind == finding.AccessBlocked && h.Fixable {
			continue
		}
		details = append(details, fmt.Sprintf("%s %s: %s", h.Kind, h.Resource, h.Detail))
		if h.Fixable {
			next = cmp.Or(next, p.nextStep(j))
			continue
		}
		fixes = append(fixes, h.Fixes...)
	}
	if next != "" {
		fixes = append(fixes, fix.Say(next))
	}
	f.Detail, f.Fix = strings.Join(details, "; "), fix.Text(fixes)
	switch {
	case kind == finding.AccessMissing && j.State == access.StatePending:
		f.Severity = finding.Low
	case (kind == finding.AccessMissing || kind == finding.AccessBlocked) && p.lost(j):
		f.Severity = finding.High
	}
	if worst, open := p.wideList(j); open {
		f.Severity = worst
		f.Detail += "; a rule for it stands: who is in the list has access now"
	}
	return f
}

// lost says whether an intent had what is missing now: somebody took away what cachegate had put
// in place for it, and nobody put it back yet.
func (p *planner) lost(j access.Judgement) bool {
	for _, v := range p.claims {
		gone := (v.presence == change.Gone || v.presence == change.Altered) && v.Status != change.Intended
		if gone && slices.ContainsFunc(v.Holders, func(h change.Holder) bool { return h.Unit == p.Unit && h.Intent == j.Key() }) {
			return true
		}
	}
	return false
}

// wideList says how exposed a cluster is by a rule for a prefix list that grew
// wider than an intent may be.
func (p *planner) wideList(j access.Judgement) (finding.Severity, bool) {
	c, _ := p.Index.Cluster(j.Intent.Cluster)
	for _, h := range j.Hops {
		list := func(s intent.Source) bool { return s.Kind == intent.PrefixList && s.ID == h.Resource }
		if h.Kind != access.HopSource || h.Verdict != access.Fail || !slices.ContainsFunc(j.Intent.Sources, list) {
			continue
		}
		peer := network.Peer{PrefixList: h.Resource}
		for _, m := range c.SecurityGroups {
			for _, r := range p.Index.SecurityGroups[m.SecurityGroup].Ingress() {
				if r.Peer == peer {
					return p.exposure(peer), true
				}
			}
		}
	}
	return "", false
}

// sharedOnly says whether a shared group is all that blocks an intent.
func sharedOnly(j access.Judgement) bool {
	found := false
	for _, h := range j.Hops {
		if h.Verdict != access.Fail || h.Fixable {
			continue
		}
		if h.Blocked.Code != access.BlockSharedGroup {
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
			if n.Kind == change.Rule && n.Resource == a.Rule.SecurityGroup && n.Port == a.Port {
				open = append(open, other.Key().Short())
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
	f.Resource, f.About = a.Rule.SecurityGroup, finding.About{RuleID: a.Rule.ID, Peer: a.Rule.Peer}
	f.Severity = p.exposure(a.Rule.Peer)
	f.Title = fmt.Sprintf("%s of %s admits sources that intent %s declares closed, and more", a.Rule.ID, a.Rule.SecurityGroup, j.Intent.Name)
	f.Detail = fmt.Sprintf("rule %s: %s %s from %s; a rule wider than the intent is never split", a.Rule.ID, a.Rule.Protocol, portRange(a.Rule), a.Rule.Peer)
	f.Detail += p.leansText(a.Rule)
	f.Fix = p.revokeAdvice("declare the part of it that is needed, then: ", a.Rule.SecurityGroup, a.Rule)
	return f
}

// closedButShared tells that a rule of a shared group stays, whatever one of the
// clusters behind it declares closed.
func (p *planner) closedButShared(j access.Judgement, a access.Admission) finding.Finding {
	f := p.intentFinding(finding.AccessUndeclared, j.Intent, a.Rule.ID)
	f.Resource, f.About = a.Rule.SecurityGroup, finding.About{RuleID: a.Rule.ID, Peer: a.Rule.Peer}
	f.Severity = p.exposure(a.Rule.Peer)
	f.Title = fmt.Sprintf("%s of %s lets in what intent %s declares closed, and stays: the group is shared", a.Rule.ID, a.Rule.SecurityGroup, j.Intent.Name)
	f.Detail = fmt.Sprintf("rule %s: %s from %s; %s", a.Rule.ID, change.PortsOf(a.Rule), a.Rule.Peer, p.sharedGroupRefuses(j, a.Rule.SecurityGroup))
	f.Fix = "give the cluster a security group of its own; then what this intent forbids is closed for it alone"
	return f
}

// changeFindings tells what guards refused.
func (p *planner) changeFindings(changes []change.Change) {
	for _, c := range changes {
		if c.Outcome != change.Refused || c.Mode == intent.Off {
			continue
		}
		if c.Guard == change.GuardContested || c.Guard == change.GuardMaxCloses || c.Guard == change.GuardApproval || c.Guard == change.GuardUndone {
			continue // it has a finding of its own
		}
		if c.Guard == change.GuardSharedGroup {
			continue // the finding of the intent says it
		}
		if c.Guard == change.GuardAwaited {
			continue // the unit that it waits for was woken: a matter of a minute or two
		}
		f := p.finding(finding.ChangeRefused, c.Resource, change.ContestKey(c))
		f.Title = fmt.Sprintf("%s of %s is refused", c.Action, c.Requirement.Noun())
		f.Detail = c.Why
		f.Fix = "see the detail; the next run tries again"
		if len(c.Intents) > 0 {
			f.Cluster, f.Intent = c.Intents[0].Cluster, c.Intents[0].Name
		}
		p.findings = append(p.findings, f)
	}
}

// contestFindings tells what somebody else undoes again and again, as long as it
// was put right three times within a day and is still declared.
func (p *planner) contestFindings() {
	subjects := p.contestSubjects()
	for _, key := range slices.Sorted(maps.Keys(p.Contests)) {
		c, ok := subjects[key]
		if n, _ := p.repairs(key); n < contestedRepairs || !ok {
			continue
		}
		f := p.finding(finding.AccessContested, c.Resource, key)
		f.Actor = strings.Join(p.Contests[key].Actors, ", ")
		f.Title = fmt.Sprintf("%s is contested: somebody undoes what cachegate repairs", c.Requirement.Noun())
		f.Detail = fmt.Sprintf("%s was repaired at least three times in 24 hours", c.Requirement.Noun())
		f.Fix = "agree with the other actor on who owns it"
		if f.Actor != "" {
			f.Fix += ": " + f.Actor
		}
		for _, cluster := range p.concerned(&c) {
			f.Cluster = cluster
		}
		if len(c.Intents) > 0 {
			f.Cluster, f.Intent = c.Intents[0].Cluster, c.Intents[0].Name
			f.Owner = p.byKey[c.Intents[0]].Intent.Owner
		}
		p.findings = append(p.findings, f)
	}
}

// contestSubjects are the changes that a contest can be about: what is desired,
// and what is closed or forbidden in the groups of the unit's clusters.
func (p *planner) contestSubjects() map[string]change.Change {
	out := map[string]change.Change{}
	for _, d := range p.desired {
		c := change.Change{Action: d.Kind.Opens(), Requirement: d.Requirement, Intents: change.IntentsOf(d.own)}
		out[change.ContestKey(c)] = c
	}
	for _, c := range p.closes {
		out[change.ContestKey(c.change)] = c.change
	}
	for _, group := range p.managedGroups() {
		prefix := fmt.Sprintf("%s %s/%s/", change.RevokeIngress, p.Unit.Location, group)
		for key := range p.Contests {
			if _, known := out[key]; !known && strings.HasPrefix(key, prefix) {
				out[key] = change.Change{Action: change.RevokeIngress, Requirement: change.Requirement{Kind: change.Rule, Location: p.Index.GroupHome(group), Resource: group}}
			}
		}
	}
	return out
}
