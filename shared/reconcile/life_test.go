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

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/resource"
)

func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// satisfied sweeps, and wants every live intent to be as declared and nothing
// left to write.
func (s *scenario) satisfied() {
	s.t.Helper()
	reports := s.sweep()
	for _, r := range reports {
		for _, j := range r.After {
			if !j.Satisfied {
				s.t.Errorf("%s is %s: %v", j.Intent.Name, j.State, failing(j))
			}
		}
	}
	s.settles()
}

func failing(j access.Judgement) []string {
	var out []string
	for _, h := range j.Hops {
		if h.Verdict != access.Pass {
			out = append(out, string(h.Kind)+" "+h.Resource+": "+h.Detail)
		}
	}
	return out
}

func TestAnIntentMayNameANodeOfTheReplicationGroup(t *testing.T) {
	s := start(t, sameVPC, "- {cluster: \"arn:aws:elasticache:us-east-1:111122223333:cluster:sessions-001\", name: orders, source: sg-0a}")
	s.satisfied()
	wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "sg-0a:6379")
	s.declare("[]")
	s.sweep()
	wantStrings(t, "rules of sg-0c", s.sources("sg-0c"))
}

func TestAnIntentThatChangesItsSourceOpensTheNewOneAndClosesTheOld(t *testing.T) {
	s := start(t, sameVPC, orders)
	s.satisfied()
	s.declare("- {cluster: sessions, name: orders, source: sg-0b}")
	mark := s.mark()
	s.satisfied()
	wantStrings(t, "writes", s.writesSince(mark), "AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress")
	wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "sg-0b:6379")
}

func TestAnIntentThatIsSpoiltKeepsItsAccessUntilItIsMendedOrGone(t *testing.T) {
	s := start(t, peered, peeredOrders)
	s.satisfied()
	s.declare("- {cluster: sessions, name: orders, source: 444455556666/sg_0a, path: peering}")
	mark := s.mark()
	s.sweep()
	s.sweep()
	wantStrings(t, "writes while it is malformed", s.writesSince(mark))
	s.declare(peeredOrders)
	s.satisfied()
	wantStrings(t, "writes once it is mended", s.writesSince(mark))
	s.declare("- {cluster: sessions, name: orders, source: 444455556666/sg_0a, path: peering}")
	s.sweep()
	s.closesWhenWithdrawn()
}

func TestAPolicyThatGoesFromEnforceToObserveAndBackLosesNothing(t *testing.T) {
	for _, mode := range []string{"observe", "\"off\""} {
		s := start(t, peered, peeredOrders)
		s.satisfied()
		s.declare(peeredOrders + "\n- {cluster: \"*\", name: \"*\", mode: " + mode + "}")
		mark := s.mark()
		s.sweep()
		s.undo("sg-0c")
		s.sweep()
		wantStrings(t, "writes in mode "+mode, slices.DeleteFunc(s.writesSince(mark), func(w string) bool { return w == "RevokeSecurityGroupIngress" }))
		s.declare(peeredOrders)
		s.satisfied()
		s.closesWhenWithdrawn()
	}
}

func TestAPeeringConnectionThatIsMadeAnewTakesTheOwnRoutesAlong(t *testing.T) {
	s := start(t, peered, peeredOrders)
	s.satisfied()
	api, far := s.admin(cacheAccount), s.admin(appAccount)
	must[*ec2.DeleteVpcPeeringConnectionOutput](t)(api.DeleteVpcPeeringConnection(t.Context(), &ec2.DeleteVpcPeeringConnectionInput{VpcPeeringConnectionId: aws.String("pcx-0a")}))
	mark := s.mark()
	s.sweep()
	s.settles()
	wantStrings(t, "writes while there is no connection", s.writesSince(mark))
	made := must[*ec2.CreateVpcPeeringConnectionOutput](t)(api.CreateVpcPeeringConnection(t.Context(), &ec2.CreateVpcPeeringConnectionInput{
		VpcId: aws.String("vpc-0c"), PeerVpcId: aws.String("vpc-0a"), PeerOwnerId: aws.String(appAccount),
	}))
	id := made.VpcPeeringConnection.VpcPeeringConnectionId
	s.sweep()
	must[*ec2.AcceptVpcPeeringConnectionOutput](t)(far.AcceptVpcPeeringConnection(t.Context(), &ec2.AcceptVpcPeeringConnectionInput{VpcPeeringConnectionId: id}))
	s.satisfied()
	wantStrings(t, "routes of vpc-0c", s.routes(cacheAccount, "rtb-0c"), "10.1.0.0/16>"+*id)
	wantStrings(t, "routes of vpc-0a", s.routes(appAccount, "rtb-0a"), "10.0.0.0/16>"+*id)
	s.closesWhenWithdrawn()
}

