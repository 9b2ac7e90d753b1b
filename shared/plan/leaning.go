package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// Declared access does not lean on undeclared rules: whoever revokes one, as the finding
// of it says, would cut what is declared. The declared rule is opened beside it.

// counts says whether a rule may carry what is declared: cachegate's own, and one of
// others that lets nobody in who is not declared.
func (p *planner) counts(r network.Rule) bool {
	if _, claimed := p.ruleClaims[r.ID]; claimed {
		return true
	}
	ports := p.portsTouched(p.Index.Guarded(r.SecurityGroup), r)
	return len(ports) > 0 && p.declaredOn(r.SecurityGroup, ports, r)
}

// contentWithAny says whether any rule does for what is desired: another unit opens its
// own, and what may not be opened is as it is.
func (p *planner) contentWithAny(d *desiredRule) bool {
	if len(d.own) == 0 || !d.Blocked.None() {
		return true
	}
	v, claimed := p.claims[d.Requirement]
	return claimed && v.presence == change.Fresh // its rule was made just now, and has still to show
}

// leaning names the intents that are open by an undeclared rule alone.
func (p *planner) leaning(r network.Rule) []string {
	var out []string
	others := func(other network.Rule) bool { return other.ID != r.ID }
	for _, d := range p.desiredRules(r.SecurityGroup) {
		if !r.HasPort(d.Port) || !d.Counts(r) {
			continue
		}
		g, ok := p.Index.Gate(r.SecurityGroup, d.Port)
		carries := ok && len(g.CoveringIn(d.Families, d.Peer, others)) > 0 || slices.Contains(d.By, r.ID)
		if !carries || p.carriedByCounted(d) {
			continue
		}
		for _, h := range d.holders() {
			out = append(out, h.Intent.Short())
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// carriedByCounted says whether rules that may carry it do.
func (p *planner) carriedByCounted(d *desiredRule) bool {
	for _, group := range d.Groups {
		g, ok := p.Index.Gate(group, d.Port)
		if ok && len(g.CoveringIn(d.Families, d.Peer, func(r network.Rule) bool { return !d.Counts(r) || !p.counts(r) })) > 0 {
			return true
		}
	}
	return false
}

// revokeAdvice says how people may take an undeclared rule away so that nothing that is
// declared goes with it. lead is what else may be done.
func (p *planner) revokeAdvice(lead, group string, r network.Rule) string {
	do := lead + revokeCommand(p.Unit.Location, group, r.ID)
	if name := p.undecided(p.Index.Guarded(group)); name != "" {
		return fmt.Sprintf("correct intent %s first, or let cachegate read what it needs: it may be this; then %s", name, do)
	}
	leaning := p.leaning(r)
	if len(leaning) == 0 {
		return do
	}
	names := strings.Join(leaning, ", ")
	if p.mode(&change.Change{Requirement: change.Requirement{Kind: change.Rule, Resource: group}}) == intent.Enforce {
		return fmt.Sprintf("revoke nothing before %s has a rule of its own, which a run makes in mode enforce; then %s", names, do)
	}
	return fmt.Sprintf("revoke nothing before %s has a rule of its own: set the mode to enforce (cachegate mode enforce), and a run makes it; then %s", names, do)
}

// leansText says which intents are open by a rule alone.
func (p *planner) leansText(r network.Rule) string {
	leaning := p.leaning(r)
	if len(leaning) == 0 {
		return ""
	}
	return "; " + strings.Join(leaning, ", ") + " is open only through it"
}

// separable says whether a rule that is wider in ports than a closed intent can go: all
// it lets in beside what is closed is declared, and gets rules of its own first; and
// nothing but caches stands behind its group.
func (p *planner) separable(j access.Judgement, a access.Admission) bool {
	group := a.Rule.SecurityGroup
	if !a.Within || !a.Rule.IsTCP() || len(p.Index.Bystanders(group)) > 0 || p.sharersDark() {
		return false
	}
	closed, _ := p.Index.Cluster(j.Intent.Cluster)
	ports, _ := j.Intent.PortsOf(closed.Ports)
	beside := slices.DeleteFunc(p.portsTouched(p.Index.Guarded(group), a.Rule), func(port uint16) bool { return slices.Contains(ports, port) })
	undeclared := func(port uint16) bool { return !p.declared.Holds(group, port, a.Rule.Peer) }
	return len(beside) > 0 && !slices.ContainsFunc(beside, undeclared)
}

// nextStep says what comes next for what cachegate opens by itself: nobody need write it
// by hand, and what was written by hand outlives its intent.
func (p *planner) nextStep(j access.Judgement) string {
	var held []string
	for _, o := range p.opens {
		if !slices.Contains(o.change.Intents, j.Key()) {
			continue
		}
		switch c := p.underMode(o.change); {
		case c.Guard == change.GuardContested:
			return strings.TrimSuffix("agree with the other actor on who owns it: "+strings.Join(p.Contests[change.ContestKey(c)].Actors, ", "), ": ") + "; " + c.Why
		case c.Outcome == change.Planned:
			return "set the mode to enforce (cachegate mode enforce), and a run opens it: a rule or route made by hand would outlive the intent"
		case c.Guard == change.GuardApproval:
			return p.howToApprove()
		case c.Guard == change.GuardMode:
			return "the mode is off: set it to enforce (cachegate mode enforce), and a run opens it"
		case c.Outcome == change.Refused && !slices.Contains(held, c.Why):
			held = append(held, c.Why)
		}
	}
	if len(held) > 0 {
		return strings.Join(held, "; ")
	}
	return "nothing to do by hand: the next run opens it"
}

// ruleByID finds a rule of some groups.
func (p *planner) ruleByID(groups []string, id string) network.Rule {
	for _, group := range groups {
		for _, r := range p.Index.SecurityGroups[group].Rules {
			if r.ID == id {
				return r
			}
		}
	}
	return network.Rule{}
}
