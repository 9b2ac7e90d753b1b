package awssim_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	cachetypes "github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/cachegate/cachegate/shared/awssim"
)

func TestAnAccountOrRegionThatIsNotInTheWorldCannotBeRead(t *testing.T) {
	sim, _ := startTwoVPCs(t)
	for _, where := range [][2]string{{"123456789012", home}, {hub, away}} {
		_, err := client(sim, where[0], where[1]).DescribeVpcs(t.Context(), nil)
		wantCode(t, err, "UnauthorizedOperation")
		caches := elasticache.NewFromConfig(sim.Config(where[0], where[1], awssim.Actor{}))
		_, err = caches.DescribeCacheClusters(t.Context(), nil)
		wantCode(t, err, "AccessDeniedException")
	}
}

func TestAnOperationThatIsNotModelledSaysSoAndIsNotRetried(t *testing.T) {
	_, c := startTwoVPCs(t)
	_, err := c.DescribeHosts(t.Context(), nil)
	wantCode(t, err, awssim.NotImplemented)
}

func TestTheSDKStillValidatesItsInput(t *testing.T) {
	sim, c := startTwoVPCs(t)
	if _, err := c.CreateRoute(t.Context(), &ec2.CreateRouteInput{}); err == nil {
		t.Fatal("a route without a route table was accepted")
	}
	if n := sim.Calls()["ec2:CreateRoute"]; n != 0 {
		t.Errorf("the simulator was called %d times, expected validation to stop the call", n)
	}
}

func TestThrottlingIsRetriedByTheSDKAndCounted(t *testing.T) {
	sim, c := startTwoVPCs(t)
	sim.Throttle("ec2:DescribeVpcs", 2)
	if _, err := c.DescribeVpcs(t.Context(), nil); err != nil {
		t.Fatalf("two throttles must be survived by three attempts: %v", err)
	}
	if n := sim.Calls()["ec2:DescribeVpcs"]; n != 3 {
		t.Errorf("%d attempts, expected 3", n)
	}
	sim.Throttle("DescribeVpcs", 0)
	_, err := c.DescribeVpcs(t.Context(), nil)
	wantCode(t, err, "RequestLimitExceeded")
}

func TestAnErrorThatIsNoThrottleIsNotRetried(t *testing.T) {
	sim, c := startTwoVPCs(t)
	sim.Fail(awssim.Injection{Operation: "DescribeVpcs", Code: "UnauthorizedOperation", Times: 1})
	_, err := c.DescribeVpcs(t.Context(), nil)
	wantCode(t, err, "UnauthorizedOperation")
	if n := sim.Calls()["ec2:DescribeVpcs"]; n != 1 {
		t.Errorf("%d attempts, expected 1", n)
	}
}

func TestAnAnswerThatIsLostAfterTheWrite(t *testing.T) {
	sim, c := startTwoVPCs(t)
	lost := errors.New("the answer was lost")
	sim.Fail(awssim.Injection{Operation: "AuthorizeSecurityGroupIngress", ResourceID: "sg-cache", Err: lost, Times: 1, After: true})
	_, err := c.AuthorizeSecurityGroupIngress(t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: new("sg-cache"), IpPermissions: fromCIDR("10.0.1.0/24"),
	})
	if !errors.Is(err, lost) {
		t.Fatalf("error is %v", err)
	}
	if n := len(rulesOfGroup(t, c, "sg-cache")); n != 2 {
		t.Errorf("%d rules, expected the new one and the default egress", n)
	}
}

func TestADryRunChangesNothing(t *testing.T) {
	sim, c := startTwoVPCs(t)
	_, err := c.AuthorizeSecurityGroupIngress(t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: new("sg-cache"), IpPermissions: fromCIDR("10.0.1.0/24"), DryRun: new(true),
	})
	wantCode(t, err, "DryRunOperation")
	if len(sim.Writes())+len(sim.Events()) != 0 {
		t.Error("a dry run left a write or an event")
	}
}

