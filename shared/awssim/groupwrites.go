package awssim

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func createSecurityGroup(c *call, in *ec2.CreateSecurityGroupInput) (*ec2.CreateSecurityGroupOutput, error) {
	vpc, err := c.vpcOrDefault(in.VpcId)
	if err != nil {
		return nil, err
	}
	tags, err := tagsFor(in.TagSpecifications, ec2types.ResourceTypeSecurityGroup)
	if err != nil {
		return nil, err
	}
	if err := checkGroupText("GroupDescription", aws.ToString(in.Description)); err != nil {
		return nil, err
	}
	for _, g := range c.r.SecurityGroups.vals {
		if same(g.VpcId, vpc.VpcId) && same(g.GroupName, in.GroupName) {
			return nil, apiError("InvalidGroup.Duplicate", "The security group '%s' already exists for VPC '%s'", *in.GroupName, *vpc.VpcId)
		}
	}
	if len(c.r.SecurityGroups.vals) >= c.sim.quotas.GroupsPerRegion {
		return nil, apiError("SecurityGroupLimitExceeded", "The maximum number of security groups has been reached.")
	}
	g := c.addGroup(vpc, aws.ToString(in.GroupName), aws.ToString(in.Description), tags)
	return &ec2.CreateSecurityGroupOutput{GroupId: g.GroupId, SecurityGroupArn: g.SecurityGroupArn, Tags: tags}, nil
}

// checkGroupText checks a group's name or description, which AWS limits like a rule's description.
func checkGroupText(name, text string) error {
	if text == "" || checkDescription(&text) != nil {
		return invalidParameter("Value (%s) for parameter %s is invalid. Character sets beyond ASCII are not supported.", text, name)
	}
	return nil
}

// addGroup adds a group with the rules that AWS gives to a new one: all egress, no ingress.
func (c *call) addGroup(vpc *Vpc, name, description string, tags []ec2types.Tag) *group {
	id := c.newID("sg")
	g := &group{SecurityGroup: ec2types.SecurityGroup{
		GroupId: &id, GroupName: &name, Description: &description, OwnerId: &c.r.account, VpcId: vpc.VpcId, Tags: tags,
		SecurityGroupArn: arn("ec2", c.region, c.account, "security-group/"+id),
	}}
	rules := []ec2types.SecurityGroupRule{allowAllEgress()}
	if len(vpc.Ipv6CidrBlockAssociationSet) > 0 {
		all6 := allowAllEgress()
		all6.CidrIpv4, all6.CidrIpv6 = nil, new("::/0")
		rules = append(rules, all6)
	}
	for i := range rules {
		rules[i].GroupId, rules[i].GroupOwnerId = &id, g.OwnerId
		rules[i].SecurityGroupRuleId = new(c.newID("sgr"))
		rules[i].SecurityGroupRuleArn = arn("ec2", c.region, c.account, "security-group-rule/"+*rules[i].SecurityGroupRuleId)
	}
	g = g.withRules(rules)
	c.edit().SecurityGroups.put(c.state.owner, id, g)
	return g
}

func deleteSecurityGroup(c *call, in *ec2.DeleteSecurityGroupInput) (*ec2.DeleteSecurityGroupOutput, error) {
	g, err := c.ownGroup(in.GroupId, in.GroupName)
	if err != nil {
		return nil, err
	}
	id := *g.GroupId
	if *g.GroupName == "default" {
		return nil, apiError("CannotDelete", "the specified group: \"%s\" name: \"default\" cannot be deleted by a user", id)
	}
	if c.r.usesGroup(id) {
		return nil, apiError("DependencyViolation", "resource %s has a dependent object", id)
	}
	for _, other := range c.r.SecurityGroups.vals {
		if other != g && same(other.VpcId, g.VpcId) && other.names(id) {
			return nil, apiError("DependencyViolation", "resource %s has a dependent object", id)
		}
	}
	c.edit().SecurityGroups.drop(c.state.owner, id)
	c.orphanReferences(id)
	return &ec2.DeleteSecurityGroupOutput{GroupId: &id, Return: new(true)}, nil
}

