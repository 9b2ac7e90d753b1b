package oracle

import (
	"net/netip"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// seen is an attachment as one gateway sees it: a peering attachment has one id at
// both gateways.
type seen struct{ gateway, id string }

// attachment is what is attached to a transit gateway.
type attachment struct {
	ec2types.TransitGatewayAttachment
	// table is the route table that what comes in by it is looked up in.
	table string
	// subnets, referencing and ipv6 are a VPC attachment's.
	subnets           []string
	referencing, ipv6 bool
}

func (a attachment) id() string       { return aws.ToString(a.TransitGatewayAttachmentId) }
func (a attachment) resource() string { return aws.ToString(a.ResourceId) }
func (a attachment) gateway() string  { return aws.ToString(a.TransitGatewayId) }

func (a attachment) works() bool {
	return a.State == ec2types.TransitGatewayAttachmentStateAvailable || a.State == ec2types.TransitGatewayAttachmentStateModifying
}

// transit reads transit gateways, their attachments and their route tables.
func (r reader) transit() error {
	gateways, err := r.ec2.DescribeTransitGateways(r.ctx, nil)
	if err != nil {
		return err
	}
	for _, g := range gateways.TransitGateways {
		r.gateways[aws.ToString(g.TransitGatewayId)] = g
	}
	for pages := ec2.NewDescribeTransitGatewayAttachmentsPaginator(r.ec2, nil); pages.HasMorePages(); {
		page, err := pages.NextPage(r.ctx)
		if err != nil {
			return err
		}
		for _, a := range page.TransitGatewayAttachments {
			r.attached(a)
		}
	}
	for pages := ec2.NewDescribeTransitGatewayVpcAttachmentsPaginator(r.ec2, nil); pages.HasMorePages(); {
		page, err := pages.NextPage(r.ctx)
		if err != nil {
			return err
		}
		for _, v := range page.TransitGatewayVpcAttachments {
			key := seen{aws.ToString(v.TransitGatewayId), aws.ToString(v.TransitGatewayAttachmentId)}
			a := r.attachments[key]
			a.subnets = v.SubnetIds
			a.referencing = v.Options.SecurityGroupReferencingSupport == ec2types.SecurityGroupReferencingSupportValueEnable
			a.ipv6 = v.Options.Ipv6Support == ec2types.Ipv6SupportValueEnable
			r.attachments[key] = a
		}
	}
	return r.transitTables()
}

func (r reader) attached(a ec2types.TransitGatewayAttachment) {
	key := seen{aws.ToString(a.TransitGatewayId), aws.ToString(a.TransitGatewayAttachmentId)}
	known := r.attachments[key]
	known.TransitGatewayAttachment = a
	if a.Association != nil && a.Association.State == ec2types.TransitGatewayAssociationStateAssociated {
		known.table = aws.ToString(a.Association.TransitGatewayRouteTableId)
	}
	r.attachments[key] = known
}

func (r reader) transitTables() error {
	for pages := ec2.NewDescribeTransitGatewayRouteTablesPaginator(r.ec2, nil); pages.HasMorePages(); {
		page, err := pages.NextPage(r.ctx)
		if err != nil {
			return err
		}
		for _, t := range page.TransitGatewayRouteTables {
			out, err := r.ec2.SearchTransitGatewayRoutes(r.ctx, &ec2.SearchTransitGatewayRoutesInput{
				TransitGatewayRouteTableId: t.TransitGatewayRouteTableId,
				Filters:                    []ec2types.Filter{{Name: aws.String("type"), Values: []string{"static", "propagated"}}},
			})
			if err != nil {
				return err
			}
			r.transitRoutes[aws.ToString(t.TransitGatewayRouteTableId)] = out.Routes
		}
	}
	return nil
}

// TransitRoutes gives the routes of a transit gateway's route table.
func (n *Network) TransitRoutes(tableID string) []ec2types.TransitGatewayRoute {
	return n.transitRoutes[tableID]
}

// TransitTables gives the ids of the route tables of all transit gateways, sorted.
func (n *Network) TransitTables() []string { return n.order["transit"] }

// transitLookup gives the route of a gateway's table that decides about an address:
// the longest prefix, of equal ones the static route.
// https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html#tgw-route-evaluation-overview
func (n *Network) transitLookup(table string, to netip.Addr) (ec2types.TransitGatewayRoute, bool) {
	var best ec2types.TransitGatewayRoute
	bits := -1
	for _, r := range n.transitRoutes[table] {
		for _, p := range appendPrefix(nil, r.DestinationCidrBlock) {
			static := p.Bits() == bits && r.Type == ec2types.TransitGatewayRouteTypeStatic
			if p.Contains(to) && (p.Bits() > bits || static) {
				best, bits = r, p.Bits()
			}
		}
	}
	return best, bits >= 0
}

// mostGateways is how many gateways a packet may pass: more would be a circle.
const mostGateways = 4

// forward follows a packet through a gateway, and through those that are peered
// with it, from the attachment that it comes in by to the one that it leaves by.
// Where it gets stuck, where says so.
// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-peering.html
func (n *Network) forward(in attachment, to netip.Addr) (out attachment, where string) {
	for range mostGateways {
		if n.gateways[in.gateway()].State != ec2types.TransitGatewayStateAvailable || !in.works() {
			return out, in.id() + " of " + in.gateway()
		}
		r, ok := n.transitLookup(in.table, to)
		if !ok || r.State != ec2types.TransitGatewayRouteStateActive || len(r.TransitGatewayAttachments) == 0 {
			return out, in.id() + " to nowhere by " + in.table
		}
		out = n.attachments[seen{in.gateway(), aws.ToString(r.TransitGatewayAttachments[0].TransitGatewayAttachmentId)}]
		if out.ResourceType != ec2types.TransitGatewayAttachmentResourceTypePeering {
			return out, ""
		}
		if !out.works() {
			return out, out.id()
		}
		in = n.attachments[seen{out.resource(), out.id()}]
	}
	return out, "a circle"
}

// attachmentOf gives the attachment of a VPC to a gateway, one that works first.
func (n *Network) attachmentOf(vpcID, gateway string) (attachment, bool) {
	var found attachment
	for _, key := range n.attachmentKeys {
		a := n.attachments[key]
		if key.gateway == gateway && a.ResourceType == ec2types.TransitGatewayAttachmentResourceTypeVpc && a.resource() == vpcID && !found.works() {
			found = a
		}
	}
	return found, found.TransitGatewayAttachmentId != nil
}

// overGateway follows a packet that a subnet's table sends to a transit gateway.
// It says whether it comes in by the receiver's own subnet.
func (t *trip) overGateway(gateway string) (inside bool) {
	own, ok := t.attachmentOf(t.from.vpc, gateway)
	if !ok || !own.works() || !own.takes(t.from.address) {
		t.stop(Transit, t.from.vpc+" at "+gateway)
		return false
	}
	t.leave(own)
	out, where := t.forward(own, t.to.address)
	switch {
	case where != "":
		t.stop(Transit, where)
	case t.to.premises():
		t.toPremises(out)
	case out.ResourceType != ec2types.TransitGatewayAttachmentResourceTypeVpc || out.resource() != t.to.vpc:
		t.stop(Transit, own.table+" sends it to "+out.id())
	default:
		t.paths = []string{TransitGateway}
		return t.enter(out)
	}
	return false
}

// takes says whether the interfaces of a VPC attachment have addresses of a family.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTransitGatewayVpcAttachmentRequestOptions.html
func (a attachment) takes(address netip.Addr) bool { return address.Is4() || a.ipv6 }

// leave takes a packet out of a VPC: the attachment has a subnet in the sender's
// Availability Zone, whose network ACL lets it in from the sender.
// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html
func (t *trip) leave(own attachment) {
	zone := aws.ToString(t.subnets[t.from.subnet].AvailabilityZone)
	for _, id := range own.subnets {
		if aws.ToString(t.subnets[id].AvailabilityZone) == zone {
			t.filter(t.from.acl, id, false, t.from.address)
			return
		}
	}
	t.stop(Transit, own.id()+" has no subnet in "+zone)
}

// enter brings a packet into a VPC by the subnets of its attachment: their network
// ACLs look at what goes out to the receiver, their tables have to send it there,
// and the receiver's network ACL looks at it. Nothing does where it is the
// receiver's own subnet.
func (t *trip) enter(out attachment) (inside bool) {
	if !out.works() || !out.takes(t.to.address) {
		t.stop(Transit, out.id())
		return false
	}
	inside = true
	for _, id := range t.entries(out) {
		if id == t.to.subnet {
			continue
		}
		inside = false
		t.filter(t.to.acl, id, true, t.to.address)
		if r, found := t.Lookup(t.tableOf(t.to.vpc, id), t.to.address); !found || targetOf(r) != "local" {
			t.stop(t.to.route, t.tableOf(t.to.vpc, id)+" of the attachment")
		}
	}
	return inside
}

// entries gives the subnets of an attachment by which a packet may come in: the one
// in the Availability Zone that it comes from, as far as zones can be compared, since
// their names are each account's own; else any.
// https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html#tgw-az-overview
func (t *trip) entries(out attachment) []string {
	zone := aws.ToString(t.subnets[t.from.subnet].AvailabilityZone)
	if !t.from.premises() && t.PlaceOf(t.from.vpc) == t.PlaceOf(t.to.vpc) {
		if i := slices.IndexFunc(out.subnets, func(id string) bool { return aws.ToString(t.subnets[id].AvailabilityZone) == zone }); i >= 0 {
			return out.subnets[i : i+1]
		}
	}
	return out.subnets
}

// refersOverGateway says whether a rule of one VPC's group may refer to a group of
// another VPC over a transit gateway: one that both are attached to, where security
// group referencing is on at the gateway and at both attachments.
// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html#vpc-attachment-security
func (n *Network) refersOverGateway(a, b string) bool {
	for _, id := range n.order["gateway"] {
		g := n.gateways[id]
		if g.Options == nil || g.Options.SecurityGroupReferencingSupport != ec2types.SecurityGroupReferencingSupportValueEnable {
			continue
		}
		x, _ := n.attachmentOf(a, id)
		y, _ := n.attachmentOf(b, id)
		if x.works() && y.works() && x.referencing && y.referencing {
			return true
		}
	}
	return false
}

// behindGateways gives the VPCs that are attached to the transit gateways of a VPC,
// or to those that are peered with them.
func (n *Network) behindGateways(vpcID, via string) []string {
	var out []string
	vpcsAt := func(gateway string) {
		for _, key := range n.attachmentKeys {
			if a := n.attachments[key]; key.gateway == gateway && a.ResourceType == ec2types.TransitGatewayAttachmentResourceTypeVpc && a.resource() != vpcID {
				out = add(out, a.resource())
			}
		}
	}
	for _, gateway := range n.order["gateway"] {
		if _, ok := n.attachmentOf(vpcID, gateway); !ok || via != "" && via != gateway {
			continue
		}
		vpcsAt(gateway)
		for _, key := range n.attachmentKeys {
			if a := n.attachments[key]; key.gateway == gateway && a.ResourceType == ec2types.TransitGatewayAttachmentResourceTypePeering {
				vpcsAt(a.resource())
			}
		}
	}
	return out
}

// Attached says whether a transit gateway or a virtual private gateway is attached to a VPC.
func (n *Network) Attached(vpcID, gateway string) bool {
	a, _ := n.attachmentOf(vpcID, gateway)
	return a.works() || n.holdsGateway(vpcID, gateway)
}

// LeadsTo gives what an attachment of a gateway attaches.
func (n *Network) LeadsTo(gateway, attachmentID string) string {
	return n.attachments[seen{gateway, attachmentID}].resource()
}
