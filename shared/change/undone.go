package change

import (
	"fmt"
	"slices"
	"time"
)

// UndoneRun is a run that a person undoes: each of its changes is taken back where it still is as
// the run left it, and is not made again until the person's word ends.
type UndoneRun struct {
	// Run is the run's id, Changes are those of it that are undone.
	Run     string
	Changes []Change
	// By is the ARN of the person's identity, At when it was asked for, Until when it ends.
	By        string
	At, Until time.Time
	// All says that the person has everything taken away that is under claims, whatever run made
	// it, and nothing opened: Run is RevokedAll, and there are no Changes.
	All bool
	// Done says that a run took back what there was to take back.
	Done bool
}

// RevokedAll stands for the id of a run where all of a unit is taken away.
const RevokedAll = "all"

// Live says whether the person's word still counts.
func (u UndoneRun) Live(now time.Time) bool { return now.Before(u.Until) }

// Why says what stands behind a change that undoes one, or behind one that is not made again.
func (u UndoneRun) Why() string {
	if u.All {
		return "all that cachegate holds is revoked by " + u.By
	}
	return fmt.Sprintf("run %s is undone by %s", u.Run, u.By)
}

// Held gives what is not to be made again, as HoldKey names it.
func (u UndoneRun) Held() []string {
	var out []string
	for _, c := range u.Changes {
		if c.Outcome != Applied {
			continue
		}
		out = append(out, HoldKey(c))
		if c.Action == ReplaceRoute {
			out = append(out, HoldKey(Change{Action: DeleteRoute, Requirement: c.Previous.Requirement}))
		}
	}
	return out
}

// HoldKey names what a change does, the same for each that does it: a rule that comes back has
// another id, and a route may be made or replace one.
func HoldKey(c Change) string {
	switch {
	case c.Opens():
		return "open " + c.Requirement.String()
	case c.Kind == Rule && c.Rule.Protocol != "":
		r := c.Rule
		return fmt.Sprintf("close %s/%s %s/%d-%d/%s", c.Location, c.Resource, r.Protocol, r.FromPort, r.ToPort, r.Peer)
	default:
		return "close " + c.Requirement.String()
	}
}

// Restores says whether the change puts back a rule that was somebody else's: it gets neither
// a claim nor cachegate's tag.
func (c Change) Restores() bool {
	return c.Action == AuthorizeIngress && c.Reason == Undone && !c.Claimed
}

// WithUndone gives the runs of a unit that are undone once one more is, or the same is again or
// no longer. What ended goes. That one is done changes nothing where a person asked for something
// else meanwhile.
func WithUndone(known []UndoneRun, u UndoneRun, now time.Time) []UndoneRun {
	same := func(k UndoneRun) bool { return k.Run == u.Run && k.At.Equal(u.At) }
	if u.Done && !slices.ContainsFunc(known, same) {
		return known
	}
	out := slices.DeleteFunc(slices.Clone(known), func(k UndoneRun) bool { return k.Run == u.Run || !k.Live(now) })
	if u.Live(now) && (len(u.Changes) > 0 || u.All) {
		out = append(out, u)
	}
	return out
}
