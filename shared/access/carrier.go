package access

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// carrier is one thing that may carry what passes between a source and the cluster: a
// peering connection, a transit gateway that both sides are attached to, a gateway where
// VPN connections or Direct Connect end.
type carrier struct {
	path intent.Path
	// id is how via names it, name how a person tells it from the others.
	id, name string
	// targets are where a table of the cache VPC sends what goes by it.
	targets []network.Target
	// attachments are where a transit gateway sends that, one gateway after the other;
	// none where no transit gateway is on the way.
	attachments []string
	holds       holding
	health      health
	// link joins the cache VPC to the one that holds the source; nil on premises.
	link vpcLink
	// own is the cache VPC's attachment to the transit gateway on the way.
	own network.TransitGatewayAttachment
	// ends are what a data centre comes in by, at the gateway or over own.
	ends ends
	// spoke is the VPC of the source behind a transit VPC.
	spoke network.VPC
	// ended are the attachments of the ends at the gateway of own: any of them will do.
	ended []string
	// bits are the length of the longest prefix that the ends are known to carry.
	bits int
}

// holding is how well it is known that the source is at the far end of a carrier.
type holding int

const (
	// holdsSurely is a VPC that is named, or that has a subnet with the source's addresses
	// or may have one, since its subnets were not read; and a data centre that is known to
	// have them.
	holdsSurely holding = iota
	// holdsByBlock is a VPC whose block has the addresses, and no subnet of it.
	holdsByBlock
	// mayHold is a data centre that nobody has told the addresses of.
	mayHold
	// holdsOthers is a data centre that announces other addresses.
	holdsOthers
)

// health orders carriers by what can be expected of them.
type health int

const (
	works health = iota
	mayWork
	neverWorks
)

// choose asks the network which of the carriers of a source is meant: the one whose VPC has
// the source's addresses, over which the tables of the cache VPC send their answers; a dead
// one never, where another is alive. More than one is left where the network does not tell:
// what the source's own VPC routes says nothing, since it may be there for others.
// https://docs.aws.amazon.com/vpc/latest/peering/peering-configurations-partial-access.html
// https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
func (t *tracing) choose(left []carrier) []carrier {
	return narrow(left,
		withSubnets, best(func(c carrier) int { return int(c.health) / int(neverWorks) }), t.routedBack, t.routedByGateway, t.overAppliance,
		byGatewayPriority, best(func(c carrier) int { return int(c.holds) }),
		best(func(c carrier) int { return int(c.health) }),
	)
}

// narrow asks one question after the other while more than one carrier is left. A question
// that none of them passes tells nothing.
func narrow(left []carrier, questions ...func([]carrier) []carrier) []carrier {
	for _, keep := range questions {
		if len(left) < 2 {
			break
		}
		if kept := keep(left); len(kept) > 0 {
			left = kept
		}
	}
	return left
}

// withSubnets drops VPCs without a subnet that has the source's addresses, where another
// VPC has one: an address is nowhere but in a subnet.
func withSubnets(all []carrier) []carrier {
	if !slices.ContainsFunc(all, func(c carrier) bool { return c.link != nil && c.holds == holdsSurely }) {
		return all
	}
	return only(all, func(c carrier) bool { return c.link == nil || c.holds == holdsSurely })
}

// best keeps the carriers that an order ranks lowest.
func best(rank func(carrier) int) func([]carrier) []carrier {
	return func(all []carrier) []carrier {
		low := rank(all[0])
		for _, c := range all {
			low = min(low, rank(c))
		}
		return only(all, func(c carrier) bool { return rank(c) == low })
	}
}

// overAppliance keeps a transit VPC, where the VPN connections of the source's VPC end at the
// same appliance as the cache VPC's: what these lead to is that VPC. Where they are known to
// end elsewhere, the transit VPC is none.
func (t *tracing) overAppliance(all []carrier) []carrier {
	joined := only(all, func(c carrier) bool { return c.spoke.ID != "" && t.joinedAt(c.spoke) != network.Off })
	if len(joined) > 0 {
		return append(joined, only(all, func(c carrier) bool { return c.link != nil })...)
	}
	return only(all, func(c carrier) bool { return c.spoke.ID == "" })
}

// byGatewayPriority keeps what a virtual private gateway prefers, where all carriers end at
// one: the longest prefix that is known, then Direct Connect.
// https://docs.aws.amazon.com/vpn/latest/s2svpn/vpn-route-priority.html
func byGatewayPriority(all []carrier) []carrier {
	for _, c := range all {
		if c.ends == nil || c.targets[0] != all[0].targets[0] || c.targets[0].Kind != network.TargetVPNGateway {
			return all
		}
	}
	prefer := func(c carrier) int {
		if c.path == intent.DirectConnect {
			return 0
		}
		return 1
	}
	return narrow(all,
		best(func(c carrier) int { return int(c.health) }), best(func(c carrier) int { return int(c.holds) }),
		best(func(c carrier) int { return -c.bits }), best(prefer),
	)
}

func only(all []carrier, which func(carrier) bool) []carrier {
	return slices.DeleteFunc(slices.Clone(all), func(c carrier) bool { return !which(c) })
}

// routedBack keeps the carriers over which tables of the cache's subnets send answers to
// the source: to the very attachment, or at least to the gateway.
func (t *tracing) routedBack(all []carrier) []carrier {
	var exactly, nearly []carrier
	for _, c := range all {
		switch t.leads(t.answers(t.addressesAt(c)), c) {
		case leadsThere:
			exactly = append(exactly, c)
		case leadsToGateway:
			nearly = append(nearly, c)
		case leadsElsewhere:
		}
	}
	if len(exactly) > 0 {
		return exactly
	}
	return nearly
}

