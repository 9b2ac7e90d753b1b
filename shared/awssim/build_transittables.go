package awssim

import (
	"iter"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func (b *builder) transitTable(i int, v TransitGatewayRouteTable) {
	const list = "TransitGatewayRouteTables"
	if v.TransitGatewayId == nil {
		b.leaveOut(list, i, "TransitGatewayId", "", "is missing; a route table belongs to a transit gateway")
		return
	}
	if v.State == "" {
		v.State = ec2types.TransitGatewayRouteTableStateAvailable
	}
	orDefault(&v.DefaultAssociationRouteTable, false)
	orDefault(&v.DefaultPropagationRouteTable, false)
	v.Routes = slices.Clone(v.Routes)
	for j := range v.Routes {
		route := &v.Routes[j]
		fill(&route.Type, ec2types.TransitGatewayRouteTypeStatic)
		fill(&route.State, ec2types.TransitGatewayRouteStateActive)
		if route.PrefixListId != nil && route.DestinationCidrBlock == nil {
			continue
		}
		prefix, ok := b.prefix(list, i, "Routes.DestinationCidrBlock", route.DestinationCidrBlock)
		if !ok {
			return
		}
		route.DestinationCidrBlock = new(prefix.String())
	}
	v.Associations = slices.Clone(v.Associations)
	for j := range v.Associations {
		fill(&v.Associations[j].State, ec2types.TransitGatewayAssociationStateAssociated)
	}
	v.TransitGatewayRouteTablePropagations = slices.Clone(v.TransitGatewayRouteTablePropagations)
	for j := range v.TransitGatewayRouteTablePropagations {
		fill(&v.TransitGatewayRouteTablePropagations[j].State, ec2types.TransitGatewayPropagationStateEnabled)
	}
	insert(b, &b.r.TransitGatewayRouteTables, list, i, &v)
}

// transitAssociations makes the attachments and the route tables of a Region tell the same associations, whichever of
// the two the file lets tell of one.
func (b *builder) transitAssociations() {
	for _, a := range b.r.TransitGatewayAttachments.vals {
		if b.r.TransitGateways.lookup(a.TransitGatewayId) == nil {
			b.shareGateway(a)
		}
	}
	for i, table := range b.r.TransitGatewayRouteTables.vals {
		for _, association := range table.Associations {
			id := aws.ToString(association.TransitGatewayAttachmentId)
			a := b.r.TransitGatewayAttachments.get(id)
			switch {
			case a == nil:
				b.problems.warn(b.path("TransitGatewayRouteTables", i, "Associations"), "%s is not among the Region's attachments", id)
			case a.Association != nil && !same(a.Association.TransitGatewayRouteTableId, table.TransitGatewayRouteTableId):
				b.twoTables(i, table, a)
			default:
				b.state.setAssociation(b.r, id, &table.TransitGatewayRouteTable, association.State)
			}
		}
	}
	for _, a := range b.r.TransitGatewayAttachments.vals {
		if a.Association == nil {
			continue
		}
		table := b.r.TransitGatewayRouteTables.lookup(a.Association.TransitGatewayRouteTableId)
		if table == nil || associationOf(table, *a.TransitGatewayAttachmentId) >= 0 {
			continue
		}
		fuller := *table
		fuller.Associations = append(slices.Clone(table.Associations), ec2types.TransitGatewayRouteTableAssociation{
			TransitGatewayAttachmentId: a.TransitGatewayAttachmentId, State: a.Association.State,
		})
		b.r.TransitGatewayRouteTables.put(b.state.owner, *table.TransitGatewayRouteTableId, &fuller)
	}
}

// twoTables tells that two tables claim an attachment; which of them it has is not known.
func (b *builder) twoTables(i int, table *TransitGatewayRouteTable, a *attachment) {
	path, other := b.path("TransitGatewayRouteTables", i, "Associations"), a.Association.TransitGatewayRouteTableId
	problem := "is associated with " + aws.ToString(other) + " too; an attachment has one route table"
	b.problems.leaveOut(b.problems.lineOf(path), "TransitGatewayRouteTables", path, *a.TransitGatewayAttachmentId, problem+"; what leans on either is unknown")
	b.unread("TransitGatewayRouteTables", []*string{table.TransitGatewayRouteTableId, other, table.TransitGatewayId}, path+": "+*a.TransitGatewayAttachmentId+" "+problem)
}

// shareGateway shows the gateway of an attachment to whoever is attached to it.
func (b *builder) shareGateway(a *attachment) {
	owner := b.state.region(*a.TransitGatewayOwnerId, b.r.name)
	if owner == nil || owner.TransitGateways.lookup(a.TransitGatewayId) == nil {
		b.problems.warn(b.r.account+"/"+b.r.name+"/TransitGatewayAttachments", "%s leads to %s, which nobody's TransitGateways hold",
			*a.TransitGatewayAttachmentId, aws.ToString(a.TransitGatewayId))
		return
	}
	shared := *owner.TransitGateways.get(*a.TransitGatewayId)
	shared.Tags = nil
	b.r.TransitGateways.put(b.state.owner, *a.TransitGatewayId, &shared)
}

// setAssociation makes every view of an attachment show its route table. A peering is one attachment to two gateways,
// and each side associates it with a table of its own; only the views of the table's gateway change.
func (s *state) setAssociation(from *region, id string, table *ec2types.TransitGatewayRouteTable, status ec2types.TransitGatewayAssociationState) {
	fill(&status, ec2types.TransitGatewayAssociationStateAssociated)
	s.editAttachment(from, id, func(a *attachment) {
		if same(a.TransitGatewayId, table.TransitGatewayId) {
			a.Association = &ec2types.TransitGatewayAttachmentAssociation{TransitGatewayRouteTableId: table.TransitGatewayRouteTableId, State: status}
		}
	})
}

// dropAssociation makes the views of an attachment to one gateway show no route table.
func (s *state) dropAssociation(from *region, id string, gateway *string) {
	s.editAttachment(from, id, func(a *attachment) {
		if same(a.TransitGatewayId, gateway) {
			a.Association = nil
		}
	})
}

// editAttachment changes an attachment that one Region shows in every view of it.
func (s *state) editAttachment(from *region, id string, change func(*attachment)) {
	for r := range s.viewsOf(from, id) {
		changed := *r.TransitGatewayAttachments.get(id)
		change(&changed)
		s.edit(r.account, r.name).TransitGatewayAttachments.put(s.owner, id, &changed)
	}
}

// viewsOf lists the Regions that show the same attachment: of a VPC those of one Region's accounts, of a peering both
// sides. Elsewhere the id may stand for something else, in a world that was written by hand.
func (s *state) viewsOf(from *region, id string) iter.Seq[*region] {
	shown := s.region(from.account, from.name).TransitGatewayAttachments.get(id)
	return func(yield func(*region) bool) {
		if shown == nil {
			return
		}
		for r := range s.all {
			a := r.TransitGatewayAttachments.get(id)
			if a == nil {
				continue
			}
			alike := r.name == from.name && same(a.TransitGatewayId, shown.TransitGatewayId)
			if a.peering != nil && shown.peering != nil {
				alike = same(a.peering.RequesterTgwInfo.TransitGatewayId, shown.peering.RequesterTgwInfo.TransitGatewayId) &&
					same(a.peering.AccepterTgwInfo.TransitGatewayId, shown.peering.AccepterTgwInfo.TransitGatewayId)
			}
			if alike && !yield(r) {
				return
			}
		}
	}
}

func associationOf(table *TransitGatewayRouteTable, attachment string) int {
	return slices.IndexFunc(table.Associations, func(a ec2types.TransitGatewayRouteTableAssociation) bool {
		return aws.ToString(a.TransitGatewayAttachmentId) == attachment
	})
}

func propagationOf(table *TransitGatewayRouteTable, attachment string) int {
	return slices.IndexFunc(table.TransitGatewayRouteTablePropagations, func(p ec2types.TransitGatewayRouteTablePropagation) bool {
		return aws.ToString(p.TransitGatewayAttachmentId) == attachment
	})
}

// transitDefaults fills in what a gateway's default route table does where the file leaves it out: every attachment
// is associated with it and propagates to it.
func (b *builder) transitDefaults() {
	for _, table := range b.r.TransitGatewayRouteTables.vals {
		gateway := b.r.TransitGateways.lookup(table.TransitGatewayId)
		if gateway == nil {
			continue
		}
		associates, propagates := isDefaultTable(gateway, table)
		filled := *table
		if table.Associations == nil && associates {
			b.associateAll(&filled)
		}
		if table.TransitGatewayRouteTablePropagations == nil {
			b.propagateAll(&filled, propagates)
		}
		b.r.TransitGatewayRouteTables.put(b.state.owner, *table.TransitGatewayRouteTableId, &filled)
	}
}

// isDefaultTable says whether new attachments of a gateway are associated with a table, and propagate to it.
func isDefaultTable(gateway *ec2types.TransitGateway, table *TransitGatewayRouteTable) (associates, propagates bool) {
	o := gateway.Options
	associates = o.DefaultRouteTableAssociation == ec2types.DefaultRouteTableAssociationValueEnable &&
		(same(o.AssociationDefaultRouteTableId, table.TransitGatewayRouteTableId) || aws.ToBool(table.DefaultAssociationRouteTable))
	propagates = o.DefaultRouteTablePropagation == ec2types.DefaultRouteTablePropagationValueEnable &&
		(same(o.PropagationDefaultRouteTableId, table.TransitGatewayRouteTableId) || aws.ToBool(table.DefaultPropagationRouteTable))
	return associates, propagates
}

func (b *builder) associateAll(table *TransitGatewayRouteTable) {
	for _, a := range b.r.TransitGatewayAttachments.vals {
		if a.Association != nil || !same(a.TransitGatewayId, table.TransitGatewayId) || !stands(a.State) {
			continue
		}
		table.Associations = append(table.Associations, ec2types.TransitGatewayRouteTableAssociation{
			TransitGatewayAttachmentId: a.TransitGatewayAttachmentId, State: ec2types.TransitGatewayAssociationStateAssociated,
		})
		b.state.setAssociation(b.r, *a.TransitGatewayAttachmentId, &table.TransitGatewayRouteTable, "")
	}
	if len(table.Associations) > 0 {
		b.problems.warn(b.r.account+"/"+b.r.name+"/TransitGatewayRouteTables", "%s has no Associations; as the default table it was given the attachments that have no other",
			*table.TransitGatewayRouteTableId)
	}
}

// propagateAll fills in propagations: of the attachments that the listed routes were propagated from, or, in a default
// table without listed routes, of every attachment but peerings.
func (b *builder) propagateAll(table *TransitGatewayRouteTable, byDefault bool) {
	var from []*string
	for _, route := range table.Routes {
		if route.Type == ec2types.TransitGatewayRouteTypePropagated {
			for _, a := range route.TransitGatewayAttachments {
				from = append(from, a.TransitGatewayAttachmentId)
			}
		}
	}
	if byDefault && len(table.Routes) == 0 {
		for _, a := range b.r.TransitGatewayAttachments.vals {
			if same(a.TransitGatewayId, table.TransitGatewayId) && a.peering == nil && stands(a.State) {
				from = append(from, a.TransitGatewayAttachmentId)
			}
		}
	}
	for _, id := range from {
		if id != nil && propagationOf(table, *id) < 0 {
			table.TransitGatewayRouteTablePropagations = append(table.TransitGatewayRouteTablePropagations, ec2types.TransitGatewayRouteTablePropagation{
				TransitGatewayAttachmentId: id, State: ec2types.TransitGatewayPropagationStateEnabled,
			})
		}
	}
	if len(from) > 0 {
		b.problems.warn(b.r.account+"/"+b.r.name+"/TransitGatewayRouteTables", "%s has no TransitGatewayRouteTablePropagations; they were filled in", *table.TransitGatewayRouteTableId)
	}
}
