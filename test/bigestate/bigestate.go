// Package bigestate makes the worlds of large estates, for tests and benchmarks: many VPCs
// with caches, the groups of their applications, peerings between neighbours, a data centre.
package bigestate

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	cachetypes "github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/cachegate/cachegate/shared/awssim"
)

// Account and Region are where everything is.
const (
	Account = "111122223333"
	Region  = "eu-west-1"
)

// Size is how large an estate is. VPCs are at most 200.
type Size struct {
	// Clusters and Applications are in each VPC; each has a security group.
	VPCs, Clusters, Applications int
}

// World makes an estate in which each cluster has five rules: three for applications of its
// VPC, one for a range of the next VPC, over a peering connection, and one for a data
// centre.
func World(s Size) awssim.Accounts {
	accounts := awssim.Accounts{}
	r := accounts.Region(Account, Region)
	for v := range s.VPCs {
		addVPC(r, s, v)
	}
	return accounts
}

func id(prefix string, numbers ...int) *string {
	n := 0
	for _, x := range numbers {
		n = n<<12 + x + 1
	}
	return aws.String(fmt.Sprintf("%s-%017x", prefix, n))
}

func block(v int) string { return fmt.Sprintf("10.%d.0.0/16", v) }

func addVPC(r *awssim.Region, s Size, v int) {
	vpc, next := id("vpc", v), (v+1)%s.VPCs
	r.Vpcs = append(r.Vpcs, awssim.Vpc{Vpc: ec2types.Vpc{VpcId: vpc, CidrBlock: aws.String(block(v))}})
	group := cachetypes.CacheSubnetGroup{CacheSubnetGroupName: aws.String(fmt.Sprintf("caches-%d", v)), VpcId: vpc}
	for n := range 3 {
		subnet := id("subnet", v, n)
		r.Subnets = append(r.Subnets, ec2types.Subnet{
			SubnetId: subnet, VpcId: vpc, CidrBlock: aws.String(fmt.Sprintf("10.%d.%d.0/20", v, n*16)), AvailabilityZone: aws.String(Region + string(rune('a'+n))),
		})
		group.Subnets = append(group.Subnets, cachetypes.Subnet{SubnetIdentifier: subnet})
	}
	r.CacheSubnetGroups = append(r.CacheSubnetGroups, group)
	table := ec2types.RouteTable{
		RouteTableId: id("rtb", v), VpcId: vpc, Associations: []ec2types.RouteTableAssociation{{Main: aws.Bool(true)}},
		Routes: []ec2types.Route{
			{DestinationCidrBlock: aws.String(block(v)), GatewayId: aws.String("local")},
			{DestinationCidrBlock: aws.String("192.168.0.0/16"), GatewayId: id("vgw", v)},
		},
	}
	if next != v {
		before := (v + s.VPCs - 1) % s.VPCs
		r.VpcPeeringConnections = append(r.VpcPeeringConnections, peering(v, next))
		table.Routes = append(table.Routes, ec2types.Route{DestinationCidrBlock: aws.String(block(next)), VpcPeeringConnectionId: id("pcx", v)})
		if before != next {
			table.Routes = append(table.Routes, ec2types.Route{DestinationCidrBlock: aws.String(block(before)), VpcPeeringConnectionId: id("pcx", before)})
		}
	}
	r.RouteTables = append(r.RouteTables, table)
	addPremises(r, v)
	for a := range s.Applications {
		addApplication(r, v, a)
	}
	for c := range s.Clusters {
		addCluster(r, s, v, c)
	}
}

func peering(a, b int) ec2types.VpcPeeringConnection {
	side := func(v int) *ec2types.VpcPeeringConnectionVpcInfo {
		return &ec2types.VpcPeeringConnectionVpcInfo{
			OwnerId: aws.String(Account), Region: aws.String(Region), VpcId: id("vpc", v), CidrBlock: aws.String(block(v)),
			PeeringOptions: &ec2types.VpcPeeringConnectionOptionsDescription{AllowDnsResolutionFromRemoteVpc: aws.Bool(true)},
		}
	}
	return ec2types.VpcPeeringConnection{
		VpcPeeringConnectionId: id("pcx", a), Status: &ec2types.VpcPeeringConnectionStateReason{Code: "active"},
		RequesterVpcInfo: side(a), AccepterVpcInfo: side(b),
	}
}

