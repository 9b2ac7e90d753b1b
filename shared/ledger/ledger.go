// Package ledger remembers what cachegate did and what it depends on: claims
// with their holders, the dependency index, open findings, runs and leases.
//
// A claim is written before its rule or route (Intend), completed after it
// (Stand), and outlives every crash in between: the rule's tag carries the
// claim's own tag. Several units may hold one claim; the last holder to go
// closes what the claim stands for (Leave). Holders come and go by conditional
// writes, so that two units never both believe to be the last, or neither.
//
// The ledger never reads the network: what it says is compared with a snapshot
// before anything is done about it.
package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/network"
)

// ErrLeased says that somebody else reconciles the unit just now.
var ErrLeased = errors.New("the unit is leased")

// ErrLeaseLost says that the lease ran out and somebody else has it.
var ErrLeaseLost = errors.New("the unit's lease was lost")

// Claims keeps what cachegate put in place.
type Claims interface {
	// Claims gives the claims at the points and those that the unit holds, or left
	// last, anywhere, in the order of their keys.
	Claims(ctx context.Context, unit network.Unit, points []change.Point) ([]change.Claim, error)
	// ClaimsAt gives the same, where the keys of the claims that the unit holds are known.
	ClaimsAt(ctx context.Context, unit network.Unit, held []string, points []change.Point) ([]change.Claim, error)
	// Intend records a claim before its write, with the time in Created. One that is
	// there already is given back as it was; it gets the holders on top of its own,
	// and its tag joins the prior ones.
	Intend(ctx context.Context, c change.Claim) (prior change.Claim, existed bool, err error)
	// Wrote records that EC2 accepted a claim's write. ruleID is empty for what has no id.
	Wrote(ctx context.Context, key, ruleID string) error
	// Stand records that a snapshot showed what a claim put in place.
	Stand(ctx context.Context, key, ruleID string) error
	// Hold adds and drops holders; it never drops the last one.
	Hold(ctx context.Context, key string, add, drop []change.Holder) error
	// Leave drops holders and says whether none is left; then the claim is Closing
	// and keeps them as its last holders, and whoever comes anew makes it stand again.
	Leave(ctx context.Context, key string, drop []change.Holder) (last bool, err error)
	// Closed forgets a claim that Leave left without holders, unless one came since.
	Closed(ctx context.Context, key string) error
	// Release forgets a claim, whoever holds it: what it put in place is gone, or
	// no longer cachegate's.
	Release(ctx context.Context, key string) error
}

// Judged is what a unit's last judgement leaned on.
type Judged struct {
	Unit network.Unit
	// Keys are the dependency keys; see package observe for their form.
	Keys []string
	// Clusters are the ARNs of the unit's clusters.
	Clusters []string
	// Digest identifies the intents that were judged.
	Digest string
	// Needs are what its open intents need; Units and Judged leave them out.
	Needs Needs
	// Hidden says that a part of what its open intents need could not be read.
	Hidden bool
	// Open is how many rules, routes and options of cachegate's the unit holds.
	Open int
	// Closes are what its latest runs took away. Only Units gives them; Depend leaves them.
	Closes []Closes
}

// Index keeps what units depend on.
type Index interface {
	// Depend replaces what a unit depends on and says whether the keys changed.
	// ErrLeaseLost where the lease was lost and something would be written; a zero lease is
	// not asked for.
	Depend(ctx context.Context, lease Lease, j Judged) (changed bool, err error)
	// Judged gives what a unit's last judgement leaned on; ok is false where it was
	// never judged.
	Judged(ctx context.Context, unit network.Unit) (j Judged, ok bool, err error)
	// Dependents gives the units that depend on any of the keys, sorted.
	Dependents(ctx context.Context, keys []string) ([]network.Unit, error)
	// Needs gives what a unit's open intents needed when it was judged last; ok is false
	// where that was never kept.
	Needs(ctx context.Context, unit network.Unit) (n Needs, ok bool, err error)
	// Units gives every unit that was judged, with its digest and clusters but
	// without its keys, sorted.
	Units(ctx context.Context) ([]Judged, error)
}

// Run is one run of a unit, for history and undo.
type Run struct {
	// ID tells the run apart from others; empty: the ledger makes one; see WithID.
	ID   string
	Unit network.Unit
	// At is when the run began to write, or was recorded where it wrote nothing.
	At      time.Time
	Trigger string
	Hash    string
	Changes []change.Change
	// Found are the findings before the run wrote: should it be cut off, people hear
	// of them from the run that takes over.
	Found []finding.Finding
	// Told are the findings whose status changed in the run.
	Told []finding.Finding
	// Next is when the unit is to be looked at again; zero: nothing is due.
	Next time.Time
	// Settled are the claims that the run saw standing, with the holders that come and go:
	// Finish writes that down with the run, and does not keep it beside the claims.
	Settled []change.ClaimUpdate
	// Approval is the one by which the run made what would have waited without it.
	Approval change.Approval
	// Causes are events that woke the unit, the latest where they were many.
	Causes []Cause
	// Stood are the unit's intents after the run, StoodMore is how many are not among them. A
	// run after which all is as it was before leaves them out, but for a few each day, and
	// StoodKept is false.
	StoodKept bool
	Stood     []Standing
	StoodMore int
}

