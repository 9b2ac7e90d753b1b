package awssim_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"

	"github.com/cachegate/cachegate/shared/awssim"
)

// partial starts a simulation of a world of one Region, and gives the warnings of what it does not hold.
func partial(t *testing.T, lists string) (*ec2.Client, string) {
	t.Helper()
	world, warnings, err := awssim.Load("w.json", []byte(`{"111122223333": {"us-east-1": {`+lists+`}}}`))
	if err != nil {
		t.Fatal(err)
	}
	return client(awssim.New(world), hub, home), strings.Join(unreadOf(warnings), "\n")
}

// isRefused says whether a call failed because the world does not hold what it asked for.
func isRefused(t *testing.T, err error, parts ...string) {
	t.Helper()
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok || api.ErrorCode() != "UnauthorizedOperation" {
		t.Errorf("the error is %v, expected a refusal", err)
		return
	}
	for _, part := range parts {
		if !strings.Contains(api.ErrorMessage(), part) {
			t.Errorf("%q does not tell %q", api.ErrorMessage(), part)
		}
	}
}

func TestWhatIsNotListedCannotBeRead(t *testing.T) {
	c, told := partial(t, `"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}],
"Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1", "CidrBlock": "10.0.1.0/24"}],
"SecurityGroups": [{"GroupId": "sg-1", "VpcId": "vpc-1", "IpPermissionsEgress": []}, {"GroupId": "sg-2", "VpcId": "vpc-2", "IpPermissionsEgress": []}],
"CacheSubnetGroups": [{"CacheSubnetGroupName": "caches", "VpcId": "vpc-1", "Subnets": [{"SubnetIdentifier": "subnet-1"}, {"SubnetIdentifier": "subnet-9"}]}]`)
	for _, part := range []string{`SecurityGroups[1].VpcId: "vpc-2" is not among the Region's Vpcs: vpc-1; what leans on it is unknown`, `CacheSubnetGroups[0].Subnets: "subnet-9"`} {
		if !strings.Contains(told, part) {
			t.Errorf("%q is not told:\n%s", part, told)
		}
	}
	ctx := t.Context()
	_, err := c.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{VpcIds: []string{"vpc-2"}})
	isRefused(t, err, "vpc-2 is not among its Vpcs")
	_, err = c.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{Filters: []ec2types.Filter{filter("vpc-id", "vpc-1", "vpc-2")}})
	isRefused(t, err, "vpc-2")
	_, err = c.DescribeVpcAttribute(ctx, &ec2.DescribeVpcAttributeInput{VpcId: aws.String("vpc-2"), Attribute: ec2types.VpcAttributeNameEnableDnsSupport})
	isRefused(t, err, "vpc-2")
	if all := must[*ec2.DescribeVpcsOutput](t)(c.DescribeVpcs(ctx, nil)); len(all.Vpcs) != 1 {
		t.Errorf("%d VPCs are shown to who asks for none, expected that which is there", len(all.Vpcs))
	}
	// The group itself is there, and a subnet that is not hides which subnets its VPC has.
	if groups := must[*ec2.DescribeSecurityGroupsOutput](t)(c.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{GroupIds: []string{"sg-2"}})); *groups.SecurityGroups[0].VpcId != "vpc-2" {
		t.Errorf("the group is %+v", groups.SecurityGroups[0])
	}
	_, err = c.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{Filters: []ec2types.Filter{filter("vpc-id", "vpc-1")}})
	isRefused(t, err, "subnet-9")
	must[*ec2.DescribeSubnetsOutput](t)(c.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{SubnetIds: []string{"subnet-1"}}))
	if _, err = c.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{VpcIds: []string{"vpc-3"}}); err == nil || !strings.Contains(err.Error(), "InvalidVpcID.NotFound") {
		t.Errorf("a VPC that nothing tells of gives %v", err)
	}
}