func TestACloneAndItsOriginalDoNotSeeEachOthersWrites(t *testing.T) {
	sim, c := startTwoVPCs(t)
	authorize := func(c *ec2.Client, cidr string) {
		t.Helper()
		_, err := c.AuthorizeSecurityGroupIngress(t.Context(),
			&ec2.AuthorizeSecurityGroupIngressInput{GroupId: new("sg-cache"), IpPermissions: fromCIDR(cidr)})
		if err != nil {
			t.Fatal(err)
		}
	}
	authorize(c, "10.0.1.0/24")
	twin := sim.Clone()
	other := client(twin, hub, home)
	authorize(c, "10.0.2.0/24")
	authorize(other, "10.0.3.0/24")
	authorize(other, "10.0.4.0/24")
	if mine, theirs := len(rulesOfGroup(t, c, "sg-cache")), len(rulesOfGroup(t, other, "sg-cache")); mine != 3 || theirs != 4 {
		t.Errorf("the original has %d rules and the clone %d, expected 3 and 4", mine, theirs)
	}
	if len(sim.Writes()) != 2 || len(twin.Writes()) != 3 {
		t.Errorf("writes are %d and %d, expected 2 and 3", len(sim.Writes()), len(twin.Writes()))
	}
}

func TestReadsAfterAWriteAreLateWhereLagIsOn(t *testing.T) {
	sim, c := startTwoVPCs(t)
	sim.Lag(awssim.Lag{Region: home, Reads: 2})
	if _, err := c.AuthorizeSecurityGroupIngress(t.Context(),
		&ec2.AuthorizeSecurityGroupIngressInput{GroupId: new("sg-cache"), IpPermissions: fromCIDR("10.0.1.0/24")}); err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{1, 1, 2, 2} {
		if n := len(rulesOfGroup(t, c, "sg-cache")); n != want {
			t.Errorf("read %d shows %d rules, expected %d", i+1, n, want)
		}
	}
}

func TestLagOfOneResourceLeavesTheOthersAsTheyAre(t *testing.T) {
	sim, c := startTwoVPCs(t)
	sim.Lag(awssim.Lag{ResourceID: "sg-cache", Reads: 3})
	for _, group := range []string{"sg-cache", "sg-app"} {
		if _, err := c.AuthorizeSecurityGroupIngress(t.Context(),
			&ec2.AuthorizeSecurityGroupIngressInput{GroupId: &group, IpPermissions: fromCIDR("10.0.1.0/24")}); err != nil {
			t.Fatal(err)
		}
	}
	if late, now := len(rulesOfGroup(t, c, "sg-cache")), len(rulesOfGroup(t, c, "sg-app")); late != 1 || now != 2 {
		t.Errorf("sg-cache shows %d rules and sg-app %d, expected 1 and 2", late, now)
	}
	rulesOfGroup(t, c, "sg-app")
	if n := len(rulesOfGroup(t, c, "sg-cache")); n != 2 {
		t.Errorf("after the lag sg-cache shows %d rules, expected 2", n)
	}
}

func TestAnAssociationOfALateGroupIsLateToo(t *testing.T) {
	sim := awssim.New(load(t, `{"111122223333": {"us-east-1": {
"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}, {"VpcId": "vpc-2", "CidrBlock": "10.1.0.0/16"}],
"SecurityGroups": [{"GroupId": "sg-1", "VpcId": "vpc-1", "IpPermissionsEgress": []}]}}}`))
	c := client(sim, hub, home)
	listed := func() int {
		out := must[*ec2.DescribeSecurityGroupVpcAssociationsOutput](t)(c.DescribeSecurityGroupVpcAssociations(t.Context(), nil))
		return len(out.SecurityGroupVpcAssociations)
	}
	sim.Lag(awssim.Lag{ResourceID: "sg-1", Reads: 1})
	must[*ec2.AssociateSecurityGroupVpcOutput](t)(c.AssociateSecurityGroupVpc(t.Context(), &ec2.AssociateSecurityGroupVpcInput{GroupId: aws.String("sg-1"), VpcId: aws.String("vpc-2")}))
	if early, late := listed(), listed(); early != 0 || late != 1 {
		t.Errorf("%d associations at once and %d later, expected 0 and 1", early, late)
	}
	must[*ec2.DisassociateSecurityGroupVpcOutput](t)(c.DisassociateSecurityGroupVpc(t.Context(), &ec2.DisassociateSecurityGroupVpcInput{GroupId: aws.String("sg-1"), VpcId: aws.String("vpc-2")}))
	if early, late := listed(), listed(); early != 1 || late != 0 {
		t.Errorf("%d associations at once and %d later, expected 1 and 0", early, late)
	}
}

