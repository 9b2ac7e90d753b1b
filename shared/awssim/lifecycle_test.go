package awssim_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachegate/cachegate/shared/awssim"
)

func lastEvent(t *testing.T, sim *awssim.Sim) map[string]any {
	t.Helper()
	events := sim.Events()
	if len(events) == 0 {
		t.Fatal("there is no event")
	}
	var event map[string]any
	if err := json.Unmarshal(events[len(events)-1], &event); err != nil {
		t.Fatal(err)
	}
	return event
}

func TestAPeeringFromRequestToDeletion(t *testing.T) {
	sim, c := startTwoVPCs(t)
	far := client(sim, spoke, home)
	ctx := t.Context()
	vpc := must[*ec2.CreateVpcOutput](t)(far.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: new("10.3.0.0/16")})).Vpc
	made := must[*ec2.CreateVpcPeeringConnectionOutput](t)(c.CreateVpcPeeringConnection(ctx, &ec2.CreateVpcPeeringConnectionInput{
		VpcId: new("vpc-cache"), PeerVpcId: vpc.VpcId, PeerOwnerId: new(spoke),
	}))
	id := made.VpcPeeringConnection.VpcPeeringConnectionId
	must[*ec2.CreateRouteOutput](t)(c.CreateRoute(ctx, &ec2.CreateRouteInput{
		RouteTableId: new("rtb-cache"), DestinationCidrBlock: new("10.3.0.0/16"), VpcPeeringConnectionId: id,
	}))
	wantState := func(want ec2types.RouteState) {
		t.Helper()
		out := must[*ec2.DescribeRouteTablesOutput](t)(c.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{RouteTableIds: []string{"rtb-cache"}}))
		for _, r := range out.RouteTables[0].Routes {
			if aws.ToString(r.VpcPeeringConnectionId) == *id && r.State != want {
				t.Errorf("the route is %s, expected %s", r.State, want)
			}
		}
	}
	wantState(ec2types.RouteStateBlackhole)
	_, err := c.AcceptVpcPeeringConnection(ctx, &ec2.AcceptVpcPeeringConnectionInput{VpcPeeringConnectionId: id})
	wantCode(t, err, "OperationNotPermitted")
	must[*ec2.AcceptVpcPeeringConnectionOutput](t)(far.AcceptVpcPeeringConnection(ctx, &ec2.AcceptVpcPeeringConnectionInput{VpcPeeringConnectionId: id}))
	wantState(ec2types.RouteStateActive)
	must[*ec2.DeleteVpcPeeringConnectionOutput](t)(far.DeleteVpcPeeringConnection(ctx, &ec2.DeleteVpcPeeringConnectionInput{VpcPeeringConnectionId: id}))
	wantState(ec2types.RouteStateBlackhole)
	out := must[*ec2.DescribeVpcPeeringConnectionsOutput](t)(c.DescribeVpcPeeringConnections(ctx, &ec2.DescribeVpcPeeringConnectionsInput{VpcPeeringConnectionIds: []string{*id}}))
	if p := out.VpcPeeringConnections[0]; p.Status.Code != "deleted" || p.AccepterVpcInfo.CidrBlock != nil {
		t.Errorf("the deleted connection is shown as %+v with the CIDR %v", p.Status, p.AccepterVpcInfo.CidrBlock)
	}
	_, err = c.ModifyVpcPeeringConnectionOptions(ctx, &ec2.ModifyVpcPeeringConnectionOptionsInput{
		VpcPeeringConnectionId: id, RequesterPeeringConnectionOptions: &ec2types.PeeringConnectionOptionsRequest{AllowDnsResolutionFromRemoteVpc: new(true)},
	})
	wantCode(t, err, "OperationNotPermitted")
}

func TestPeeringOfOverlappingVPCsFails(t *testing.T) {
	sim, c := startTwoVPCs(t)
	ctx := t.Context()
	vpc := must[*ec2.CreateVpcOutput](t)(client(sim, spoke, home).CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: new("10.0.0.0/17")})).Vpc
	made := must[*ec2.CreateVpcPeeringConnectionOutput](t)(c.CreateVpcPeeringConnection(ctx, &ec2.CreateVpcPeeringConnectionInput{
		VpcId: new("vpc-cache"), PeerVpcId: vpc.VpcId, PeerOwnerId: new(spoke),
	}))
	if made.VpcPeeringConnection.Status.Code != ec2types.VpcPeeringConnectionStateReasonCodeFailed {
		t.Errorf("the connection is %s", made.VpcPeeringConnection.Status.Code)
	}
}

