package awssim

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// reference checks that a rule of g may name another security group: one of the same VPC, of a VPC that is peered in
// the same Region, or, for ingress, one behind the same transit gateway with security group referencing on.
// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html
func (c *call) reference(g *group, info *ec2types.ReferencedSecurityGroup, name *string, egress bool) (*ec2types.ReferencedSecurityGroup, error) {
	id, owner := aws.ToString(info.GroupId), aws.ToString(info.UserId)
	if given, group, ok := strings.Cut(id, "/"); ok {
		owner, id = given, group
	}
	if id == "" && name != nil {
		for _, other := range c.r.SecurityGroups.vals {
			if same(other.GroupName, name) && same(other.VpcId, g.VpcId) {
				id = *other.GroupId
			}
		}
	}
	if id == "" {
		return nil, missingParameter("groupId")
	}
	if owner == "" {
		owner = *g.OwnerId
	}
	out := &ec2types.ReferencedSecurityGroup{GroupId: &id, UserId: &owner}
	holder := c.state.region(owner, c.region)
	if holder == nil {
		// An account that the world cannot read: its group may exist, over a peering, a gateway or in a VPC shared with it.
		if p := c.r.activePeering(*g.VpcId, "", owner); p != nil {
			out.VpcPeeringConnectionId, out.PeeringStatus = p.VpcPeeringConnectionId, new("active")
		}
		return out, nil
	}
	other := holder.SecurityGroups.get(id)
	if other == nil {
		return nil, notFound(errGroupNotFound, "security group", id)
	}
	if same(other.VpcId, g.VpcId) || c.r.usableIn(id, *g.VpcId) {
		return out, nil
	}
	if p := c.r.activePeering(*g.VpcId, *other.VpcId, owner); p != nil {
		out.VpcId, out.VpcPeeringConnectionId, out.PeeringStatus = other.VpcId, p.VpcPeeringConnectionId, new("active")
		return out, nil
	}
	if !egress && c.referencingGateway(*g.VpcId, holder, *other.VpcId) != "" {
		out.VpcId = other.VpcId
		return out, nil
	}
	return nil, notFound(errGroupNotFound, "security group", id)
}

// usableIn says that a group is associated with another VPC than its own.
func (r *region) usableIn(group, vpc string) bool {
	a := r.SecurityGroupVpcAssociations.get(group + idSeparator + vpc)
	return a != nil && a.State == ec2types.SecurityGroupVpcAssociationStateAssociated
}

// activePeering finds the active connection, inside the Region, from a VPC to another one; where the other VPC is not
// known, to any VPC of its owner.
func (r *region) activePeering(vpc, other, owner string) *ec2types.VpcPeeringConnection {
	for _, p := range r.VpcPeeringConnections.vals {
		if p.Status.Code != ec2types.VpcPeeringConnectionStateReasonCodeActive {
			continue
		}
		near, far := p.RequesterVpcInfo, p.AccepterVpcInfo
		for range 2 {
			fits := *near.VpcId == vpc && *far.OwnerId == owner && (other == "" || *far.VpcId == other)
			if fits && *near.Region == r.name && *far.Region == r.name {
				return p
			}
			near, far = far, near
		}
	}
	return nil
}

// referencingGateway finds the transit gateway over which a group of one VPC may be named in another: attached to
// both, with security group referencing on at the gateway and at both attachments.
// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
func (c *call) referencingGateway(vpc string, holder *region, other string) string {
	for _, near := range c.r.TransitGatewayAttachments.vals {
		if !near.refers(vpc) {
			continue
		}
		gateway := c.r.TransitGateways.lookup(near.TransitGatewayId)
		if gateway == nil || gateway.Options == nil ||
			gateway.Options.SecurityGroupReferencingSupport != ec2types.SecurityGroupReferencingSupportValueEnable {
			continue
		}
		for _, far := range holder.TransitGatewayAttachments.vals {
			if far.refers(other) && same(far.TransitGatewayId, near.TransitGatewayId) {
				return *near.TransitGatewayId
			}
		}
	}
	return ""
}

