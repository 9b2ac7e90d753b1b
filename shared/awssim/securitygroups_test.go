package awssim_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/awssim"
)

func TestAnAuthorizedRuleIsSeenByBothDescribes(t *testing.T) {
	_, c := startTwoVPCs(t)
	ctx := t.Context()
	out := must[*ec2.AuthorizeSecurityGroupIngressOutput](t)(c.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: new("sg-cache"), IpPermissions: fromCIDR("10.0.9.7/24"),
		TagSpecifications: []ec2types.TagSpecification{{
			ResourceType: ec2types.ResourceTypeSecurityGroupRule, Tags: []ec2types.Tag{{Key: new("k"), Value: new("v")}},
		}},
	}))
	if n := len(out.SecurityGroupRules); n != 1 || *out.SecurityGroupRules[0].CidrIpv4 != "10.0.9.0/24" {
		t.Fatalf("rules are %+v, expected one with the canonical CIDR", out.SecurityGroupRules)
	}
	ingress := 0
	for _, rule := range rulesOfGroup(t, c, "sg-cache") {
		if !*rule.IsEgress {
			ingress++
			if *rule.SecurityGroupRuleId != *out.SecurityGroupRules[0].SecurityGroupRuleId || *rule.Tags[0].Value != "v" {
				t.Errorf("the rule is shown as %+v", rule)
			}
		}
	}
	groups := must[*ec2.DescribeSecurityGroupsOutput](t)(c.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{
		Filters: []ec2types.Filter{filter("ip-permission.cidr", "10.0.9.*")},
	}))
	if ingress != 1 || len(groups.SecurityGroups) != 1 || *groups.SecurityGroups[0].IpPermissions[0].IpRanges[0].CidrIp != "10.0.9.0/24" {
		t.Errorf("ingress rules: %d, groups: %+v", ingress, groups.SecurityGroups)
	}
}

func TestAuthorizeAllOrNothing(t *testing.T) {
	sim, c := startTwoVPCs(t)
	ctx := t.Context()
	authorize := func(permissions ...ec2types.IpPermission) error {
		_, err := c.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{GroupId: new("sg-cache"), IpPermissions: permissions})
		return err
	}
	if err := authorize(fromCIDR("10.0.1.0/24")...); err != nil {
		t.Fatal(err)
	}
	wantCode(t, authorize(append(fromCIDR("10.0.2.0/24"), fromCIDR("10.0.1.9/24")...)...), "InvalidPermission.Duplicate")
	wantCode(t, authorize(append(fromCIDR("10.0.2.0/24"), fromCIDR("10.0.2.9/24")...)...), "InvalidParameterValue")
	wantCode(t, authorize(fromGroup("", "sg-missing")...), "InvalidGroup.NotFound")
	wantCode(t, authorize(fromGroup("", "sg-other")...), "InvalidGroup.NotFound")
	wantCode(t, authorize(fromCIDR("10.0.1/24")...), "InvalidParameterValue")
	wantCode(t, authorize(tcp6379(ec2types.IpPermission{PrefixListIds: []ec2types.PrefixListId{{PrefixListId: new("pl-missing")}}})...), "InvalidPrefixListID.NotFound")
	wantCode(t, authorize(), "MissingParameter")
	if n := len(rulesOfGroup(t, c, "sg-cache")); n != 2 { // the one above and the default egress
		t.Errorf("the group has %d rules, expected 2", n)
	}
	if n := len(sim.Writes()); n != 1 {
		t.Errorf("%d writes were recorded, expected 1", n)
	}
}

func TestAGroupOfAPeerIsReferencedWithItsPeering(t *testing.T) {
	_, c := startTwoVPCs(t)
	out := must[*ec2.AuthorizeSecurityGroupIngressOutput](t)(c.AuthorizeSecurityGroupIngress(t.Context(),
		&ec2.AuthorizeSecurityGroupIngressInput{GroupId: new("sg-cache"), IpPermissions: fromGroup(spoke, "sg-far")}))
	info := out.SecurityGroupRules[0].ReferencedGroupInfo
	if *info.UserId != spoke || *info.VpcPeeringConnectionId != "pcx-1" || *info.PeeringStatus != "active" || *info.VpcId != "vpc-app" {
		t.Errorf("the reference is %+v", info)
	}
}

