package change

import (
	"slices"
	"time"

	"github.com/cachegate/cachegate/shared/network"
)

// Presence is what became of a claim in the network.
type Presence int

// What may have become of a claim.
const (
	Present Presence = iota
	// Gone is not there although its enforcement point was read.
	Gone
	// Altered is something else under the claim's id or destination.
	Altered
	// Unread is at an enforcement point that could not be read.
	Unread
	// Fresh was written just now, and EC2 does not show it yet.
	Fresh
)

// visibleWithin is how long EC2 may take to show a write: until then, what is
// not seen is not taken for gone.
// https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
const visibleWithin = 5 * time.Minute

// Find looks for what a claim put in place, and gives the id of its rule. A rule
// whose id was never recorded is recovered by the claim's tag.
func Find(s *network.Snapshot, c Claim, now time.Time) (Presence, string) {
	found, id := find(s, c)
	unseen := c.Status == Intended || c.Status == Written
	if found == Gone && unseen && now.Sub(c.Created) < visibleWithin && !c.Created.IsZero() {
		return Fresh, id
	}
	return found, id
}

func find(s *network.Snapshot, c Claim) (Presence, string) {
	t := c.Kind.traits()
	for _, kind := range t.reads {
		if _, failed := s.Failed(c.Location, kind, c.Resource); failed {
			return Unread, ""
		}
	}
	return t.find(s, c)
}

// absent tells an enforcement point that was asked for and is not there from one
// that nobody asked for.
func absent(s *network.Snapshot, resource string) Presence {
	if _, asked := slices.BinarySearch(s.DependencyKeys, resource); asked {
		return Gone
	}
	return Unread
}

// MadeBefore says whether a snapshot shows what a change of an earlier run did, of
// which nobody recorded whether it was made; known is false where the snapshot cannot
// tell. A rule is found by its id, or by its tag and content.
func MadeBefore(s *network.Snapshot, c Change) (made, known bool) {
	if c.Restores() {
		group, ok := s.SecurityGroups[c.Resource]
		return ok && slices.ContainsFunc(group.Ingress(), func(r network.Rule) bool {
			return r.Protocol == c.Rule.Protocol && r.FromPort == c.Rule.FromPort && r.ToPort == c.Rule.ToPort && samePeer(r.Peer, c.Rule.Peer)
		}), ok
	}
	if c.Opens() && c.Kind.traits().byID && c.Rule.ID == "" {
		group, ok := s.SecurityGroups[c.Resource]
		return ok && slices.ContainsFunc(group.Ingress(), func(r network.Rule) bool {
			return r.Tags[ManagedTag] != "" && sameContent(r, c.Requirement)
		}), ok
	}
	if found, _ := find(s, Claim{Requirement: c.Requirement, RuleID: c.Rule.ID}); found == Unread {
		return false, false
	}
	return Shows(s, c), true
}

// Shows says whether a snapshot shows that an applied change was made. A rule that
// was there already, which has no id, counts as shown.
func Shows(s *network.Snapshot, c Change) bool {
	byID := c.Kind.traits().byID
	if byID && c.Rule.ID == "" {
		return true
	}
	found, _ := find(s, Claim{Requirement: c.Requirement, RuleID: c.Rule.ID})
	if c.Opens() {
		return found == Present || found == Altered && byID
	}
	return found != Present && (found != Altered || !byID)
}
