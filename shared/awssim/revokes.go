package awssim

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func revokeIngress(c *call, in *ec2.RevokeSecurityGroupIngressInput) (*ec2.RevokeSecurityGroupIngressOutput, error) {
	g, err := c.ownGroup(in.GroupId, in.GroupName)
	if err != nil {
		return nil, err
	}
	permissions := in.IpPermissions
	if len(permissions) == 0 {
		permissions = flatPermission(in.IpProtocol, in.FromPort, in.ToPort, in.CidrIp, in.SourceSecurityGroupName, in.SourceSecurityGroupOwnerId)
	}
	revoked, unknown, err := c.revoke(g, in.SecurityGroupRuleIds, permissions, false)
	if err != nil {
		return nil, err
	}
	return &ec2.RevokeSecurityGroupIngressOutput{Return: new(true), RevokedSecurityGroupRules: revoked, UnknownIpPermissions: unknown}, nil
}

func revokeEgress(c *call, in *ec2.RevokeSecurityGroupEgressInput) (*ec2.RevokeSecurityGroupEgressOutput, error) {
	g, err := c.ownGroup(in.GroupId, nil)
	if err != nil {
		return nil, err
	}
	revoked, unknown, err := c.revoke(g, in.SecurityGroupRuleIds, in.IpPermissions, true)
	if err != nil {
		return nil, err
	}
	return &ec2.RevokeSecurityGroupEgressOutput{Return: new(true), RevokedSecurityGroupRules: revoked, UnknownIpPermissions: unknown}, nil
}

// revoke removes rules by id or by their properties: all of them or none. Only in a default VPC are properties that
// no rule has no error; they come back as unknown.
func (c *call) revoke(g *group, ids []string, permissions []ec2types.IpPermission, egress bool) ([]ec2types.RevokedSecurityGroupRule, []ec2types.IpPermission, error) {
	if len(ids) > 0 && len(permissions) > 0 {
		return nil, nil, apiError("InvalidParameterCombination", "The parameter securityGroupRuleIds may not be used with ipPermissions")
	}
	if len(ids) == 0 && len(permissions) == 0 {
		return nil, nil, missingParameter("ipPermissions or securityGroupRuleIds")
	}
	kept := slices.Clone(g.rules)
	var revoked []ec2types.RevokedSecurityGroupRule
	take := func(i int) {
		revoked = append(revoked, revokedRule(&kept[i]))
		kept = slices.Delete(kept, i, i+1)
	}
	for _, id := range ids {
		i := slices.IndexFunc(kept, func(r ec2types.SecurityGroupRule) bool {
			return *r.SecurityGroupRuleId == id && aws.ToBool(r.IsEgress) == egress
		})
		if i < 0 {
			return nil, nil, notFound(errRuleNotFound, "security group rule ID", id)
		}
		take(i)
	}
	var unknown []ec2types.SecurityGroupRule
	names := groupNamesIn(permissions)
	for j, wanted := range rulesOf(permissions, egress) {
		if info := wanted.ReferencedGroupInfo; info != nil && info.GroupId == nil {
			if named, err := c.group(nil, names[j]); err == nil {
				wanted.ReferencedGroupInfo = &ec2types.ReferencedSecurityGroup{GroupId: named.GroupId}
			}
		}
		key := keyOf(&wanted)
		i := slices.IndexFunc(kept, func(r ec2types.SecurityGroupRule) bool { return keyOf(&r) == key })
		if i < 0 {
			unknown = append(unknown, wanted)
			continue
		}
		take(i)
	}
	if vpc := c.r.Vpcs.lookup(g.VpcId); len(unknown) > 0 && (vpc == nil || !aws.ToBool(vpc.IsDefault)) {
		return nil, nil, apiError("InvalidPermission.NotFound", "The specified rule does not exist in this security group: %s", ruleText(&unknown[0]))
	}
	c.edit().SecurityGroups.put(c.state.owner, *g.GroupId, g.withRules(kept))
	if len(unknown) == 0 {
		return revoked, nil, nil
	}
	return revoked, permissionsOf(unknown, egress), nil
}

func revokedRule(r *ec2types.SecurityGroupRule) ec2types.RevokedSecurityGroupRule {
	out := ec2types.RevokedSecurityGroupRule{
		SecurityGroupRuleId: r.SecurityGroupRuleId, GroupId: r.GroupId, IsEgress: r.IsEgress, IpProtocol: r.IpProtocol,
		FromPort: r.FromPort, ToPort: r.ToPort, CidrIpv4: r.CidrIpv4, CidrIpv6: r.CidrIpv6, PrefixListId: r.PrefixListId,
		Description: r.Description,
	}
	if r.ReferencedGroupInfo != nil {
		out.ReferencedGroupId = r.ReferencedGroupInfo.GroupId
	}
	return out
}
