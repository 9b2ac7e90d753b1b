package reconcile_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/reconcile"
)

// crossed are two cache VPCs, each with a cluster and an application, peered with
// each other: both units need routes in both VPCs' tables.
const crossed = `
"111122223333":
  us-east-1:
    Vpcs:
      - {VpcId: vpc-0c, CidrBlock: 10.0.0.0/16, EnableDnsHostnames: {Value: true}}
      - {VpcId: vpc-0d, CidrBlock: 10.1.0.0/16, EnableDnsHostnames: {Value: true}}
    Subnets:
      - {SubnetId: subnet-0c, VpcId: vpc-0c, CidrBlock: 10.0.1.0/24, AvailabilityZone: us-east-1a}
      - {SubnetId: subnet-0d, VpcId: vpc-0d, CidrBlock: 10.1.1.0/24, AvailabilityZone: us-east-1a}
    RouteTables:
      - {RouteTableId: rtb-0c, VpcId: vpc-0c, Associations: [{RouteTableAssociationId: rtbassoc-0c, Main: true}], Routes: [{DestinationCidrBlock: 10.0.0.0/16, GatewayId: local}]}
      - {RouteTableId: rtb-0d, VpcId: vpc-0d, Associations: [{RouteTableAssociationId: rtbassoc-0d, Main: true}], Routes: [{DestinationCidrBlock: 10.1.0.0/16, GatewayId: local}]}
    SecurityGroups:
      - {GroupId: sg-0c, GroupName: sessions, VpcId: vpc-0c}
      - {GroupId: sg-0d, GroupName: carts, VpcId: vpc-0d}
      - {GroupId: sg-0a, GroupName: app-c, VpcId: vpc-0c, IpPermissionsEgress: [{IpProtocol: "-1", IpRanges: [{CidrIp: 0.0.0.0/0}]}]}
      - {GroupId: sg-0b, GroupName: app-d, VpcId: vpc-0d, IpPermissionsEgress: [{IpProtocol: "-1", IpRanges: [{CidrIp: 0.0.0.0/0}]}]}
    VpcPeeringConnections:
      - {VpcPeeringConnectionId: pcx-0a, RequesterVpcInfo: {VpcId: vpc-0c}, AccepterVpcInfo: {VpcId: vpc-0d}}
    CacheClusters:
      - CacheClusterId: sessions
        CacheClusterStatus: available
        Engine: memcached
        CacheSubnetGroupName: caches-c
        SecurityGroups: [{SecurityGroupId: sg-0c, Status: active}]
        ConfigurationEndpoint: {Address: sessions.cfg.example, Port: 11211}
      - CacheClusterId: carts
        CacheClusterStatus: available
        Engine: memcached
        CacheSubnetGroupName: caches-d
        SecurityGroups: [{SecurityGroupId: sg-0d, Status: active}]
        ConfigurationEndpoint: {Address: carts.cfg.example, Port: 11211}
    CacheSubnetGroups:
      - {CacheSubnetGroupName: caches-c, VpcId: vpc-0c, Subnets: [{SubnetIdentifier: subnet-0c}]}
      - {CacheSubnetGroupName: caches-d, VpcId: vpc-0d, Subnets: [{SubnetIdentifier: subnet-0d}]}
`

const (
	toSessions = "- {cluster: sessions, name: from-d, source: sg-0b, path: peering}\n"
	toCarts    = "- {cluster: carts, name: from-c, source: sg-0a, path: peering}\n"
)

func otherUnit() network.Unit { return network.Unit{Location: home(), VPC: "vpc-0d"} }

func (s *scenario) wantRoutes(c, d []string) {
	s.t.Helper()
	wantStrings(s.t, "routes of vpc-0c", s.routes(cacheAccount, "rtb-0c"), c...)
	wantStrings(s.t, "routes of vpc-0d", s.routes(cacheAccount, "rtb-0d"), d...)
}

var there, back = []string{"10.1.0.0/16>pcx-0a"}, []string{"10.0.0.0/16>pcx-0a"}

func TestARouteThatTwoUnitsNeedGoesWithTheLastOfThem(t *testing.T) {
	s := start(t, crossed, toSessions+toCarts)
	s.sweep()
	s.sweep()
	s.wantRoutes(there, back)
	s.declare(toCarts)
	s.sweep()
	s.wantRoutes(there, back)
	wantStrings(t, "rules of sg-0c", s.sources("sg-0c"))
	s.settles()
	s.declare("[]")
	s.sweep()
	s.wantRoutes(nil, nil)
	s.settles()
}

