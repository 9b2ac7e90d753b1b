package ledgertest

import (
	"slices"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

// toldAt is a run that told findings.
func toldAt(u network.Unit, at time.Time, told ...finding.Finding) ledger.Run {
	r := runAt(u, at)
	r.Told = told
	return r
}

func news(id string, status finding.Status, title string) finding.Finding {
	f := someFinding(id)
	f.Status, f.Title = status, title
	return f
}

func notices(t *testing.T, l ledger.Ledger, u network.Unit) []ledger.Notice {
	t.Helper()
	found, err := l.Unheard(t.Context(), u)
	must(t, err)
	return found
}

// wantNotices compares notices as "id STATUS title".
func wantNotices(t *testing.T, what string, got []ledger.Notice, want ...string) {
	t.Helper()
	texts := []string{}
	for _, n := range got {
		texts = append(texts, n.Finding.ID+" "+string(n.Finding.Status)+" "+n.Finding.Title)
	}
	if !slices.Equal(texts, want) {
		t.Errorf("%s is to be heard %q, want %q", what, texts, want)
	}
}

func noticesUntilHeard(t *testing.T, l ledger.Ledger) {
	wantNotices(t, "of a unit without a run", notices(t, l, unitA))
	must(t, l.Heard(t.Context(), unitA, nil, nil))
	finish(t, l, toldAt(unitA, noon, news("b", finding.Opened, "b"), news("a", finding.Resolved, "a")), nil, nil)
	finish(t, l, toldAt(unitB, noon, news("c", finding.Opened, "c")), nil, nil)
	finish(t, l, runAt(unitA, noon.Add(time.Minute)), nil, nil)
	waiting := notices(t, l, unitA)
	wantNotices(t, "of unit A", waiting, "a RESOLVED a", "b OPENED b")
	want(t, "the time is the same", waiting[0].Finding.Since.Equal(noon), true)
	waiting[0].Finding.Since = noon
	want(t, "the finding", waiting[0].Finding, news("a", finding.Resolved, "a"))
	must(t, l.Heard(t.Context(), unitA, waiting, nil))
	wantNotices(t, "of unit A once it was heard", notices(t, l, unitA))
	wantNotices(t, "of unit B", notices(t, l, unitB), "c OPENED c")
}

func noticesOnce(t *testing.T, l ledger.Ledger) {
	finish(t, l, toldAt(unitA, noon, news("a", finding.Opened, "one"), news("b", finding.Opened, "one"), news("c", finding.Resolved, "one"), news("d", finding.Changed, "one")), nil, nil)
	finish(t, l, toldAt(unitA, noon.Add(time.Minute), news("a", finding.Changed, "two"), news("b", finding.Resolved, "two"), news("c", finding.Opened, "two"), news("d", finding.Changed, "two")), nil, nil)
	wantNotices(t, "of two runs", notices(t, l, unitA), "a OPENED two", "b RESOLVED two", "c OPENED two", "d CHANGED two")
}

func noticesChanged(t *testing.T, l ledger.Ledger) {
	finish(t, l, toldAt(unitA, noon, news("a", finding.Opened, "one"), news("b", finding.Opened, "one")), nil, nil)
	told := notices(t, l, unitA)
	finish(t, l, toldAt(unitA, noon.Add(time.Minute), news("a", finding.Resolved, "two"), news("c", finding.Opened, "two")), nil, nil)
	must(t, l.Heard(t.Context(), unitA, told, nil))
	wantNotices(t, "after the first of two runs was heard", notices(t, l, unitA), "a RESOLVED two", "c OPENED two")
}

func noticesLeft(t *testing.T, l ledger.Ledger) {
	finish(t, l, toldAt(unitA, noon, news("a", finding.Opened, "one"), news("b", finding.Opened, "one")), nil, nil)
	told := notices(t, l, unitA)
	want(t, "the channels of a fresh notice", told[0].Channels, 0)
	must(t, l.Heard(t.Context(), unitA, told, []ledger.Notice{{Finding: told[1].Finding, Channels: 4}}))
	waiting := notices(t, l, unitA)
	wantNotices(t, "after one channel failed", waiting, "b OPENED one")
	want(t, "its channels", waiting[0].Channels, 4)
	finish(t, l, toldAt(unitA, noon.Add(time.Minute), news("b", finding.Changed, "two")), nil, nil)
	waiting = notices(t, l, unitA)
	want(t, "the channels once there is more to say", waiting[0].Channels, 0)
}
