package observe

import (
	"cmp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/network"
)

// switchOf reads one of EC2's many enable/disable enumerations.
func switchOf[T ~string](v T) network.Tri {
	switch v {
	case "enable":
		return network.On
	case "disable":
		return network.Off
	default:
		return network.Unknown
	}
}

func transitGatewayOf(at network.Location, x ec2types.TransitGateway) network.TransitGateway {
	out := network.TransitGateway{
		ID: aws.ToString(x.TransitGatewayId), Location: at, Owner: aws.ToString(x.OwnerId), State: string(x.State),
	}
	if x.Options != nil {
		out.SecurityGroupReferencing = switchOf(x.Options.SecurityGroupReferencingSupport)
		out.Multicast = switchOf(x.Options.MulticastSupport)
	}
	return out
}

func attachmentOf(at network.Location, x ec2types.TransitGatewayAttachment) network.TransitGatewayAttachment {
	out := network.TransitGatewayAttachment{
		ID: aws.ToString(x.TransitGatewayAttachmentId), Gateway: aws.ToString(x.TransitGatewayId), Location: at,
		GatewayOwner: aws.ToString(x.TransitGatewayOwnerId), ResourceType: string(x.ResourceType),
		ResourceID: aws.ToString(x.ResourceId), ResourceOwner: aws.ToString(x.ResourceOwnerId), State: string(x.State),
	}
	if x.Association != nil {
		out.RouteTable, out.AssociationState = aws.ToString(x.Association.TransitGatewayRouteTableId), string(x.Association.State)
	}
	return out
}

func vpcAttachmentOf(at network.Location, x ec2types.TransitGatewayVpcAttachment) network.TransitGatewayAttachment {
	out := network.TransitGatewayAttachment{
		ID: aws.ToString(x.TransitGatewayAttachmentId), Gateway: aws.ToString(x.TransitGatewayId), Location: at,
		ResourceType: attachedVPC, ResourceID: aws.ToString(x.VpcId), ResourceOwner: aws.ToString(x.VpcOwnerId),
		State: string(x.State), Subnets: network.SortedSet(x.SubnetIds),
	}
	if x.Options != nil {
		out.SecurityGroupReferencing = switchOf(x.Options.SecurityGroupReferencingSupport)
		out.IPv6 = switchOf(x.Options.Ipv6Support)
	}
	return out
}

// peeringAttachmentsOf gives the ends of a peering that are in a location's
// Region: each is an attachment of its own gateway. The accepter's has an id of
// its own where both gateways are in one Region.
func peeringAttachmentsOf(at network.Location, x ec2types.TransitGatewayPeeringAttachment) []network.TransitGatewayAttachment {
	requester, accepter := x.RequesterTgwInfo, x.AccepterTgwInfo
	if requester == nil || accepter == nil {
		return nil
	}
	end := func(id string, own, peer *ec2types.PeeringTgwInfo) network.TransitGatewayAttachment {
		return network.TransitGatewayAttachment{
			ID: id, Gateway: aws.ToString(own.TransitGatewayId), Location: at, GatewayOwner: aws.ToString(own.OwnerId),
			ResourceType: attachedPeering, ResourceID: aws.ToString(peer.TransitGatewayId), ResourceOwner: aws.ToString(peer.OwnerId),
			State: string(x.State), PeerGateway: aws.ToString(peer.TransitGatewayId),
			PeerAccount: aws.ToString(peer.OwnerId), PeerRegion: aws.ToString(peer.Region),
		}
	}
	var out []network.TransitGatewayAttachment
	if aws.ToString(requester.Region) == at.Region {
		out = append(out, end(aws.ToString(x.TransitGatewayAttachmentId), requester, accepter))
	}
	if aws.ToString(accepter.Region) == at.Region {
		out = append(out, end(firstOf(x.AccepterTransitGatewayAttachmentId, x.TransitGatewayAttachmentId), accepter, requester))
	}
	return out
}

func transitRouteOf(x ec2types.TransitGatewayRoute, n *notes) (network.TransitGatewayRoute, bool) {
	out := network.TransitGatewayRoute{
		Destination: n.prefix(x.DestinationCidrBlock), PrefixList: aws.ToString(x.PrefixListId),
		Type: string(x.Type), State: string(x.State),
	}
	for _, a := range x.TransitGatewayAttachments {
		out.Attachments = append(out.Attachments, aws.ToString(a.TransitGatewayAttachmentId))
	}
	out.Attachments = network.SortedSet(out.Attachments)
	if out.Destination.IsValid() || out.PrefixList != "" {
		return out, true
	}
	if aws.ToString(x.DestinationCidrBlock) == "" {
		*n = append(*n, "a route has no destination")
	}
	return network.TransitGatewayRoute{}, false
}

func compareTransitRoutes(a, b network.TransitGatewayRoute) int {
	return cmp.Or(comparePrefixes(a.Destination, b.Destination), cmp.Compare(a.PrefixList, b.PrefixList),
		cmp.Compare(a.Type, b.Type), slices.Compare(a.Attachments, b.Attachments))
}

func propagationsOf(found []ec2types.TransitGatewayRouteTablePropagation) []network.TransitGatewayPropagation {
	var out []network.TransitGatewayPropagation
	for _, x := range found {
		out = append(out, network.TransitGatewayPropagation{
			Attachment: aws.ToString(x.TransitGatewayAttachmentId), ResourceID: aws.ToString(x.ResourceId), State: string(x.State),
		})
	}
	slices.SortStableFunc(out, func(a, b network.TransitGatewayPropagation) int {
		return cmp.Or(cmp.Compare(a.Attachment, b.Attachment), cmp.Compare(a.ResourceID, b.ResourceID))
	})
	return out
}
