package reconcile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

const fourRules = `
- {cluster: sessions, name: one, source: 10.0.50.0/24}
- {cluster: sessions, name: two, source: 10.0.51.0/24}
- {cluster: carts, name: one, source: 10.1.50.0/24}
- {cluster: carts, name: two, source: 10.1.51.0/24}
`

func limited(closes string) string {
	return "- {cluster: \"*\", name: \"*\", mode: enforce, maxCloses: " + closes + "}\n"
}

// No unit closes more than it may, and all together do: an emptied table looks like that.
func TestTheClosesOfAllUnitsTogetherAreLimited(t *testing.T) {
	s := start(t, crossed, limited("3")+fourRules)
	s.sweep()
	s.declare(limited("3"))
	told := toldOf(finding.ChangeRefused, s.sweep()...)
	wantOneTold(t, told, "OPENED 2 closes in "+otherUnit().String()+" wait for a person", "what other units closed lately", "10.1.50.0/24", "list ")
	wantStrings(t, "rules of the unit that was first", s.sources("sg-0c"))
	wantStrings(t, "rules of the other", s.sources("sg-0d"), "10.1.50.0/24:11211", "10.1.51.0/24:11211")
	waiting, ok, err := s.Ledger.Tripped(t.Context(), otherUnit())
	if err != nil || !ok || len(waiting.Waiting) != 2 || waiting.Limit != "3" || !strings.Contains(told[0], waiting.Hash) {
		t.Errorf("kept is %+v (%v), want both closes, with the hash that the finding shows", waiting, err)
	}
	for range 5 { // no time lets them through, and nobody hears of it again
		s.now = s.now.Add(time.Hour)
		if again := toldOf(finding.ChangeRefused, s.sweep()...); len(again) > 0 {
			t.Errorf("told again: %v", again)
		}
	}
	wantStrings(t, "rules of the other, hours later", s.sources("sg-0d"), "10.1.50.0/24:11211", "10.1.51.0/24:11211")
	s.declare(limited("4"))
	wantOneTold(t, toldOf(finding.ChangeRefused, s.sweep()...), "RESOLVED")
	wantStrings(t, "rules of the other, once somebody raised the limit", s.sources("sg-0d"))
	if _, waits, _ := s.Ledger.Tripped(t.Context(), otherUnit()); waits {
		t.Error("closes that were made wait still")
	}
}

func TestClosesOfOtherUnitsCountOnlyForAWhile(t *testing.T) {
	s := start(t, crossed, limited("3")+fourRules)
	s.sweep()
	s.declare(limited("3") + "- {cluster: carts, name: one, source: 10.1.50.0/24}\n- {cluster: carts, name: two, source: 10.1.51.0/24}\n")
	s.sweep()
	s.now = s.now.Add(3 * time.Hour)
	s.declare(limited("3"))
	s.sweep()
	wantStrings(t, "rules of sessions", s.sources("sg-0c"))
	wantStrings(t, "rules of carts", s.sources("sg-0d"))
}

// A process that counted its closes and made none of them leaves them counted; what was
// refused is not counted.
func TestOnlyClosesThatWereMadeCount(t *testing.T) {
	s := start(t, crossed, limited("3")+fourRules)
	s.sweep()
	s.declare(limited("3"))
	s.sweep()
	s.run(otherUnit())
	units, err := s.Ledger.Units(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	counted := map[network.Unit][]ledger.Closes{}
	for _, u := range units {
		counted[u.Unit] = u.Closes
	}
	if c := counted[cacheUnit()]; len(c) != 1 || c[0].N != 2 {
		t.Errorf("of the unit that closed two, counted is %v", c)
	}
	if c := counted[otherUnit()]; len(c) != 0 {
		t.Errorf("of the unit whose closes wait, counted is %v", c)
	}
}
