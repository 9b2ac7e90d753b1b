package operate_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
	"github.com/cachegate/cachegate/shared/operate"
	"github.com/cachegate/cachegate/shared/reconcile"
	"github.com/cachegate/cachegate/shared/resource/elasticache"
)

// strangersWorld has a cache whose group lets a group of another account in.
const strangersWorld = `
"111122223333":
  us-east-1:
    Vpcs: [{VpcId: vpc-0a, CidrBlock: 10.0.0.0/16}]
    Subnets: [{SubnetId: subnet-0a, VpcId: vpc-0a, CidrBlock: 10.0.1.0/24, AvailabilityZone: us-east-1a}]
    SecurityGroups: [{GroupId: sg-0c, VpcId: vpc-0a}]
    SecurityGroupRules:
      - {SecurityGroupRuleId: sgr-01, GroupId: sg-0c, IsEgress: false, IpProtocol: tcp, FromPort: 6379, ToPort: 6379,
         ReferencedGroupInfo: {GroupId: sg-0b, UserId: "444455556666"}}
    CacheSubnetGroups: [{CacheSubnetGroupName: caches, VpcId: vpc-0a, Subnets: [{SubnetIdentifier: subnet-0a}]}]
    ReplicationGroups: [{ReplicationGroupId: sessions, Status: available, MemberClusters: [sessions-001]}]
    CacheClusters:
      - {CacheClusterId: sessions-001, ReplicationGroupId: sessions, CacheSubnetGroupName: caches,
         SecurityGroups: [{SecurityGroupId: sg-0c, Status: active}]}
"444455556666":
  us-east-1:
    Vpcs: [{VpcId: vpc-0b, CidrBlock: 10.1.0.0/16}]
    SecurityGroups: [{GroupId: sg-0b, VpcId: vpc-0b}]
`

type declares struct{ intent.Set }

func (d declares) Declared(context.Context) (intent.Set, error) { return d.Set, nil }

// Explaining a closed intent reads who stands behind the rules, as a run does.
func TestExplainingAClosedIntent(t *testing.T) {
	w, _, err := awssim.Load("world.yaml", []byte(strangersWorld))
	if err != nil {
		t.Fatal(err)
	}
	sim := awssim.New(w)
	clients := observe.NewClients(func(_ context.Context, l network.Location) (aws.Config, error) {
		return sim.Config(l.Account, l.Region, awssim.Actor{Session: "test"}), nil
	}, elasticache.New)
	s := operate.Session{Clients: clients, Runner: &reconcile.Runner{
		Clients: clients, Ledger: ledger.NewMemory(), Intents: declares{}, Locations: []network.Location{home},
		Clock: func() time.Time { return time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC) },
	}}
	source, err := intent.ParseSource("10.0.0.0/8")
	if err != nil {
		t.Fatal(err)
	}
	asked := intent.Intent{Cluster: sessions, Name: "nobody", Access: intent.Closed, Sources: []intent.Source{source}}
	explained, err := s.Explain(t.Context(), asked)
	if err != nil {
		t.Fatal(err)
	}
	if explained.State != access.StateOpen || len(explained.Admitting) != 1 {
		t.Errorf("the state is %s, admitted by %v, want open through sgr-01; hops are %+v", explained.State, explained.Admitting, explained.Hops)
	}
}
