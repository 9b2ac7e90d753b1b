package awssim

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func transitAttachmentWrites() []*operation {
	return []*operation{
		write(ec2Service, "ModifyTransitGateway", modifyTransitGateway),
		write(ec2Service, "CreateTransitGatewayVpcAttachment", createTransitGatewayVpcAttachment),
		write(ec2Service, "AcceptTransitGatewayVpcAttachment", acceptTransitGatewayVpcAttachment),
		write(ec2Service, "RejectTransitGatewayVpcAttachment", rejectTransitGatewayVpcAttachment),
		write(ec2Service, "ModifyTransitGatewayVpcAttachment", modifyTransitGatewayVpcAttachment),
		write(ec2Service, "DeleteTransitGatewayVpcAttachment", deleteTransitGatewayVpcAttachment),
		write(ec2Service, "CreateTransitGatewayPeeringAttachment", createTransitGatewayPeeringAttachment),
		write(ec2Service, "AcceptTransitGatewayPeeringAttachment", acceptTransitGatewayPeeringAttachment),
		write(ec2Service, "RejectTransitGatewayPeeringAttachment", rejectTransitGatewayPeeringAttachment),
		write(ec2Service, "DeleteTransitGatewayPeeringAttachment", deleteTransitGatewayPeeringAttachment),
	}
}

// ownGateway finds a transit gateway of the caller's own; one that is shared with the caller is not.
func (c *call) ownGateway(id *string) (*ec2types.TransitGateway, error) {
	gateway := c.r.TransitGateways.lookup(id)
	if gateway == nil {
		return nil, notFound(errGatewayNotFound, "transitGateway ID", aws.ToString(id))
	}
	if *gateway.OwnerId != c.account {
		return nil, apiError("UnauthorizedOperation", "The transit gateway %s belongs to %s", *id, *gateway.OwnerId)
	}
	return gateway, nil
}

func modifyTransitGateway(c *call, in *ec2.ModifyTransitGatewayInput) (*ec2.ModifyTransitGatewayOutput, error) {
	gateway, err := c.ownGateway(in.TransitGatewayId)
	if err != nil {
		return nil, err
	}
	options := *gateway.Options
	if o := in.Options; o != nil {
		override(&options.SecurityGroupReferencingSupport, o.SecurityGroupReferencingSupport)
		override(&options.AutoAcceptSharedAttachments, o.AutoAcceptSharedAttachments)
		override(&options.DefaultRouteTableAssociation, o.DefaultRouteTableAssociation)
		override(&options.DefaultRouteTablePropagation, o.DefaultRouteTablePropagation)
		override(&options.DnsSupport, o.DnsSupport)
		override(&options.VpnEcmpSupport, o.VpnEcmpSupport)
		options.AssociationDefaultRouteTableId = firstOf(o.AssociationDefaultRouteTableId, options.AssociationDefaultRouteTableId)
		options.PropagationDefaultRouteTableId = firstOf(o.PropagationDefaultRouteTableId, options.PropagationDefaultRouteTableId)
	}
	for r := range c.state.sameRegion(c.region) {
		if have := r.TransitGateways.get(*in.TransitGatewayId); have != nil {
			changed := *have
			changed.Options, changed.Description = &options, firstOf(in.Description, have.Description)
			c.state.edit(r.account, r.name).TransitGateways.put(c.state.owner, *in.TransitGatewayId, &changed)
		}
	}
	shown := *c.edit().TransitGateways.get(*in.TransitGatewayId)
	shown.State = ec2types.TransitGatewayStateModifying
	return &ec2.ModifyTransitGatewayOutput{TransitGateway: &shown}, nil
}

func override[E ~string](value *E, asked E) {
	if asked != "" {
		*value = asked
	}
}

// oneSubnetAZone checks the subnets of an attachment: of its VPC, and one in each zone.
func (c *call) oneSubnetAZone(vpc *string, ids []string) error {
	zones := map[string]bool{}
	for _, id := range ids {
		subnet := c.r.Subnets.get(id)
		if subnet == nil || !same(subnet.VpcId, vpc) {
			return notFound(errSubnetNotFound, "subnet ID", id)
		}
		zone := aws.ToString(subnet.AvailabilityZone)
		if zones[zone] {
			return apiError("DuplicateSubnetsInSameZone", "Duplicate Subnets for same AZ %s", zone)
		}
		zones[zone] = true
	}
	return nil
}

