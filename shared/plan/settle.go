package plan

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/gaissmai/bart"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// opening is a rule, route or option that the plan would put in place.
type opening struct {
	*desiredRule
	change change.Change
}

func (o *opening) refuse(guard change.Guard, why string) {
	if o.change.Outcome == "" {
		o.change.Outcome, o.change.Guard, o.change.Why = change.Refused, guard, why
	}
}

// settle finds what has to be opened once the closes are made, and takes back
// every close that something depends on which cannot be opened. Taking back only
// makes more survive, so that it ends.
func (p *planner) settle() {
	for {
		p.opens = p.openings()
		p.quotas()
		p.contestedOpens()
		if !p.takeBack() {
			return
		}
	}
}

// gate is a port of a security group.
type gate struct {
	group string
	port  uint16
}

// openings are the desired that nothing carries that survives the closes.
func (p *planner) openings() []*opening {
	var out []*opening
	fresh := map[gate]*bart.Lite{}
	for _, d := range p.sortedDesired() {
		if p.stands(d) {
			continue
		}
		if d.Kind == change.Rule && coveredByFresh(fresh, d) {
			continue
		}
		o := p.opening(d)
		if o == nil {
			continue
		}
		if u, held := p.heldOpen(d); held {
			o.refuse(change.GuardUndone, notAgain(u))
		}
		if p.unapproved[o.change.Text()] {
			o.refuse(change.GuardApproval, waitsForApproval)
		}
		if o.change.Outcome == "" && d.Kind == change.Rule && d.Peer.CIDR.IsValid() {
			addFresh(fresh, d)
		}
		out = append(out, o)
	}
	again := p.reopenings()
	replacing := func(o *opening) bool { return o.change.Action == change.ReplaceRoute }
	out = append(out, slices.DeleteFunc(slices.Clone(again), replacing)...)
	p.refuseRivals(out)
	return append(out, slices.DeleteFunc(again, func(o *opening) bool { return !replacing(o) })...)
}

func coveredByFresh(fresh map[gate]*bart.Lite, d *desiredRule) bool {
	t, ok := fresh[gate{d.Resource, d.Port}]
	return ok && d.Peer.CIDR.IsValid() && t.LookupPrefix(d.Peer.CIDR)
}

func addFresh(fresh map[gate]*bart.Lite, d *desiredRule) {
	key := gate{d.Resource, d.Port}
	if fresh[key] == nil {
		fresh[key] = &bart.Lite{}
	}
	fresh[key].Insert(d.Peer.CIDR)
}

// stands says whether what is desired holds now and still will when the closes are made.
func (p *planner) stands(d *desiredRule) bool {
	if !d.met || d.lacking {
		return false
	}
	switch d.Kind {
	case change.Rule:
		return p.ruleStands(d)
	case change.Route, change.TransitGatewayRoute:
		for _, dst := range d.Carriers {
			if c, ok := p.byRoute[routeKey{d.Resource, dst.String()}]; ok && c.goes() {
				return false
			}
		}
		return true
	default:
		return true
	}
}

func (p *planner) ruleStands(d *desiredRule) bool {
	anyDoes := p.contentWithAny(d)
	leaving := func(r network.Rule) bool {
		c, ok := p.byRule[r.ID]
		return ok && c.goes() || !d.Counts(r) || p.leansOnTag(r.ID, d) || !anyDoes && !p.counts(r)
	}
	survives := func(id string) bool {
		c, ok := p.byRule[id]
		return (!ok || !c.goes()) && !p.leansOnTag(id, d) && (anyDoes || p.counts(p.ruleByID(d.Groups, id)))
	}
	if len(d.By) > 0 && !slices.ContainsFunc(d.By, func(id string) bool { return !survives(id) }) {
		return true
	}
	for _, group := range d.Groups {
		if g, ok := p.Index.Gate(group, d.Port); ok && len(g.CoveringIn(d.Families, d.Peer, leaving)) > 0 {
			return true
		}
	}
	return false
}

