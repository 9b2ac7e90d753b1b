package awssim

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func createTransitGatewayPeeringAttachment(c *call, in *ec2.CreateTransitGatewayPeeringAttachmentInput) (*ec2.CreateTransitGatewayPeeringAttachmentOutput, error) {
	gateway, err := c.ownGateway(in.TransitGatewayId)
	if err != nil {
		return nil, err
	}
	tags, err := tagsFor(in.TagSpecifications, ec2types.ResourceTypeTransitGatewayAttachment)
	if err != nil {
		return nil, err
	}
	far := c.state.region(aws.ToString(in.PeerAccountId), aws.ToString(in.PeerRegion))
	if far != nil && far.TransitGateways.lookup(in.PeerTransitGatewayId) == nil {
		return nil, notFound(errGatewayNotFound, "transitGateway ID", aws.ToString(in.PeerTransitGatewayId))
	}
	v := &ec2types.TransitGatewayPeeringAttachment{
		TransitGatewayAttachmentId: new(c.newID("tgw-attach")), State: ec2types.TransitGatewayAttachmentStatePendingAcceptance,
		CreationTime: new(c.sim.now()), Tags: tags,
		RequesterTgwInfo: &ec2types.PeeringTgwInfo{TransitGatewayId: gateway.TransitGatewayId, OwnerId: &c.r.account, Region: &c.r.name},
		AccepterTgwInfo:  &ec2types.PeeringTgwInfo{TransitGatewayId: in.PeerTransitGatewayId, OwnerId: in.PeerAccountId, Region: in.PeerRegion},
	}
	c.state.putPeeringAttachment(v)
	c.edit()
	shown := *v
	shown.State = ec2types.TransitGatewayAttachmentStateInitiatingRequest
	return &ec2.CreateTransitGatewayPeeringAttachmentOutput{TransitGatewayPeeringAttachment: &shown}, nil
}

// setPeeringAttachment gives a peering its new state on both sides, which may name it by ids of their own.
func (c *call) setPeeringAttachment(a *attachment, state ec2types.TransitGatewayAttachmentState) {
	c.setAttachment(*a.peering.TransitGatewayAttachmentId, state)
	if far := a.peering.AccepterTransitGatewayAttachmentId; far != nil && *far != *a.peering.TransitGatewayAttachmentId {
		c.setAttachment(*far, state)
	}
}

// peeringAttachment finds a peering attachment that the caller sees; as the accepter, where an operation is its alone.
func (c *call) peeringAttachment(id *string, accepter bool, states ...ec2types.TransitGatewayAttachmentState) (*attachment, error) {
	a := c.r.TransitGatewayAttachments.lookup(id)
	if a == nil || a.peering == nil {
		return nil, notFound(errAttachmentNotFound, "transitGatewayAttachment ID", aws.ToString(id))
	}
	if side := a.peering.AccepterTgwInfo; accepter && (aws.ToString(side.OwnerId) != c.account || aws.ToString(side.Region) != c.region) {
		return nil, apiError("UnauthorizedOperation", "Only the accepter can accept or reject %s", *id)
	}
	return a, inState(a, states)
}

func (c *call) shownPeering(id *string, passing ec2types.TransitGatewayAttachmentState) *ec2types.TransitGatewayPeeringAttachment {
	shown := c.r.TransitGatewayAttachments.get(*id).asPeering()
	shown.State = passing
	return &shown
}

func acceptTransitGatewayPeeringAttachment(c *call, in *ec2.AcceptTransitGatewayPeeringAttachmentInput) (*ec2.AcceptTransitGatewayPeeringAttachmentOutput, error) {
	a, err := c.peeringAttachment(in.TransitGatewayAttachmentId, true, ec2types.TransitGatewayAttachmentStatePendingAcceptance)
	if err != nil {
		return nil, err
	}
	c.setPeeringAttachment(a, ec2types.TransitGatewayAttachmentStateAvailable)
	return &ec2.AcceptTransitGatewayPeeringAttachmentOutput{
		TransitGatewayPeeringAttachment: c.shownPeering(a.TransitGatewayAttachmentId, ec2types.TransitGatewayAttachmentStatePending),
	}, nil
}

func rejectTransitGatewayPeeringAttachment(c *call, in *ec2.RejectTransitGatewayPeeringAttachmentInput) (*ec2.RejectTransitGatewayPeeringAttachmentOutput, error) {
	a, err := c.peeringAttachment(in.TransitGatewayAttachmentId, true, ec2types.TransitGatewayAttachmentStatePendingAcceptance)
	if err != nil {
		return nil, err
	}
	c.setPeeringAttachment(a, ec2types.TransitGatewayAttachmentStateRejected)
	return &ec2.RejectTransitGatewayPeeringAttachmentOutput{
		TransitGatewayPeeringAttachment: c.shownPeering(a.TransitGatewayAttachmentId, ec2types.TransitGatewayAttachmentStateRejected),
	}, nil
}

func deleteTransitGatewayPeeringAttachment(c *call, in *ec2.DeleteTransitGatewayPeeringAttachmentInput) (*ec2.DeleteTransitGatewayPeeringAttachmentOutput, error) {
	a, err := c.peeringAttachment(in.TransitGatewayAttachmentId, false, ec2types.TransitGatewayAttachmentStateAvailable,
		ec2types.TransitGatewayAttachmentStatePendingAcceptance)
	if err != nil {
		return nil, err
	}
	c.setPeeringAttachment(a, ec2types.TransitGatewayAttachmentStateDeleted)
	return &ec2.DeleteTransitGatewayPeeringAttachmentOutput{
		TransitGatewayPeeringAttachment: c.shownPeering(a.TransitGatewayAttachmentId, ec2types.TransitGatewayAttachmentStateDeleting),
	}, nil
}