func createTransitGatewayVpcAttachment(c *call, in *ec2.CreateTransitGatewayVpcAttachmentInput) (*ec2.CreateTransitGatewayVpcAttachmentOutput, error) {
	gateway := c.r.TransitGateways.lookup(in.TransitGatewayId)
	if gateway == nil {
		return nil, notFound(errGatewayNotFound, "transitGateway ID", aws.ToString(in.TransitGatewayId))
	}
	vpc, err := c.vpc(in.VpcId)
	if err != nil {
		return nil, err
	}
	err = c.oneSubnetAZone(vpc.VpcId, in.SubnetIds)
	if err != nil {
		return nil, err
	}
	tags, err := tagsFor(in.TagSpecifications, ec2types.ResourceTypeTransitGatewayAttachment)
	if err != nil {
		return nil, err
	}
	for _, a := range c.r.TransitGatewayAttachments.vals {
		if same(a.TransitGatewayId, gateway.TransitGatewayId) && same(a.ResourceId, vpc.VpcId) && !ended(a.State) {
			return nil, apiError("DuplicateTransitGatewayAttachment", "%s has non-deleted Transit Gateway Attachments with same VPC ID.", *gateway.TransitGatewayId)
		}
	}
	state := ec2types.TransitGatewayAttachmentStatePendingAcceptance
	if *gateway.OwnerId == c.account || gateway.Options.AutoAcceptSharedAttachments == ec2types.AutoAcceptSharedAttachmentsValueEnable {
		state = ec2types.TransitGatewayAttachmentStateAvailable
	}
	id := c.newID("tgw-attach")
	v := &ec2types.TransitGatewayVpcAttachment{
		TransitGatewayAttachmentId: &id, TransitGatewayId: gateway.TransitGatewayId, VpcId: vpc.VpcId, VpcOwnerId: &c.r.account,
		SubnetIds: slices.Clone(in.SubnetIds), State: state, Options: createdOptions(in.Options), CreationTime: new(c.sim.now()), Tags: tags,
	}
	a := &attachment{vpc: v, TransitGatewayAttachment: ec2types.TransitGatewayAttachment{
		TransitGatewayAttachmentId: &id, TransitGatewayId: gateway.TransitGatewayId, TransitGatewayOwnerId: gateway.OwnerId,
		ResourceId: vpc.VpcId, ResourceOwnerId: &c.r.account, ResourceType: ec2types.TransitGatewayAttachmentResourceTypeVpc,
		State: state, CreationTime: v.CreationTime, Tags: tags,
	}}
	c.edit().TransitGatewayAttachments.put(c.state.owner, id, a)
	if owner := c.state.edit(*gateway.OwnerId, c.region); owner != nil && owner.account != c.account {
		there := *a
		there.Tags = nil
		owner.TransitGatewayAttachments.put(c.state.owner, id, &there)
	}
	c.setAttachment(id, state)
	shown := a.asVPC()
	if state == ec2types.TransitGatewayAttachmentStateAvailable {
		shown.State = ec2types.TransitGatewayAttachmentStatePending
	}
	return &ec2.CreateTransitGatewayVpcAttachmentOutput{TransitGatewayVpcAttachment: &shown}, nil
}

func createdOptions(o *ec2types.CreateTransitGatewayVpcAttachmentRequestOptions) *ec2types.TransitGatewayVpcAttachmentOptions {
	if o == nil {
		return attachmentOptions(nil)
	}
	return attachmentOptions(&ec2types.TransitGatewayVpcAttachmentOptions{
		ApplianceModeSupport: o.ApplianceModeSupport, DnsSupport: o.DnsSupport, Ipv6Support: o.Ipv6Support,
		SecurityGroupReferencingSupport: o.SecurityGroupReferencingSupport,
	})
}

// ended says that an attachment is only shown any more.
func ended(state ec2types.TransitGatewayAttachmentState) bool {
	switch state {
	case ec2types.TransitGatewayAttachmentStateDeleted, ec2types.TransitGatewayAttachmentStateDeleting,
		ec2types.TransitGatewayAttachmentStateRejected, ec2types.TransitGatewayAttachmentStateFailed:
		return true
	default:
		return false
	}
}