func TestAHookMayChangeTheNetworkUnderARunningCall(t *testing.T) {
	sim, c := startTwoVPCs(t)
	other := client(sim, hub, home)
	fired := false
	sim.OnCall(func(ctx context.Context, call awssim.Call) error {
		if call.Operation != "ec2:DescribeSecurityGroupRules" || fired {
			return nil
		}
		fired = true
		_, err := other.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{GroupId: new("sg-cache"), IpPermissions: fromCIDR("10.0.1.0/24")})
		return err
	})
	if n := len(rulesOfGroup(t, c, "sg-cache")); n != 2 {
		t.Errorf("%d rules, expected the one of the hook too", n)
	}
}

func TestPaginatorsSeeEverythingOnce(t *testing.T) {
	accounts := awssim.Accounts{}
	region := accounts.Region(hub, home)
	region.Vpcs = []awssim.Vpc{{Vpc: ec2types.Vpc{VpcId: new("vpc-1"), CidrBlock: new("10.0.0.0/16")}}}
	for i := range 23 {
		region.SecurityGroups = append(region.SecurityGroups, ec2types.SecurityGroup{GroupId: new(fmt.Sprintf("sg-%d", i)), VpcId: new("vpc-1")})
	}
	world, _, err := awssim.Build(accounts)
	if err != nil {
		t.Fatal(err)
	}
	sim := awssim.New(world, awssim.WithPageSize(5))
	seen, pages := map[string]bool{}, 0
	paginator := ec2.NewDescribeSecurityGroupsPaginator(client(sim, hub, home), &ec2.DescribeSecurityGroupsInput{MaxResults: new(int32(10))})
	for paginator.HasMorePages() {
		page := must[*ec2.DescribeSecurityGroupsOutput](t)(paginator.NextPage(t.Context()))
		for _, g := range page.SecurityGroups {
			seen[*g.GroupId] = true
		}
		pages++
	}
	if len(seen) != 23 || pages != 5 {
		t.Errorf("%d groups on %d pages, expected 23 on 5", len(seen), pages)
	}
}

func TestFiltersAreThoseOfEC2(t *testing.T) {
	_, c := startTwoVPCs(t)
	ctx := t.Context()
	_, err := c.DescribeSecurityGroupRules(ctx, &ec2.DescribeSecurityGroupRulesInput{Filters: []ec2types.Filter{filter("vpc-id", "vpc-cache")}})
	wantCode(t, err, "InvalidParameterValue")
	tables := must[*ec2.DescribeRouteTablesOutput](t)(c.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{
		Filters: []ec2types.Filter{filter("association.subnet-id", "subnet-c2")},
	}))
	if len(tables.RouteTables) != 0 {
		t.Error("a subnet of the main table must not be found by association.subnet-id")
	}
	tables = must[*ec2.DescribeRouteTablesOutput](t)(c.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{
		Filters: []ec2types.Filter{filter("association.main", "true"), filter("vpc-id", "vpc-cache")},
	}))
	if len(tables.RouteTables) != 1 || *tables.RouteTables[0].RouteTableId != "rtb-cache" {
		t.Errorf("the main table is %+v", tables.RouteTables)
	}
}

