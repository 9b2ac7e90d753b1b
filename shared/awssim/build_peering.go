package awssim

import (
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// peerings builds peering connections, and shows each on both sides: whoever captured one side only has told of both.
func (b *builder) peerings() {
	const list = "VpcPeeringConnections"
	for i, v := range b.in.VpcPeeringConnections {
		if !b.hasBothSides(i, &v) {
			continue
		}
		v.RequesterVpcInfo = b.peeringSide(*v.RequesterVpcInfo)
		v.AccepterVpcInfo = b.peeringSide(*v.AccepterVpcInfo)
		if v.Status == nil {
			v.Status = &ec2types.VpcPeeringConnectionStateReason{Code: ec2types.VpcPeeringConnectionStateReasonCodeActive, Message: new("Active")}
		}
		if other := b.r.VpcPeeringConnections.lookup(v.VpcPeeringConnectionId); other != nil && b.samePeering(i, other, &v) {
			continue // the other side's Region, built before, has brought it here
		}
		if !insert(b, &b.r.VpcPeeringConnections, list, i, &v) {
			continue
		}
		for _, side := range [...]*ec2types.VpcPeeringConnectionVpcInfo{v.RequesterVpcInfo, v.AccepterVpcInfo} {
			far := b.state.edit(*side.OwnerId, *side.Region)
			if far == nil || far.Vpcs.get(*side.VpcId) == nil || far.VpcPeeringConnections.get(*v.VpcPeeringConnectionId) != nil {
				continue // a request that names a VPC that is not there is the requester's alone
			}
			there := v
			there.Tags = nil // tags are each account's own
			far.VpcPeeringConnections.put(b.state.owner, *v.VpcPeeringConnectionId, &there)
		}
	}
}

// hasBothSides checks that a connection joins two VPCs. Of one that is over, AWS may show one only.
func (b *builder) hasBothSides(i int, v *ec2types.VpcPeeringConnection) bool {
	const list = "VpcPeeringConnections"
	both := v.RequesterVpcInfo != nil && v.RequesterVpcInfo.VpcId != nil && v.AccepterVpcInfo != nil && v.AccepterVpcInfo.VpcId != nil
	if !both && v.Status != nil {
		switch v.Status.Code {
		case ec2types.VpcPeeringConnectionStateReasonCodeDeleted, ec2types.VpcPeeringConnectionStateReasonCodeExpired,
			ec2types.VpcPeeringConnectionStateReasonCodeFailed, ec2types.VpcPeeringConnectionStateReasonCodeRejected:
			b.problems.warn(b.path(list, i, ""), "%s is %s and tells of one side only: it was left out", aws.ToString(v.VpcPeeringConnectionId), v.Status.Code)
			return false
		default:
		}
	}
	if !both {
		b.leaveOut(list, i, "", aws.ToString(v.VpcPeeringConnectionId), "has not the VpcId of both RequesterVpcInfo and AccepterVpcInfo; a peering connection joins two VPCs")
	}
	return both
}

// peeringSide fills in whose VPC one side is. An owner that is left out is this account, or whoever else has the VPC.
func (b *builder) peeringSide(side ec2types.VpcPeeringConnectionVpcInfo) *ec2types.VpcPeeringConnectionVpcInfo {
	if side.OwnerId == nil || side.Region == nil {
		if holder := b.holderOf(&side); holder != nil {
			side.OwnerId, side.Region = new(holder.account), new(holder.name)
		}
	}
	orDefault(&side.OwnerId, b.r.account)
	orDefault(&side.Region, b.r.name)
	return &side
}

// holderOf finds the Region that has the VPC of a side that does not say all of whose it is; this one goes first.
func (b *builder) holderOf(side *ec2types.VpcPeeringConnectionVpcInfo) *region {
	holds := func(r *region) bool {
		return (side.OwnerId == nil || *side.OwnerId == r.account) && (side.Region == nil || *side.Region == r.name) &&
			r.Vpcs.lookup(side.VpcId) != nil
	}
	if holds(b.r) {
		return b.r
	}
	for r := range b.state.all {
		if holds(r) {
			return r
		}
	}
	return nil
}

// samePeering joins what both sides say of one connection. True says that the second view is taken care of.
func (b *builder) samePeering(i int, have, v *ec2types.VpcPeeringConnection) bool {
	where := b.path("VpcPeeringConnections", i, "")
	id := *v.VpcPeeringConnectionId
	if *have.RequesterVpcInfo.VpcId != *v.RequesterVpcInfo.VpcId || *have.AccepterVpcInfo.VpcId != *v.AccepterVpcInfo.VpcId {
		b.leaveOut("VpcPeeringConnections", i, "", id, "joins %s and %s here, and %s and %s elsewhere in the world", *v.RequesterVpcInfo.VpcId,
			*v.AccepterVpcInfo.VpcId, *have.RequesterVpcInfo.VpcId, *have.AccepterVpcInfo.VpcId)
		return true
	}
	for j := range i {
		if aws.ToString(b.in.VpcPeeringConnections[j].VpcPeeringConnectionId) == id {
			return false // twice in one list, which insert reports
		}
	}
	joined := *have
	joined.Tags = v.Tags
	if have.Status.Code != v.Status.Code {
		b.problems.warn(where, "%s is %s here and %s on its other side; %s was taken", id, v.Status.Code, have.Status.Code, have.Status.Code)
	}
	joined.RequesterVpcInfo = joinSides(have.RequesterVpcInfo, v.RequesterVpcInfo)
	joined.AccepterVpcInfo = joinSides(have.AccepterVpcInfo, v.AccepterVpcInfo)
	b.state.editPeering(have, func(p *ec2types.VpcPeeringConnection) {
		p.RequesterVpcInfo, p.AccepterVpcInfo = joined.RequesterVpcInfo, joined.AccepterVpcInfo
	})
	b.r.VpcPeeringConnections.put(b.state.owner, id, &joined)
	return true
}

// joinSides takes the first view of a side and fills in what only the second one knows.
func joinSides(have, v *ec2types.VpcPeeringConnectionVpcInfo) *ec2types.VpcPeeringConnectionVpcInfo {
	joined := *have
	if joined.PeeringOptions == nil {
		joined.PeeringOptions = v.PeeringOptions
	}
	if joined.CidrBlock == nil {
		joined.CidrBlock, joined.CidrBlockSet, joined.Ipv6CidrBlockSet = v.CidrBlock, v.CidrBlockSet, v.Ipv6CidrBlockSet
	}
	return &joined
}

// editPeering changes a peering connection in every Region that shows it. Elsewhere the id may stand for something
// else, in a world that was written by hand.
func (s *state) editPeering(p *ec2types.VpcPeeringConnection, change func(*ec2types.VpcPeeringConnection)) {
	for r := range s.viewsOfPeering(p) {
		changed := *r.VpcPeeringConnections.get(*p.VpcPeeringConnectionId)
		change(&changed)
		s.edit(r.account, r.name).VpcPeeringConnections.put(s.owner, *p.VpcPeeringConnectionId, &changed)
	}
}

func (s *state) viewsOfPeering(p *ec2types.VpcPeeringConnection) iter.Seq[*region] {
	return func(yield func(*region) bool) {
		for r := range s.all {
			have := r.VpcPeeringConnections.get(*p.VpcPeeringConnectionId)
			alike := have != nil && same(have.RequesterVpcInfo.VpcId, p.RequesterVpcInfo.VpcId) && same(have.AccepterVpcInfo.VpcId, p.AccepterVpcInfo.VpcId)
			if alike && !yield(r) {
				return
			}
		}
	}
}
