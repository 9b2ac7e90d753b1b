package benchmarks

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/plan"
	"github.com/cachegate/cachegate/shared/resource"
)

var (
	home = network.Location{Account: "123456789012", Region: "us-east-1"}
	unit = network.Unit{Location: home, VPC: "vpc-0abc"}
	now  = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
)

// estate is a unit of clusters with ten intents each: half of them are open
// already, and every group has rules that nobody declared.
func estate(clusters, perCluster int) (*network.Snapshot, []intent.Intent) {
	s := network.NewSnapshot(unit, now)
	s.VPCs[unit.VPC] = network.VPC{ID: unit.VPC, Location: home, CIDRs: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	table := network.RouteTable{ID: "rtb-0a", VPC: unit.VPC, Location: home, Main: true, Routes: []network.Route{
		{Destination: netip.MustParsePrefix("10.0.0.0/8"), Target: network.Target{Kind: network.TargetLocal}, State: network.RouteActive},
	}}
	s.RouteTables[table.ID] = table
	s.NetworkACLs["acl-0a"] = network.NetworkACL{ID: "acl-0a", VPC: unit.VPC, Location: home, Default: true, Entries: []network.NetworkACLEntry{
		{Number: 100, Allow: true, Protocol: "-1", CIDR: netip.MustParsePrefix("0.0.0.0/0")},
		{Number: 100, Egress: true, Allow: true, Protocol: "-1", CIDR: netip.MustParsePrefix("0.0.0.0/0")},
	}}
	for i := range 4 {
		id := fmt.Sprintf("subnet-%d", i)
		s.Subnets[id] = network.Subnet{ID: id, VPC: unit.VPC, Location: home, CIDRs: []netip.Prefix{netip.MustParsePrefix(fmt.Sprintf("10.%d.0.0/16", i))}}
	}
	var intents []intent.Intent
	for c := range clusters {
		intents = append(intents, addCluster(s, c, perCluster)...)
	}
	return s, intents
}

func addCluster(s *network.Snapshot, c, perCluster int) []intent.Intent {
	name := fmt.Sprintf("cache-%d", c)
	group := fmt.Sprintf("sg-%x", 0x10000+c)
	arn := "arn:aws:elasticache:us-east-1:123456789012:replicationgroup:" + name
	s.Clusters[arn] = network.Cluster{
		ARN: arn, Name: name, Kind: resource.ReplicationGroup, Location: home, Status: "available", VPC: unit.VPC,
		Subnets: []string{"subnet-0", "subnet-1"}, SecurityGroups: []network.Membership{{SecurityGroup: group, Status: "active"}},
		Ports: []uint16{6379}, NetworkType: network.IPv4,
	}
	g := network.SecurityGroup{ID: group, Name: name, VPC: unit.VPC, Location: home}
	var intents []intent.Intent
	for i := range perCluster {
		n := uint32(c*perCluster + i)
		cidr := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(2 + n>>14), byte(n >> 6), byte(n << 2)}), 30)
		intents = append(intents, intent.Intent{
			Cluster: arn, Name: fmt.Sprintf("app-%d", i), Access: intent.Open,
			Sources: []intent.Source{{Kind: intent.CIDR, Prefix: cidr}},
		})
		if i%2 == 0 {
			g.Rules = append(g.Rules, network.Rule{
				ID: fmt.Sprintf("sgr-%x-%x", c, i), SecurityGroup: group, Protocol: network.TCP,
				FromPort: 6379, ToPort: 6379, Peer: network.Peer{CIDR: cidr},
			})
		}
	}
	g.Rules = append(g.Rules, network.Rule{
		ID: fmt.Sprintf("sgr-%x-f", c), SecurityGroup: group, Protocol: network.TCP, FromPort: 6379, ToPort: 6379,
		Peer: network.Peer{CIDR: netip.MustParsePrefix("172.16.0.0/12")},
	})
	s.SecurityGroups[group] = g
	return intents
}

func judgeAll(s *network.Snapshot, intents []intent.Intent) (*access.Index, []access.Judgement) {
	ix := access.NewIndex(s)
	policy := intent.Policies{}.For(intent.Everything)
	out := make([]access.Judgement, 0, len(intents))
	for _, i := range intents {
		out = append(out, ix.Judge(access.Declared{Intent: i, Policy: policy}))
	}
	return ix, out
}

// BenchmarkJudge reports the time and allocations of one intent: they should
// stay the same while the unit grows.
func BenchmarkJudge(b *testing.B) {
	for _, clusters := range []int{10, 100, 1000} {
		s, intents := estate(clusters, 10)
		b.Run(fmt.Sprintf("clusters=%d/intents=%d", clusters, len(intents)), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				judgeAll(s, intents)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(intents)), "ns/intent")
		})
	}
}

// BenchmarkPlan reports the same for planning what was judged.
func BenchmarkPlan(b *testing.B) {
	for _, clusters := range []int{10, 100, 1000} {
		s, intents := estate(clusters, 10)
		ix, judgements := judgeAll(s, intents)
		in := plan.Input{Now: now, Unit: unit, Index: ix, Judgements: judgements, Policies: intent.Policies{}}
		b.Run(fmt.Sprintf("clusters=%d/intents=%d", clusters, len(intents)), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				plan.Make(in)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(intents)), "ns/intent")
		})
	}
}

// BenchmarkSharedGroup puts all intents of a unit on one group: cost must not
// grow with the product of intents and rules.
func BenchmarkSharedGroup(b *testing.B) {
	for _, n := range []int{100, 1000, 10000} {
		s, intents := estate(1, n)
		ix, judgements := judgeAll(s, intents)
		in := plan.Input{Now: now, Unit: unit, Index: ix, Judgements: judgements, Policies: intent.Policies{}}
		b.Run(fmt.Sprintf("judge/intents=%d", n), func(b *testing.B) {
			for b.Loop() {
				judgeAll(s, intents)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(intents)), "ns/intent")
		})
		b.Run(fmt.Sprintf("plan/intents=%d", n), func(b *testing.B) {
			for b.Loop() {
				plan.Make(in)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(intents)), "ns/intent")
		})
	}
}
