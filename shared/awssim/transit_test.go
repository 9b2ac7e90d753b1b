package awssim_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/awssim"
)

// sharedGateway is a transit gateway of the hub that the spoke is attached to, told by the hub's lists alone, and a
// peering with a gateway in another Region.
const sharedGateway = `
"111122223333":
  us-east-1:
    Vpcs: [{VpcId: vpc-cache, CidrBlock: 10.0.0.0/16}]
    Subnets: [{SubnetId: subnet-c, VpcId: vpc-cache, CidrBlock: 10.0.1.0/24}]
    SecurityGroups: [{GroupId: sg-cache, VpcId: vpc-cache}]
    RouteTables:
      - RouteTableId: rtb-cache
        VpcId: vpc-cache
        Routes: [{DestinationCidrBlock: 10.1.0.0/16, TransitGatewayId: tgw-1}]
    TransitGateways:
      - {TransitGatewayId: tgw-1, Options: {SecurityGroupReferencingSupport: enable}}
    TransitGatewayVpcAttachments:
      - {TransitGatewayAttachmentId: tgw-attach-c, TransitGatewayId: tgw-1, VpcId: vpc-cache, SubnetIds: [subnet-c]}
      - {TransitGatewayAttachmentId: tgw-attach-a, TransitGatewayId: tgw-1, VpcId: vpc-app, VpcOwnerId: 444455556666, SubnetIds: [subnet-a]}
    TransitGatewayPeeringAttachments:
      - TransitGatewayAttachmentId: tgw-attach-p
        RequesterTgwInfo: {TransitGatewayId: tgw-1, OwnerId: 111122223333, Region: us-east-1}
        AccepterTgwInfo: {TransitGatewayId: tgw-2, OwnerId: 111122223333, Region: eu-west-1}
    TransitGatewayRouteTables:
      - TransitGatewayRouteTableId: tgw-rtb-1
        TransitGatewayId: tgw-1
        Routes: [{DestinationCidrBlock: 10.9.0.0/16, Type: static, TransitGatewayAttachments: [{TransitGatewayAttachmentId: tgw-attach-p}]}]
        Associations: [{TransitGatewayAttachmentId: tgw-attach-c}, {TransitGatewayAttachmentId: tgw-attach-a}]
        TransitGatewayRouteTablePropagations: [{TransitGatewayAttachmentId: tgw-attach-c}, {TransitGatewayAttachmentId: tgw-attach-a}]
  eu-west-1:
    TransitGateways: [{TransitGatewayId: tgw-2}]
"444455556666":
  us-east-1:
    Vpcs: [{VpcId: vpc-app, CidrBlock: 10.1.0.0/16}]
    Subnets: [{SubnetId: subnet-a, VpcId: vpc-app, CidrBlock: 10.1.1.0/24}]
    SecurityGroups: [{GroupId: sg-app, VpcId: vpc-app}]
`

func startTransit(t *testing.T) (*awssim.Sim, *ec2.Client, *ec2.Client) {
	t.Helper()
	sim := awssim.New(load(t, sharedGateway))
	return sim, client(sim, hub, home), client(sim, spoke, home)
}

// routesOf tells the routes of the gateway's table as "CIDR type state".
func routesOf(t *testing.T, c *ec2.Client, filters ...ec2types.Filter) []string {
	t.Helper()
	if len(filters) == 0 {
		filters = []ec2types.Filter{filter("type", "static", "propagated")}
	}
	out := must[*ec2.SearchTransitGatewayRoutesOutput](t)(c.SearchTransitGatewayRoutes(t.Context(),
		&ec2.SearchTransitGatewayRoutesInput{TransitGatewayRouteTableId: new("tgw-rtb-1"), Filters: filters}))
	var routes []string
	for _, r := range out.Routes {
		routes = append(routes, aws.ToString(r.DestinationCidrBlock)+" "+string(r.Type)+" "+string(r.State))
	}
	slices.Sort(routes)
	return routes
}

