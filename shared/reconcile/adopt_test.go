package reconcile_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/reconcile"
)

const byErin = "adopted by " + erin

// adoptAll adopts all that can be adopted in the caches' unit, and gives what was done.
func (s *scenario) adoptAll() reconcile.Adoption {
	s.t.Helper()
	found, err := s.Runner.Adoptable(s.t.Context(), cacheUnit())
	if err != nil {
		s.t.Fatal(err)
	}
	mark := s.mark()
	done, err := s.Runner.Adopt(s.t.Context(), cacheUnit(), erin, found.Changes)
	if err != nil {
		s.t.Fatal(err)
	}
	if wrote := s.writesSince(mark); len(wrote) > 0 {
		s.t.Errorf("adopting wrote %v", wrote)
	}
	return done
}

// claimTexts are the claims with all that they say.
func (s *scenario) claimTexts() []string {
	var out []string
	for _, c := range s.claims() {
		out = append(out, fmt.Sprintf("%s %s %s %v %v %q", c.Key(), c.Status, c.RuleID, c.Holders, c.LastHolders, c.Tag))
	}
	return out
}

func TestWhatStandsAsItIsNeededIsAdoptedAndGivenBack(t *testing.T) {
	for name, w := range map[string]struct{ world, intents string }{
		"a rule":              {sameVPC, "- {cluster: sessions, name: orders, source: 10.0.9.0/24}\n"},
		"rules and routes":    {peered, "- {cluster: sessions, name: orders, source: 10.1.1.0/24, path: peering}\n"},
		"a rule from a group": {sameVPC, "- {cluster: sessions, name: orders, source: sg-0a}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, w.world, policy("")+w.intents)
			s.sweep()
			s.sweep()
			made := s.claimTexts()
			s.loseLedger() // what was cachegate's is now what somebody made just so
			s.sweep()
			before, net := s.claimTexts(), s.network()
			a := s.adoptAll()
			if len(a.Changes) == 0 || a.Run == "" || len(s.claimTexts()) != len(before)+len(a.Changes) {
				t.Fatalf("adopted %v of %v, left %v: %v", a.Changes, made, a.Left, s.claimTexts())
			}
			for _, c := range s.claims() {
				if adopted := c.Status == change.Standing && c.AdoptedBy == erin && (c.Kind != change.Rule || c.RuleID != ""); !adopted {
					t.Errorf("claim %s is %s, tag %q, rule %q", c.Key(), c.Status, c.Tag, c.RuleID)
				}
			}
			run := s.Ledger.Runs()[len(s.Ledger.Runs())-1]
			if run.Trigger != byErin || len(run.Changes) != len(a.Changes) || run.Changes[0].Outcome != change.Applied {
				t.Errorf("the journal has %+v", run)
			}
			s.settles()
			if again := s.adoptAll(); len(again.Changes) > 0 {
				t.Errorf("adopted once more: %v", again.Changes)
			}
			released, err := s.Runner.Release(t.Context(), s.claims(), "released by "+erin)
			if err != nil || len(released) != len(a.Changes) {
				t.Fatal(released, err)
			}
			s.settles()
			if now := s.claimTexts(); !slices.Equal(now, before) {
				t.Errorf("the claims are %v, were %v", now, before)
			}
			if s.network() != net {
				t.Errorf("the network is\n%s\nwas\n%s", s.network(), net)
			}
		})
	}
}

func TestWhatWasAdoptedGoesWithItsLastIntent(t *testing.T) {
	s := start(t, peered, policy(""))
	s.sweep()
	s.declare(policy("") + "- {cluster: sessions, name: orders, source: 10.1.1.0/24, path: peering}\n")
	before := s.network()
	s.sweep()
	s.sweep()
	s.loseLedger()
	s.sweep()
	s.adoptAll()
	s.declare(policy(""))
	s.now = s.now.Add(time.Hour)
	s.sweep()
	s.sweep()
	strip := func(text string) string { // options of a peering connection are not adopted
		return strings.Join(slices.DeleteFunc(strings.Split(text, "\n"), func(l string) bool { return strings.Contains(l, " DNS ") }), "\n")
	}
	if now := s.network(); strip(now) != strip(before) || len(s.claims()) > 0 {
		t.Errorf("the network is\n%s\nbefore anything was declared it was\n%s\nclaims %v", now, before, s.claims())
	}
}