func TestDeletingTheReferencedGroupOfAPeerLeavesAStaleRule(t *testing.T) {
	sim, c := startTwoVPCs(t)
	far := client(sim, spoke, home)
	ctx := t.Context()
	made := must[*ec2.CreateSecurityGroupOutput](t)(far.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{
		GroupName: new("batch"), Description: new("batch"), VpcId: new("vpc-app"),
	}))
	must[*ec2.AuthorizeSecurityGroupIngressOutput](t)(c.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: new("sg-cache"), IpPermissions: fromGroup(spoke, *made.GroupId),
	}))
	references := must[*ec2.DescribeSecurityGroupReferencesOutput](t)(far.DescribeSecurityGroupReferences(ctx, &ec2.DescribeSecurityGroupReferencesInput{GroupId: []string{*made.GroupId}}))
	if r := references.SecurityGroupReferenceSet; len(r) != 1 || *r[0].ReferencingVpcId != "vpc-cache" || *r[0].VpcPeeringConnectionId != "pcx-1" {
		t.Errorf("the references are %+v", r)
	}
	must[*ec2.DeleteSecurityGroupOutput](t)(far.DeleteSecurityGroup(ctx, &ec2.DeleteSecurityGroupInput{GroupId: made.GroupId}))
	stale := must[*ec2.DescribeStaleSecurityGroupsOutput](t)(c.DescribeStaleSecurityGroups(ctx, &ec2.DescribeStaleSecurityGroupsInput{VpcId: new("vpc-cache")}))
	if len(stale.StaleSecurityGroupSet) != 1 {
		t.Fatalf("stale groups: %+v", stale.StaleSecurityGroupSet)
	}
	for _, rule := range rulesOfGroup(t, c, "sg-cache") {
		if rule.ReferencedGroupInfo != nil && rule.ReferencedGroupInfo.UserId != nil {
			t.Errorf("the stale rule still names an owner: %+v", rule.ReferencedGroupInfo)
		}
	}
}

func TestAGroupInUseCannotBeDeleted(t *testing.T) {
	_, c := startTwoVPCs(t)
	ctx := t.Context()
	_, err := c.DeleteSecurityGroup(ctx, &ec2.DeleteSecurityGroupInput{GroupId: new("sg-cache")})
	wantCode(t, err, "DependencyViolation") // it guards a cache
	must[*ec2.AuthorizeSecurityGroupIngressOutput](t)(c.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: new("sg-cache"), IpPermissions: fromGroup("", "sg-app"),
	}))
	_, err = c.DeleteSecurityGroup(ctx, &ec2.DeleteSecurityGroupInput{GroupId: new("sg-app")})
	wantCode(t, err, "DependencyViolation") // a rule names it
	_, err = c.DeleteSecurityGroup(ctx, &ec2.DeleteSecurityGroupInput{GroupId: new("sg-other")})
	wantCode(t, err, "CannotDelete") // it is the default group
}

