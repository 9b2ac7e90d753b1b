package system

import (
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	cachetypes "github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/network"
)

// The accounts of a history, the hub being in the first, and their Region.
const (
	hubAccount = "111122223333"
	appAccount = "444455556666"
	region     = "us-east-1"
	port       = 6379
)

// The VPCs. Each has a subnet for caches and one for applications, one route table, two
// groups for caches and two for applications. Ids are hexadecimal, as AWS's are: events
// are searched for ids that look like AWS's.
const (
	firstVPC  = "vpc-c1"
	secondVPC = "vpc-c2"
	appVPC    = "vpc-a1"

	gatewayID = "tgw-01"
)

// place is where a VPC is and how its range begins.
type place struct {
	id      string
	account string
	second  int
}

func (p place) block() string        { return fmt.Sprintf("10.%d.0.0/16", p.second) }
func (p place) subnet(n int) string  { return fmt.Sprintf("10.%d.%d.0/24", p.second, n) }
func (p place) short() string        { return p.id[len("vpc-"):] }
func (p place) table() string        { return "rtb-" + p.short() }
func (p place) caches(n int) string  { return fmt.Sprintf("sg-%sc%d", p.short(), n) }
func (p place) clients(n int) string { return fmt.Sprintf("sg-%sa%d", p.short(), n) }
func (p place) unit() network.Unit {
	return network.Unit{Location: network.Location{Account: p.account, Region: region}, VPC: p.id}
}

// places are the VPCs of a shape.
func (s Shape) places() []place {
	first, second, app := place{firstVPC, hubAccount, 1}, place{secondVPC, hubAccount, 2}, place{appVPC, appAccount, 9}
	switch s {
	case Twins:
		return []place{first, second}
	case Far, Gateway:
		return []place{first, app}
	case Star:
		return []place{first, second, app}
	case One:
	}
	return []place{first}
}

// placeOf gives a VPC by its id, a group's, or a route table's.
func (s Shape) placeOf(id string) (place, bool) {
	for _, p := range s.places() {
		if id == p.id || id == p.table() || slices.Contains([]string{p.caches(1), p.caches(2), p.clients(1), p.clients(2)}, id) {
			return p, true
		}
	}
	return place{}, false
}

// link joins two VPCs.
type link struct {
	id   string
	a, b string
}

func (s Shape) links() []link {
	switch s {
	case Twins:
		return []link{{"pcx-01", firstVPC, secondVPC}}
	case Far:
		return []link{{"pcx-01", firstVPC, appVPC}}
	case Star:
		return []link{{"pcx-01", firstVPC, appVPC}, {"pcx-02", appVPC, secondVPC}}
	case Gateway:
		return []link{{gatewayID, firstVPC, appVPC}}
	case One:
	}
	return nil
}

// between gives the link that joins two VPCs.
func (s Shape) between(a, b string) (link, bool) {
	for _, l := range s.links() {
		if l.a == a && l.b == b || l.a == b && l.b == a {
			return l, true
		}
	}
	return link{}, false
}

// arn gives the ARN of a cluster; all are in the hub's account.
func (h History) arn(name string) string {
	kind := "replicationgroup"
	for _, c := range h.Clusters {
		if c.Name == name && c.Serverless {
			kind = "serverlesscache"
		}
	}
	return "arn:aws:elasticache:" + region + ":" + hubAccount + ":" + kind + ":" + name
}

func (h History) cluster(name string) (Cluster, bool) {
	for _, c := range h.Clusters {
		if c.Name == name {
			return c, true
		}
	}
	return Cluster{}, false
}

