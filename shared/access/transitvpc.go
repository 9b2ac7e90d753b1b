package access

import (
	"fmt"
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

func (p transitVPC) supports(t *tracing) support {
	if via := t.Intent.Via; via != "" && !p.path().Over(intent.CarrierOf(via)) {
		return supportNone
	}
	far, ok := t.otherVPC()
	if !ok || !hasSpoke(t, far) || !hasSpoke(t, t.vpc) {
		return supportNone
	}
	return supportAlive
}

func (transitVPC) judge(t *tracing) {
	vpc, h, ok := spokeVPC(t)
	has := appliances{t}.has
	if t.v6 && (!has(t.vpc) || ok && !has(vpc)) {
		t.failSource(noIPv6(t))
		return
	}
	switch {
	case ok && t.source.Kind == intent.SecurityGroup:
		judgeGroupBehindTransitVPC(t, vpc)
	case ok:
		spokes{t, vpc, clients{t}.in(vpc, nil)}.judge(refusal{})
	case t.ranged() && h.Verdict == Unknown:
		t.add(h)
		judgeOwnSpoke(t)
	default:
		t.failSource(h)
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

// hasSpoke says whether a VPC has a virtual private gateway, or an appliance.
func hasSpoke(t *tracing, v network.VPC) bool {
	return len(t.gatewaysOf(v.ID)) > 0 || len(appliances{t}.in(v.ID)) > 0
}

// spokeVPC finds the VPC of a source that is not the cluster's own; the hop says why there
// is none.
func spokeVPC(t *tracing) (network.VPC, Hop, bool) {
	where, h, ok := t.place()
	if !ok {
		return network.VPC{}, h, false
	}
	if !where.unread.IsZero() {
		return network.VPC{}, where.why, false
	}
	if v, found := t.VPCs[where.vpc]; found && where.vpc != t.vpc.ID {
		return v, Hop{}, true
	}
	var without []string
	for _, id := range sortedKeys(t.VPCs) {
		v := t.VPCs[id]
		if id == t.vpc.ID || where.vpc != "" || !inside(v.CIDRs, t.ranges()) {
			continue
		}
		if hasSpoke(t, v) || t.failure(v.Location, network.KindVPNGateway) != nil {
			return v, Hop{}, true
		}
		without = append(without, id)
	}
	if len(without) == 0 {
		return network.VPC{}, noSpokeVPC(t), false
	}
	first := t.VPCs[without[0]]
	return network.VPC{}, t.sourceHop(t.name).failing(
		fmt.Sprintf("%s holds %s and has no way to a transit VPC", strings.Join(without, ", "), t.name),
		say("declare the path that leads there"),
		command(first.Location, "aws ec2 attach-vpn-gateway --vpn-gateway-id VGW_ID --vpc-id %s", first.ID).
			Because("attach a virtual private gateway with VPN connections to the appliance").Alternative()), false
}

// noSpokeVPC says that no VPC that was read holds the source: another may.
func noSpokeVPC(t *tracing) Hop {
	if f := t.anyFailure(network.KindVPC); f != nil {
		return t.sourceHop(t.name).unread(*f)
	}
	return t.sourceHop(t.name).unknown(fmt.Sprintf("no VPC that cachegate can read holds %s", t.name),
		say("let cachegate read the account and Region of the source's VPC (deploy the spoke stack there), or correct the source"))
}
