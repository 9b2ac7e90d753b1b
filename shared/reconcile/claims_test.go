package reconcile_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/reconcile"
)

const peeredOrders = `- {cluster: sessions, name: orders, source: 444455556666/sg-0a, path: peering}`

// visible is longer than EC2 may take to show a write.
const visible = 10 * time.Minute

// errLost stands for an answer that never came.
var errLost = errors.New("the connection was reset")

// closesWhenWithdrawn withdraws everything and wants every rule and route that
// cachegate made to be gone, and no claim left.
func (s *scenario) closesWhenWithdrawn() {
	s.t.Helper()
	s.declare("[]")
	s.sweep()
	s.sweep()
	wantStrings(s.t, "rules of sg-0c when nothing is declared", s.sources("sg-0c"))
	wantStrings(s.t, "routes of vpc-0c when nothing is declared", s.routes(cacheAccount, "rtb-0c"))
	wantStrings(s.t, "routes of vpc-0a when nothing is declared", s.routes(appAccount, "rtb-0a"))
	if left := s.claims(); len(left) > 0 {
		s.t.Errorf("claims are left: %v", left)
	}
	s.settles()
}

func TestAWriteWhoseAnswerIsLostIsStillOursToClose(t *testing.T) {
	for _, operation := range []string{"ec2:AuthorizeSecurityGroupIngress", "ec2:CreateRoute", "ec2:ModifyVpcPeeringConnectionOptions"} {
		for name, injected := range map[string]awssim.Injection{
			"the connection breaks":        {Err: errLost},
			"EC2 says InternalError":       {Code: "InternalError"},
			"EC2 says Unavailable":         {Code: "Unavailable"},
			"EC2 says ServiceUnavailable":  {Code: "ServiceUnavailable"},
			"EC2 says InternalFailure":     {Code: "InternalFailure"},
			"EC2 says RequestTimeout":      {Code: "RequestTimeout"},
			"the deadline passes meantime": {Err: context.DeadlineExceeded},
		} {
			t.Run(operation+": "+name, func(t *testing.T) {
				s := start(t, peered, peeredOrders)
				injected.Operation, injected.After, injected.Times = operation, true, 1
				s.Sim.Fail(injected)
				s.sweep()
				s.Sim.Heal()
				s.sweep()
				wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "sg-0a:6379")
				wantStrings(t, "routes of vpc-0c", s.routes(cacheAccount, "rtb-0c"), "10.1.0.0/16>pcx-0a")
				wantStrings(t, "routes of vpc-0a", s.routes(appAccount, "rtb-0a"), "10.0.0.0/16>pcx-0a")
				s.settles()
				s.closesWhenWithdrawn()
			})
		}
	}
}

func TestACloseThatFailsOrIsLostIsMadeByALaterRun(t *testing.T) {
	for _, operation := range []string{"ec2:RevokeSecurityGroupIngress", "ec2:DeleteRoute"} {
		for name, injected := range map[string]awssim.Injection{
			"refused":              {Code: "UnauthorizedOperation"},
			"throttled":            {Code: "RequestLimitExceeded"},
			"its answer is lost":   {Err: errLost, After: true},
			"refused but was made": {Code: "InternalError", After: true},
		} {
			t.Run(operation+" is "+name, func(t *testing.T) {
				s := start(t, peered, peeredOrders)
				s.sweep()
				injected.Operation, injected.Times = operation, 8
				if injected.After {
					injected.Times = 1
				}
				s.Sim.Fail(injected)
				s.declare("[]")
				s.sweep()
				s.Sim.Heal()
				s.closesWhenWithdrawn()
			})
		}
	}
}

func TestACloseOfADeletedClustersGroupThatFailsIsMadeByALaterRun(t *testing.T) {
	s := start(t, peered, peeredOrders)
	s.sweep()
	if _, err := s.caches().DeleteReplicationGroup(t.Context(), &elasticache.DeleteReplicationGroupInput{ReplicationGroupId: aws.String("sessions")}); err != nil {
		t.Fatal(err)
	}
	s.Sim.Fail(awssim.Injection{Operation: "ec2:RevokeSecurityGroupIngress", Code: "UnauthorizedOperation"})
	s.sweep()
	s.Sim.Heal()
	s.closesWhenWithdrawn()
}

