package awssim

import (
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// security builds security groups with their rules, and prefix lists.
func (b *builder) security() {
	for i, v := range b.in.ManagedPrefixLists {
		b.prefixList("ManagedPrefixLists", i, v)
	}
	for i, v := range b.in.PrefixLists {
		b.prefixList("PrefixLists", i, v)
	}
	listed := b.listedRules()
	for i := range b.in.SecurityGroups {
		b.securityGroup(i, b.in.SecurityGroups[i], listed)
	}
	for id, rules := range listed {
		b.problems.warn(rules[0].where, "the rules of %s were ignored: the group is not among the Region's SecurityGroups", id)
	}
	for i, v := range b.in.SecurityGroupVpcAssociations {
		if v.State == "" {
			v.State = ec2types.SecurityGroupVpcAssociationStateAssociated
		}
		insert(b, &b.r.SecurityGroupVpcAssociations, "SecurityGroupVpcAssociations", i, &v)
	}
}

type listedRule struct {
	where string
	rule  ec2types.SecurityGroupRule
}

// listedRules sorts SecurityGroupRules by their groups.
func (b *builder) listedRules() map[string][]listedRule {
	const list = "SecurityGroupRules"
	byGroup := map[string][]listedRule{}
	ids := map[string]bool{}
	for i, rule := range b.in.SecurityGroupRules {
		where := b.path(list, i, "")
		group := aws.ToString(rule.GroupId)
		switch {
		case group == "":
			b.leaveOut(list, i, "GroupId", "", "is missing; a rule belongs to a security group")
			continue
		case rule.SecurityGroupRuleId != nil && ids[*rule.SecurityGroupRuleId]:
			if !b.repeats(list, i) {
				b.leaveOut(list, i, "SecurityGroupRuleId", *rule.SecurityGroupRuleId, "stands twice in %s", list)
			}
			continue
		}
		if rule.IsEgress == nil {
			b.problems.warn(where+".IsEgress", "is missing; the rule was taken as one that lets in")
			rule.IsEgress = new(false)
		}
		ids[aws.ToString(rule.SecurityGroupRuleId)] = true
		byGroup[group] = append(byGroup[group], listedRule{where, rule})
	}
	return byGroup
}

func (b *builder) securityGroup(i int, v ec2types.SecurityGroup, listed map[string][]listedRule) {
	const list = "SecurityGroups"
	vpc, ok := known(b, &b.r.Vpcs, list, i, "VpcId", v.VpcId)
	if !ok {
		return
	}
	id := aws.ToString(v.GroupId)
	orDefault(&v.OwnerId, b.r.account)
	orDefault(&v.GroupName, id)
	orDefault(&v.Description, *v.GroupName)
	orDefault(&v.SecurityGroupArn, *arn("ec2", b.r.name, *v.OwnerId, "security-group/"+id))
	rules := make([]ec2types.SecurityGroupRule, 0, len(listed[id])+1)
	places := make([]string, 0, cap(rules))
	told := map[bool]bool{} // the directions that SecurityGroupRules tells of
	for _, l := range listed[id] {
		rules, places = append(rules, l.rule), append(places, l.where)
		told[*l.rule.IsEgress] = true
	}
	for _, egress := range [...]bool{false, true} {
		if !told[egress] {
			rules = append(rules, b.unlistedRules(i, &v, vpc, egress)...)
		}
	}
	for len(places) < len(rules) {
		places = append(places, b.path(list, i, "IpPermissions"))
	}
	delete(listed, id)
	g := &group{SecurityGroup: v}
	insert(b, &b.r.SecurityGroups, list, i, g.withRules(b.readableRules(rules, places, &v)))
}

// readableRules are the rules of a group that can be read, each once.
func (b *builder) readableRules(rules []ec2types.SecurityGroupRule, places []string, owner *ec2types.SecurityGroup) []ec2types.SecurityGroupRule {
	kept := make([]ec2types.SecurityGroupRule, 0, len(rules))
	seen := map[ruleKey]bool{}
	for j := range rules {
		if !b.rule(places[j], &rules[j], owner) {
			continue
		}
		key := keyOf(&rules[j])
		if seen[key] {
			b.leaveRule(places[j], owner.GroupId, aws.ToString(rules[j].SecurityGroupRuleId), "is the same rule as another of "+aws.ToString(owner.GroupId)+"; AWS holds each once")
			continue
		}
		seen[key] = true
		kept = append(kept, rules[j])
	}
	return kept
}

// leaveRule tells why a rule does not become part of the world. Then what the group's rules let through is unknown.
func (b *builder) leaveRule(where string, group *string, value, problem string) {
	b.problems.leaveOut(b.problems.lineOf(where), "SecurityGroupRules", where, value, problem+"; the rule was left out, and what leans on the rules of "+
		aws.ToString(group)+" is unknown")
	b.unread("SecurityGroupRules", group, where+": "+problem)
}

// unlistedRules makes the rules of a direction that SecurityGroupRules has none for: from the group's permissions, or,
// where a group says nothing of its egress at all, AWS's default.
func (b *builder) unlistedRules(i int, v *ec2types.SecurityGroup, vpc *Vpc, egress bool) []ec2types.SecurityGroupRule {
	if !egress {
		return b.permitted(i, "IpPermissions", v.GroupId, v.IpPermissions, false)
	}
	if v.IpPermissionsEgress != nil {
		return b.permitted(i, "IpPermissionsEgress", v.GroupId, v.IpPermissionsEgress, true)
	}
	b.problems.warnAt(b.problems.lineOf(b.path("SecurityGroups", i, "")), b.path("SecurityGroups", i, "IpPermissionsEgress"),
		"is missing; AWS's default was filled in, which allows all", "default-egress "+b.r.account+b.r.name)
	rules := []ec2types.SecurityGroupRule{allowAllEgress()}
	if vpc != nil && len(vpc.Ipv6CidrBlockAssociationSet) > 0 {
		all6 := allowAllEgress()
		all6.CidrIpv4, all6.CidrIpv6 = nil, new("::/0")
		rules = append(rules, all6)
	}
	return rules
}

// rule checks one rule and gives it the form that AWS shows.
func (b *builder) rule(where string, rule *ec2types.SecurityGroupRule, owner *ec2types.SecurityGroup) bool {
	if !b.traffic(where, owner.GroupId, rule.IpProtocol, rule.FromPort) {
		return false
	}
	normalizeRule(rule)
	sources := 0
	for _, cidr := range [...]*string{rule.CidrIpv4, rule.CidrIpv6} {
		if cidr == nil {
			continue
		}
		sources++
		if _, err := parsePrefix(*cidr); err != nil {
			b.leaveRule(where, owner.GroupId, *cidr, "is not a CIDR, such as 10.0.0.0/16")
			return false
		}
	}
	if rule.PrefixListId != nil {
		sources++
	}
	if info := rule.ReferencedGroupInfo; info != nil {
		sources++
		// A deleted group's reference keeps its id only; whose it was cannot be told any more.
		if info.UserId == nil && b.in.holdsGroup(aws.ToString(info.GroupId)) {
			filled := *info
			filled.UserId = owner.OwnerId
			rule.ReferencedGroupInfo = &filled
		}
	}
	if sources != 1 {
		b.leaveRule(where, owner.GroupId, aws.ToString(rule.SecurityGroupRuleId),
			fmt.Sprintf("has %d sources; a rule has exactly one of CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupInfo", sources))
		return false
	}
	rule.GroupId, rule.GroupOwnerId = owner.GroupId, owner.OwnerId
	if rule.SecurityGroupRuleId == nil {
		rule.SecurityGroupRuleId = new(derivedID("sgr", b.r.account, b.r.name, aws.ToString(owner.GroupId), fmt.Sprint(keyOf(rule))))
	}
	orDefault(&rule.SecurityGroupRuleArn, *arn("ec2", b.r.name, *owner.OwnerId, "security-group-rule/"+*rule.SecurityGroupRuleId))
	return true
}

// traffic checks that a rule says what it is about.
func (b *builder) traffic(where string, group, protocol *string, from *int32) bool {
	switch name := protocolName(aws.ToString(protocol)); {
	case name == "":
		b.leaveRule(where+".IpProtocol", group, "", "is missing; expected tcp, udp, icmp, a number, or -1 for all traffic")
		return false
	case (name == "tcp" || name == "udp") && from == nil:
		b.leaveRule(where+".FromPort", group, "", "is missing; a rule for "+name+" names its ports")
		return false
	}
	return true
}

// permitted makes the rules of a group's permissions in one direction.
func (b *builder) permitted(i int, field string, group *string, permissions []ec2types.IpPermission, egress bool) []ec2types.SecurityGroupRule {
	var readable []ec2types.IpPermission
	for _, p := range permissions {
		if b.traffic(b.path("SecurityGroups", i, field), group, p.IpProtocol, p.FromPort) {
			readable = append(readable, p)
		}
	}
	return rulesOf(readable, egress)
}

func (r *Region) holdsGroup(id string) bool {
	return slices.ContainsFunc(r.SecurityGroups, func(g ec2types.SecurityGroup) bool { return aws.ToString(g.GroupId) == id })
}

func (b *builder) prefixList(list string, i int, v PrefixList) {
	id := aws.ToString(v.PrefixListId)
	orDefault(&v.OwnerId, b.r.account)
	orDefault(&v.PrefixListName, id)
	orDefault(&v.PrefixListArn, *arn("ec2", b.r.name, *v.OwnerId, "prefix-list/"+id))
	orDefault(&v.Version, 1)
	if v.State == "" {
		v.State = ec2types.PrefixListStateCreateComplete
	}
	v.Entries = slices.Clone(v.Entries)
	family := "IPv4"
	for j := range v.Entries {
		prefix, ok := b.prefix(list, i, "Entries.Cidr", v.Entries[j].Cidr)
		if !ok {
			return
		}
		if prefix.Addr().Is6() {
			family = "IPv6"
		}
		v.Entries[j].Cidr = new(prefix.String())
	}
	orDefault(&v.AddressFamily, family)
	// AWS's own lists show no maximum.
	if *v.OwnerId != "AWS" && v.MaxEntries == nil {
		v.MaxEntries = new(int32(max(len(v.Entries), 1)))
	}
	insert(b, &b.r.ManagedPrefixLists, list, i, &v)
}