// WithID gives the run an id where it has none: one that tells it apart from others of
// its unit, which are at other times or of other plans.
func (r Run) WithID() Run {
	if r.ID == "" {
		h := sha256.New()
		fmt.Fprintln(h, r.Unit, r.At.UnixNano(), r.Trigger, r.Hash)
		r.ID = hex.EncodeToString(h.Sum(nil)[:6])
	}
	return r
}

// Notice is a finding that people have to hear of still.
type Notice struct {
	Finding finding.Finding
	// Channels are those that have to tell it, as package notify numbers them; zero: all.
	Channels uint8
}

// Journal keeps findings and runs.
type Journal interface {
	// Findings gives the open findings of a unit, sorted by id.
	Findings(ctx context.Context, unit network.Unit) ([]finding.Finding, error)
	// Begin records a run with all that it sets out to change, before its first write.
	// It is a run that was cut off until Finish records it. ErrLeaseLost where the lease
	// was lost; a zero lease is not asked for.
	Begin(ctx context.Context, lease Lease, r Run) error
	// Begun gives the runs of a unit that began and were not finished, in the order of
	// their times.
	Begun(ctx context.Context, unit network.Unit) ([]Run, error)
	// Finish records a run, the findings that live on after it, and what it put
	// right by ContestKey, at once, with the earlier runs that were cut off as this one
	// found what they did. What the run told becomes a notice until Ack takes it away.
	// The lease is given back with it. ErrLeaseLost where it was lost; a zero lease is not
	// asked for.
	Finish(ctx context.Context, lease Lease, r Run, live []finding.Finding, repaired map[string]string, recovered ...Run) error
	// Writers gives the units whose runs changed any of the resources since a time.
	Writers(ctx context.Context, resources []string, since time.Time) ([]network.Unit, error)
	// Contests gives what was put right in a unit since a time.
	Contests(ctx context.Context, unit network.Unit, since time.Time) (map[string]change.Contest, error)
	Notices
	RecentEvents
}

// UnitEvents are events that woke a unit. Of each, what is kept says who did what to
// which resources, and when.
type UnitEvents struct {
	Unit   network.Unit
	Events []events.Event
}

// RecentEvents keeps for a while which events woke a unit, so that a run can name who
// made a change. Wake-ups do not carry them.
type RecentEvents interface {
	// RecordEvents records events at the time at which they came.
	RecordEvents(ctx context.Context, at time.Time, came ...UnitEvents) error
	// EventsSince gives the events that came for a unit since a time, in the order in which
	// they came.
	EventsSince(ctx context.Context, unit network.Unit, since time.Time) ([]events.Event, error)
}

// Notices keeps the findings that are to be sent, so that nothing is lost where a
// process dies between finding and sending.
type Notices interface {
	// Pending gives what was found in a unit and not sent yet, a finding once,
	// sorted by id.
	Pending(ctx context.Context, unit network.Unit) ([]Notice, error)
	// Ack takes away the notices that were sent, and keeps those that some channels could
	// not send, with these channels. One that changed since is not touched.
	Ack(ctx context.Context, unit network.Unit, sent, unsent []Notice) error
}

// Lease is the right to reconcile a unit, until it ends. Its fence grows with
// every lease of the unit.
type Lease struct {
	Unit  network.Unit
	Owner string
	Fence int64
	Until time.Time
}

// Leases keeps who reconciles a unit.
type Leases interface {
	// Acquire takes a unit for a while; ErrLeased where somebody else has it.
	Acquire(ctx context.Context, unit network.Unit, owner string, now time.Time, ttl time.Duration) (Lease, error)
	// Check says whether a lease still is the last one; ErrLeaseLost where it is not.
	Check(ctx context.Context, l Lease, now time.Time) error
	// Free gives a lease back; one that was lost is left to its new owner.
	Free(ctx context.Context, l Lease) error
}

// Ledger is all of it.
type Ledger interface {
	Claims
	Index
	Journal
	Leases
	Breaker
	Memories
}

func errNoClaim(key string) error {
	return fmt.Errorf("updating claim %s: it is not in the ledger", key)
}
