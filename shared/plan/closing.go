package plan

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// closing is a rule, route or propagation that the plan would take away.
type closing struct {
	change change.Change
	claim  *claimView
	// guard keeps it after all, kept says why.
	guard change.Guard
	kept  string
}

func (c *closing) goes() bool { return c.guard == "" }

func (c *closing) keep(guard change.Guard, why string) {
	if c.goes() {
		c.guard, c.kept = guard, why
	}
}

func (p *planner) addClosing(c *closing) {
	switch c.change.Action {
	case change.RevokeIngress:
		if _, ok := p.byRule[c.change.Rule.ID]; ok {
			return
		}
		p.byRule[c.change.Rule.ID] = c
		p.byGroup[c.change.Resource] = append(p.byGroup[c.change.Resource], c)
	case change.DeleteRoute, change.DeleteTGWRoute:
		p.byRoute[routeKey{c.change.Resource, c.change.Destination.String()}] = c
	default:
	}
	if why, ok := p.Unread[c.change.Point()]; ok {
		c.keep(change.GuardNeeded, why)
	}
	if why, ok := p.Awaited[c.change.Point()]; ok {
		c.keep(change.GuardAwaited, why)
	}
	if f, dark := p.Index.ReadFailure(p.Unit.Location, network.KindCluster); dark && (c.change.Kind == change.Rule || c.change.Location == p.Unit.Location) {
		c.keep(change.GuardNeeded, fmt.Sprintf("%s gave %s: clusters that cannot be seen may need it", f.Operation, f.Code))
	}
	if why := p.protected(&c.change); why != "" {
		c.keep(change.GuardNeeded, why)
	}
	p.closes = append(p.closes, c)
}

// protected says why nothing is closed at a change's enforcement point, or
// nothing of its kind.
func (p *planner) protected(c *change.Change) string {
	for _, cluster := range p.concerned(c) {
		if !p.policy(cluster).Writes.Has(c.Kind.Writes()) {
			return "the policy's writes do not include " + c.Kind.WritesName()
		}
	}
	for _, j := range p.Judgements {
		if j.Intent.Access == intent.Closed || !slices.ContainsFunc(j.Unknown, func(u access.UnknownNeeds) bool { return u.Unread && u.Hides(c.Requirement) }) {
			continue
		}
		cluster, ok := p.Index.Cluster(j.Intent.Cluster)
		guarded := ok && slices.ContainsFunc(cluster.SecurityGroups, func(m network.Membership) bool { return m.SecurityGroup == c.Resource })
		if c.Kind != change.Rule || guarded || !ok {
			return fmt.Sprintf("what intent %s of %s needs there cannot be read", j.Intent.Name, intent.ShortName(j.Intent.Cluster))
		}
	}
	return ""
}

// endClaims closes what no holder keeps, and brings the records of the others up
// to date.
func (p *planner) endClaims() {
	for _, req := range p.sortedClaims() {
		v := p.claims[req]
		if v.Kind.Closes() == "" && len(v.keepers) == 0 {
			p.drop(v, "what it switched on stays on")
			continue
		}
		switch v.presence {
		case change.Unread, change.Fresh:
		case change.Present:
			if v.Proven() {
				p.endPresent(v)
			} else if p.drop(v, "nothing shows that cachegate made it") {
				p.findings = append(p.findings, p.unproven(v))
			}
		case change.Gone:
			p.endGone(req, v)
		case change.Altered:
			if p.drop(v, "changed by someone else") {
				p.findings = append(p.findings, p.claimChanged(v))
			}
		}
	}
}

// endGone releases the claim of what is gone, unless an open in this plan writes
// it anew.
func (p *planner) endGone(req change.Requirement, v *claimView) {
	if req.Kind == change.Route {
		p.goneRoutes[routeKey{req.Resource, req.Destination.String()}] = true
	}
	d, ok := p.desired[req]
	if ok && d.lacking && (d.Blocked.None() || len(d.own) == 0) {
		return
	}
	if v.MayStillCome(p.Now) && !p.madeByOthers(req) {
		return
	}
	p.drop(v, "what it put in place is gone")
}