func TestModifyingARuleKeepsItsIDAndItsKind(t *testing.T) {
	sim, c := startTwoVPCs(t)
	ctx := t.Context()
	made := must[*ec2.AuthorizeSecurityGroupIngressOutput](t)(c.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: new("sg-cache"), IpPermissions: fromCIDR("10.0.1.0/24"),
	}))
	id := made.SecurityGroupRules[0].SecurityGroupRuleId
	modify := func(to ec2types.SecurityGroupRuleRequest) error {
		_, err := c.ModifySecurityGroupRules(ctx, &ec2.ModifySecurityGroupRulesInput{
			GroupId: new("sg-cache"), SecurityGroupRules: []ec2types.SecurityGroupRuleUpdate{{SecurityGroupRuleId: id, SecurityGroupRule: &to}},
		})
		return err
	}
	port := new(int32(6379))
	wantCode(t, modify(ec2types.SecurityGroupRuleRequest{IpProtocol: new("tcp"), FromPort: port, ToPort: port, ReferencedGroupId: new("sg-app")}), "InvalidParameterValue")
	if err := modify(ec2types.SecurityGroupRuleRequest{IpProtocol: new("tcp"), FromPort: port, ToPort: port, CidrIpv4: new("10.0.2.0/24")}); err != nil {
		t.Fatal(err)
	}
	for _, rule := range rulesOfGroup(t, c, "sg-cache") {
		if *rule.SecurityGroupRuleId == *id && *rule.CidrIpv4 != "10.0.2.0/24" {
			t.Errorf("the rule is %+v", rule)
		}
	}
	event := lastEvent(t, sim)
	request := "detail.requestParameters.ModifySecurityGroupRulesRequest."
	if dig(event, request+"GroupId") != "sg-cache" || dig(event, request+"SecurityGroupRule.SecurityGroupRuleId") != *id ||
		dig(event, request+"SecurityGroupRule.SecurityGroupRule.CidrIpv4") != "10.0.2.0/24" {
		t.Errorf("a list of one is not written as its element: %v", dig(event, "detail.requestParameters"))
	}
}

func TestAListOfTwoIsWrittenAsAList(t *testing.T) {
	sim, c := startTwoVPCs(t)
	made := must[*ec2.AuthorizeSecurityGroupIngressOutput](t)(c.AuthorizeSecurityGroupIngress(t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: new("sg-cache"), IpPermissions: append(fromCIDR("10.0.1.0/24"), fromCIDR("10.0.2.0/24")...),
	}))
	var updates []ec2types.SecurityGroupRuleDescription
	for _, rule := range made.SecurityGroupRules {
		updates = append(updates, ec2types.SecurityGroupRuleDescription{SecurityGroupRuleId: rule.SecurityGroupRuleId, Description: new("12")})
	}
	must[*ec2.UpdateSecurityGroupRuleDescriptionsIngressOutput](t)(c.UpdateSecurityGroupRuleDescriptionsIngress(t.Context(),
		&ec2.UpdateSecurityGroupRuleDescriptionsIngressInput{GroupId: new("sg-cache"), SecurityGroupRuleDescriptions: updates}))
	list := "detail.requestParameters.UpdateSecurityGroupRuleDescriptionsIngressRequest.SecurityGroupRuleDescription."
	event := lastEvent(t, sim)
	if dig(event, list+"1.SecurityGroupRuleId") != *made.SecurityGroupRules[1].SecurityGroupRuleId || dig(event, list+"1.tag") != 2.0 {
		t.Errorf("the second element is %v", dig(event, list+"1"))
	}
	if text := dig(event, list+"0.Description"); text != 12.0 {
		t.Errorf("a text of digits is %v, where XML makes it a number", text)
	}
}

func TestOperationsAreListedOnceAndInOrder(t *testing.T) {
	known := awssim.Operations()
	for _, name := range []string{"ec2:CreateRoute", "ec2:SearchTransitGatewayRoutes", "elasticache:ModifyServerlessCache", "directconnect:DeleteVirtualInterface"} {
		if !slices.Contains(known, name) {
			t.Errorf("%s is not modelled", name)
		}
	}
	if !slices.IsSorted(known) || len(known) != len(slices.Compact(known)) {
		t.Error("the operations are not sorted, or one stands twice")
	}
}

func TestMovingASubnetBetweenRouteTables(t *testing.T) {
	_, c := startTwoVPCs(t)
	ctx := t.Context()
	table := must[*ec2.CreateRouteTableOutput](t)(c.CreateRouteTable(ctx, &ec2.CreateRouteTableInput{VpcId: new("vpc-cache")})).RouteTable
	_, err := c.AssociateRouteTable(ctx, &ec2.AssociateRouteTableInput{RouteTableId: table.RouteTableId, SubnetId: new("subnet-c1")})
	wantCode(t, err, "Resource.AlreadyAssociated")
	moved := must[*ec2.ReplaceRouteTableAssociationOutput](t)(c.ReplaceRouteTableAssociation(ctx, &ec2.ReplaceRouteTableAssociationInput{
		AssociationId: new("rtbassoc-c1"), RouteTableId: table.RouteTableId,
	}))
	_, err = c.DeleteRouteTable(ctx, &ec2.DeleteRouteTableInput{RouteTableId: table.RouteTableId})
	wantCode(t, err, "DependencyViolation")
	must[*ec2.DisassociateRouteTableOutput](t)(c.DisassociateRouteTable(ctx, &ec2.DisassociateRouteTableInput{AssociationId: moved.NewAssociationId}))
	must[*ec2.DeleteRouteTableOutput](t)(c.DeleteRouteTable(ctx, &ec2.DeleteRouteTableInput{RouteTableId: table.RouteTableId}))
	_, err = c.DisassociateRouteTable(ctx, &ec2.DisassociateRouteTableInput{AssociationId: new("rtbassoc-main")})
	wantCode(t, err, "InvalidParameterValue")
}

