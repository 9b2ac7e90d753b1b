package reconcile_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/notify"
	"github.com/cachegate/cachegate/shared/reconcile"
)

const owned = `- {cluster: sessions, name: orders, source: sg-0a, owner: team-orders, reason: the shop}
`

// said gives the subjects and owners of the messages of reports.
func said(reports ...reconcile.Report) []string {
	var out []string
	for _, r := range reports {
		for _, n := range notify.Notes(r.Told, r.Changes) {
			b := notify.Messages(n)
			out = append(out, b.Alert.Attributes["kind"]+" "+b.Alert.Attributes["owner"]+" "+b.Alert.Subject)
		}
	}
	slices.Sort(out)
	return out
}

func TestWhatWasOpenedAndClosedIsToldToItsOwnerWithPortAndSource(t *testing.T) {
	s := start(t, sameVPC, policy("")+owned)
	wantStrings(t, "told once it is opened", said(s.sweep()...), "access-missing team-orders [medium] DONE: sessions/orders: let sg-0a in on TCP 6379 at sg-0c")
	wantStrings(t, "told again", said(s.sweep()...))
	s.declare(policy(""))
	told := said(s.sweep()...)
	if len(told) != 1 || !strings.HasPrefix(told[0], "access-closed team-orders [low] DONE: access of sessions/orders was closed: removed the rule for TCP 6379") {
		t.Errorf("told once it is closed: %v", told)
	}
	wantStrings(t, "told again", said(s.sweep()...))
}

func TestAnIntentThatEndsIsToldToItsOwner(t *testing.T) {
	ends := strings.Replace(owned, "source:", "expiresAt: 2026-11-22T13:00:00Z, source:", 1)
	s := start(t, sameVPC, policy("")+ends)
	s.sweep()
	s.now = s.now.Add(2 * time.Hour)
	reports := s.sweep()
	if told := said(reports...); len(told) != 1 || !strings.HasPrefix(told[0], "access-closed team-orders [low] DONE") {
		t.Errorf("told %v", told)
	}
	for _, r := range reports {
		for _, f := range slices.Concat(r.Told, r.Live) {
			if f.Kind == finding.AccessClosed && (f.Detail != "the time of sessions/orders is over" || !strings.Contains(f.Fix, "cachegate undo ") || len(r.Live) > 0) {
				t.Errorf("it says %+v", f)
			}
		}
	}
}

func TestAccessThatASourceHasByAnotherRuleIsNotToldAsClosed(t *testing.T) {
	s := start(t, sameVPC, policy("")+owned)
	s.sweep()
	s.declare(policy("") + strings.Replace(owned, "sg-0a", "sg-0b", 1))
	for _, text := range said(s.sweep()...) {
		if strings.HasPrefix(text, "access-closed") {
			t.Errorf("told %s, and the intent lives", text)
		}
	}
}

func TestAccessThatWasThereAndIsGoneIsHighUntilItIsBack(t *testing.T) {
	s := start(t, sameVPC, policy("")+owned)
	s.sweep()
	observed := strings.Replace(policy(""), "enforce", "observe", 1)
	s.declare(observed + owned)
	s.revokeFrom("sg-0a")
	s.now = s.now.Add(visible)
	wantStrings(t, "told", said(s.sweep()...), "access-missing team-orders [high] OPENED: intent orders of sessions is not open")
	s.now = s.now.Add(time.Hour)
	wantStrings(t, "told an hour later", said(s.sweep()...))
	s.declare(policy("") + owned)
	wantStrings(t, "told once it is back", said(s.sweep()...), "access-missing team-orders [high] RESOLVED, was: intent orders of sessions is not open")
}

func TestAccessThatNeverWasIsNotHigh(t *testing.T) {
	s := start(t, sameVPC, strings.Replace(policy(""), "enforce", "observe", 1)+owned)
	wantStrings(t, "told", said(s.sweep()...), "access-missing team-orders [medium] OPENED: intent orders of sessions is not open")
}
