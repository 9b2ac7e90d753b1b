package simulation

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"pgregory.net/rapid"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/operate"
	"github.com/cachegate/cachegate/shared/reconcile"
	"github.com/cachegate/cachegate/shared/replay"
	"github.com/cachegate/cachegate/test/oracle"
)

// holding is a deployment in a copy of a case's world, whose claims people take and give up.
type holding struct {
	*harness
	sim     *awssim.Sim
	session *replay.Session
}

// erin is the person.
const erin = "arn:aws:iam::111122223333:user/erin"

// holds starts a deployment in a copy of the world, which has run until nothing is left to do.
func (h *harness) holds(set intent.Set) (*holding, error) {
	k := &holding{harness: h, sim: h.sim.Clone()}
	k.sim.Heal()
	k.sim.NoLag()
	k.session = replay.New(k.sim, set, replay.Options{Clock: func() time.Time { return h.now }})
	if err := k.session.Prepare(h.ctx); err != nil {
		return nil, err
	}
	_, err := k.runs()
	return k, err
}

// runs has all units run until a round writes nothing, and gives how much was written.
func (k *holding) runs() (wrote int, err error) {
	for range maxRounds {
		before := len(k.sim.Writes())
		k.now = k.now.Add(20 * time.Minute)
		if _, err := k.session.Sweep(k.ctx); err != nil {
			return wrote, err
		}
		n := len(k.sim.Writes()) - before
		if wrote += n; n == 0 {
			break
		}
	}
	return wrote, nil
}

// loseLedger makes what cachegate put there something that merely stands there.
func (k *holding) loseLedger() error {
	fresh := ledger.NewMemory()
	k.session.Ledger, k.session.Runner.Ledger = fresh, fresh
	k.session.Dispatcher.Index, k.session.Dispatcher.Claims, k.session.Dispatcher.Journal = fresh, fresh, fresh
	_, err := k.runs()
	return err
}

func (k *holding) units() ([]network.Unit, error) {
	judged, err := k.session.Ledger.Units(k.ctx)
	out := make([]network.Unit, 0, len(judged))
	for _, j := range judged {
		out = append(out, j.Unit)
	}
	return out, err
}

func (k *holding) claims() ([]change.Claim, error) {
	units, err := k.units()
	if err != nil {
		return nil, err
	}
	out, _, err := operate.Claims(k.ctx, k.session.Ledger, operate.Choice{Units: units})
	return out, err
}

func (k *holding) claimTexts() ([]string, error) {
	claims, err := k.claims()
	out := make([]string, 0, len(claims))
	for _, c := range claims {
		out = append(out, fmt.Sprintf("%s %s %s %v %v %s", c.Key(), c.Status, c.RuleID, c.Holders, c.LastHolders, c.Tag))
	}
	return out, err
}

// plans gives the changes that the next run of each unit would make.
func (k *holding) plans() ([]string, error) {
	units, err := k.units()
	if err != nil {
		return nil, err
	}
	var out []string
	for _, u := range units {
		report, err := k.session.Runner.Preview(k.ctx, u, reconcile.Wake{}, k.now)
		if err != nil {
			return nil, err
		}
		for _, c := range report.Changes {
			if c.Outcome == "" {
				out = append(out, c.Text())
			}
		}
	}
	return out, nil
}

// adopt adopts all that can be, and gives how much that was.
func (k *holding) adopt() (int, error) {
	units, err := k.units()
	if err != nil {
		return 0, err
	}
	found, err := k.session.Adoptable(k.ctx, operate.Choice{Units: units})
	if err != nil {
		return 0, err
	}
	done, err := k.session.Adopt(k.ctx, found, erin)
	n := 0
	for _, a := range done {
		n += len(a.Changes)
	}
	return n, err
}

// Adopting changes nothing on AWS, and a plan after it nothing either; what is adopted and
// released leaves the claims as they were.
func TestWhatIsAdoptedAndReleasedLeavesAllAsItWas(t *testing.T) {
	costly(t)
	var seen counted
	check(t, func(r *rapid.T) Case { return enforced(newWideDrawer(r).drawLife()) }, func(c Case) ([]Violation, []string, error) {
		h := newHarness(c)
		if err := h.begin(); err != nil {
			return nil, nil, err
		}
		set, err := h.load(h.ctx, h.sim)
		if err != nil {
			return nil, nil, err
		}
		k, err := h.holds(set)
		if err != nil {
			return nil, nil, err
		}
		return h.violations, h.story, errorsOf(k.loseLedger, func() error { return k.adoptsAndReleases(&seen) })
	})
	if checks(t) >= casesToSeeAll {
		seen.seenAll(t, "adopted rule", "adopted route")
	}
}

func errorsOf(steps ...func() error) error {
	for _, s := range steps {
		if err := s(); err != nil {
			return err
		}
	}
	return nil
}

// enforced is a case in which a run may do all that it plans.
func enforced(c Case) Case {
	c.Policies = []Policy{{Target: intent.Everything, Mode: string(intent.Enforce), Undeclared: "report"}}
	return c
}

