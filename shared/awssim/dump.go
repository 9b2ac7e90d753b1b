package awssim

import (
	"slices"

	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// Accounts gives the world back as plain content, with every default that was filled in. It shares memory with the
// world and is not to be changed.
func (w *World) Accounts() Accounts {
	accounts := Accounts{}
	for r := range w.state.all {
		*accounts.Region(r.account, r.name) = r.content()
	}
	return accounts
}

// MarshalJSON writes the world as a world file, which Load reads into the same world. What it does not hold is not written.
func (w *World) MarshalJSON() ([]byte, error) { return w.Accounts().MarshalJSON() }

// byID lists what Regions and accounts show to each other, whose order depends on who was read first.
func byID[T any](t *table[T]) []*T {
	var sorted []*T
	for _, id := range slices.Sorted(slices.Values(t.keys)) {
		sorted = append(sorted, t.get(id))
	}
	return sorted
}

// content gives a Region back as lists.
func (r *region) content() Region {
	out := Region{CachegateClaims: r.claims}
	for _, l := range lists {
		l.of(r).write(&out, l)
	}
	return out
}

// writeTo lists a group, and its rules.
func (g *group) writeTo(out *Region) {
	out.SecurityGroups = append(out.SecurityGroups, g.SecurityGroup)
	out.SecurityGroupRules = append(out.SecurityGroupRules, g.rules...)
}

// writeTo lists an attachment among all, and among those of its kind.
func (a *attachment) writeTo(out *Region) {
	out.TransitGatewayAttachments = append(out.TransitGatewayAttachments, a.TransitGatewayAttachment)
	if a.vpc != nil {
		out.TransitGatewayVpcAttachments = append(out.TransitGatewayVpcAttachments, a.asVPC())
	}
	if a.peering != nil {
		out.TransitGatewayPeeringAttachments = append(out.TransitGatewayPeeringAttachments, a.asPeering())
	}
}

// writeTo lists a route table. Empty is not absent: where these are absent, a default table is given every attachment.
func (t *TransitGatewayRouteTable) writeTo(out *Region) {
	whole := *t
	if whole.Associations == nil {
		whole.Associations = []ec2types.TransitGatewayRouteTableAssociation{}
	}
	if whole.TransitGatewayRouteTablePropagations == nil {
		whole.TransitGatewayRouteTablePropagations = []ec2types.TransitGatewayRouteTablePropagation{}
	}
	out.TransitGatewayRouteTables = append(out.TransitGatewayRouteTables, whole)
}
