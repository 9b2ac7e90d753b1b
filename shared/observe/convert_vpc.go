package observe

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/network"
)

func vpcOf(at network.Location, v ec2types.Vpc, n *notes) network.VPC {
	out := network.VPC{ID: aws.ToString(v.VpcId), Location: at, Default: aws.ToBool(v.IsDefault), Owner: aws.ToString(v.OwnerId)}
	for _, a := range v.CidrBlockAssociationSet {
		if a.CidrBlockState == nil || associated(a.CidrBlockState.State) {
			out.CIDRs = n.addPrefix(out.CIDRs, a.CidrBlock)
		}
	}
	for _, a := range v.Ipv6CidrBlockAssociationSet {
		if a.Ipv6CidrBlockState == nil || associated(a.Ipv6CidrBlockState.State) {
			out.CIDRs = n.addPrefix(out.CIDRs, a.Ipv6CidrBlock)
		}
	}
	if len(v.CidrBlockAssociationSet) == 0 {
		out.CIDRs = n.addPrefix(out.CIDRs, v.CidrBlock)
	}
	out.CIDRs = sortPrefixes(out.CIDRs)
	return out
}

// associated says whether a block takes part in routing; AWS keeps blocks that
// failed or were taken away in the list for a while.
func associated[T ~string](state T) bool { return state == "" || state == "associated" }

func subnetOf(at network.Location, s ec2types.Subnet, n *notes) network.Subnet {
	out := network.Subnet{
		ID: aws.ToString(s.SubnetId), VPC: aws.ToString(s.VpcId), Location: at,
		AvailabilityZone: aws.ToString(s.AvailabilityZone), ZoneID: aws.ToString(s.AvailabilityZoneId),
	}
	out.CIDRs = n.addPrefix(out.CIDRs, s.CidrBlock)
	for _, a := range s.Ipv6CidrBlockAssociationSet {
		if a.Ipv6CidrBlockState == nil || associated(a.Ipv6CidrBlockState.State) {
			out.CIDRs = n.addPrefix(out.CIDRs, a.Ipv6CidrBlock)
		}
	}
	out.CIDRs = sortPrefixes(out.CIDRs)
	return out
}

func routeTableOf(at network.Location, t ec2types.RouteTable, n *notes) network.RouteTable {
	out := network.RouteTable{ID: aws.ToString(t.RouteTableId), VPC: aws.ToString(t.VpcId), Location: at}
	for _, a := range t.Associations {
		if a.AssociationState != nil && !associated(a.AssociationState.State) {
			continue
		}
		out.Associations = append(out.Associations, network.RouteTableAssociation{
			ID: aws.ToString(a.RouteTableAssociationId), Subnet: aws.ToString(a.SubnetId),
			Gateway: aws.ToString(a.GatewayId), Main: aws.ToBool(a.Main),
		})
		out.Main = out.Main || aws.ToBool(a.Main)
	}
	for _, v := range t.PropagatingVgws {
		out.PropagatingVGWs = append(out.PropagatingVGWs, aws.ToString(v.GatewayId))
	}
	out.PropagatingVGWs = network.SortedSet(out.PropagatingVGWs)
	for _, route := range t.Routes {
		if v, ok := routeOf(route, n); ok {
			out.Routes = append(out.Routes, v)
		}
	}
	slices.SortStableFunc(out.Associations, func(a, b network.RouteTableAssociation) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortStableFunc(out.Routes, compareRoutes)
	return out
}

func compareRoutes(a, b network.Route) int {
	return cmp.Or(comparePrefixes(a.Destination, b.Destination), cmp.Compare(a.PrefixList, b.PrefixList),
		cmp.Compare(a.Origin, b.Origin), cmp.Compare(a.Target.ID, b.Target.ID))
}

// routeOf reads a route. Its target is in one of many fields; a NAT instance's
// route names both the instance and its interface, and the interface is what counts.
func routeOf(r ec2types.Route, n *notes) (network.Route, bool) {
	text := firstOf(r.DestinationCidrBlock, r.DestinationIpv6CidrBlock)
	out := network.Route{
		Destination: n.prefix(&text),
		PrefixList:  aws.ToString(r.DestinationPrefixListId),
		Target: network.TargetOf(firstOf(
			r.VpcPeeringConnectionId, r.TransitGatewayId, r.GatewayId, r.NetworkInterfaceId, r.InstanceId, r.NatGatewayId,
			r.EgressOnlyInternetGatewayId, r.CarrierGatewayId, r.LocalGatewayId, r.CoreNetworkArn, r.OdbNetworkArn,
		)),
		State:  string(r.State),
		Origin: string(r.Origin),
	}
	if !out.Destination.IsValid() && out.PrefixList == "" {
		if text == "" {
			*n = append(*n, "a route has no destination")
		}
		return network.Route{}, false
	}
	return out, true
}

func networkACLOf(at network.Location, a ec2types.NetworkAcl, n *notes) network.NetworkACL {
	out := network.NetworkACL{
		ID: aws.ToString(a.NetworkAclId), VPC: aws.ToString(a.VpcId), Location: at, Default: aws.ToBool(a.IsDefault),
	}
	for _, x := range a.Associations {
		out.Associations = append(out.Associations, network.NetworkACLAssociation{
			ID: aws.ToString(x.NetworkAclAssociationId), Subnet: aws.ToString(x.SubnetId),
		})
	}
	for _, e := range a.Entries {
		if v, ok := networkACLEntryOf(e, n); ok {
			out.Entries = append(out.Entries, v)
		}
	}
	slices.SortStableFunc(out.Associations, func(a, b network.NetworkACLAssociation) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortStableFunc(out.Entries, func(a, b network.NetworkACLEntry) int {
		return cmp.Or(compareBools(a.Egress, b.Egress), cmp.Compare(a.Number, b.Number))
	})
	return out
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}

func networkACLEntryOf(e ec2types.NetworkAclEntry, n *notes) (network.NetworkACLEntry, bool) {
	text := firstOf(e.CidrBlock, e.Ipv6CidrBlock)
	out := network.NetworkACLEntry{
		Number: aws.ToInt32(e.RuleNumber), Egress: aws.ToBool(e.Egress), Allow: e.RuleAction == ec2types.RuleActionAllow,
		Protocol: aws.ToString(e.Protocol), ToPort: 65535, CIDR: n.prefix(&text),
	}
	if !out.CIDR.IsValid() {
		if text == "" {
			*n = append(*n, fmt.Sprintf("entry %d has no CIDR block", out.Number))
		}
		return network.NetworkACLEntry{}, false
	}
	if e.PortRange != nil {
		from, to := aws.ToInt32(e.PortRange.From), aws.ToInt32(e.PortRange.To)
		if from < 0 || to > 65535 || from > to {
			*n = append(*n, fmt.Sprintf("entry %d has the ports %d-%d", out.Number, from, to))
			return network.NetworkACLEntry{}, false
		}
		out.FromPort, out.ToPort = uint16(from), uint16(to)
	}
	return out, true
}