// world builds the network of a history.
func (h History) world() (*awssim.World, error) {
	accounts := awssim.Accounts{}
	accounts.Region(hubAccount, region)
	for _, p := range h.Shape.places() {
		buildPlace(accounts.Region(p.account, region), p)
	}
	if h.Shape == Gateway {
		h.buildGateway(accounts)
	} else {
		h.buildPeerings(accounts)
	}
	for _, c := range h.Clusters {
		buildCluster(accounts.Region(hubAccount, region), h.Shape, c)
	}
	w, _, err := awssim.Build(accounts)
	if err != nil {
		return nil, fmt.Errorf("building the world of a history: %w", err)
	}
	return w, nil
}

func buildPlace(r *awssim.Region, p place) {
	r.Vpcs = append(r.Vpcs, awssim.Vpc{
		Vpc:                ec2types.Vpc{VpcId: aws.String(p.id), CidrBlock: aws.String(p.block())},
		EnableDnsSupport:   &ec2types.AttributeBooleanValue{Value: aws.Bool(true)},
		EnableDnsHostnames: &ec2types.AttributeBooleanValue{Value: aws.Bool(true)},
	})
	for n, name := range []string{"", "db", "aa"} {
		if name != "" {
			r.Subnets = append(r.Subnets, ec2types.Subnet{
				SubnetId: aws.String("subnet-" + p.short() + name), VpcId: aws.String(p.id), CidrBlock: aws.String(p.subnet(n)), AvailabilityZone: aws.String(region + "a"),
			})
		}
	}
	r.RouteTables = append(r.RouteTables, ec2types.RouteTable{
		RouteTableId: aws.String(p.table()), VpcId: aws.String(p.id), Associations: []ec2types.RouteTableAssociation{{Main: aws.Bool(true)}},
	})
	for n := 1; n <= 2; n++ {
		for _, id := range []string{p.caches(n), p.clients(n)} {
			r.SecurityGroups = append(r.SecurityGroups, ec2types.SecurityGroup{GroupId: aws.String(id), GroupName: aws.String(id), VpcId: aws.String(p.id)})
		}
		r.NetworkInterfaces = append(r.NetworkInterfaces, ec2types.NetworkInterface{
			NetworkInterfaceId: aws.String(fmt.Sprintf("eni-%s%d", p.short(), n)), VpcId: aws.String(p.id), SubnetId: aws.String("subnet-" + p.short() + "aa"),
			PrivateIpAddress: aws.String(fmt.Sprintf("10.%d.2.%d", p.second, 9+n)), Groups: []ec2types.GroupIdentifier{{GroupId: aws.String(p.clients(n))}},
		})
	}
	if p.account == hubAccount {
		r.CacheSubnetGroups = append(r.CacheSubnetGroups, cachetypes.CacheSubnetGroup{
			CacheSubnetGroupName: aws.String(p.short()), VpcId: aws.String(p.id),
			Subnets: []cachetypes.Subnet{{SubnetIdentifier: aws.String("subnet-" + p.short() + "db")}},
		})
	}
}

func (h History) buildPeerings(accounts awssim.Accounts) {
	side := func(id string) *ec2types.VpcPeeringConnectionVpcInfo {
		p, _ := h.Shape.placeOf(id)
		return &ec2types.VpcPeeringConnectionVpcInfo{
			VpcId: aws.String(id), OwnerId: aws.String(p.account), Region: aws.String(region), CidrBlock: aws.String(p.block()),
			PeeringOptions: &ec2types.VpcPeeringConnectionOptionsDescription{AllowDnsResolutionFromRemoteVpc: aws.Bool(true)},
		}
	}
	for _, l := range h.Shape.links() {
		for _, account := range []string{hubAccount, appAccount} {
			if accounts[account] == nil || h.accountOf(l.a) != account && h.accountOf(l.b) != account {
				continue
			}
			r := accounts.Region(account, region)
			r.VpcPeeringConnections = append(r.VpcPeeringConnections, ec2types.VpcPeeringConnection{
				VpcPeeringConnectionId: aws.String(l.id), RequesterVpcInfo: side(l.a), AccepterVpcInfo: side(l.b),
				Status: &ec2types.VpcPeeringConnectionStateReason{Code: ec2types.VpcPeeringConnectionStateReasonCodeActive},
			})
		}
	}
}