func TestRoutesThatCreateRouteRefuses(t *testing.T) {
	sim, c := startTwoVPCs(t, awssim.WithQuotas(awssim.Quotas{RoutesPerTable: 2}))
	create := func(cidr, peering string) error {
		_, err := c.CreateRoute(t.Context(), &ec2.CreateRouteInput{RouteTableId: new("rtb-cache"), DestinationCidrBlock: &cidr, VpcPeeringConnectionId: &peering})
		return err
	}
	wantCode(t, create("10.1.0.9/16", "pcx-1"), "RouteAlreadyExists")
	wantCode(t, create("10.0.0.0/16", "pcx-1"), "RouteAlreadyExists") // the local route
	wantCode(t, create("10.0.1.0/24", "pcx-1"), "InvalidParameterValue")
	wantCode(t, create("10.4.0.0/16", "pcx-missing"), "InvalidVpcPeeringConnectionID.NotFound")
	if err := create("10.4.0.7/16", "pcx-1"); err != nil {
		t.Fatal(err)
	}
	wantCode(t, create("10.5.0.0/16", "pcx-1"), "RouteLimitExceeded")
	_, err := c.DeleteRoute(t.Context(), &ec2.DeleteRouteInput{RouteTableId: new("rtb-cache"), DestinationCidrBlock: new("10.5.0.0/16")})
	wantCode(t, err, "InvalidRoute.NotFound")
	if n := len(sim.Events()); n != 1 {
		t.Errorf("%d events, expected one for the route that was made", n)
	}
}

func TestAnInstanceTakesItsInterfaceAlong(t *testing.T) {
	sim, _ := startTwoVPCs(t)
	c := client(sim, spoke, home)
	ctx := t.Context()
	run := must[*ec2.RunInstancesOutput](t)(c.RunInstances(ctx, &ec2.RunInstancesInput{
		MinCount: new(int32(1)), MaxCount: new(int32(2)), SubnetId: new("subnet-a1"), SecurityGroupIds: []string{"sg-far"}, ImageId: new("ami-1"),
	}))
	if len(run.Instances) != 2 || *run.Instances[0].PrivateIpAddress == *run.Instances[1].PrivateIpAddress {
		t.Fatalf("launched %+v", run.Instances)
	}
	event := lastEvent(t, sim)
	if dig(event, "detail.responseElements.instancesSet.items.1.instanceId") != *run.Instances[1].InstanceId ||
		dig(event, "detail.requestParameters.instancesSet.items.0.imageId") != "ami-1" {
		t.Errorf("the event is %v", event)
	}
	interfaces := func() int {
		t.Helper()
		out := must[*ec2.DescribeNetworkInterfacesOutput](t)(c.DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{
			Filters: []ec2types.Filter{filter("group-id", "sg-far")},
		}))
		return len(out.NetworkInterfaces)
	}
	if n := interfaces(); n != 3 { // with that of i-app
		t.Errorf("%d interfaces, expected 3", n)
	}
	must[*ec2.TerminateInstancesOutput](t)(c.TerminateInstances(ctx, &ec2.TerminateInstancesInput{
		InstanceIds: []string{*run.Instances[0].InstanceId, *run.Instances[1].InstanceId},
	}))
	if n := interfaces(); n != 1 {
		t.Errorf("%d interfaces after termination, expected 1", n)
	}
}

