package observe_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
	"github.com/cachegate/cachegate/shared/resource/elasticache"
)

// manyWorld is a cache VPC with n replication groups, each with a group of its
// own and a source group in each of the VPC and its peer.
func manyWorld(n int) (string, []intent.Intent) {
	var world, groups, rules, nodes, caches, peers strings.Builder
	var wants []intent.Intent
	for i := range n {
		fmt.Fprintf(&groups, "      - {GroupId: sg-0c%d, VpcId: vpc-0c}\n      - {GroupId: sg-0a%d, VpcId: vpc-0c}\n", i, i)
		fmt.Fprintf(&rules, "      - {GroupId: sg-0c%d, IsEgress: false, IpProtocol: tcp, FromPort: 6379, ToPort: 6379, ReferencedGroupInfo: {GroupId: sg-0a%d}}\n", i, i)
		fmt.Fprintf(&nodes, "      - {CacheClusterId: c%d-001, CacheSubnetGroupName: caches, SecurityGroups: [{SecurityGroupId: sg-0c%d, Status: active}]}\n", i, i)
		fmt.Fprintf(&caches, "      - {ReplicationGroupId: c%d, MemberClusters: [c%d-001]}\n", i, i)
		fmt.Fprintf(&peers, "      - {GroupId: sg-0p%d, VpcId: vpc-0p}\n", i)
		wants = append(wants, intent.Intent{
			Cluster: fmt.Sprintf("arn:aws:elasticache:us-east-1:123456789012:replicationgroup:c%d", i), Path: "peering",
			Sources: []intent.Source{groupOf(peer.Account, fmt.Sprintf("sg-0p%d", i))},
		}, intent.Intent{
			Cluster: fmt.Sprintf("arn:aws:elasticache:us-east-1:123456789012:replicationgroup:c%d", i), Path: "same-vpc",
			Sources: []intent.Source{group(fmt.Sprintf("sg-0a%d", i))},
		})
	}
	fmt.Fprintf(&world, `
"123456789012":
  us-east-1:
    Vpcs: [{VpcId: vpc-0c, CidrBlock: 10.0.0.0/16}]
    Subnets: [{SubnetId: subnet-0c1, VpcId: vpc-0c, CidrBlock: 10.0.1.0/24, AvailabilityZone: us-east-1a}]
    CacheSubnetGroups: [{CacheSubnetGroupName: caches, VpcId: vpc-0c, Subnets: [{SubnetIdentifier: subnet-0c1}]}]
    SecurityGroups:
%s    SecurityGroupRules:
%s    CacheClusters:
%s    ReplicationGroups:
%s%s`, &groups, &rules, &nodes, &caches, strings.Replace(peerWorld, "    SecurityGroups:\n", "    SecurityGroups:\n"+peers.String(), 1))
	return world.String(), wants
}

func TestTheNumberOfCallsDoesNotGrowWithTheNumberOfResources(t *testing.T) {
	calls := func(n int) map[string]int {
		world, wants := manyWorld(n)
		clients := clientsOf(simOf(t, world))
		s := readUnit(t, clients, wants...)
		wantNoFailures(t, s)
		if len(s.Clusters) != n || len(s.SecurityGroups) != 3*n {
			t.Fatalf("%d clusters and %d groups were read, want %d and %d", len(s.Clusters), len(s.SecurityGroups), n, 3*n)
		}
		return clients.Calls()
	}
	few, many := calls(2), calls(100)
	if diff := cmp.Diff(few, many); diff != "" {
		t.Errorf("calls for 2 (-) and for 100 (+) clusters:\n%s", diff)
	}
	// 400 groups at home take two filters of 200 values each, not 400 calls.
	if n := calls(200)["ec2:DescribeSecurityGroups"]; n > few["ec2:DescribeSecurityGroups"]+1 {
		t.Errorf("200 clusters take %d calls of DescribeSecurityGroups, 2 take %d", n, few["ec2:DescribeSecurityGroups"])
	}
}

