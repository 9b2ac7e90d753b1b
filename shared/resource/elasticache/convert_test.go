package elasticache

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/resource"
)

func TestAMembershipIsAsUnsettledAsItsMostUnsettledNode(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{"", "active", "active"}, {"active", "removing", "removing"}, {"adding", "active", "adding"}, {"removing", "adding", "adding"}, {"", "", ""},
	} {
		if got := unsettled(c.a, c.b); got != c.want {
			t.Errorf("unsettled(%q, %q) = %q, want %q", c.a, c.b, got, c.want)
		}
		if got := unsettled(c.b, c.a); got != c.want {
			t.Errorf("unsettled(%q, %q) = %q, want %q", c.b, c.a, got, c.want)
		}
	}
}

func TestAClusterWithoutEndpointsHasItsEnginesPort(t *testing.T) {
	told := lists{
		nodes: []types.CacheCluster{
			{CacheClusterId: aws.String("pages"), Engine: aws.String("memcached")},
			{CacheClusterId: aws.String("one"), Engine: aws.String("redis"), CacheNodes: []types.CacheNode{{Endpoint: &types.Endpoint{Port: aws.Int32(7001)}}}},
		},
		groups: []types.ReplicationGroup{
			{ReplicationGroupId: aws.String("new")},
			{ReplicationGroupId: aws.String("sharded"), ConfigurationEndpoint: &types.Endpoint{Port: aws.Int32(7002)}},
		},
	}
	want := map[string]uint16{"pages": 11211, "one": 7001, "new": 6379, "sharded": 7002}
	for _, c := range told.clusters(network.Location{Account: "123456789012", Region: "us-east-1"}) {
		if !slices.Equal(c.Ports, []uint16{want[c.Name]}) {
			t.Errorf("the ports of %s are %d, want %d", c.Name, c.Ports, want[c.Name])
		}
		if arn, err := resource.ParseARN(c.ARN); err != nil || arn.Name != c.Name {
			t.Errorf("the ARN of %s is %q", c.Name, c.ARN)
		}
	}
}