func TestMissingIDsHaveTheirOwnCodes(t *testing.T) {
	sim, c := startTwoVPCs(t)
	ctx := t.Context()
	missing := []string{"x-missing"}
	for code, call := range map[string]func() error{
		"InvalidVpcID.NotFound": func() error { _, err := c.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{VpcIds: missing}); return err },
		"InvalidSubnetID.NotFound": func() error {
			_, err := c.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{SubnetIds: missing})
			return err
		},
		"InvalidGroup.NotFound": func() error {
			_, err := c.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{GroupIds: missing})
			return err
		},
		"InvalidRouteTableID.NotFound": func() error {
			_, err := c.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{RouteTableIds: missing})
			return err
		},
		"InvalidVpcPeeringConnectionID.NotFound": func() error {
			_, err := c.DescribeVpcPeeringConnections(ctx, &ec2.DescribeVpcPeeringConnectionsInput{VpcPeeringConnectionIds: missing})
			return err
		},
	} {
		wantCode(t, call(), code)
	}
	caches := elasticache.NewFromConfig(sim.Config(hub, home, awssim.Actor{}))
	_, err := caches.DescribeCacheClusters(ctx, &elasticache.DescribeCacheClustersInput{CacheClusterId: new("missing")})
	if _, ok := errors.AsType[*cachetypes.CacheClusterNotFoundFault](err); !ok {
		t.Errorf("error is %v, expected a CacheClusterNotFoundFault", err)
	}
}

func TestAPeeringIsSeenOnBothSidesWithItsCIDRs(t *testing.T) {
	sim, _ := startTwoVPCs(t)
	for _, account := range []string{hub, spoke} {
		out := must[*ec2.DescribeVpcPeeringConnectionsOutput](t)(client(sim, account, home).DescribeVpcPeeringConnections(t.Context(), nil))
		if len(out.VpcPeeringConnections) != 1 {
			t.Fatalf("%s sees %d connections", account, len(out.VpcPeeringConnections))
		}
		p := out.VpcPeeringConnections[0]
		if aws.ToString(p.RequesterVpcInfo.CidrBlock) != "10.0.0.0/16" || aws.ToString(p.AccepterVpcInfo.CidrBlock) != "10.1.0.0/16" {
			t.Errorf("%s sees the CIDRs %v and %v", account, p.RequesterVpcInfo.CidrBlock, p.AccepterVpcInfo.CidrBlock)
		}
	}
}

func TestPeeringOptionsAreEachOwnersOwn(t *testing.T) {
	sim, c := startTwoVPCs(t)
	ctx := t.Context()
	on := &ec2types.PeeringConnectionOptionsRequest{AllowDnsResolutionFromRemoteVpc: new(true)}
	if _, err := c.ModifyVpcPeeringConnectionOptions(ctx, &ec2.ModifyVpcPeeringConnectionOptionsInput{
		VpcPeeringConnectionId: new("pcx-1"), RequesterPeeringConnectionOptions: on,
	}); err != nil {
		t.Fatal(err)
	}
	_, err := c.ModifyVpcPeeringConnectionOptions(ctx, &ec2.ModifyVpcPeeringConnectionOptionsInput{
		VpcPeeringConnectionId: new("pcx-1"), AccepterPeeringConnectionOptions: on,
	})
	wantCode(t, err, "OperationNotPermitted")
	out := must[*ec2.DescribeVpcPeeringConnectionsOutput](t)(client(sim, spoke, home).DescribeVpcPeeringConnections(ctx, nil))
	if o := out.VpcPeeringConnections[0].RequesterVpcInfo.PeeringOptions; o == nil || !*o.AllowDnsResolutionFromRemoteVpc {
		t.Errorf("the other side sees %+v", o)
	}
}