func TestARouteThatAnotherUnitWasDeclaredToNeedJustNowStays(t *testing.T) {
	s := start(t, crossed, toSessions)
	s.sweep()
	s.declare(toCarts) // the unit of carts has not run since
	s.run(cacheUnit())
	s.wantRoutes(there, back)
	s.sweep()
	s.settles()
	if n := s.Unsatisfied(); n > 0 {
		t.Errorf("%d intents are not satisfied", n)
	}
	s.declare("[]")
	s.sweep()
	s.wantRoutes(nil, nil)
}

func TestARouteStaysWhileTheOtherUnitThatMayNeedItCannotBeRead(t *testing.T) {
	s := start(t, crossed, toSessions)
	s.sweep()
	s.declare(toCarts)
	s.Sim.Fail(awssim.Injection{Operation: "ec2:DescribeVpcPeeringConnections", Code: "RequestLimitExceeded"})
	s.run(cacheUnit())
	s.Sim.Heal()
	s.wantRoutes(there, back)
}

// A mistake in another unit's intent must not keep what is over open for ever.
func TestAMistakeInAnotherUnitsIntentKeepsNothingOpen(t *testing.T) {
	s := start(t, crossed, toSessions+"- {cluster: carts, name: from-c, source: sg-0f, path: peering}\n")
	s.sweep()
	s.declare("- {cluster: carts, name: from-c, source: sg-0f, path: peering}\n")
	s.sweep()
	s.wantRoutes(nil, nil)
}

// The other unit writes while this one runs: its claims are its own.
func TestAUnitThatReadsBeforeTheOtherWritesDoesNotGiveUpTheOthersClaims(t *testing.T) {
	s := start(t, crossed, toSessions+toCarts)
	var done atomic.Bool
	s.Sim.OnCall(func(ctx context.Context, c awssim.Call) error {
		// The first unit has read the tables, and is at its network interfaces.
		if c.Operation != "ec2:DescribeNetworkInterfaces" || done.Swap(true) {
			return nil
		}
		other := *s.Runner
		other.Owner = "another process"
		_, err := other.Run(ctx, otherUnit(), reconcile.Wake{Trigger: "test"})
		return err
	})
	s.run(cacheUnit())
	s.sweep()
	if n := s.Unsatisfied(); n > 0 {
		t.Errorf("%d intents are not satisfied", n)
	}
	s.settles()
	s.declare("[]")
	s.sweep()
	s.sweep()
	s.wantRoutes(nil, nil)
}

func TestTwoUnitsThatMakeTheSameRouteAtOnceBothHoldIt(t *testing.T) {
	s := start(t, crossed, toSessions+toCarts)
	done := false
	s.Sim.OnCall(func(ctx context.Context, c awssim.Call) error {
		if done || c.Operation != "ec2:CreateRoute" {
			return nil
		}
		done = true
		other := *s.Runner
		other.Owner = "another process"
		_, err := other.Run(ctx, otherUnit(), reconcile.Wake{Trigger: "test"})
		return err
	})
	s.run(cacheUnit())
	s.sweep()
	s.wantRoutes(there, back)
	s.settles()
	s.declare(toSessions)
	s.sweep()
	s.wantRoutes(there, back)
	s.declare("[]")
	s.sweep()
	s.sweep()
	s.wantRoutes(nil, nil)
}

func TestAUnitThatComesToNeedARouteWhileTheOtherDeletesItHasItInTheEnd(t *testing.T) {
	s := start(t, crossed, toSessions)
	s.sweep()
	s.declare("[]")
	done := false
	s.Sim.OnCall(func(ctx context.Context, c awssim.Call) error {
		if done || c.Operation != "ec2:DeleteRoute" {
			return nil
		}
		done = true
		s.declare(toCarts)
		other := *s.Runner
		other.Owner = "another process"
		_, err := other.Run(ctx, otherUnit(), reconcile.Wake{Trigger: "test"})
		return err
	})
	s.run(cacheUnit())
	s.sweep()
	s.wantRoutes(there, back)
	s.settles()
	if n := s.Unsatisfied(); n > 0 {
		t.Errorf("%d intents are not satisfied", n)
	}
}