// usesGroup says that something in the Region is guarded by a group: an interface, an instance, an endpoint or a cache.
func (r *region) usesGroup(id string) bool {
	for _, v := range r.NetworkInterfaces.vals {
		if slices.ContainsFunc(v.Groups, func(g ec2types.GroupIdentifier) bool { return aws.ToString(g.GroupId) == id }) {
			return true
		}
	}
	for _, v := range r.VpcEndpoints.vals {
		if slices.ContainsFunc(v.Groups, func(g ec2types.SecurityGroupIdentifier) bool { return aws.ToString(g.GroupId) == id }) {
			return true
		}
	}
	for _, v := range r.CacheClusters.vals {
		for _, membership := range v.SecurityGroups {
			if aws.ToString(membership.SecurityGroupId) == id {
				return true
			}
		}
	}
	for _, v := range r.ServerlessCaches.vals {
		if slices.Contains(v.SecurityGroupIds, id) {
			return true
		}
	}
	return false
}

// orphanReferences makes stale what other VPCs' rules say of a group that is gone: its owner is no longer shown.
func (c *call) orphanReferences(id string) {
	c.editReferences(func(info *ec2types.ReferencedSecurityGroup) bool { return aws.ToString(info.GroupId) == id },
		func(info *ec2types.ReferencedSecurityGroup) { info.UserId = nil })
}

// editReferences changes the references to groups, in every account of the Region, that a test picks.
func (c *call) editReferences(which func(*ec2types.ReferencedSecurityGroup) bool, change func(*ec2types.ReferencedSecurityGroup)) {
	for r := range c.state.sameRegion(c.region) {
		for _, g := range r.SecurityGroups.vals {
			var rules []ec2types.SecurityGroupRule
			for i := range g.rules {
				if info := g.rules[i].ReferencedGroupInfo; info != nil && which(info) {
					if rules == nil {
						rules = slices.Clone(g.rules)
					}
					changed := *info
					change(&changed)
					rules[i].ReferencedGroupInfo = &changed
				}
			}
			if rules != nil {
				c.state.edit(r.account, r.name).SecurityGroups.put(c.state.owner, *g.GroupId, g.withRules(rules))
			}
		}
	}
	c.edit()
}

func modifySecurityGroupRules(c *call, in *ec2.ModifySecurityGroupRulesInput) (*ec2.ModifySecurityGroupRulesOutput, error) {
	g, err := c.ownGroup(in.GroupId, nil)
	if err != nil {
		return nil, err
	}
	rules := slices.Clone(g.rules)
	for _, update := range in.SecurityGroupRules {
		if update.SecurityGroupRule == nil {
			return nil, missingParameter("SecurityGroupRule")
		}
		i := slices.IndexFunc(rules, func(r ec2types.SecurityGroupRule) bool {
			return same(r.SecurityGroupRuleId, update.SecurityGroupRuleId)
		})
		if i < 0 {
			return nil, notFound(errRuleNotFound, "security group rule ID", aws.ToString(update.SecurityGroupRuleId))
		}
		if rules[i], err = c.modifiedRule(g, rules[i], update.SecurityGroupRule); err != nil {
			return nil, err
		}
	}
	seen := map[ruleKey]bool{}
	for i := range rules {
		key := keyOf(&rules[i])
		if seen[key] {
			return nil, apiError("InvalidPermission.Duplicate", "the specified rule \"%s\" already exists", ruleText(&rules[i]))
		}
		seen[key] = true
	}
	for _, egress := range [...]bool{false, true} {
		if err := c.checkRuleQuota(rules, egress); err != nil {
			return nil, err
		}
	}
	c.edit().SecurityGroups.put(c.state.owner, *g.GroupId, g.withRules(rules))
	return &ec2.ModifySecurityGroupRulesOutput{Return: new(true)}, nil
}