// A run dies as a process does: from some write on, no call is answered.
func TestARunThatDiesAfterAnyWriteIsTakenUpByTheNextOne(t *testing.T) {
	for n := range 4 {
		s := start(t, peered, peeredOrders)
		ctx, die := context.WithCancelCause(t.Context())
		writes := 0
		s.Sim.OnCall(func(_ context.Context, c awssim.Call) error {
			if !c.Write {
				return nil
			}
			if writes++; writes > n && ctx.Err() == nil {
				die(errLost)
				return errLost
			}
			return nil
		})
		if _, err := s.Session.Sweep(ctx); err == nil {
			t.Errorf("after %d writes the run ended as if nothing had happened", n)
		}
		s.now = s.now.Add(time.Hour)
		s.sweep()
		wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "sg-0a:6379")
		wantStrings(t, "routes of vpc-0c", s.routes(cacheAccount, "rtb-0c"), "10.1.0.0/16>pcx-0a")
		wantStrings(t, "routes of vpc-0a", s.routes(appAccount, "rtb-0a"), "10.0.0.0/16>pcx-0a")
		s.settles()
		s.closesWhenWithdrawn()
	}
}

func TestWhatCachegateJustMadeStaysItsOwnWhileReadsAreLate(t *testing.T) {
	for _, reads := range []int{1, 3, 8, 40, 90, 160} {
		s := start(t, peered, peeredOrders)
		s.Sim.Lag(awssim.Lag{Reads: reads})
		s.sweep()
		s.sweep()
		s.Sim.NoLag()
		s.sweep()
		wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "sg-0a:6379")
		wantStrings(t, "routes of vpc-0c", s.routes(cacheAccount, "rtb-0c"), "10.1.0.0/16>pcx-0a")
		wantStrings(t, "routes of vpc-0a", s.routes(appAccount, "rtb-0a"), "10.0.0.0/16>pcx-0a")
		s.settles()
		s.closesWhenWithdrawn()
		if t.Failed() {
			t.Fatalf("with %d late reads after each write", reads)
		}
	}
}

func TestARuleChangedInPlaceIsReleasedAndNeverTakenAway(t *testing.T) {
	s := start(t, sameVPC, orders)
	s.sweep()
	rule := s.claims()[0].RuleID
	if _, err := s.admin(cacheAccount).ModifySecurityGroupRules(t.Context(), &ec2.ModifySecurityGroupRulesInput{
		GroupId: aws.String("sg-0c"),
		SecurityGroupRules: []ec2types.SecurityGroupRuleUpdate{{
			SecurityGroupRuleId: &rule,
			SecurityGroupRule: &ec2types.SecurityGroupRuleRequest{
				IpProtocol: aws.String("tcp"), FromPort: aws.Int32(6379), ToPort: aws.Int32(6379), ReferencedGroupId: aws.String("sg-0b"),
			},
		}},
	}); err != nil {
		t.Fatal(err)
	}
	reports := s.sweep()
	told := kinds(reports[0].Told)
	wantStrings(t, "told", told, "access-missing RESOLVED", "access-undeclared OPENED", "claim-changed RESOLVED", "rule-unclaimed OPENED")
	wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "sg-0a:6379", "sg-0b:6379")
	s.settles()
	s.declare("[]")
	s.sweep()
	wantStrings(t, "rules of sg-0c when nothing is declared", s.sources("sg-0c"), "sg-0b:6379")
}

func TestARouteThatSomebodyRepointedIsReleasedAndNeverReplaced(t *testing.T) {
	s := start(t, peered, peeredOrders)
	s.sweep()
	api := s.admin(cacheAccount)
	eni := must[*ec2.CreateNetworkInterfaceOutput](t)(api.CreateNetworkInterface(t.Context(), &ec2.CreateNetworkInterfaceInput{SubnetId: aws.String("subnet-0c")}))
	id := eni.NetworkInterface.NetworkInterfaceId
	must[*ec2.ReplaceRouteOutput](t)(api.ReplaceRoute(t.Context(), &ec2.ReplaceRouteInput{
		RouteTableId: aws.String("rtb-0c"), DestinationCidrBlock: aws.String("10.1.0.0/16"), NetworkInterfaceId: id,
	}))
	mark := s.mark()
	s.sweep()
	s.settles()
	wantStrings(t, "writes", s.writesSince(mark))
	s.declare("[]")
	s.sweep()
	wantStrings(t, "routes of vpc-0c", s.routes(cacheAccount, "rtb-0c"), "10.1.0.0/16>"+*id)
}