// madeByOthers says whether the rule of a claim stands and is somebody else's: EC2 then
// refuses a write of it that is still to come.
func (p *planner) madeByOthers(req change.Requirement) bool {
	if req.Kind != change.Rule {
		return false
	}
	g, ok := p.Index.Gate(req.Resource, req.Port)
	return ok && len(g.Exact(req.Peer)) > 0
}

// drop takes the unit out of a claim that no longer stands for anything: the last
// one releases it. It says whether the unit had to do with the claim.
func (p *planner) drop(v *claimView, why string) bool {
	if !v.Concerns(p.Unit) {
		return false
	}
	others := v.HeldOutside(p.Unit)
	if len(others) == 0 {
		p.updates = append(p.updates, change.ClaimUpdate{Claim: v.Claim, Release: true, Gone: v.presence == change.Gone, Why: why})
		return true
	}
	left := v.Claim
	left.Holders = others
	mine := slices.DeleteFunc(slices.Clone(v.Holders), func(h change.Holder) bool { return h.Unit != p.Unit })
	if len(mine) > 0 {
		p.updates = append(p.updates, change.ClaimUpdate{Claim: left, Drop: mine, Why: why})
	}
	return len(mine) > 0
}

func (p *planner) sortedClaims() []change.Requirement {
	out := make([]change.Requirement, 0, len(p.claims))
	for req := range p.claims {
		out = append(out, req)
	}
	slices.SortFunc(out, func(a, b change.Requirement) int { return cmp.Compare(a.String(), b.String()) })
	return out
}

func (p *planner) endPresent(v *claimView) {
	if len(v.keepers) > 0 {
		p.keepClaim(v)
		return
	}
	if !v.Concerns(p.Unit) {
		return
	}
	reason := p.whyEnded(v)
	if f := p.narrowed(v); f != nil {
		reason = change.TooWide
		p.findings = append(p.findings, *f)
	}
	c := &closing{claim: v, change: change.Change{
		Action: v.Kind.Closes(), Requirement: v.Requirement, Reason: reason, Intents: change.IntentsOf(slices.Concat(v.Holders, v.LastHolders)), Holders: v.Holders, Claimed: true,
	}}
	if v.Kind == change.Rule {
		c.change.Rule = p.ruleOf(v.Resource, v.RuleID)
	}
	p.addClosing(c)
}

func (p *planner) keepClaim(v *claimView) {
	updated := v.Claim
	updated.Holders = v.keepers
	updated.Status = change.Standing
	old := slices.Clone(v.Holders)
	slices.SortFunc(old, change.CompareHolders)
	original := p.originals[v.Requirement]
	if slices.Equal(old, v.keepers) && original.Status == change.Standing && original.RuleID == v.RuleID {
		return
	}
	drop := slices.DeleteFunc(old, func(h change.Holder) bool { return slices.Contains(v.keepers, h) })
	p.updates = append(p.updates, change.ClaimUpdate{Claim: updated, Drop: drop})
}

func (p *planner) ruleOf(group, id string) network.Rule {
	for _, r := range p.Index.SecurityGroups[group].Rules {
		if r.ID == id {
			return r
		}
	}
	return network.Rule{ID: id, SecurityGroup: group}
}

// whyEnded says why nobody holds a claim any longer.
func (p *planner) whyEnded(v *claimView) change.Reason {
	if _, ok := p.ended[v.Requirement]; ok {
		return change.Expired
	}
	reason := change.ClusterDeleted
	known := slices.DeleteFunc(slices.Concat(v.Holders, v.LastHolders), func(h change.Holder) bool { return !h.Named() })
	if len(known) == 0 {
		return change.Withdrawn
	}
	for _, h := range known {
		if _, ok := p.Index.Cluster(h.Intent.Cluster); !ok {
			continue
		}
		ended := slices.ContainsFunc(p.Ended, func(j access.Judgement) bool { return j.Key() == h.Intent }) ||
			slices.ContainsFunc(p.Invalid, func(i intent.Invalid) bool { return i.Key == h.Intent && !i.Holds(p.Now) })
		if !ended {
			return change.Withdrawn
		}
		reason = change.Expired
	}
	return reason
}

