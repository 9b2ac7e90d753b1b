package awssim

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func transitOperations() []*operation {
	return []*operation{
		read(ec2Service, "DescribeTransitGateways", describeTransitGateways),
		read(ec2Service, "DescribeTransitGatewayAttachments", describeTransitGatewayAttachments),
		read(ec2Service, "DescribeTransitGatewayVpcAttachments", describeTransitGatewayVpcAttachments),
		read(ec2Service, "DescribeTransitGatewayPeeringAttachments", describeTransitGatewayPeeringAttachments),
		read(ec2Service, "DescribeTransitGatewayRouteTables", describeTransitGatewayRouteTables),
		read(ec2Service, "DescribeTransitGatewayPolicyTables", describeTransitGatewayPolicyTables),
		read(ec2Service, "DescribeTransitGatewayMulticastDomains", describeTransitGatewayMulticastDomains),
		read(ec2Service, "GetTransitGatewayRouteTableAssociations", getTransitGatewayRouteTableAssociations),
		read(ec2Service, "GetTransitGatewayRouteTablePropagations", getTransitGatewayRouteTablePropagations),
		read(ec2Service, "SearchTransitGatewayRoutes", searchTransitGatewayRoutes),
	}
}

// The codes of EC2 for transit gateway ids that do not exist.
const (
	errGatewayNotFound      = "InvalidTransitGatewayID.NotFound"
	errAttachmentNotFound   = "InvalidTransitGatewayAttachmentID.NotFound"
	errTransitTableNotFound = "InvalidRouteTableID.NotFound"
)

var transitGatewayFilters = filters[ec2types.TransitGateway]{
	"transit-gateway-id": func(v *ec2types.TransitGateway, m matcher) bool { return m.text(v.TransitGatewayId) },
	"owner-id":           func(v *ec2types.TransitGateway, m matcher) bool { return m.text(v.OwnerId) },
	"state":              func(v *ec2types.TransitGateway, m matcher) bool { return m(string(v.State)) },
	"options.association-default-route-table-id": func(v *ec2types.TransitGateway, m matcher) bool {
		return m.text(v.Options.AssociationDefaultRouteTableId)
	},
	"options.propagation-default-route-table-id": func(v *ec2types.TransitGateway, m matcher) bool {
		return m.text(v.Options.PropagationDefaultRouteTableId)
	},
	"options.auto-accept-shared-attachments": func(v *ec2types.TransitGateway, m matcher) bool {
		return m(string(v.Options.AutoAcceptSharedAttachments))
	},
	"options.default-route-table-association": func(v *ec2types.TransitGateway, m matcher) bool {
		return m(string(v.Options.DefaultRouteTableAssociation))
	},
	"options.default-route-table-propagation": func(v *ec2types.TransitGateway, m matcher) bool {
		return m(string(v.Options.DefaultRouteTablePropagation))
	},
	"options.dns-support":      func(v *ec2types.TransitGateway, m matcher) bool { return m(string(v.Options.DnsSupport)) },
	"options.vpn-ecmp-support": func(v *ec2types.TransitGateway, m matcher) bool { return m(string(v.Options.VpnEcmpSupport)) },
}

func describeTransitGateways(c *call, in *ec2.DescribeTransitGatewaysInput) (*ec2.DescribeTransitGatewaysOutput, error) {
	found, next, err := describe(c, &c.r.TransitGateways, query[ec2types.TransitGateway]{
		ids: in.TransitGatewayIds, missing: errGatewayNotFound, what: "transitGateway ID", filters: in.Filters, by: transitGatewayFilters,
		tags: func(v *ec2types.TransitGateway) []ec2types.Tag { return v.Tags }, max: in.MaxResults, next: in.NextToken,
	})
	if err != nil {
		return nil, err
	}
	return &ec2.DescribeTransitGatewaysOutput{NextToken: next, TransitGateways: values(found)}, nil
}

var attachmentFilters = filters[attachment]{
	"transit-gateway-attachment-id": func(v *attachment, m matcher) bool { return m.text(v.TransitGatewayAttachmentId) },
	"transit-gateway-id":            func(v *attachment, m matcher) bool { return m.text(v.TransitGatewayId) },
	"transit-gateway-owner-id":      func(v *attachment, m matcher) bool { return m.text(v.TransitGatewayOwnerId) },
	"resource-id":                   func(v *attachment, m matcher) bool { return m.text(v.ResourceId) },
	"resource-owner-id":             func(v *attachment, m matcher) bool { return m.text(v.ResourceOwnerId) },
	"resource-type":                 func(v *attachment, m matcher) bool { return m(string(v.ResourceType)) },
	"state":                         func(v *attachment, m matcher) bool { return m(string(v.State)) },
	"association.state": func(v *attachment, m matcher) bool {
		return v.Association != nil && m(string(v.Association.State))
	},
	"association.transit-gateway-route-table-id": func(v *attachment, m matcher) bool {
		return v.Association != nil && m.text(v.Association.TransitGatewayRouteTableId)
	},
}

