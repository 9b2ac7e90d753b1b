package acceptance

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func TestATransitGatewayIsOpenedByRoutesOfBothSides(t *testing.T) {
	s := hub(t)
	home := s.at(t, hubAccount, homeRegion)
	caches, apps := home.network(), home.network()
	guard, app := caches.group("cache"), apps.group("app")
	apps.instance(app)
	tgw, table := home.transitGateway()
	home.attach(tgw, caches) // it propagates to the gateway's default table
	home.routeThrough(table, apps.cidr, home.attach(tgw, apps))
	cluster := caches.cluster("sessions-tgw", guard)
	s.enforcing(t, cluster)
	s.declare(t, cluster, "orders", map[string]string{"source": apps.cidr, "path": "transit-gateway"})
	s.settle(t)

	if got, want := home.ingress(guard), []string{apps.cidr + ":6379-6379"}; !slices.Equal(got, want) {
		t.Errorf("%s lets %v in: expected %v", guard, got, want)
	}
	if got, want := home.routes(caches.table), []string{apps.cidr + " via " + tgw}; !slices.Equal(got, want) {
		t.Errorf("the caches' table has %v: expected %v", got, want)
	}
	if got, want := home.routes(apps.table), []string{caches.cidr + " via " + tgw}; !slices.Equal(got, want) {
		t.Errorf("the applications' table has %v: expected %v", got, want)
	}
	s.withdraw(t, cluster, "orders")
	s.settle(t)
	if got := slices.Concat(home.ingress(guard), home.routes(caches.table), home.routes(apps.table)); len(got) > 0 {
		t.Errorf("after the intent went, there still are %v", got)
	}
	if t.Failed() {
		t.Log(s.reconcile.logged())
	}
}

// transitGateway makes a gateway and gives its default route table.
func (at *site) transitGateway() (gateway, table string) {
	at.t.Helper()
	out := must[*ec2.CreateTransitGatewayOutput](at.t, "creating a transit gateway")(at.ec2.CreateTransitGateway(at.t.Context(), &ec2.CreateTransitGatewayInput{}))
	tables := must[*ec2.DescribeTransitGatewayRouteTablesOutput](at.t, "reading its route tables")(at.ec2.DescribeTransitGatewayRouteTables(at.t.Context(), &ec2.DescribeTransitGatewayRouteTablesInput{
		Filters: []types.Filter{{Name: aws.String("transit-gateway-id"), Values: []string{*out.TransitGateway.TransitGatewayId}}},
	}))
	return *out.TransitGateway.TransitGatewayId, *tables.TransitGatewayRouteTables[0].TransitGatewayRouteTableId
}

func (at *site) attach(gateway string, n network) string {
	at.t.Helper()
	out := must[*ec2.CreateTransitGatewayVpcAttachmentOutput](at.t, "attaching a VPC")(at.ec2.CreateTransitGatewayVpcAttachment(at.t.Context(), &ec2.CreateTransitGatewayVpcAttachmentInput{
		TransitGatewayId: aws.String(gateway), VpcId: aws.String(n.vpc), SubnetIds: []string{n.subnet},
	}))
	return *out.TransitGatewayVpcAttachment.TransitGatewayAttachmentId
}

func (at *site) routeThrough(table, cidr, attachment string) {
	at.t.Helper()
	must[*ec2.CreateTransitGatewayRouteOutput](at.t, "creating a transit gateway route")(at.ec2.CreateTransitGatewayRoute(at.t.Context(), &ec2.CreateTransitGatewayRouteInput{
		TransitGatewayRouteTableId: aws.String(table), DestinationCidrBlock: aws.String(cidr), TransitGatewayAttachmentId: aws.String(attachment),
	}))
}
