package oracle

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachegate/cachegate/shared/awssim"
)

// Read reads all of a simulation as it is at the moment: the simulation's faults,
// lags and hooks do not touch it.
func Read(ctx context.Context, sim *awssim.Sim) (*Network, error) {
	twin := sim.Clone()
	twin.Heal()
	twin.NoLag()
	n := &Network{
		vpcs: map[string]vpc{}, subnets: map[string]ec2types.Subnet{}, tables: map[string]ec2types.RouteTable{},
		acls: map[string]ec2types.NetworkAcl{}, groups: map[string]group{}, interfaces: map[string]ec2types.NetworkInterface{},
		peerings: map[string]ec2types.VpcPeeringConnection{}, lists: map[string][]netip.Prefix{},
		clusters: map[string]Cluster{}, order: map[string][]string{}, hybrid: newHybrid(),
		gateways: map[string]ec2types.TransitGateway{}, attachments: map[seen]attachment{}, transitRoutes: map[string][]ec2types.TransitGatewayRoute{},
	}
	for _, l := range twin.World().Locations() {
		config := twin.Config(l[0], l[1], awssim.Actor{Session: "oracle"})
		r := reader{Network: n, ctx: ctx, at: Place{l[0], l[1]}, ec2: ec2.NewFromConfig(config), caches: elasticache.NewFromConfig(config), dx: directconnect.NewFromConfig(config)}
		for _, step := range []func() error{r.network, r.filters, r.ends, r.caching, r.transit, r.tunnelling, r.circuitry} {
			if err := step(); err != nil {
				return nil, fmt.Errorf("reading %s/%s: %w", l[0], l[1], err)
			}
		}
	}
	n.order["subnet"] = slices.Sorted(maps.Keys(n.subnets))
	n.order["table"] = slices.Sorted(maps.Keys(n.tables))
	n.order["acl"] = slices.Sorted(maps.Keys(n.acls))
	n.order["interface"] = slices.Sorted(maps.Keys(n.interfaces))
	n.order["peering"] = slices.Sorted(maps.Keys(n.peerings))
	n.order["cluster"] = slices.Sorted(maps.Keys(n.clusters))
	n.orderHybrid()
	n.edges = n.boundaries()
	return n, nil
}

type reader struct {
	*Network
	ctx    context.Context
	at     Place
	ec2    *ec2.Client
	caches *elasticache.Client
	dx     *directconnect.Client
}

// network reads VPCs, subnets, route tables and peering connections.
func (r reader) network() error {
	for pages := ec2.NewDescribeVpcsPaginator(r.ec2, nil); pages.HasMorePages(); {
		page, err := pages.NextPage(r.ctx)
		if err != nil {
			return err
		}
		for _, v := range page.Vpcs {
			r.vpcs[aws.ToString(v.VpcId)] = vpc{Vpc: v, place: r.at}
		}
	}
	for pages := ec2.NewDescribeSubnetsPaginator(r.ec2, nil); pages.HasMorePages(); {
		page, err := pages.NextPage(r.ctx)
		if err != nil {
			return err
		}
		for _, s := range page.Subnets {
			r.subnets[aws.ToString(s.SubnetId)] = s
		}
	}
	for pages := ec2.NewDescribeRouteTablesPaginator(r.ec2, nil); pages.HasMorePages(); {
		page, err := pages.NextPage(r.ctx)
		if err != nil {
			return err
		}
		for _, t := range page.RouteTables {
			r.tables[aws.ToString(t.RouteTableId)] = t
		}
	}
	for pages := ec2.NewDescribeVpcPeeringConnectionsPaginator(r.ec2, nil); pages.HasMorePages(); {
		page, err := pages.NextPage(r.ctx)
		if err != nil {
			return err
		}
		for _, p := range page.VpcPeeringConnections {
			r.peerings[aws.ToString(p.VpcPeeringConnectionId)] = p
		}
	}
	return nil
}

// filters reads network ACLs, security groups with their rules, and prefix lists.
func (r reader) filters() error {
	for pages := ec2.NewDescribeNetworkAclsPaginator(r.ec2, nil); pages.HasMorePages(); {
		page, err := pages.NextPage(r.ctx)
		if err != nil {
			return err
		}
		for _, a := range page.NetworkAcls {
			r.acls[aws.ToString(a.NetworkAclId)] = a
		}
	}
	for pages := ec2.NewDescribeSecurityGroupsPaginator(r.ec2, nil); pages.HasMorePages(); {
		page, err := pages.NextPage(r.ctx)
		if err != nil {
			return err
		}
		for _, g := range page.SecurityGroups {
			r.groups[aws.ToString(g.GroupId)] = group{SecurityGroup: g, place: r.at}
		}
	}
	for pages := ec2.NewDescribeSecurityGroupRulesPaginator(r.ec2, nil); pages.HasMorePages(); {
		page, err := pages.NextPage(r.ctx)
		if err != nil {
			return err
		}
		for _, rule := range page.SecurityGroupRules {
			g := r.groups[aws.ToString(rule.GroupId)]
			g.rules = append(g.rules, rule)
			r.groups[aws.ToString(rule.GroupId)] = g
		}
	}
	return r.prefixLists()
}

func (r reader) prefixLists() error {
	out, err := r.ec2.DescribeManagedPrefixLists(r.ctx, nil)
	if err != nil {
		return err
	}
	for _, list := range out.PrefixLists {
		var entries []netip.Prefix
		for pages := ec2.NewGetManagedPrefixListEntriesPaginator(r.ec2, &ec2.GetManagedPrefixListEntriesInput{PrefixListId: list.PrefixListId}); pages.HasMorePages(); {
			page, err := pages.NextPage(r.ctx)
			if err != nil {
				return err
			}
			for _, e := range page.Entries {
				entries = appendPrefix(entries, e.Cidr)
			}
		}
		r.lists[aws.ToString(list.PrefixListId)] = entries
	}
	return nil
}

// ends reads the network interfaces.
func (r reader) ends() error {
	for pages := ec2.NewDescribeNetworkInterfacesPaginator(r.ec2, nil); pages.HasMorePages(); {
		page, err := pages.NextPage(r.ctx)
		if err != nil {
			return err
		}
		for _, i := range page.NetworkInterfaces {
			r.interfaces[aws.ToString(i.NetworkInterfaceId)] = i
		}
	}
	return nil
}

func (r reader) arn(kind string, name *string) string {
	return strings.Join([]string{"arn:aws:elasticache", r.at.Region, r.at.Account, kind, aws.ToString(name)}, ":")
}
