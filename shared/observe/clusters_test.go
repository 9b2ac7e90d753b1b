package observe_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
)

func TestClustersGivesEveryClusterOfALocationWithItsVPC(t *testing.T) {
	clusters, failures, err := observe.Clusters(t.Context(), clientsOf(simOf(t, homeWorld)), home)
	if err != nil || len(failures) != 0 {
		t.Fatal(err, failures)
	}
	var got []string
	for _, c := range clusters {
		got = append(got, c.Name+" in "+c.VPC)
	}
	want := []string{"foreign in vpc-0d", "fresh in vpc-0c", "pages in vpc-0c", "sessions in vpc-0c", "carts in vpc-0c"}
	if !slices.Equal(got, want) {
		t.Errorf("clusters are %q, want %q, by ARN", got, want)
	}
}

func TestClustersWhoseVPCCannotBeReadAreThereWithoutIt(t *testing.T) {
	sim := simOf(t, homeWorld)
	sim.Fail(awssim.Injection{Operation: "ec2:DescribeSubnets", Code: "UnauthorizedOperation"})
	sim.Fail(awssim.Injection{Operation: "elasticache:DescribeCacheSubnetGroups", Code: "AccessDeniedException"})
	clusters, failures, err := observe.Clusters(t.Context(), clientsOf(sim), home)
	if err != nil {
		t.Fatal(err)
	}
	if len(clusters) != 5 {
		t.Errorf("%d clusters, want 5", len(clusters))
	}
	for _, c := range clusters {
		if c.VPC != "" {
			t.Errorf("%s is in %q", c.Name, c.VPC)
		}
	}
	var actions []string
	for _, f := range failures {
		if f.Kind != network.KindCluster || f.Location != home {
			t.Errorf("failure %+v hides clusters but is not of their kind", f)
		}
		actions = append(actions, f.Operation)
	}
	if want := []string{"ec2:DescribeSubnets", "elasticache:DescribeCacheSubnetGroups"}; !slices.Equal(actions, want) {
		t.Errorf("failures of %q, want %q", actions, want)
	}
}

func TestNetworkTypesAndPublicCachesAreTold(t *testing.T) {
	world := strings.Replace(homeWorld, "ServerlessCaches:\n", `ServerlessCaches:
      - {ServerlessCacheName: open, Engine: valkey, ConnectionType: public, SubnetIds: [subnet-0c1]}
      - {ServerlessCacheName: blobs, Engine: memcached, SubnetIds: [subnet-0c1], NetworkType: ipv6}
`, 1)
	world = strings.Replace(world, "{CacheClusterId: pages,", "{CacheClusterId: pages, NetworkType: dual_stack, IpDiscovery: ipv6,", 1)
	clusters, _, err := observe.Clusters(t.Context(), clientsOf(simOf(t, world)), home)
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]network.Cluster{}
	for _, c := range clusters {
		byName[c.Name] = c
	}
	if c := byName["pages"]; c.NetworkType != network.DualStack || c.IPDiscovery != network.IPv6 || !c.V6() {
		t.Errorf("pages is %+v", c)
	}
	if !byName["open"].Public || byName["carts"].Public {
		t.Error("public caches are not told apart")
	}
	if c := byName["blobs"]; !slices.Equal(c.Ports, []uint16{11211}) || c.NetworkType != network.IPv6 {
		t.Errorf("blobs is %+v", c)
	}
	if c := byName["open"]; !slices.Equal(c.Ports, []uint16{6379, 6380}) {
		t.Errorf("the ports of open are %d", c.Ports)
	}
}
