package plan

import (
	"slices"

	"github.com/cachegate/cachegate/shared/change"
)

// takeOut takes away everything of the unit that is under a claim, whoever needs it: a person
// takes cachegate out. It counts against maxCloses, and passes every guard but the needs of what
// is declared; what nobody can be sure of stays, and so does what is somebody else's.
func (p *planner) takeOut(u change.UndoneRun) {
	for _, c := range p.closes {
		if c.claim == nil && c.goes() { // somebody else's
			c.keep(change.GuardUndone, notAgain(u))
			p.undone.notAgain[u.Run]++
		}
	}
	for _, req := range p.sortedClaims() {
		v := p.claims[req]
		mine := v.Concerns(p.Unit)
		c := change.Change{Requirement: req}
		switch {
		case !mine || v.Kind == change.PeeringDNS && len(v.keepers) == 0: // then its claim is given up
		case v.presence == change.Unread || v.presence == change.Fresh:
			p.undone.left[u.Run]++
			p.stays(c, "it cannot be seen just now; a later run looks again")
		case v.presence == change.Altered:
			p.stays(c, "somebody changed it since")
		case v.presence == change.Present && !v.Proven():
			p.stays(c, "nothing shows that cachegate made it")
		case v.presence == change.Present:
			p.undone.left[u.Run]++
			if slices.ContainsFunc(p.closes, func(other *closing) bool { return other.change.Requirement == req }) {
				continue // it goes anyway
			}
			taken := p.takingBack(u, v)
			taken.change.Reason = change.TakenOut
			p.addClosing(taken)
		}
	}
}