// opening makes the change that what is desired asks for; nil where there is none to
// make or to refuse.
func (p *planner) opening(d *desiredRule) *opening {
	if len(d.own) == 0 && !d.met {
		return nil // another unit opens its own
	}
	o := &opening{desiredRule: d, change: change.Change{
		Action: d.Kind.Opens(), Requirement: d.Requirement, Intents: change.IntentsOf(d.holders()), Holders: d.holders(), Reason: change.Declared,
	}}
	v, claimed := p.claims[d.Requirement]
	if claimed && v.presence == change.Fresh && !d.met {
		return nil // written just now: EC2 has still to show it
	}
	lost := d.Kind == change.Route && p.goneRoutes[routeKey{d.Resource, d.Destination.String()}]
	if claimed && (v.presence == change.Gone || v.presence == change.Altered) || lost {
		o.change.Reason = change.Repaired
	}
	switch {
	case d.Kind == change.Rule:
		o.change.Description = p.describeRule(d)
	case d.Kind == change.Route && d.Replaces.ID != "":
		p.replace(o)
	case d.Kind == change.PeeringDNS:
		o.change.Side = change.SideOf(p.Index.PeeringConnections[d.Resource], d.VPC)
	}
	if !d.Blocked.None() {
		if !d.guarded() {
			return nil // the judgement reports it
		}
		o.refuse(guardOf(d.Blocked), d.Blocked.Text)
	}
	return o
}

// guarded says whether a blocked desire is one that a guard refuses, rather than
// one that the network does not allow.
func (d *desiredRule) guarded() bool { return d.met || d.Blocked.Code == access.BlockSharedGroup }

// guardOf names what refuses a blocked desire.
func guardOf(b access.Block) change.Guard {
	if b.Code == access.BlockSharedGroup {
		return change.GuardSharedGroup
	}
	return change.GuardBlocked
}

// replace turns the opening of a route into the replacement of cachegate's own
// route to the same destination, if nobody needs that one any longer.
func (p *planner) replace(o *opening) {
	c, ok := p.byRoute[routeKey{o.Resource, o.Destination.String()}]
	if !ok || !c.goes() {
		o.refuse(change.GuardNeeded, fmt.Sprintf("another intent needs the route %s to %s", o.Destination, o.Replaces))
		return
	}
	o.change.Action = change.ReplaceRoute
	o.change.Previous = c.claim.Claim
}

// refuseRivals refuses routes of one table that would take each other's traffic,
// or that of a route which somebody needs and has.
func (p *planner) refuseRivals(opens []*opening) {
	taken := map[string][]*desiredRule{}
	for _, d := range p.sortedDesired() {
		if d.Kind == change.Route && p.stands(d) {
			taken[d.Resource] = append(taken[d.Resource], d)
		}
	}
	for _, req := range p.sortedClaims() {
		v := p.claims[req]
		if _, mine := p.desired[req]; req.Kind == change.Route && v.presence == change.Present && len(v.keepers) > 0 && !mine {
			taken[req.Resource] = append(taken[req.Resource], &desiredRule{Need: access.Need{Requirement: req}})
		}
	}
	for _, o := range opens {
		if o.Kind != change.Route || o.change.Outcome != "" {
			continue
		}
		for _, other := range taken[o.Resource] {
			if other.Destination.Overlaps(o.Destination) && other.Target != o.Target {
				o.refuse(change.GuardNeeded, fmt.Sprintf("it would take traffic from the route %s to %s, which another intent needs", other.Destination, other.Target))
			}
		}
		if o.change.Outcome == "" {
			taken[o.Resource] = append(taken[o.Resource], o.desiredRule)
		}
	}
}

// takeBack keeps every close that carries something, if only in part, for a
// desire that will not be open otherwise after this plan; it says whether
// anything was kept.
func (p *planner) takeBack() bool {
	made, covers := p.accepted()
	kept := false
	for _, d := range p.sortedDesired() {
		if p.stands(d) || made[d.Requirement] || coveredByFresh(covers, d) {
			continue
		}
		if _, held := p.heldOpen(d); held {
			continue
		}
		for _, c := range p.carrying(d) {
			if c.goes() && p.mode(&c.change) == intent.Enforce {
				c.keep(change.GuardNeeded, fmt.Sprintf("%s is open by it and cannot be opened in another way now", d.Requirement.Noun())+p.whyNot(d))
				kept = true
			}
		}
	}
	return kept
}

// whyNot says why what is desired is not opened, as far as a guard refused it.
func (p *planner) whyNot(d *desiredRule) string {
	for _, o := range p.opens {
		if o.desiredRule == d && o.change.Why != "" {
			return ": " + o.change.Why
		}
	}
	return ""
}

