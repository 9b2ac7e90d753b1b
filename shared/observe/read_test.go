package observe_test

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
	"github.com/cachegate/cachegate/shared/resource"
)

var ignorePrefixFields = cmpopts.EquateComparable(netip.Prefix{}, netip.Addr{})

func TestAUnitHoldsTheClustersOfItsVPCAndNoOthers(t *testing.T) {
	s := readUnit(t, clientsOf(simOf(t, homeWorld)), wantFrom("same-vpc", group("sg-0a")))
	wantNoFailures(t, s)
	const stem = "arn:aws:elasticache:us-east-1:123456789012:"
	want := map[string]network.Cluster{
		sessionsARN: {
			ARN: sessionsARN, Name: "sessions", Kind: resource.ReplicationGroup, Location: home, Engine: "valkey", Status: "available",
			VPC: "vpc-0c", SubnetGroup: "caches", Subnets: []string{"subnet-0c1"},
			SecurityGroups: []network.Membership{{SecurityGroup: "sg-0c", Status: "adding"}},
			Ports:          []uint16{7000}, NetworkType: network.IPv4, Members: []string{"sessions-001", "sessions-002"},
		},
		stem + "cluster:pages": {
			ARN: stem + "cluster:pages", Name: "pages", Kind: resource.CacheCluster, Location: home, Engine: "memcached", Status: "available",
			VPC: "vpc-0c", SubnetGroup: "caches", Subnets: []string{"subnet-0c1"},
			SecurityGroups: []network.Membership{{SecurityGroup: "sg-0c", Status: "active"}},
			Ports:          []uint16{11311}, NetworkType: network.IPv4, Authentication: network.AuthNone,
		},
		stem + "cluster:fresh": {
			ARN: stem + "cluster:fresh", Name: "fresh", Kind: resource.CacheCluster, Location: home, Engine: "redis", Status: "creating",
			VPC: "vpc-0c", SubnetGroup: "caches", Subnets: []string{"subnet-0c1"}, Ports: []uint16{6379}, NetworkType: network.IPv4,
		},
		stem + "serverlesscache:carts": {
			ARN: stem + "serverlesscache:carts", Name: "carts", Kind: resource.ServerlessCache, Location: home, Engine: "valkey", Status: "available",
			VPC: "vpc-0c", Subnets: []string{"subnet-0c1", "subnet-0c2"}, SecurityGroups: []network.Membership{{SecurityGroup: "sg-0s"}},
			Ports: []uint16{6379, 6380}, NetworkType: network.IPv4, PrivateLink: true, TransitEncryption: network.TLSRequired, Authentication: network.AuthNone,
		},
	}
	if diff := cmp.Diff(want, s.Clusters); diff != "" {
		t.Errorf("clusters (-want +got):\n%s", diff)
	}
}

func TestAWayInTheVPCReadsTheVPCTheGroupsAndNothingOfTheFarSide(t *testing.T) {
	s := readUnit(t, clientsOf(simOf(t, homeWorld)),
		wantFrom("same-vpc", group("sg-0a"), list("pl-0s")))
	wantNoFailures(t, s)
	wantKeys(t, "VPCs", s.VPCs, "vpc-0c")
	wantKeys(t, "subnets", s.Subnets, "subnet-0c1", "subnet-0c2")
	wantKeys(t, "route tables", s.RouteTables, "rtb-0c1", "rtb-0cm")
	wantKeys(t, "network ACLs", s.NetworkACLs, "acl-0c")
	// sg-0b shares the client's interface, sg-0q is what a rule of the caches refers to.
	wantKeys(t, "security groups", s.SecurityGroups, "sg-0c", "sg-0s", "sg-0a", "sg-0b", "sg-0q")
	wantKeys(t, "network interfaces", s.NetworkInterfaces, "eni-0a", "eni-0c")
	wantKeys(t, "prefix lists", s.PrefixLists, "pl-0s", "pl-0u", "pl-0r")
	if got := s.Subnets["subnet-0c2"].ZoneType; got != "local-zone" {
		t.Errorf("the zone type of subnet-0c2 is %q", got)
	}
	if v := s.VPCs["vpc-0c"]; v.DNSHostnames != network.Unknown || v.DNSSupport != network.Unknown {
		t.Errorf("DNS attributes were read, though no way leaves the VPC: %+v", v)
	}
	if !s.Taken.Equal(now) || s.Unit != unit {
		t.Errorf("the snapshot is of %s at %s", s.Unit, s.Taken)
	}
}