func wantRoutes(t *testing.T, got []string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the routes are\n  %s\nexpected\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func TestPropagatedRoutesComeFromTheAttachedVPCs(t *testing.T) {
	_, owner, _ := startTransit(t)
	wantRoutes(t, routesOf(t, owner), "10.0.0.0/16 propagated active", "10.1.0.0/16 propagated active", "10.9.0.0/16 static active")
	wantRoutes(t, routesOf(t, owner, filter("route-search.longest-prefix-match", "10.1.2.3")), "10.1.0.0/16 propagated active")
	wantRoutes(t, routesOf(t, owner, filter("route-search.subnet-of-match", "10.0.0.0/12")),
		"10.0.0.0/16 propagated active", "10.1.0.0/16 propagated active", "10.9.0.0/16 static active")
	wantRoutes(t, routesOf(t, owner, filter("attachment.resource-id", "vpc-app")), "10.1.0.0/16 propagated active")
	_, err := owner.SearchTransitGatewayRoutes(t.Context(), &ec2.SearchTransitGatewayRoutesInput{
		TransitGatewayRouteTableId: new("tgw-rtb-1"), Filters: []ec2types.Filter{},
	})
	wantCode(t, err, "MissingParameter")
}

func TestAParticipantSeesTheGatewayAndItsOwnAttachmentButNoRouteTables(t *testing.T) {
	_, _, participant := startTransit(t)
	ctx := t.Context()
	gateways := must[*ec2.DescribeTransitGatewaysOutput](t)(participant.DescribeTransitGateways(ctx, nil))
	if len(gateways.TransitGateways) != 1 || *gateways.TransitGateways[0].OwnerId != hub {
		t.Errorf("the gateways are %+v", gateways.TransitGateways)
	}
	attachments := must[*ec2.DescribeTransitGatewayAttachmentsOutput](t)(participant.DescribeTransitGatewayAttachments(ctx, nil))
	if len(attachments.TransitGatewayAttachments) != 1 || *attachments.TransitGatewayAttachments[0].ResourceId != "vpc-app" {
		t.Errorf("the attachments are %+v", attachments.TransitGatewayAttachments)
	}
	if a := attachments.TransitGatewayAttachments[0].Association; a == nil || *a.TransitGatewayRouteTableId != "tgw-rtb-1" {
		t.Errorf("the association is %+v", a)
	}
	tables := must[*ec2.DescribeTransitGatewayRouteTablesOutput](t)(participant.DescribeTransitGatewayRouteTables(ctx, nil))
	if len(tables.TransitGatewayRouteTables) != 0 {
		t.Errorf("the participant sees route tables %+v", tables.TransitGatewayRouteTables)
	}
	_, err := participant.ModifyTransitGateway(ctx, &ec2.ModifyTransitGatewayInput{TransitGatewayId: new("tgw-1")})
	wantCode(t, err, "UnauthorizedOperation")
}

func TestDeletingAnAttachmentBlackholesTheWay(t *testing.T) {
	_, owner, participant := startTransit(t)
	ctx := t.Context()
	must[*ec2.CreateTransitGatewayRouteOutput](t)(owner.CreateTransitGatewayRoute(ctx, &ec2.CreateTransitGatewayRouteInput{
		TransitGatewayRouteTableId: new("tgw-rtb-1"), DestinationCidrBlock: new("10.8.0.0/16"), TransitGatewayAttachmentId: new("tgw-attach-a"),
	}))
	must[*ec2.DeleteTransitGatewayVpcAttachmentOutput](t)(participant.DeleteTransitGatewayVpcAttachment(ctx,
		&ec2.DeleteTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: new("tgw-attach-a")}))
	wantRoutes(t, routesOf(t, owner), "10.0.0.0/16 propagated active", "10.8.0.0/16 static blackhole", "10.9.0.0/16 static active")
	must[*ec2.DeleteTransitGatewayVpcAttachmentOutput](t)(owner.DeleteTransitGatewayVpcAttachment(ctx,
		&ec2.DeleteTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: new("tgw-attach-c")}))
	table := must[*ec2.DescribeRouteTablesOutput](t)(owner.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{
		Filters: []ec2types.Filter{filter("route.transit-gateway-id", "tgw-1")},
	}))
	for _, r := range table.RouteTables[0].Routes {
		if r.TransitGatewayId != nil && r.State != ec2types.RouteStateBlackhole {
			t.Errorf("the VPC's route is %s, expected blackhole", r.State)
		}
	}
	associations := must[*ec2.GetTransitGatewayRouteTableAssociationsOutput](t)(owner.GetTransitGatewayRouteTableAssociations(ctx,
		&ec2.GetTransitGatewayRouteTableAssociationsInput{TransitGatewayRouteTableId: new("tgw-rtb-1")}))
	if len(associations.Associations) != 0 {
		t.Errorf("associations of deleted attachments remain: %+v", associations.Associations)
	}
}

