package operate

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/reconcile"
)

// LongestTakeOut is how long nothing is opened after all was revoked: time enough to take the
// deployment away, or to think better of it.
const LongestTakeOut = 30 * 24 * time.Hour

// TakeOut is what a unit's next run takes away where a person has all revoked.
type TakeOut struct {
	Unit network.Unit
	// Closes are what goes, Held what a guard or the mode holds back, Stays says what is left
	// alone, and why.
	Closes, Held []change.Change
	Stays        []string
	// Adopted says, by the keys of claims, under which people took what somebody else had made.
	Adopted map[string]bool
	// List is what a person agrees to: its hash identifies the closes.
	List change.Tripped
}

// TakeOut says what the next run of a unit would take away, if all were revoked by a person. It
// writes nothing.
func (s *Session) TakeOut(ctx context.Context, unit network.Unit, by string) (TakeOut, error) {
	u := takenOut(by, s.now())
	report, err := s.Runner.Preview(ctx, unit, reconcile.Wake{Trigger: "revoke --all", Undo: &u}, s.At)
	if err != nil {
		return TakeOut{}, err
	}
	out := TakeOut{Unit: unit, Stays: report.Stayed, Adopted: map[string]bool{}}
	claims, err := s.Runner.Ledger.Claims(ctx, unit, nil)
	if err != nil {
		return TakeOut{}, fmt.Errorf("reading the claims of unit %s: %w", unit, err)
	}
	for _, c := range claims {
		out.Adopted[c.Key()] = c.AdoptedBy != ""
	}
	var texts []string
	for _, c := range report.Changes {
		switch waits := c.Guard == change.GuardMaxCloses || c.Guard == change.GuardApproval; {
		case c.Opens() || !c.Claimed && c.Reason != change.TakenOut:
		case c.Mode != intent.Enforce:
			c.Outcome, c.Guard, c.Why = change.Refused, change.GuardMode, fmt.Sprintf("the mode is %s, and nothing is closed before it is enforce (cachegate mode enforce)", c.Mode)
			out.Held = append(out.Held, c)
		case c.Outcome == "" || waits:
			c.Outcome, c.Guard, c.Why = Due, "", "" // the person's word lets it pass
			out.Closes = append(out.Closes, c)
			texts = append(texts, c.Text())
		default:
			out.Held = append(out.Held, c)
		}
	}
	slices.Sort(texts)
	out.List = change.Tripped{
		Hash: change.HashOf(unit, texts), At: s.now(), Texts: texts,
		Limit: report.Tripped.Limit, Deployment: report.Tripped.Deployment,
	}
	for _, c := range out.Closes {
		out.List.Waiting = append(out.List.Waiting, c.Sentence())
	}
	slices.Sort(out.List.Waiting)
	return out, nil
}

func takenOut(by string, now time.Time) change.UndoneRun {
	return change.UndoneRun{Run: change.RevokedAll, All: true, By: by, At: now, Until: now.Add(LongestTakeOut)}
}

// RevokeAll keeps a person's word that the deployment takes away all that is under claims in
// these units, and that these lists, which the person saw, may be closed however many there are.
// What is not on a list and more than maxCloses allows waits for another word.
func RevokeAll(ctx context.Context, l ledger.Breaker, all []TakeOut, by string, now time.Time) error {
	for _, t := range all { // first all of them: what two units share, neither opens again
		if err := l.SetUndone(ctx, t.Unit, takenOut(by, now), now); err != nil {
			return fmt.Errorf("keeping that all of unit %s is revoked: %w", t.Unit, err)
		}
	}
	for _, t := range all {
		if len(t.Closes) == 0 {
			continue
		}
		if err := l.Trip(ctx, t.Unit, t.List); err != nil {
			return fmt.Errorf("keeping what is revoked in unit %s: %w", t.Unit, err)
		}
		if _, err := Approve(ctx, l, t.Unit, t.List.Hash, by, now, LongestApproval); err != nil {
			return fmt.Errorf("approving what is revoked in unit %s: %w", t.Unit, err)
		}
	}
	return nil
}

// EndRevokeAll ends it: the next runs open what is declared.
func EndRevokeAll(ctx context.Context, l ledger.Breaker, units []network.Unit, by string, now time.Time) (ended []network.Unit, err error) {
	for _, u := range units {
		t, _, err := l.Tripped(ctx, u)
		if err != nil {
			return ended, err
		}
		if !slices.ContainsFunc(t.Undone, func(k change.UndoneRun) bool { return k.All && k.Live(now) }) {
			continue
		}
		word := takenOut(by, now)
		word.Until = now
		if err := l.SetUndone(ctx, u, word, now); err != nil {
			return ended, err
		}
		ended = append(ended, u)
	}
	return ended, nil
}

// ListHash identifies all lists together.
func ListHash(all []TakeOut) string {
	var hashes []string
	for _, t := range all {
		if len(t.Closes) > 0 {
			hashes = append(hashes, t.List.Hash)
		}
	}
	if len(hashes) == 1 {
		return hashes[0]
	}
	return change.HashOf(network.Unit{}, []string{strings.Join(hashes, " ")})
}
