package awssim

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// associateSecurityGroupVpc lets a group be used in another VPC of the account and Region; not a default group, and
// not the default VPC.
func associateSecurityGroupVpc(c *call, in *ec2.AssociateSecurityGroupVpcInput) (*ec2.AssociateSecurityGroupVpcOutput, error) {
	g, err := c.group(in.GroupId, nil)
	if err != nil {
		return nil, err
	}
	vpc, err := c.vpc(in.VpcId)
	if err != nil {
		return nil, err
	}
	if *g.GroupName == "default" || aws.ToBool(vpc.IsDefault) || same(g.VpcId, vpc.VpcId) {
		return nil, invalidParameter("The security group %s cannot be associated with %s", *g.GroupId, *vpc.VpcId)
	}
	a := &ec2types.SecurityGroupVpcAssociation{
		GroupId: g.GroupId, GroupOwnerId: g.OwnerId, VpcId: vpc.VpcId, VpcOwnerId: vpc.OwnerId,
		State: ec2types.SecurityGroupVpcAssociationStateAssociated,
	}
	c.edit().SecurityGroupVpcAssociations.put(c.state.owner, *g.GroupId+idSeparator+*vpc.VpcId, a)
	return &ec2.AssociateSecurityGroupVpcOutput{State: ec2types.SecurityGroupVpcAssociationStateAssociating}, nil
}

func disassociateSecurityGroupVpc(c *call, in *ec2.DisassociateSecurityGroupVpcInput) (*ec2.DisassociateSecurityGroupVpcOutput, error) {
	id := aws.ToString(in.GroupId) + idSeparator + aws.ToString(in.VpcId)
	if c.r.SecurityGroupVpcAssociations.get(id) == nil {
		return nil, apiError("InvalidSecurityGroupVpcAssociation.NotFound", "The security group '%s' is not associated with '%s'", aws.ToString(in.GroupId), aws.ToString(in.VpcId))
	}
	for _, eni := range c.r.NetworkInterfaces.vals {
		for _, g := range eni.Groups {
			if same(eni.VpcId, in.VpcId) && same(g.GroupId, in.GroupId) {
				return nil, dependencyViolation("The association of", *in.GroupId)
			}
		}
	}
	c.edit().SecurityGroupVpcAssociations.drop(c.state.owner, id)
	return &ec2.DisassociateSecurityGroupVpcOutput{State: ec2types.SecurityGroupVpcAssociationStateDisassociating}, nil
}

// getSecurityGroupsForVpc lists the groups that may be used in a VPC: its own, and those associated with it.
func getSecurityGroupsForVpc(c *call, in *ec2.GetSecurityGroupsForVpcInput) (*ec2.GetSecurityGroupsForVpcOutput, error) {
	if _, err := c.vpc(in.VpcId); err != nil {
		return nil, err
	}
	var usable []*ec2types.SecurityGroupForVpc
	for _, g := range c.r.SecurityGroups.vals {
		if same(g.VpcId, in.VpcId) || c.r.usableIn(*g.GroupId, *in.VpcId) {
			usable = append(usable, &ec2types.SecurityGroupForVpc{
				GroupId: g.GroupId, GroupName: g.GroupName, Description: g.Description, OwnerId: g.OwnerId,
				PrimaryVpcId: g.VpcId, Tags: g.Tags,
			})
		}
	}
	found, err := choose(usable, query[ec2types.SecurityGroupForVpc]{
		filters: in.Filters, by: groupForVpcFilters,
		tags: func(v *ec2types.SecurityGroupForVpc) []ec2types.Tag { return v.Tags },
	})
	if err != nil {
		return nil, err
	}
	found, next, err := paginate(c, found, in.MaxResults, in.NextToken, 0, 0, 0)
	if err != nil {
		return nil, err
	}
	return &ec2.GetSecurityGroupsForVpcOutput{NextToken: next, SecurityGroupForVpcs: values(found)}, nil
}

var groupForVpcFilters = filters[ec2types.SecurityGroupForVpc]{
	"group-id":       func(v *ec2types.SecurityGroupForVpc, m matcher) bool { return m.text(v.GroupId) },
	"group-name":     func(v *ec2types.SecurityGroupForVpc, m matcher) bool { return m.text(v.GroupName) },
	"description":    func(v *ec2types.SecurityGroupForVpc, m matcher) bool { return m.text(v.Description) },
	"owner-id":       func(v *ec2types.SecurityGroupForVpc, m matcher) bool { return m.text(v.OwnerId) },
	"primary-vpc-id": func(v *ec2types.SecurityGroupForVpc, m matcher) bool { return m.text(v.PrimaryVpcId) },
}
