package awssim_test

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"

	"github.com/cachegate/cachegate/shared/awssim"
)

const (
	hub   = "111122223333"
	spoke = "444455556666"
	home  = "us-east-1"
	away  = "eu-west-1"
)

// twoVPCs is a cache VPC of the hub account and an application VPC of the spoke account, peered in one Region.
const twoVPCs = `
111122223333:
  us-east-1:
    Vpcs:
      - {VpcId: vpc-cache, CidrBlock: 10.0.0.0/16, EnableDnsHostnames: {Value: true}}
      - {VpcId: vpc-other, CidrBlock: 10.2.0.0/16, IsDefault: true}
    Subnets:
      - {SubnetId: subnet-c1, VpcId: vpc-cache, CidrBlock: 10.0.1.0/24, AvailabilityZone: us-east-1a}
      - {SubnetId: subnet-c2, VpcId: vpc-cache, CidrBlock: 10.0.2.0/24, AvailabilityZone: us-east-1b}
    SecurityGroups:
      - {GroupId: sg-cache, GroupName: cache, VpcId: vpc-cache}
      - {GroupId: sg-app, GroupName: app, VpcId: vpc-cache}
      - {GroupId: sg-other, GroupName: default, VpcId: vpc-other}
    RouteTables:
      - RouteTableId: rtb-cache
        VpcId: vpc-cache
        Associations:
          - {Main: true, RouteTableAssociationId: rtbassoc-main}
          - {SubnetId: subnet-c1, RouteTableAssociationId: rtbassoc-c1}
        Routes:
          - {DestinationCidrBlock: 10.0.0.0/16, GatewayId: local}
          - {DestinationCidrBlock: 10.1.0.0/16, VpcPeeringConnectionId: pcx-1}
    VpcPeeringConnections:
      - VpcPeeringConnectionId: pcx-1
        RequesterVpcInfo: {OwnerId: 111122223333, VpcId: vpc-cache, Region: us-east-1}
        AccepterVpcInfo: {OwnerId: 444455556666, VpcId: vpc-app, Region: us-east-1}
        Status: {Code: active}
    CacheSubnetGroups:
      - {CacheSubnetGroupName: caches, VpcId: vpc-cache, Subnets: [{SubnetIdentifier: subnet-c1}]}
    CacheClusters:
      - CacheClusterId: sessions-001
        CacheClusterStatus: available
        Engine: valkey
        ReplicationGroupId: sessions
        CacheSubnetGroupName: caches
        SecurityGroups: [{SecurityGroupId: sg-cache, Status: active}]
        CacheNodes: [{CacheNodeId: "0001", Endpoint: {Address: sessions-001.example, Port: 6379}}]
        TagList: [{Key: team, Value: web}]
    ReplicationGroups:
      - {ReplicationGroupId: sessions, MemberClusters: [sessions-001], Status: available}
444455556666:
  us-east-1:
    Vpcs:
      - {VpcId: vpc-app, CidrBlock: 10.1.0.0/16}
    Subnets:
      - {SubnetId: subnet-a1, VpcId: vpc-app, CidrBlock: 10.1.1.0/24}
    SecurityGroups:
      - {GroupId: sg-far, GroupName: far, VpcId: vpc-app}
    Instances:
      - {InstanceId: i-app, SubnetId: subnet-a1, PrivateIpAddress: 10.1.1.10, SecurityGroups: [{GroupId: sg-far}]}
`

func load(tb testing.TB, text string) *awssim.World {
	tb.Helper()
	world, _, err := awssim.Load("world.yaml", []byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	return world
}

func startTwoVPCs(tb testing.TB, opts ...awssim.Option) (*awssim.Sim, *ec2.Client) {
	tb.Helper()
	sim := awssim.New(load(tb, twoVPCs), opts...)
	return sim, ec2.NewFromConfig(sim.Config(hub, home, awssim.Actor{Session: "tester"}))
}

func client(sim *awssim.Sim, account, region string) *ec2.Client {
	return ec2.NewFromConfig(sim.Config(account, region, awssim.Actor{Session: "tester"}))
}

func wantCode(tb testing.TB, err error, code string) {
	tb.Helper()
	var failure smithy.APIError
	if !errors.As(err, &failure) {
		tb.Fatalf("error is %v, expected code %s", err, code)
	}
	if failure.ErrorCode() != code {
		tb.Fatalf("code is %s (%s), expected %s", failure.ErrorCode(), failure.ErrorMessage(), code)
	}
}

func must[T any](tb testing.TB) func(v T, err error) T {
	tb.Helper()
	return func(v T, err error) T {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return v
	}
}

func tcp6379(source ec2types.IpPermission) []ec2types.IpPermission {
	source.IpProtocol, source.FromPort, source.ToPort = new("tcp"), new(int32(6379)), new(int32(6379))
	return []ec2types.IpPermission{source}
}

func fromCIDR(cidr string) []ec2types.IpPermission {
	return tcp6379(ec2types.IpPermission{IpRanges: []ec2types.IpRange{{CidrIp: &cidr}}})
}

func fromGroup(owner, id string) []ec2types.IpPermission {
	pair := ec2types.UserIdGroupPair{GroupId: &id}
	if owner != "" {
		pair.UserId = &owner
	}
	return tcp6379(ec2types.IpPermission{UserIdGroupPairs: []ec2types.UserIdGroupPair{pair}})
}

func filter(name string, values ...string) ec2types.Filter {
	return ec2types.Filter{Name: &name, Values: values}
}

func rulesOfGroup(tb testing.TB, c *ec2.Client, group string) []ec2types.SecurityGroupRule {
	tb.Helper()
	out := must[*ec2.DescribeSecurityGroupRulesOutput](tb)(c.DescribeSecurityGroupRules(tb.Context(),
		&ec2.DescribeSecurityGroupRulesInput{Filters: []ec2types.Filter{filter("group-id", group)}}))
	return out.SecurityGroupRules
}
