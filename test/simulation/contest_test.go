package simulation

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/reconcile"
)

// drawContest draws a plain network in which somebody undoes, again and again, what
// cachegate does: takes away what it opens, or opens what it closes.
func drawContest(r *rapid.T) Case {
	d := newDrawer(r, false)
	c := Case{
		VPCs:     []VPC{{ID: "vpc-c1", Account: cacheAccount, Region: homeRegion, Blocks: []string{"10.1.0.0/16"}}},
		Subnets:  []Subnet{{ID: "subnet-c1", VPC: "vpc-c1", Block: "10.1.1.0/24"}},
		Groups:   []Group{{ID: "sg-c1", VPC: "vpc-c1"}},
		Clusters: []Cluster{{Name: "sessions", Kind: pick(d, []string{group, node}), VPC: "vpc-c1", Engine: "valkey", Port: 6379, Subnets: []string{"subnet-c1"}, Groups: []string{"sg-c1"}}},
		Intents:  []Intent{{Cluster: "sessions", Name: "orders", Sources: []string{"10.1.1.0/24"}}},
	}
	undo := Step{Do: "revoke", On: "sg-c1"}
	if d.chance(50) {
		c.Intents[0].Closed = true
		undo = Step{Do: "authorize", On: "sg-c1", To: "10.1.1.0/24", Port: 6379}
	}
	undo.Times = d.between(5, 60)
	c.Steps = []Step{undo, {Do: pick(d, []string{doEvents, doSweep})}}
	return c
}

// The most writes of one kind that a day may see. Opens: three at once, then with
// pauses that double from 15 minutes on. Closes: one every 15 minutes.
const (
	mostOpens  = 11
	mostCloses = 24*4 + 3
)

func TestATugOfWarIsFedEverMoreSlowlyAndTheOtherActorIsNamed(t *testing.T) {
	costly(t)
	check(t, drawContest, func(c Case) ([]Violation, []string, error) {
		h := newHarness(c)
		if err := h.begin(); err != nil {
			return nil, nil, err
		}
		if len(c.Steps) != 2 || c.Steps[0].Times == 0 {
			return nil, nil, errUnfit
		}
		undo, wake := c.Steps[0], c.Steps[1].Do
		contested := ""
		for spent := 0; spent < 24*60; spent += undo.Times {
			h.step(undo)
			heard := h.takeEvents(wake == doEvents)
			for _, u := range h.units() {
				report, _, _ := h.runUnit(u, reconcile.Wake{Trigger: wake, Events: heard})
				for _, f := range report.Live {
					if f.Kind == finding.AccessContested {
						contested = string(f.Severity) + " by " + f.Actor
					}
				}
			}
			h.now = h.now.Add(time.Duration(undo.Times) * time.Minute)
		}
		opens, closes := 0, 0
		for _, w := range h.sim.Writes() {
			switch {
			case ours(w.Actor) && strings.HasPrefix(w.Operation, "ec2:Authorize"):
				opens++
			case ours(w.Actor) && strings.HasPrefix(w.Operation, "ec2:Revoke"):
				closes++
			}
		}
		if opens > mostOpens {
			h.violate("6", "%d opens in a day against somebody who takes them away", opens)
		}
		if closes > mostCloses {
			h.violate("6", "%d closes in a day against somebody who opens again", closes)
		}
		if !strings.HasPrefix(contested, "critical") || wake == doEvents && !strings.Contains(contested, "alice") {
			h.violate("6", "after a day the finding is %q", contested)
		}
		return h.violations, h.story, nil
	})
}