func TestASubnetThatMovesToAnotherTableTakesItsRouteAlong(t *testing.T) {
	s := start(t, peered, peeredOrders)
	s.satisfied()
	api := s.admin(cacheAccount)
	table := must[*ec2.CreateRouteTableOutput](t)(api.CreateRouteTable(t.Context(), &ec2.CreateRouteTableInput{VpcId: aws.String("vpc-0c")})).RouteTable.RouteTableId
	must[*ec2.AssociateRouteTableOutput](t)(api.AssociateRouteTable(t.Context(), &ec2.AssociateRouteTableInput{RouteTableId: table, SubnetId: aws.String("subnet-0c")}))
	s.satisfied()
	wantStrings(t, "routes of the new table", s.routes(cacheAccount, *table), "10.1.0.0/16>pcx-0a")
	wantStrings(t, "routes of the old table", s.routes(cacheAccount, "rtb-0c"))
	s.closesWhenWithdrawn()
	wantStrings(t, "routes of the new table", s.routes(cacheAccount, *table))
}

func TestAClientThatMovesToAnotherSubnetTakesItsRouteAlong(t *testing.T) {
	s := start(t, peered, peeredOrders)
	s.satisfied()
	far := s.admin(appAccount)
	sn := must[*ec2.CreateSubnetOutput](t)(far.CreateSubnet(t.Context(), &ec2.CreateSubnetInput{VpcId: aws.String("vpc-0a"), CidrBlock: aws.String("10.1.2.0/24")})).Subnet.SubnetId
	table := must[*ec2.CreateRouteTableOutput](t)(far.CreateRouteTable(t.Context(), &ec2.CreateRouteTableInput{VpcId: aws.String("vpc-0a")})).RouteTable.RouteTableId
	must[*ec2.AssociateRouteTableOutput](t)(far.AssociateRouteTable(t.Context(), &ec2.AssociateRouteTableInput{RouteTableId: table, SubnetId: sn}))
	must[*ec2.CreateNetworkInterfaceOutput](t)(far.CreateNetworkInterface(t.Context(), &ec2.CreateNetworkInterfaceInput{SubnetId: sn, Groups: []string{"sg-0a"}}))
	s.satisfied()
	wantStrings(t, "routes of the second table", s.routes(appAccount, *table), "10.0.0.0/16>pcx-0a")
	must[*ec2.DeleteNetworkInterfaceOutput](t)(far.DeleteNetworkInterface(t.Context(), &ec2.DeleteNetworkInterfaceInput{NetworkInterfaceId: aws.String("eni-0a")}))
	s.satisfied()
	wantStrings(t, "routes of the first table", s.routes(appAccount, "rtb-0a"))
	s.closesWhenWithdrawn()
	wantStrings(t, "routes of the second table", s.routes(appAccount, *table))
}

func TestABystanderThatJoinsTheGroupMovesTheRuleToTheOtherOneWithoutAGap(t *testing.T) {
	s := start(t, sameVPC, orders)
	s.groupsOf("sg-0c", "active", "sg-0d", "active")
	s.satisfied()
	wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "sg-0a:6379")
	must[*ec2.CreateNetworkInterfaceOutput](t)(s.admin(cacheAccount).CreateNetworkInterface(t.Context(), &ec2.CreateNetworkInterfaceInput{SubnetId: aws.String("subnet-0a"), Groups: []string{"sg-0c"}}))
	mark := s.mark()
	s.satisfied()
	if writes := s.writesSince(mark); len(writes) > 0 && writes[0] != "AuthorizeSecurityGroupIngress" {
		t.Errorf("the writes are %v", writes)
	}
	if len(s.sources("sg-0c"))+len(s.sources("sg-0d")) != 1 {
		t.Errorf("the rules are %v and %v", s.sources("sg-0c"), s.sources("sg-0d"))
	}
}