func TestNetworkACLEntriesAndTheirPlace(t *testing.T) {
	_, c := startTwoVPCs(t)
	ctx := t.Context()
	acls := must[*ec2.DescribeNetworkAclsOutput](t)(c.DescribeNetworkAcls(ctx, &ec2.DescribeNetworkAclsInput{
		Filters: []ec2types.Filter{filter("association.subnet-id", "subnet-c1"), filter("default", "true")},
	}))
	if len(acls.NetworkAcls) != 1 {
		t.Fatalf("the default ACL that was filled in is %+v", acls.NetworkAcls)
	}
	acl := must[*ec2.CreateNetworkAclOutput](t)(c.CreateNetworkAcl(ctx, &ec2.CreateNetworkAclInput{VpcId: new("vpc-cache")})).NetworkAcl
	for _, number := range []int32{200, 100} {
		must[*ec2.CreateNetworkAclEntryOutput](t)(c.CreateNetworkAclEntry(ctx, &ec2.CreateNetworkAclEntryInput{
			NetworkAclId: acl.NetworkAclId, RuleNumber: &number, Protocol: new("tcp"), RuleAction: ec2types.RuleActionAllow, Egress: new(false),
			CidrBlock: new("10.0.0.0/8"), PortRange: &ec2types.PortRange{From: new(int32(6379)), To: new(int32(6379))},
		}))
	}
	var association *string
	for _, a := range acls.NetworkAcls[0].Associations {
		if *a.SubnetId == "subnet-c1" {
			association = a.NetworkAclAssociationId
		}
	}
	must[*ec2.ReplaceNetworkAclAssociationOutput](t)(c.ReplaceNetworkAclAssociation(ctx, &ec2.ReplaceNetworkAclAssociationInput{
		AssociationId: association, NetworkAclId: acl.NetworkAclId,
	}))
	out := must[*ec2.DescribeNetworkAclsOutput](t)(c.DescribeNetworkAcls(ctx, &ec2.DescribeNetworkAclsInput{
		Filters: []ec2types.Filter{filter("association.subnet-id", "subnet-c1")},
	}))
	if len(out.NetworkAcls) != 1 || *out.NetworkAcls[0].Entries[0].RuleNumber != 100 || *out.NetworkAcls[0].Entries[0].Protocol != "6" {
		t.Errorf("the subnet's ACL is %+v", out.NetworkAcls)
	}
	_, err := c.DeleteNetworkAclEntry(ctx, &ec2.DeleteNetworkAclEntryInput{NetworkAclId: acl.NetworkAclId, RuleNumber: new(int32(32767)), Egress: new(false)})
	wantCode(t, err, "InvalidNetworkAclEntry.NotFound")
}

func TestAPrefixListIsChangedByVersion(t *testing.T) {
	sim, c := startTwoVPCs(t)
	ctx := t.Context()
	list := must[*ec2.CreateManagedPrefixListOutput](t)(c.CreateManagedPrefixList(ctx, &ec2.CreateManagedPrefixListInput{
		PrefixListName: new("office"), AddressFamily: new("IPv4"), MaxEntries: new(int32(3)), Entries: []ec2types.AddPrefixListEntry{{Cidr: new("192.0.2.0/24")}},
	})).PrefixList
	must[*ec2.AuthorizeSecurityGroupIngressOutput](t)(c.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: new("sg-cache"), IpPermissions: tcp6379(ec2types.IpPermission{PrefixListIds: []ec2types.PrefixListId{{PrefixListId: list.PrefixListId}}}),
	}))
	modify := func(version int64) error {
		_, err := c.ModifyManagedPrefixList(ctx, &ec2.ModifyManagedPrefixListInput{
			PrefixListId: list.PrefixListId, CurrentVersion: &version, AddEntries: []ec2types.AddPrefixListEntry{{Cidr: new("198.51.100.9/24")}},
		})
		return err
	}
	wantCode(t, modify(7), "PrefixListVersionMismatch")
	if err := modify(1); err != nil {
		t.Fatal(err)
	}
	if got := dig(lastEvent(t, sim), "detail.requestParameters.ModifyManagedPrefixListRequest.AddEntry.Cidr"); got != "198.51.100.9/24" {
		t.Errorf("the event names the entry %v", got)
	}
	entries := must[*ec2.GetManagedPrefixListEntriesOutput](t)(c.GetManagedPrefixListEntries(ctx, &ec2.GetManagedPrefixListEntriesInput{PrefixListId: list.PrefixListId}))
	if len(entries.Entries) != 2 || *entries.Entries[1].Cidr != "198.51.100.0/24" {
		t.Errorf("the entries are %+v", entries.Entries)
	}
	_, err := c.DeleteManagedPrefixList(ctx, &ec2.DeleteManagedPrefixListInput{PrefixListId: list.PrefixListId})
	wantCode(t, err, "DependencyViolation")
}