func TestANewAttachmentOfAParticipantWaitsToBeAccepted(t *testing.T) {
	_, owner, participant := startTransit(t)
	ctx := t.Context()
	vpc := must[*ec2.CreateVpcOutput](t)(participant.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: new("10.5.0.0/16")}))
	subnet := must[*ec2.CreateSubnetOutput](t)(participant.CreateSubnet(ctx, &ec2.CreateSubnetInput{VpcId: vpc.Vpc.VpcId, CidrBlock: new("10.5.1.0/24")}))
	made := must[*ec2.CreateTransitGatewayVpcAttachmentOutput](t)(participant.CreateTransitGatewayVpcAttachment(ctx, &ec2.CreateTransitGatewayVpcAttachmentInput{
		TransitGatewayId: new("tgw-1"), VpcId: vpc.Vpc.VpcId, SubnetIds: []string{*subnet.Subnet.SubnetId},
	}))
	id := made.TransitGatewayVpcAttachment.TransitGatewayAttachmentId
	if made.TransitGatewayVpcAttachment.State != ec2types.TransitGatewayAttachmentStatePendingAcceptance {
		t.Fatalf("the attachment is %s", made.TransitGatewayVpcAttachment.State)
	}
	_, err := participant.CreateRoute(ctx, &ec2.CreateRouteInput{RouteTableId: mainTable(t, participant, *vpc.Vpc.VpcId), DestinationCidrBlock: new("10.0.0.0/16"), TransitGatewayId: new("tgw-1")})
	wantCode(t, err, "InvalidTransitGatewayID.NotFound")
	must[*ec2.AcceptTransitGatewayVpcAttachmentOutput](t)(owner.AcceptTransitGatewayVpcAttachment(ctx, &ec2.AcceptTransitGatewayVpcAttachmentInput{TransitGatewayAttachmentId: id}))
	must[*ec2.AssociateTransitGatewayRouteTableOutput](t)(owner.AssociateTransitGatewayRouteTable(ctx, &ec2.AssociateTransitGatewayRouteTableInput{
		TransitGatewayAttachmentId: id, TransitGatewayRouteTableId: new("tgw-rtb-1"),
	}))
	must[*ec2.EnableTransitGatewayRouteTablePropagationOutput](t)(owner.EnableTransitGatewayRouteTablePropagation(ctx,
		&ec2.EnableTransitGatewayRouteTablePropagationInput{TransitGatewayAttachmentId: id, TransitGatewayRouteTableId: new("tgw-rtb-1")}))
	must[*ec2.CreateRouteOutput](t)(participant.CreateRoute(ctx, &ec2.CreateRouteInput{
		RouteTableId: mainTable(t, participant, *vpc.Vpc.VpcId), DestinationCidrBlock: new("10.0.0.0/16"), TransitGatewayId: new("tgw-1"),
	}))
	wantRoutes(t, routesOf(t, owner, filter("route-search.exact-match", "10.5.0.0/16")), "10.5.0.0/16 propagated active")
	must[*ec2.DisableTransitGatewayRouteTablePropagationOutput](t)(owner.DisableTransitGatewayRouteTablePropagation(ctx,
		&ec2.DisableTransitGatewayRouteTablePropagationInput{TransitGatewayAttachmentId: id, TransitGatewayRouteTableId: new("tgw-rtb-1")}))
	wantRoutes(t, routesOf(t, owner, filter("route-search.exact-match", "10.5.0.0/16")))
}

