package access

import (
	"strings"
	"testing"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// gatewaySnapshot joins vpc-0c and vpc-0a of the same account by tgw-0a, with all
// routes and a network ACL each that lets everything through. The attachments
// have a subnet of their own in zones a and b: subnet-0t and -0u of the cache's
// VPC, subnet-0v and -0w of the client's.
func gatewaySnapshot(rules ...network.Rule) *network.Snapshot {
	s := peeredSnapshot(rules...)
	clear(s.PeeringConnections)
	vpc := s.VPCs["vpc-0a"]
	vpc.Location = here
	s.VPCs["vpc-0a"] = vpc
	for _, sn := range []network.Subnet{
		{ID: "subnet-0b", VPC: "vpc-0a", CIDRs: cidrs("10.1.1.0/24"), AvailabilityZone: "us-east-1a"},
		{ID: "subnet-0t", VPC: "vpc-0c", CIDRs: cidrs("10.0.9.0/28"), AvailabilityZone: "us-east-1a"},
		{ID: "subnet-0u", VPC: "vpc-0c", CIDRs: cidrs("10.0.9.16/28"), AvailabilityZone: "us-east-1b"},
		{ID: "subnet-0v", VPC: "vpc-0a", CIDRs: cidrs("10.1.9.0/28"), AvailabilityZone: "us-east-1a"},
		{ID: "subnet-0w", VPC: "vpc-0a", CIDRs: cidrs("10.1.9.16/28"), AvailabilityZone: "us-east-1b"},
	} {
		sn.Location = here
		s.Subnets[sn.ID] = sn
	}
	s.RouteTables["rtb-0c"] = network.RouteTable{ID: "rtb-0c", VPC: "vpc-0c", Location: here, Main: true, Routes: []network.Route{local("10.0.0.0/16"), static("10.1.0.0/16", "tgw-0a")}}
	s.RouteTables["rtb-0a"] = network.RouteTable{ID: "rtb-0a", VPC: "vpc-0a", Location: here, Main: true, Routes: []network.Route{local("10.1.0.0/16"), static("10.0.0.0/16", "tgw-0a")}}
	group := s.SecurityGroups["sg-0b"]
	group.Location = here
	s.SecurityGroups["sg-0b"] = group
	eni := s.NetworkInterfaces["eni-0b"]
	eni.Location = here
	s.NetworkInterfaces["eni-0b"] = eni
	s.TransitGateways["tgw-0a"] = network.TransitGateway{ID: "tgw-0a", Location: here, Owner: here.Account, State: network.Available, SecurityGroupReferencing: network.On}
	table := network.TransitGatewayRouteTable{ID: "tgw-rtb-0a", Gateway: "tgw-0a", Location: here}
	for id, a := range map[string]network.TransitGatewayAttachment{
		"tgw-attach-0c": {ResourceID: "vpc-0c", Subnets: []string{"subnet-0t", "subnet-0u"}},
		"tgw-attach-0a": {ResourceID: "vpc-0a", Subnets: []string{"subnet-0v", "subnet-0w"}},
	} {
		a.ID, a.Gateway, a.Location, a.GatewayOwner, a.ResourceOwner = id, "tgw-0a", here, here.Account, here.Account
		a.ResourceType, a.State, a.RouteTable, a.AssociationState = attachmentVPC, network.Available, "tgw-rtb-0a", "associated"
		a.SecurityGroupReferencing, a.IPv6 = network.On, network.Off
		s.TransitGatewayAttachments[id] = a
		table.Routes = append(table.Routes, network.TransitGatewayRoute{
			Destination: s.VPCs[a.ResourceID].CIDRs[0], Type: "propagated", State: network.RouteActive, Attachments: []string{id},
		})
	}
	s.TransitGatewayRouteTables["tgw-rtb-0a"] = table
	for acl, vpc := range map[string]string{"acl-0c": "vpc-0c", "acl-0a": "vpc-0a"} {
		s.NetworkACLs[acl] = network.NetworkACL{ID: acl, VPC: vpc, Location: here, Default: true, Entries: []network.NetworkACLEntry{
			through(false, "0.0.0.0/0"), through(true, "0.0.0.0/0"),
		}}
	}
	return s
}

func through(egress bool, remote string) network.NetworkACLEntry {
	return network.NetworkACLEntry{Number: 100, Egress: egress, Protocol: protocolAll, Allow: true, CIDR: cidr(remote)}
}

// guarded gives a subnet a network ACL of its own.
func guarded(s *network.Snapshot, acl, subnet string, entries ...network.NetworkACLEntry) {
	s.NetworkACLs[acl] = network.NetworkACL{
		ID: acl, VPC: s.Subnets[subnet].VPC, Location: here, Entries: entries, Associations: []network.NetworkACLAssociation{{Subnet: subnet}},
	}
}

func judged(s *network.Snapshot, sources ...string) Judgement {
	return NewIndex(s).Judge(declared(sources...))
}

func TestAWayOverAGatewayIsOpenWhereEverythingOnItLetsThrough(t *testing.T) {
	j := judged(gatewaySnapshot(tcp("sgr-01", 6379, 6379, "10.1.1.0/24")), "10.1.1.0/24")
	equal(t, "the path", j.Path, intent.TransitGateway)
	equal(t, "the state", j.State, StateOpen)
}

func TestTheNetworkACLsOfTheAttachmentsSubnetsJudgeWhatTheGatewayDeliversAndTakes(t *testing.T) {
	for name, c := range map[string]struct {
		subnet  string
		entries []network.NetworkACLEntry
		want    Verdict
	}{
		"out to the cache and in from the cache is enough at the cache's attachment":    {"subnet-0t", []network.NetworkACLEntry{through(true, "10.0.1.0/24"), through(false, "10.0.1.0/24")}, Pass},
		"out to the client alone says nothing about the connection":                     {"subnet-0t", []network.NetworkACLEntry{through(true, "10.1.1.0/24"), through(false, "10.0.1.0/24")}, Fail},
		"the answers enter the attachment's subnet from the cache":                      {"subnet-0t", []network.NetworkACLEntry{through(true, "10.0.1.0/24"), through(false, "10.1.1.0/24")}, Fail},
		"in from the client and out to the client is enough at the client's attachment": {"subnet-0v", []network.NetworkACLEntry{through(true, "10.1.1.0/24"), through(false, "10.1.1.0/24")}, Pass},
		"the connection enters the attachment's subnet from the client":                 {"subnet-0v", []network.NetworkACLEntry{through(true, "10.1.1.0/24")}, Fail},
		"the answers leave the attachment's subnet to the client":                       {"subnet-0v", []network.NetworkACLEntry{through(false, "10.1.1.0/24")}, Fail},
	} {
		t.Run(name, func(t *testing.T) {
			s := gatewaySnapshot(tcp("sgr-01", 6379, 6379, "10.1.1.0/24"))
			guarded(s, "acl-0t", c.subnet, c.entries...)
			equal(t, "the hop of acl-0t", hopsOf(judged(s, "10.1.1.0/24"), HopNetworkACL)["acl-0t"], c.want)
		})
	}
}

func TestWhereTheAttachmentIsInTheCachesSubnetNothingJudgesWhatComesFromTheGateway(t *testing.T) {
	for name, c := range map[string]struct {
		entries []network.NetworkACLEntry
		want    Verdict
	}{
		"the connection needs no inbound entry":             {[]network.NetworkACLEntry{through(true, "10.1.1.0/24"), through(false, "10.0.1.0/24")}, Pass},
		"the answers are judged out to the client":          {[]network.NetworkACLEntry{through(true, "10.0.1.0/24"), through(false, "10.0.1.0/24")}, Fail},
		"the answers are judged inbound, as from the cache": {[]network.NetworkACLEntry{through(true, "10.1.1.0/24"), through(false, "10.1.1.0/24")}, Fail},
	} {
		t.Run(name, func(t *testing.T) {
			s := gatewaySnapshot(tcp("sgr-01", 6379, 6379, "10.1.1.0/24"))
			a := s.TransitGatewayAttachments["tgw-attach-0c"]
			a.Subnets = []string{"subnet-0c"}
			s.TransitGatewayAttachments["tgw-attach-0c"] = a
			guarded(s, "acl-0s", "subnet-0c", c.entries...)
			equal(t, "the hop of acl-0s", hopsOf(judged(s, "10.1.1.0/24"), HopNetworkACL)["acl-0s"], c.want)
		})
	}
}

func TestTheGatewayKeepsTrafficInTheZoneItComesFrom(t *testing.T) {
	s := gatewaySnapshot(tcp("sgr-01", 6379, 6379, "10.1.1.0/24"))
	guarded(s, "acl-0u", "subnet-0u")
	equal(t, "the state, with an ACL that lets nothing through in the other zone", judged(s, "10.1.1.0/24").State, StateOpen)

	a := s.TransitGatewayAttachments["tgw-attach-0c"]
	a.Subnets = []string{"subnet-0u"}
	s.TransitGatewayAttachments["tgw-attach-0c"] = a
	equal(t, "the hop of the only subnet that the attachment has", hopsOf(judged(s, "10.1.1.0/24"), HopNetworkACL)["acl-0u"], Fail)
}

func TestTheNamesOfZonesAreNotComparedBetweenAccounts(t *testing.T) {
	s := gatewaySnapshot(tcp("sgr-01", 6379, 6379, "10.1.1.0/24"))
	guarded(s, "acl-0u", "subnet-0u")
	vpc := s.VPCs["vpc-0a"]
	vpc.Location = there
	s.VPCs["vpc-0a"] = vpc
	equal(t, "the hop of a zone that the client may be in", hopsOf(judged(s, "10.1.1.0/24"), HopNetworkACL)["acl-0u"], Fail)
}

func TestWhereTheSubnetsOfAnAttachmentCannotBeReadTheirNetworkACLsAreUnknown(t *testing.T) {
	s := gatewaySnapshot(tcp("sgr-01", 6379, 6379, "10.1.1.0/24"))
	a := s.TransitGatewayAttachments["tgw-attach-0c"]
	a.Subnets = nil
	s.TransitGatewayAttachments["tgw-attach-0c"] = a
	s.Failures = append(s.Failures, network.Failure{Location: here, Kind: network.KindTransitGatewayAttachment, Operation: "ec2:DescribeTransitGatewayVpcAttachments", Code: "UnauthorizedOperation"})
	d := declared("10.1.1.0/24")
	d.Intent.Path = intent.TransitGateway
	j := NewIndex(s).Judge(d)
	equal(t, "the state", j.State, StateUnknown)
	equal(t, "the hop", hopsOf(j, HopNetworkACL)["network ACLs of tgw-attach-0c"], Unknown)
}

func TestARouteOfAnAttachmentsSubnetThatLeavesTheLocalRouteIsABlocker(t *testing.T) {
	s := gatewaySnapshot(tcp("sgr-01", 6379, 6379, "10.1.1.0/24"))
	s.RouteTables["rtb-0v"] = network.RouteTable{
		ID: "rtb-0v", VPC: "vpc-0a", Location: here, Associations: []network.RouteTableAssociation{{Subnet: "subnet-0v"}},
		Routes: []network.Route{local("10.1.0.0/16"), static("10.1.1.0/24", "eni-0f")},
	}
	equal(t, "the hop of the client's attachment", hopsOf(judged(s, "10.1.1.0/24"), HopRoute)["rtb-0v"], Fail)

	table := s.RouteTables["rtb-0v"]
	table.Routes = []network.Route{listed("pl-0a", "eni-0f"), local("10.1.0.0/16")}
	s.RouteTables["rtb-0v"] = table
	_, told := hopsOf(judged(s, "10.1.1.0/24"), HopRoute)["rtb-0v"]
	equal(t, "whether a table that keeps the local route is told", told, false)
}

func TestWhatWaitsForAnAttachmentIsPendingAndStaysNeeded(t *testing.T) {
	s := gatewaySnapshot()
	a := s.TransitGatewayAttachments["tgw-attach-0a"]
	a.State, a.RouteTable, a.AssociationState = "pendingAcceptance", "", ""
	s.TransitGatewayAttachments["tgw-attach-0a"] = a
	table := s.TransitGatewayRouteTables["tgw-rtb-0a"]
	var left []network.TransitGatewayRoute
	for _, r := range table.Routes {
		if r.Attachments[0] != "tgw-attach-0a" {
			left = append(left, r)
		}
	}
	table.Routes = left
	s.TransitGatewayRouteTables["tgw-rtb-0a"] = table
	d := declared("sg-0b")
	d.Intent.Path = intent.TransitGateway
	j := NewIndex(s).Judge(d)
	equal(t, "the state", j.State, StatePending)
	equal(t, "the association", hopsOf(j, HopAssociation)["tgw-attach-0a"], Pending)
	equal(t, "the gateway's route", hopsOf(j, HopTransitGatewayRoute)["tgw-rtb-0a"], Pending)
	equal(t, "the rule for a group behind the attachment", hopsOf(j, HopIngress)["sg-0c"], Pending)
	for _, n := range j.Needs {
		if n.Kind == change.TransitGatewayRoute && n.Destination == cidr("10.1.0.0/16") && strings.Contains(n.Blocked.Text, "tgw-attach-0a") {
			return
		}
	}
	t.Errorf("the route to tgw-attach-0a is not needed: %v", j.Needs)
}

func TestARouteThatAnAttachmentDoesNotMendFailsThoughItIsPending(t *testing.T) {
	s := gatewaySnapshot()
	a := s.TransitGatewayAttachments["tgw-attach-0a"]
	a.State = "pending"
	s.TransitGatewayAttachments["tgw-attach-0a"] = a
	table := s.TransitGatewayRouteTables["tgw-rtb-0a"]
	table.Routes = append(table.Routes, network.TransitGatewayRoute{
		Destination: cidr("10.1.1.0/24"), Type: routeStatic, State: network.RouteActive, Attachments: []string{"tgw-attach-0f"},
	})
	s.TransitGatewayRouteTables["tgw-rtb-0a"] = table
	d := declared("10.1.1.0/24")
	d.Intent.Path = intent.TransitGateway
	equal(t, "the gateway's route", hopsOf(NewIndex(s).Judge(d), HopTransitGatewayRoute)["tgw-rtb-0a"], Fail)
}

func TestIPv6NeedsItsSupportAtBothAttachments(t *testing.T) {
	for name, c := range map[string]struct {
		cache, client network.Tri
		want          map[string]Verdict
	}{
		"on at both":          {network.On, network.On, map[string]Verdict{}},
		"off at the client's": {network.On, network.Off, map[string]Verdict{"tgw-attach-0a": Fail}},
		"not read at either":  {network.Unknown, network.Unknown, map[string]Verdict{"tgw-attach-0a": Unknown, "tgw-attach-0c": Unknown}},
	} {
		t.Run(name, func(t *testing.T) {
			s := gatewaySnapshot()
			for id, blocks := range map[string][]string{"vpc-0c": {"10.0.0.0/16", "2001:db8:0:100::/56"}, "vpc-0a": {"10.0.0.0/16", "2001:db8:0:200::/56"}} {
				v := s.VPCs[id]
				v.CIDRs = cidrs(blocks...)
				s.VPCs[id] = v
			}
			for id, ipv6 := range map[string]network.Tri{"tgw-attach-0c": c.cache, "tgw-attach-0a": c.client} {
				a := s.TransitGatewayAttachments[id]
				a.IPv6 = ipv6
				s.TransitGatewayAttachments[id] = a
			}
			k := s.Clusters[sessionsARN]
			k.NetworkType = network.DualStack
			s.Clusters[sessionsARN] = k
			d := declared("2001:db8:0:202::/64")
			d.Intent.Path = intent.TransitGateway
			j := NewIndex(s).Judge(d)
			got := hopsOf(j, HopAddressFamily)
			for _, id := range []string{"tgw-attach-0c", "tgw-attach-0a"} {
				equal(t, "the hop of "+id, got[id], c.want[id])
			}
			equal(t, "the overlap of the IPv4 blocks", hopsOf(j, HopOverlap)["tgw-0a"], Pass)
		})
	}
}

func TestWhereAReferenceToTheCachesGroupLetsTheClientOut(t *testing.T) {
	only := func(s *network.Snapshot, group string, rules ...network.Rule) {
		g := s.SecurityGroups[group]
		g.Rules = rules
		s.SecurityGroups[group] = g
	}
	t.Run("inside one VPC", func(t *testing.T) {
		s := snapshot()
		only(s, "sg-0a", out(tcp("sgr-e0", 6379, 6379, "sg-0c")))
		equal(t, "the egress", hopsOf(judged(s, "sg-0a"), HopEgress)["sg-0a"], Pass)
	})
	t.Run("not over a gateway, whose rule by CIDR does", func(t *testing.T) {
		s := gatewaySnapshot()
		only(s, "sg-0b", out(tcp("sgr-e0", 6379, 6379, "sg-0c")))
		equal(t, "the egress by reference", hopsOf(judged(s, "sg-0b"), HopEgress)["sg-0b"], Fail)
		only(s, "sg-0b", out(tcp("sgr-e0", 6379, 6379, "10.0.1.0/24")))
		equal(t, "the egress by CIDR", hopsOf(judged(s, "sg-0b"), HopEgress)["sg-0b"], Pass)
	})
	t.Run("over a peering connection of one Region", func(t *testing.T) {
		s := peeredSnapshot()
		only(s, "sg-0b", out(tcp("sgr-e0", 6379, 6379, here.Account+"/sg-0c")))
		equal(t, "the egress", hopsOf(judged(s, there.Account+"/sg-0b"), HopEgress)["sg-0b"], Pass)
	})
	t.Run("to the old and the new group while the cluster changes them", func(t *testing.T) {
		s := snapshot()
		s.SecurityGroups["sg-0d"] = network.SecurityGroup{ID: "sg-0d", VPC: "vpc-0c", Location: here}
		k := s.Clusters[sessionsARN]
		k.SecurityGroups = append(k.SecurityGroups, network.Membership{SecurityGroup: "sg-0d", Status: "adding"})
		s.Clusters[sessionsARN] = k
		only(s, "sg-0a", out(tcp("sgr-e0", 6379, 6379, "sg-0c")))
		equal(t, "the egress to the old group alone", hopsOf(judged(s, "sg-0a"), HopEgress)["sg-0a"], Fail)
		only(s, "sg-0a", out(tcp("sgr-e0", 6379, 6379, "sg-0c")), out(tcp("sgr-e2", 6379, 6379, "sg-0d")))
		equal(t, "the egress to both", hopsOf(judged(s, "sg-0a"), HopEgress)["sg-0a"], Pass)
	})
}

func TestWhereTheOwnerOfAGatewayCannotBeReadNothingIsSaidToBeMissing(t *testing.T) {
	s := gatewaySnapshot()
	delete(s.TransitGatewayAttachments, "tgw-attach-0a")
	a := s.TransitGatewayAttachments["tgw-attach-0c"]
	a.GatewayOwner = "123456789012"
	s.TransitGatewayAttachments["tgw-attach-0c"] = a
	owner := network.Location{Account: "123456789012", Region: here.Region}
	s.Failures = append(s.Failures, network.Failure{Location: owner, Kind: network.KindTransitGatewayAttachment, Operation: "ec2:DescribeTransitGatewayAttachments", Code: "AccessDenied"})
	d := declared("10.1.1.0/24")
	d.Intent.Path = intent.TransitGateway
	j := NewIndex(s).Judge(d)
	equal(t, "the state", j.State, StateUnknown)
	if len(j.Unknown) == 0 || !j.Unknown[0].Unread {
		t.Errorf("what the intent holds is not protected: %v", j.Unknown)
	}
}
