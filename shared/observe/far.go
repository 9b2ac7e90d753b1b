package observe

import (
	"cmp"
	"context"
	"slices"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// journey is where the ways that leave the cache VPC lead.
type journey struct {
	ways   intents
	quests []*quest
	far    map[place]struct{}
}

// farWave finds the VPCs behind the sources of ways that leave the cache VPC, and
// reads them. What tells where a VPC is goes first: the peering connections, then
// the transit gateways; only what neither knows is looked for everywhere.
func (r *reader) farWave(ctx context.Context, req Request) (journey, error) {
	j := journey{ways: r.leaving(req.Intents)}
	if len(j.ways) == 0 {
		return j, nil
	}
	j.quests = r.quests(j.ways)
	r.settleGroups(j.quests)
	steps := []task{
		func(ctx context.Context) error { return r.overPeering(ctx, j.quests) },
		func(ctx context.Context) error { return r.overTransitGateways(ctx, j.ways, j.quests) },
		func(ctx context.Context) error { return r.groupsElsewhere(ctx, j.quests) },
		func(ctx context.Context) error { return r.everywhere(ctx, req, j.ways, j.quests) },
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return j, err
		}
	}
	j.far = r.placesOf(j.quests)
	for _, id := range j.ways.vias(intent.ApplianceCarrier) {
		if i, ok := r.snap.NetworkInterfaces[id]; ok && i.VPC != r.snap.Unit.VPC {
			j.far[place{i.Location, i.VPC}] = struct{}{}
		}
	}
	far := byLocation(j.far)
	err := together(ctx, slices.Concat(
		eachLocation(far, r.keepVPCs), eachLocation(far, r.insides),
		r.attachmentsOfFar(j.far), r.namedTransitGateways(j.ways), r.gatewaysOnTheWay(j.ways, j.far),
	)...)
	if err != nil {
		return j, err
	}
	r.chooseAttachments(j)
	return j, nil
}

// farSides are the far sides of the cache VPC's usable peering connections.
func (r *reader) farSides() []network.PeeringSide {
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
func (r *reader) overPeering(ctx context.Context, quests []*quest) error {
	sides := r.farSides()
	ranges := slices.ContainsFunc(quests, func(q *quest) bool { return forCIDR(q) && overPeeringPath(q) })
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
		r.ask(s.VPC) // what blocks it has decides whether a source is there
		p := place{s.Location, s.VPC}
		blocks := s.CIDRs
		if v, ok := r.vpcAt(p); ok && len(blocks) == 0 {
			blocks = v.CIDRs
		}
		for _, q := range quests {
			if q.vpc == s.VPC || forCIDR(q) && overPeeringPath(q) && overlapsAny(blocks, q.cidr) {
				q.add(p)
			}
		}
	}
	return nil
}

func overPeeringPath(q *quest) bool { return q.path.Over(intent.PeeringCarrier) }

// lookUpAt looks at VPCs of several locations.
func (r *reader) lookUpAt(ctx context.Context, vpcs map[network.Location][]string) error {
	return together(ctx, eachLocation(vpcs, r.lookUpVPCs)...)
}

// groupsElsewhere looks for the groups that are not where the source says: in the
// same account in the Regions on the far side of peerings, since an intent names
// a group of another Region like one of its own, and, where no account is named,
// in the accounts that are peered with.
func (r *reader) groupsElsewhere(ctx context.Context, quests []*quest) error {
	lost := unfound(quests, forGroup)
	if len(lost) == 0 {
		return nil
	}
	regions := map[string]bool{}
	for at := range r.peeredGateways() {
		regions[at.Region] = true
	}
	sides := map[network.Location]bool{}
	for _, s := range r.farSides() {
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
	r.settleGroups(quests)
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
func (r *reader) everywhere(ctx context.Context, req Request, ways intents, quests []*quest) error {
	vpcs, ranges := unfound(quests, forVPC), unfound(quests, forCIDR)
	var ids []string
	for _, q := range vpcs {
		ids = append(ids, q.vpc)
	}
	appliances := slices.DeleteFunc(ways.vias(intent.ApplianceCarrier), func(id string) bool { _, ok := r.snap.NetworkInterfaces[id]; return ok })
	var groups []string
	for _, q := range unfound(quests, forGroup) {
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
	r.settleVPCs(slices.Concat(vpcs, ranges))
	r.settleGroups(quests)
	return nil
}