func TestAdoptingWaitsForTheLease(t *testing.T) {
	s := start(t, sameVPC, policy("")+"- {cluster: sessions, name: orders, source: 10.0.9.0/24}\n")
	s.sweep()
	claims := s.claims()
	s.loseLedger()
	s.sweep()
	found, err := s.Runner.Adoptable(t.Context(), cacheUnit())
	if err != nil {
		t.Fatal(err)
	}
	lease, err := s.Ledger.Acquire(t.Context(), cacheUnit(), "another", s.now, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = s.Runner.Adopt(t.Context(), cacheUnit(), erin, found.Changes); !errors.Is(err, ledger.ErrLeased) {
		t.Errorf("adopting says %v", err)
	}
	if _, err = s.Runner.Release(t.Context(), claims, byErin); !errors.Is(err, ledger.ErrLeased) {
		t.Errorf("releasing says %v", err)
	}
	if len(s.claims()) > 0 {
		t.Errorf("there are claims: %v", s.claims())
	}
	if err = s.Ledger.Free(t.Context(), lease); err != nil {
		t.Fatal(err)
	}
	if done := s.adoptAll(); len(done.Changes) != 1 {
		t.Errorf("adopted %v", done)
	}
	if _, err = s.Ledger.Acquire(t.Context(), cacheUnit(), "another", s.now, time.Minute); err != nil {
		t.Errorf("the lease was not given back: %v", err)
	}
}

func TestNothingIsAdoptedBeforeTheFirstRunOrOfAnotherDeployment(t *testing.T) {
	s := start(t, sameVPC, policy("")+"- {cluster: sessions, name: orders, source: 10.0.9.0/24}\n")
	if _, err := s.Runner.Adopt(t.Context(), cacheUnit(), erin, nil); !errors.Is(err, reconcile.ErrNeverRan) {
		t.Errorf("adopting says %v", err)
	}
	s.sweep()
	s.loseLedger()
	s.Runner.Deployment = "other"
	s.sweep()
	if a := s.adoptAll(); len(a.Changes) > 0 || len(a.Left) != 1 || !strings.Contains(a.Left[0].Why, "another deployment") {
		t.Errorf("adopted %v, left %v", a.Changes, a.Left)
	}
}

func TestAnAdoptionThatWasCutOffIsFoundOutByTheNextRun(t *testing.T) {
	s := start(t, sameVPC, policy("")+"- {cluster: sessions, name: orders, source: 10.0.9.0/24}\n")
	s.sweep()
	s.loseLedger()
	s.sweep()
	net := s.network()
	found, err := s.Runner.Adoptable(t.Context(), cacheUnit())
	if err != nil {
		t.Fatal(err)
	}
	begun := ledger.Run{Unit: cacheUnit(), At: s.now, Trigger: byErin, Changes: found.Changes}.WithID()
	claim := change.Claim{Requirement: found.Changes[0].Requirement, Holders: found.Changes[0].Holders, Created: s.now}
	if err = s.Ledger.Begin(t.Context(), ledger.Lease{}, begun); err != nil {
		t.Fatal(err)
	}
	if _, _, err = s.Ledger.Intend(t.Context(), claim); err != nil {
		t.Fatal(err)
	}
	if _, err = s.Runner.Adoptable(t.Context(), cacheUnit()); !errors.Is(err, reconcile.ErrCutOff) {
		t.Errorf("adopting meanwhile says %v", err)
	}
	s.sweep()
	s.now = s.now.Add(10 * time.Minute) // until then the write of a claim may still have to show
	s.sweep()
	if s.network() != net || len(s.claims()) > 0 {
		t.Errorf("the network is %s, the claims are %v", s.network(), s.claims())
	}
	if a := s.adoptAll(); len(a.Changes) != 1 {
		t.Errorf("adopted %v, left %v", a.Changes, a.Left)
	}
}

func TestWhatIsHeldGoesWhenAllIsRevokedAndStaysAway(t *testing.T) {
	s := start(t, peered, policy("")+"- {cluster: sessions, name: orders, source: 10.1.1.0/24, path: peering}\n- {cluster: sessions, name: more, source: 10.0.9.0/24}\n")
	s.allowCIDR("sg-0c", "10.0.77.0/24") // somebody else's
	s.sweep()
	s.sweep()
	if len(s.claims()) == 0 {
		t.Fatal("nothing is claimed")
	}
	word := change.UndoneRun{Run: change.RevokedAll, All: true, By: erin, At: s.now, Until: s.now.Add(3 * time.Hour)}
	if err := s.Ledger.SetUndone(t.Context(), cacheUnit(), word, s.now); err != nil {
		t.Fatal(err)
	}
	s.now = s.now.Add(time.Minute)
	s.sweep()
	s.sweep()
	if len(s.claims()) > 0 || !strings.Contains(s.network(), "10.0.77.0/24") || strings.Contains(s.network(), "10.0.9.0/24") {
		t.Errorf("claims %v, network\n%s", s.claims(), s.network())
	}
	s.settles()
	s.now = s.now.Add(4 * time.Hour)
	s.sweep()
	s.satisfied()
}

func TestRevokingAllCountsAgainstMaxCloses(t *testing.T) {
	limited := strings.Replace(policy(""), "mode: enforce", "mode: enforce, maxCloses: 1", 1)
	s := start(t, sameVPC, limited+rules(3))
	s.sweep()
	word := change.UndoneRun{Run: change.RevokedAll, All: true, By: erin, At: s.now, Until: s.now.Add(3 * time.Hour)}
	if err := s.Ledger.SetUndone(t.Context(), cacheUnit(), word, s.now); err != nil {
		t.Fatal(err)
	}
	s.sweep()
	if len(s.claims()) != 3 || s.waits().Hash == "" {
		t.Fatalf("claims %v, waits %v", s.claims(), s.waits())
	}
	s.approve(s.waits().Hash, time.Hour)
	s.sweep()
	if len(s.claims()) != 0 {
		t.Errorf("claims %v", s.claims())
	}
}

func TestARouteThatTwoUnitsHoldIsGivenUpUnderBothLeases(t *testing.T) {
	s := start(t, crossed, toSessions+toCarts)
	s.sweep()
	s.sweep()
	net, claims := s.network(), s.claims()
	lease, err := s.Ledger.Acquire(t.Context(), otherUnit(), "another", s.now, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = s.Runner.Release(t.Context(), claims, "released by "+erin); !errors.Is(err, ledger.ErrLeased) {
		t.Errorf("releasing says %v", err)
	}
	if len(s.claims()) != len(claims) {
		t.Errorf("the claims are %v, were %v", s.claims(), claims)
	}
	if err = s.Ledger.Free(t.Context(), lease); err != nil {
		t.Fatal(err)
	}
	made, err := s.Runner.Release(t.Context(), claims, "released by "+erin)
	if err != nil || len(made) != len(claims) || len(s.claims()) > 0 {
		t.Errorf("released %v, %v; left %v", made, err, s.claims())
	}
	s.settles()
	if s.network() != net {
		t.Errorf("the network is\n%s\nwas\n%s", s.network(), net)
	}
}