func TestAGroupOfAnAccountThatCannotBeReadIsTakenOnTrust(t *testing.T) {
	_, c := startTwoVPCs(t)
	out := must[*ec2.AuthorizeSecurityGroupIngressOutput](t)(c.AuthorizeSecurityGroupIngress(t.Context(),
		&ec2.AuthorizeSecurityGroupIngressInput{GroupId: new("sg-cache"), IpPermissions: fromGroup("123456789012", "sg-dark")}))
	if info := out.SecurityGroupRules[0].ReferencedGroupInfo; *info.UserId != "123456789012" {
		t.Errorf("the reference is %+v", info)
	}
}

func TestRevokeByPropertiesThatNoRuleHas(t *testing.T) {
	_, c := startTwoVPCs(t)
	ctx := t.Context()
	revoke := func(group string) (*ec2.RevokeSecurityGroupIngressOutput, error) {
		return c.RevokeSecurityGroupIngress(ctx, &ec2.RevokeSecurityGroupIngressInput{GroupId: &group, IpPermissions: fromCIDR("10.9.0.0/16")})
	}
	_, err := revoke("sg-cache")
	wantCode(t, err, "InvalidPermission.NotFound")
	out := must[*ec2.RevokeSecurityGroupIngressOutput](t)(revoke("sg-other"))
	if len(out.UnknownIpPermissions) != 1 {
		t.Errorf("in a default VPC the permission comes back as unknown; got %+v", out.UnknownIpPermissions)
	}
	_, err = c.RevokeSecurityGroupIngress(ctx, &ec2.RevokeSecurityGroupIngressInput{GroupId: new("sg-cache"), SecurityGroupRuleIds: []string{"sgr-missing"}})
	wantCode(t, err, "InvalidSecurityGroupRuleId.NotFound")
}

func TestRevokeByIDTakesTheRule(t *testing.T) {
	_, c := startTwoVPCs(t)
	ctx := t.Context()
	made := must[*ec2.AuthorizeSecurityGroupIngressOutput](t)(c.AuthorizeSecurityGroupIngress(ctx,
		&ec2.AuthorizeSecurityGroupIngressInput{GroupId: new("sg-cache"), IpPermissions: append(fromCIDR("10.0.1.0/24"), fromCIDR("10.0.2.0/24")...)}))
	gone := must[*ec2.RevokeSecurityGroupIngressOutput](t)(c.RevokeSecurityGroupIngress(ctx, &ec2.RevokeSecurityGroupIngressInput{
		GroupId: new("sg-cache"), SecurityGroupRuleIds: []string{*made.SecurityGroupRules[0].SecurityGroupRuleId},
	}))
	if len(gone.RevokedSecurityGroupRules) != 1 || *gone.RevokedSecurityGroupRules[0].CidrIpv4 != "10.0.1.0/24" {
		t.Errorf("revoked %+v", gone.RevokedSecurityGroupRules)
	}
	left := must[*ec2.DescribeSecurityGroupsOutput](t)(c.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{GroupIds: []string{"sg-cache"}}))
	if ranges := left.SecurityGroups[0].IpPermissions[0].IpRanges; len(ranges) != 1 || *ranges[0].CidrIp != "10.0.2.0/24" {
		t.Errorf("left is %+v", left.SecurityGroups[0].IpPermissions)
	}
}

func TestRuleQuotaCountsAPrefixListByItsMaximum(t *testing.T) {
	const world = `
111122223333:
  us-east-1:
    Vpcs: [{VpcId: vpc-1, CidrBlock: 10.0.0.0/16}]
    SecurityGroups: [{GroupId: sg-1, VpcId: vpc-1}]
    ManagedPrefixLists:
      - {PrefixListId: pl-small, MaxEntries: 2, Entries: [{Cidr: 10.1.0.0/16}]}
      - {PrefixListId: pl-large, MaxEntries: 4}
`
	sim := awssim.New(load(t, world), awssim.WithQuotas(awssim.Quotas{RulesPerGroup: 5}))
	c := client(sim, hub, home)
	list := func(id string) error {
		_, err := c.AuthorizeSecurityGroupIngress(t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{
			GroupId: new("sg-1"), IpPermissions: tcp6379(ec2types.IpPermission{PrefixListIds: []ec2types.PrefixListId{{PrefixListId: &id}}}),
		})
		return err
	}
	if err := list("pl-small"); err != nil {
		t.Fatal(err)
	}
	wantCode(t, list("pl-large"), "RulesPerSecurityGroupLimitExceeded")
}