// routedByGateway drops carriers over a transit gateway whose tables send the source's
// addresses to another of them, though no route of the VPC leads to the gateway yet.
func (t *tracing) routedByGateway(all []carrier) []carrier {
	meant := t.forIntent()
	sent := make(map[int]bool, len(all))
	gateways := map[string]bool{}
	for i, c := range all {
		if c.own.ID != "" && t.leads(meant.sentOn(c), c) == leadsThere {
			sent[i], gateways[c.own.ID] = true, true
		}
	}
	var out []carrier
	for i, c := range all {
		if sent[i] || !gateways[c.own.ID] {
			out = append(out, c)
		}
	}
	return out
}

// sentOn follows what the transit gateway of a carrier does with answers to the source.
func (t *tracing) sentOn(c carrier) []exit {
	var out []exit
	for _, p := range t.addressesAt(c) {
		out = append(out, t.gatewayExits(c.own, c.targets[0], p)...)
	}
	return out
}

// answers follows what the cache's subnets send to ranges, by routes that tell which way is
// meant for the intent.
func (t *tracing) answers(to []netip.Prefix) []exit {
	meant := t.forIntent()
	return meant.exits(t.vpc.ID, t.cacheSubnets(), to)
}

// forIntent leaves out the routes that are there for other intents.
func (t *tracing) forIntent() *tracing {
	one := *t
	one.leaveOut = t.ForOthers
	return &one
}

// over judges the source over that of the carriers which the network tells of.
func (t *tracing) over(found []carrier) {
	left := t.choose(found)
	if len(left) > 1 {
		t.judging.ambiguous = true
		t.failSource(t.ambiguousHop(left))
		t.undecided(left)
		return
	}
	t.judgeOver(left[0], found)
	if t.tablesUnread(found) { // they might have told of another one
		t.undecided(only(found, func(c carrier) bool { return c.health < neverWorks && (c.id != left[0].id || c.name != left[0].name) }))
	}
}

// tablesUnread says whether tables could not be read that tell which of several carriers is
// meant.
func (t *tracing) tablesUnread(found []carrier) bool {
	if t.failure(t.cluster.Location, network.KindRouteTable) != nil {
		return true
	}
	return slices.ContainsFunc(found, func(c carrier) bool {
		return c.own.ID != "" && t.failure(c.own.Location, network.KindTransitGatewayRouteTable) != nil
	})
}

// judgeOver judges the source over one carrier. Where the intent leaves it open, requests may
// come over any other.
func (t *tracing) judgeOver(c carrier, all []carrier) {
	switch {
	case c.spoke.ID != "":
		judgeBehindTransitVPC(t, c.spoke)
		return
	case c.ends != nil:
		onPremises{t, c.ends, clients{t}.ofRanges()}.judgeOver(c)
		return
	case c.link == nil:
		sameVPC{}.judge(t)
		return
	}
	if t.Intent.Path == "" && t.Intent.Via == "" {
		all = append(peering{}.carriers(t), transitGateway{}.carriers(t)...)
	}
	judgeLinks(t, c.link, t.requestsOver(c, all))
}

// undecided records what the source would need over each of the carriers that may be meant,
// so that nothing that carries it now is taken away. It opens nothing.
func (t *tracing) undecided(left []carrier) {
	for _, c := range left {
		t.aside(func(one *tracing) { one.judgeOver(c, nil) })
	}
}

// aside judges the source without telling a hop, and records what it would need as blocked.
func (t *tracing) aside(judge func(*tracing)) {
	one := *t.judging
	one.hops, one.needs, one.unknown, one.known = nil, nil, nil, map[hopKey]int{}
	judge(one.trace(t.source))
	for _, n := range one.needs {
		n.Blocked = cmp.Or(n.Blocked, undecidedPath())
		t.need(n)
	}
	t.unknown = append(t.unknown, one.unknown...)
}

func undecidedPath() Block { return blocked(BlockUndecidedPath, "it is not clear which path is meant") }

// holding says how well it is known that a VPC on the way holds the source.
func (t *tracing) holding(vpc network.VPC, unread *network.Failure) holding {
	if !t.ranged() || unread != nil || len(overlapping(t.subnetsOf[vpc.ID], t.ranges())) > 0 {
		return holdsSurely
	}
	return holdsByBlock
}

// ambiguousHop says that more than one carrier may be meant.
func (t *tracing) ambiguousHop(left []carrier) Hop {
	var names, ids []string
	for _, c := range left {
		names = append(names, c.name)
		ids = append(ids, c.id)
	}
	h := Hop{Kind: HopPath, Resource: t.vpc.ID, Location: t.cluster.Location}
	detail := fmt.Sprintf("%s may each lead to %s, and neither the routes of %s nor subnets say which is meant",
		strings.Join(names, " and "), t.name, strings.Join(t.tablesOf(t.cacheSubnets()), ", "))
	slices.Sort(ids)
	if ids = slices.Compact(ids); len(ids) == len(left) {
		return h.failing(detail, say("set via to the one you mean: %s", strings.Join(ids, " or ")))
	}
	return h.failing(detail, say("declare a source that is in only one of them: a security group, a VPC or a narrower range"))
}