func TestARuleThatMovesToAnotherGroupIsClosedOnlyOnceTheNewOneStands(t *testing.T) {
	s := start(t, sameVPC, orders)
	s.groupsOf("sg-0c", "active", "sg-0d", "active")
	s.satisfied()
	must[*ec2.CreateNetworkInterfaceOutput](t)(s.admin(cacheAccount).CreateNetworkInterface(t.Context(), &ec2.CreateNetworkInterfaceInput{SubnetId: aws.String("subnet-0a"), Groups: []string{"sg-0c"}}))
	s.Sim.Fail(awssim.Injection{Operation: "ec2:AuthorizeSecurityGroupIngress", Code: "UnauthorizedOperation"})
	s.sweep()
	if len(s.sources("sg-0c"))+len(s.sources("sg-0d")) == 0 {
		t.Error("no rule lets sg-0a in")
	}
}

func TestMoreClosesThanTheLimitWaitForAPerson(t *testing.T) {
	var intents strings.Builder
	intents.WriteString("- {cluster: \"*\", name: \"*\", maxCloses: 2}\n")
	for _, n := range []string{"1", "2", "3", "4", "5"} {
		intents.WriteString("- {cluster: sessions, name: orders-" + n + ", source: 10.0.2." + n + "/32}\n")
	}
	s := start(t, sameVPC, intents.String())
	s.satisfied()
	s.declare("- {cluster: \"*\", name: \"*\", maxCloses: 2}")
	for range 3 {
		s.now = s.now.Add(time.Hour)
		s.sweep()
		if n := len(s.sources("sg-0c")); n != 5 {
			t.Errorf("%d rules are left before anybody agreed, want 5", n)
		}
	}
	s.declare("- {cluster: \"*\", name: \"*\", maxCloses: 5}")
	s.sweep()
	if n := len(s.sources("sg-0c")); n != 0 {
		t.Errorf("%d rules are left once somebody raised the limit", n)
	}
}

func TestAnAccountsQuotaThatIsLowerThanDeclaredIsToldAndNothingIsLost(t *testing.T) {
	s := start(t, sameVPC, orders+"- {cluster: \"*\", name: \"*\", rulesPerGroup: 1000}\n")
	s.satisfied()
	for i := range 58 {
		s.allowCIDR("sg-0c", fmt.Sprintf("192.0.2.%d/32", i))
	}
	s.declare(orders + "- {cluster: \"*\", name: \"*\", rulesPerGroup: 1000}\n- {cluster: sessions, name: many, sources: [10.0.2.1, 10.0.2.2, 10.0.2.3, 10.0.2.4]}\n")
	told := strings.Join(s.toldBySweep(), " ")
	if !strings.Contains(told, "change-refused") && !strings.Contains(told, "access-missing") {
		t.Errorf("told is %s", told)
	}
	if !slices.Contains(s.sources("sg-0c"), "sg-0a:6379") {
		t.Error("the first rule is lost")
	}
}

// createdSessions makes the cluster of a world without it.
func (s *scenario) createSessions() events.Event {
	s.t.Helper()
	must[*elasticache.CreateReplicationGroupOutput](s.t)(s.caches().CreateReplicationGroup(s.t.Context(), &elasticache.CreateReplicationGroupInput{
		ReplicationGroupId: aws.String("sessions"), ReplicationGroupDescription: aws.String("sessions"), Engine: aws.String("valkey"),
		NumCacheClusters: aws.Int32(1), CacheSubnetGroupName: aws.String("caches"), SecurityGroupIds: []string{"sg-0c"},
	}))
	return events.Event{
		ID: "e", Name: "CreateReplicationGroup", Account: cacheAccount, Region: homeRegion, Time: s.now,
		Resources: []events.Resource{{Kind: resource.NameReplicationGroup, ID: "sessions"}},
	}
}

func TestAClusterThatComesIsFoundByItsEvent(t *testing.T) {
	s := start(t, sameVPC, "[]")
	accounts := s.copied()
	region := accounts.Region(cacheAccount, homeRegion)
	region.CacheClusters, region.ReplicationGroups = nil, nil
	w := must[*awssim.World](t)(built(accounts))
	data := must[[]byte](t)(w.MarshalJSON())
	s = start(t, string(data), "- {cluster: \""+sessionsARN+"\", name: orders, source: sg-0a}")
	reports := s.sweep()
	if len(reports) != 1 || !reports[0].Unit.IsPending() {
		t.Fatalf("before it comes, the units are %v", reports)
	}
	result := must[resultOf](t)(s.event(s.createSessions()))
	if !slices.Contains(result.units, network.Unit{Location: home(), VPC: "vpc-0c"}) {
		t.Errorf("the units that ran are %v", result.units)
	}
	wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "sg-0a:6379")
}

