package simulation

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/reconcile"
)

// finalState is what a network comes to, without the ids that EC2 makes up.
func (h *harness) finalState() map[string][]string {
	n := h.read()
	out := map[string][]string{}
	for _, g := range h.Groups {
		for _, r := range n.Rules(g.ID) {
			out[g.ID] = append(out[g.ID], contentOf(r))
		}
		slices.Sort(out[g.ID])
	}
	for _, id := range n.Tables() {
		routes, _ := n.Routes(id)
		for _, r := range routes {
			out[id] = append(out[id], destinationOf(r)+" "+targetOf(r))
		}
		slices.Sort(out[id])
		out[id] = append(out[id], n.Propagating(id)...)
	}
	for _, id := range n.TransitTables() {
		for _, r := range n.TransitRoutes(id) {
			to := []string{aws.ToString(r.DestinationCidrBlock), string(r.Type), string(r.State)}
			for _, a := range r.TransitGatewayAttachments {
				to = append(to, aws.ToString(a.TransitGatewayAttachmentId))
			}
			out[id] = append(out[id], strings.Join(to, " "))
		}
		slices.Sort(out[id])
	}
	for _, p := range h.Peerings {
		if now, ok := n.Peering(p.ID); ok {
			for _, side := range []any{now.RequesterVpcInfo.PeeringOptions, now.AccepterVpcInfo.PeeringOptions} {
				text, _ := json.Marshal(side)
				out[p.ID] = append(out[p.ID], string(text))
			}
		}
	}
	return out
}

// started begins a case and lets it settle.
func started(c Case) (*harness, error) {
	h := newHarness(c)
	if err := h.begin(); err != nil {
		return nil, err
	}
	h.settle()
	return h, nil
}

// outOfOrder runs the steps of a case and delivers their events in some order,
// some of them twice and some not at all; then the sweep comes.
func outOfOrder(c Case, order func([][]byte) [][]byte) (*harness, error) {
	h, err := started(c)
	if err != nil {
		return nil, err
	}
	h.sim.TakeEvents()
	for _, s := range c.Steps {
		h.step(s)
	}
	for _, data := range order(h.sim.TakeEvents()) {
		h.deliverOne(data)
	}
	h.settle()
	return h, nil
}

// drawForeignCase draws a case whose steps are all somebody else's writes. Without
// quotas and maxCloses, of which the first to come gets more.
func drawForeignCase(r *rapid.T, steps int) Case {
	d := newWideDrawer(r)
	if d.chance(50) {
		d.theme, d.tidy = "", false
	}
	d.drawWorld()
	for range d.between(1, 4) {
		d.addIntent(d.drawIntent())
	}
	p := Policy{Target: "*", SharedGroups: pick(d, []string{"allow", "refuse"}), Undeclared: pick(d, []string{"report", "revoke"})}
	if d.theme != "" {
		p.Writes = []string{"rules", "routes", "peering-dns", "propagation", "tgw-routes"}
	}
	d.Policies = append(d.Policies, p)
	for range d.between(1, steps) {
		d.Steps = append(d.Steps, d.drawForeign())
	}
	return d.Case
}

func TestTheOrderOfEventsDoesNotMatter(t *testing.T) {
	costly(t)
	check(t, func(r *rapid.T) Case { return drawForeignCase(r, 4) }, func(c Case) ([]Violation, []string, error) {
		asTheyCome, err := outOfOrder(c, func(e [][]byte) [][]byte { return e })
		if err != nil {
			return nil, nil, err
		}
		backwards, err := outOfOrder(c, func(e [][]byte) [][]byte {
			slices.Reverse(e)
			return append(e, e...)
		})
		if err != nil {
			return nil, nil, err
		}
		if diff := cmp.Diff(asTheyCome.finalState(), backwards.finalState()); diff != "" {
			asTheyCome.violate("1", "events in their order and backwards come to different ends: %s", diff)
		}
		return slices.Concat(asTheyCome.violations, backwards.violations), slices.Concat(asTheyCome.story, []string{"BACKWARDS"}, backwards.story), nil
	})
}

func TestLostEventsCostTimeOnly(t *testing.T) {
	costly(t)
	check(t, func(r *rapid.T) Case { return drawForeignCase(r, 4) }, func(c Case) ([]Violation, []string, error) {
		all, err := outOfOrder(c, func(e [][]byte) [][]byte { return e })
		if err != nil {
			return nil, nil, err
		}
		none, err := outOfOrder(c, func([][]byte) [][]byte { return nil })
		if err != nil {
			return nil, nil, err
		}
		if diff := cmp.Diff(all.finalState(), none.finalState()); diff != "" {
			all.violate("1", "with all events and with none cachegate comes to different ends: %s", diff)
		}
		return slices.Concat(all.violations, none.violations), slices.Concat(all.story, []string{"NO EVENTS"}, none.story), nil
	})
}

// says is all that cachegate says of a unit: its judgements and open findings.
func (h *harness) says(u network.Unit) map[string]string {
	report, _, _ := h.runUnit(u, reconcile.Wake{Trigger: "looking"})
	out := map[string]string{}
	for _, j := range report.After {
		text := []string{string(j.State)}
		for _, hop := range j.Hops {
			text = append(text, fmt.Sprint(hop.Kind, " ", hop.Resource, " ", hop.Source, " ", hop.Verdict, " ", hop.Detail))
		}
		slices.Sort(text[1:])
		out["intent "+j.Intent.Cluster+" "+j.Intent.Name] = strings.Join(text, "\n")
	}
	for _, f := range report.Live {
		out["finding "+f.ID] = f.Title + "\n" + f.Detail
	}
	for _, c := range report.Changes {
		out["change "+c.Text()] = string(c.Outcome) + " " + c.Why
	}
	return out
}

