package access

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// transitVPC is the path to another VPC, usually of another Region, over an appliance in a
// transit VPC. A rule can only name address ranges.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/elasticache-vpc-accessing.html
type transitVPC struct{}

func (transitVPC) path() intent.Path { return intent.TransitVPC }

func (p transitVPC) carriers(t *tracing) []carrier {
	if via := t.Intent.Via; via != "" && !p.path().Over(intent.CarrierOf(via)) {
		return nil
	}
	far, _ := spokeVPCs(t)
	var out []carrier
	for _, v := range far {
		if hasSpoke(t, t.vpc) && hasSpoke(t, v) {
			out = append(out, p.carrier(t, v))
		}
	}
	return out
}

// carrier leads to another VPC over whatever of the cache VPC may lead to the appliance.
func (p transitVPC) carrier(t *tracing, far network.VPC) carrier {
	c := carrier{path: p.path(), id: far.ID, name: "a transit VPC to " + far.ID, holds: t.holding(far, nil), health: works, spoke: far}
	for _, g := range t.gatewaysOf(t.vpc.ID) {
		c.targets = append(c.targets, network.Target{Kind: network.TargetVPNGateway, ID: g.ID})
	}
	for _, eni := range (appliances{t}).in(t.vpc.ID) {
		c.targets = append(c.targets, network.Target{Kind: network.TargetNetworkInterface, ID: eni.ID})
	}
	return c
}

func (p transitVPC) judge(t *tracing) {
	far, h := spokeVPCs(t)
	switch {
	case len(far) > 0:
		var found []carrier
		for _, v := range far {
			found = append(found, p.carrier(t, v))
		}
		t.over(found)
	case t.v6 && !(appliances{t}).has(t.vpc):
		t.failSource(noIPv6(t))
	case t.ranged() && h.Verdict == Unknown:
		t.add(h)
		judgeOwnSpoke(t)
	default:
		t.failSource(h)
	}
}

// judgeBehindTransitVPC judges a source in one other VPC.
func judgeBehindTransitVPC(t *tracing, vpc network.VPC) {
	has := appliances{t}.has
	switch {
	case t.v6 && (!has(t.vpc) || !has(vpc)):
		t.failSource(noIPv6(t))
	case t.source.Kind == intent.SecurityGroup:
		judgeGroupBehindTransitVPC(t, vpc)
	default:
		spokes{t, vpc, clients{t}.in(vpc, nil)}.judge(refusal{})
	}
}

// judgeGroupBehindTransitVPC judges the path to a group, so that what its addresses would
// need is told too. No rule can name the group: where no other lets it in, nothing is needed
// on the path.
func judgeGroupBehindTransitVPC(t *tracing, vpc network.VPC) {
	c := clients{t}.in(vpc, nil)
	never := Hop{Kind: HopReference, Resource: t.source.ID, Location: vpc.Location}
	never = never.failing("a rule cannot refer to a group behind a transit VPC", clients{t}.declareInstead(c))
	if (ingress{tracing: t, c: c}).admittedByRange() {
		no := refusal{blocked: blocked(BlockReference, "a group cannot be referenced behind a transit VPC"), verdict: Fail, hop: &never}
		spokes{t, vpc, c}.judge(no)
		return
	}
	c.peers = nil
	needs := len(t.needs)
	spokes{t, vpc, c}.judge(refusal{})
	t.needs = t.needs[:needs]
	t.failSource(never)
}

// judgeOwnSpoke judges what can be judged where the VPC of ranges is not known: the cache's
// own side, which is opened as declared.
func judgeOwnSpoke(t *tracing) {
	c := clients{t}.ofRanges()
	judgeSpoke(t, t.vpc, leg{from: t.cacheSubnets(), to: c.addresses, blockOf: itself, what: toClient})
	networkACLs{t}.between(c)
	ingress{tracing: t, c: c}.judge()
	t.needsUnknown(change.Route, network.Location{}, true)
}

// hasSpoke says whether a VPC has a virtual private gateway, or an appliance. A gateway that
// is Direct Connect's alone leads to none.
func hasSpoke(t *tracing, v network.VPC) bool {
	forVPN := slices.ContainsFunc(t.gatewaysOf(v.ID), func(g attachedGateway) bool {
		return len(t.connectionsAt(g.ID)) > 0 || len(virtualInterfaces{t}.associations(g.ID)) == 0
	})
	return forVPN || len(appliances{t}.in(v.ID)) > 0
}

// spokeVPCs finds the VPCs of a source that are not the cluster's own; the hop says why there
// is none.
func spokeVPCs(t *tracing) ([]network.VPC, Hop) {
	where, h, ok := t.place()
	if !ok {
		return nil, h
	}
	if !where.unread.IsZero() {
		return nil, where.why
	}
	if v, found := t.VPCs[where.vpc]; found && where.vpc != t.vpc.ID {
		return []network.VPC{v}, Hop{}
	}
	var with []network.VPC
	var without []string
	for _, id := range sortedKeys(t.VPCs) {
		v := t.VPCs[id]
		switch {
		case id == t.vpc.ID || where.vpc != "" || !inside(v.CIDRs, t.ranges()):
		case hasSpoke(t, v) || t.failure(v.Location, network.KindVPNGateway) != nil:
			with = append(with, v)
		default:
			without = append(without, id)
		}
	}
	if len(with) > 0 {
		return with, Hop{}
	}
	if len(without) == 0 {
		return nil, noSpokeVPC(t)
	}
	first := t.VPCs[without[0]]
	return nil, t.sourceHop(t.name).failing(
		fmt.Sprintf("%s holds %s and has no connection to a transit VPC", strings.Join(without, ", "), t.name),
		say("declare the path that leads there"),
		command(first.Location, "aws ec2 attach-vpn-gateway --vpn-gateway-id VGW_ID --vpc-id %s", first.ID).
			Because("attach a virtual private gateway with VPN connections to the appliance").Alternative())
}

// noSpokeVPC says that no VPC that was read holds the source: another may.
func noSpokeVPC(t *tracing) Hop {
	if f := t.anyFailure(network.KindVPC); f != nil {
		return t.sourceHop(t.name).unread(*f)
	}
	return t.sourceHop(t.name).unknown(fmt.Sprintf("no VPC that cachegate can read holds %s", t.name),
		say("let cachegate read the account and Region of the source's VPC (deploy the spoke stack there), or correct the source"))
}
