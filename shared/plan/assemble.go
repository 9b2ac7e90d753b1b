package plan

import (
	"cmp"
	"slices"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
)

// assemble puts the changes in their order: what makes room first, then the
// opens (routes, then peering DNS, then ingress: the gate opens when the bridge
// stands), then the closes (ingress, then routes).
func (p *planner) assemble() Plan {
	var first, opens, closes []change.Change
	replaced := map[routeKey]bool{}
	for _, o := range p.opens {
		made := p.underMode(o.change)
		if made.Action == change.ReplaceRoute && made.Outcome != change.Refused {
			replaced[routeKey{o.Resource, o.Destination.String()}] = true
		}
		if o.met && made.Outcome == "" {
			for _, c := range p.carrying(o.desiredRule) {
				c.change.Uncovers = append(c.change.Uncovers, made.Intents...)
			}
		}
		opens = append(opens, made)
	}
	for _, c := range p.closes {
		if c.change.Action == change.DeleteRoute && replaced[routeKey{c.change.Resource, c.change.Destination.String()}] {
			continue // the replacement takes it along, with its claim
		}
		if !c.goes() {
			c.change.Outcome, c.change.Guard, c.change.Why = change.Refused, c.guard, c.kept
		}
		if made := p.underMode(c.change); made.First {
			first = append(first, made)
		} else {
			closes = append(closes, made)
		}
	}
	sortChanges(first)
	sortChanges(closes)
	slices.SortStableFunc(opens, func(a, b change.Change) int {
		return cmp.Or(cmp.Compare(a.Kind.Rank(), b.Kind.Rank()), cmp.Compare(a.Text(), b.Text()))
	})
	changes := slices.Concat(first, opens, closes)
	p.changeFindings(changes)
	plan := Plan{Changes: changes, Updates: p.updates, Findings: p.findings, Tripped: p.tripped, Approval: p.approval, UndoLeft: p.undone.left, Stayed: p.undone.stayed, UndoEnds: p.undoneEnds()}
	for _, c := range p.closes {
		if !c.goes() {
			plan.Withheld++
		}
	}
	for _, v := range p.claims {
		plan.Again = plan.Again || v.presence == change.Fresh
	}
	for _, c := range plan.Changes {
		plan.Again = plan.Again || c.Guard == change.GuardContested
		plan.Awaits = plan.Awaits || c.Guard == change.GuardAwaited
	}
	return plan
}

// sortChanges orders closes: ingress before routes.
func sortChanges(changes []change.Change) {
	slices.SortStableFunc(changes, func(a, b change.Change) int {
		return cmp.Or(-cmp.Compare(a.Kind.Rank(), b.Kind.Rank()), cmp.Compare(a.Text(), b.Text()))
	})
}

// underMode says what the mode of its enforcement point makes of a change.
func (p *planner) underMode(c change.Change) change.Change {
	c.Mode = p.mode(&c)
	if c.Outcome != "" {
		return c
	}
	switch c.Mode {
	case intent.Enforce:
	case intent.Observe:
		c.Outcome = change.Planned
	default:
		c.Outcome, c.Guard, c.Why = change.Refused, change.GuardMode, "mode is off"
	}
	return c
}

// mode is the strictest mode of the clusters that a change concerns.
func (p *planner) mode(c *change.Change) intent.Mode {
	var policies []intent.Policy
	for _, cluster := range p.concerned(c) {
		policies = append(policies, p.policy(cluster))
	}
	if len(policies) == 0 {
		policies = append(policies, p.policy(intent.Everything))
	}
	return intent.Strictest(policies...).Mode
}

// concerned are the clusters that share a change's enforcement point: those that
// a group guards, and those of the intents.
func (p *planner) concerned(c *change.Change) []string {
	var out []string
	if c.Kind == change.Rule {
		out = append(out, p.Index.Guarded(c.Resource)...)
	}
	for _, k := range c.Intents {
		out = append(out, k.Cluster)
	}
	return out
}

func (p *planner) describeRule(d *desiredRule) string {
	for _, h := range d.holders() {
		if j, ok := p.byKey[h.Intent]; ok {
			return intent.Description(j.Intent)
		}
	}
	for _, h := range d.holders() {
		return intent.Description(intent.Intent{Cluster: h.Intent.Cluster, Name: h.Intent.Name})
	}
	return ""
}
