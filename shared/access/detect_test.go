package access

import (
	"slices"
	"strings"
	"testing"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// joined adds a transit gateway that both VPCs are attached to.
func joined(s *network.Snapshot) *network.Snapshot {
	s.TransitGateways["tgw-0a"] = network.TransitGateway{ID: "tgw-0a", Location: here, Owner: here.Account, State: network.Available}
	for id, vpc := range map[string]string{"tgw-attach-0c": "vpc-0c", "tgw-attach-0a": "vpc-0a"} {
		owner := here.Account
		if vpc == "vpc-0a" {
			owner = there.Account
		}
		s.TransitGatewayAttachments[id] = network.TransitGatewayAttachment{
			ID: id, Gateway: "tgw-0a", Location: here, GatewayOwner: here.Account, ResourceType: "vpc", ResourceID: vpc, ResourceOwner: owner,
			State: network.Available, RouteTable: "tgw-rtb-0a", AssociationState: "associated",
		}
	}
	s.TransitGatewayRouteTables["tgw-rtb-0a"] = network.TransitGatewayRouteTable{ID: "tgw-rtb-0a", Gateway: "tgw-0a", Location: here, State: network.Available}
	return s
}

func TestThePathOfAnIntentThatNamesNone(t *testing.T) {
	tests := []struct {
		name     string
		snapshot func() *network.Snapshot
		sources  []string
		via      string
		path     intent.Path
		detail   string
	}{
		{"a group of the VPC", func() *network.Snapshot { return peeredSnapshot() }, []string{"sg-0a"}, "", intent.SameVPC, ""},
		{"a CIDR of the VPC", func() *network.Snapshot { return peeredSnapshot() }, []string{"10.0.2.0/24"}, "", intent.SameVPC, ""},
		{"the VPC itself", func() *network.Snapshot { return peeredSnapshot() }, []string{"vpc-0c"}, "", intent.SameVPC, ""},
		{"a group of a peered VPC", func() *network.Snapshot { return peeredSnapshot() }, []string{"444455556666/sg-0b"}, "", intent.Peering, ""},
		{"a CIDR of a peered VPC", func() *network.Snapshot { return peeredSnapshot() }, []string{"10.1.1.0/24"}, "", intent.Peering, ""},
		{"a peered VPC", func() *network.Snapshot { return peeredSnapshot() }, []string{"vpc-0a"}, "", intent.Peering, ""},
		{"a VPC on the same transit gateway", func() *network.Snapshot {
			s := joined(peeredSnapshot())
			delete(s.PeeringConnections, "pcx-0a")
			return s
		}, []string{"vpc-0a"}, "", intent.TransitGateway, ""},
		{"both ways are an error that lists them", func() *network.Snapshot { return joined(peeredSnapshot()) }, []string{"vpc-0a"}, "", "", "peering, transit-gateway"},
		{"via decides between both ways", func() *network.Snapshot { return joined(peeredSnapshot()) }, []string{"vpc-0a"}, "tgw-0a", intent.TransitGateway, ""},
		{"a deleted peering connection does not compete", func() *network.Snapshot {
			s := joined(peeredSnapshot())
			p := s.PeeringConnections["pcx-0a"]
			p.Status = "deleted"
			s.PeeringConnections["pcx-0a"] = p
			return s
		}, []string{"vpc-0a"}, "", intent.TransitGateway, ""},
		{"a broken way is named where there is no other", func() *network.Snapshot {
			s := peeredSnapshot()
			p := s.PeeringConnections["pcx-0a"]
			p.Status = "deleted"
			s.PeeringConnections["pcx-0a"] = p
			return s
		}, []string{"vpc-0a"}, "", intent.Peering, ""},
		{"sources of two ways have no one path", func() *network.Snapshot { return peeredSnapshot() }, []string{"sg-0a", "10.1.1.0/24"}, "", "", "no single path"},
		{"a range that is nowhere", func() *network.Snapshot { return peeredSnapshot() }, []string{"192.168.0.0/24"}, "", "", "nothing connects vpc-0c to 192.168.0.0/24"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := declared(tt.sources...)
			d.Intent.Via = tt.via
			j := NewIndex(tt.snapshot()).Judge(d)
			equal(t, "the path", j.Path, tt.path)
			if tt.path != "" {
				return
			}
			opens := func(n Need) bool { return n.Blocked.None() }
			equal(t, "a need opens something", slices.ContainsFunc(j.Needs, opens), false)
			equal(t, "what it holds is kept", len(j.Unknown) > 0, true)
			if !slices.ContainsFunc(j.Hops, func(h Hop) bool { return h.Kind == HopPath && strings.Contains(h.Detail, tt.detail) }) {
				t.Errorf("%v does not say %q", j.Hops, tt.detail)
			}
		})
	}
}

func TestAPathThatCannotBeFoundBecauseOfAFailedReadIsUnknownNotWrong(t *testing.T) {
	for name, f := range map[string]network.Failure{
		"of the far side":      {Location: there, Kind: network.KindVPC, Operation: "ec2:DescribeVpcs", Code: "UnauthorizedOperation"},
		"of the cache's side":  {Location: here, Kind: network.KindPeeringConnection, Operation: "ec2:DescribeVpcPeeringConnections", Code: "RequestLimitExceeded"},
		"of transit gateways":  {Location: here, Kind: network.KindTransitGatewayAttachment, Operation: "ec2:DescribeTransitGatewayAttachments", Code: "RequestLimitExceeded"},
		"of private gateways":  {Location: here, Kind: network.KindVPNGateway, Operation: "ec2:DescribeVpnGateways", Code: "RequestLimitExceeded"},
		"of the prefix source": {Location: here, Kind: network.KindPrefixList, Operation: "ec2:DescribeManagedPrefixLists", Code: "RequestLimitExceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			s := peeredSnapshot()
			clear(s.PeeringConnections)
			s.Failures = []network.Failure{f}
			source := "10.1.1.0/24"
			if f.Kind == network.KindPrefixList {
				source = "pl-0a"
			}
			j := NewIndex(s).Judge(declared(source))
			equal(t, "the state", j.State, StateUnknown)
			equal(t, "what it holds is kept", len(j.Unknown) > 0, true)
		})
	}
}