func TestTheGroupsOfAReplicationGroupAreThoseOfItsMembers(t *testing.T) {
	sim, _ := startTwoVPCs(t)
	c := elasticache.NewFromConfig(sim.Config(hub, home, awssim.Actor{Session: "tester"}))
	ctx := t.Context()
	must[*elasticache.ModifyReplicationGroupOutput](t)(c.ModifyReplicationGroup(ctx, &elasticache.ModifyReplicationGroupInput{
		ReplicationGroupId: new("sessions"), SecurityGroupIds: []string{"sg-app"}, ApplyImmediately: new(true),
	}))
	out := must[*elasticache.DescribeCacheClustersOutput](t)(c.DescribeCacheClusters(ctx, &elasticache.DescribeCacheClustersInput{ShowCacheNodeInfo: new(true)}))
	if v := out.CacheClusters[0]; len(v.SecurityGroups) != 1 || *v.SecurityGroups[0].SecurityGroupId != "sg-app" || *v.CacheNodes[0].Endpoint.Port != 6379 {
		t.Errorf("the member is %+v", v)
	}
	event := lastEvent(t, sim)
	if dig(event, "detail.requestParameters.replicationGroupId") != "sessions" || dig(event, "detail.responseElements.memberClusters.0") != "sessions-001" {
		t.Errorf("the event is %v", event)
	}
	tags := must[*elasticache.ListTagsForResourceOutput](t)(c.ListTagsForResource(ctx, &elasticache.ListTagsForResourceInput{ResourceName: out.CacheClusters[0].ARN}))
	if len(tags.TagList) != 1 || *tags.TagList[0].Value != "web" {
		t.Errorf("the tags are %+v", tags.TagList)
	}
}

func TestCachesAreMadeAndDeleted(t *testing.T) {
	sim, _ := startTwoVPCs(t)
	c := elasticache.NewFromConfig(sim.Config(hub, home, awssim.Actor{Session: "tester"}))
	ctx := t.Context()
	must[*elasticache.CreateReplicationGroupOutput](t)(c.CreateReplicationGroup(ctx, &elasticache.CreateReplicationGroupInput{
		ReplicationGroupId: new("carts"), ReplicationGroupDescription: new("carts"), Engine: new("valkey"), NumCacheClusters: new(int32(2)),
		CacheSubnetGroupName: new("caches"), SecurityGroupIds: []string{"sg-cache"},
	}))
	must[*elasticache.CreateServerlessCacheOutput](t)(c.CreateServerlessCache(ctx, &elasticache.CreateServerlessCacheInput{
		ServerlessCacheName: new("flags"), Engine: new("valkey"), SubnetIds: []string{"subnet-c1", "subnet-c2"}, SecurityGroupIds: []string{"sg-cache"},
	}))
	for _, id := range []string{"carts", "carts-001", "carts-002", "flags"} {
		if !sim.Has(id) {
			t.Errorf("the world does not hold %s", id)
		}
	}
	serverless := must[*elasticache.DescribeServerlessCachesOutput](t)(c.DescribeServerlessCaches(ctx, nil))
	if v := serverless.ServerlessCaches[0]; *v.Endpoint.Port != 6379 || *v.ReaderEndpoint.Port != 6380 {
		t.Errorf("the serverless cache listens on %d and %d", *v.Endpoint.Port, *v.ReaderEndpoint.Port)
	}
	must[*elasticache.DeleteReplicationGroupOutput](t)(c.DeleteReplicationGroup(ctx, &elasticache.DeleteReplicationGroupInput{ReplicationGroupId: new("carts")}))
	must[*elasticache.DeleteServerlessCacheOutput](t)(c.DeleteServerlessCache(ctx, &elasticache.DeleteServerlessCacheInput{ServerlessCacheName: new("flags")}))
	for _, id := range []string{"carts", "carts-001", "flags"} {
		if sim.Has(id) {
			t.Errorf("the world still holds %s", id)
		}
	}
}