func TestSmallPagesGiveTheSameSnapshot(t *testing.T) {
	world, wants := manyWorld(30)
	whole := readUnit(t, clientsOf(simOf(t, world)), wants...)
	clients := clientsOf(simOf(t, world, awssim.WithPageSize(5)))
	paged := readUnit(t, clients, wants...)
	if diff := cmp.Diff(whole, paged, ignorePrefixFields); diff != "" {
		t.Errorf("in one page (-) and in pages of 5 (+):\n%s", diff)
	}
	if n := clients.Calls()["elasticache:DescribeReplicationGroups"]; n != 6 {
		t.Errorf("30 replication groups came in %d pages of 5", n)
	}
}

// Reading twice, with calls that end in any order, gives the same snapshot.
func TestTheResultDoesNotDependOnTheOrderInWhichCallsEnd(t *testing.T) {
	base := simOf(t, homeWorld+peerWorld)
	req := observe.Request{
		Unit: unit, Now: now, Locations: []network.Location{home, peer, away},
		Intents: []intent.Intent{
			wantFrom("", group("sg-0p")), wantFrom("peering", vpc("vpc-0p")),
			wantFrom("", vpc("vpc-0none")), wantFrom("same-vpc", group("sg-0a")),
		},
	}
	first := readRequest(t, clientsOf(base), req)
	if len(first.Failures) == 0 {
		t.Fatal("the world has no dark account, which the test is about too")
	}
	rapid.Check(t, func(rt *rapid.T) {
		sim := base.Clone()
		order := rapid.SliceOfN(rapid.IntRange(0, 3), 64, 64).Draw(rt, "order")
		hold := newShuffler(order)
		sim.OnCall(func(context.Context, awssim.Call) error { hold.pass(); return nil })
		again, err := observe.Read(t.Context(), clientsOf(sim), req)
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(first, again, ignorePrefixFields); diff != "" {
			rt.Errorf("a different order gives (-first +again):\n%s", diff)
		}
	})
}

// shuffler lets calls yield to each other a drawn number of times.
type shuffler struct {
	mu    sync.Mutex
	order []int
	next  int
}

func newShuffler(order []int) *shuffler { return &shuffler{order: order} }

func (s *shuffler) pass() {
	s.mu.Lock()
	n := s.order[s.next%len(s.order)]
	s.next++
	s.mu.Unlock()
	for range n {
		runtime.Gosched()
	}
}

func TestOneRefusedKindLeavesTheOthers(t *testing.T) {
	for operation, kind := range map[string]network.Kind{
		"ec2:DescribeVpcs":                      network.KindVPC,
		"ec2:DescribeSubnets":                   network.KindSubnet,
		"ec2:DescribeRouteTables":               network.KindRouteTable,
		"ec2:DescribeNetworkAcls":               network.KindNetworkACL,
		"ec2:DescribeSecurityGroups":            network.KindSecurityGroup,
		"ec2:DescribeSecurityGroupRules":        network.KindRule,
		"ec2:DescribeNetworkInterfaces":         network.KindNetworkInterface,
		"ec2:DescribeVpcPeeringConnections":     network.KindPeeringConnection,
		"ec2:DescribeManagedPrefixLists":        network.KindPrefixList,
		"ec2:GetManagedPrefixListEntries":       network.KindPrefixList,
		"ec2:DescribeVpcAttribute":              network.KindDNSAttributes,
		"ec2:DescribeAvailabilityZones":         observe.KindAvailabilityZone,
		"elasticache:DescribeCacheClusters":     network.KindCluster,
		"elasticache:DescribeReplicationGroups": network.KindCluster,
		"elasticache:DescribeServerlessCaches":  network.KindCluster,
		"elasticache:DescribeCacheSubnetGroups": network.KindCluster,
	} {
		t.Run(operation, func(t *testing.T) {
			sim := simOf(t, homeWorld+peerWorld)
			sim.Fail(awssim.Injection{Operation: operation, Account: home.Account, Code: "AccessDenied"})
			s := readUnit(t, clientsOf(sim), wantFrom("peering", groupOf(peer.Account, "sg-0p"), list("pl-0s")))
			found := false
			for _, f := range s.Failures {
				found = found || f.Kind == kind && f.Location == home && f.Operation == operation && f.Code == "AccessDenied"
				if f.Location != home || f.Operation != operation {
					t.Errorf("an unexpected failure: %+v", f)
				}
			}
			if !found {
				t.Errorf("no failure of %s; failures are %+v", kind, s.Failures)
			}
			if operation != "ec2:DescribeVpcs" && len(s.VPCs) == 0 {
				t.Error("the VPC is missing too")
			}
		})
	}
}