// stands says that an attachment carries traffic: while it is modified, what it had goes on.
// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html#vpc-attachment-lifecycle
func stands(state ec2types.TransitGatewayAttachmentState) bool {
	return state == ec2types.TransitGatewayAttachmentStateAvailable || state == ec2types.TransitGatewayAttachmentStateModifying ||
		state == ec2types.TransitGatewayAttachmentStateRollingBack
}

// setAttachment gives an attachment a new state in every view, and does what the state brings: an available one joins
// the gateway's default tables, an ended one leaves every table; routes to the gateway follow.
func (c *call) setAttachment(id string, state ec2types.TransitGatewayAttachmentState) {
	c.edit()
	c.state.editAttachment(c.r, id, func(a *attachment) { a.State = state })
	for r := range c.state.viewsOf(c.r, id) {
		a := r.TransitGatewayAttachments.get(id)
		for _, table := range r.TransitGatewayRouteTables.vals {
			if same(table.TransitGatewayId, a.TransitGatewayId) {
				c.settleTable(r, table, a)
			}
		}
		c.state.edit(r.account, r.name).settleTarget(c.state.owner, aws.ToString(a.TransitGatewayId))
	}
	if ended(state) {
		c.state.editAttachment(c.r, id, func(a *attachment) { a.Association = nil })
	}
	c.edit()
}

// settleTable makes a table follow an attachment's new state. Both are as one Region, which may be a peering's far
// one, shows them.
func (c *call) settleTable(r *region, table *TransitGatewayRouteTable, a *attachment) {
	id := *a.TransitGatewayAttachmentId
	next := *table
	gateway := r.TransitGateways.lookup(table.TransitGatewayId)
	switch {
	case ended(a.State):
		next.Associations = slices.DeleteFunc(slices.Clone(table.Associations), func(v ec2types.TransitGatewayRouteTableAssociation) bool {
			return aws.ToString(v.TransitGatewayAttachmentId) == id
		})
		next.TransitGatewayRouteTablePropagations = slices.DeleteFunc(slices.Clone(table.TransitGatewayRouteTablePropagations),
			func(v ec2types.TransitGatewayRouteTablePropagation) bool {
				return aws.ToString(v.TransitGatewayAttachmentId) == id
			})
	case gateway != nil && stands(a.State):
		associates, propagates := isDefaultTable(gateway, table)
		if associates && a.Association == nil && associationOf(table, id) < 0 {
			next.Associations = append(slices.Clone(table.Associations), newAssociation(a))
			c.state.setAssociation(r, id, &next.TransitGatewayRouteTable, "")
		}
		if propagates && a.peering == nil && propagationOf(table, id) < 0 {
			next.TransitGatewayRouteTablePropagations = append(slices.Clone(table.TransitGatewayRouteTablePropagations), newPropagation(a))
		}
	default:
		return
	}
	c.state.putTransitTable(r.name, &next)
}

// vpcAttachment finds a VPC attachment that the caller sees, in one of the states that an operation allows.
func (c *call) vpcAttachment(id *string, states ...ec2types.TransitGatewayAttachmentState) (*attachment, error) {
	a := c.r.TransitGatewayAttachments.lookup(id)
	if a == nil || a.vpc == nil {
		return nil, notFound(errAttachmentNotFound, "transitGatewayAttachment ID", aws.ToString(id))
	}
	return a, inState(a, states)
}

func inState(a *attachment, states []ec2types.TransitGatewayAttachmentState) error {
	if slices.Contains(states, a.State) {
		return nil
	}
	return apiError("IncorrectState", "%s is in the state %s", *a.TransitGatewayAttachmentId, a.State)
}

// shownVPC is a VPC attachment as it is now, in the state that AWS shows on the way there.
func (c *call) shownVPC(id *string, passing ec2types.TransitGatewayAttachmentState) *ec2types.TransitGatewayVpcAttachment {
	shown := c.r.TransitGatewayAttachments.get(*id).asVPC()
	shown.State = passing
	return &shown
}

