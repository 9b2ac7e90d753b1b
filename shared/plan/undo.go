package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// undoing is what becomes of runs that people undo.
type undoing struct {
	// held are what is not made again, by change.HoldKey.
	held map[string]change.UndoneRun
	// reopens put back what a run took away.
	reopens []change.Change
	// left counts the changes of each run that are still to be taken back, stayed says why
	// others are not.
	left   map[string]int
	stayed []string
	// notAgain counts what is held back for each run.
	notAgain map[string]int
	opens    map[string]bool
	// all is the word by which a person has everything taken away; nil where nobody has.
	all *change.UndoneRun
}

// holdUndone finds out what is not to be made again.
func (p *planner) holdUndone() {
	p.undone = undoing{held: map[string]change.UndoneRun{}, left: map[string]int{}, notAgain: map[string]int{}, opens: map[string]bool{}}
	for _, u := range p.Tripped.Undone {
		if !u.Live(p.Now) {
			continue
		}
		if u.All {
			p.undone.all = &u
		}
		for _, key := range u.Held() {
			p.undone.held[key] = u
		}
	}
}

// undo takes back what runs did that people undo. It goes through the same guards as all else.
// What somebody changed since stays.
func (p *planner) undo() {
	if p.undone.all != nil {
		p.takeOut(*p.undone.all)
		return // nothing is put back
	}
	for _, u := range p.Tripped.Undone {
		if !u.Live(p.Now) || u.Done {
			continue
		}
		for _, c := range slices.Backward(u.Changes) {
			switch {
			case c.Outcome != change.Applied:
			case c.Opens():
				p.undoOpen(u, c)
			default:
				p.undoClose(u, c)
			}
		}
	}
	for _, c := range p.closes {
		if u, held := p.undone.held[change.HoldKey(c.change)]; held && c.change.Reason != change.Undone && c.goes() {
			c.keep(change.GuardUndone, notAgain(u))
			p.undone.notAgain[u.Run]++
		}
	}
}

func notAgain(u change.UndoneRun) string {
	return fmt.Sprintf("%s, and does it again at %s", u.Why(), u.Until.UTC().Format(time.RFC3339))
}

// stays says that a change is not taken back.
func (p *planner) stays(c change.Change, why string) {
	p.undone.stayed = append(p.undone.stayed, fmt.Sprintf("%s: %s", c.Requirement.Noun(), why))
}

// undoOpen takes away what a run put in place, if it is there as the run left it.
func (p *planner) undoOpen(u change.UndoneRun, c change.Change) {
	v, claimed := p.claims[c.Requirement]
	switch {
	case c.Kind == change.Rule && c.Rule.ID == "":
		p.stays(c, "nothing shows that the run made it")
		return
	case !claimed || v.presence == change.Gone:
		p.stays(c, "it is gone already, or no longer cachegate's")
		return
	case v.presence == change.Unread || v.presence == change.Fresh:
		p.undone.left[u.Run]++
		p.stays(c, "it cannot be seen just now; a later run looks again")
		return
	case v.presence == change.Altered || !v.Proven():
		p.stays(c, "somebody changed it since")
		return
	case c.Kind == change.Rule && v.RuleID != c.Rule.ID:
		p.stays(c, "a later run made it again, as "+v.RuleID)
		return
	}
	if who := p.othersNeeding(v); who != "" {
		p.stays(c, who+" needs it too")
		return
	}
	if slices.ContainsFunc(p.closes, func(other *closing) bool { return other.change.Requirement == c.Requirement }) {
		return // it goes anyway
	}
	p.undone.left[u.Run]++
	p.addClosing(p.takingBack(u, v))
	if c.Action == change.ReplaceRoute {
		back := c.Inverse()
		back.Previous, back.Why = v.Claim, u.Why()
		back.Previous.Holders = p.ownHolders(v)
		p.undone.reopens = append(p.undone.reopens, back)
	}
}

// takingBack is the close of what a claim stands for, whoever of the unit needs it.
func (p *planner) takingBack(u change.UndoneRun, v *claimView) *closing {
	holders := p.ownHolders(v)
	c := &closing{claim: v, change: change.Change{
		Action: v.Kind.Closes(), Requirement: v.Requirement, Reason: change.Undone, Why: u.Why(), Claimed: true,
		Holders: holders, Intents: change.IntentsOf(holders),
	}}
	switch v.Kind {
	case change.Rule:
		c.change.Rule = p.ruleOf(v.Resource, v.RuleID)
	case change.PeeringDNS:
		c.change.Action, c.change.Off = change.SetPeeringDNS, true
		c.change.Side = change.SideOf(p.Index.PeeringConnections[v.Resource], v.VPC)
	default:
	}
	return c
}

// ownHolders are the holders of a claim, and those that come to it in this plan.
func (p *planner) ownHolders(v *claimView) []change.Holder { return joined(v.Holders, v.keepers) }

// othersNeeding names another unit that holds a claim or needs what it stands for.
func (p *planner) othersNeeding(v *claimView) string {
	others := v.HeldOutside(p.Unit)
	if d, ok := p.desired[v.Requirement]; ok {
		others = append(others, d.foreign...)
	}
	if len(others) == 0 {
		return ""
	}
	return fmt.Sprintf("%s of unit %s", others[0].Intent.Short(), others[0].Unit)
}

