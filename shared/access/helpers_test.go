package access

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/resource"
)

// The places of all tests of this package.
var (
	here  = network.Location{Account: "111122223333", Region: "us-east-1"}
	there = network.Location{Account: "444455556666", Region: "us-east-1"}
)

const sessionsARN = "arn:aws:elasticache:us-east-1:111122223333:replicationgroup:sessions"

func cidr(text string) netip.Prefix { return netip.MustParsePrefix(text) }

func cidrs(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, 0, len(texts))
	for _, t := range texts {
		out = append(out, cidr(t))
	}
	return out
}

// tcp is an ingress rule for TCP from a peer: a CIDR, sg-, account/sg- or pl-.
func tcp(id string, from, to int32, peer string) network.Rule {
	return network.Rule{ID: id, SecurityGroup: "sg-0c", Protocol: network.TCP, FromPort: from, ToPort: to, Peer: peerOf(peer)}
}

func allTraffic(id, peer string) network.Rule {
	return network.Rule{ID: id, SecurityGroup: "sg-0c", Protocol: network.AllProtocols, FromPort: -1, ToPort: -1, Peer: peerOf(peer)}
}

func out(r network.Rule) network.Rule {
	r.Egress = true
	return r
}

func peerOf(text string) network.Peer {
	s, err := intent.ParseSource(text)
	if err != nil {
		panic(err) // a mistake of the test itself
	}
	switch s.Kind {
	case intent.CIDR:
		return network.Peer{CIDR: s.Prefix}
	case intent.PrefixList:
		return network.Peer{PrefixList: s.ID}
	default:
		return network.Peer{SecurityGroup: s.ID, Account: s.Account}
	}
}

// snapshot is one VPC 10.0.0.0/16 with the cluster sessions behind sg-0c in
// subnet-0c, and an application with sg-0a in subnet-0a.
func snapshot(rules ...network.Rule) *network.Snapshot {
	s := network.NewSnapshot(network.Unit{Location: here, VPC: "vpc-0c"}, time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
	s.VPCs["vpc-0c"] = network.VPC{ID: "vpc-0c", Location: here, CIDRs: cidrs("10.0.0.0/16"), DNSSupport: network.On, DNSHostnames: network.On}
	s.Subnets["subnet-0c"] = network.Subnet{ID: "subnet-0c", VPC: "vpc-0c", Location: here, CIDRs: cidrs("10.0.1.0/24"), AvailabilityZone: "us-east-1a"}
	s.Subnets["subnet-0a"] = network.Subnet{ID: "subnet-0a", VPC: "vpc-0c", Location: here, CIDRs: cidrs("10.0.2.0/24"), AvailabilityZone: "us-east-1a"}
	s.RouteTables["rtb-0c"] = network.RouteTable{
		ID: "rtb-0c", VPC: "vpc-0c", Location: here, Main: true, Routes: []network.Route{local("10.0.0.0/16")},
	}
	s.SecurityGroups["sg-0c"] = network.SecurityGroup{ID: "sg-0c", VPC: "vpc-0c", Location: here, Rules: rules}
	s.SecurityGroups["sg-0a"] = network.SecurityGroup{
		ID: "sg-0a", VPC: "vpc-0c", Location: here, Rules: []network.Rule{out(allTraffic("sgr-e0", "0.0.0.0/0"))},
	}
	s.NetworkInterfaces["eni-0a"] = network.NetworkInterface{
		ID: "eni-0a", VPC: "vpc-0c", Subnet: "subnet-0a", Location: here, SecurityGroups: []string{"sg-0a"},
		Addresses: []netip.Addr{netip.MustParseAddr("10.0.2.10")}, Status: "in-use", SourceDestCheck: true,
	}
	s.Clusters[sessionsARN] = cluster("sg-0c")
	return s
}

func cluster(groups ...string) network.Cluster {
	c := network.Cluster{
		ARN: sessionsARN, Name: "sessions", Kind: resource.ReplicationGroup, Location: here, Engine: "valkey", Status: "available",
		VPC: "vpc-0c", Subnets: []string{"subnet-0c"}, Ports: []uint16{6379}, NetworkType: network.IPv4, Members: []string{"sessions-001"},
	}
	for _, g := range groups {
		c.SecurityGroups = append(c.SecurityGroups, network.Membership{SecurityGroup: g, Status: "active"})
	}
	return c
}

func local(dst string) network.Route {
	return network.Route{Destination: cidr(dst), Target: network.Target{Kind: network.TargetLocal}, State: network.RouteActive, Origin: "CreateRouteTable"}
}

func static(dst, target string) network.Route {
	return network.Route{Destination: cidr(dst), Target: network.TargetOf(target), State: network.RouteActive, Origin: network.OriginCreateRoute}
}

func propagated(dst, target string) network.Route {
	r := static(dst, target)
	r.Origin = network.OriginPropagation
	return r
}

func listed(list, target string) network.Route {
	return network.Route{PrefixList: list, Target: network.TargetOf(target), State: network.RouteActive, Origin: network.OriginCreateRoute}
}

func dead(r network.Route) network.Route {
	r.State = network.RouteBlackhole
	return r
}

// declared is an open intent with the default policy.
func declared(sources ...string) Declared {
	i := intent.Intent{Cluster: sessionsARN, Name: "orders", Access: intent.Open}
	for _, text := range sources {
		s, err := intent.ParseSource(text)
		if err != nil {
			panic(err) // a mistake of the test itself
		}
		i.Sources = append(i.Sources, s)
	}
	return Declared{Intent: i, Policy: intent.DefaultPolicy()}
}

func forbidden(sources ...string) Declared {
	d := declared(sources...)
	d.Intent.Access = intent.Closed
	return d
}

// hopsOf are the verdicts of a judgement's hops of a kind, by resource.
func hopsOf(j Judgement, kind HopKind) map[string]Verdict {
	found := map[string]Verdict{}
	for _, h := range j.Hops {
		if h.Kind == kind {
			found[h.Resource] = h.Verdict
		}
	}
	return found
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func same[T comparable](t *testing.T, what string, got []T, want ...T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
