package awssim_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/awssim"
)

func BenchmarkDescribeSecurityGroupRules(b *testing.B) {
	_, c := startTwoVPCs(b)
	in := &ec2.DescribeSecurityGroupRulesInput{Filters: []ec2types.Filter{filter("group-id", "sg-cache")}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.DescribeSecurityGroupRules(b.Context(), in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAuthorizeAndRevoke(b *testing.B) {
	_, c := startTwoVPCs(b)
	b.ReportAllocs()
	for b.Loop() {
		out, err := c.AuthorizeSecurityGroupIngress(b.Context(), &ec2.AuthorizeSecurityGroupIngressInput{GroupId: new("sg-cache"), IpPermissions: fromCIDR("10.0.1.0/24")})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := c.RevokeSecurityGroupIngress(b.Context(), &ec2.RevokeSecurityGroupIngressInput{
			GroupId: new("sg-cache"), SecurityGroupRuleIds: []string{*out.SecurityGroupRules[0].SecurityGroupRuleId},
		}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkClone(b *testing.B) {
	sim, _ := startTwoVPCs(b)
	b.ReportAllocs()
	for b.Loop() {
		sim.Clone()
	}
}

func BenchmarkNew(b *testing.B) {
	world := load(b, twoVPCs)
	b.ReportAllocs()
	for b.Loop() {
		awssim.New(world)
	}
}

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		load(b, twoVPCs)
	}
}
