// Package finding is what people should know: one value from the plan that
// finds it to the message that tells it, and the rule by which it lives
// (OPENED → CHANGED → RESOLVED), so that people hear once.
//
// It is pure: it neither stores nor sends.
package finding

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"github.com/cachegate/cachegate/shared/network"
)

// Status is where a finding is in its life.
type Status string

// The life of a finding. Unchanged ones are Open: nobody is told again. What was found and put
// right at once is Resolved, and as nobody heard of it before, it is told as Done.
const (
	Opened   Status = "OPENED"
	Changed  Status = "CHANGED"
	Resolved Status = "RESOLVED"
	Open     Status = "OPEN"
	Done     Status = "DONE"
)

// Severity says how much it matters.
type Severity string

// The severities, from the least on.
const (
	Low      Severity = "low"
	Medium   Severity = "medium"
	High     Severity = "high"     // undeclared access from outside the VPC
	Critical Severity = "critical" // from anywhere, or contested
)

// Finding is one thing that people should know.
type Finding struct {
	// ID stays the same while the finding lives: kind, unit and what it is about.
	ID       string
	Kind     Kind
	Status   Status
	Severity Severity
	Unit     network.Unit
	// Cluster is the cluster's ARN, Intent the intent's name; either may be empty.
	Cluster, Intent string
	// Resource is the security group, route table or other id it is about.
	Resource string
	// About is what at the resource it is about.
	About About
	Owner string
	// Title is one line; Detail says what was found, Fix what to do next.
	Title, Detail, Fix string
	// Actor is who made the change that the finding is about, where an event told it.
	Actor string
	// Since is when it was opened.
	Since time.Time
	// Unannounced says of one that is resolved that nobody was told that it was open.
	Unannounced bool
}

// Said is the status that people are told.
func (f Finding) Said() Status {
	if f.Status == Resolved && f.Unannounced {
		return Done
	}
	return f.Status
}

// About is the rule or the route of a finding; zero where it is about neither.
type About struct {
	// RuleID is a rule's id, Peer whom it lets in.
	RuleID string
	Peer   network.Peer
	// Destination is a route's.
	Destination netip.Prefix
}

// sameWords says whether telling the finding again would say the same.
func (f Finding) sameWords(g Finding) bool {
	return f.Severity == g.Severity && f.Title == g.Title && f.Detail == g.Detail && f.Fix == g.Fix
}

// Merge joins what is open with what a run found. told are the findings whose
// status changed in this run, in a fixed order; open are those that live on.
//
// mended are found before the run wrote and gone after it: opened and resolved
// at once, they are told once, as resolved.
func Merge(open, found, mended []Finding, now time.Time) (told, live []Finding) {
	before := map[string]Finding{}
	for _, f := range open {
		before[f.ID] = f
	}
	seen := map[string]bool{}
	for _, f := range found {
		if seen[f.ID] {
			continue
		}
		seen[f.ID] = true
		old, ok := before[f.ID]
		switch {
		case !ok:
			f.Status, f.Since = Opened, now
			told = append(told, f)
		case !old.sameWords(f):
			f.Status, f.Since, f.Actor = Changed, old.Since, cmp.Or(f.Actor, old.Actor)
			told = append(told, f)
		default:
			f.Status, f.Since, f.Actor = Open, old.Since, cmp.Or(f.Actor, old.Actor)
		}
		live = append(live, f)
	}
	for _, f := range slices.Concat(mended, open) {
		if seen[f.ID] {
			continue
		}
		seen[f.ID] = true
		f.Status = Resolved
		if old, ok := before[f.ID]; ok {
			f.Since = old.Since
		} else {
			f.Since, f.Unannounced = now, true
		}
		told = append(told, f)
	}
	byID := func(a, b Finding) int { return cmp.Compare(a.ID, b.ID) }
	slices.SortFunc(told, byID)
	slices.SortFunc(live, byID)
	return told, live
}
