package finding

import (
	"testing"
	"time"
)

func TestAFindingIsToldOnceWhenItOpensOnceWhenItsWordsChangeAndOnceWhenItIsGone(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	one := Finding{ID: "a", Title: "first words"}

	told, live := Merge(nil, []Finding{one, one}, nil, now)
	wantStatuses(t, told, Opened)

	told, live = Merge(live, []Finding{one}, nil, now.Add(time.Hour))
	wantStatuses(t, told)
	if !live[0].Since.Equal(now) {
		t.Errorf("an unchanged finding is open since %v, want %v", live[0].Since, now)
	}

	one.Title = "other words"
	told, live = Merge(live, []Finding{one}, nil, now.Add(2*time.Hour))
	wantStatuses(t, told, Changed)

	told, live = Merge(live, nil, nil, now.Add(3*time.Hour))
	wantStatuses(t, told, Resolved)
	if len(live) != 0 {
		t.Errorf("a resolved finding lives on: %v", live)
	}
}

func TestWhatARunFindsAndMendsIsToldOnceAsResolved(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	told, live := Merge(nil, nil, []Finding{{ID: "a"}}, now)
	wantStatuses(t, told, Resolved)
	if len(live) != 0 {
		t.Errorf("a mended finding lives on: %v", live)
	}
}

func TestWhatWasMendedButIsFoundAgainStaysOpen(t *testing.T) {
	told, live := Merge(nil, []Finding{{ID: "a"}}, []Finding{{ID: "a"}}, time.Unix(0, 0))
	wantStatuses(t, told, Opened)
	if len(live) != 1 {
		t.Errorf("live findings: %v, want one", live)
	}
}

func wantStatuses(t *testing.T, told []Finding, want ...Status) {
	t.Helper()
	if len(told) != len(want) {
		t.Fatalf("told %d findings (%v), want %d", len(told), told, len(want))
	}
	for i, s := range want {
		if told[i].Status != s {
			t.Errorf("finding %d is %s, want %s", i, told[i].Status, s)
		}
	}
}