func TestAnIdenticalRuleOfSomebodyElseStaysTheirs(t *testing.T) {
	s := start(t, sameVPC, "[]")
	s.allow("sg-0c", "sg-0a")
	s.declare(orders)
	mark := s.mark()
	s.sweep()
	wantStrings(t, "writes", s.writesSince(mark))
	if n := len(s.claims()); n > 0 {
		t.Errorf("%d rules of somebody else were claimed", n)
	}
	s.declare("[]")
	s.sweep()
	wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "sg-0a:6379")
}

// allow lets a group in by hand.
func (s *scenario) allow(group, source string) {
	s.t.Helper()
	if _, err := s.admin(cacheAccount).AuthorizeSecurityGroupIngress(s.t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: &group, IpPermissions: []ec2types.IpPermission{{
			IpProtocol: aws.String("tcp"), FromPort: aws.Int32(6379), ToPort: aws.Int32(6379),
			UserIdGroupPairs: []ec2types.UserIdGroupPair{{GroupId: &source}},
		}},
	}); err != nil {
		s.t.Fatal(err)
	}
}

// allowCIDR lets a CIDR in by hand.
func (s *scenario) allowCIDR(group, cidr string) {
	s.t.Helper()
	if _, err := s.admin(cacheAccount).AuthorizeSecurityGroupIngress(s.t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: &group, IpPermissions: []ec2types.IpPermission{{
			IpProtocol: aws.String("tcp"), FromPort: aws.Int32(6379), ToPort: aws.Int32(6379), IpRanges: []ec2types.IpRange{{CidrIp: &cidr}},
		}},
	}); err != nil {
		s.t.Fatal(err)
	}
}