func mainTable(t *testing.T, c *ec2.Client, vpc string) *string {
	t.Helper()
	out := must[*ec2.DescribeRouteTablesOutput](t)(c.DescribeRouteTables(t.Context(), &ec2.DescribeRouteTablesInput{
		Filters: []ec2types.Filter{filter("vpc-id", vpc), filter("association.main", "true")},
	}))
	return out.RouteTables[0].RouteTableId
}

func TestAGroupBehindTheSameGatewayIsReferencedForIngressOnly(t *testing.T) {
	_, owner, participant := startTransit(t)
	ctx := t.Context()
	ingress := func() error {
		_, err := owner.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{GroupId: new("sg-cache"), IpPermissions: fromGroup(spoke, "sg-app")})
		return err
	}
	if err := ingress(); err != nil {
		t.Fatal(err)
	}
	_, err := owner.AuthorizeSecurityGroupEgress(ctx, &ec2.AuthorizeSecurityGroupEgressInput{GroupId: new("sg-cache"), IpPermissions: fromGroup(spoke, "sg-app")})
	wantCode(t, err, "InvalidGroup.NotFound")
	stale := func() int {
		t.Helper()
		out := must[*ec2.DescribeStaleSecurityGroupsOutput](t)(owner.DescribeStaleSecurityGroups(ctx, &ec2.DescribeStaleSecurityGroupsInput{VpcId: new("vpc-cache")}))
		return len(out.StaleSecurityGroupSet)
	}
	if stale() != 0 {
		t.Error("a rule that works is shown as stale")
	}
	must[*ec2.ModifyTransitGatewayVpcAttachmentOutput](t)(participant.ModifyTransitGatewayVpcAttachment(ctx, &ec2.ModifyTransitGatewayVpcAttachmentInput{
		TransitGatewayAttachmentId: new("tgw-attach-a"),
		Options:                    &ec2types.ModifyTransitGatewayVpcAttachmentRequestOptions{SecurityGroupReferencingSupport: ec2types.SecurityGroupReferencingSupportValueDisable},
	}))
	if stale() != 1 {
		t.Error("the rule is not shown as stale after referencing was switched off at an attachment")
	}
}

func TestAnAttachmentThatIsBeingModifiedGoesOnCarrying(t *testing.T) {
	text := strings.Replace(sharedGateway, "VpcOwnerId: 444455556666,", "VpcOwnerId: 444455556666, State: modifying,", 1)
	c := client(awssim.New(load(t, text)), hub, home)
	wantRoutes(t, routesOf(t, c, filter("route-search.exact-match", "10.1.0.0/16")), "10.1.0.0/16 propagated active")
}

func TestAPeeringOfGatewaysIsSeenFromBothRegions(t *testing.T) {
	sim, owner, _ := startTransit(t)
	ctx := t.Context()
	far := client(sim, hub, away)
	out := must[*ec2.DescribeTransitGatewayPeeringAttachmentsOutput](t)(far.DescribeTransitGatewayPeeringAttachments(ctx, nil))
	if len(out.TransitGatewayPeeringAttachments) != 1 {
		t.Fatalf("the far side sees %+v", out.TransitGatewayPeeringAttachments)
	}
	_, err := owner.EnableTransitGatewayRouteTablePropagation(ctx, &ec2.EnableTransitGatewayRouteTablePropagationInput{
		TransitGatewayAttachmentId: new("tgw-attach-p"), TransitGatewayRouteTableId: new("tgw-rtb-1"),
	})
	wantCode(t, err, "IncorrectState")
	must[*ec2.DeleteTransitGatewayPeeringAttachmentOutput](t)(far.DeleteTransitGatewayPeeringAttachment(ctx,
		&ec2.DeleteTransitGatewayPeeringAttachmentInput{TransitGatewayAttachmentId: new("tgw-attach-p")}))
	wantRoutes(t, routesOf(t, owner, filter("type", "static")), "10.9.0.0/16 static blackhole")
}

