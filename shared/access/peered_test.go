package access

import (
	"net/netip"

	"github.com/cachegate/cachegate/shared/network"
)

// peeredSnapshot adds vpc-0a of another account, with sg-0b in subnet-0b, over an
// active peering connection without routes.
func peeredSnapshot(rules ...network.Rule) *network.Snapshot {
	s := snapshot(rules...)
	s.VPCs["vpc-0a"] = network.VPC{ID: "vpc-0a", Location: there, CIDRs: cidrs("10.1.0.0/16"), DNSSupport: network.On, DNSHostnames: network.On}
	s.Subnets["subnet-0b"] = network.Subnet{ID: "subnet-0b", VPC: "vpc-0a", Location: there, CIDRs: cidrs("10.1.1.0/24"), AvailabilityZone: "us-east-1a"}
	s.RouteTables["rtb-0a"] = network.RouteTable{ID: "rtb-0a", VPC: "vpc-0a", Location: there, Main: true, Routes: []network.Route{local("10.1.0.0/16")}}
	s.SecurityGroups["sg-0b"] = network.SecurityGroup{ID: "sg-0b", VPC: "vpc-0a", Location: there, Rules: []network.Rule{out(allTraffic("sgr-e1", "0.0.0.0/0"))}}
	s.NetworkInterfaces["eni-0b"] = network.NetworkInterface{
		ID: "eni-0b", VPC: "vpc-0a", Subnet: "subnet-0b", Location: there, SecurityGroups: []string{"sg-0b"},
		Addresses: []netip.Addr{netip.MustParseAddr("10.1.1.10")}, Status: "in-use", SourceDestCheck: true,
	}
	s.PeeringConnections["pcx-0a"] = network.PeeringConnection{
		ID: "pcx-0a", Status: network.PeeringActive,
		Requester: network.PeeringSide{Location: here, VPC: "vpc-0c", CIDRs: cidrs("10.0.0.0/16"), DNSFromRemote: network.Off},
		Accepter:  network.PeeringSide{Location: there, VPC: "vpc-0a", CIDRs: cidrs("10.1.0.0/16"), DNSFromRemote: network.Off},
	}
	return s
}
