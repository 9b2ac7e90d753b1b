package reconcile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// A cluster whose intents are too many to read keeps all that it has, opens nothing new,
// and has one finding; the other cluster goes on as declared.
func TestAClusterWithTooManyIntentsTouchesNobodyElse(t *testing.T) {
	s := start(t, crossed, toSessions+toCarts+"- {cluster: carts, name: over, source: 10.1.9.0/24}\n")
	s.sweep()
	s.sweep()
	before := s.sources("sg-0c")
	carts := "arn:aws:elasticache:us-east-1:111122223333:cluster:carts"
	set := s.parse(s.Sim, toCarts)
	set.Intents = nil // all that is declared for carts cannot be read; that of sessions is withdrawn
	set.Invalid = append(set.Invalid, intent.Overfull(carts, 1000, 1<<20))
	s.Declare(set)
	told := toldOf(finding.IntentInvalid, s.sweep()...)
	wantOneTold(t, told, "carts has more intents than are read", "at most 1000 items")
	wantStrings(t, "rules of carts", s.sources("sg-0d"), "10.1.9.0/24:11211", "sg-0a:11211")
	if len(before) != 1 {
		t.Fatalf("sessions had %v", before)
	}
	wantStrings(t, "rules of sessions", s.sources("sg-0c"))
	s.wantRoutes(there, back)
	s.settles()
	s.declare(toCarts)
	s.sweep()
	wantStrings(t, "rules of carts, once its intents can be read", s.sources("sg-0d"), "sg-0a:11211")
}

func TestThousandsOfMalformedItemsAreAFewFindings(t *testing.T) {
	s := start(t, crossed, toCarts)
	set := s.parse(s.Sim, toCarts)
	sessions := "arn:aws:elasticache:us-east-1:111122223333:cluster:sessions"
	for i := range 3000 {
		key := intent.Key{Cluster: sessions, Name: fmt.Sprintf("wrong-%04d", i)}
		set.Invalid = append(set.Invalid, intent.Invalid{Key: key, Problems: []intent.Problem{{Key: key, Field: intent.FieldSources, Message: "is missing", Allowed: "must name sources"}}})
	}
	for _, u := range []network.Unit{cacheUnit(), otherUnit(), network.PendingUnit(home())} {
		s.run(u) // of a unit that was never looked at it would be one message
	}
	s.Declare(set)
	told := toldOf(finding.IntentInvalid, s.sweep()...)
	if len(told) > 25 || len(told) < 2 {
		t.Fatalf("%d messages were sent", len(told))
	}
	if last := strings.Join(told, "\n"); !strings.Contains(last, "2980 more intents of sessions are malformed") {
		t.Errorf("how many more are wrong is not said: %s", last)
	}
}