func TestAWrongObjectHidesOnlyWhatLeansOnIt(t *testing.T) {
	const vpc = `"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}, {"VpcId": "vpc-2", "CidrBlock": "10.1.0.0/16"}],
"SecurityGroups": [{"GroupId": "sg-1", "VpcId": "vpc-1", "IpPermissionsEgress": []}, {"GroupId": "sg-2", "VpcId": "vpc-1", "IpPermissionsEgress": []}], `
	ctx := t.Context()
	t.Run("a rule", func(t *testing.T) {
		c, told := partial(t, vpc+`"SecurityGroupRules": [
{"SecurityGroupRuleId": "sgr-1", "GroupId": "sg-1", "IsEgress": false, "IpProtocol": "tcp", "FromPort": "redis", "ToPort": 6379, "CidrIpv4": "10.0.0.0/8"},
{"SecurityGroupRuleId": "sgr-2", "GroupId": "sg-2", "IsEgress": false, "IpProtocol": "tcp", "FromPort": 6379, "ToPort": 6379, "CidrIpv4": "10.0.0.0/8"},
{"SecurityGroupRuleId": "sgr-3", "GroupId": "sg-2", "IsEgress": false, "IpProtocol": "tcp", "ToPort": 6379, "CidrIpv4": "10.0.0.0/8"}]`)
		// The places are those of the file, also behind what was left out.
		for _, part := range []string{`SecurityGroupRules[0].FromPort: "redis" expected a whole number`, `SecurityGroupRules[2].FromPort: is missing`} {
			if !strings.Contains(told, part) {
				t.Errorf("%q is not told:\n%s", part, told)
			}
		}
		for _, group := range []string{"sg-1", "sg-2"} {
			_, err := c.DescribeSecurityGroupRules(ctx, &ec2.DescribeSecurityGroupRulesInput{Filters: []ec2types.Filter{filter("group-id", group)}})
			isRefused(t, err, "SecurityGroupRules[")
			must[*ec2.DescribeSecurityGroupsOutput](t)(c.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{GroupIds: []string{group}}))
		}
	})
	t.Run("a route table", func(t *testing.T) {
		c, _ := partial(t, vpc+`"RouteTables": [{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": true}], "Routes": [{"DestinationCidrBlock": "10.9", "GatewayId": "vgw-1"}]}]`)
		_, err := c.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{Filters: []ec2types.Filter{filter("vpc-id", "vpc-1")}})
		isRefused(t, err, "RouteTables[0].Routes.DestinationCidrBlock")
		must[*ec2.DescribeRouteTablesOutput](t)(c.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{Filters: []ec2types.Filter{filter("vpc-id", "vpc-2")}}))
	})
	t.Run("two objects of one id", func(t *testing.T) {
		c, told := partial(t, `"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}, {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}, {"VpcId": "vpc-2", "CidrBlock": "10.1.0.0/16"}, {"VpcId": "vpc-2", "CidrBlock": "10.2.0.0/16"}]`)
		if strings.Contains(told, "vpc-1") || !strings.Contains(told, `Vpcs[3].VpcId: "vpc-2" stands twice`) {
			t.Errorf("told is %s", told)
		}
		must[*ec2.DescribeVpcsOutput](t)(c.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{VpcIds: []string{"vpc-1"}}))
		_, err := c.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{VpcIds: []string{"vpc-2"}})
		isRefused(t, err, "twice")
	})
}

func TestAVPCIsKnownFromItsLocalRoutes(t *testing.T) {
	c, told := partial(t, `"Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1", "CidrBlock": "10.0.1.0/24"}],
"RouteTables": [{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": true}], "Routes": [{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"},
 {"DestinationCidrBlock": "10.7.0.0/16", "GatewayId": "local"}, {"DestinationIpv6CidrBlock": "2001:db8::/56", "GatewayId": "local"}, {"DestinationCidrBlock": "10.9.0.0/16", "GatewayId": "vgw-1"}]}]`)
	if !strings.Contains(told, `RouteTables[0].VpcId: "vpc-1" is not among the Region's Vpcs; its CIDR blocks were taken from its local routes`) || strings.Contains(told, "Subnets") {
		t.Errorf("told is %s", told)
	}
	vpc := must[*ec2.DescribeVpcsOutput](t)(c.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{VpcIds: []string{"vpc-1"}})).Vpcs[0]
	if len(vpc.CidrBlockAssociationSet) != 2 || *vpc.CidrBlockAssociationSet[1].CidrBlock != "10.7.0.0/16" || *vpc.Ipv6CidrBlockAssociationSet[0].Ipv6CidrBlock != "2001:db8::/56" {
		t.Errorf("the VPC is %+v", vpc)
	}
	_, err := c.DescribeVpcAttribute(t.Context(), &ec2.DescribeVpcAttributeInput{VpcId: aws.String("vpc-1"), Attribute: ec2types.VpcAttributeNameEnableDnsHostnames})
	isRefused(t, err, "vpc-1")
}