// A group may be associated with other VPCs, and guard their clusters too.
const associated = `
"111122223333":
  us-east-1:
    Vpcs: [{VpcId: vpc-0c, CidrBlock: 10.0.0.0/16}, {VpcId: vpc-0d, CidrBlock: 10.1.0.0/16}]
    Subnets:
      - {SubnetId: subnet-0c, VpcId: vpc-0c, CidrBlock: 10.0.1.0/24, AvailabilityZone: us-east-1a}
      - {SubnetId: subnet-0d, VpcId: vpc-0d, CidrBlock: 10.1.1.0/24, AvailabilityZone: us-east-1a}
    SecurityGroups:
      - {GroupId: sg-0c, GroupName: caches, VpcId: vpc-0c}
      - {GroupId: sg-0a, GroupName: app, VpcId: vpc-0c, IpPermissionsEgress: [{IpProtocol: "-1", IpRanges: [{CidrIp: 0.0.0.0/0}]}]}
    SecurityGroupVpcAssociations: [{GroupId: sg-0c, VpcId: vpc-0d, State: associated}]
    CacheClusters:
      - {CacheClusterId: sessions, CacheClusterStatus: available, Engine: memcached, CacheSubnetGroupName: caches-c, SecurityGroups: [{SecurityGroupId: sg-0c, Status: active}], ConfigurationEndpoint: {Address: sessions.cfg.example, Port: 11211}}
      - {CacheClusterId: carts, CacheClusterStatus: available, Engine: memcached, CacheSubnetGroupName: caches-d, SecurityGroups: [{SecurityGroupId: sg-0c, Status: active}], ConfigurationEndpoint: {Address: carts.cfg.example, Port: 11211}}
    CacheSubnetGroups:
      - {CacheSubnetGroupName: caches-c, VpcId: vpc-0c, Subnets: [{SubnetIdentifier: subnet-0c}]}
      - {CacheSubnetGroupName: caches-d, VpcId: vpc-0d, Subnets: [{SubnetIdentifier: subnet-0d}]}
`

func TestAGroupThatGuardsAClusterOfAnotherVPCIsShared(t *testing.T) {
	s := start(t, associated, "- {cluster: sessions, name: orders, source: sg-0a}")
	s.sweep()
	wantStrings(t, "rules of sg-0c", s.sources("sg-0c"))
}

func TestTheModeOfAClusterOfAnotherVPCHoldsOnASharedGroup(t *testing.T) {
	for _, mode := range []string{"observe", "off"} {
		s := start(t, associated, `
- {cluster: "*", name: "*", sharedGroups: allow, mode: enforce}
- {cluster: "*", name: "arn:aws:elasticache:us-east-1:111122223333:cluster:carts", mode: `+mode+`}
- {cluster: sessions, name: orders, source: sg-0a}`)
		s.sweep()
		wantStrings(t, "rules of sg-0c in mode "+mode, s.sources("sg-0c"))
	}
}

func TestWhatAClusterOfAnotherVPCOnlyReportsIsNotRevoked(t *testing.T) {
	s := start(t, associated, `
- {cluster: "*", name: "*", mode: enforce}
- {cluster: "*", name: "arn:aws:elasticache:us-east-1:111122223333:cluster:sessions", undeclared: revoke}
- {cluster: sessions, name: orders, source: sg-0a}`)
	if _, err := s.admin(cacheAccount).AuthorizeSecurityGroupIngress(t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: aws.String("sg-0c"), IpProtocol: aws.String("tcp"), FromPort: aws.Int32(11211), ToPort: aws.Int32(11211), CidrIp: aws.String("10.1.1.0/24"),
	}); err != nil {
		t.Fatal(err)
	}
	s.sweep()
	wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "10.1.1.0/24:11211")
}

