package simulation

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/cachegate/cachegate/shared/anonymise"
	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/inventory"
	"github.com/cachegate/cachegate/shared/reconcile"
	"github.com/cachegate/cachegate/shared/replay"
)

// told is what is said of a world: who can reach what, and how each intent stands.
func (h *harness) toldOf(text func(string) string, cache func(string) string) ([]string, error) {
	all, err := h.stock()
	if err != nil {
		return nil, err
	}
	var out []string
	for _, c := range all.clusters {
		for _, r := range c.Rows() {
			out = append(out, fmt.Sprint(cache(r.Cluster), text(r.Source), r.Path, text(r.Via), text(r.Rule), r.Ports, r.Declared, r.Reachable, partsOf(c, text)))
		}
	}
	for _, u := range h.units() {
		report, err := h.session.Runner.Preview(h.ctx, u, reconcile.Wake{}, h.session.At)
		if err != nil {
			return nil, err
		}
		for _, j := range report.After {
			out = append(out, fmt.Sprint(cache(intent.ShortName(j.Intent.Cluster)), text(j.Intent.Sources[0].String()), j.Path, j.State, j.Satisfied, len(j.Hops)))
		}
		for _, c := range report.Changes {
			out = append(out, fmt.Sprint(c.Action, text(c.Resource), text(c.Peer.String()), c.Port, text(c.Target.ID), c.Guard, c.Outcome))
		}
	}
	slices.Sort(out)
	return out, nil
}

func partsOf(c inventory.Cluster, text func(string) string) []string {
	var out []string
	for _, a := range c.Accesses {
		for _, p := range a.Parts {
			out = append(out, text(p.String()))
		}
	}
	slices.Sort(out)
	return out
}

func TestAnAnonymousWorldIsJudgedAlike(t *testing.T) {
	costly(t)
	check(t, func(r *rapid.T) Case { return newWideDrawer(r).drawLife() }, func(c Case) ([]Violation, []string, error) {
		h := newHarness(c)
		if err := h.begin(); err != nil {
			return nil, nil, err
		}
		set, err := h.load(h.ctx, h.sim)
		if err != nil {
			return nil, nil, err
		}
		set.Invalid, set.InvalidPolicies = nil, nil
		h.session = replay.New(h.sim, set, replay.Options{Clock: start})
		if failure := h.session.Prepare(h.ctx); failure != nil {
			return nil, nil, failure
		}
		var records []intent.Record
		for _, i := range set.Intents {
			records = append(records, i.Record())
		}
		world := h.sim.World().Accounts()
		a := anonymise.New([]byte("a secret"), world, records...)
		text, err := json.Marshal(a.World(world))
		if err != nil {
			return nil, nil, err
		}
		for _, secret := range []string{"111122223333", "444455556666", "sg-c1", "vpc-c1", "k1a", "team"} {
			if strings.Contains(string(text), secret) {
				h.violate("anonymous", "the world holds %s still: %s", secret, text)
			}
		}
		w, _, err := awssim.Load("anonymous.json", text)
		if err != nil {
			h.violate("anonymous", "%v", err)
			return h.violations, h.story, nil
		}
		again := newHarness(c)
		again.sim = awssim.New(w, awssim.WithClock(start))
		declared := set
		declared.Intents, declared.Policies = nil, intent.Policies{}
		for _, r := range a.Intents(records) {
			one := intent.Parse([]intent.Record{r}, intent.Options{})
			declared.Intents = append(declared.Intents, one.Intents...)
		}
		for target, p := range set.Policies {
			declared.Policies[a.Text(target)] = p
		}
		again.session = replay.New(again.sim, declared, replay.Options{Clock: start})
		if failure := again.session.Prepare(h.ctx); failure != nil {
			return nil, nil, failure
		}
		same := func(text string) string { return text }
		before, err := h.toldOf(a.Text, a.Cache)
		if err != nil {
			return nil, nil, err
		}
		after, err := again.toldOf(same, same)
		if err != nil {
			return nil, nil, err
		}
		if diff := cmp.Diff(before, after); diff != "" {
			h.violate("anonymous", "the anonymous world is judged otherwise: %s", diff)
		}
		return h.violations, h.story, nil
	})
}