// closedIntents revokes the rules that closed intents speak against.
func (p *planner) closedIntents() {
	for _, j := range p.Judgements {
		if j.Intent.Access != intent.Closed {
			continue
		}
		for _, a := range j.Admitting {
			p.closeAdmission(j, a)
		}
	}
}

func (p *planner) closeAdmission(j access.Judgement, a access.Admission) {
	if v, ok := p.ruleClaims[a.Rule.ID]; ok {
		if len(v.keepers) > 0 {
			p.findings = append(p.findings, p.conflict(j, a))
		}
		return // with no keeper it goes with its claim
	}
	group := a.Rule.SecurityGroup
	switch {
	case p.declared.Holds(group, a.Port, a.Rule.Peer):
		p.findings = append(p.findings, p.conflict(j, a))
	case a.Wider && !p.separable(j, a):
		p.findings = append(p.findings, p.widerThanClosed(j, a))
	case !p.sharedGroupRefuses(j, group).None():
		p.findings = append(p.findings, p.closedButShared(j, a))
	case p.undecided(p.Index.Guarded(group)) != "":
		f := p.conflict(j, a)
		f.Detail = fmt.Sprintf("rule %s stays while what intent %s needs is not known", a.Rule.ID, p.undecided(p.Index.Guarded(group)))
		p.findings = append(p.findings, f)
	default:
		if p.declared.Overlaps(group, a.Port, a.Rule.Peer) {
			p.findings = append(p.findings, p.conflict(j, a))
		}
		p.addClosing(&closing{change: change.Change{
			Action: change.RevokeIngress, Rule: a.Rule, Reason: change.ClosedIntent, Intents: []intent.Key{j.Key()},
			Requirement: change.Requirement{Kind: change.Rule, Location: p.Index.GroupHome(group), Resource: group, Port: a.Port, Peer: a.Rule.Peer},
		}})
	}
}

// sharedGroupRefuses says what else a group guards, where the policy of any of its
// clusters refuses to change it for one of them: what is closed for one cluster would
// be closed for the clients of the others too.
func (p *planner) sharedGroupRefuses(j access.Judgement, group string) access.Sharers {
	cluster, ok := p.Index.Cluster(j.Intent.Cluster)
	if !ok || p.groupPolicy(p.Index.Guarded(group)).SharedGroups == intent.Allow {
		return access.Sharers{}
	}
	return p.Index.SharedWith(group, cluster.ARN)
}

// unproven tells of something that stands where a write of cachegate's was cut off:
// somebody else may have made it meanwhile.
func (p *planner) unproven(v *claimView) finding.Finding {
	f := p.claimChanged(v)
	f.Title = fmt.Sprintf("%s is there, and nothing shows that cachegate made it", v.Requirement.Noun())
	f.Detail = "a run was cut off before EC2 answered; somebody may have made it by hand since. It is left alone, even when its intent ends"
	f.Fix = "when nobody needs it any longer, remove it by hand"
	return f
}

func (p *planner) claimChanged(v *claimView) finding.Finding {
	f := p.finding(finding.ClaimChanged, v.Resource, v.Requirement.String())
	f.About = finding.About{RuleID: v.RuleID, Destination: v.Destination}
	f.Title = fmt.Sprintf("%s was changed by someone else and is no longer cachegate's", v.Requirement.Noun())
	f.Detail = "the claim is released; what stands there now is left alone"
	f.Fix = "check who changed it; what is declared is opened again beside it where that is possible"
	if len(v.Holders) > 0 {
		f.Cluster, f.Intent = v.Holders[0].Intent.Cluster, v.Holders[0].Intent.Name
	}
	return f
}
