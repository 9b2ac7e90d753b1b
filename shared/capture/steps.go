package capture

import (
	"context"
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachegate/cachegate/shared/awssim"
)

// step reads one list of a location, with what belongs to its elements.
type step struct {
	// name is the list, as the AWS CLI prints it and a world holds it.
	name string
	read func(context.Context, *reader) error
}

// put moves what was read into the whole.
func (s step) put(into, read *awssim.Region) {
	to, from := reflect.ValueOf(into).Elem().FieldByName(s.name), reflect.ValueOf(read).Elem().FieldByName(s.name)
	to.Set(from)
}

// action is what a step reads, for messages where no call was made yet.
func (s step) action() string { return "reading " + s.name }

// Page sizes: the largest that the calls take.
const (
	pageSize       = 1000
	smallPageSize  = 100
	serverlessPage = 50
)

// steps are all lists. What a later one needs of an earlier one is read by then.
func steps() []step {
	return []step{
		{"CacheClusters", cacheClusters},
		{"ReplicationGroups", replicationGroups},
		{"ServerlessCaches", serverlessCaches},
		{"CacheSubnetGroups", cacheSubnetGroups},
		{"Vpcs", vpcs},
		{"Subnets", subnets},
		{"AvailabilityZones", zones},
		{"SecurityGroups", securityGroups},
		{"SecurityGroupRules", rules},
		{"SecurityGroupVpcAssociations", groupAssociations},
		{"RouteTables", routeTables},
		{"NetworkAcls", networkACLs},
		{"NetworkInterfaces", networkInterfaces},
		{"VpcPeeringConnections", peerings},
		{"ManagedPrefixLists", prefixLists},
		{"InternetGateways", internetGateways},
		{"NatGateways", natGateways},
		{"VpnGateways", vpnGateways},
		{"VpnConnections", vpnConnections},
		{"CustomerGateways", customerGateways},
		{"TransitGateways", transitGateways},
		{"TransitGatewayAttachments", attachments},
		{"TransitGatewayVpcAttachments", vpcAttachments},
		{"TransitGatewayPeeringAttachments", peeringAttachments},
		{"TransitGatewayRouteTables", transitTables},
		{"TransitGatewayPolicyTables", policyTables},
		{"VirtualInterfaces", virtualInterfaces},
		{"DirectConnectGateways", dxGateways},
		{"DirectConnectGatewayAssociations", dxAssociations},
		{"DirectConnectGatewayAttachments", dxAttachments},
	}
}

func cacheClusters(ctx context.Context, r *reader) error {
	return r.pages(ctx, "elasticache:DescribeCacheClusters", func(ctx context.Context, token *string) (*string, error) {
		out, err := r.caches.DescribeCacheClusters(ctx, &elasticache.DescribeCacheClustersInput{Marker: token, MaxRecords: aws.Int32(smallPageSize), ShowCacheNodeInfo: aws.Bool(true)})
		if err != nil {
			return nil, err
		}
		for _, c := range out.CacheClusters {
			r.out.CacheClusters = append(r.out.CacheClusters, awssim.CacheCluster{CacheCluster: c})
		}
		return out.Marker, nil
	})
}

func replicationGroups(ctx context.Context, r *reader) error {
	return r.pages(ctx, "elasticache:DescribeReplicationGroups", func(ctx context.Context, token *string) (*string, error) {
		out, err := r.caches.DescribeReplicationGroups(ctx, &elasticache.DescribeReplicationGroupsInput{Marker: token, MaxRecords: aws.Int32(smallPageSize)})
		if err != nil {
			return nil, err
		}
		for _, g := range out.ReplicationGroups {
			r.out.ReplicationGroups = append(r.out.ReplicationGroups, awssim.ReplicationGroup{ReplicationGroup: g})
		}
		return out.Marker, nil
	})
}

