package awssim

import (
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func securityGroupOperations() []*operation {
	return []*operation{
		read(ec2Service, "DescribeSecurityGroups", describeSecurityGroups),
		read(ec2Service, "DescribeSecurityGroupRules", describeSecurityGroupRules),
		read(ec2Service, "DescribeSecurityGroupVpcAssociations", describeSecurityGroupVpcAssociations),
		read(ec2Service, "DescribeStaleSecurityGroups", describeStaleSecurityGroups),
		read(ec2Service, "DescribeSecurityGroupReferences", describeSecurityGroupReferences),
		write(ec2Service, "AuthorizeSecurityGroupIngress", authorizeIngress),
		write(ec2Service, "AuthorizeSecurityGroupEgress", authorizeEgress),
		write(ec2Service, "RevokeSecurityGroupIngress", revokeIngress),
		write(ec2Service, "RevokeSecurityGroupEgress", revokeEgress),
		write(ec2Service, "CreateSecurityGroup", createSecurityGroup),
		write(ec2Service, "DeleteSecurityGroup", deleteSecurityGroup),
		write(ec2Service, "ModifySecurityGroupRules", modifySecurityGroupRules),
		write(ec2Service, "UpdateSecurityGroupRuleDescriptionsIngress", describeIngressRules),
		write(ec2Service, "UpdateSecurityGroupRuleDescriptionsEgress", describeEgressRules),
		write(ec2Service, "AssociateSecurityGroupVpc", associateSecurityGroupVpc),
		write(ec2Service, "DisassociateSecurityGroupVpc", disassociateSecurityGroupVpc),
		read(ec2Service, "GetSecurityGroupsForVpc", getSecurityGroupsForVpc),
	}
}

var groupFilters = func() filters[group] {
	by := filters[group]{
		"group-id":    func(v *group, m matcher) bool { return m.text(v.GroupId) },
		"group-name":  func(v *group, m matcher) bool { return m.text(v.GroupName) },
		"description": func(v *group, m matcher) bool { return m.text(v.Description) },
		"owner-id":    func(v *group, m matcher) bool { return m.text(v.OwnerId) },
		"vpc-id":      func(v *group, m matcher) bool { return m.text(v.VpcId) },
	}
	for name, test := range ruleFilters {
		by["ip-permission."+name] = anyRule(false, test)
		by["egress.ip-permission."+name] = anyRule(true, test)
	}
	return by
}()

// ruleFilters are what DescribeSecurityGroups can ask of a group's rules.
var ruleFilters = filters[ec2types.SecurityGroupRule]{
	"cidr":           func(v *ec2types.SecurityGroupRule, m matcher) bool { return m.text(v.CidrIpv4) },
	"ipv6-cidr":      func(v *ec2types.SecurityGroupRule, m matcher) bool { return m.text(v.CidrIpv6) },
	"prefix-list-id": func(v *ec2types.SecurityGroupRule, m matcher) bool { return m.text(v.PrefixListId) },
	"protocol":       func(v *ec2types.SecurityGroupRule, m matcher) bool { return m.text(v.IpProtocol) },
	"from-port":      func(v *ec2types.SecurityGroupRule, m matcher) bool { return m(strconv.Itoa(int(portOf(v.FromPort)))) },
	"to-port":        func(v *ec2types.SecurityGroupRule, m matcher) bool { return m(strconv.Itoa(int(portOf(v.ToPort)))) },
	"group-id": func(v *ec2types.SecurityGroupRule, m matcher) bool {
		return v.ReferencedGroupInfo != nil && m.text(v.ReferencedGroupInfo.GroupId)
	},
	"user-id": func(v *ec2types.SecurityGroupRule, m matcher) bool {
		return v.ReferencedGroupInfo != nil && m.text(v.ReferencedGroupInfo.UserId)
	},
}

func anyRule(egress bool, test func(*ec2types.SecurityGroupRule, matcher) bool) func(*group, matcher) bool {
	return func(g *group, m matcher) bool {
		for i := range g.rules {
			if aws.ToBool(g.rules[i].IsEgress) == egress && test(&g.rules[i], m) {
				return true
			}
		}
		return false
	}
}

func describeSecurityGroups(c *call, in *ec2.DescribeSecurityGroupsInput) (*ec2.DescribeSecurityGroupsOutput, error) {
	asked := in.Filters
	if len(in.GroupNames) > 0 {
		asked = append(slices.Clip(asked), ec2types.Filter{Name: new("group-name"), Values: in.GroupNames})
	}
	found, next, err := describe(c, &c.r.SecurityGroups, query[group]{
		ids: in.GroupIds, missing: errGroupNotFound, what: "security group", filters: asked, by: groupFilters,
		tags: func(v *group) []ec2types.Tag { return v.Tags }, max: in.MaxResults, next: in.NextToken,
	})
	if err != nil {
		return nil, err
	}
	out := &ec2.DescribeSecurityGroupsOutput{NextToken: next, SecurityGroups: make([]ec2types.SecurityGroup, len(found))}
	for i, v := range found {
		out.SecurityGroups[i] = v.SecurityGroup
	}
	return out, nil
}

// securityRuleFilters are all that DescribeSecurityGroupRules has, besides tags.
var securityRuleFilters = filters[ec2types.SecurityGroupRule]{
	"group-id":               func(v *ec2types.SecurityGroupRule, m matcher) bool { return m.text(v.GroupId) },
	"security-group-rule-id": func(v *ec2types.SecurityGroupRule, m matcher) bool { return m.text(v.SecurityGroupRuleId) },
}

func describeSecurityGroupRules(c *call, in *ec2.DescribeSecurityGroupRulesInput) (*ec2.DescribeSecurityGroupRulesOutput, error) {
	for _, id := range in.SecurityGroupRuleIds {
		if _, i := c.r.rule(id); i < 0 {
			return nil, notFound(errRuleNotFound, "security group rule ID", id)
		}
	}
	found, err := choose(c.r.rulesAsked(in), query[ec2types.SecurityGroupRule]{
		filters: in.Filters, by: securityRuleFilters, tags: func(v *ec2types.SecurityGroupRule) []ec2types.Tag { return v.Tags },
	})
	if err != nil {
		return nil, err
	}
	found, next, err := paginate(c, found, in.MaxResults, in.NextToken, 0, 0, len(found)+1)
	if err != nil {
		return nil, err
	}
	return &ec2.DescribeSecurityGroupRulesOutput{NextToken: next, SecurityGroupRules: values(found)}, nil
}

// rulesAsked narrows the rules down to the groups and ids that a request names, which is what most of them do.
func (r *region) rulesAsked(in *ec2.DescribeSecurityGroupRulesInput) []*ec2types.SecurityGroupRule {
	var groups matcher
	for _, f := range in.Filters {
		if aws.ToString(f.Name) == "group-id" {
			groups = anyOf(f.Values)
		}
	}
	var found []*ec2types.SecurityGroupRule
	for id, g := range r.SecurityGroups.entries {
		if groups != nil && !groups(id) {
			continue
		}
		for i := range g.rules {
			if len(in.SecurityGroupRuleIds) == 0 || slices.Contains(in.SecurityGroupRuleIds, *g.rules[i].SecurityGroupRuleId) {
				found = append(found, &g.rules[i])
			}
		}
	}
	return found
}

// rule finds a security group rule by its id: its group and its place there, or -1.
func (r *region) rule(id string) (*group, int) {
	for _, g := range r.SecurityGroups.vals {
		for i := range g.rules {
			if *g.rules[i].SecurityGroupRuleId == id {
				return g, i
			}
		}
	}
	return nil, -1
}

var groupVpcFilters = filters[ec2types.SecurityGroupVpcAssociation]{
	"group-id":       func(v *ec2types.SecurityGroupVpcAssociation, m matcher) bool { return m.text(v.GroupId) },
	"group-owner-id": func(v *ec2types.SecurityGroupVpcAssociation, m matcher) bool { return m.text(v.GroupOwnerId) },
	"vpc-id":         func(v *ec2types.SecurityGroupVpcAssociation, m matcher) bool { return m.text(v.VpcId) },
	"vpc-owner-id":   func(v *ec2types.SecurityGroupVpcAssociation, m matcher) bool { return m.text(v.VpcOwnerId) },
	"state":          func(v *ec2types.SecurityGroupVpcAssociation, m matcher) bool { return m(string(v.State)) },
}

func describeSecurityGroupVpcAssociations(c *call, in *ec2.DescribeSecurityGroupVpcAssociationsInput) (*ec2.DescribeSecurityGroupVpcAssociationsOutput, error) {
	found, next, err := describe(c, &c.r.SecurityGroupVpcAssociations, query[ec2types.SecurityGroupVpcAssociation]{
		filters: in.Filters, by: groupVpcFilters, max: in.MaxResults, next: in.NextToken,
	})
	if err != nil {
		return nil, err
	}
	return &ec2.DescribeSecurityGroupVpcAssociationsOutput{NextToken: next, SecurityGroupVpcAssociations: values(found)}, nil
}

// group finds the security group that a request names by id or, in the default VPC, by name.
func (c *call) group(id, name *string) (*group, error) {
	if id != nil {
		if g := c.r.SecurityGroups.get(*id); g != nil {
			return g, nil
		}
		return nil, notFound(errGroupNotFound, "security group", *id)
	}
	if name == nil {
		return nil, missingParameter("groupId")
	}
	for _, g := range c.r.SecurityGroups.vals {
		if vpc := c.r.Vpcs.lookup(g.VpcId); vpc != nil && aws.ToBool(vpc.IsDefault) && same(g.GroupName, name) {
			return g, nil
		}
	}
	return nil, notFound(errGroupNotFound, "security group", *name)
}

// ownGroup finds a group to change. One that another account owns is used by those that it is
// shared with, and changed by its owner alone.
// https://docs.aws.amazon.com/vpc/latest/userguide/security-group-sharing.html
func (c *call) ownGroup(id, name *string) (*group, error) {
	g, err := c.group(id, name)
	if err != nil {
		return nil, err
	}
	if owner := aws.ToString(g.OwnerId); owner != "" && owner != c.account {
		return nil, apiError("UnauthorizedOperation", "The security group %s belongs to %s", *g.GroupId, owner)
	}
	return g, nil
}