// undoClose puts back what a run took away, if nothing stands in its place.
func (p *planner) undoClose(u change.UndoneRun, c change.Change) {
	if d, ok := p.desired[c.Requirement]; ok && len(d.own) > 0 && c.Claimed {
		return // it is declared again: the plan opens it by itself
	}
	switch there, known := p.standsThere(c); {
	case !known:
		p.undone.left[u.Run]++
		p.stays(c, "its place cannot be seen just now; a later run looks again")
		return
	case there != "":
		p.stays(c, there)
		return
	}
	back := c.Inverse()
	back.Off, back.Claimed, back.Why = false, c.Claimed, u.Why()
	if c.Claimed && len(back.Holders) == 0 {
		for _, k := range c.Intents {
			back.Holders = append(back.Holders, change.Holder{Unit: p.Unit, Intent: k})
		}
	}
	if back.Kind == change.PeeringDNS {
		back.Side = change.SideOf(p.Index.PeeringConnections[back.Resource], back.VPC)
	}
	p.undone.left[u.Run]++
	p.undone.reopens = append(p.undone.reopens, back)
}

// standsThere says what stands in the place of what a run took away, empty where nothing does;
// known is false where the place cannot be read.
func (p *planner) standsThere(c change.Change) (what string, known bool) {
	if c.Kind == change.Rule {
		group, ok := p.Index.SecurityGroups[c.Resource]
		if _, dark := p.Index.Failed(c.Location, network.KindRule, c.Resource); !ok || dark {
			return "", false
		}
		for _, r := range group.Ingress() {
			if r.Protocol == c.Rule.Protocol && r.FromPort == c.Rule.FromPort && r.ToPort == c.Rule.ToPort && r.Peer == c.Rule.Peer {
				return "it is there again, as " + r.ID, true
			}
		}
		return "", true
	}
	switch found, _ := change.Find(p.Index.Snapshot, change.Claim{Requirement: c.Requirement}, p.Now); found {
	case change.Gone:
		return "", true
	case change.Present:
		return "it is there again", true
	case change.Altered:
		return "somebody put another in its place", true
	default:
		return "", false
	}
}

// reopenings are what puts back what runs took away.
func (p *planner) reopenings() []*opening {
	out := make([]*opening, 0, len(p.undone.reopens))
	for _, c := range p.undone.reopens {
		o := &opening{desiredRule: &desiredRule{Need: access.Need{Requirement: c.Requirement}, text: c.Requirement.String()}, change: c}
		for _, cluster := range p.concerned(&c) {
			if !p.policy(cluster).Writes.Has(c.Kind.Writes()) {
				o.refuse(change.GuardBlocked, "the policy's writes do not include "+c.Kind.WritesName())
			}
		}
		out = append(out, o)
	}
	return out
}

// heldOpen says whether what is desired is not to be opened, because a person undid the run
// that opened it. What another unit needs is opened all the same.
func (p *planner) heldOpen(d *desiredRule) (change.UndoneRun, bool) {
	if p.undone.all != nil {
		return *p.undone.all, true
	}
	u, held := p.undone.held["open "+d.text]
	return u, held && len(d.foreign) == 0
}

// undoneFindings tell which runs are undone, as long as something is held back for it or
// still to be taken back.
func (p *planner) undoneFindings() {
	for _, o := range p.opens {
		if o.change.Guard == change.GuardUndone {
			u, _ := p.heldOpen(o.desiredRule)
			p.undone.notAgain[u.Run]++
			p.undone.opens[u.Run] = true
		}
	}
	for _, u := range p.Tripped.Undone {
		if !u.Live(p.Now) || p.undone.notAgain[u.Run] == 0 {
			continue
		}
		f := p.finding(finding.ChangeRefused, "", "undone", u.Run)
		if f.Severity = finding.Medium; p.undone.opens[u.Run] {
			f.Severity = finding.High
		}
		until := u.Until.UTC().Format(time.RFC3339)
		f.Title = fmt.Sprintf("run %s of %s is undone until %s: what it did is not done again before", u.Run, p.Unit, until)
		f.Detail = fmt.Sprintf("%s undid it; held back: %s", u.By, shortened(p.heldFor(u)))
		if u.All {
			f.Title = fmt.Sprintf("all that cachegate holds in %s is revoked until %s: nothing is opened before", p.Unit, until)
			f.Detail = fmt.Sprintf("%s had it revoked; held back: %s", u.By, shortened(p.heldFor(u)))
			f.Fix = "take cachegate out before that, or let it open again what is declared: cachegate revoke --all --end"
			p.findings = append(p.findings, f)
			continue
		}
		f.Fix = fmt.Sprintf("change what is declared until no run does it again, or let it be done: cachegate undo %s --end", u.Run)
		p.findings = append(p.findings, f)
	}
}

// heldFor says what is held back for a run.
func (p *planner) heldFor(u change.UndoneRun) []string {
	var out []change.Change
	for _, c := range p.closes {
		if c.guard == change.GuardUndone && (u.All || p.undone.held[change.HoldKey(c.change)].Run == u.Run) {
			out = append(out, c.change)
		}
	}
	for _, o := range p.opens {
		if by, held := p.heldOpen(o.desiredRule); held && by.Run == u.Run && o.change.Guard == change.GuardUndone {
			out = append(out, o.change)
		}
	}
	return sentencesOf(out)
}

// undoneEnds gives when the first word that counts ends, zero where none does.
func (p *planner) undoneEnds() time.Time {
	var first time.Time
	for _, u := range p.Tripped.Undone {
		if u.Live(p.Now) && (first.IsZero() || u.Until.Before(first)) {
			first = u.Until
		}
	}
	return first
}

// Cut names the open intents that undoing changes shuts out.
func Cut(changes []change.Change) []intent.Key {
	var out []intent.Key
	for _, c := range changes {
		if c.Reason != change.Undone || c.Opens() {
			continue
		}
		for _, k := range c.Intents {
			if !slices.Contains(out, k) {
				out = append(out, k)
			}
		}
	}
	slices.SortFunc(out, func(a, b intent.Key) int { return strings.Compare(a.Short(), b.Short()) })
	return out
}
