package awssim

import (
	"net/netip"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// peeringExpiry is how long a request for peering waits to be accepted.
const peeringExpiry = 7 * 24 * time.Hour

func peeringStatus(code ec2types.VpcPeeringConnectionStateReasonCode, message string) *ec2types.VpcPeeringConnectionStateReason {
	return &ec2types.VpcPeeringConnectionStateReason{Code: code, Message: &message}
}

// createVpcPeeringConnection asks for a connection: it waits for the accepter's owner, or fails at once where the
// CIDRs overlap.
func createVpcPeeringConnection(c *call, in *ec2.CreateVpcPeeringConnectionInput) (*ec2.CreateVpcPeeringConnectionOutput, error) {
	vpc, err := c.vpc(in.VpcId)
	if err != nil {
		return nil, err
	}
	if in.PeerVpcId == nil {
		return nil, missingParameter("peerVpcId")
	}
	tags, err := tagsFor(in.TagSpecifications, ec2types.ResourceTypeVpcPeeringConnection)
	if err != nil {
		return nil, err
	}
	requester := &ec2types.VpcPeeringConnectionVpcInfo{OwnerId: &c.r.account, Region: &c.r.name, VpcId: vpc.VpcId, CidrBlock: vpc.CidrBlock}
	accepter := &ec2types.VpcPeeringConnectionVpcInfo{
		OwnerId: firstOf(in.PeerOwnerId, &c.r.account), Region: firstOf(in.PeerRegion, &c.r.name), VpcId: in.PeerVpcId,
	}
	p := &ec2types.VpcPeeringConnection{
		VpcPeeringConnectionId: new(c.newID("pcx")), RequesterVpcInfo: requester, AccepterVpcInfo: accepter, Tags: tags,
		ExpirationTime: new(c.sim.now().Add(peeringExpiry)),
		Status:         peeringStatus(ec2types.VpcPeeringConnectionStateReasonCodePendingAcceptance, "Pending Acceptance by "+*accepter.OwnerId),
	}
	for _, other := range c.r.VpcPeeringConnections.vals {
		between := joins(other, c.account, c.region, *vpc.VpcId) && joins(other, *accepter.OwnerId, *accepter.Region, *accepter.VpcId)
		if between && (other.Status.Code == ec2types.VpcPeeringConnectionStateReasonCodeActive ||
			other.Status.Code == ec2types.VpcPeeringConnectionStateReasonCodePendingAcceptance) {
			return nil, apiError("VpcPeeringConnectionAlreadyExists", "A peering connection %s between the VPCs already exists", *other.VpcPeeringConnectionId)
		}
	}
	far := c.state.region(*accepter.OwnerId, *accepter.Region)
	peer := peerVPC(far, *accepter.VpcId)
	switch {
	case far != nil && peer == nil:
		p.Status = peeringStatus(ec2types.VpcPeeringConnectionStateReasonCodeFailed, "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range")
	case peer != nil && overlap(vpc, peer):
		p.Status = peeringStatus(ec2types.VpcPeeringConnectionStateReasonCodeFailed, "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range")
	}
	c.edit().VpcPeeringConnections.put(c.state.owner, *p.VpcPeeringConnectionId, p)
	if far != nil && peer != nil && (far.account != c.account || far.name != c.region) {
		there := *p
		there.Tags = nil
		c.state.edit(far.account, far.name).VpcPeeringConnections.put(c.state.owner, *p.VpcPeeringConnectionId, &there)
	}
	return &ec2.CreateVpcPeeringConnectionOutput{VpcPeeringConnection: c.state.showPeering(p)}, nil
}

func peerVPC(r *region, id string) *Vpc {
	if r == nil {
		return nil
	}
	return r.Vpcs.get(id)
}

func overlap(a, b *Vpc) bool {
	theirs := vpcPrefixes(b)
	return slices.ContainsFunc(vpcPrefixes(a), func(mine netip.Prefix) bool { return slices.ContainsFunc(theirs, mine.Overlaps) })
}

// asAccepter finds a pending connection for the owner of its accepter's side, in that side's Region.
func (c *call) asAccepter(id *string) (*ec2types.VpcPeeringConnection, error) {
	p, err := c.peering(id)
	if err != nil {
		return nil, err
	}
	if *p.AccepterVpcInfo.OwnerId != c.account || *p.AccepterVpcInfo.Region != c.region {
		return nil, apiError("OperationNotPermitted", "User %s cannot accept or reject peering %s", c.account, *p.VpcPeeringConnectionId)
	}
	if p.Status.Code != ec2types.VpcPeeringConnectionStateReasonCodePendingAcceptance {
		return nil, apiError("InvalidStateTransition", "Invalid state transition for %s, attempted to transition from %s", *p.VpcPeeringConnectionId, p.Status.Code)
	}
	return p, nil
}

func acceptVpcPeeringConnection(c *call, in *ec2.AcceptVpcPeeringConnectionInput) (*ec2.AcceptVpcPeeringConnectionOutput, error) {
	p, err := c.asAccepter(in.VpcPeeringConnectionId)
	if err != nil {
		return nil, err
	}
	c.setPeering(p, peeringStatus(ec2types.VpcPeeringConnectionStateReasonCodeActive, "Active"))
	shown := c.state.showPeering(c.r.VpcPeeringConnections.get(*p.VpcPeeringConnectionId))
	shown.Status = peeringStatus(ec2types.VpcPeeringConnectionStateReasonCodeProvisioning, "Provisioning")
	return &ec2.AcceptVpcPeeringConnectionOutput{VpcPeeringConnection: shown}, nil
}

func rejectVpcPeeringConnection(c *call, in *ec2.RejectVpcPeeringConnectionInput) (*ec2.RejectVpcPeeringConnectionOutput, error) {
	p, err := c.asAccepter(in.VpcPeeringConnectionId)
	if err != nil {
		return nil, err
	}
	c.setPeering(p, peeringStatus(ec2types.VpcPeeringConnectionStateReasonCodeRejected, "Rejected by "+c.account))
	return &ec2.RejectVpcPeeringConnectionOutput{Return: new(true)}, nil
}

// deleteVpcPeeringConnection ends a connection from either side. It stays to be described for a while; routes over it
// turn blackhole and rules over it turn stale.
func deleteVpcPeeringConnection(c *call, in *ec2.DeleteVpcPeeringConnectionInput) (*ec2.DeleteVpcPeeringConnectionOutput, error) {
	p, err := c.peering(in.VpcPeeringConnectionId)
	if err != nil {
		return nil, err
	}
	switch p.Status.Code {
	case ec2types.VpcPeeringConnectionStateReasonCodeActive:
	case ec2types.VpcPeeringConnectionStateReasonCodePendingAcceptance:
		if *p.RequesterVpcInfo.OwnerId != c.account {
			return nil, apiError("OperationNotPermitted", "User %s cannot delete peering %s", c.account, *p.VpcPeeringConnectionId)
		}
	default:
		return nil, apiError("InvalidStateTransition", "Invalid state transition for %s, attempted to transition from %s to deleting", *p.VpcPeeringConnectionId, p.Status.Code)
	}
	c.setPeering(p, peeringStatus(ec2types.VpcPeeringConnectionStateReasonCodeDeleted, "Deleted by "+c.account))
	return &ec2.DeleteVpcPeeringConnectionOutput{Return: new(true)}, nil
}

// setPeering gives a connection a new state on both sides, and so to the routes and the rules over it.
func (c *call) setPeering(p *ec2types.VpcPeeringConnection, status *ec2types.VpcPeeringConnectionStateReason) {
	id := *p.VpcPeeringConnectionId
	active := status.Code == ec2types.VpcPeeringConnectionStateReasonCodeActive
	c.state.editPeering(p, func(p *ec2types.VpcPeeringConnection) {
		p.Status = status
		if active {
			p.ExpirationTime = nil
			p.RequesterVpcInfo, p.AccepterVpcInfo = withNoDNS(p.RequesterVpcInfo), withNoDNS(p.AccepterVpcInfo)
		}
	})
	for r := range c.state.viewsOfPeering(p) {
		c.state.edit(r.account, r.name).settleTarget(c.state.owner, id)
	}
	c.editReferences(func(info *ec2types.ReferencedSecurityGroup) bool {
		return aws.ToString(info.VpcPeeringConnectionId) == id
	}, func(info *ec2types.ReferencedSecurityGroup) {
		info.PeeringStatus = new(string(status.Code))
	})
}

// withNoDNS is a side with AWS's default options: no name resolution over the connection.
func withNoDNS(side *ec2types.VpcPeeringConnectionVpcInfo) *ec2types.VpcPeeringConnectionVpcInfo {
	if side.PeeringOptions != nil {
		return side
	}
	changed := *side
	changed.PeeringOptions = &ec2types.VpcPeeringConnectionOptionsDescription{AllowDnsResolutionFromRemoteVpc: new(false)}
	return &changed
}
