package plan

import (
	"cmp"
	"slices"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// desiredRule is a requirement with all who need it.
type desiredRule struct {
	access.Need
	own, foreign []change.Holder
	// undecided are for intents whose way is not clear: they open nothing, and hold what may
	// carry them only where nobody else does.
	undecided []change.Holder
	// met says that some need of it holds now, lacking that some does not: one
	// intent may need only a part of what a route to a whole block carries.
	met, lacking bool
	// text is the requirement's, which orders the desired.
	text string
}

func (d *desiredRule) holders() []change.Holder { return append(slices.Clone(d.own), d.foreign...) }

// planner carries one plan from its input to its order.
type planner struct {
	*Input
	desired  map[change.Requirement]*desiredRule
	declared *access.Wanted
	// byKey finds the judgement of a live intent, malformed those that still hold.
	byKey     map[intent.Key]access.Judgement
	malformed map[intent.Key]bool
	// unread are the clusters whose intents are too many to read: all of them hold on.
	unread    map[string]bool
	originals map[change.Requirement]change.Claim
	// ended are the requirements of intents whose time is over, with their names.
	ended  map[change.Requirement]string
	claims map[change.Requirement]*claimView
	// ruleClaims finds the standing claim of a rule id.
	ruleClaims map[string]*claimView
	// tagged are the rules with a deployment's tag that no claim stands for.
	tagged  map[string]network.Rule
	closes  []*closing
	byRule  map[string]*closing
	byGroup map[string][]*closing
	byRoute map[routeKey]*closing
	// goneRoutes are claimed and no longer there.
	goneRoutes map[routeKey]bool
	opens      []*opening
	updates    []change.ClaimUpdate
	findings   []finding.Finding
	tripped    change.Tripped
	// over are closes that are more than maxCloses allows, nil where they are not.
	over *overLimit
	// unapproved are opens that a person has to approve first, by their texts.
	unapproved map[string]bool
	approval   change.Approval
	undone     undoing
	policies   map[string]intent.Policy
	// sorted and desiredAt are desired in order, and its rules by group; caredFor and
	// undecidedFor are by cluster. Each is worked out once, when it is asked for.
	sorted       []*desiredRule
	desiredAt    map[string][]*desiredRule
	caredFor     map[string]bool
	undecidedFor map[string]string
}

type routeKey struct {
	table, destination string
}

// claimView is a claim as it stands in the snapshot.
type claimView struct {
	change.Claim
	presence change.Presence
	// keepers are the holders that stay.
	keepers []change.Holder
}

// Make gives the plan of a unit.
func Make(in Input) Plan {
	p := decided(in)
	p.unclaimedFindings()
	p.intentFindings()
	p.contestFindings()
	p.undoneFindings()
	p.endingFindings()
	return p.assemble()
}

// decided gives a planner that has decided what it opens and closes.
func decided(in Input) *planner {
	p := &planner{
		Input:      &in,
		desired:    map[change.Requirement]*desiredRule{},
		claims:     map[change.Requirement]*claimView{},
		ruleClaims: map[string]*claimView{},
		tagged:     map[string]network.Rule{},
		byRule:     map[string]*closing{},
		byGroup:    map[string][]*closing{},
		byRoute:    map[routeKey]*closing{},
		goneRoutes: map[routeKey]bool{},
		policies:   map[string]intent.Policy{},
		byKey:      map[intent.Key]access.Judgement{},
		malformed:  map[intent.Key]bool{},
		unread:     map[string]bool{},
		originals:  map[change.Requirement]change.Claim{},
		ended:      map[change.Requirement]string{},
	}
	p.index()
	p.holdUndone()
	p.collectDesired()
	p.viewClaims()
	p.taggedRules()
	p.endClaims()
	p.closedIntents()
	p.undeclared()
	p.undo()
	p.breaker()
	p.contestedCloses()
	p.settle()
	p.approvals()
	return p
}

// index prepares what is looked up again and again.
func (p *planner) index() {
	for _, j := range p.Judgements {
		p.byKey[j.Key()] = j
	}
	for _, j := range p.Ended {
		for _, n := range j.Needs {
			p.ended[n.Requirement] = j.Intent.Name
		}
	}
	for _, i := range p.Invalid {
		if i.Whole {
			p.unread[i.Key.Cluster] = true
			continue
		}
		p.malformed[i.Key] = p.malformed[i.Key] || i.Holds(p.Now)
	}
	for _, c := range p.Claims {
		p.originals[c.Requirement] = c
	}
}

// policy gives the effective policy of a cluster, computed once.
func (p *planner) policy(cluster string) intent.Policy {
	if pol, ok := p.policies[cluster]; ok {
		return pol
	}
	pol := p.Policies.For(cluster)
	p.policies[cluster] = pol
	return pol
}

// collectDesired adds up what the open, live intents of this unit and of those
// that share its enforcement points need.
func (p *planner) collectDesired() {
	for _, j := range p.Judgements {
		if j.Intent.Access == intent.Closed {
			continue
		}
		for _, n := range j.Needs {
			d := p.desire(n)
			if n.Blocked.Code == access.BlockUndecidedPath {
				d.undecided = append(d.undecided, p.holder(j.Key()))
				continue
			}
			d.own = append(d.own, p.holder(j.Key()))
		}
	}
	for _, f := range p.OtherUnits {
		d := p.desire(f.Need)
		if !slices.Contains(d.foreign, f.Holder) {
			d.foreign = append(d.foreign, f.Holder)
		}
	}
	p.declared = p.Index.Wanted(func(yield func(change.Requirement, []string) bool) {
		for req, d := range p.desired {
			if !yield(req, d.Groups) {
				return
			}
		}
	})
}

func (p *planner) desire(n access.Need) *desiredRule {
	d, ok := p.desired[n.Requirement]
	if ok {
		d.By = joined(d.By, n.By)
		d.Carriers = joined(d.Carriers, n.Carriers)
	}
	if !ok {
		d = &desiredRule{Need: n, text: n.Requirement.String()}
		p.desired[n.Requirement] = d
	}
	// A rule that one cluster may not have written, another may: the group is
	// theirs too.
	if n.Blocked.None() {
		d.Blocked = n.Blocked
	}
	d.met, d.lacking = d.met || n.Met(), d.lacking || !n.Met()
	d.Families.V4, d.Families.V6 = d.Families.V4 || n.Families.V4, d.Families.V6 || n.Families.V6
	d.RangesOnly = d.RangesOnly || n.RangesOnly
	for _, g := range n.Groups {
		if !slices.Contains(d.Groups, g) {
			d.Groups = append(d.Groups, g)
		}
	}
	return d
}

// joined gives the elements of two lists, each once, without changing either.
func joined[T comparable](a, b []T) []T {
	out := slices.Clone(a)
	for _, x := range b {
		if !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

// sortedDesired are the desired, the widest rules first so that they cover the
// narrower ones, routes before options before rules.
func (p *planner) sortedDesired() []*desiredRule {
	if len(p.sorted) == len(p.desired) {
		return p.sorted
	}
	out := make([]*desiredRule, 0, len(p.desired))
	for _, d := range p.desired {
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b *desiredRule) int {
		return cmp.Or(
			cmp.Compare(a.Kind.Rank(), b.Kind.Rank()),
			cmp.Compare(width(a.Peer), width(b.Peer)),
			cmp.Compare(a.text, b.text),
		)
	})
	p.sorted, p.desiredAt = out, map[string][]*desiredRule{}
	for _, d := range out {
		if d.Kind != change.Rule {
			continue
		}
		for _, group := range slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(d.Groups), d.Resource)))) {
			p.desiredAt[group] = append(p.desiredAt[group], d)
		}
	}
	return out
}