func TestVPCAttributesAreChangedOneAtATime(t *testing.T) {
	_, c := startTwoVPCs(t)
	ctx := t.Context()
	off, on := &ec2types.AttributeBooleanValue{Value: new(false)}, &ec2types.AttributeBooleanValue{Value: new(true)}
	_, err := c.ModifyVpcAttribute(ctx, &ec2.ModifyVpcAttributeInput{VpcId: new("vpc-cache"), EnableDnsSupport: on, EnableDnsHostnames: on})
	wantCode(t, err, "InvalidParameterCombination")
	must[*ec2.ModifyVpcAttributeOutput](t)(c.ModifyVpcAttribute(ctx, &ec2.ModifyVpcAttributeInput{VpcId: new("vpc-cache"), EnableDnsHostnames: off}))
	out := must[*ec2.DescribeVpcAttributeOutput](t)(c.DescribeVpcAttribute(ctx, &ec2.DescribeVpcAttributeInput{
		VpcId: new("vpc-cache"), Attribute: ec2types.VpcAttributeNameEnableDnsHostnames,
	}))
	if *out.EnableDnsHostnames.Value {
		t.Error("DNS hostnames are still on")
	}
}

func TestFailedCallsLeaveEventsWhereTheyAreAskedFor(t *testing.T) {
	sim, c := startTwoVPCs(t, awssim.WithFailureEvents())
	ctx := t.Context()
	_, err := c.DeleteSecurityGroup(ctx, &ec2.DeleteSecurityGroupInput{GroupId: new("sg-cache")})
	wantCode(t, err, "DependencyViolation")
	event := lastEvent(t, sim)
	if dig(event, "detail.errorCode") != "Client.DependencyViolation" || dig(event, "detail.responseElements") != nil {
		t.Errorf("the event is %v", event)
	}
	_, err = c.CreateRoute(ctx, &ec2.CreateRouteInput{RouteTableId: new("rtb-cache"), DryRun: new(true)})
	wantCode(t, err, "DryRunOperation")
	if code := dig(lastEvent(t, sim), "detail.errorCode"); code != "Client.DryRunOperation" {
		t.Errorf("the dry run's code is %v", code)
	}
}

func TestTagsBelongToEachResource(t *testing.T) {
	_, c := startTwoVPCs(t)
	ctx := t.Context()
	rule := rulesOfGroup(t, c, "sg-cache")[0].SecurityGroupRuleId
	must[*ec2.CreateTagsOutput](t)(c.CreateTags(ctx, &ec2.CreateTagsInput{
		Resources: []string{*rule, "vpc-cache", "pcx-1"}, Tags: []ec2types.Tag{{Key: new("owner"), Value: new("web")}},
	}))
	tagged := must[*ec2.DescribeSecurityGroupRulesOutput](t)(c.DescribeSecurityGroupRules(ctx, &ec2.DescribeSecurityGroupRulesInput{
		Filters: []ec2types.Filter{filter("tag:owner", "w*")},
	}))
	vpcs := must[*ec2.DescribeVpcsOutput](t)(c.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{Filters: []ec2types.Filter{filter("tag-key", "owner")}}))
	if len(tagged.SecurityGroupRules) != 1 || len(vpcs.Vpcs) != 1 {
		t.Errorf("%d rules and %d VPCs are tagged, expected one of each", len(tagged.SecurityGroupRules), len(vpcs.Vpcs))
	}
	_, err := c.CreateTags(ctx, &ec2.CreateTagsInput{Resources: []string{"vpc-cache", "vpc-missing"}, Tags: []ec2types.Tag{{Key: new("x"), Value: new("y")}}})
	wantCode(t, err, "InvalidID")
	must[*ec2.DeleteTagsOutput](t)(c.DeleteTags(ctx, &ec2.DeleteTagsInput{Resources: []string{"vpc-cache"}, Tags: []ec2types.Tag{{Key: new("owner")}}}))
	vpcs = must[*ec2.DescribeVpcsOutput](t)(c.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{VpcIds: []string{"vpc-cache"}}))
	if len(vpcs.Vpcs[0].Tags) != 0 {
		t.Errorf("the VPC's tags are %+v", vpcs.Vpcs[0].Tags)
	}
}
