package observe_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
)

func TestAPeeredSourceGroupOfAnotherAccountBringsItsVPC(t *testing.T) {
	s := readUnit(t, clientsOf(simOf(t, homeWorld+peerWorld)),
		wantFrom("peering", groupOf(peer.Account, "sg-0p")))
	wantNoFailures(t, s)
	wantFarVPC(t, s)
	want := network.PeeringConnection{
		ID: "pcx-01", Status: "active", StatusMessage: "Active",
		Requester: network.PeeringSide{Location: peer, VPC: "vpc-0p", CIDRs: prefixes("10.1.0.0/16"), DNSFromRemote: network.On},
		Accepter:  network.PeeringSide{Location: home, VPC: "vpc-0c", CIDRs: prefixes("10.0.0.0/16"), DNSFromRemote: network.Off},
	}
	if diff := cmp.Diff(want, s.PeeringConnections["pcx-01"], ignorePrefixFields); diff != "" {
		t.Errorf("pcx-01 (-want +got):\n%s", diff)
	}
	if g := s.SecurityGroups["sg-0p"]; g.Location != peer || g.VPC != "vpc-0p" || len(g.EgressRules()) == 0 {
		t.Errorf("sg-0p is %+v", g)
	}
	if i := s.NetworkInterfaces["eni-0p"]; i.Location != peer {
		t.Errorf("eni-0p is %+v", i)
	}
	wantDependencyKeys(t, s, "vpc-0p", "subnet-0p1", "rtb-0p", "rtbassoc-0p", "sg-0p", "eni-0p", "pcx-01",
		network.LocationKey(peer), "name/111122223333/us-east-1/group-name/shop")
}

// wantFarVPC checks that the peered VPC was read from inside.
func wantFarVPC(t *testing.T, s *network.Snapshot) {
	t.Helper()
	wantKeys(t, "VPCs", s.VPCs, "vpc-0c", "vpc-0p")
	wantKeys(t, "subnets", s.Subnets, "subnet-0c1", "subnet-0c2", "subnet-0p1")
	if v := s.VPCs["vpc-0p"]; v.Location != peer || v.DNSSupport != network.On || v.DNSHostnames != network.Off {
		t.Errorf("vpc-0p is %+v", v)
	}
	if v := s.VPCs["vpc-0c"]; v.DNSSupport != network.On || v.DNSHostnames != network.On {
		t.Errorf("vpc-0c is %+v", v)
	}
	if _, ok := s.RouteTables["rtb-0p"]; !ok {
		t.Error("rtb-0p is missing")
	}
	acls := 0
	for _, a := range s.NetworkACLs {
		if a.VPC == "vpc-0p" {
			acls++
		}
	}
	if acls == 0 {
		t.Error("the network ACL of vpc-0p is missing")
	}
}

func TestEverySourceKindFindsThePeeredVPC(t *testing.T) {
	for name, source := range map[string]intent.Source{
		"a VPC":                      vpc("vpc-0p"),
		"a CIDR inside it":           cidr("10.1.1.0/24"),
		"a CIDR that holds it":       cidr("10.0.0.0/12"),
		"a CIDR that overlaps it":    cidr("10.1.128.0/17"),
		"a group of its account":     groupOf(peer.Account, "sg-0p"),
		"a group without an account": group("sg-0p"),
	} {
		for _, path := range []intent.Path{intent.Peering, ""} {
			t.Run(name+" on path "+string(path), func(t *testing.T) {
				s := readUnit(t, clientsOf(simOf(t, homeWorld+peerWorld)), wantFrom(path, source))
				wantNoFailures(t, s)
				wantFarVPC(t, s)
			})
		}
	}
}

func TestAPrefixListOfAPeeredVPCsAddressesFindsIt(t *testing.T) {
	world := strings.Replace(homeWorld, "Entries: [{Cidr: 10.0.2.0/25}]", "Entries: [{Cidr: 10.1.1.0/25}]", 1)
	s := readUnit(t, clientsOf(simOf(t, world+peerWorld)), wantFrom("peering", list("pl-0s")))
	wantNoFailures(t, s)
	wantFarVPC(t, s)
}

func TestASourceInTheCacheVPCReadsNoPeer(t *testing.T) {
	clients := clientsOf(simOf(t, homeWorld+peerWorld))
	s := readUnit(t, clients, wantFrom("",
		group("sg-0a"), cidr("10.0.2.0/24"), vpc("vpc-0c"), list("pl-0s")))
	wantNoFailures(t, s)
	wantKeys(t, "VPCs", s.VPCs, "vpc-0c")
	for _, op := range []string{"ec2:DescribeVpcAttribute", "ec2:DescribeTransitGatewayAttachments", "ec2:DescribeVpnGateways"} {
		if n := clients.Calls()[op]; n != 0 {
			t.Errorf("%d calls of %s, though no way leaves the VPC", n, op)
		}
	}
}