func attachmentTags(v *attachment) []ec2types.Tag { return v.Tags }

func describeTransitGatewayAttachments(c *call, in *ec2.DescribeTransitGatewayAttachmentsInput) (*ec2.DescribeTransitGatewayAttachmentsOutput, error) {
	found, next, err := describe(c, &c.r.TransitGatewayAttachments, query[attachment]{
		ids: in.TransitGatewayAttachmentIds, missing: errAttachmentNotFound, what: "transitGatewayAttachment ID", filters: in.Filters,
		by: attachmentFilters, tags: attachmentTags, max: in.MaxResults, next: in.NextToken,
	})
	if err != nil {
		return nil, err
	}
	out := &ec2.DescribeTransitGatewayAttachmentsOutput{NextToken: next}
	out.TransitGatewayAttachments = make([]ec2types.TransitGatewayAttachment, len(found))
	for i, v := range found {
		out.TransitGatewayAttachments[i] = v.TransitGatewayAttachment
	}
	return out, nil
}

// only is the part of a table that a test picks.
func only[T any](t *table[T], test func(*T) bool) *table[T] {
	part := &table[T]{}
	for i, v := range t.vals {
		if test(v) {
			part.keys, part.vals = append(part.keys, t.keys[i]), append(part.vals, v)
		}
	}
	return part
}

var vpcAttachmentFilters = filters[attachment]{
	"transit-gateway-attachment-id": attachmentFilters["transit-gateway-attachment-id"],
	"transit-gateway-id":            attachmentFilters["transit-gateway-id"],
	"state":                         attachmentFilters["state"],
	"vpc-id":                        attachmentFilters["resource-id"],
}

func describeTransitGatewayVpcAttachments(c *call, in *ec2.DescribeTransitGatewayVpcAttachmentsInput) (*ec2.DescribeTransitGatewayVpcAttachmentsOutput, error) {
	vpcs := only(&c.r.TransitGatewayAttachments, func(a *attachment) bool { return a.vpc != nil })
	found, next, err := describe(c, vpcs, query[attachment]{
		ids: in.TransitGatewayAttachmentIds, missing: errAttachmentNotFound, what: "transitGatewayAttachment ID", filters: in.Filters,
		by: vpcAttachmentFilters, tags: attachmentTags, max: in.MaxResults, next: in.NextToken,
	})
	if err != nil {
		return nil, err
	}
	out := &ec2.DescribeTransitGatewayVpcAttachmentsOutput{NextToken: next}
	for _, v := range found {
		out.TransitGatewayVpcAttachments = append(out.TransitGatewayVpcAttachments, v.asVPC())
	}
	return out, nil
}

// asVPC is a VPC attachment as its own operations show it; the state and the tags are kept once.
func (a *attachment) asVPC() ec2types.TransitGatewayVpcAttachment {
	shown := *a.vpc
	shown.State, shown.Tags = a.State, a.Tags
	return shown
}

func (a *attachment) asPeering() ec2types.TransitGatewayPeeringAttachment {
	shown := *a.peering
	shown.State, shown.Tags = a.State, a.Tags
	return shown
}

var peeringAttachmentFilters = filters[attachment]{
	"transit-gateway-attachment-id": attachmentFilters["transit-gateway-attachment-id"],
	"transit-gateway-id":            attachmentFilters["transit-gateway-id"],
	"state":                         attachmentFilters["state"],
	"local-owner-id":                attachmentFilters["transit-gateway-owner-id"],
	"remote-owner-id":               attachmentFilters["resource-owner-id"],
}