func built(accounts awssim.Accounts) (*awssim.World, error) {
	w, _, err := awssim.Build(accounts)
	return w, err
}

// resultOf is what became of an event: the units whose runs it caused.
type resultOf struct {
	units   []network.Unit
	changes []change.Change
}

func (s *scenario) event(e events.Event) (resultOf, error) {
	result, err := s.Event(s.t.Context(), e)
	var out resultOf
	for _, r := range result.Reports {
		out.units = append(out.units, r.Unit)
		out.changes = append(out.changes, r.Changes...)
	}
	return out, err
}

func TestAServerlessCacheIsOpenedOnBothPortsAndClosedOnBoth(t *testing.T) {
	s := start(t, sameVPC, "[]")
	accounts := s.copied()
	region := accounts.Region(cacheAccount, homeRegion)
	region.ServerlessCaches = append(region.ServerlessCaches, awssim.ServerlessCache{ServerlessCache: serverless("carts", "sg-0d", "subnet-0c")})
	s.rebuild(accounts)
	s.declare("- {cluster: carts, name: orders, source: sg-0a}\n- {cluster: carts, name: reader, source: sg-0b, ports: [6380]}")
	s.satisfied()
	wantStrings(t, "rules of sg-0d", s.sources("sg-0d"), "sg-0a:6379", "sg-0a:6380", "sg-0b:6380")
	s.declare("- {cluster: carts, name: orders, source: sg-0a, ports: [6379]}")
	s.satisfied()
	wantStrings(t, "rules of sg-0d", s.sources("sg-0d"), "sg-0a:6379")
	s.declare("- {cluster: carts, name: nobody, source: 10.0.0.0/16, access: closed}")
	s.satisfied()
	wantStrings(t, "rules of sg-0d", s.sources("sg-0d"))
}

func serverless(name, group, subnet string) cachetypes.ServerlessCache {
	return cachetypes.ServerlessCache{
		ServerlessCacheName: &name, Engine: aws.String("valkey"), Status: aws.String("available"),
		SecurityGroupIds: []string{group}, SubnetIds: []string{subnet},
	}
}

func TestAClosedIntentAndItsEndLeaveEverybodyElseAlone(t *testing.T) {
	s := start(t, sameVPC, orders)
	s.allow("sg-0c", "sg-0b")
	s.allowCIDR("sg-0c", "10.9.0.0/16")
	s.declare(orders + "- {cluster: sessions, name: no-carts, source: sg-0b, access: closed}\n")
	s.satisfied()
	wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "10.9.0.0/16:6379", "sg-0a:6379")
	s.declare(orders)
	s.satisfied()
	wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "10.9.0.0/16:6379", "sg-0a:6379")
}

func TestAPrefixListSourceFollowsItsListWithoutAWrite(t *testing.T) {
	s := start(t, sameVPC+`    ManagedPrefixLists: [{PrefixListId: pl-0a, PrefixListName: offices, MaxEntries: 5, AddressFamily: IPv4, Version: 1, Entries: [{Cidr: 10.0.2.0/24}]}]
`, "- {cluster: sessions, name: offices, source: pl-0a}\n- {cluster: sessions, name: one, source: 10.0.2.7}")
	s.satisfied()
	wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "10.0.2.7/32:6379", "pl-0a:6379")
	must[*ec2.ModifyManagedPrefixListOutput](t)(s.admin(cacheAccount).ModifyManagedPrefixList(t.Context(), &ec2.ModifyManagedPrefixListInput{
		PrefixListId: aws.String("pl-0a"), CurrentVersion: aws.Int64(1), RemoveEntries: []ec2types.RemovePrefixListEntry{{Cidr: aws.String("10.0.2.0/24")}},
		AddEntries: []ec2types.AddPrefixListEntry{{Cidr: aws.String("10.0.3.0/24")}},
	}))
	s.satisfied()
	wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "10.0.2.7/32:6379", "pl-0a:6379")
}