func TestWhateverChangesWhatIsSaidOfAUnitWakesIt(t *testing.T) {
	t.Parallel()
	draw := func(r *rapid.T) Case {
		c := drawForeignCase(r, 1)
		c.Policies[0].Mode = "observe" // so that all stays as it is, and all is said
		return c
	}
	check(t, draw, func(c Case) ([]Violation, []string, error) {
		h := newHarness(c)
		if err := h.begin(); err != nil {
			return nil, nil, err
		}
		before := map[network.Unit]map[string]string{}
		for _, u := range h.units() {
			before[u] = h.says(u)
		}
		h.sim.TakeEvents()
		h.step(c.Steps[0])
		woken := map[network.Unit]bool{}
		for _, data := range h.sim.TakeEvents() {
			decoded, err := events.Decode(data)
			if err != nil {
				h.violate("error", "decoding an event: %v\n%s", err, data)
			}
			for _, e := range decoded {
				decision, err := h.dispatcher().Event(h.ctx, e)
				if err != nil {
					h.violate("error", "dispatching an event: %v\n%s", err, data)
				}
				h.tell("event %s of %v wakes %v %s", e.Name, e.ResourceIDs(), decision.Units, decision.Ignored)
				for _, u := range decision.Units {
					woken[u] = true
				}
			}
		}
		for _, u := range slices.SortedFunc(maps.Keys(before), func(a, b network.Unit) int { return strings.Compare(a.String(), b.String()) }) {
			if diff := cmp.Diff(before[u], h.says(u)); diff != "" && !woken[u] {
				h.violate("1", "%s says something else and is not woken: %s", u, diff)
			}
		}
		return h.violations, h.story, nil
	})
}

func TestAWorldFileHoldsTheWholeWorld(t *testing.T) {
	costly(t)
	check(t, func(r *rapid.T) Case { return newWideDrawer(r).drawLife() }, func(c Case) ([]Violation, []string, error) {
		h := newHarness(c)
		if err := h.begin(); err != nil {
			return nil, nil, err
		}
		text, err := json.Marshal(h.sim.World())
		if err != nil {
			return nil, nil, err
		}
		w, _, err := awssim.Load("world.json", text)
		if err != nil {
			h.violate("world file", "what is written is not read: %v", err)
			return h.violations, h.story, nil
		}
		before := h.finalState()
		again := newHarness(c)
		if err := again.on(w); err != nil {
			return nil, nil, err
		}
		if diff := cmp.Diff(before, again.finalState()); diff != "" {
			h.violate("world file", "what is written reads as something else: %s", diff)
		}
		if back, err := parseCase([]byte(c.String())); err != nil || !cmp.Equal(back, c) {
			h.violate("case file", "a case that is printed reads as something else: %v %s", err, cmp.Diff(c, back))
		}
		return h.violations, h.story, nil
	})
}

func TestADarkFarAccountHoldsUpNothingNear(t *testing.T) {
	t.Parallel()
	draw := func(r *rapid.T) Case {
		d := newDrawer(r, true)
		for !slices.ContainsFunc(d.VPCs, func(v VPC) bool { return v.Account == appAccount }) {
			d.Case = Case{}
			d.drawWorld()
		}
		for range d.between(1, 4) {
			i := d.drawIntent()
			i.Path = d.pathOf(Cluster{VPC: d.VPCs[0].ID}, i.Sources[0])
			d.addIntent(i)
		}
		d.Policies = append(d.Policies, Policy{Target: "*", SharedGroups: "allow"})
		return d.Case
	}
	check(t, draw, func(c Case) ([]Violation, []string, error) {
		dark := newHarness(c)
		if err := dark.begin(); err != nil {
			return nil, nil, err
		}
		dark.step(Step{Do: doFail, On: appAccount})
		dark.step(Step{Do: doSweep})
		for _, i := range dark.live(dark.now, false) {
			dark.nearSideOpen(i)
		}
		return dark.violations, dark.story, nil
	})
}

// nearSideOpen holds the second half of promise 5 for one intent: where its
// sources lie behind the one active connection to a dark account, the cache's side
// is open all the same.
func (h *harness) nearSideOpen(i Intent) {
	n := h.read()
	c, ok := n.Cluster(h.arn(i.Cluster))
	if !ok || i.Path != "peering" || len(c.Groups) != 1 {
		return
	}
	behind := n.Behind(c, h.ask(i))
	if len(behind) != 1 || n.PlaceOf(behind[0]).Account != appAccount || n.PlaceOf(behind[0]).Region != homeRegion || !h.activeTo(c.VPC, behind[0]) {
		return
	}
	for _, s := range i.Sources {
		p := prefixOf(s)
		if !p.IsValid() || !within(n.Blocks(behind[0]), p) || p.Addr().Is6() || !c.V4 {
			return
		}
	}
	for _, s := range i.Sources {
		for _, node := range n.Nodes(c, false, portsOf(i, c)) {
			for _, a := range n.Addresses(prefixOf(s)) {
				if !n.LetsIn(a, node) {
					h.violate("5", "the far account is dark, and the cache's own group does not let %s in for intent %s", s, i.key())
					return
				}
			}
		}
	}
}

func (h *harness) activeTo(a, b string) bool {
	return slices.ContainsFunc(h.Peerings, func(p Peering) bool {
		return p.Status == "" && (p.Requester == a && p.Accepter == b || p.Requester == b && p.Accepter == a)
	})
}