// modifiedRule is a rule with everything but its id and its kind of source replaced.
func (c *call) modifiedRule(g *group, rule ec2types.SecurityGroupRule, to *ec2types.SecurityGroupRuleRequest) (ec2types.SecurityGroupRule, error) {
	p := ec2types.IpPermission{IpProtocol: to.IpProtocol, FromPort: to.FromPort, ToPort: to.ToPort}
	switch {
	case to.CidrIpv4 != nil:
		p.IpRanges = []ec2types.IpRange{{CidrIp: to.CidrIpv4, Description: to.Description}}
	case to.CidrIpv6 != nil:
		p.Ipv6Ranges = []ec2types.Ipv6Range{{CidrIpv6: to.CidrIpv6, Description: to.Description}}
	case to.PrefixListId != nil:
		p.PrefixListIds = []ec2types.PrefixListId{{PrefixListId: to.PrefixListId, Description: to.Description}}
	case to.ReferencedGroupId != nil:
		p.UserIdGroupPairs = []ec2types.UserIdGroupPair{{GroupId: to.ReferencedGroupId, Description: to.Description}}
		if info := rule.ReferencedGroupInfo; info != nil && same(info.GroupId, to.ReferencedGroupId) {
			p.UserIdGroupPairs[0].UserId = info.UserId
		}
	}
	made, err := c.requestedRules(g, []ec2types.IpPermission{p}, aws.ToBool(rule.IsEgress))
	if err != nil {
		return rule, err
	}
	next := made[0]
	sameKind := (next.CidrIpv4 == nil) == (rule.CidrIpv4 == nil) && (next.CidrIpv6 == nil) == (rule.CidrIpv6 == nil) &&
		(next.PrefixListId == nil) == (rule.PrefixListId == nil)
	if !sameKind {
		return rule, invalidParameter("The source type of rule %s cannot be changed", *rule.SecurityGroupRuleId)
	}
	next.SecurityGroupRuleId, next.SecurityGroupRuleArn = rule.SecurityGroupRuleId, rule.SecurityGroupRuleArn
	next.GroupId, next.GroupOwnerId, next.Tags = rule.GroupId, rule.GroupOwnerId, rule.Tags
	return next, nil
}

func describeIngressRules(c *call, in *ec2.UpdateSecurityGroupRuleDescriptionsIngressInput) (*ec2.UpdateSecurityGroupRuleDescriptionsIngressOutput, error) {
	err := c.updateDescriptions(in.GroupId, in.GroupName, in.IpPermissions, in.SecurityGroupRuleDescriptions, false)
	return &ec2.UpdateSecurityGroupRuleDescriptionsIngressOutput{Return: new(true)}, err
}

func describeEgressRules(c *call, in *ec2.UpdateSecurityGroupRuleDescriptionsEgressInput) (*ec2.UpdateSecurityGroupRuleDescriptionsEgressOutput, error) {
	err := c.updateDescriptions(in.GroupId, in.GroupName, in.IpPermissions, in.SecurityGroupRuleDescriptions, true)
	return &ec2.UpdateSecurityGroupRuleDescriptionsEgressOutput{Return: new(true)}, err
}

// updateDescriptions sets descriptions of rules that are named by their properties or by id; leaving a description
// out removes it.
func (c *call) updateDescriptions(id, name *string, permissions []ec2types.IpPermission, byID []ec2types.SecurityGroupRuleDescription, egress bool) error {
	g, err := c.ownGroup(id, name)
	if err != nil {
		return err
	}
	if len(permissions)+len(byID) == 0 {
		return missingParameter("ipPermissions or securityGroupRuleDescriptions")
	}
	rules := slices.Clone(g.rules)
	set := func(i int, text *string, what string) error {
		if i < 0 {
			return apiError("InvalidPermission.NotFound", "The specified rule does not exist in this security group: %s", what)
		}
		rules[i].Description = text
		return checkDescription(text)
	}
	wanted := rulesOf(permissions, egress)
	for j := range wanted {
		key := keyOf(&wanted[j])
		i := slices.IndexFunc(rules, func(r ec2types.SecurityGroupRule) bool { return keyOf(&r) == key })
		if err := set(i, wanted[j].Description, ruleText(&wanted[j])); err != nil {
			return err
		}
	}
	for _, d := range byID {
		i := slices.IndexFunc(rules, func(r ec2types.SecurityGroupRule) bool {
			return same(r.SecurityGroupRuleId, d.SecurityGroupRuleId) && aws.ToBool(r.IsEgress) == egress
		})
		if i < 0 {
			return notFound(errRuleNotFound, "security group rule ID", aws.ToString(d.SecurityGroupRuleId))
		}
		if err := set(i, d.Description, ""); err != nil {
			return err
		}
	}
	c.edit().SecurityGroups.put(c.state.owner, *g.GroupId, g.withRules(rules))
	return nil
}