// desiredRules gives the desired rules that one of a group does for, in the order of
// sortedDesired.
func (p *planner) desiredRules(group string) []*desiredRule {
	p.sortedDesired()
	return p.desiredAt[group]
}

func width(p network.Peer) int {
	if !p.CIDR.IsValid() {
		return 0
	}
	return p.CIDR.Bits()
}

// viewClaims finds every claim in the snapshot and says who keeps it.
func (p *planner) viewClaims() {
	for _, c := range p.Claims {
		v := &claimView{Claim: c}
		var id string
		v.presence, id = change.Find(p.Index.Snapshot, c, p.Now)
		if c.Kind == change.Rule && v.presence == change.Present {
			v.RuleID = id
			p.ruleClaims[id] = v
		}
		v.keepers = p.keepers(v)
		p.claims[c.Requirement] = v
	}
}

// keepers are the holders of a claim that stay, and those that come.
func (p *planner) keepers(v *claimView) []change.Holder {
	keep := v.HeldOutside(p.Unit)
	for _, h := range v.Holders {
		if h.Unit == p.Unit && (h.Named() && p.holdsOn(h.Intent, v.Requirement) || !h.Named() && p.unnamedHolds(v.Requirement)) {
			keep = append(keep, h)
		}
	}
	if d, ok := p.desired[v.Requirement]; ok {
		keep = append(keep, d.holders()...)
		if len(keep) == 0 {
			keep = append(keep, d.undecided...)
		}
	}
	slices.SortFunc(keep, change.CompareHolders)
	return slices.Compact(keep)
}