// refers says that this is an available attachment of the VPC with security group referencing on, its default.
func (a *attachment) refers(vpc string) bool {
	return a.vpc != nil && aws.ToString(a.vpc.VpcId) == vpc && stands(a.State) &&
		(a.vpc.Options == nil || a.vpc.Options.SecurityGroupReferencingSupport != ec2types.SecurityGroupReferencingSupportValueDisable)
}

// stale says that a rule names a group that nothing leads to any more.
func (c *call) stale(g *group, rule *ec2types.SecurityGroupRule) bool {
	info := rule.ReferencedGroupInfo
	if info == nil {
		return false
	}
	if info.UserId == nil {
		return true
	}
	if info.VpcId == nil && info.VpcPeeringConnectionId == nil && *info.UserId == c.account {
		return c.r.SecurityGroups.lookup(info.GroupId) == nil
	}
	_, err := c.reference(g, info, nil, aws.ToBool(rule.IsEgress))
	return err != nil
}

func describeStaleSecurityGroups(c *call, in *ec2.DescribeStaleSecurityGroupsInput) (*ec2.DescribeStaleSecurityGroupsOutput, error) {
	if _, err := c.vpc(in.VpcId); err != nil {
		return nil, err
	}
	var found []*ec2types.StaleSecurityGroup
	for _, g := range c.r.SecurityGroups.vals {
		if !same(g.VpcId, in.VpcId) {
			continue
		}
		var rules []ec2types.SecurityGroupRule
		for i := range g.rules {
			if c.stale(g, &g.rules[i]) {
				rules = append(rules, g.rules[i])
			}
		}
		if len(rules) > 0 {
			found = append(found, &ec2types.StaleSecurityGroup{
				GroupId: g.GroupId, GroupName: g.GroupName, Description: g.Description, VpcId: g.VpcId,
				StaleIpPermissions: stalePermissions(rules, false), StaleIpPermissionsEgress: stalePermissions(rules, true),
			})
		}
	}
	found, next, err := paginate(c, found, in.MaxResults, in.NextToken, 0, 255, 0)
	if err != nil {
		return nil, err
	}
	return &ec2.DescribeStaleSecurityGroupsOutput{NextToken: next, StaleSecurityGroupSet: values(found)}, nil
}

func stalePermissions(rules []ec2types.SecurityGroupRule, egress bool) []ec2types.StaleIpPermission {
	var out []ec2types.StaleIpPermission
	for _, p := range permissionsOf(rules, egress) {
		out = append(out, ec2types.StaleIpPermission{IpProtocol: p.IpProtocol, FromPort: p.FromPort, ToPort: p.ToPort, UserIdGroupPairs: p.UserIdGroupPairs})
	}
	return out
}

// describeSecurityGroupReferences tells which other VPCs have rules that name the caller's groups.
func describeSecurityGroupReferences(c *call, in *ec2.DescribeSecurityGroupReferencesInput) (*ec2.DescribeSecurityGroupReferencesOutput, error) {
	out := &ec2.DescribeSecurityGroupReferencesOutput{}
	for _, id := range in.GroupId {
		mine, err := c.group(&id, nil)
		if err != nil {
			return nil, err
		}
		for r := range c.state.sameRegion(c.region) {
			seen := map[string]bool{}
			for _, g := range r.SecurityGroups.vals {
				if same(g.VpcId, mine.VpcId) || seen[*g.VpcId] || !g.names(id) {
					continue
				}
				seen[*g.VpcId] = true
				reference := ec2types.SecurityGroupReference{GroupId: mine.GroupId, ReferencingVpcId: g.VpcId}
				if p := c.r.activePeering(*mine.VpcId, *g.VpcId, r.account); p != nil {
					reference.VpcPeeringConnectionId = p.VpcPeeringConnectionId
				} else if gateway := c.referencingGateway(*mine.VpcId, r, *g.VpcId); gateway != "" {
					reference.TransitGatewayId = &gateway
				}
				out.SecurityGroupReferenceSet = append(out.SecurityGroupReferenceSet, reference)
			}
		}
	}
	return out, nil
}

// names says that a rule of the group refers to another group.
func (g *group) names(id string) bool {
	for i := range g.rules {
		if info := g.rules[i].ReferencedGroupInfo; info != nil && aws.ToString(info.GroupId) == id {
			return true
		}
	}
	return false
}
