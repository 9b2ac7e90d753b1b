package intent

import "maps"

// Policies are the policy items, by their sort keys: Everything, or a cluster's ARN (in a file
// possibly its bare name). The nil map holds the defaults.
//
// A wrong item never loosens anything. It counts as far as it can be read, an attribute that
// cannot be read counts as its default (or as its readable elements, where these say less), and of
// the result whatever is looser than it would be without the item is dropped. The kill switch survives errors around it:
//
//   - `mode: off` that can be read holds, whatever else is wrong with its item; where the item's
//     sort key cannot be read, so that nobody knows what it was to stop, it stops everything;
//   - where the mode in the item of Everything cannot be read, it may have been meant as off, so
//     that no cluster goes beyond observe, not even one whose own item says enforce.
type Policies map[string]Policy

// For returns the effective policy of a cluster: the defaults, overridden field by field by the
// item of Everything and then by the cluster's own, save that `off` for everything always wins.
func (p Policies) For(cluster string) Policy {
	everything, hasEverything := p[Everything]
	effective := DefaultPolicy()
	if hasEverything {
		effective = effective.under(everything)
	}
	if own, ok := p[cluster]; ok && cluster != Everything {
		effective = effective.under(own)
	}
	switch {
	case everything.Mode == Off:
		effective.Mode = Off
	case everything.Unreadable.Has(AttributeMode):
		effective.Mode = stricterMode(effective.Mode, Observe)
	}
	effective.Target, effective.Place = cluster, Place{}
	return effective
}

// DefaultTo returns the policies with another mode for whatever no item gives one: what a
// deployment says, or enforce in a replay, which shows what a deployment does once it may.
func (p Policies) DefaultTo(mode Mode) Policies {
	out := Policies{}
	maps.Copy(out, p)
	everything := DefaultPolicy()
	everything.Target, everything.Mode, everything.Explicit = Everything, mode, AttributeMode
	if item, ok := p[Everything]; ok {
		everything = everything.under(item)
		everything.Place = item.Place
		everything.Malformed = false // what it must not loosen is dropped already, and this is no looser
	}
	out[Everything] = everything
	return out
}

// under returns the policy with what an item sets laid over it.
func (p Policy) under(item Policy) Policy {
	overlaid := p.overlaid(item)
	if item.Malformed {
		explicit := overlaid.Explicit
		overlaid = strictest(p, overlaid)
		overlaid.Explicit = explicit
	}
	return overlaid
}

// overlaid takes from the item the attributes that it sets.
func (p Policy) overlaid(item Policy) Policy {
	set := item.Explicit
	if set.Has(AttributeMode) {
		p.Mode = item.Mode
	}
	if set.Has(AttributeUndeclared) {
		p.Undeclared = item.Undeclared
	}
	if set.Has(AttributeWrites) {
		p.Writes = item.Writes
	}
	if set.Has(AttributeSharedGroups) {
		p.SharedGroups = item.SharedGroups
	}
	if set.Has(AttributeWidestV4) {
		p.Widest.V4 = item.Widest.V4
	}
	if set.Has(AttributeWidestV6) {
		p.Widest.V6 = item.Widest.V6
	}
	if set.Has(AttributeMaxCloses) {
		p.MaxCloses = item.MaxCloses
	}
	if set.Has(AttributeApproval) {
		p.Approval = item.Approval
	}
	if set.Has(AttributeRulesPerGroup) {
		p.RulesPerGroup = item.RulesPerGroup
	}
	if set.Has(AttributeRoutesPerTable) {
		p.RoutesPerTable = item.RoutesPerTable
	}
	p.Explicit |= set
	p.Unreadable |= item.Unreadable
	p.Malformed = p.Malformed || item.Malformed
	return p
}

// Strictest returns what holds on an enforcement point that clusters with these effective
// policies share: the strictest mode, the fewest writes, closes and quotas, the narrowest
// sources. Undeclared access is revoked, or ignored, only where all of them say so; else it is
// reported. Without any policy it is the default.
func Strictest(policies ...Policy) Policy {
	if len(policies) == 0 {
		return DefaultPolicy()
	}
	result := policies[0]
	for _, policy := range policies[1:] {
		result = strictest(result, policy)
	}
	result.Target, result.Place = "", Place{}
	return result
}

func strictest(a, b Policy) Policy {
	a.Mode = stricterMode(a.Mode, b.Mode)
	if a.Undeclared != b.Undeclared {
		a.Undeclared = Report
	}
	a.Writes &= b.Writes
	if b.SharedGroups == Refuse {
		a.SharedGroups = Refuse
	}
	a.Widest.V4 = max(a.Widest.V4, b.Widest.V4)
	a.Widest.V6 = max(a.Widest.V6, b.Widest.V6)
	a.MaxCloses = a.MaxCloses.Tighter(b.MaxCloses)
	a.Approval = stricterApproval(a.Approval, b.Approval)
	a.RulesPerGroup = min(a.RulesPerGroup, b.RulesPerGroup)
	a.RoutesPerTable = min(a.RoutesPerTable, b.RoutesPerTable)
	a.Explicit |= b.Explicit
	a.Unreadable |= b.Unreadable
	a.Malformed = a.Malformed || b.Malformed
	return a
}

// stricterMode returns the stricter of two modes; one that is not known counts as Off.
func stricterMode(a, b Mode) Mode {
	switch {
	case a == Enforce && b == Enforce:
		return Enforce
	case (a == Enforce || a == Observe) && (b == Enforce || b == Observe):
		return Observe
	}
	return Off
}