// The claims of the ledger are those of the rules and routes that are there, and
// the other way round: every write is accounted for.
func TestAfterAnyOfTheseEveryWriteIsAccountedFor(t *testing.T) {
	s := start(t, crossed, toSessions+toCarts)
	s.sweep()
	s.sweep()
	claims := map[string]change.Claim{}
	for _, u := range []network.Unit{cacheUnit(), otherUnit()} {
		found, err := s.Ledger.Claims(t.Context(), u, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range found {
			claims[c.Key()] = c
		}
	}
	// Two routes, two DNS options, two rules.
	if len(claims) != 6 {
		t.Errorf("%d claims are there, want 6", len(claims))
	}
	for key, c := range claims {
		if c.Status != change.Standing || len(c.Holders) == 0 {
			t.Errorf("claim %s is %s, held by %v", key, c.Status, c.Holders)
		}
	}
}

// Another unit is declared to need a route between the plan that takes it away and the
// write.
func TestARouteThatAnotherUnitIsDeclaredToNeedMeanwhileStays(t *testing.T) {
	s := start(t, crossed, toSessions)
	s.sweep()
	s.declare("[]")
	done := false
	s.Sim.OnCall(func(_ context.Context, c awssim.Call) error {
		if !done && c.Operation == "ec2:RevokeSecurityGroupIngress" { // the first write; routes come later
			done = true
			s.declare(toCarts)
		}
		return nil
	})
	report := s.run(cacheUnit())
	if !done {
		t.Fatal("no rule was revoked: nothing was declared meanwhile")
	}
	s.wantRoutes(there, back)
	if report.Next.After(s.now) || report.Next.IsZero() {
		t.Errorf("the unit is looked at again at %s: what was left to close waits", report.Next)
	}
}

// bothWays is peered, with a cluster in the far account too: both units need the route
// of rtb-0c to vpc-0a.
func bothWays() string {
	world := strings.Replace(peered, "    SecurityGroups:\n      - {GroupId: sg-0a, GroupName: orders",
		"    SecurityGroups:\n      - {GroupId: sg-0b, GroupName: carts, VpcId: vpc-0a, IpPermissions: [{IpProtocol: tcp, FromPort: 11211, ToPort: 11211, IpRanges: [{CidrIp: 10.0.1.0/24}]}]}\n      - {GroupId: sg-0a, GroupName: orders", 1)
	return strings.TrimRight(world, "\n") + `
      - {NetworkInterfaceId: eni-0b, VpcId: vpc-0a, SubnetId: subnet-0a, PrivateIpAddress: 10.1.1.11, Groups: [{GroupId: sg-0b}]}
    CacheClusters:
      - {CacheClusterId: carts, CacheClusterStatus: available, Engine: memcached, CacheSubnetGroupName: caches-a, SecurityGroups: [{SecurityGroupId: sg-0b, Status: active}], ConfigurationEndpoint: {Address: carts.cfg.example, Port: 11211}}
    CacheSubnetGroups: [{CacheSubnetGroupName: caches-a, VpcId: vpc-0a, Subnets: [{SubnetIdentifier: subnet-0a}]}]
`
}

// A cluster that cannot be read, and that no unit was ever judged for, may need what a
// plan would take away.
func TestAClusterThatCannotBeReadProtectsTheRoutesItMayNeed(t *testing.T) {
	const (
		sessions = "- {cluster: sessions, name: orders, source: 10.1.1.0/24, path: peering}\n"
		carts    = "- {cluster: \"arn:aws:elasticache:us-east-1:444455556666:cluster:carts\", name: near, source: 10.0.1.0/24, path: peering}\n"
	)
	for name, tt := range map[string]struct {
		judged bool
		fails  awssim.Injection
	}{
		"of an account that is dark, judged before":        {true, awssim.Injection{Account: appAccount, Code: "UnauthorizedOperation"}},
		"of an account that is dark, never judged":         {false, awssim.Injection{Account: appAccount, Code: "UnauthorizedOperation"}},
		"whose one list is throttled just now, not judged": {false, awssim.Injection{Account: appAccount, Operation: "elasticache:DescribeCacheClusters", Code: "Throttling"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, bothWays(), sessions)
			s.sweep()
			wantStrings(t, "routes of vpc-0c", s.routes(cacheAccount, "rtb-0c"), "10.1.0.0/16>pcx-0a")
			if tt.judged {
				s.declare(sessions + carts)
				s.sweep()
			}
			left := s.parse(s.Sim, carts)
			s.Sim.Fail(tt.fails)
			s.Declare(left)
			s.sweep()
			s.run(cacheUnit())
			s.Sim.Heal()
			wantStrings(t, "routes of vpc-0c", s.routes(cacheAccount, "rtb-0c"), "10.1.0.0/16>pcx-0a")
			wantStrings(t, "rules of sg-0c", s.sources("sg-0c"))
		})
	}
}
