package observe

import (
	"cmp"
	"context"
	"slices"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// farSide is where the ways that leave the cache VPC lead.
type farSide struct {
	leaving  intents
	searches []*vpcSearch
	vpcs     map[place]struct{}
}

// farWave finds the VPCs behind the sources of ways that leave the cache VPC, and
// reads them. What tells where a VPC is goes first: the peering connections, then
// the transit gateways; only what neither knows is looked for everywhere.
func (r *reader) farWave(ctx context.Context, req Request) (farSide, error) {
	side := farSide{leaving: r.leaving(req.Intents)}
	if len(side.leaving) == 0 {
		return side, nil
	}
	if err := r.peeringsOf(ctx, r.home, r.snap.Unit.VPC); err != nil {
		return side, err
	}
	side.searches = r.vpcSearches(side.leaving)
	r.locateGroups(side.searches)
	steps := []task{
		func(ctx context.Context) error { return r.overPeering(ctx, side.searches) },
		func(ctx context.Context) error { return r.overTransitGateways(ctx, side.leaving, side.searches) },
		func(ctx context.Context) error { return r.groupsElsewhere(ctx, side.searches) },
		func(ctx context.Context) error { return r.everywhere(ctx, req, side.leaving, side.searches) },
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return side, err
		}
	}
	side.vpcs = r.placesOf(side.searches)
	for _, id := range side.leaving.vias(intent.ApplianceCarrier) {
		if i, ok := r.snap.NetworkInterfaces[id]; ok && i.VPC != r.snap.Unit.VPC {
			side.vpcs[place{i.Location, i.VPC}] = struct{}{}
		}
	}
	far := byLocation(side.vpcs)
	err := together(ctx, slices.Concat(
		eachLocation(far, r.keepVPCs), eachLocation(far, r.insides),
		r.attachmentsOfFar(side.vpcs), r.namedTransitGateways(side.leaving), r.gatewaysOnTheWay(side.leaving, side.vpcs),
	)...)
	if err != nil {
		return side, err
	}
	r.chooseAttachments(side)
	return side, nil
}

// peeredSides are the far sides of the cache VPC's usable peering connections.
func (r *reader) peeredSides() []network.PeeringSide {
	var out []network.PeeringSide
	for _, p := range r.snap.PeeringConnections {
		if _, other, ok := p.Sides(r.snap.Unit.VPC); ok && peeringUsable(p) {
			out = append(out, other)
		}
	}
	return out
}

// overPeering looks at the far sides of the peering connections. A side whose
// CIDR blocks AWS does not tell yet is read.
func (r *reader) overPeering(ctx context.Context, searches []*vpcSearch) error {
	sides := r.peeredSides()
	ranges := slices.ContainsFunc(searches, func(q *vpcSearch) bool { return forCIDR(q) && overPeeringPath(q) })
	untold := map[network.Location][]string{}
	for _, s := range sides {
		if len(s.CIDRs) == 0 && ranges {
			untold[s.Location] = append(untold[s.Location], s.VPC)
		}
	}
	if err := r.lookUpAt(ctx, untold); err != nil {
		return err
	}
	for _, s := range sides {
		r.dependOn(s.VPC) // what blocks it has decides whether a source is there
		p := place{s.Location, s.VPC}
		blocks := s.CIDRs
		if v, ok := r.vpcAt(p); ok && len(blocks) == 0 {
			blocks = v.CIDRs
		}
		for _, q := range searches {
			if q.vpc == s.VPC || forCIDR(q) && overPeeringPath(q) && overlapsAny(blocks, q.cidr) {
				q.add(p)
			}
		}
	}
	return nil
}

func overPeeringPath(q *vpcSearch) bool { return q.path.Over(intent.PeeringCarrier) }

// lookUpAt looks at VPCs of several locations.
func (r *reader) lookUpAt(ctx context.Context, vpcs map[network.Location][]string) error {
	return together(ctx, eachLocation(vpcs, r.lookUpVPCs)...)
}

// groupsElsewhere looks for the groups that are not where the source says: in the
// same account in the Regions on the far side of peerings, since an intent names
// a group of another Region like one of its own, and, where no account is named,
// in the accounts that are peered with.
func (r *reader) groupsElsewhere(ctx context.Context, searches []*vpcSearch) error {
	lost := unfound(searches, forGroup)
	if len(lost) == 0 {
		return nil
	}
	regions := map[string]bool{}
	for at := range r.peeredGateways() {
		regions[at.Region] = true
	}
	sides := map[network.Location]bool{}
	for _, s := range r.peeredSides() {
		regions[s.Region], sides[s.Location] = true, true
	}
	missing := map[network.Location][]string{}
	for _, q := range lost {
		for region := range regions {
			at := network.Location{Account: cmp.Or(q.account, r.home.Account), Region: region}
			if region != r.home.Region {
				missing[at] = append(missing[at], q.group)
			}
		}
		for at := range sides {
			if q.account == "" && at != r.home {
				missing[at] = append(missing[at], q.group)
			}
		}
	}
	if err := together(ctx, eachLocation(missing, r.groupsWithMembers)...); err != nil {
		return err
	}
	r.locateGroups(searches)
	return nil
}

func (r *reader) groupsWithMembers(ctx context.Context, at network.Location, ids []string) error {
	return together(ctx,
		func(ctx context.Context) error { return r.groups(ctx, at, ids) },
		func(ctx context.Context) error { return r.interfaces(ctx, at, "group-id", ids) },
	)
}

// everywhere looks in every location for the VPCs, ranges and appliances that are
// still not found.
func (r *reader) everywhere(ctx context.Context, req Request, leaving intents, searches []*vpcSearch) error {
	vpcs, ranges := unfound(searches, forVPC), unfound(searches, forCIDR)
	var ids []string
	for _, q := range vpcs {
		ids = append(ids, q.vpc)
	}
	appliances := slices.DeleteFunc(leaving.vias(intent.ApplianceCarrier), func(id string) bool { _, ok := r.snap.NetworkInterfaces[id]; return ok })
	var groups []string
	for _, q := range unfound(searches, forGroup) {
		if q.path != "" && q.path.Over(intent.ApplianceCarrier) && q.account == "" {
			groups = append(groups, q.group)
		}
	}
	locations := append(slices.Clone(req.Locations), r.home)
	slices.SortFunc(locations, compareLocations)
	var tasks []task
	for _, at := range slices.Compact(locations) {
		if at != r.home {
			tasks = append(tasks,
				func(ctx context.Context) error { return r.interfaces(ctx, at, "network-interface-id", appliances) },
				func(ctx context.Context) error { return r.groupsWithMembers(ctx, at, groups) },
			)
		}
		if len(ranges) > 0 {
			tasks = append(tasks, func(ctx context.Context) error { return r.lookUpAllVPCs(ctx, at) })
			continue
		}
		tasks = append(tasks, func(ctx context.Context) error { return r.lookUpVPCs(ctx, at, ids) })
	}
	if err := together(ctx, tasks...); err != nil {
		return err
	}
	r.locateVPCs(slices.Concat(vpcs, ranges))
	r.locateGroups(searches)
	return nil
}