func addPremises(r *awssim.Region, v int) {
	r.VpnGateways = append(r.VpnGateways, awssim.VpnGateway{VpnGateway: ec2types.VpnGateway{
		VpnGatewayId: id("vgw", v), State: "available", VpcAttachments: []ec2types.VpcAttachment{{VpcId: id("vpc", v), State: "attached"}},
	}})
	r.VpnConnections = append(r.VpnConnections, ec2types.VpnConnection{
		VpnConnectionId: id("vpn", v), State: "available", VpnGatewayId: id("vgw", v), CustomerGatewayId: id("cgw", 0),
		Options:      &ec2types.VpnConnectionOptions{StaticRoutesOnly: aws.Bool(true)},
		Routes:       []ec2types.VpnStaticRoute{{DestinationCidrBlock: aws.String("192.168.0.0/16"), State: "available"}},
		VgwTelemetry: []ec2types.VgwTelemetry{{OutsideIpAddress: aws.String(fmt.Sprintf("198.51.%d.1", v)), Status: "UP"}},
	})
	if v == 0 {
		r.CustomerGateways = append(r.CustomerGateways, ec2types.CustomerGateway{CustomerGatewayId: id("cgw", 0), State: aws.String("available"), IpAddress: aws.String("203.0.113.1")})
	}
}

func addApplication(r *awssim.Region, v, a int) {
	group := id("sg", v, 0, a)
	r.SecurityGroups = append(r.SecurityGroups, ec2types.SecurityGroup{
		GroupId: group, GroupName: aws.String(fmt.Sprintf("app-%d-%d", v, a)), VpcId: id("vpc", v),
		Tags: []ec2types.Tag{{Key: aws.String("team"), Value: aws.String(fmt.Sprintf("team-%d", a%7))}},
	})
	r.SecurityGroupRules = append(r.SecurityGroupRules, ec2types.SecurityGroupRule{
		SecurityGroupRuleId: id("sgr", v, 0, a), GroupId: group, IsEgress: aws.Bool(true), IpProtocol: aws.String("-1"), CidrIpv4: aws.String("0.0.0.0/0"),
	})
	r.NetworkInterfaces = append(r.NetworkInterfaces, ec2types.NetworkInterface{
		NetworkInterfaceId: id("eni", v, 0, a), SubnetId: id("subnet", v, a%3), PrivateIpAddress: aws.String(fmt.Sprintf("10.%d.%d.%d", v, a%3*16+1+a/200, 10+a%200)),
		Groups: []ec2types.GroupIdentifier{{GroupId: group}},
	})
}

func addCluster(r *awssim.Region, s Size, v, c int) {
	name, group := fmt.Sprintf("cache-%d-%d", v, c), id("sg", v, 1, c)
	r.SecurityGroups = append(r.SecurityGroups, ec2types.SecurityGroup{GroupId: group, GroupName: aws.String(name), VpcId: id("vpc", v)})
	rule := func(n int) ec2types.SecurityGroupRule {
		return ec2types.SecurityGroupRule{
			SecurityGroupRuleId: id("sgr", v, 1, c*8+n), GroupId: group, IsEgress: aws.Bool(false), IpProtocol: aws.String("tcp"),
			FromPort: aws.Int32(6379), ToPort: aws.Int32(6379),
		}
	}
	for n := range min(3, s.Applications) {
		one := rule(n)
		one.ReferencedGroupInfo = &ec2types.ReferencedSecurityGroup{GroupId: id("sg", v, 0, (c*3+n)%s.Applications), UserId: aws.String(Account)}
		r.SecurityGroupRules = append(r.SecurityGroupRules, one)
	}
	near, far := rule(3), rule(4)
	near.CidrIpv4 = aws.String(fmt.Sprintf("10.%d.0.0/20", (v+1)%s.VPCs))
	far.CidrIpv4 = aws.String(fmt.Sprintf("192.168.%d.0/24", c%250))
	r.SecurityGroupRules = append(r.SecurityGroupRules, near, far)
	node := name + "-001"
	r.ReplicationGroups = append(r.ReplicationGroups, awssim.ReplicationGroup{ReplicationGroup: cachetypes.ReplicationGroup{
		ReplicationGroupId: aws.String(name), Status: aws.String("available"), MemberClusters: []string{node},
		TransitEncryptionEnabled: aws.Bool(c%2 == 0), AuthTokenEnabled: aws.Bool(false),
	}})
	r.CacheClusters = append(r.CacheClusters, awssim.CacheCluster{CacheCluster: cachetypes.CacheCluster{
		CacheClusterId: aws.String(node), ReplicationGroupId: aws.String(name), CacheClusterStatus: aws.String("available"), Engine: aws.String("valkey"),
		CacheSubnetGroupName: aws.String(fmt.Sprintf("caches-%d", v)),
		SecurityGroups:       []cachetypes.SecurityGroupMembership{{SecurityGroupId: group, Status: aws.String("active")}},
		CacheNodes:           []cachetypes.CacheNode{{CacheNodeId: aws.String("0001"), Endpoint: &cachetypes.Endpoint{Address: aws.String(node + ".example"), Port: aws.Int32(6379)}}},
	}})
}
