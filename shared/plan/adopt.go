package plan

import (
	"fmt"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
)

// LeftOut is what stands as live open intents need it and that is not adopted, or what is under
// a claim that is not given up, with why.
type LeftOut struct {
	Change change.Change
	Why    string
}

// Adoptable gives what stands exactly as live open intents of the unit need it and carries no
// claim: rules of one port and one peer, and static routes. Propagations and options of
// peering connections are left alone: switching them off ends more than was declared. Nothing
// of it is a write to AWS.
func Adoptable(in Input) ([]change.Change, []LeftOut) {
	p := decided(in)
	var out []change.Change
	var left []LeftOut
	for _, d := range p.sortedDesired() {
		c, stands := p.adoption(d)
		if !stands {
			continue
		}
		if why := p.notAdoptable(d, c); why != "" {
			left = append(left, LeftOut{c, why})
			continue
		}
		out = append(out, c)
	}
	return out, left
}

// adoption gives the change that takes what is desired under a claim; false where nobody
// desires it now, where a claim stands for it, or where nothing stands that is the same.
func (p *planner) adoption(d *desiredRule) (change.Change, bool) {
	c := change.Change{Action: change.Adopt, Requirement: d.Requirement, Reason: change.Adopted, Holders: d.own, Intents: change.IntentsOf(d.own)}
	if v, claimed := p.claims[d.Requirement]; claimed && v.Proven() && v.presence != change.Gone || len(d.own) == 0 {
		return c, false
	}
	switch d.Kind {
	case change.Rule:
		r, ok := p.sameRule(d)
		c.Rule, c.Description = r, r.Description
		return c, ok
	case change.Route, change.TransitGatewayRoute:
		found, _ := change.Find(p.Index.Snapshot, change.Claim{Requirement: d.Requirement}, p.Now)
		return c, found == change.Present
	case change.Propagation, change.PeeringDNS:
		return c, false
	default:
		return c, false
	}
}

// sameRule gives the rule that is the same as what is desired, in the group where cachegate
// would make it.
func (p *planner) sameRule(d *desiredRule) (network.Rule, bool) {
	g, ok := p.Index.Gate(d.Resource, d.Port)
	if !ok {
		return network.Rule{}, false
	}
	for _, r := range g.Exact(d.Peer) {
		if r.Peer == d.Peer && r.SecurityGroup == d.Resource {
			return r, true
		}
	}
	return network.Rule{}, false
}

// notAdoptable says why what stands is not taken under a claim; empty where it is.
func (p *planner) notAdoptable(d *desiredRule, c change.Change) string {
	if _, claimed := p.claims[d.Requirement]; claimed {
		return "it is under a claim of which nobody knows yet whether cachegate made it; the next run finds out"
	}
	if !d.Blocked.None() {
		return d.Blocked.Text
	}
	if why := p.protected(&c); why != "" {
		return why
	}
	if _, held := p.heldOpen(d); held {
		return "a person has it taken back just now"
	}
	if c.Kind != change.Rule {
		if _, closes := p.byRoute[routeKey{c.Resource, c.Destination.String()}]; closes {
			return "the next run would take it away"
		}
		return ""
	}
	if _, closes := p.byRule[c.Rule.ID]; closes {
		return "the next run would revoke it"
	}
	if name, own := p.makerOf(c.Rule); name != "" && !own {
		return fmt.Sprintf("it carries the tag of another deployment of cachegate, %q: let one of them alone look after it", name)
	}
	return ""
}