func (k *holding) adoptsAndReleases(seen *counted) error {
	before, err := k.claimTexts()
	if err != nil {
		return err
	}
	planned, err := k.plans()
	if err != nil {
		return err
	}
	for _, thenRun := range []bool{false, true} {
		mark := len(k.sim.Writes())
		n, err := k.adopt()
		if err != nil {
			return err
		}
		if wrote := len(k.sim.Writes()) - mark; wrote > 0 {
			k.violate("adopt", "adopting made %d writes", wrote)
		}
		after, err := k.plans()
		if err != nil {
			return err
		}
		for _, text := range after {
			if !slices.Contains(planned, text) {
				k.violate("adopt", "after adopting, a run would make %s, which it would not before", text)
			}
		}
		if thenRun {
			if wrote, err := k.runs(); err != nil || wrote > 0 && len(planned) == 0 {
				k.violate("adopt", "the runs after adopting %d wrote %d times, %v", n, wrote, err)
			}
		}
		if err := k.releasesAdopted(seen, n); err != nil {
			return err
		}
		if now, err := k.claimTexts(); err != nil || !slices.Equal(now, before) {
			k.violate("adopt", "after adopting %d and releasing, the claims are %v, were %v; %v", n, now, before, err)
		}
	}
	return nil
}

func (k *holding) releasesAdopted(seen *counted, n int) error {
	claims, err := k.claims()
	if err != nil {
		return err
	}
	claims = slices.DeleteFunc(claims, func(c change.Claim) bool { return c.AdoptedBy == "" })
	for _, c := range claims {
		seen.saw("adopted", string(c.Kind))
	}
	made, err := k.session.Release(k.ctx, claims, erin)
	if len(made) != n {
		k.violate("adopt", "%d were adopted, and %d released: %v", n, len(made), made)
	}
	return err
}

// After all is revoked, no rule or route of cachegate is left, what was adopted neither, and no
// foreign one is touched.
func TestAfterAllIsRevokedNothingOfCachegateIsLeft(t *testing.T) {
	costly(t)
	var seen counted
	check(t, func(r *rapid.T) Case { return enforced(newWideDrawer(r).drawLife()) }, func(c Case) ([]Violation, []string, error) {
		h := newHarness(c)
		if err := h.begin(); err != nil {
			return nil, nil, err
		}
		set, err := h.load(h.ctx, h.sim)
		if err != nil {
			return nil, nil, err
		}
		k, err := h.holds(set)
		if err != nil {
			return nil, nil, err
		}
		if _, err = k.adopt(); err != nil {
			return nil, nil, err
		}
		return h.violations, h.story, k.revokesAll(&seen)
	})
	if checks(t) >= casesToSeeAll {
		seen.seenAll(t, "revoked rule", "revoked route")
	}
}

func (k *holding) revokesAll(seen *counted) error {
	claims, err := k.claims()
	if err != nil {
		return err
	}
	before, err := k.standing()
	if err != nil {
		return err
	}
	units, err := k.units()
	if err != nil {
		return err
	}
	all := make([]operate.TakeOut, 0, len(units))
	kept := 0
	for _, u := range units {
		t, takeErr := k.session.TakeOut(k.ctx, u, erin)
		if takeErr != nil {
			return takeErr
		}
		kept += len(t.Held) + len(t.Stays)
		all = append(all, t)
	}
	err = operate.RevokeAll(k.ctx, k.session.Ledger, all, erin, k.now)
	if err != nil {
		return err
	}
	if _, err = k.runs(); err != nil {
		return err
	}
	left, err := k.claims()
	if err != nil {
		return err
	}
	if len(left) > 0 && kept == 0 {
		k.violate("revoke", "%d claims are left, of %s, and the command said nothing of them", len(left), left[0].Key())
	}
	after, err := k.standing()
	if err != nil {
		return err
	}
	mine := map[string]bool{}
	for _, c := range claims {
		seen.saw("revoked", string(c.Kind))
		mine[placeOf(c)] = true
	}
	for place := range before {
		if !after[place] && !mine[place] {
			k.violate("revoke", "%s is not cachegate's, and is gone", place)
		}
	}
	for place := range after {
		gone := !slices.ContainsFunc(left, func(c change.Claim) bool { return placeOf(c) == place })
		if mine[place] && gone {
			k.violate("revoke", "%s is cachegate's no longer, and stands", place)
		}
		if !before[place] {
			k.violate("revoke", "%s was made though all is revoked", place)
		}
	}
	return nil
}

// placeOf names what a claim stands for, as standing does.
func placeOf(c change.Claim) string {
	if c.Kind == change.Rule {
		return c.RuleID
	}
	return fmt.Sprintf("%s %s", c.Resource, c.Destination)
}

// standing gives the rules and routes that there are.
func (k *holding) standing() (map[string]bool, error) {
	n, err := oracle.Read(k.ctx, k.sim)
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, g := range k.Groups {
		for _, r := range n.Rules(g.ID) {
			out[aws.ToString(r.SecurityGroupRuleId)] = true
		}
	}
	for _, t := range k.Tables {
		routes, _ := n.Routes(t.ID)
		for _, r := range routes {
			if d := aws.ToString(r.DestinationCidrBlock) + aws.ToString(r.DestinationIpv6CidrBlock); d != "" && r.Origin == "CreateRoute" {
				out[t.ID+" "+d] = true
			}
		}
	}
	return out, nil
}
