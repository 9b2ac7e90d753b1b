package observe

import (
	"context"
	"slices"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// transit is what is known of transit gateways during a run.
//
// All attachments of a gateway are looked at, to learn which VPCs it reaches,
// but only those on the way go into the snapshot: a gateway may have thousands.
type transit struct {
	// gateways are those that the cache VPC is attached to, and what they are
	// peered with where a source may be behind that, by where their owner is.
	gateways map[network.Location][]string
	// attachments are keyed by id and gateway: both gateways of a peering show it
	// under one id.
	attachments map[string]network.TransitGatewayAttachment
	// own are the gateways that the cache VPC is attached to.
	own map[string]bool
}

func newTransit() *transit {
	return &transit{
		gateways:    map[network.Location][]string{},
		attachments: map[string]network.TransitGatewayAttachment{},
		own:         map[string]bool{},
	}
}

// The resource types of attachments that this package tells apart.
const (
	attachedVPC           = "vpc"
	attachedVPN           = "vpn"
	attachedDirectConnect = "direct-connect-gateway"
	attachedPeering       = "peering"
)

// attachmentUsable says whether an attachment works or may come to: all other
// states are on the way out.
func attachmentUsable(a network.TransitGatewayAttachment) bool {
	switch a.State {
	case "deleting", "deleted", "rejecting", "rejected", "failing", "failed":
		return false
	default:
		return true
	}
}

// overTransitGateways looks at the gateways that the cache VPC is attached to,
// and, for sources that they do not reach, at the gateways they are peered with.
func (r *reader) overTransitGateways(ctx context.Context, leaving intents, searches []*vpcSearch) error {
	if !leaving.over(intent.TransitGatewayCarrier) {
		return nil
	}
	if err := r.attachments(ctx, r.home, "resource-id", []string{r.snap.Unit.VPC}); err != nil {
		return err
	}
	if at, ok := r.ownerOfVPC(); ok { // who alone attaches a shared VPC
		if err := r.attachments(ctx, at, "resource-id", []string{r.snap.Unit.VPC}); err != nil {
			return err
		}
	}
	gateways := map[network.Location][]string{}
	for _, a := range r.transit.attachments {
		if attachmentUsable(a) {
			owner := network.Location{Account: firstOf(&a.GatewayOwner, &r.home.Account), Region: r.home.Region}
			gateways[owner] = append(gateways[owner], a.Gateway)
			r.transit.own[a.Gateway] = true
		}
	}
	if err := r.lookAtGateways(ctx, gateways); err != nil {
		return err
	}
	if err := r.behindGateways(ctx, searches); err != nil {
		return err
	}
	if !slices.ContainsFunc(searches, r.needsPeers) {
		return nil
	}
	if err := r.lookAtGateways(ctx, r.peeredGateways()); err != nil {
		return err
	}
	return r.behindGateways(ctx, searches)
}

func overTransitPath(q *vpcSearch) bool {
	return q.path.Over(intent.TransitGatewayCarrier) && q.path.LeadsToVPC()
}

// needsPeers says whether a source is not reached by the gateways of the cache VPC.
func (r *reader) needsPeers(q *vpcSearch) bool {
	if !overTransitPath(q) {
		return false
	}
	if q.path == "" || !q.found() {
		return !q.found()
	}
	for p := range q.places {
		if p.vpc != r.snap.Unit.VPC && !r.isAttached(p.vpc) {
			return true
		}
	}
	return false
}

// isAttached says whether a VPC is attached to one of the gateways looked at.
func (r *reader) isAttached(vpc string) bool {
	for _, a := range r.transit.attachments {
		if a.ResourceType == attachedVPC && a.ResourceID == vpc && attachmentUsable(a) {
			return true
		}
	}
	return false
}

// peeredGateways are the far ends of the peering attachments, by their owners.
func (r *reader) peeredGateways() map[network.Location][]string {
	out := map[network.Location][]string{}
	for _, a := range r.transit.attachments {
		peer := network.Location{Account: a.PeerAccount, Region: a.PeerRegion}
		if a.PeerGateway == "" || peer.IsZero() || !attachmentUsable(a) || r.transit.own[a.PeerGateway] {
			continue
		}
		if !slices.Contains(out[peer], a.PeerGateway) {
			out[peer] = append(out[peer], a.PeerGateway)
		}
	}
	return out
}

// lookAtGateways reads gateways with all their attachments, as their owner sees
// them and, in the Region of the caches, as the caches' account does: a gateway
// that is shared shows a participant nothing but its own attachments.
func (r *reader) lookAtGateways(ctx context.Context, gateways map[network.Location][]string) error {
	views := map[network.Location][]string{}
	for at, ids := range gateways {
		r.transit.gateways[at] = network.SortedSet(append(r.transit.gateways[at], ids...))
		r.dependOn(ids...)
		views[at] = append(views[at], ids...)
		if at.Region == r.home.Region && at != r.home {
			views[r.home] = append(views[r.home], ids...)
		}
	}
	return together(ctx, eachLocation(views, func(ctx context.Context, at network.Location, ids []string) error {
		return together(ctx,
			func(ctx context.Context) error { return r.transitGateways(ctx, at, ids) },
			func(ctx context.Context) error { return r.attachments(ctx, at, "transit-gateway-id", ids) },
			func(ctx context.Context) error { return r.peeringAttachments(ctx, at, ids) },
		)
	})...)
}

// behindGateways sets the places of the searches among the attached VPCs. For
// address ranges their CIDR blocks are read, one call for each owner.
func (r *reader) behindGateways(ctx context.Context, searches []*vpcSearch) error {
	attached := map[place]struct{}{}
	for _, a := range r.transit.attachments {
		if a.ResourceType == attachedVPC && attachmentUsable(a) && a.ResourceID != r.snap.Unit.VPC {
			attached[placeOf(a)] = struct{}{}
		}
	}
	ranges := slices.DeleteFunc(slices.Clone(searches), func(q *vpcSearch) bool {
		return !forCIDR(q) || !overTransitPath(q) || q.path == "" && q.found()
	})
	if len(ranges) > 0 {
		for p := range attached {
			r.dependOn(p.vpc) // what blocks it has decides whether a source is there
		}
		if err := r.lookUpAt(ctx, byLocation(attached)); err != nil {
			return err
		}
	}
	for p := range attached {
		for _, q := range searches {
			if q.vpc == p.vpc {
				q.add(p)
			}
		}
		v, _ := r.vpcAt(p)
		for _, q := range ranges {
			if overlapsAny(v.CIDRs, q.cidr) {
				q.add(p)
			}
		}
	}
	return nil
}

// placeOf is where the VPC of an attachment is read: a VPC is in the Region of
// its gateway.
func placeOf(a network.TransitGatewayAttachment) place {
	owner := network.Location{Account: firstOf(&a.ResourceOwner, &a.Account), Region: a.Region}
	return place{owner, a.ResourceID}
}

// namedTransitGateways reads the gateways that intents name but that the cache VPC
// is not attached to, so that what is wrong with them can be told.
func (r *reader) namedTransitGateways(leaving intents) []task {
	missing := slices.DeleteFunc(leaving.vias(intent.TransitGatewayCarrier), func(id string) bool { return r.transit.own[id] })
	return eachLocation(map[network.Location][]string{r.home: missing}, r.transitGateways)
}

// attachmentsOfFar reads the attachments of the far VPCs as their accounts see
// them, and what only DescribeTransitGatewayVpcAttachments tells.
func (r *reader) attachmentsOfFar(far map[place]struct{}) []task {
	if len(r.transit.gateways) == 0 {
		return nil
	}
	vpcs := byLocation(far)
	tasks := eachLocation(vpcs, func(ctx context.Context, at network.Location, ids []string) error {
		return r.attachments(ctx, at, "resource-id", ids)
	})
	vpcs[r.home] = append(vpcs[r.home], r.snap.Unit.VPC)
	all := []string{r.snap.Unit.VPC}
	for p := range far {
		all = append(all, p.vpc)
	}
	for at := range r.transit.gateways {
		vpcs[at] = all
	}
	return append(tasks, eachLocation(vpcs, r.vpcAttachments)...)
}
