package awssim

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func peeringOperations() []*operation {
	return []*operation{
		read(ec2Service, "DescribeVpcPeeringConnections", describeVpcPeeringConnections),
		write(ec2Service, "ModifyVpcPeeringConnectionOptions", modifyVpcPeeringConnectionOptions),
		write(ec2Service, "CreateVpcPeeringConnection", createVpcPeeringConnection),
		write(ec2Service, "AcceptVpcPeeringConnection", acceptVpcPeeringConnection),
		write(ec2Service, "RejectVpcPeeringConnection", rejectVpcPeeringConnection),
		write(ec2Service, "DeleteVpcPeeringConnection", deleteVpcPeeringConnection),
	}
}

var peeringFilters = func() filters[ec2types.VpcPeeringConnection] {
	by := filters[ec2types.VpcPeeringConnection]{
		"vpc-peering-connection-id": func(v *ec2types.VpcPeeringConnection, m matcher) bool { return m.text(v.VpcPeeringConnectionId) },
		"status-code":               func(v *ec2types.VpcPeeringConnection, m matcher) bool { return m(string(v.Status.Code)) },
		"status-message":            func(v *ec2types.VpcPeeringConnection, m matcher) bool { return m.text(v.Status.Message) },
		"expiration-time": func(v *ec2types.VpcPeeringConnection, m matcher) bool {
			return v.ExpirationTime != nil && m(v.ExpirationTime.Format(time.RFC3339))
		},
	}
	for side, of := range map[string]func(*ec2types.VpcPeeringConnection) *ec2types.VpcPeeringConnectionVpcInfo{
		"requester-vpc-info.": func(v *ec2types.VpcPeeringConnection) *ec2types.VpcPeeringConnectionVpcInfo {
			return v.RequesterVpcInfo
		},
		"accepter-vpc-info.": func(v *ec2types.VpcPeeringConnection) *ec2types.VpcPeeringConnectionVpcInfo { return v.AccepterVpcInfo },
	} {
		by[side+"vpc-id"] = func(v *ec2types.VpcPeeringConnection, m matcher) bool { return m.text(of(v).VpcId) }
		by[side+"owner-id"] = func(v *ec2types.VpcPeeringConnection, m matcher) bool { return m.text(of(v).OwnerId) }
		by[side+"cidr-block"] = func(v *ec2types.VpcPeeringConnection, m matcher) bool { return m.text(of(v).CidrBlock) }
	}
	return by
}()

func describeVpcPeeringConnections(c *call, in *ec2.DescribeVpcPeeringConnectionsInput) (*ec2.DescribeVpcPeeringConnectionsOutput, error) {
	shown := table[ec2types.VpcPeeringConnection]{keys: c.r.VpcPeeringConnections.keys, vals: make([]*ec2types.VpcPeeringConnection, len(c.r.VpcPeeringConnections.vals))}
	for i, v := range c.r.VpcPeeringConnections.vals {
		shown.vals[i] = c.state.showPeering(v)
	}
	found, next, err := describe(c, &shown, query[ec2types.VpcPeeringConnection]{
		ids: in.VpcPeeringConnectionIds, missing: errPeeringNotFound, what: "vpcPeeringConnection ID", filters: in.Filters,
		by: peeringFilters, tags: func(v *ec2types.VpcPeeringConnection) []ec2types.Tag { return v.Tags },
		max: in.MaxResults, next: in.NextToken,
	})
	if err != nil {
		return nil, err
	}
	return &ec2.DescribeVpcPeeringConnectionsOutput{NextToken: next, VpcPeeringConnections: values(found)}, nil
}

// showPeering gives a connection the CIDRs of its VPCs, which AWS shows only while it is active.
func (s *state) showPeering(v *ec2types.VpcPeeringConnection) *ec2types.VpcPeeringConnection {
	shown := *v
	active := v.Status.Code == ec2types.VpcPeeringConnectionStateReasonCodeActive
	shown.RequesterVpcInfo = s.showSide(v.RequesterVpcInfo, active)
	shown.AccepterVpcInfo = s.showSide(v.AccepterVpcInfo, active)
	return &shown
}

func (s *state) showSide(side *ec2types.VpcPeeringConnectionVpcInfo, active bool) *ec2types.VpcPeeringConnectionVpcInfo {
	shown := *side
	if !active {
		shown.CidrBlock, shown.CidrBlockSet, shown.Ipv6CidrBlockSet = nil, nil, nil
		return &shown
	}
	r := s.region(*side.OwnerId, *side.Region)
	if r == nil || r.Vpcs.get(*side.VpcId) == nil {
		return &shown // a VPC that the world does not hold: what the file says of it stands
	}
	vpc := r.Vpcs.get(*side.VpcId)
	shown.CidrBlock, shown.CidrBlockSet, shown.Ipv6CidrBlockSet = vpc.CidrBlock, nil, nil
	for _, prefix := range vpcPrefixes(vpc) {
		if text := prefix.String(); prefix.Addr().Is4() {
			shown.CidrBlockSet = append(shown.CidrBlockSet, ec2types.CidrBlock{CidrBlock: &text})
		} else {
			shown.Ipv6CidrBlockSet = append(shown.Ipv6CidrBlockSet, ec2types.Ipv6CidrBlock{Ipv6CidrBlock: &text})
		}
	}
	return &shown
}

