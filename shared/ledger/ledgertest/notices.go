package ledgertest

import (
	"slices"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

// foundAt is a run that found something.
func foundAt(u network.Unit, at time.Time, found ...finding.Finding) ledger.Run {
	r := runAt(u, at)
	r.Told = found
	return r
}

func news(id string, status finding.Status, title string) finding.Finding {
	f := someFinding(id)
	f.Status, f.Title = status, title
	return f
}

func notices(t *testing.T, l ledger.Ledger, u network.Unit) []ledger.Notice {
	t.Helper()
	found, err := l.Pending(t.Context(), u)
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
		t.Errorf("%s is pending as %q, want %q", what, texts, want)
	}
}

func noticesUntilAck(t *testing.T, l ledger.Ledger) {
	wantNotices(t, "of a unit without a run", notices(t, l, unitA))
	must(t, l.Ack(t.Context(), unitA, nil, nil))
	finish(t, l, foundAt(unitA, noon, news("b", finding.Opened, "b"), news("a", finding.Resolved, "a")), nil, nil)
	finish(t, l, foundAt(unitB, noon, news("c", finding.Opened, "c")), nil, nil)
	finish(t, l, runAt(unitA, noon.Add(time.Minute)), nil, nil)
	pending := notices(t, l, unitA)
	wantNotices(t, "of unit A", pending, "a RESOLVED a", "b OPENED b")
	want(t, "the time is the same", pending[0].Finding.Since.Equal(noon), true)
	pending[0].Finding.Since = noon
	want(t, "the finding", pending[0].Finding, news("a", finding.Resolved, "a"))
	must(t, l.Ack(t.Context(), unitA, pending, nil))
	wantNotices(t, "of unit A once it was sent", notices(t, l, unitA))
	wantNotices(t, "of unit B", notices(t, l, unitB), "c OPENED c")
}

func noticesOnce(t *testing.T, l ledger.Ledger) {
	finish(t, l, foundAt(unitA, noon, news("a", finding.Opened, "one"), news("b", finding.Opened, "one"), news("c", finding.Resolved, "one"), news("d", finding.Changed, "one")), nil, nil)
	finish(t, l, foundAt(unitA, noon.Add(time.Minute), news("a", finding.Changed, "two"), news("b", finding.Resolved, "two"), news("c", finding.Opened, "two"), news("d", finding.Changed, "two")), nil, nil)
	pending := notices(t, l, unitA)
	wantNotices(t, "of two runs", pending, "a OPENED two", "b RESOLVED two", "c CHANGED two", "d CHANGED two")
	want(t, "of b, which was over before it was sent, nobody heard", pending[1].Finding.Unannounced, true)
}

func noticesChanged(t *testing.T, l ledger.Ledger) {
	finish(t, l, foundAt(unitA, noon, news("a", finding.Opened, "one"), news("b", finding.Opened, "one")), nil, nil)
	sent := notices(t, l, unitA)
	finish(t, l, foundAt(unitA, noon.Add(time.Minute), news("a", finding.Resolved, "two"), news("c", finding.Opened, "two")), nil, nil)
	must(t, l.Ack(t.Context(), unitA, sent, nil))
	wantNotices(t, "after the first of two runs was sent", notices(t, l, unitA), "a RESOLVED two", "c OPENED two")
}

func noticesLeft(t *testing.T, l ledger.Ledger) {
	finish(t, l, foundAt(unitA, noon, news("a", finding.Opened, "one"), news("b", finding.Opened, "one")), nil, nil)
	sent := notices(t, l, unitA)
	want(t, "the channels of a fresh notice", sent[0].Channels, 0)
	must(t, l.Ack(t.Context(), unitA, sent, []ledger.Notice{{Finding: sent[1].Finding, Channels: 4}}))
	pending := notices(t, l, unitA)
	wantNotices(t, "after one channel failed", pending, "b OPENED one")
	want(t, "its channels", pending[0].Channels, 4)
	finish(t, l, foundAt(unitA, noon.Add(time.Minute), news("b", finding.Changed, "two")), nil, nil)
	pending = notices(t, l, unitA)
	want(t, "the channels once there is more to say", pending[0].Channels, 0)
}