func TestRulesRoutesAndACLsAreReadAsAWSHasThem(t *testing.T) {
	s := readUnit(t, clientsOf(simOf(t, homeWorld)), wantFrom("same-vpc", group("sg-0a")))
	wantRules := []network.Rule{
		{
			ID: "sgr-01", SecurityGroup: "sg-0c", Protocol: "tcp", FromPort: 6379, ToPort: 6379, Peer: network.Peer{SecurityGroup: "sg-0q"},
			Description: "orders", Tags: map[string]string{"cachegate:managed": "prod/1"},
		},
		{ID: "sgr-02", SecurityGroup: "sg-0c", Protocol: "tcp", FromPort: 6379, ToPort: 6379, Peer: network.Peer{PrefixList: "pl-0u"}},
		{ID: "sgr-03", SecurityGroup: "sg-0c", Protocol: "-1", FromPort: -1, ToPort: -1, Peer: network.Peer{SecurityGroup: "sg-0p", Account: "111122223333"}},
	}
	if diff := cmp.Diff(wantRules, s.SecurityGroups["sg-0c"].Ingress(), ignorePrefixFields); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	wantACL := []network.NetworkACLEntry{
		{Number: 100, Allow: true, Protocol: "6", FromPort: 6379, ToPort: 6380, CIDR: netip.MustParsePrefix("10.0.0.0/16")},
		{Number: 32767, Protocol: "-1", ToPort: 65535, CIDR: netip.MustParsePrefix("0.0.0.0/0")},
		{Number: 100, Egress: true, Allow: true, Protocol: "-1", ToPort: 65535, CIDR: netip.MustParsePrefix("0.0.0.0/0")},
	}
	if diff := cmp.Diff(wantACL, s.NetworkACLs["acl-0c"].Entries, ignorePrefixFields); diff != "" {
		t.Errorf("network ACL (-want +got):\n%s", diff)
	}
	table := s.RouteTables["rtb-0c1"]
	if !slices.ContainsFunc(table.Routes, func(r network.Route) bool {
		return r.PrefixList == "pl-0r" && r.Target == network.TargetOf("vpce-0s3") && r.Origin == network.OriginCreateRoute
	}) || !slices.ContainsFunc(table.Routes, func(r network.Route) bool {
		return r.Destination == netip.MustParsePrefix("10.0.0.0/16") && r.Target.Kind == network.TargetLocal
	}) {
		t.Errorf("routes of rtb-0c1 are %+v", table.Routes)
	}
	if !s.RouteTables["rtb-0cm"].Main || table.Main {
		t.Error("the main route table is not told apart")
	}
	wantENI := network.NetworkInterface{
		ID: "eni-0a", VPC: "vpc-0c", Subnet: "subnet-0c2", Location: home, SecurityGroups: []string{"sg-0a", "sg-0b"},
		Addresses: []netip.Addr{netip.MustParseAddr("10.0.2.7")}, Status: "in-use", Type: "interface", SourceDestCheck: true, Instance: "i-0a",
	}
	if diff := cmp.Diff(wantENI, s.NetworkInterfaces["eni-0a"], ignorePrefixFields); diff != "" {
		t.Errorf("eni-0a (-want +got):\n%s", diff)
	}
}

func TestClaimedEnforcementPointsAreReadEvenWhereNoClusterUsesThem(t *testing.T) {
	s := readRequest(t, clientsOf(simOf(t, homeWorld+peerWorld)), observe.Request{
		Unit: unit, Now: now,
		Points: []observe.Point{
			{Kind: network.KindSecurityGroup, Location: home, ID: "sg-0old"},
			{Kind: network.KindSecurityGroup, Location: home, ID: "sg-0gone"},
			{Kind: network.KindSecurityGroup, Location: peer, ID: "sg-0p"},
			{Kind: network.KindRouteTable, Location: peer, ID: "rtb-0p"},
			{Kind: network.KindRouteTable, Location: home, ID: "rtb-0gone"},
		},
	})
	wantNoFailures(t, s)
	for _, id := range []string{"sg-0old", "sg-0p"} {
		if _, ok := s.SecurityGroups[id]; !ok {
			t.Errorf("%s is missing", id)
		}
	}
	if _, ok := s.RouteTables["rtb-0p"]; !ok {
		t.Error("rtb-0p is missing")
	}
	wantDependencyKeys(t, s, "sg-0old", "sg-0gone", "rtb-0p", "rtb-0gone", network.LocationKey(peer))
}