func (c *call) peering(id *string) (*ec2types.VpcPeeringConnection, error) {
	if id == nil {
		return nil, missingParameter("vpcPeeringConnectionId")
	}
	if p := c.r.VpcPeeringConnections.get(*id); p != nil {
		return p, nil
	}
	return nil, notFound(errPeeringNotFound, "vpcPeeringConnection ID", *id)
}

// modifyVpcPeeringConnectionOptions switches DNS resolution over an active connection. Across accounts or Regions,
// each owner sets the own side only, from the own Region.
func modifyVpcPeeringConnectionOptions(c *call, in *ec2.ModifyVpcPeeringConnectionOptionsInput) (*ec2.ModifyVpcPeeringConnectionOptionsOutput, error) {
	p, err := c.peering(in.VpcPeeringConnectionId)
	if err != nil {
		return nil, err
	}
	if p.Status.Code != ec2types.VpcPeeringConnectionStateReasonCodeActive {
		return nil, apiError("OperationNotPermitted", "Peering pcx %s is not active. Peering options can be added only to active peerings.", *p.VpcPeeringConnectionId)
	}
	out := &ec2.ModifyVpcPeeringConnectionOptionsOutput{}
	requester, err := c.peeringOptions(p, p.RequesterVpcInfo, in.RequesterPeeringConnectionOptions)
	if err != nil {
		return nil, err
	}
	accepter, err := c.peeringOptions(p, p.AccepterVpcInfo, in.AccepterPeeringConnectionOptions)
	if err != nil {
		return nil, err
	}
	if requester == nil && accepter == nil {
		return nil, missingParameter("requesterPeeringConnectionOptions or accepterPeeringConnectionOptions")
	}
	out.RequesterPeeringConnectionOptions, out.AccepterPeeringConnectionOptions = shownOptions(requester), shownOptions(accepter)
	c.state.editPeering(p, func(p *ec2types.VpcPeeringConnection) {
		p.RequesterVpcInfo = withOptions(p.RequesterVpcInfo, requester)
		p.AccepterVpcInfo = withOptions(p.AccepterVpcInfo, accepter)
	})
	return out, nil
}

// peeringOptions is what a request makes of one side's options; nil where it does not touch them.
func (c *call) peeringOptions(p *ec2types.VpcPeeringConnection, side *ec2types.VpcPeeringConnectionVpcInfo,
	asked *ec2types.PeeringConnectionOptionsRequest,
) (*ec2types.VpcPeeringConnectionOptionsDescription, error) {
	if asked == nil || asked.AllowDnsResolutionFromRemoteVpc == nil {
		return nil, nil
	}
	if *side.OwnerId != c.account || *side.Region != c.region {
		return nil, apiError("OperationNotPermitted", "User %s cannot modify options of the side of %s in account %s, Region %s of %s",
			c.account, *side.VpcId, *side.OwnerId, *side.Region, *p.VpcPeeringConnectionId)
	}
	if vpc := c.r.Vpcs.get(*side.VpcId); *asked.AllowDnsResolutionFromRemoteVpc && vpc != nil &&
		(!aws.ToBool(vpc.EnableDnsHostnames.Value) || !aws.ToBool(vpc.EnableDnsSupport.Value)) {
		return nil, apiError("OperationNotPermitted", "VPC %s must have DNS support and DNS hostnames enabled to allow DNS resolution from its peer", *side.VpcId)
	}
	options := ec2types.VpcPeeringConnectionOptionsDescription{}
	if side.PeeringOptions != nil {
		options = *side.PeeringOptions
	}
	options.AllowDnsResolutionFromRemoteVpc = asked.AllowDnsResolutionFromRemoteVpc
	return &options, nil
}

func withOptions(side *ec2types.VpcPeeringConnectionVpcInfo, options *ec2types.VpcPeeringConnectionOptionsDescription) *ec2types.VpcPeeringConnectionVpcInfo {
	if options == nil {
		return side
	}
	changed := *side
	changed.PeeringOptions = options
	return &changed
}

func shownOptions(o *ec2types.VpcPeeringConnectionOptionsDescription) *ec2types.PeeringConnectionOptions {
	if o == nil {
		return nil
	}
	return &ec2types.PeeringConnectionOptions{AllowDnsResolutionFromRemoteVpc: o.AllowDnsResolutionFromRemoteVpc}
}
