package acceptance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
)

// site is an account in a Region, in which a test builds what is somebody else's.
type site struct {
	t       *testing.T
	account string
	region  string
	cfg     aws.Config
	ec2     *ec2.Client
	cache   *elasticache.Client
}

// at gives a site to a test.
func (s *stack) at(t *testing.T, account, region string) *site {
	t.Helper()
	cfg := s.config(t, account)
	cfg.Region = region
	return &site{t: t, account: account, region: region, cfg: cfg, ec2: ec2.NewFromConfig(cfg), cache: elasticache.NewFromConfig(cfg)}
}

func must[T any](t *testing.T, what string) func(T, error) T {
	t.Helper()
	return func(out T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		return out
	}
}

// network is a VPC with one subnet, whose routes are those of the main table.
type network struct {
	*site
	vpc, cidr, subnet, table string
}

var networks atomic.Int64

// network makes a VPC with a CIDR that no other test has.
func (s *site) network() network {
	s.t.Helper()
	n := networks.Add(1)
	cidr := fmt.Sprintf("10.%d.0.0/16", n)
	ctx := s.t.Context()
	vpc := must[*ec2.CreateVpcOutput](s.t, "creating a VPC")(s.ec2.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: aws.String(cidr)})).Vpc.VpcId
	subnet := must[*ec2.CreateSubnetOutput](s.t, "creating a subnet")(s.ec2.CreateSubnet(ctx, &ec2.CreateSubnetInput{
		VpcId: vpc, CidrBlock: aws.String(strings.Replace(cidr, ".0.0/16", ".1.0/24", 1)),
	})).Subnet.SubnetId
	for _, on := range []*ec2.ModifyVpcAttributeInput{
		{VpcId: vpc, EnableDnsSupport: &types.AttributeBooleanValue{Value: aws.Bool(true)}},
		{VpcId: vpc, EnableDnsHostnames: &types.AttributeBooleanValue{Value: aws.Bool(true)}},
	} {
		must[*ec2.ModifyVpcAttributeOutput](s.t, "switching DNS on")(s.ec2.ModifyVpcAttribute(ctx, on))
	}
	out := must[*ec2.DescribeRouteTablesOutput](s.t, "reading the main route table")(s.ec2.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{
		Filters: []types.Filter{{Name: aws.String("vpc-id"), Values: []string{*vpc}}},
	}))
	return network{site: s, vpc: *vpc, cidr: cidr, subnet: *subnet, table: *out.RouteTables[0].RouteTableId}
}

// group makes a security group, as AWS does: it lets everything out.
func (n network) group(name string) string {
	n.t.Helper()
	return *must[*ec2.CreateSecurityGroupOutput](n.t, "creating a security group")(n.ec2.CreateSecurityGroup(n.t.Context(), &ec2.CreateSecurityGroupInput{
		GroupName: aws.String(name), Description: aws.String(name), VpcId: aws.String(n.vpc),
	})).GroupId
}

// instance puts a network interface with a group into the subnet, as an
// application's instance has one.
func (n network) instance(group string) string {
	n.t.Helper()
	return *must[*ec2.CreateNetworkInterfaceOutput](n.t, "creating a network interface")(n.ec2.CreateNetworkInterface(n.t.Context(), &ec2.CreateNetworkInterfaceInput{
		SubnetId: aws.String(n.subnet), Groups: []string{group},
	})).NetworkInterface.NetworkInterfaceId
}

// cluster makes a replication group guarded by a security group and gives its ARN.
func (n network) cluster(name, group string) string {
	n.t.Helper()
	ctx := n.t.Context()
	must[*elasticache.CreateCacheSubnetGroupOutput](n.t, "creating a cache subnet group")(n.cache.CreateCacheSubnetGroup(ctx, &elasticache.CreateCacheSubnetGroupInput{
		CacheSubnetGroupName: aws.String(name), CacheSubnetGroupDescription: aws.String(name), SubnetIds: []string{n.subnet},
	}))
	out := must[*elasticache.CreateReplicationGroupOutput](n.t, "creating a replication group")(n.cache.CreateReplicationGroup(ctx, &elasticache.CreateReplicationGroupInput{
		ReplicationGroupId: aws.String(name), ReplicationGroupDescription: aws.String(name), Engine: aws.String("redis"), Port: aws.Int32(6379),
		CacheNodeType: aws.String("cache.t4g.micro"), CacheSubnetGroupName: aws.String(name), SecurityGroupIds: []string{group},
	}))
	return *out.ReplicationGroup.ARN
}

// ingress gives who a security group lets in on the cache's port: groups and CIDRs.
func (s *site) ingress(group string) []string {
	s.t.Helper()
	out := must[*ec2.DescribeSecurityGroupRulesOutput](s.t, "reading rules")(s.ec2.DescribeSecurityGroupRules(context.WithoutCancel(s.t.Context()), &ec2.DescribeSecurityGroupRulesInput{
		Filters: []types.Filter{{Name: aws.String("group-id"), Values: []string{group}}},
	}))
	var from []string
	for _, r := range out.SecurityGroupRules {
		if aws.ToBool(r.IsEgress) {
			continue
		}
		source := aws.ToString(r.CidrIpv4)
		if r.ReferencedGroupInfo != nil {
			source = aws.ToString(r.ReferencedGroupInfo.GroupId)
		}
		from = append(from, fmt.Sprintf("%s:%d-%d", source, aws.ToInt32(r.FromPort), aws.ToInt32(r.ToPort)))
	}
	slices.Sort(from)
	return from
}

// routes gives the routes of a table that are not local, as "destination via target".
func (s *site) routes(table string) []string {
	s.t.Helper()
	out := must[*ec2.DescribeRouteTablesOutput](s.t, "reading routes")(s.ec2.DescribeRouteTables(s.t.Context(), &ec2.DescribeRouteTablesInput{RouteTableIds: []string{table}}))
	var routes []string
	for _, r := range out.RouteTables[0].Routes {
		target := aws.ToString(r.VpcPeeringConnectionId) + aws.ToString(r.TransitGatewayId)
		if target != "" {
			routes = append(routes, aws.ToString(r.DestinationCidrBlock)+" via "+target)
		}
	}
	slices.Sort(routes)
	return routes
}