// unnamedHolds says whether any intent may be the one that holds a claim of which only
// the unit is known, as that of a tagged rule in a world file: it is malformed, or what
// it needs there could not be derived and it still declares the rule's source.
func (p *planner) unnamedHolds(req change.Requirement) bool {
	guards := func(cluster string) bool {
		c, ok := p.Index.Cluster(cluster)
		return req.Kind != change.Rule || ok && slices.Contains(p.Index.Guarded(req.Resource), c.ARN)
	}
	for cluster := range p.unread {
		if guards(cluster) {
			return true
		}
	}
	for k, holds := range p.malformed {
		if holds && guards(k.Cluster) {
			return true
		}
	}
	return slices.ContainsFunc(p.Judgements, func(j access.Judgement) bool {
		return guards(j.Intent.Cluster) && p.declares(j.Intent, req) && p.holdsOn(j.Key(), req)
	})
}

// declares says whether a rule may be for one of an intent's sources; other kinds may
// be for any.
func (p *planner) declares(i intent.Intent, req change.Requirement) bool {
	return req.Kind != change.Rule || slices.ContainsFunc(i.Sources, func(s intent.Source) bool {
		switch s.Kind {
		case intent.SecurityGroup:
			return s.ID == req.Peer.SecurityGroup
		case intent.PrefixList:
			return s.ID == req.Peer.PrefixList
		case intent.VPC:
			vpc, known := p.Index.VPCs[s.ID]
			return req.Peer.CIDR.IsValid() && (!known || vpc.BlockHolding(req.Peer.CIDR).IsValid())
		default:
			return s.Prefix == req.Peer.CIDR
		}
	})
}

// holdsOn says whether an intent keeps what it holds though its needs do not
// name it: it is malformed, or what it needs there could not be derived.
func (p *planner) holdsOn(k intent.Key, req change.Requirement) bool {
	if _, wide := p.tooWide(req, k.Cluster); wide {
		return false
	}
	return p.holdsOtherwise(k, req)
}

// holdsOtherwise is holdsOn, whatever a prefix list holds.
func (p *planner) holdsOtherwise(k intent.Key, req change.Requirement) bool {
	if p.malformed[k] || p.unread[k.Cluster] {
		return true
	}
	j, ok := p.byKey[k]
	if !ok || j.Intent.Access == intent.Closed {
		return false
	}
	return slices.ContainsFunc(j.Unknown, func(u access.UnknownNeeds) bool { return u.Hides(req) })
}