func (h History) accountOf(vpc string) string {
	p, _ := h.Shape.placeOf(vpc)
	return p.account
}

// buildGateway joins the VPCs by a transit gateway of the hub's account, whose one table
// knows both.
func (h History) buildGateway(accounts awssim.Accounts) {
	hub := accounts.Region(hubAccount, region)
	hub.TransitGateways = append(hub.TransitGateways, ec2types.TransitGateway{
		TransitGatewayId: aws.String(gatewayID), Options: &ec2types.TransitGatewayOptions{
			DefaultRouteTableAssociation: ec2types.DefaultRouteTableAssociationValueDisable, DefaultRouteTablePropagation: ec2types.DefaultRouteTablePropagationValueDisable,
		},
	})
	table := awssim.TransitGatewayRouteTable{
		TransitGatewayRouteTable: ec2types.TransitGatewayRouteTable{TransitGatewayRouteTableId: aws.String("tgw-rtb-01"), TransitGatewayId: aws.String(gatewayID)},
	}
	for _, p := range h.Shape.places() {
		id := aws.String("tgw-attach-" + p.short())
		r := accounts.Region(p.account, region)
		r.TransitGatewayVpcAttachments = append(r.TransitGatewayVpcAttachments, ec2types.TransitGatewayVpcAttachment{
			TransitGatewayAttachmentId: id, TransitGatewayId: aws.String(gatewayID), VpcId: aws.String(p.id),
			SubnetIds: []string{"subnet-" + p.short() + "db", "subnet-" + p.short() + "aa"},
		})
		table.Associations = append(table.Associations, ec2types.TransitGatewayRouteTableAssociation{TransitGatewayAttachmentId: id})
		table.TransitGatewayRouteTablePropagations = append(table.TransitGatewayRouteTablePropagations, ec2types.TransitGatewayRouteTablePropagation{TransitGatewayAttachmentId: id})
	}
	hub.TransitGatewayRouteTables = append(hub.TransitGatewayRouteTables, table)
}

func buildCluster(r *awssim.Region, s Shape, c Cluster) {
	p, _ := s.placeOf(c.VPC)
	if c.Serverless {
		r.ServerlessCaches = append(r.ServerlessCaches, awssim.ServerlessCache{ServerlessCache: cachetypes.ServerlessCache{
			ServerlessCacheName: aws.String(c.Name), Engine: aws.String("valkey"), Status: aws.String("available"),
			SecurityGroupIds: slices.Clone(c.Groups), SubnetIds: []string{"subnet-" + p.short() + "db"},
		}})
		return
	}
	node := c.Name + "-001"
	r.ReplicationGroups = append(r.ReplicationGroups, awssim.ReplicationGroup{ReplicationGroup: cachetypes.ReplicationGroup{
		ReplicationGroupId: aws.String(c.Name), Status: aws.String("available"), MemberClusters: []string{node},
	}})
	var groups []cachetypes.SecurityGroupMembership
	for _, id := range c.Groups {
		groups = append(groups, cachetypes.SecurityGroupMembership{SecurityGroupId: aws.String(id), Status: aws.String("active")})
	}
	r.CacheClusters = append(r.CacheClusters, awssim.CacheCluster{CacheCluster: cachetypes.CacheCluster{
		CacheClusterId: aws.String(node), ReplicationGroupId: aws.String(c.Name), CacheClusterStatus: aws.String("available"), Engine: aws.String("valkey"),
		CacheSubnetGroupName: aws.String(p.short()), SecurityGroups: groups,
		CacheNodes: []cachetypes.CacheNode{{CacheNodeId: aws.String("0001"), Endpoint: &cachetypes.Endpoint{Address: aws.String(node + ".example"), Port: aws.Int32(port)}}},
	}})
}
