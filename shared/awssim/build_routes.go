package awssim

import (
	"net/netip"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// routeTables builds the VPC route tables, and the main table of every VPC that comes without one.
func (b *builder) routeTables() {
	for i := range b.in.RouteTables {
		b.routeTable(i, b.in.RouteTables[i])
	}
	for _, vpc := range b.r.Vpcs.vals {
		b.mainTable(vpc)
	}
}

func (b *builder) routeTable(i int, v ec2types.RouteTable) {
	const list = "RouteTables"
	vpc, ok := known(b, &b.r.Vpcs, list, i, "VpcId", v.VpcId)
	if !ok {
		return
	}
	orDefault(&v.OwnerId, b.r.account)
	v.Associations = slices.Clone(v.Associations)
	for j := range v.Associations {
		if !b.association(i, &v, &v.Associations[j]) {
			return
		}
	}
	v.Routes = slices.Clone(v.Routes)
	for j := range v.Routes {
		if !b.route(i, &v.Routes[j]) {
			return
		}
	}
	if vpc != nil && addLocalRoutes(&v, vpc) {
		b.problems.warn(b.path(list, i, "Routes"), "the VPC's local routes were filled in")
	}
	insert(b, &b.r.RouteTables, list, i, &v)
}

// association checks that no other table has what an association of one is about.
func (b *builder) association(i int, table *ec2types.RouteTable, a *ec2types.RouteTableAssociation) bool {
	const list = "RouteTables"
	table2, field := "", "Associations"
	for _, other := range b.r.RouteTables.vals {
		for _, theirs := range other.Associations {
			if !standsFor(a) || !standsFor(&theirs) {
				continue
			}
			sameSubnet := a.SubnetId != nil && aws.ToString(theirs.SubnetId) == *a.SubnetId
			bothMain := aws.ToBool(a.Main) && aws.ToBool(theirs.Main) && aws.ToString(other.VpcId) == aws.ToString(table.VpcId)
			if sameSubnet || bothMain {
				table2 = aws.ToString(other.RouteTableId)
			}
		}
	}
	switch {
	case table2 != "" && a.SubnetId != nil:
		b.leaveOut(list, i, field, *a.SubnetId, "is associated with %s too; a subnet has one route table", table2)
		return false
	case table2 != "":
		b.leaveOut(list, i, field, "", "makes a second main table beside %s; a VPC has one", table2)
		return false
	case a.SubnetId != nil && b.r.Subnets.lookup(a.SubnetId) == nil:
		b.problems.warn(b.path(list, i, field), "the subnet %s is not among the Region's Subnets", *a.SubnetId)
	}
	a.RouteTableId = table.RouteTableId
	orDefault(&a.Main, false)
	orDefault(&a.RouteTableAssociationId, derivedID("rtbassoc", aws.ToString(table.RouteTableId), aws.ToString(a.SubnetId), aws.ToString(a.GatewayId)))
	orDefault(&a.AssociationState, ec2types.RouteTableAssociationState{State: ec2types.RouteTableAssociationStateCodeAssociated})
	return true
}

// standsFor says whether an association is in force: AWS shows one that was replaced for a while.
func standsFor(a *ec2types.RouteTableAssociation) bool {
	return a.AssociationState == nil || a.AssociationState.State == "" || a.AssociationState.State == ec2types.RouteTableAssociationStateCodeAssociated ||
		a.AssociationState.State == ec2types.RouteTableAssociationStateCodeAssociating
}

// route checks one route and gives its destination in the form that AWS would show.
func (b *builder) route(i int, r *ec2types.Route) bool {
	for _, destination := range [...]struct {
		field string
		cidr  **string
	}{{"Routes.DestinationCidrBlock", &r.DestinationCidrBlock}, {"Routes.DestinationIpv6CidrBlock", &r.DestinationIpv6CidrBlock}} {
		if *destination.cidr == nil {
			continue
		}
		prefix, ok := b.prefix("RouteTables", i, destination.field, *destination.cidr)
		if !ok {
			return false
		}
		*destination.cidr = new(prefix.String())
	}
	if r.DestinationCidrBlock == nil && r.DestinationIpv6CidrBlock == nil && r.DestinationPrefixListId == nil {
		b.leaveOut("RouteTables", i, "Routes", "", "a route is without a destination; expected DestinationCidrBlock, DestinationIpv6CidrBlock or DestinationPrefixListId")
		return false
	}
	if r.Origin == "" {
		r.Origin = ec2types.RouteOriginCreateRoute
		if aws.ToString(r.GatewayId) == localGateway {
			r.Origin = ec2types.RouteOriginCreateRouteTable
		}
	}
	return true
}

// mainTable sees to it that a VPC has a main route table, as every VPC of AWS has.
func (b *builder) mainTable(vpc *Vpc) {
	var tables []*ec2types.RouteTable
	for _, table := range b.r.RouteTables.vals {
		if aws.ToString(table.VpcId) != *vpc.VpcId {
			continue
		}
		if mainAssociation(table) != nil {
			return
		}
		tables = append(tables, table)
	}
	where := b.r.account + "/" + b.r.name + "/RouteTables"
	if len(tables) == 1 && len(tables[0].Associations) == 0 {
		// Written by hand: the VPC's only table, for all its subnets.
		table := *tables[0]
		table.Associations = []ec2types.RouteTableAssociation{mainAssociationOf(&table)}
		b.r.RouteTables.put(b.state.owner, *table.RouteTableId, &table)
		b.problems.warn(where, "%s is the only route table of %s and has no associations; it was taken as the main table", *table.RouteTableId, *vpc.VpcId)
		return
	}
	id := derivedID("rtb", b.r.account, b.r.name, *vpc.VpcId)
	table := ec2types.RouteTable{RouteTableId: &id, VpcId: vpc.VpcId, OwnerId: vpc.OwnerId}
	table.Associations = []ec2types.RouteTableAssociation{mainAssociationOf(&table)}
	addLocalRoutes(&table, vpc)
	b.r.RouteTables.put(b.state.owner, id, &table)
	b.problems.warn(where, "%s has no main route table; AWS's default was filled in: %s with the local routes only", *vpc.VpcId, id)
}

func mainAssociationOf(table *ec2types.RouteTable) ec2types.RouteTableAssociation {
	return ec2types.RouteTableAssociation{
		Main: new(true), RouteTableId: table.RouteTableId,
		RouteTableAssociationId: new(derivedID("rtbassoc", *table.RouteTableId, "main")),
		AssociationState:        &ec2types.RouteTableAssociationState{State: ec2types.RouteTableAssociationStateCodeAssociated},
	}
}

func mainAssociation(table *ec2types.RouteTable) *ec2types.RouteTableAssociation {
	for i := range table.Associations {
		if aws.ToBool(table.Associations[i].Main) {
			return &table.Associations[i]
		}
	}
	return nil
}

// localGateway is what AWS calls the target of a VPC's own routes.
const localGateway = "local"

// addLocalRoutes adds the local route of every CIDR of the VPC that the table has no route of
// its own for.
func addLocalRoutes(table *ec2types.RouteTable, vpc *Vpc) bool {
	var local []ec2types.Route
	for _, cidr := range vpcPrefixes(vpc) {
		text := cidr.String()
		if slices.ContainsFunc(table.Routes, func(r ec2types.Route) bool {
			same := aws.ToString(r.DestinationCidrBlock) == text || aws.ToString(r.DestinationIpv6CidrBlock) == text
			return same && r.Origin != ec2types.RouteOriginEnableVgwRoutePropagation // which the local route stands beside
		}) {
			continue
		}
		route := ec2types.Route{GatewayId: new(localGateway), Origin: ec2types.RouteOriginCreateRouteTable, State: ec2types.RouteStateActive}
		if cidr.Addr().Is4() {
			route.DestinationCidrBlock = &text
		} else {
			route.DestinationIpv6CidrBlock = &text
		}
		local = append(local, route)
	}
	table.Routes = append(local, table.Routes...)
	return len(local) > 0
}

// vpcPrefixes lists the CIDRs that are associated with a VPC now, IPv4 first.
func vpcPrefixes(vpc *Vpc) []netip.Prefix {
	var prefixes []netip.Prefix
	add := func(cidr *string, state *ec2types.VpcCidrBlockState) {
		if !isAssociated(state) {
			return
		}
		if prefix, err := netip.ParsePrefix(aws.ToString(cidr)); err == nil {
			prefixes = append(prefixes, prefix.Masked())
		}
	}
	for _, a := range vpc.CidrBlockAssociationSet {
		add(a.CidrBlock, a.CidrBlockState)
	}
	for _, a := range vpc.Ipv6CidrBlockAssociationSet {
		add(a.Ipv6CidrBlock, a.Ipv6CidrBlockState)
	}
	return prefixes
}
