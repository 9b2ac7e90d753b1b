package notify_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/notify"
)

var shopUnit = network.Unit{Location: network.Location{Account: "111122223333", Region: "us-east-1"}, VPC: "vpc-0a"}

// channels is a teller that fails on channels, as often as they say.
type channels struct {
	fails map[notify.Channel]int
	told  []notify.Note
}

func (c *channels) Tell(_ context.Context, notes []notify.Note) (left []notify.Note, err error) {
	for _, n := range notes {
		rest := n
		rest.Channels = 0
		for channel := range c.fails {
			if n.Channels&channel != 0 && c.fails[channel] > 0 {
				c.fails[channel]--
				rest.Channels |= channel
				err = errDown
			}
		}
		if n.Channels &^= rest.Channels; n.Channels != 0 {
			c.told = append(c.told, n)
		}
		if rest.Channels != 0 {
			left = append(left, rest)
		}
	}
	return left, err
}

// on counts the notes that a channel told.
func (c *channels) on(channel notify.Channel) (n int) {
	for _, note := range c.told {
		if note.Channels&channel != 0 {
			n++
		}
	}
	return n
}

// runs records a run that found one thing, and tells what there is to be told.
func runs(t *testing.T, o notify.Outbox, l *ledger.Memory, found ...finding.Finding) []notify.Note {
	t.Helper()
	r := ledger.Run{Unit: shopUnit, At: time.Unix(0, 0), Told: found, Changes: []change.Change{{}}}
	if err := l.Finish(t.Context(), ledger.Lease{}, r, nil, nil); err != nil {
		t.Fatal(err)
	}
	left, err := o.Tell(t.Context(), shopUnit, found, r.Changes)
	if (len(left) > 0) != (err != nil) {
		t.Errorf("%d notes are left, and the error is %v", len(left), err)
	}
	return left
}

func TestEveryChannelTellsAFindingOnceWhateverFails(t *testing.T) {
	tests := []struct {
		name  string
		fails map[notify.Channel]int
		// left says what is left after each of three runs.
		left [3]int
	}{
		{"nothing fails", nil, [3]int{0, 0, 0}},
		{"chat fails for a moment", map[notify.Channel]int{notify.Chat: 1}, [3]int{0, 0, 0}},
		{"chat fails for a run", map[notify.Channel]int{notify.Chat: 2}, [3]int{1, 0, 0}},
		{"all fail for two runs", map[notify.Channel]int{notify.Chat: 4, notify.Alerts: 4, notify.Events: 4}, [3]int{1, 1, 0}},
		{"they recover one by one", map[notify.Channel]int{notify.Chat: 1, notify.Alerts: 2, notify.Events: 4}, [3]int{1, 1, 0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := ledger.NewMemory()
			c := &channels{fails: tt.fails}
			o := notify.Outbox{Teller: c, Notices: l}
			for run, want := range tt.left {
				var found []finding.Finding
				if run == 0 {
					found = []finding.Finding{{ID: "a", Status: finding.Opened}}
				}
				if left := runs(t, o, l, found...); len(left) != want {
					t.Errorf("after run %d %d notes are left, want %d", run+1, len(left), want)
				}
			}
			for _, channel := range []notify.Channel{notify.Alerts, notify.Chat, notify.Events} {
				if n := c.on(channel); n != 1 {
					t.Errorf("channel %d told it %d times", channel, n)
				}
			}
		})
	}
}

func TestOnlyTheRunThatFoundItTellsWhatItDid(t *testing.T) {
	l := ledger.NewMemory()
	c := &channels{fails: map[notify.Channel]int{notify.Chat: 2}}
	o := notify.Outbox{Teller: c, Notices: l}
	runs(t, o, l, finding.Finding{ID: "a", Status: finding.Opened})
	runs(t, o, l, finding.Finding{ID: "b", Status: finding.Opened})
	for _, n := range c.told {
		late := n.Finding.ID == "a" && n.Channels == notify.Chat
		if (len(n.Changes) == 0) != late {
			t.Errorf("finding %s was told on %d with %d changes", n.Finding.ID, n.Channels, len(n.Changes))
		}
	}
}

// dark are notices that cannot be read.
type dark struct{ ledger.Notices }

func (dark) Pending(context.Context, network.Unit) ([]ledger.Notice, error) { return nil, errDown }

func TestWhatCannotBeReadIsLeft(t *testing.T) {
	c := &channels{}
	o := notify.Outbox{Teller: c, Notices: dark{}}
	left, err := o.Tell(t.Context(), shopUnit, []finding.Finding{{ID: "a"}}, nil)
	if !errors.Is(err, errDown) || len(left) != 1 || len(c.told) != 0 {
		t.Errorf("%d notes are left, %d told, the error is %v", len(left), len(c.told), err)
	}
}