func TestARoleThatMayNotBeAssumedMakesOnlyItsLocationDark(t *testing.T) {
	sim := simOf(t, homeWorld+peerWorld)
	attempts := 0
	refusal := &smithy.OperationError{
		ServiceID: "STS", OperationName: "AssumeRole",
		Err: &smithy.GenericAPIError{Code: "AccessDenied", Message: "not allowed"},
	}
	clients := observe.NewClients(func(_ context.Context, at network.Location) (aws.Config, error) {
		if at == peer {
			attempts++
			return aws.Config{}, fmt.Errorf("assuming the reader's role: %w", refusal)
		}
		return sim.Config(at.Account, at.Region, awssim.Actor{}), nil
	}, elasticache.New)
	s := readUnit(t, clients, wantFrom("peering", vpc("vpc-0p")))
	f, ok := s.Failed(peer, network.KindRouteTable, "")
	if !ok || f.Operation != "sts:AssumeRole" || f.Code != "AccessDenied" {
		t.Errorf("the failure is %+v, %v", f, ok)
	}
	if _, ok := s.Failed(home, network.KindRouteTable, ""); ok || len(s.RouteTables) != 2 {
		t.Error("the own side is not read")
	}
	if attempts != 1 {
		t.Errorf("the role was asked for %d times in one run", attempts)
	}
}

func TestALocationThatTheDeploymentDoesNotKnowSaysSo(t *testing.T) {
	sim := simOf(t, homeWorld+peerWorld)
	clients := observe.NewClients(func(_ context.Context, at network.Location) (aws.Config, error) {
		if at == peer {
			return aws.Config{}, errors.New("the deployment does not list it")
		}
		return sim.Config(at.Account, at.Region, awssim.Actor{}), nil
	}, elasticache.New)
	s := readUnit(t, clients, wantFrom("peering", vpc("vpc-0p")))
	f, ok := s.Failed(peer, network.KindRouteTable, "")
	if !ok || f.Code != network.CodeNotConfigured || f.Message != "the deployment does not list it" {
		t.Errorf("the failure is %+v, %v", f, ok)
	}
}

func TestThrottledCallsAreRetried(t *testing.T) {
	sim := simOf(t, homeWorld)
	sim.Throttle("ec2:DescribeVpcs", 2)
	s := readUnit(t, clientsOf(sim), wantFrom("same-vpc", group("sg-0a")))
	wantNoFailures(t, s)
	wantKeys(t, "VPCs", s.VPCs, "vpc-0c")
}

func TestAnErrorWithoutAnAnswerOfAWSIsAFailureToo(t *testing.T) {
	sim := simOf(t, homeWorld)
	sim.Fail(awssim.Injection{Operation: "ec2:DescribeRouteTables", Err: errors.New("connection reset")})
	s := readUnit(t, clientsOf(sim), wantFrom("same-vpc", group("sg-0a")))
	f, ok := s.Failed(home, network.KindRouteTable, "")
	if !ok || f.Code != observe.CodeRequestFailed || !strings.Contains(f.Message, "connection reset") {
		t.Errorf("the failure is %+v, %v", f, ok)
	}
}

func TestAResourceThatIsGoneIsNoFailure(t *testing.T) {
	sim := simOf(t, homeWorld+peerWorld)
	sim.Fail(awssim.Injection{Operation: "ec2:DescribeVpcAttribute", Account: peer.Account, Code: "InvalidVpcID.NotFound"})
	s := readUnit(t, clientsOf(sim), wantFrom("peering", vpc("vpc-0p")))
	wantNoFailures(t, s)
}

func TestACancelledContextIsTheOnlyErrorOfARead(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	sim := simOf(t, homeWorld)
	sim.OnCall(func(_ context.Context, call awssim.Call) error {
		if call.Operation == "ec2:DescribeSubnets" {
			cancel()
		}
		return nil
	})
	_, err := observe.Read(ctx, clientsOf(sim), observe.Request{Unit: unit, Now: now, Intents: []intent.Intent{wantFrom("same-vpc", group("sg-0a"))}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}
