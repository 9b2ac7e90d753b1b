package observe

import (
	"cmp"
	"context"
	"maps"
	"net/netip"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// chooseAttachments puts into the snapshot what lies on the way: the attachments
// of the cache VPC and the far VPCs, and what else is attached to the cache VPC's
// gateways as far as a path leads there. Of a peered gateway only the peering
// counts.
func (r *reader) chooseAttachments(side farSide) {
	vpcs := map[string]bool{r.snap.Unit.VPC: true}
	for p := range side.vpcs {
		vpcs[p.vpc] = true
	}
	leadsThere := map[string]func(intent.Path) bool{
		attachedVPN:           func(p intent.Path) bool { return p.Over(intent.VPNCarrier) },
		attachedDirectConnect: func(p intent.Path) bool { return p.Over(intent.DirectConnectCarrier) },
		attachedPeering:       intent.Path.LeadsToVPC,
	}
	r.putAttachments(func(a network.TransitGatewayAttachment) bool {
		switch {
		case a.ResourceType == attachedVPC:
			return vpcs[a.ResourceID]
		case r.transit.own[a.Gateway]:
			leads, known := leadsThere[a.ResourceType]
			return !known || slices.ContainsFunc(side.leaving, func(i intent.Intent) bool {
				return i.Path.Over(intent.TransitGatewayCarrier) && leads(i.Path)
			})
		default:
			return a.ResourceType == attachedPeering && r.transit.own[a.ResourceID]
		}
	})
}

// chooseRouted adds the attachments that a route of the read tables leads to,
// where the route touches one of the VPCs or of the ranges that are looked for:
// the route may lead elsewhere than it should, or into an account that cannot be
// read.
func (r *reader) chooseRouted(side farSide) {
	var ranges []netip.Prefix
	for _, q := range side.searches {
		if forCIDR(q) {
			ranges = append(ranges, q.cidr)
		}
	}
	for _, v := range r.snap.VPCs {
		ranges = append(ranges, v.CIDRs...)
	}
	routed := map[string]bool{}
	for _, t := range r.snap.TransitGatewayRouteTables {
		for _, route := range t.Routes {
			if route.Destination.IsValid() && overlapsAny(ranges, route.Destination) {
				for _, id := range route.Attachments {
					routed[id] = true
				}
			}
		}
	}
	r.putAttachments(func(a network.TransitGatewayAttachment) bool { return routed[a.ID] })
}

// middleVPCs reads the VPCs that the tables of transit gateways send traffic through on its
// way: what is inside them says whether a middle box is there, and where that leads.
func (r *reader) middleVPCs(ctx context.Context) error {
	middle := map[place]struct{}{}
	for _, a := range r.snap.TransitGatewayAttachments {
		if p := placeOf(a); a.ResourceType == attachedVPC && attachmentUsable(a) && !has(r.snap.VPCs, p.vpc) {
			middle[p] = struct{}{}
		}
	}
	if len(middle) == 0 {
		return nil
	}
	at := byLocation(middle)
	if err := together(ctx, slices.Concat(eachLocation(at, r.keepVPCs), eachLocation(at, r.insides), r.attachmentsOfFar(middle))...); err != nil {
		return err
	}
	r.putAttachments(func(a network.TransitGatewayAttachment) bool {
		_, ok := middle[placeOf(a)]
		return ok && a.ResourceType == attachedVPC
	})
	if err := together(ctx, r.tablesOnTheWay()...); err != nil {
		return err
	}
	return together(ctx, r.forwardersOf(func(t network.RouteTable) bool { _, ok := middle[place{t.Location, t.VPC}]; return ok })...)
}

// putAttachments copies chosen attachments of the gateways looked at. The far
// gateway's view of a peering attachment that both show under one id gets the
// key "tgw-attach-…@tgw-…".
func (r *reader) putAttachments(chosen func(network.TransitGatewayAttachment) bool) {
	gateways := map[string]bool{}
	for _, ids := range r.transit.gateways {
		for _, id := range ids {
			gateways[id] = true
		}
	}
	keys := slices.SortedFunc(maps.Keys(r.transit.attachments), func(a, b string) int {
		own := func(key string) bool { return r.transit.own[r.transit.attachments[key].Gateway] }
		return cmp.Or(compareBools(own(b), own(a)), cmp.Compare(a, b))
	})
	for _, key := range keys {
		a := r.transit.attachments[key]
		if !chosen(a) || !gateways[a.Gateway] && a.ResourceID != r.snap.Unit.VPC {
			continue
		}
		if held, ok := r.snap.TransitGatewayAttachments[a.ID]; !ok || held.Gateway == a.Gateway {
			r.snap.TransitGatewayAttachments[a.ID] = a
			continue
		}
		r.snap.TransitGatewayAttachments[key] = a
	}
}

// tablesOnTheWay reads the route tables that the chosen attachments are
// associated with, from the account that owns the gateway: nobody else may.
func (r *reader) tablesOnTheWay() []task {
	tables := map[network.Location][]string{}
	for _, a := range r.snap.TransitGatewayAttachments {
		if a.RouteTable == "" || has(r.snap.TransitGatewayRouteTables, a.RouteTable) {
			continue
		}
		owner := network.Location{Account: cmp.Or(a.GatewayOwner, a.Account), Region: a.Region}
		if !slices.Contains(tables[owner], a.RouteTable) {
			tables[owner] = append(tables[owner], a.RouteTable)
		}
		r.dependOn(a.RouteTable)
	}
	return eachLocation(tables, r.transitTables)
}

// policyTables reads the policy tables of gateways with an attachment on the way that has no
// route table: they may route it, by rules that are not judged.
// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-policy-tables.html
func (r *reader) policyTables() []task {
	gateways := map[network.Location][]string{}
	for _, a := range r.snap.TransitGatewayAttachments {
		owner := network.Location{Account: cmp.Or(a.GatewayOwner, a.Account), Region: a.Region}
		if a.RouteTable == "" && attachmentUsable(a) && !slices.Contains(gateways[owner], a.Gateway) {
			gateways[owner] = append(gateways[owner], a.Gateway)
		}
	}
	return eachLocation(gateways, r.policyTablesOf)
}

func (r *reader) policyTablesOf(ctx context.Context, at network.Location, gateways []string) error {
	c := call{at: at, kind: network.KindTransitGatewayRouteTable, action: "ec2:DescribeTransitGatewayPolicyTables"}
	found, err := read(ctx, r, c, func(ctx context.Context, api API, token *string) ([]ec2types.TransitGatewayPolicyTable, *string, error) {
		out, err := api.EC2.DescribeTransitGatewayPolicyTables(ctx, &ec2.DescribeTransitGatewayPolicyTablesInput{NextToken: token, MaxResults: aws.Int32(pageSize)})
		if err != nil {
			return nil, nil, err
		}
		return out.TransitGatewayPolicyTables, out.NextToken, nil
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range found {
		g, ok := r.snap.TransitGateways[aws.ToString(t.TransitGatewayId)]
		id := aws.ToString(t.TransitGatewayPolicyTableId)
		if ok && slices.Contains(gateways, g.ID) && t.State == ec2types.TransitGatewayPolicyTableStateAvailable && !slices.Contains(g.PolicyTables, id) {
			g.PolicyTables = network.SortedSet(append(g.PolicyTables, id))
			r.snap.TransitGateways[g.ID] = g
		}
	}
	return err
}

// transitTables reads route tables with their routes and propagations: one call
// for all, and two for each.
func (r *reader) transitTables(ctx context.Context, at network.Location, ids []string) error {
	found, err := r.describeTransitTables(ctx, at, ids)
	if err != nil {
		return err
	}
	var tasks []task
	for _, t := range found {
		tasks = append(tasks, func(ctx context.Context) error { return r.transitTable(ctx, at, t) })
	}
	return together(ctx, tasks...)
}

func (r *reader) transitTable(ctx context.Context, at network.Location, t network.TransitGatewayRouteTable) error {
	err := together(ctx,
		func(ctx context.Context) (err error) { t.Routes, err = r.transitRoutes(ctx, at, t.ID); return err },
		func(ctx context.Context) (err error) {
			t.Propagations, err = r.propagations(ctx, at, t.ID)
			return err
		},
	)
	keep(r, r.snap.TransitGatewayRouteTables, reading[network.TransitGatewayRouteTable]{at: at, id: t.ID, value: t}, nil)
	for _, route := range t.Routes {
		r.referTo(at, route.PrefixList)
	}
	return err
}

func fillTransitGateway(base, other network.TransitGateway) network.TransitGateway {
	base.Owner = cmp.Or(base.Owner, other.Owner)
	base.State = cmp.Or(base.State, other.State)
	base.SecurityGroupReferencing = cmp.Or(base.SecurityGroupReferencing, other.SecurityGroupReferencing)
	base.Multicast = cmp.Or(base.Multicast, other.Multicast)
	return base
}

// fillAttachment joins what three calls and two accounts tell of an attachment.
func fillAttachment(base, other network.TransitGatewayAttachment) network.TransitGatewayAttachment {
	base.GatewayOwner = cmp.Or(base.GatewayOwner, other.GatewayOwner)
	base.ResourceType = cmp.Or(base.ResourceType, other.ResourceType)
	base.ResourceID = cmp.Or(base.ResourceID, other.ResourceID)
	base.ResourceOwner = cmp.Or(base.ResourceOwner, other.ResourceOwner)
	base.State = cmp.Or(base.State, other.State)
	if base.RouteTable == "" {
		base.RouteTable, base.AssociationState = other.RouteTable, other.AssociationState
	}
	if len(base.Subnets) == 0 {
		base.Subnets = other.Subnets
	}
	base.SecurityGroupReferencing = cmp.Or(base.SecurityGroupReferencing, other.SecurityGroupReferencing)
	base.IPv6 = cmp.Or(base.IPv6, other.IPv6)
	base.PeerGateway = cmp.Or(base.PeerGateway, other.PeerGateway)
	base.PeerAccount = cmp.Or(base.PeerAccount, other.PeerAccount)
	base.PeerRegion = cmp.Or(base.PeerRegion, other.PeerRegion)
	return base
}