func acceptTransitGatewayVpcAttachment(c *call, in *ec2.AcceptTransitGatewayVpcAttachmentInput) (*ec2.AcceptTransitGatewayVpcAttachmentOutput, error) {
	a, err := c.vpcAttachment(in.TransitGatewayAttachmentId, ec2types.TransitGatewayAttachmentStatePendingAcceptance)
	if err != nil {
		return nil, err
	}
	if _, err := c.ownGateway(a.TransitGatewayId); err != nil {
		return nil, err
	}
	c.setAttachment(*a.TransitGatewayAttachmentId, ec2types.TransitGatewayAttachmentStateAvailable)
	return &ec2.AcceptTransitGatewayVpcAttachmentOutput{
		TransitGatewayVpcAttachment: c.shownVPC(a.TransitGatewayAttachmentId, ec2types.TransitGatewayAttachmentStatePending),
	}, nil
}

func rejectTransitGatewayVpcAttachment(c *call, in *ec2.RejectTransitGatewayVpcAttachmentInput) (*ec2.RejectTransitGatewayVpcAttachmentOutput, error) {
	a, err := c.vpcAttachment(in.TransitGatewayAttachmentId, ec2types.TransitGatewayAttachmentStatePendingAcceptance)
	if err != nil {
		return nil, err
	}
	if _, err := c.ownGateway(a.TransitGatewayId); err != nil {
		return nil, err
	}
	c.setAttachment(*a.TransitGatewayAttachmentId, ec2types.TransitGatewayAttachmentStateRejected)
	return &ec2.RejectTransitGatewayVpcAttachmentOutput{
		TransitGatewayVpcAttachment: c.shownVPC(a.TransitGatewayAttachmentId, ec2types.TransitGatewayAttachmentStateRejected),
	}, nil
}

func modifyTransitGatewayVpcAttachment(c *call, in *ec2.ModifyTransitGatewayVpcAttachmentInput) (*ec2.ModifyTransitGatewayVpcAttachmentOutput, error) {
	a, err := c.vpcAttachment(in.TransitGatewayAttachmentId, ec2types.TransitGatewayAttachmentStateAvailable)
	if err != nil {
		return nil, err
	}
	if aws.ToString(a.ResourceOwnerId) != c.account {
		return nil, apiError("UnauthorizedOperation", "The VPC of %s belongs to %s", *a.TransitGatewayAttachmentId, aws.ToString(a.ResourceOwnerId))
	}
	changed := *a.vpc
	changed.SubnetIds = slices.DeleteFunc(slices.Clone(a.vpc.SubnetIds), func(id string) bool { return slices.Contains(in.RemoveSubnetIds, id) })
	changed.SubnetIds = append(changed.SubnetIds, in.AddSubnetIds...)
	if err := c.oneSubnetAZone(changed.VpcId, changed.SubnetIds); err != nil {
		return nil, err
	}
	if len(changed.SubnetIds) == 0 {
		return nil, apiError("InvalidParameter", "An attachment has at least one subnet")
	}
	options := *changed.Options
	if o := in.Options; o != nil {
		override(&options.ApplianceModeSupport, o.ApplianceModeSupport)
		override(&options.DnsSupport, o.DnsSupport)
		override(&options.Ipv6Support, o.Ipv6Support)
		override(&options.SecurityGroupReferencingSupport, o.SecurityGroupReferencingSupport)
	}
	changed.Options = &options
	c.state.editAttachment(c.r, *a.TransitGatewayAttachmentId, func(a *attachment) { a.vpc = &changed })
	c.edit()
	return &ec2.ModifyTransitGatewayVpcAttachmentOutput{
		TransitGatewayVpcAttachment: c.shownVPC(a.TransitGatewayAttachmentId, ec2types.TransitGatewayAttachmentStateModifying),
	}, nil
}

func deleteTransitGatewayVpcAttachment(c *call, in *ec2.DeleteTransitGatewayVpcAttachmentInput) (*ec2.DeleteTransitGatewayVpcAttachmentOutput, error) {
	a, err := c.vpcAttachment(in.TransitGatewayAttachmentId, ec2types.TransitGatewayAttachmentStateAvailable,
		ec2types.TransitGatewayAttachmentStatePendingAcceptance, ec2types.TransitGatewayAttachmentStateModifying)
	if err != nil {
		return nil, err
	}
	c.setAttachment(*a.TransitGatewayAttachmentId, ec2types.TransitGatewayAttachmentStateDeleted)
	return &ec2.DeleteTransitGatewayVpcAttachmentOutput{
		TransitGatewayVpcAttachment: c.shownVPC(a.TransitGatewayAttachmentId, ec2types.TransitGatewayAttachmentStateDeleting),
	}, nil
}