func TestATagAloneProvesNothing(t *testing.T) {
	s := start(t, sameVPC, orders)
	s.allow("sg-0c", "sg-0b")
	rules, err := s.admin(cacheAccount).DescribeSecurityGroupRules(t.Context(), &ec2.DescribeSecurityGroupRulesInput{
		Filters: []ec2types.Filter{{Name: aws.String("group-id"), Values: []string{"sg-0c"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = s.admin(cacheAccount).CreateTags(t.Context(), &ec2.CreateTagsInput{
		Resources: []string{*rules.SecurityGroupRules[0].SecurityGroupRuleId},
		Tags:      []ec2types.Tag{{Key: aws.String(change.ManagedTag), Value: aws.String("replay/0123456789abcdef")}},
	}); err != nil {
		t.Fatal(err)
	}
	s.sweep()
	wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "sg-0a:6379", "sg-0b:6379")
}

func TestAClusterThatChangesItsGroupsIsOpenInBothUntilItIsDone(t *testing.T) {
	s := start(t, sameVPC, orders)
	s.sweep()
	s.groupsOf("sg-0c", "active", "sg-0d", "adding")
	s.sweep()
	wantStrings(t, "rules of sg-0c while it changes", s.sources("sg-0c"), "sg-0a:6379")
	wantStrings(t, "rules of sg-0d while it changes", s.sources("sg-0d"), "sg-0a:6379")
	s.settles()
	s.groupsOf("sg-0d", "active")
	s.sweep()
	wantStrings(t, "rules of sg-0c afterwards", s.sources("sg-0c"))
	wantStrings(t, "rules of sg-0d afterwards", s.sources("sg-0d"), "sg-0a:6379")
	s.settles()
}

// groupsOf sets the groups of the cluster's node, as pairs of id and status.
func (s *scenario) groupsOf(pairs ...string) {
	s.t.Helper()
	accounts := s.copied()
	region := accounts.Region(cacheAccount, homeRegion)
	node := &region.CacheClusters[0]
	node.SecurityGroups = nil
	for i := 0; i < len(pairs); i += 2 {
		node.SecurityGroups = append(node.SecurityGroups, membership(pairs[i], pairs[i+1]))
	}
	s.rebuild(accounts)
}

func TestAClusterCreatedAnewInAnotherVPCTakesItsAccessAlong(t *testing.T) {
	s := start(t, sameVPC, orders)
	s.sweep()
	accounts := s.copied()
	region := accounts.Region(cacheAccount, homeRegion)
	region.Vpcs = append(region.Vpcs, awssim.Vpc{Vpc: ec2types.Vpc{VpcId: aws.String("vpc-0e"), CidrBlock: aws.String("10.5.0.0/16")}})
	region.Subnets = append(region.Subnets, ec2types.Subnet{SubnetId: aws.String("subnet-0e"), VpcId: aws.String("vpc-0e"), CidrBlock: aws.String("10.5.1.0/24"), AvailabilityZone: aws.String("us-east-1a")})
	region.SecurityGroups = append(region.SecurityGroups, ec2types.SecurityGroup{GroupId: aws.String("sg-0e"), GroupName: aws.String("moved"), VpcId: aws.String("vpc-0e")})
	region.CacheSubnetGroups[0].VpcId = aws.String("vpc-0e")
	region.CacheSubnetGroups[0].Subnets[0].SubnetIdentifier = aws.String("subnet-0e")
	region.CacheClusters[0].SecurityGroups = nil
	region.CacheClusters[0].SecurityGroups = append(region.CacheClusters[0].SecurityGroups, membership("sg-0e", "active"))
	s.rebuild(accounts)
	s.declare("- {cluster: sessions, name: orders, source: 10.5.1.0/24}")
	s.sweep()
	wantStrings(t, "rules of sg-0c, where it was", s.sources("sg-0c"))
	wantStrings(t, "rules of sg-0e, where it is", s.sources("sg-0e"), "10.5.1.0/24:6379")
	s.settles()
	if n := len(s.claims()); n > 0 {
		t.Errorf("the unit that the cluster left still holds %d claims", n)
	}
	moved, err := s.Ledger.Claims(t.Context(), network.Unit{Location: home(), VPC: "vpc-0e"}, nil)
	if err != nil || len(moved) != 1 {
		t.Errorf("the unit that the cluster came to holds %v (%v)", moved, err)
	}
}

// A process dies between its claim and its write, and somebody repairs the outage by
// hand with the same route.
func TestARouteMadeByHandAfterACrash(t *testing.T) {
	s := start(t, peered, "- {cluster: sessions, name: orders, source: 10.1.1.0/24, path: peering}")
	ctx, cancel := context.WithCancel(t.Context())
	armed := true
	s.Sim.OnCall(func(_ context.Context, c awssim.Call) error {
		if armed && c.Operation == "ec2:CreateRoute" && strings.HasSuffix(c.Actor.RoleARN, "cachegate-replay") {
			cancel()
			return errLost
		}
		return nil
	})
	if _, err := s.Run(ctx, cacheUnit(), reconcile.Wake{Trigger: "test"}); err == nil {
		t.Fatal("the run ended well: nothing crashed")
	}
	armed = false
	must[*ec2.CreateRouteOutput](t)(s.admin(cacheAccount).CreateRoute(t.Context(), &ec2.CreateRouteInput{
		RouteTableId: aws.String("rtb-0c"), DestinationCidrBlock: aws.String("10.1.0.0/16"), VpcPeeringConnectionId: aws.String("pcx-0a"),
	}))
	s.now = s.now.Add(visible)
	told := strings.Join(s.toldBySweep(), " ")
	if !strings.Contains(told, "claim-changed") {
		t.Errorf("told is %s: nobody hears that the route is not looked after", told)
	}
	s.satisfied()
	s.declare("[]")
	s.sweep()
	wantStrings(t, "routes of vpc-0c", s.routes(cacheAccount, "rtb-0c"), "10.1.0.0/16>pcx-0a")
}

func TestTheGroupThatComesGetsTheRuleBeforeTheOneThatLeavesIsGone(t *testing.T) {
	s := start(t, sameVPC, orders)
	s.sweep()
	s.groupsOf("sg-0c", "removing", "sg-0d", "adding")
	report := s.run(cacheUnit())
	wantStrings(t, "rules of sg-0c, which leaves", s.sources("sg-0c"), "sg-0a:6379")
	wantStrings(t, "rules of sg-0d, which comes", s.sources("sg-0d"), "sg-0a:6379")
	if report.Next.IsZero() || report.Next.After(s.now.Add(5*time.Minute)) {
		t.Errorf("the unit is looked at again at %s", report.Next)
	}
	s.settles()
	s.groupsOf("sg-0d", "active")
	s.sweep()
	wantStrings(t, "rules of sg-0c afterwards", s.sources("sg-0c"))
	wantStrings(t, "rules of sg-0d afterwards", s.sources("sg-0d"), "sg-0a:6379")
	s.settles()
}

func TestNothingNewIsOpenedInAGroupThatLeaves(t *testing.T) {
	s := start(t, sameVPC, "[]")
	s.groupsOf("sg-0c", "removing", "sg-0d", "adding")
	s.declare(orders)
	s.sweep()
	wantStrings(t, "rules of sg-0c, which leaves", s.sources("sg-0c"))
	wantStrings(t, "rules of sg-0d, which comes", s.sources("sg-0d"), "sg-0a:6379")
	s.settles()
}
