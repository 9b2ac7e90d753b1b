package simulation

import (
	"slices"
	"strings"
	"testing"

	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/reconcile"
	"pgregory.net/rapid"
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
	pause := d.between(1, 60)
	for minutes := 0; minutes < 24*60; minutes += pause {
		c.Steps = append(c.Steps, undo, Step{Do: pick(d, []string{doEvents, doSweep}), Times: pause})
	}
	return c
}

// The most writes of one kind that a day may see. Opens: three at once, then with
// pauses that double from 15 minutes on. Closes: one every 15 minutes.
const (
	mostOpens  = 11
	mostCloses = 24*4 + 3
)

func TestATugOfWarIsFedEverMoreSlowlyAndTheOtherActorIsNamed(t *testing.T) {
	check(t, drawContest, func(c Case) ([]Violation, []string, error) {
		h := newHarness(c)
		if err := h.begin(); err != nil {
			return nil, nil, err
		}
		critical := ""
		look := func(r reconcile.Report) {
			for _, f := range r.Live {
				if f.Kind == finding.AccessContested {
					critical = string(f.Severity) + " by " + f.Actor
				}
			}
		}
		for _, s := range c.Steps {
			if s.Do == doEvents || s.Do == doSweep {
				for _, u := range h.units() {
					report, _, _ := h.runUnit(u, reconcile.Wake{Trigger: s.Do, Events: h.takeEvents(s.Do == doEvents)})
					look(report)
				}
				h.step(Step{Do: doWait, Times: s.Times})
				continue
			}
			h.step(s)
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
		named := slices.ContainsFunc(c.Steps, func(s Step) bool { return s.Do == doEvents })
		if len(c.Steps) > 60 && (!strings.HasPrefix(critical, "critical") || named && !strings.Contains(critical, "alice")) {
			h.violate("6", "after %d steps the finding is %q", len(c.Steps), critical)
		}
		return h.violations, h.story, nil
	})
}
