package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/reconcile"
)

// sealed is a ledger that can be read and not written.
type sealed struct{ ledger.Ledger }

var errSealed = errors.New("a preview wrote to the ledger")

func (sealed) Intend(context.Context, change.Claim) (change.Claim, bool, error) {
	return change.Claim{}, false, errSealed
}
func (sealed) Wrote(context.Context, string, string) error { return errSealed }
func (sealed) Stand(context.Context, string, string) error { return errSealed }
func (sealed) Hold(context.Context, string, []change.Holder, []change.Holder) error {
	return errSealed
}

func (sealed) Leave(context.Context, string, []change.Holder) (bool, error) { return false, errSealed }
func (sealed) Closed(context.Context, string) error                         { return errSealed }
func (sealed) Release(context.Context, string) error                        { return errSealed }
func (sealed) Depend(context.Context, ledger.Lease, ledger.Judged) (bool, error) {
	return false, errSealed
}
func (sealed) Free(context.Context, ledger.Lease) error { return errSealed }

func TestAPreviewSaysWhatTheNextRunDoesAndWritesNothing(t *testing.T) {
	expiring := `- {cluster: sessions, name: orders, source: 444455556666/sg-0a, path: peering, expiresAt: 2026-11-22T13:00:00Z}`
	for name, arrange := range map[string]func(s *scenario){
		"something is missing":   func(*scenario) {},
		"everything is in place": func(s *scenario) { s.sweep() },
		"a time is over":         func(s *scenario) { s.sweep(); s.now = s.now.Add(2 * time.Hour) },
		"something was added":    func(s *scenario) { s.declare(expiring + "\n- {cluster: sessions, name: new, source: 10.0.1.0/24}") },
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, peered, expiring)
			arrange(s)
			units, err := s.Swept(t.Context())
			if err != nil || len(units) != 1 {
				t.Fatalf("the units are %v (%v), want one", units, err)
			}
			mark := s.mark()
			looking := *s.Runner
			looking.Ledger = sealed{s.Ledger}
			seen, err := looking.Preview(t.Context(), units[0], reconcile.Wake{}, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			if written := s.writesSince(mark); len(written) > 0 {
				t.Errorf("the preview wrote %v", written)
			}
			done := s.run(units[0])
			if seen.Hash != done.Hash || len(seen.Changes) != len(done.Changes) {
				t.Errorf("the preview has %d changes (%s), the run %d (%s)", len(seen.Changes), seen.Hash, len(done.Changes), done.Hash)
			}
		})
	}
}

func TestAPreviewLooksAtAnotherTime(t *testing.T) {
	s := start(t, peered, `- {cluster: sessions, name: orders, source: 444455556666/sg-0a, path: peering, expiresAt: 2026-11-22T13:00:00Z}`)
	s.sweep()
	units, err := s.Swept(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after   time.Duration
		changes int
	}{{time.Minute, 0}, {2 * time.Hour, 3}} {
		seen, err := s.Runner.Preview(t.Context(), units[0], reconcile.Wake{}, s.now.Add(c.after))
		if err != nil {
			t.Fatal(err)
		}
		if len(seen.Changes) != c.changes {
			t.Errorf("after %s there are %s, want %d", c.after, fmt.Sprint(seen.Changes), c.changes)
		}
	}
}