func TestEventsCarryTheActorAndTheTwoShapes(t *testing.T) {
	sim := awssim.New(load(t, twoVPCs))
	role := "arn:aws:iam::111122223333:role/cachegate-reconcile"
	c := ec2.NewFromConfig(sim.Config(hub, home, awssim.Actor{RoleARN: role, Session: "run-1"}))
	ctx := t.Context()
	made := must[*ec2.AuthorizeSecurityGroupIngressOutput](t)(c.AuthorizeSecurityGroupIngress(ctx,
		&ec2.AuthorizeSecurityGroupIngressInput{GroupId: new("sg-cache"), IpPermissions: fromGroup("", "sg-app")}))
	must[*ec2.CreateRouteOutput](t)(c.CreateRoute(ctx, &ec2.CreateRouteInput{
		RouteTableId: new("rtb-cache"), DestinationCidrBlock: new("10.7.0.0/16"), VpcPeeringConnectionId: new("pcx-1"),
	}))
	events := sim.TakeEvents()
	if len(events) != 2 || len(sim.TakeEvents()) != 0 {
		t.Fatalf("%d events, expected 2 and then none", len(events))
	}
	var first map[string]any
	if err := json.Unmarshal(events[0], &first); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]any{
		"detail-type": "AWS API Call via CloudTrail", "source": "aws.ec2", "account": hub, "region": home,
		"detail.eventName": "AuthorizeSecurityGroupIngress", "detail.userIdentity.sessionContext.sessionIssuer.arn": role,
		"detail.requestParameters.groupId":                                                 "sg-cache",
		"detail.requestParameters.ipPermissions.items.0.groups.items.0.groupId":            "sg-app",
		"detail.requestParameters.ipPermissions.items.0.fromPort":                          6379.0,
		"detail.responseElements.securityGroupRuleSet.items.0.securityGroupRuleId":         *made.SecurityGroupRules[0].SecurityGroupRuleId,
		"detail.responseElements.securityGroupRuleSet.items.0.referencedGroupInfo.groupId": "sg-app",
		"detail.responseElements._return":                                                  true,
	} {
		if got := dig(first, path); got != want {
			t.Errorf("%s is %v, expected %v", path, got, want)
		}
	}
	if got := fmt.Sprint(dig(first, "detail.requestParameters.ipPermissions.items.0.ipRanges")); got != "map[]" {
		t.Errorf("a list that is not set is %s, expected {}", got)
	}
}

func TestTheSameSeedAndClockGiveTheSameHistory(t *testing.T) {
	history := func(seed uint64) string {
		sim, c := startTwoVPCs(t, awssim.WithSeed(seed), awssim.WithClock(func() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }))
		must[*ec2.CreateVpcOutput](t)(c.CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: new("10.9.0.0/16")}))
		if at := sim.Writes()[0].Time; at.Hour() != 12 {
			t.Errorf("written at %s", at)
		}
		return string(sim.Events()[0])
	}
	first := history(1)
	if first != history(1) {
		t.Error("two runs with one seed differ")
	}
	if first == history(2) {
		t.Error("two seeds give the same ids")
	}
}

func TestFaultsAndLagsEndWhenTheyAreTold(t *testing.T) {
	sim, c := startTwoVPCs(t)
	sim.Fail(awssim.Injection{Operation: "ec2:DescribeVpcs", Code: "InternalFailure", Every: 2})
	twin := client(sim.Clone(), hub, home)
	for i, who := range []*ec2.Client{c, twin} {
		if _, err := who.DescribeVpcs(t.Context(), nil); err != nil {
			t.Errorf("client %d: only every second call fails: %v", i, err)
		}
		_, err := who.DescribeVpcs(t.Context(), nil)
		wantCode(t, err, "InternalFailure")
	}
	sim.Heal()
	sim.Lag(awssim.Lag{Reads: 100})
	if _, err := c.AuthorizeSecurityGroupIngress(t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{GroupId: new("sg-cache"), IpPermissions: fromCIDR("10.0.1.0/24")}); err != nil {
		t.Fatal(err)
	}
	late := client(sim.Clone(), hub, home)
	sim.NoLag()
	if now, then := len(rulesOfGroup(t, c, "sg-cache")), len(rulesOfGroup(t, late, "sg-cache")); now != 2 || then != 1 {
		t.Errorf("%d rules without the lag and %d in the clone that kept it, expected 2 and 1", now, then)
	}
}

func TestAWorldTellsWhatItHolds(t *testing.T) {
	world := load(t, twoVPCs)
	for _, id := range []string{"sg-cache", "sessions", "Sessions", "sessions-001", "rtbassoc-c1", "pcx-1", "app", "arn:aws:elasticache:us-east-1:111122223333:cluster:sessions-001"} {
		if !world.Exists(id) {
			t.Errorf("%s is not found", id)
		}
	}
	if world.Exists("sg-gone") || world.Exists("rtbassoc-gone") {
		t.Error("what is not there is found")
	}
	if places := world.Locations(); len(places) != 2 || places[0] != [2]string{hub, home} || places[1] != [2]string{spoke, home} {
		t.Errorf("the places are %v", places)
	}
}
