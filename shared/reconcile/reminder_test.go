package reconcile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/finding"
)

// ending is an intent that ends in ten days.
func ending(until string) string {
	return strings.Replace(owned, "source:", "expiresAt: "+until+", source:", 1)
}

func TestAnOwnerIsRemindedAWeekAndADayBeforeAnIntentEnds(t *testing.T) {
	s := start(t, sameVPC, policy("")+ending("2026-12-02T12:00:00Z"))
	s.sweep()
	var told []string
	for s.now.Before(time.Date(2026, 12, 3, 0, 0, 0, 0, time.UTC)) {
		s.now = s.now.Add(time.Hour)
		for _, text := range said(s.sweep()...) {
			who, rest, _ := strings.Cut(text, "]")
			told = append(told, s.now.Format("2 15h ")+who+"]"+strings.TrimRight(strings.Fields(rest)[0], ":,"))
		}
	}
	wantStrings(t, "told", told,
		"25 12h intent-ends team-orders [low]OPENED", "1 12h intent-ends team-orders [medium]CHANGED", "2 12h access-closed team-orders [low]DONE", "2 12h intent-ends team-orders [medium]RESOLVED")
}

func TestWhoeverGivesAnIntentMoreTimeHearsThatTheReminderIsOver(t *testing.T) {
	s := start(t, sameVPC, policy("")+ending("2026-12-02T12:00:00Z"))
	s.sweep()
	s.now = s.now.Add(5 * 24 * time.Hour)
	s.sweep()
	s.declare(policy("") + ending("2027-12-02T12:00:00Z"))
	wantOneTold(t, toldOf(finding.IntentEnds, s.sweep()...), "RESOLVED")
	wantStrings(t, "told again", said(s.sweep()...))
}

func TestNobodyIsRemindedOfAccessThatIsMeantToBeShort(t *testing.T) {
	s := start(t, sameVPC, policy("")+ending("2026-11-22T20:00:00Z"))
	for range 10 {
		if told := toldOf(finding.IntentEnds, s.sweep()...); len(told) > 0 {
			t.Errorf("told %v", told)
		}
		s.now = s.now.Add(time.Hour)
	}
}
