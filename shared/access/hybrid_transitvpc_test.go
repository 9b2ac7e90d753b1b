package access

import (
	"testing"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

const spokeRange = "10.7.1.0/24"

func joinedSpokes() *network.Snapshot { return withSpoke(withVPN(withVGW(snapshot()))) }

// farRouteNeed is the route of the application's table to the cache's VPC.
func farRouteNeed() change.Requirement {
	return change.Requirement{Kind: change.Route, Location: far, Resource: "rtb-0f", Destination: cidr("10.0.0.0/16"), Target: network.TargetOf("vgw-0f")}
}

func ownRouteNeed() change.Requirement {
	r := routeNeed("vgw-0c")
	r.Destination = cidr("10.7.0.0/16")
	return r
}

func judgeSpokes(s *network.Snapshot, sources ...string) Judgement {
	return NewIndex(s).Judge(over(intent.TransitVPC, sources...))
}

func TestATransitVPCIsJudgedOnBothSpokesWithTheApplianceBetween(t *testing.T) {
	j := judgeSpokes(joinedSpokes(), spokeRange)
	equal(t, "the state", j.State, StateClosed)
	for _, r := range []change.Requirement{ownRouteNeed(), farRouteNeed(), ruleNeed(spokeRange)} {
		equal(t, r.String()+" is needed", needs(j, r), true)
	}
	sides := map[string]Side{"vgw-0f": SourceSide, "vpn-0f": SourceSide, "rtb-0f": SourceSide, "198.51.100.7": Between, "vgw-0c": ClusterSide, "vpn-0c": ClusterSide, "rtb-0c": ClusterSide}
	for _, h := range j.Hops {
		if want, ok := sides[h.Resource]; ok {
			equal(t, "the side of "+h.Resource, h.Side, want)
			delete(sides, h.Resource)
		}
	}
	equal(t, "the number of hops that are missing", len(sides), 0)
}

func TestAGroupBehindATransitVPCNeedsNothingButIsToldItsWay(t *testing.T) {
	j := judgeSpokes(joinedSpokes(), "444455556666/sg-0f")
	equal(t, "the state", j.State, StateBlocked)
	equal(t, "the number of needs", len(j.Needs), 0)
	equal(t, "what it holds is kept", hides(j, ruleNeed(spokeRange)), true)
	contains(t, "the fix", hop(t, j, HopReference).Fix(), "10.7.1.10/32")
	equal(t, "the way is told", len(hopsOf(j, HopVPNTunnel)), 2)
}

func TestAGroupTakesNothingFromTheOtherSourcesOfItsIntent(t *testing.T) {
	j := judgeSpokes(joinedSpokes(), spokeRange, "444455556666/sg-0f")
	equal(t, "the rule of the range is needed", needs(j, ruleNeed(spokeRange)), true)
	equal(t, "the route of the range is needed", needs(j, ownRouteNeed()), true)
}

func TestAnEgressRuleToTheClustersGroupDoesNotCountOverATransitVPC(t *testing.T) {
	s := joinedSpokes()
	edit(s.SecurityGroups, "sg-0f", func(g *network.SecurityGroup) {
		g.Rules = []network.Rule{out(tcp("sgr-e8", 6379, 6379, "111122223333/sg-0c"))}
	})
	h := hop(t, judgeSpokes(s, "444455556666/sg-0f"), HopEgress)
	equal(t, "the egress", h.Verdict, Fail)
	contains(t, "the fix", h.Fix(), "10.0.1.0/24")
}

func TestWhereCustomerGatewaysAreNotReadNobodyKnowsWhetherTheSpokesMeet(t *testing.T) {
	j := judgeSpokes(darken(joinedSpokes(), far, network.KindCustomerGateway), spokeRange)
	h := hop(t, j, HopAppliance)
	equal(t, "the appliance", h.Verdict, Unknown)
	contains(t, "the fix", h.Fix(), "account 444455556666")
	equal(t, "the number of what is not known", len(j.Unknown), 0)
}

func TestAGatewayOfTheFarVPCThatIsNotReadIsUnknownAndHoldsTheFarRoutesAlone(t *testing.T) {
	j := judgeSpokes(darken(joinedSpokes(), far, network.KindVPNGateway), spokeRange)
	equal(t, "the far gateway", hopsOf(j, HopVPNGateway)["vpc-0f"], Unknown)
	equal(t, "the state", j.State, StateUnknown)
	equal(t, "the far route is held", hides(j, farRouteNeed()), true)
	equal(t, "the own route is needed", needs(j, ownRouteNeed()), true)
	equal(t, "the own routes are held", hides(j, ownRouteNeed()), false)
}

func TestARangeOfAVPCThatIsNotReadOpensTheOwnSideAndHoldsTheRoutesOfOthers(t *testing.T) {
	s := withVPN(withVGW(snapshot()))
	s.Failures = []network.Failure{{Location: far, Kind: network.KindVPC, Operation: "ec2:DescribeVpcs", Code: "AccessDenied"}}
	j := judgeSpokes(s, spokeRange)
	equal(t, "the source", hop(t, j, HopSource).Verdict, Unknown)
	equal(t, "the rule is needed", needs(j, ruleNeed(spokeRange)), true)
	equal(t, "the far route is held", hides(j, farRouteNeed()), true)
}

// transitAt puts an interface that forwards into a VPC.
func transitAt(s *network.Snapshot, id, vpc, subnet string, at network.Location) *network.Snapshot {
	s.NetworkInterfaces[id] = network.NetworkInterface{ID: id, VPC: vpc, Subnet: subnet, Location: at, Status: "in-use"}
	return s
}

func TestAnApplianceThatViaNamesInTheTransitVPCLeavesTheSpokesTheirGateways(t *testing.T) {
	s := transitAt(joinedSpokes(), "eni-0t", "vpc-0t", "subnet-0t", far)
	j := NewIndex(s).Judge(via(over(intent.TransitVPC, spokeRange), "eni-0t"))
	equal(t, "the own gateway", hopsOf(j, HopVPNGateway)["vgw-0c"], Pass)
	equal(t, "the far gateway", hopsOf(j, HopVPNGateway)["vgw-0f"], Pass)
}

func TestAnApplianceThatViaNamesAndNobodyFinds(t *testing.T) {
	d := via(over(intent.TransitVPC, spokeRange), "eni-0k")
	equal(t, "where all is read", hopsOf(NewIndex(joinedSpokes()).Judge(d), HopAppliance)["eni-0k"], Fail)
	s := joinedSpokes()
	s.Failures = []network.Failure{{Location: there, Kind: network.KindNetworkInterface, Operation: "ec2:DescribeNetworkInterfaces", Code: "AccessDenied"}}
	equal(t, "where an account is dark", hopsOf(NewIndex(s).Judge(d), HopAppliance)["eni-0k"], Unknown)
}

func TestTheApplianceToWhichTheRoutesLeadIsTaken(t *testing.T) {
	s := withSpoke(snapshot())
	transitAt(s, "eni-0a1", "vpc-0c", "subnet-0a", here)
	transitAt(s, "eni-0b1", "vpc-0c", "subnet-0a", here)
	edit(s.RouteTables, "rtb-0c", func(r *network.RouteTable) { r.Routes = append(r.Routes, static("10.7.0.0/16", "eni-0b1")) })
	verdicts := hopsOf(judgeSpokes(s, spokeRange), HopAppliance)
	equal(t, "the appliance with the route", verdicts["eni-0b1"], Pass)
	equal(t, "the number of appliances", len(verdicts), 1)
}

func TestIPv6GoesBetweenAppliancesButNotOverAVirtualPrivateGateway(t *testing.T) {
	six := func(s *network.Snapshot) *network.Snapshot {
		edit(s.VPCs, "vpc-0f", func(v *network.VPC) { v.CIDRs = append(v.CIDRs, cidr("2001:db8:f::/56")) })
		edit(s.Subnets, "subnet-0f", func(v *network.Subnet) { v.CIDRs = append(v.CIDRs, cidr("2001:db8:f::/64")) })
		return dualStack(s)
	}
	over := judgeSpokes(six(joinedSpokes()), "2001:db8:f::/64")
	equal(t, "over gateways", hop(t, over, HopAddressFamily).Verdict, Fail)
	equal(t, "the number of needs", len(over.Needs), 0)
	s := six(withSpoke(snapshot()))
	clear(s.VPNGateways)
	transitAt(s, "eni-0t", "vpc-0c", "subnet-0a", here)
	transitAt(s, "eni-0u", "vpc-0f", "subnet-0f", far)
	between := judgeSpokes(s, "2001:db8:f::/64")
	equal(t, "between appliances", len(hopsOf(between, HopAddressFamily)), 0)
	equal(t, "the rule is needed", needs(between, ruleNeed("2001:db8:f::/64")), true)
}
