package access

import (
	"cmp"
	"fmt"
	"net/netip"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// peering is the path over a VPC peering connection, across accounts and Regions too:
// the connection, the CIDRs of both VPCs, DNS, routes of both sides, network ACLs, and
// the security groups of both ends.
// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html
type peering struct{}

func (peering) path() intent.Path { return intent.Peering }

func (peering) carriers(t *tracing) []carrier {
	links, _ := peeringSearch{tracing: t}.find()
	var out []carrier
	for _, l := range links {
		out = append(out, carrier{
			path: intent.Peering, id: l.ID, name: l.ID, link: l, holds: t.holding(l.vpc, l.unread), health: peeringHealth(l.Status),
			targets: []network.Target{l.end(ClusterSide).target},
		})
	}
	return out
}

func (p peering) judge(t *tracing) {
	found := p.carriers(t)
	if len(found) == 0 {
		_, none := peeringSearch{tracing: t}.find()
		t.failSource(none)
		return
	}
	t.over(found)
}

// peeringLink is a peering connection as seen from the cluster.
type peeringLink struct {
	network.PeeringConnection
	own, far network.PeeringSide
	vpc      network.VPC // of the far side
	// unread is why the far side's network could not be read.
	unread *network.Failure
}

func (l peeringLink) active() bool { return l.Status == network.PeeringActive }

func (l peeringLink) farVPC() (network.VPC, *network.Failure) { return l.vpc, l.unread }

// end: both sides have routes to the connection itself.
func (l peeringLink) end(Side) routeEnd {
	return routeEnd{network.Target{Kind: network.TargetPeering, ID: l.ID}, l.verdict()}
}

func (peeringLink) inbound() []string { return nil }

func (l peeringLink) judgeItself(t *tracing, _ client) {
	t.add(l.connectionHop())
	judgeOverlap(t, l.ID, l.vpc.ID, l.farBlocks())
	peeringDNS{t, l}.judge()
}

// judgeWay: the connection has no table of its own.
func (peeringLink) judgeWay(*tracing, client, direction) {}

func (peeringLink) judgeFilters(t *tracing, c client) { networkACLs{t}.between(c) }

func (l peeringLink) reference(t *tracing, c client) refusal { return peeringReference(t, l, c) }

func (peeringLink) egressRefers(t *tracing, c client) bool { return c.Region == t.cluster.Region }

// verdict judges the connection's state: what needs it waits, or fails with it.
func (l peeringLink) verdict() Verdict {
	return []Verdict{works: Pass, mayWork: Pending, neverWorks: Fail}[peeringHealth(l.Status)]
}

// farBlocks are the far VPC's blocks: read there, else as the connection tells them
// while it is active.
func (l peeringLink) farBlocks() []netip.Prefix {
	if len(l.vpc.CIDRs) > 0 {
		return l.vpc.CIDRs
	}
	return l.far.CIDRs
}

// peeringHealth says what can be expected of a connection.
func peeringHealth(status string) health {
	switch status {
	case network.PeeringActive:
		return works
	case network.PeeringProvisioning, network.PeeringInitiating, network.PeeringPendingAcceptance:
		return mayWork
	default:
		return neverWorks
	}
}

// connectionHop judges the state of the connection itself.
func (l peeringLink) connectionHop() Hop {
	h := Hop{
		Kind: HopPeering, Resource: l.ID, Location: l.own.Location,
		Detail: fmt.Sprintf("is %s, to %s of account %s in %s", l.Status, l.far.VPC, l.far.Account, l.far.Region),
	}
	switch l.Status {
	case network.PeeringActive:
		return h.passing([]string{l.ID}, h.Detail)
	case network.PeeringProvisioning, network.PeeringInitiating:
		return h.waiting()
	case network.PeeringPendingAcceptance:
		h.Verdict = Pending
		h.Detail += fmt.Sprintf("; account %s has to accept it", l.Accepter.Account)
		h.Fixes = fixes(command(l.Accepter.Location, "aws ec2 accept-vpc-peering-connection --vpc-peering-connection-id %s", l.ID))
		return h
	}
	if l.StatusMessage != "" {
		h.Detail += ": " + l.StatusMessage
	}
	return h.failing(h.Detail, command(l.own.Location, "aws ec2 create-vpc-peering-connection --vpc-id %s --peer-vpc-id %s --peer-owner-id %s --peer-region %s",
		l.own.VPC, l.far.VPC, l.far.Account, l.far.Region))
}

// peeringSearch looks for the connection that leads to a source.
type peeringSearch struct {
	*tracing
	where place
}

// find gives the connections that lead to the source; the hop says why there is none.
func (s peeringSearch) find() ([]peeringLink, Hop) {
	where, h, ok := s.place()
	if !ok {
		return nil, h
	}
	s.where = where
	var found []peeringLink
	for _, p := range s.peerings[s.vpc.ID] {
		if l := s.link(p); s.viaAllows(p.ID) && s.leadsToSource(l) {
			found = append(found, l)
		}
	}
	if len(found) == 0 {
		return nil, s.none()
	}
	if !where.unread.IsZero() && len(found) > 1 && s.Intent.Via == "" {
		return nil, where.why // any of them may lead to the group
	}
	return found, Hop{}
}

func (s peeringSearch) link(p network.PeeringConnection) peeringLink {
	l := peeringLink{PeeringConnection: p}
	l.own, l.far, _ = p.Sides(s.vpc.ID)
	vpc, ok := s.VPCs[l.far.VPC]
	if !ok {
		l.vpc = network.VPC{ID: l.far.VPC, Location: l.far.Location, CIDRs: l.far.CIDRs}
		l.unread = s.unreadLocation(l.far.Location)
		return l
	}
	l.vpc = vpc
	l.unread = s.failure(l.far.Location, network.KindSubnet, network.KindRouteTable)
	return l
}

// leadsToSource says whether the far side of a connection holds the source.
func (s peeringSearch) leadsToSource(l peeringLink) bool {
	switch {
	case s.where.vpc != "":
		return l.far.VPC == s.where.vpc
	case !s.where.unread.IsZero():
		return l.far.Account == s.where.unread.Account
	default:
		return inside(l.farBlocks(), s.ranges())
	}
}

// none says that no connection leads to the source.
func (s peeringSearch) none() Hop {
	h := Hop{Kind: HopPeering, Resource: cmp.Or(s.Intent.Via, s.vpc.ID), Location: s.cluster.Location}
	if f, failed := s.Failed(s.cluster.Location, network.KindPeeringConnection, ""); failed {
		return h.unread(f)
	}
	detail := fmt.Sprintf("no peering connection of %s leads to %s", s.vpc.ID, s.where.text(s.name))
	if s.Intent.Via != "" {
		detail = fmt.Sprintf("%s is not a peering connection of %s that leads to %s", s.Intent.Via, s.vpc.ID, s.name)
	}
	return h.failing(detail, command(s.cluster.Location, "aws ec2 create-vpc-peering-connection --vpc-id %s --peer-vpc-id %s", s.vpc.ID, cmp.Or(s.where.vpc, "VPC_OF_THE_SOURCE")))
}

// peeringReference says why a rule may not refer to the client's group over the
// connection.
// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html
func peeringReference(t *tracing, l peeringLink, c client) refusal {
	switch {
	case t.source.Kind != intent.SecurityGroup:
	case l.far.Region != l.own.Region:
		h := Hop{Kind: HopReference, Resource: t.source.ID, Location: c.Location}
		h = h.failing(fmt.Sprintf("a rule cannot refer to a group over a peering connection between Regions (%s and %s)", l.far.Region, l.own.Region),
			clients{t}.declareInstead(c))
		return refusal{blocked: blocked(BlockReference, "a group cannot be referenced between Regions"), verdict: Fail, hop: &h}
	case !l.active():
		return refusal{blocked: blocked(BlockNotWorking, "a group can be referenced once %s is active", l.ID), verdict: l.verdict()}
	}
	return refusal{}
}