func describeTransitGatewayPeeringAttachments(c *call, in *ec2.DescribeTransitGatewayPeeringAttachmentsInput) (*ec2.DescribeTransitGatewayPeeringAttachmentsOutput, error) {
	peerings := only(&c.r.TransitGatewayAttachments, func(a *attachment) bool { return a.peering != nil })
	found, next, err := describe(c, peerings, query[attachment]{
		ids: in.TransitGatewayAttachmentIds, missing: errAttachmentNotFound, what: "transitGatewayAttachment ID", filters: in.Filters,
		by: peeringAttachmentFilters, tags: attachmentTags, max: in.MaxResults, next: in.NextToken,
	})
	if err != nil {
		return nil, err
	}
	out := &ec2.DescribeTransitGatewayPeeringAttachmentsOutput{NextToken: next}
	for _, v := range found {
		out.TransitGatewayPeeringAttachments = append(out.TransitGatewayPeeringAttachments, v.asPeering())
	}
	return out, nil
}

var transitTableFilters = filters[TransitGatewayRouteTable]{
	"transit-gateway-route-table-id": func(v *TransitGatewayRouteTable, m matcher) bool { return m.text(v.TransitGatewayRouteTableId) },
	"transit-gateway-id":             func(v *TransitGatewayRouteTable, m matcher) bool { return m.text(v.TransitGatewayId) },
	"state":                          func(v *TransitGatewayRouteTable, m matcher) bool { return m(string(v.State)) },
	"default-association-route-table": func(v *TransitGatewayRouteTable, m matcher) bool {
		return m.truth(v.DefaultAssociationRouteTable)
	},
	"default-propagation-route-table": func(v *TransitGatewayRouteTable, m matcher) bool {
		return m.truth(v.DefaultPropagationRouteTable)
	},
}

func describeTransitGatewayRouteTables(c *call, in *ec2.DescribeTransitGatewayRouteTablesInput) (*ec2.DescribeTransitGatewayRouteTablesOutput, error) {
	found, next, err := describe(c, &c.r.TransitGatewayRouteTables, query[TransitGatewayRouteTable]{
		ids: in.TransitGatewayRouteTableIds, missing: errTransitTableNotFound, what: "transitGatewayRouteTable ID", filters: in.Filters,
		by: transitTableFilters, tags: func(v *TransitGatewayRouteTable) []ec2types.Tag { return v.Tags }, max: in.MaxResults, next: in.NextToken,
	})
	if err != nil {
		return nil, err
	}
	out := &ec2.DescribeTransitGatewayRouteTablesOutput{NextToken: next}
	out.TransitGatewayRouteTables = make([]ec2types.TransitGatewayRouteTable, len(found))
	for i, v := range found {
		out.TransitGatewayRouteTables[i] = v.TransitGatewayRouteTable
	}
	return out, nil
}

var policyTableFilters = filters[TransitGatewayPolicyTable]{
	"state":              func(v *TransitGatewayPolicyTable, m matcher) bool { return m(string(v.State)) },
	"transit-gateway-id": func(v *TransitGatewayPolicyTable, m matcher) bool { return m.text(v.TransitGatewayId) },
	"transit-gateway-policy-table-id": func(v *TransitGatewayPolicyTable, m matcher) bool {
		return m.text(v.TransitGatewayPolicyTableId)
	},
}

func describeTransitGatewayPolicyTables(c *call, in *ec2.DescribeTransitGatewayPolicyTablesInput) (*ec2.DescribeTransitGatewayPolicyTablesOutput, error) {
	found, next, err := describe(c, &c.r.TransitGatewayPolicyTables, query[TransitGatewayPolicyTable]{
		ids: in.TransitGatewayPolicyTableIds, missing: "InvalidTransitGatewayPolicyTableId.NotFound", what: "policy table ID",
		filters: in.Filters, by: policyTableFilters, max: in.MaxResults, next: in.NextToken,
	})
	if err != nil {
		return nil, err
	}
	out := &ec2.DescribeTransitGatewayPolicyTablesOutput{NextToken: next}
	for _, v := range found {
		out.TransitGatewayPolicyTables = append(out.TransitGatewayPolicyTables, v.TransitGatewayPolicyTable)
	}
	return out, nil
}

var multicastFilters = filters[ec2types.TransitGatewayMulticastDomain]{
	"state":              func(v *ec2types.TransitGatewayMulticastDomain, m matcher) bool { return m(string(v.State)) },
	"transit-gateway-id": func(v *ec2types.TransitGatewayMulticastDomain, m matcher) bool { return m.text(v.TransitGatewayId) },
	"transit-gateway-multicast-domain-id": func(v *ec2types.TransitGatewayMulticastDomain, m matcher) bool {
		return m.text(v.TransitGatewayMulticastDomainId)
	},
}