func TestADarkFarAccountIsAFailureAndTheOwnSideStands(t *testing.T) {
	sim := simOf(t, homeWorld+peerWorld)
	sim.Fail(awssim.Injection{Account: peer.Account, Code: "UnauthorizedOperation", Message: "You are not authorized. Encoded authorization failure message: abc"})
	s := readUnit(t, clientsOf(sim), wantFrom("peering", vpc("vpc-0p"), groupOf(peer.Account, "sg-0p")))
	wantKeys(t, "VPCs", s.VPCs, "vpc-0c")
	if len(s.SecurityGroups["sg-0c"].Rules) == 0 || len(s.RouteTables) != 2 || len(s.PeeringConnections) != 1 {
		t.Error("the own side is not complete")
	}
	for _, k := range []network.Kind{
		network.KindVPC, network.KindSubnet, network.KindRouteTable, network.KindNetworkACL, network.KindSecurityGroup, network.KindRule,
		network.KindNetworkInterface, network.KindDNSAttributes,
	} {
		f, ok := s.Failed(peer, k, "")
		if !ok || f.Code != "UnauthorizedOperation" || f.Message != "You are not authorized." || !strings.HasPrefix(f.Operation, "ec2:Describe") {
			t.Errorf("the failure of %s is %+v, %v", k, f, ok)
		}
		if _, ok := s.Failed(home, k, ""); ok {
			t.Errorf("%s is marked as unreadable at home", k)
		}
	}
	wantDependencyKeys(t, s, "vpc-0p", "sg-0p", network.LocationKey(peer))
}

func TestAPeeringThatAwaitsAcceptanceIsLookedBehind(t *testing.T) {
	world := strings.Replace(peerWorld, "VpcPeeringConnectionId: pcx-01\n",
		"VpcPeeringConnectionId: pcx-01\n        Status: {Code: pending-acceptance}\n", 1)
	s := readUnit(t, clientsOf(simOf(t, homeWorld+world)), wantFrom("peering", cidr("10.1.1.0/24")))
	wantNoFailures(t, s)
	wantKeys(t, "VPCs", s.VPCs, "vpc-0c", "vpc-0p")
	if p := s.PeeringConnections["pcx-01"]; p.Status != network.PeeringPendingAcceptance || len(p.Requester.CIDRs) != 0 {
		t.Errorf("pcx-01 is %+v", p)
	}
}

func TestWhatNoPeeringLocatesIsLookedForEverywhere(t *testing.T) {
	world := `
  eu-west-1:
    Vpcs: [{VpcId: vpc-0w, CidrBlock: 10.7.0.0/16}, {VpcId: vpc-0z, CidrBlock: 10.8.0.0/16}]
    Subnets: [{SubnetId: subnet-0w1, VpcId: vpc-0w, CidrBlock: 10.7.1.0/24, AvailabilityZone: eu-west-1a}]
`
	for name, source := range map[string]intent.Source{
		"a VPC":  vpc("vpc-0w"),
		"a CIDR": cidr("10.7.1.0/24"),
	} {
		t.Run(name, func(t *testing.T) {
			dark := network.Location{Account: "444455556666", Region: "us-east-1"}
			s := readRequest(t, clientsOf(simOf(t, homeWorld+peerWorld+world)), observe.Request{
				Unit: unit, Now: now, Intents: []intent.Intent{wantFrom("peering", source)}, Locations: []network.Location{home, peer, away, dark},
			})
			wantKeys(t, "VPCs", s.VPCs, "vpc-0c", "vpc-0w")
			if _, ok := s.Subnets["subnet-0w1"]; !ok || s.VPCs["vpc-0w"].Location != away {
				t.Errorf("vpc-0w was not read in %s", away)
			}
			if _, ok := s.Failed(dark, network.KindVPC, ""); !ok || len(s.Failures) != 1 {
				t.Errorf("failures are %+v, want that %s is dark", s.Failures, dark)
			}
			if name == "a CIDR" {
				wantDependencyKeys(t, s, "vpc-0z") // which may get a block that holds it
			}
		})
	}
}

func TestAnotherVPCOfTheSameAccountIsFarToo(t *testing.T) {
	s := readUnit(t, clientsOf(simOf(t, homeWorld)), wantFrom("", group("sg-0d")))
	wantNoFailures(t, s)
	wantKeys(t, "VPCs", s.VPCs, "vpc-0c", "vpc-0d")
	if _, ok := s.Subnets["subnet-0d1"]; !ok {
		t.Error("the subnets of vpc-0d are missing")
	}
}

func TestAnIntentsPeeringOfOtherVPCsIsRead(t *testing.T) {
	world := strings.Replace(peerWorld, "AccepterVpcInfo: {VpcId: vpc-0c", "AccepterVpcInfo: {VpcId: vpc-0d", 1)
	w := wantFrom("peering", group("sg-0a"))
	w.Via = "pcx-01"
	s := readUnit(t, clientsOf(simOf(t, homeWorld+world)), w)
	wantKeys(t, "peering connections", s.PeeringConnections, "pcx-01")
}

func prefixes(texts ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, x := range texts {
		out = append(out, netip.MustParsePrefix(x))
	}
	return out
}
