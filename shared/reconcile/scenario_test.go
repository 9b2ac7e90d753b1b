package reconcile_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	cachetypes "github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/reconcile"
	"github.com/cachegate/cachegate/shared/replay"
)

// The accounts of all scenarios: the caches', and a team's that uses them.
const (
	cacheAccount = "111122223333"
	appAccount   = "444455556666"
	homeRegion   = "us-east-1"
)

// sessionsARN is the cluster of all scenarios.
const sessionsARN = "arn:aws:elasticache:us-east-1:111122223333:replicationgroup:sessions"

func home() network.Location { return network.Location{Account: cacheAccount, Region: homeRegion} }

func cacheUnit() network.Unit { return network.Unit{Location: home(), VPC: "vpc-0c"} }

// scenario is a world with cachegate at work in it, and a clock that stands still
// until it is moved.
type scenario struct {
	t *testing.T
	*replay.Session
	now time.Time
	set intent.Set
	// worlds counts the worlds that were rebuilt.
	worlds uint64
}

// Unsatisfied counts the live intents that are not as declared.
func (s *scenario) Unsatisfied() int {
	s.t.Helper()
	standing, err := s.Standing(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return len(slices.DeleteFunc(standing, func(j access.Judgement) bool { return j.Satisfied }))
}

// start loads a world and what is declared, and judges every unit once.
func start(t *testing.T, world, intents string) *scenario {
	t.Helper()
	w, _, err := awssim.Load("world.yaml", []byte(world))
	if err != nil {
		t.Fatalf("the scenario's world is wrong: %v", err)
	}
	sim := awssim.New(w)
	s := &scenario{t: t, now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	s.set = s.parse(sim, intents)
	s.Session = replay.New(sim, s.set, replay.Options{Clock: func() time.Time { return s.now }})
	if err := s.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *scenario) parse(sim *awssim.Sim, intents string) intent.Set {
	s.t.Helper()
	set, _, err := replay.LoadIntents(s.t.Context(), "intents.yaml", []byte(intents), sim)
	if err != nil {
		s.t.Fatal(err)
	}
	return set
}

// declare changes what is declared.
func (s *scenario) declare(intents string) {
	s.t.Helper()
	s.set = s.parse(s.Sim, intents)
	s.Declare(s.set)
}

// sweep reconciles everything once.
func (s *scenario) sweep() []reconcile.Report {
	s.t.Helper()
	reports, err := s.Sweep(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return reports
}

// run reconciles one unit.
func (s *scenario) run(u network.Unit) reconcile.Report {
	s.t.Helper()
	report, err := s.Run(s.t.Context(), u, reconcile.Wake{Trigger: "test"})
	if err != nil {
		s.t.Fatal(err)
	}
	return report
}

// writes are the writes since a mark, as "RevokeSecurityGroupIngress sg-0c".
func (s *scenario) writesSince(mark int) []string {
	var out []string
	for _, w := range s.Sim.Writes()[mark:] {
		out = append(out, strings.TrimPrefix(w.Operation, "ec2:"))
	}
	return out
}

func (s *scenario) mark() int { return len(s.Sim.Writes()) }

// settles fails the test if another sweep writes anything.
func (s *scenario) settles() {
	s.t.Helper()
	mark := s.mark()
	s.sweep()
	if again := s.writesSince(mark); len(again) > 0 {
		s.t.Errorf("a second run on an unchanged world wrote %v", again)
	}
}

// sources are those of a group's ingress rules, sorted, with ports: "10.1.0.0/16:6379".
func (s *scenario) sources(group string) []string {
	s.t.Helper()
	api := ec2.NewFromConfig(s.Sim.Config(cacheAccount, homeRegion, awssim.Actor{}))
	out, err := api.DescribeSecurityGroups(s.t.Context(), &ec2.DescribeSecurityGroupsInput{GroupIds: []string{group}})
	if err != nil {
		s.t.Fatal(err)
	}
	var found []string
	for _, p := range out.SecurityGroups[0].IpPermissions {
		port := "all"
		if p.FromPort != nil {
			port = fmt.Sprint(*p.FromPort)
			if *p.ToPort != *p.FromPort {
				port += fmt.Sprintf("-%d", *p.ToPort)
			}
		}
		for _, r := range p.IpRanges {
			found = append(found, *r.CidrIp+":"+port)
		}
		for _, r := range p.Ipv6Ranges {
			found = append(found, *r.CidrIpv6+":"+port)
		}
		for _, r := range p.PrefixListIds {
			found = append(found, *r.PrefixListId+":"+port)
		}
		for _, r := range p.UserIdGroupPairs {
			found = append(found, *r.GroupId+":"+port)
		}
	}
	slices.Sort(found)
	return found
}

// routes are those of a table that somebody made, sorted: "10.1.0.0/16>pcx-0a".
func (s *scenario) routes(account, table string) []string {
	s.t.Helper()
	api := ec2.NewFromConfig(s.Sim.Config(account, homeRegion, awssim.Actor{}))
	out, err := api.DescribeRouteTables(s.t.Context(), &ec2.DescribeRouteTablesInput{RouteTableIds: []string{table}})
	if err != nil {
		s.t.Fatal(err)
	}
	var found []string
	for _, r := range out.RouteTables[0].Routes {
		if r.Origin != "CreateRoute" || r.DestinationCidrBlock == nil {
			continue
		}
		for _, id := range []*string{r.VpcPeeringConnectionId, r.TransitGatewayId, r.GatewayId, r.NetworkInterfaceId} {
			if id != nil {
				found = append(found, *r.DestinationCidrBlock+">"+*id)
			}
		}
	}
	slices.Sort(found)
	return found
}

// copied is the world as it is now, as content that may be changed.
func (s *scenario) copied() awssim.Accounts {
	s.t.Helper()
	data, err := s.Sim.World().MarshalJSON()
	if err != nil {
		s.t.Fatal(err)
	}
	w, _, err := awssim.Load("world.json", data)
	if err != nil {
		s.t.Fatal(err)
	}
	return w.Accounts()
}

// rebuild goes on in another world with the same ledger: what AWS does by itself.
func (s *scenario) rebuild(accounts awssim.Accounts) {
	s.t.Helper()
	w, _, err := awssim.Build(accounts)
	if err != nil {
		s.t.Fatal(err)
	}
	kept := s.Ledger
	s.worlds++ // new ids must not be those of the world before
	s.Session = replay.New(awssim.New(w, awssim.WithSeed(s.worlds)), s.set, replay.Options{Clock: func() time.Time { return s.now }})
	s.Ledger, s.Runner.Ledger = kept, kept
	s.Dispatcher.Index, s.Dispatcher.Claims, s.Dispatcher.Journal = kept, kept, kept
}

func membership(group, status string) cachetypes.SecurityGroupMembership {
	return cachetypes.SecurityGroupMembership{SecurityGroupId: &group, Status: &status}
}

// tableOf is the main route table of a VPC of the caches' account.
func (s *scenario) tableOf(vpc string) string {
	s.t.Helper()
	out, err := s.admin(cacheAccount).DescribeRouteTables(s.t.Context(), &ec2.DescribeRouteTablesInput{
		Filters: []ec2types.Filter{{Name: aws.String("vpc-id"), Values: []string{vpc}}},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return aws.ToString(out.RouteTables[0].RouteTableId)
}

// admin is somebody who is not cachegate.
func (s *scenario) admin(account string) *ec2.Client {
	return ec2.NewFromConfig(s.Sim.Config(account, homeRegion, awssim.Actor{Session: "alice"}))
}

func (s *scenario) caches() *elasticache.Client {
	return elasticache.NewFromConfig(s.Sim.Config(cacheAccount, homeRegion, awssim.Actor{Session: "alice"}))
}

// claims are all claims of the ledger at the points given, and those of the cache unit.
func (s *scenario) claims() []change.Claim {
	s.t.Helper()
	out, err := s.Ledger.Claims(s.t.Context(), cacheUnit(), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

func wantStrings(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func kinds(findings []finding.Finding) []string {
	var out []string
	for _, f := range findings {
		out = append(out, string(f.Kind)+" "+string(f.Status))
	}
	return out
}

// sameVPC is one VPC with a cluster behind sg-0c, an application in sg-0a and one in sg-0b.
const sameVPC = `
"111122223333":
  us-east-1:
    Vpcs: [{VpcId: vpc-0c, CidrBlock: 10.0.0.0/16, EnableDnsHostnames: {Value: true}}]
    Subnets:
      - {SubnetId: subnet-0c, VpcId: vpc-0c, CidrBlock: 10.0.1.0/24, AvailabilityZone: us-east-1a}
      - {SubnetId: subnet-0a, VpcId: vpc-0c, CidrBlock: 10.0.2.0/24, AvailabilityZone: us-east-1a}
    SecurityGroups:
      - {GroupId: sg-0c, GroupName: sessions, VpcId: vpc-0c}
      - {GroupId: sg-0d, GroupName: sessions-next, VpcId: vpc-0c}
      - {GroupId: sg-0a, GroupName: orders, VpcId: vpc-0c, IpPermissionsEgress: [{IpProtocol: "-1", IpRanges: [{CidrIp: 0.0.0.0/0}]}]}
      - {GroupId: sg-0b, GroupName: carts, VpcId: vpc-0c, IpPermissionsEgress: [{IpProtocol: "-1", IpRanges: [{CidrIp: 0.0.0.0/0}]}]}
    NetworkInterfaces:
      - {NetworkInterfaceId: eni-0a, VpcId: vpc-0c, SubnetId: subnet-0a, PrivateIpAddress: 10.0.2.10, Groups: [{GroupId: sg-0a}]}
    ReplicationGroups:
      - {ReplicationGroupId: sessions, Status: available, MemberClusters: [sessions-001]}
    CacheClusters:
      - CacheClusterId: sessions-001
        ReplicationGroupId: sessions
        CacheClusterStatus: available
        Engine: valkey
        CacheSubnetGroupName: caches
        SecurityGroups: [{SecurityGroupId: sg-0c, Status: active}]
        CacheNodes: [{CacheNodeId: "0001", Endpoint: {Address: sessions-001.example, Port: 6379}}]
    CacheSubnetGroups:
      - {CacheSubnetGroupName: caches, VpcId: vpc-0c, Subnets: [{SubnetIdentifier: subnet-0c}]}
`

const orders = `
- {cluster: sessions, name: orders, source: sg-0a}
`

func TestADeclaredRuleIsOpenedOnceAndClosedWhenItsIntentGoes(t *testing.T) {
	s := start(t, sameVPC, orders)
	s.sweep()
	wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "sg-0a:6379")
	s.settles()
	s.declare("[]")
	s.sweep()
	wantStrings(t, "rules of sg-0c", s.sources("sg-0c"))
	s.settles()
}
