package replay_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/replay"
)

// withoutARNs is a world as somebody writes it: no cache has its ARN.
const withoutARNs = `"111122223333":
  %s:
    Vpcs: [{VpcId: vpc-0c, CidrBlock: 10.0.0.0/16}]
    Subnets: [{SubnetId: subnet-0c, VpcId: vpc-0c, CidrBlock: 10.0.1.0/24, AvailabilityZone: a}]
    SecurityGroups: [{GroupId: sg-0c, VpcId: vpc-0c}]
    CacheSubnetGroups: [{CacheSubnetGroupName: caches, VpcId: vpc-0c, Subnets: [{SubnetIdentifier: subnet-0c}]}]
    ReplicationGroups: [{ReplicationGroupId: sessions, Status: available, MemberClusters: [sessions-001]}]
    CacheClusters: [{CacheClusterId: sessions-001, ReplicationGroupId: sessions, CacheClusterStatus: available, Engine: valkey, CacheSubnetGroupName: caches, SecurityGroups: [{SecurityGroupId: sg-0c, Status: active}]}]
    ServerlessCaches: [{ServerlessCacheName: carts, Status: available, Engine: valkey, SubnetIds: [subnet-0c], SecurityGroupIds: [sg-0c]}]
`

func TestAWorldOfEveryPartitionNeedsNoARNs(t *testing.T) {
	for region, partition := range map[string]string{"us-east-1": "aws", "cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov"} {
		t.Run(region, func(t *testing.T) {
			w, _, err := awssim.Load("world.yaml", fmt.Appendf(nil, withoutARNs, region))
			if err != nil {
				t.Fatal(err)
			}
			sim := awssim.New(w)
			declared := fmt.Sprintf("- {cluster: sessions, name: a, source: 10.0.1.0/24}\n"+
				"- {cluster: %q, name: b, source: 10.0.1.0/24}\n- {cluster: carts, name: c, source: 10.0.1.0/24}\n"+
				"- {cluster: \"*\", name: \"*\", sharedGroups: allow}\n",
				"arn:"+partition+":elasticache:"+region+":111122223333:replicationgroup:sessions")
			set, problems, err := replay.LoadIntents(t.Context(), "intents.yaml", []byte(declared), sim)
			if err != nil || len(problems) > 0 {
				t.Fatal(err, problems)
			}
			s := replay.New(sim, set, replay.Options{Clock: time.Now})
			if err = s.Prepare(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err = s.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			standing, err := s.Standing(t.Context())
			if err != nil || len(standing) != 3 {
				t.Fatal(standing, err)
			}
			for _, j := range standing {
				if !j.Satisfied || !strings.HasPrefix(j.Intent.Cluster, "arn:"+partition+":") {
					t.Errorf("%s of %s is %s: %v", j.Intent.Name, j.Intent.Cluster, j.State, j.Hops)
				}
			}
		})
	}
}