func TestADefaultTableThatSaysNothingTakesEveryAttachment(t *testing.T) {
	const world = `
"111122223333":
  us-east-1:
    Vpcs: [{VpcId: vpc-1, CidrBlock: 10.0.0.0/16}]
    TransitGateways: [{TransitGatewayId: tgw-1, Options: {AssociationDefaultRouteTableId: tgw-rtb-1, PropagationDefaultRouteTableId: tgw-rtb-1}}]
    TransitGatewayAttachments: [{TransitGatewayAttachmentId: tgw-attach-1, TransitGatewayId: tgw-1, ResourceType: vpc, ResourceId: vpc-1, State: available}]
    TransitGatewayRouteTables: [{TransitGatewayRouteTableId: tgw-rtb-1, TransitGatewayId: tgw-1}]
`
	sim := awssim.New(load(t, world))
	c := client(sim, hub, home)
	wantRoutes(t, routesOf(t, c), "10.0.0.0/16 propagated active")
	out := must[*ec2.DescribeTransitGatewayVpcAttachmentsOutput](t)(c.DescribeTransitGatewayVpcAttachments(t.Context(), nil))
	if len(out.TransitGatewayVpcAttachments) != 1 {
		t.Errorf("the VPC attachment that the general list implies is missing")
	}
}

func TestEachSideOfAPeeringAssociatesItWithATableOfItsOwn(t *testing.T) {
	const world = `
"111122223333":
  us-east-1:
    TransitGateways: [{TransitGatewayId: tgw-1}]
    TransitGatewayPeeringAttachments:
      - &peering
        TransitGatewayAttachmentId: tgw-attach-p
        RequesterTgwInfo: {TransitGatewayId: tgw-1, OwnerId: 111122223333, Region: us-east-1}
        AccepterTgwInfo: {TransitGatewayId: tgw-2, OwnerId: 111122223333, Region: eu-west-1}
    TransitGatewayRouteTables:
      - {TransitGatewayRouteTableId: tgw-rtb-1, TransitGatewayId: tgw-1, Associations: [{TransitGatewayAttachmentId: tgw-attach-p}]}
  eu-west-1:
    TransitGateways: [{TransitGatewayId: tgw-2}]
    TransitGatewayPeeringAttachments: [*peering]
    TransitGatewayRouteTables:
      - {TransitGatewayRouteTableId: tgw-rtb-2, TransitGatewayId: tgw-2, Associations: [{TransitGatewayAttachmentId: tgw-attach-p}]}
`
	sim := awssim.New(load(t, world))
	ctx := t.Context()
	wantTable := func(region, want string) {
		t.Helper()
		out := must[*ec2.DescribeTransitGatewayAttachmentsOutput](t)(client(sim, hub, region).DescribeTransitGatewayAttachments(ctx, nil))
		got := ""
		if a := out.TransitGatewayAttachments[0].Association; a != nil {
			got = *a.TransitGatewayRouteTableId
		}
		if got != want {
			t.Errorf("%s shows the table %q, expected %q", region, got, want)
		}
	}
	wantTable(home, "tgw-rtb-1")
	wantTable(away, "tgw-rtb-2")
	must[*ec2.DisassociateTransitGatewayRouteTableOutput](t)(client(sim, hub, home).DisassociateTransitGatewayRouteTable(ctx,
		&ec2.DisassociateTransitGatewayRouteTableInput{TransitGatewayAttachmentId: new("tgw-attach-p"), TransitGatewayRouteTableId: new("tgw-rtb-1")}))
	wantTable(home, "")
	wantTable(away, "tgw-rtb-2")
}