func serverlessCaches(ctx context.Context, r *reader) error {
	return r.pages(ctx, "elasticache:DescribeServerlessCaches", func(ctx context.Context, token *string) (*string, error) {
		out, err := r.caches.DescribeServerlessCaches(ctx, &elasticache.DescribeServerlessCachesInput{NextToken: token, MaxResults: aws.Int32(serverlessPage)})
		if err != nil {
			return nil, err
		}
		for _, s := range out.ServerlessCaches {
			r.out.ServerlessCaches = append(r.out.ServerlessCaches, awssim.ServerlessCache{ServerlessCache: s})
		}
		return out.NextToken, nil
	})
}

func cacheSubnetGroups(ctx context.Context, r *reader) error {
	return r.pages(ctx, "elasticache:DescribeCacheSubnetGroups", func(ctx context.Context, token *string) (*string, error) {
		out, err := r.caches.DescribeCacheSubnetGroups(ctx, &elasticache.DescribeCacheSubnetGroupsInput{Marker: token, MaxRecords: aws.Int32(smallPageSize)})
		if err != nil {
			return nil, err
		}
		r.out.CacheSubnetGroups = append(r.out.CacheSubnetGroups, out.CacheSubnetGroups...)
		return out.Marker, nil
	})
}

func virtualInterfaces(ctx context.Context, r *reader) error {
	err := r.pages(ctx, "directconnect:DescribeVirtualInterfaces", func(ctx context.Context, token *string) (*string, error) {
		out, err := r.dx.DescribeVirtualInterfaces(ctx, &directconnect.DescribeVirtualInterfacesInput{NextToken: token, MaxResults: aws.Int32(smallPageSize)})
		if err != nil {
			return nil, err
		}
		for _, v := range out.VirtualInterfaces {
			v.AuthKey, v.CustomerRouterConfig = nil, nil // secrets
			for i := range v.BgpPeers {
				v.BgpPeers[i].AuthKey = nil
			}
			r.out.VirtualInterfaces = append(r.out.VirtualInterfaces, awssim.VirtualInterface{VirtualInterface: v})
		}
		return out.NextToken, nil
	})
	if err != nil {
		return err
	}
	for i := range r.out.VirtualInterfaces {
		if err := r.virtualInterfaceRoutes(ctx, &r.out.VirtualInterfaces[i]); err != nil {
			return err
		}
	}
	return nil
}

// virtualInterfaceRoutes reads what an interface with a BGP session carries. That is no
// failure where AWS does not tell: not every partition has the call.
func (r *reader) virtualInterfaceRoutes(ctx context.Context, v *awssim.VirtualInterface) error {
	err := r.pages(ctx, "directconnect:ListVirtualInterfaceRoutes", func(ctx context.Context, token *string) (*string, error) {
		out, err := r.dx.ListVirtualInterfaceRoutes(ctx, &directconnect.ListVirtualInterfaceRoutesInput{
			VirtualInterfaceId: v.VirtualInterfaceId, NextToken: token, MaxResults: aws.Int32(smallPageSize),
		})
		if err != nil {
			return nil, err
		}
		v.Routes = append(v.Routes, out.Routes...)
		return out.NextToken, nil
	})
	if code := codeOf(err); code != "" && ctx.Err() == nil && (refused(code) || strings.Contains(code, "ClientException")) {
		return nil
	}
	return err
}

func dxGateways(ctx context.Context, r *reader) error {
	return r.pages(ctx, "directconnect:DescribeDirectConnectGateways", func(ctx context.Context, token *string) (*string, error) {
		out, err := r.dx.DescribeDirectConnectGateways(ctx, &directconnect.DescribeDirectConnectGatewaysInput{NextToken: token, MaxResults: aws.Int32(smallPageSize)})
		if err != nil {
			return nil, err
		}
		r.out.DirectConnectGateways = append(r.out.DirectConnectGateways, out.DirectConnectGateways...)
		return out.NextToken, nil
	})
}
