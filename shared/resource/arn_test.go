package resource_test

import (
	"slices"
	"testing"

	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/resource"
)

func TestARNsHaveThePartitionOfTheirRegion(t *testing.T) {
	for region, want := range map[string]string{
		"us-east-1":     "arn:aws:elasticache:us-east-1:123456789012:cluster:c",
		"cn-north-1":    "arn:aws-cn:elasticache:cn-north-1:123456789012:cluster:c",
		"us-gov-west-1": "arn:aws-us-gov:elasticache:us-gov-west-1:123456789012:cluster:c",
	} {
		got := resource.NewARN(resource.ElastiCache, network.Location{Account: "123456789012", Region: region}, resource.CacheCluster, "c")
		if got.String() != want {
			t.Errorf("the ARN is %q, want %q", got, want)
		}
		if parsed, err := resource.ParseARN(want); err != nil || parsed != got {
			t.Errorf("%q is read as %+v, %v", want, parsed, err)
		}
	}
	for _, bad := range []string{"", "sessions", "arn:aws:ec2:us-east-1:123456789012:vpc:x", "arn:aws:elasticache:us-east-1"} {
		if _, ok := resource.Split(bad); ok {
			t.Errorf("%q was taken for an ElastiCache ARN", bad)
		}
	}
}

func TestTheNodesOfAClusterStandForIt(t *testing.T) {
	at := network.Location{Account: "123456789012", Region: "us-east-1"}
	sessions := network.Cluster{
		ARN: "arn:aws:elasticache:us-east-1:123456789012:replicationgroup:sessions", Name: "sessions", Location: at,
		Members: []string{"sessions-001"}, SubnetGroup: "Private",
	}
	nodes := resource.Nodes(sessions)
	if len(nodes) != 1 || nodes[0].String() != "arn:aws:elasticache:us-east-1:123456789012:cluster:sessions-001" || nodes[0].Location() != at {
		t.Errorf("the nodes are %v", nodes)
	}
	want := []string{
		"name/123456789012/us-east-1/replication-group/sessions",
		"name/123456789012/us-east-1/cache-cluster/sessions-001",
		"name/123456789012/us-east-1/cache-subnet-group/private",
	}
	if keys := resource.Keys(sessions); !slices.Equal(keys, want) {
		t.Errorf("the dependency keys are %q, want %q", keys, want)
	}
}

func TestWhatAServiceNeedsToBeProtected(t *testing.T) {
	for _, s := range resource.Services() {
		arn, err := resource.ParseARN(s.Example)
		if err != nil || arn.Service != s.Name || arn.String() != s.Example {
			t.Errorf("the example of %s is read as %+v, %v", s.Title, arn, err)
		}
		node := arn.Sibling(s.Node, "n")
		if read, ok := resource.Split(node.String()); !ok || read != node {
			t.Errorf("a node of %s is read as %+v, %v", s.Title, read, ok)
		}
		if len(s.Lists) == 0 || len(s.Watched) == 0 {
			t.Errorf("%s is never listed, or never heard of", s.Title)
		}
		if !slices.ContainsFunc(s.Kinds, func(k resource.Kind) bool { return k.Name == s.SubnetGroup && k.Keyed }) {
			t.Errorf("the subnet groups of %s are %q, which events do not name", s.Title, s.SubnetGroup)
		}
	}
}