// accepted are the desired that this plan opens for good.
func (p *planner) accepted() (map[change.Requirement]bool, map[gate]*bart.Lite) {
	made := map[change.Requirement]bool{}
	covers := map[gate]*bart.Lite{}
	for _, o := range p.opens {
		if o.change.Outcome != "" || p.mode(&o.change) != intent.Enforce {
			continue
		}
		made[o.Requirement] = true
		if o.Kind == change.Rule && o.Peer.CIDR.IsValid() {
			addFresh(covers, o.desiredRule)
		}
	}
	return made, covers
}

// carrying are the closes that carry what is desired, or a part of it.
func (p *planner) carrying(d *desiredRule) []*closing {
	var out []*closing
	switch d.Kind {
	case change.Rule:
		for _, group := range d.Groups {
			for _, c := range p.byGroup[group] {
				if c.change.Rule.HasPort(d.Port) && p.shares(c.change.Rule.Peer, d.Peer) {
					out = append(out, c)
				}
			}
		}
	case change.Route, change.TransitGatewayRoute:
		for _, c := range p.closes {
			if c.change.Kind == d.Kind && c.change.Resource == d.Resource && c.change.Target == d.Target && c.change.Destination.Overlaps(d.Destination) {
				out = append(out, c)
			}
		}
	case change.Propagation:
		for _, c := range p.closes {
			if c.change.Requirement == d.Requirement {
				out = append(out, c)
			}
		}
	case change.PeeringDNS:
	}
	return out
}

// shares says whether two peers have anything in common: a member of both groups,
// a member with an address in the range, an address in both ranges.
func (p *planner) shares(a, b network.Peer) bool {
	if a == b {
		return true
	}
	x, knownX := p.hosts(a)
	y, knownY := p.hosts(b)
	if !knownX || !knownY {
		return true // nobody knows, so it may be
	}
	for _, prefix := range x {
		if slices.ContainsFunc(y, prefix.Overlaps) {
			return true
		}
	}
	return false
}

// hosts gives the addresses that a peer stands for just now.
func (p *planner) hosts(peer network.Peer) ([]netip.Prefix, bool) {
	if peer.SecurityGroup == "" {
		ranges := p.Index.Ranges(peer)
		return ranges, len(ranges) > 0
	}
	addresses, known := p.Index.Addresses(peer.SecurityGroup)
	var out []netip.Prefix
	for _, a := range addresses {
		out = append(out, netip.PrefixFrom(a, a.BitLen()))
	}
	return out, known
}

// The pauses before something contested is opened again grow from the first one
// by doubling up to the longest. Three repairs in a day make it contested.
const (
	contestedRepairs = 3
	firstPause       = 15 * time.Minute
	longestPause     = 12 * time.Hour
	// closePause is the sweep's pace: forbidden access is still closed.
	closePause = 15 * time.Minute
)

// contestedOpens holds back what somebody else removes again and again.
func (p *planner) contestedOpens() {
	for _, o := range p.opens {
		if n, last := p.repairs(change.ContestKey(o.change)); n >= contestedRepairs {
			pause := min(firstPause<<min(n-contestedRepairs, 8), longestPause)
			if next := last.Add(pause); p.Now.Before(next) && !p.TryNow {
				o.refuse(change.GuardContested, fmt.Sprintf("contested: repaired %d times in 24 hours; next try at %s", n, next.UTC().Format(time.RFC3339)))
			}
		}
	}
}

// contestedCloses holds back what somebody else opens again and again, but no
// longer than until the next sweep.
func (p *planner) contestedCloses() {
	for _, c := range p.closes {
		if n, last := p.repairs(change.ContestKey(c.change)); n >= contestedRepairs && c.goes() && !p.TryNow && p.Now.Before(last.Add(closePause)) {
			c.keep(change.GuardContested, fmt.Sprintf("contested: closed %d times in 24 hours; next close at %s", n, last.Add(closePause).UTC().Format(time.RFC3339)))
		}
	}
}

// repairs counts the repairs within the last day and gives the last of them.
func (p *planner) repairs(key string) (n int, last time.Time) {
	for _, at := range p.Contests[key].Repairs {
		if p.Now.Sub(at) < change.ContestedWithin {
			n++
			last = at
		}
	}
	return n, last
}