func TestTheDependenciesAreEverythingReadAndEverythingAskedFor(t *testing.T) {
	s := readUnit(t, clientsOf(simOf(t, homeWorld)), wantFrom("same-vpc",
		group("sg-0a"), group("sg-0none"), list("pl-0none"), list("pl-0s")),
		intent.Intent{Cluster: "arn:aws:elasticache:us-east-1:123456789012:serverlesscache:Missing", Path: "peering", Via: "pcx-0none"},
	)
	wantDependencyKeys(t, s,
		"vpc-0c", "subnet-0c1", "subnet-0c2", "rtb-0c1", "rtb-0cm", "rtbassoc-0c1", "rtbassoc-0cm", "acl-0c", "aclassoc-0c1", "aclassoc-0c2",
		"sg-0c", "sg-0s", "sg-0a", "sg-0b", "sg-0q", "eni-0a", "eni-0c", "eni-attach-0a", "i-0a", "pl-0s", "pl-0u", "pl-0r",
		"sg-0none", "pl-0none", "pcx-0none",
		"at/123456789012/us-east-1",
		"name/123456789012/us-east-1/replication-group/sessions",
		"name/123456789012/us-east-1/cache-cluster/sessions-001",
		"name/123456789012/us-east-1/cache-cluster/sessions-002",
		"name/123456789012/us-east-1/cache-cluster/pages",
		"name/123456789012/us-east-1/serverless-cache/carts",
		"name/123456789012/us-east-1/serverless-cache/missing",
		"name/123456789012/us-east-1/cache-subnet-group/caches",
		"name/123456789012/us-east-1/group-name/caches",
	)
	if !slices.IsSorted(s.DependencyKeys) || len(slices.Compact(slices.Clone(s.DependencyKeys))) != len(s.DependencyKeys) {
		t.Errorf("DependencyKeys is not sorted and unique: %q", s.DependencyKeys)
	}
	for _, k := range s.DependencyKeys {
		if len(k) > 4 && k[:4] == "sgr-" {
			t.Errorf("rule %s is a dependency of its own", k)
		}
	}
	if slices.Contains(s.DependencyKeys, "name/123456789012/us-east-1/cache-cluster/foreign") {
		t.Error("a cluster of another VPC is a dependency")
	}
}

func TestAPendingUnitHoldsTheWaitedForClustersThatExist(t *testing.T) {
	clients := clientsOf(simOf(t, homeWorld))
	s := readRequest(t, clients, observe.Request{
		Unit: network.PendingUnit(home), Now: now,
		Intents: []intent.Intent{
			{Cluster: "arn:aws:elasticache:us-east-1:123456789012:cluster:pages", Path: "same-vpc"},
			{Cluster: "arn:aws:elasticache:us-east-1:123456789012:cluster:sessions-002"},
			{Cluster: "arn:aws:elasticache:us-east-1:123456789012:replicationgroup:later"},
		},
	})
	wantNoFailures(t, s)
	// The node stands for its replication group.
	wantKeys(t, "clusters", s.Clusters, "arn:aws:elasticache:us-east-1:123456789012:cluster:pages", sessionsARN)
	wantKeys(t, "VPCs", s.VPCs)
	wantDependencyKeys(t, s, "name/123456789012/us-east-1/replication-group/later", "name/123456789012/us-east-1/cache-cluster/pages")
	if n := clients.Calls()["ec2:DescribeVpcs"]; n != 0 {
		t.Errorf("the network was read: %d DescribeVpcs", n)
	}
}

func TestARequestWithoutAUnitIsAnError(t *testing.T) {
	if _, err := observe.Read(t.Context(), clientsOf(simOf(t, homeWorld)), observe.Request{}); err == nil {
		t.Error("reading nothing succeeded")
	}
	if _, err := observe.Read(t.Context(), nil, observe.Request{Unit: unit}); err == nil {
		t.Error("reading with nothing succeeded")
	}
}