// What AWS itself prints of what is over, or not yet there, is nothing wrong.
func TestWhatIsOverStopsNothing(t *testing.T) {
	c, told := partial(t, `"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": "", "Ipv6CidrBlockState": {"State": "associating"}}],
 "CidrBlockAssociationSet": [{"CidrBlock": "10.0.0.0/16", "CidrBlockState": {"State": "associated"}}, {"CidrBlock": "", "CidrBlockState": {"State": "failed"}}]}],
"Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1", "CidrBlock": "10.0.1.0/24"}],
"RouteTables": [{"RouteTableId": "rtb-0", "VpcId": "vpc-1", "Associations": [{"Main": true}]},
 {"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"SubnetId": "subnet-1", "AssociationState": {"State": "disassociated"}}]},
 {"RouteTableId": "rtb-2", "VpcId": "vpc-1", "Associations": [{"SubnetId": "subnet-1", "AssociationState": {"State": "associated"}}]}],
"Instances": [{"InstanceId": "i-1", "State": {"Name": "shutting-down"}}],
"VpcPeeringConnections": [{"VpcPeeringConnectionId": "pcx-1", "Status": {"Code": "expired"}, "RequesterVpcInfo": {"VpcId": "vpc-1"}}],
"TransitGatewayPeeringAttachments": [{"TransitGatewayAttachmentId": "tgw-attach-1", "State": "rejected", "RequesterTgwInfo": {"TransitGatewayId": "tgw-1"}}]`)
	if told != "" {
		t.Errorf("told is %s", told)
	}
	tables := must[*ec2.DescribeRouteTablesOutput](t)(c.DescribeRouteTables(t.Context(), &ec2.DescribeRouteTablesInput{Filters: []ec2types.Filter{filter("vpc-id", "vpc-1")}}))
	if len(tables.RouteTables) != 3 {
		t.Errorf("%d route tables are shown", len(tables.RouteTables))
	}
	_, told = partial(t, `"VpcPeeringConnections": [{"VpcPeeringConnectionId": "pcx-1", "Status": {"Code": "active"}, "RequesterVpcInfo": {"VpcId": "vpc-1"}}],
"TransitGatewayPeeringAttachments": [{"TransitGatewayAttachmentId": "tgw-attach-1", "State": "pendingAcceptance", "RequesterTgwInfo": {"TransitGatewayId": "tgw-1"}}]`)
	if !strings.Contains(told, "pcx-1") || !strings.Contains(told, "tgw-attach-1") {
		t.Errorf("of what is not over, one side is told as enough: %s", told)
	}
}

func TestAClusterThatTellsNoPortIsTold(t *testing.T) {
	for cluster, want := range map[string]bool{
		`{"CacheClusterId": "a", "CacheNodes": []}`:                                                    true,
		`{"CacheClusterId": "a", "CacheNodes": [{"CacheNodeId": "0001"}]}`:                             true,
		`{"CacheClusterId": "a", "CacheNodes": [{"CacheNodeId": "0001", "Endpoint": {"Port": 6390}}]}`: false,
		`{"CacheClusterId": "a", "ConfigurationEndpoint": {"Port": 11211}}`:                            false,
		`{"CacheClusterId": "a", "CacheClusterStatus": "creating"}`:                                    false,
		`{"CacheClusterId": "a", "ReplicationGroupId": "g"}`:                                           false,
	} {
		_, told := partial(t, `"CacheClusters": [`+cluster+`]`)
		if strings.Contains(told, "--show-cache-node-info") != want {
			t.Errorf("%s: told is %q", cluster, told)
		}
	}
}