func describeTransitGatewayMulticastDomains(c *call, in *ec2.DescribeTransitGatewayMulticastDomainsInput) (*ec2.DescribeTransitGatewayMulticastDomainsOutput, error) {
	found, next, err := describe(c, &c.r.TransitGatewayMulticastDomains, query[ec2types.TransitGatewayMulticastDomain]{
		ids: in.TransitGatewayMulticastDomainIds, missing: "InvalidTransitGatewayMulticastDomainId.NotFound", what: "multicast domain ID",
		filters: in.Filters, by: multicastFilters, max: in.MaxResults, next: in.NextToken,
	})
	if err != nil {
		return nil, err
	}
	return &ec2.DescribeTransitGatewayMulticastDomainsOutput{NextToken: next, TransitGatewayMulticastDomains: values(found)}, nil
}

func (c *call) transitTable(id *string) (*TransitGatewayRouteTable, error) {
	if table := c.r.TransitGatewayRouteTables.lookup(id); table != nil {
		return table, nil
	}
	return nil, notFound(errTransitTableNotFound, "transitGatewayRouteTable ID", aws.ToString(id))
}

var associationFilters = filters[ec2types.TransitGatewayRouteTableAssociation]{
	"resource-id": func(v *ec2types.TransitGatewayRouteTableAssociation, m matcher) bool { return m.text(v.ResourceId) },
	"resource-type": func(v *ec2types.TransitGatewayRouteTableAssociation, m matcher) bool {
		return m(string(v.ResourceType))
	},
	"transit-gateway-attachment-id": func(v *ec2types.TransitGatewayRouteTableAssociation, m matcher) bool {
		return m.text(v.TransitGatewayAttachmentId)
	},
}

func getTransitGatewayRouteTableAssociations(c *call, in *ec2.GetTransitGatewayRouteTableAssociationsInput) (*ec2.GetTransitGatewayRouteTableAssociationsOutput, error) {
	table, err := c.transitTable(in.TransitGatewayRouteTableId)
	if err != nil {
		return nil, err
	}
	var all []*ec2types.TransitGatewayRouteTableAssociation
	for _, v := range table.Associations {
		if a := c.r.TransitGatewayAttachments.lookup(v.TransitGatewayAttachmentId); a != nil {
			v.ResourceId, v.ResourceType = a.ResourceId, a.ResourceType
		}
		all = append(all, &v)
	}
	found, err := choose(all, query[ec2types.TransitGatewayRouteTableAssociation]{filters: in.Filters, by: associationFilters})
	if err != nil {
		return nil, err
	}
	found, next, err := paginate(c, found, in.MaxResults, in.NextToken, 0, 0, 0)
	if err != nil {
		return nil, err
	}
	return &ec2.GetTransitGatewayRouteTableAssociationsOutput{NextToken: next, Associations: values(found)}, nil
}

var propagationFilters = filters[ec2types.TransitGatewayRouteTablePropagation]{
	"resource-id": func(v *ec2types.TransitGatewayRouteTablePropagation, m matcher) bool { return m.text(v.ResourceId) },
	"resource-type": func(v *ec2types.TransitGatewayRouteTablePropagation, m matcher) bool {
		return m(string(v.ResourceType))
	},
	"transit-gateway-attachment-id": func(v *ec2types.TransitGatewayRouteTablePropagation, m matcher) bool {
		return m.text(v.TransitGatewayAttachmentId)
	},
}

func getTransitGatewayRouteTablePropagations(c *call, in *ec2.GetTransitGatewayRouteTablePropagationsInput) (*ec2.GetTransitGatewayRouteTablePropagationsOutput, error) {
	table, err := c.transitTable(in.TransitGatewayRouteTableId)
	if err != nil {
		return nil, err
	}
	var all []*ec2types.TransitGatewayRouteTablePropagation
	for _, v := range table.TransitGatewayRouteTablePropagations {
		if a := c.r.TransitGatewayAttachments.lookup(v.TransitGatewayAttachmentId); a != nil {
			v.ResourceId, v.ResourceType = a.ResourceId, a.ResourceType
		}
		all = append(all, &v)
	}
	found, err := choose(all, query[ec2types.TransitGatewayRouteTablePropagation]{filters: in.Filters, by: propagationFilters})
	if err != nil {
		return nil, err
	}
	found, next, err := paginate(c, found, in.MaxResults, in.NextToken, 0, 0, 0)
	if err != nil {
		return nil, err
	}
	return &ec2.GetTransitGatewayRouteTablePropagationsOutput{NextToken: next, TransitGatewayRouteTablePropagations: values(found)}, nil
}
