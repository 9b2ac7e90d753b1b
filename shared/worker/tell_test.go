package worker_test

import (
	"context"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/metrics"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/notify"
	"github.com/cachegate/cachegate/shared/reconcile"
	"github.com/cachegate/cachegate/shared/wake"
)

func TestWhatCannotBeToldIsToldLaterAndOnce(t *testing.T) {
	tests := []struct {
		name string
		// down is how many calls in a row tell nobody.
		down    int
		first   []string
		untold  float64
		tellsAt bool
	}{
		{"the topic is throttled for a moment", 1, []string{"access-missing RESOLVED"}, 0, false},
		{"the topic is down", 2, nil, 1, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := build(t, mayReach)
			h.teller.down = tt.down
			h.deliver(sample(t, "sg_rules", "RevokeSecurityGroupIngress"))
			h.first()
			wants(t, "what people heard", h.told(), tt.first...)
			if n := h.measured(metrics.Untold); n != tt.untold {
				t.Errorf("%v findings were measured as untold, want %v", n, tt.untold)
			}
			if at, ok := h.schedules[cacheVPC]; ok != tt.tellsAt || ok && (at.Before(h.now) || at.After(h.now.Add(10*time.Minute))) {
				t.Errorf("the unit is looked at again at %v", at)
			}
			for range 2 {
				h.deliver(wake.ScheduleInput(cacheVPC))
				h.settle()
			}
			wants(t, "what people heard at last", h.told(), "access-missing RESOLVED")
			if len(h.schedules) > 0 {
				t.Errorf("nothing is due any more, and yet there are the schedules %v", h.schedules)
			}
		})
	}
}

func TestWhatAFunctionFoundThatDiedIsToldByTheNextRun(t *testing.T) {
	h := build(t, mayReach)
	// It died after it had recorded its run.
	if _, err := h.runner.Run(t.Context(), cacheVPC, reconcile.Wake{}); err != nil {
		t.Fatal(err)
	}
	h.deliver(wake.ScheduleInput(cacheVPC)) // stands for the same message, received again
	h.settle()
	wants(t, "what people heard", h.told(), "access-missing RESOLVED")
}

// halves tells all on the first of two channels, and what is given a second time on
// the other.
type halves struct{ told []notify.Note }

func (p *halves) Tell(_ context.Context, notes []notify.Note) (left []notify.Note, err error) {
	p.told = append(p.told, notes...)
	for _, n := range notes {
		if n.Channels = notify.Chat; len(p.told) < 3 {
			left = append(left, n)
		}
	}
	return left, nil
}

func TestWhatOneChannelToldIsNotToldThereAgain(t *testing.T) {
	h := build(t, mayReach)
	p := &halves{}
	h.Teller = p
	h.deliver(sample(t, "sg_rules", "RevokeSecurityGroupIngress"))
	h.settle()
	h.deliver(wake.ScheduleInput(cacheVPC))
	h.settle()
	h.deliver(wake.ScheduleInput(cacheVPC))
	h.settle()
	var channels []notify.Channel
	for _, n := range p.told {
		channels = append(channels, n.Channels)
	}
	if len(channels) != 3 || channels[0] != notify.AllChannels || channels[1] != notify.Chat || channels[2] != notify.Chat {
		t.Errorf("it was told on the channels %v, want on all, and what is left twice more", channels)
	}
}

// deaf records nothing of what people heard.
type deaf struct{ ledger.Notices }

func (deaf) Ack(context.Context, network.Unit, []ledger.Notice, []ledger.Notice) error {
	return errDown
}

func TestARunIsDoneEvenWhereWhatPeopleHeardCannotBeRecorded(t *testing.T) {
	h := build(t, mayReach)
	h.Notices = deaf{h.ledger}
	h.deliver(sample(t, "sg_rules", "RevokeSecurityGroupIngress"))
	h.first()
	wants(t, "what people heard", h.told(), "access-missing RESOLVED")
	h.Notices = h.ledger
	h.settle()
	wants(t, "what people heard, better twice than never", h.told(), "access-missing RESOLVED", "access-missing RESOLVED")
}

func TestANoteHasTheChangesOfTheRunThatFoundIt(t *testing.T) {
	h := build(t, mayReach)
	h.teller.down = 2
	h.deliver(sample(t, "sg_rules", "RevokeSecurityGroupIngress"))
	h.settle()
	h.deliver(wake.ScheduleInput(cacheVPC))
	h.settle()
	if n := h.teller.told[0]; n.Finding.Status != finding.Resolved || len(n.Changes) != 0 {
		t.Errorf("a later run told it with %d changes, which are not its own", len(n.Changes))
	}
}
