package acceptance

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
)

func TestAPeeringAcrossAccountsIsOpenedOnBothSides(t *testing.T) {
	s := hub(t)
	near, far := s.at(t, hubAccount, homeRegion), s.at(t, spokeAccount, homeRegion)
	caches, apps := near.network(), far.network()
	guard, app := caches.group("cache"), apps.group("app")
	apps.instance(app)
	pcx := near.peer(caches, far, apps)
	cluster := caches.cluster("sessions-peering", guard)
	s.enforcing(t, cluster)
	s.declare(t, cluster, "orders", map[string]string{"source": spokeAccount + "/" + app, "path": "peering"})
	s.settle(t)

	if got, want := near.ingress(guard), []string{app + ":6379-6379"}; !slices.Equal(got, want) {
		t.Errorf("%s lets %v in: expected %v", guard, got, want)
	}
	if got, want := near.routes(caches.table), []string{apps.cidr + " via " + pcx}; !slices.Equal(got, want) {
		t.Errorf("the caches' table has %v: expected %v", got, want)
	}
	if got, want := far.routes(apps.table), []string{caches.cidr + " via " + pcx}; !slices.Equal(got, want) {
		t.Errorf("the applications' table has %v: expected %v", got, want)
	}
	if t.Failed() {
		t.Log(s.reconcile.logged())
	}

	far.deleteRoute(apps.table, caches.cidr)
	far.happened("DeleteRoute", "Admin/mallory", map[string]any{"routeTableId": apps.table, "destinationCidrBlock": caches.cidr})
	s.settle(t)
	if got, want := far.routes(apps.table), []string{caches.cidr + " via " + pcx}; !slices.Equal(got, want) {
		t.Errorf("after somebody deleted the route in the other account, its table has %v: expected %v", got, want)
	}
	if log := s.reconcile.logged(); !strings.Contains(log, "Admin/mallory") && !strings.Contains(s.dispatch.logged(), "Admin/mallory") {
		t.Error("nothing says who deleted the route")
	}

	s.withdraw(t, cluster, "orders")
	s.settle(t)
	if got := slices.Concat(near.ingress(guard), near.routes(caches.table), far.routes(apps.table)); len(got) > 0 {
		t.Errorf("after the intent went, there still are %v\n%s", got, s.reconcile.logged())
	}
}

// peer makes a peering connection that both sides accepted.
func (at *site) peer(own network, far *site, other network) string {
	at.t.Helper()
	ctx := at.t.Context()
	pcx := must[*ec2.CreateVpcPeeringConnectionOutput](at.t, "asking for a peering")(at.ec2.CreateVpcPeeringConnection(ctx, &ec2.CreateVpcPeeringConnectionInput{
		VpcId: aws.String(own.vpc), PeerVpcId: aws.String(other.vpc), PeerOwnerId: aws.String(far.account), PeerRegion: aws.String(far.region),
	})).VpcPeeringConnection.VpcPeeringConnectionId
	must[*ec2.AcceptVpcPeeringConnectionOutput](at.t, "accepting a peering")(far.ec2.AcceptVpcPeeringConnection(ctx, &ec2.AcceptVpcPeeringConnectionInput{VpcPeeringConnectionId: pcx}))
	return *pcx
}

// deleteRoute takes a route away, as a person does.
func (at *site) deleteRoute(table, destination string) {
	at.t.Helper()
	must[*ec2.DeleteRouteOutput](at.t, "deleting a route")(at.ec2.DeleteRoute(at.t.Context(), &ec2.DeleteRouteInput{
		RouteTableId: aws.String(table), DestinationCidrBlock: aws.String(destination),
	}))
}
