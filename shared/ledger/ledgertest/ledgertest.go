// Package ledgertest says what every ledger must do, as tests that run against
// any of them: the one in memory and the one in DynamoDB.
//
// It is imported by tests only.
package ledgertest

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

// Conformance runs all of it. fresh gives an empty ledger; it is asked once a test.
func Conformance(t *testing.T, fresh func() ledger.Ledger) {
	t.Helper()
	for _, part := range []struct {
		name  string
		tests []test
	}{
		{"claims", claimTests()},
		{"holders", holderTests()},
		{"index", indexTests()},
		{"journal", journalTests()},
		{"leases", leaseTests()},
		{"breaker", breakerTests()},
		{"memories", memoryTests()},
	} {
		t.Run(part.name, func(t *testing.T) {
			for _, tt := range part.tests {
				t.Run(tt.name, func(t *testing.T) { tt.run(t, fresh()) })
			}
		})
	}
}

// test is one promise of a ledger.
type test struct {
	name string
	run  func(*testing.T, ledger.Ledger)
}

// The places, units and holders of all tests.
var (
	home = network.Location{Account: "111122223333", Region: "us-east-1"}
	away = network.Location{Account: "444455556666", Region: "eu-west-1"}

	unitA = network.Unit{Location: home, VPC: "vpc-0a"}
	unitB = network.Unit{Location: home, VPC: "vpc-0b"}
	unitC = network.PendingUnit(away)

	orders  = holder(unitA, "orders")
	carts   = holder(unitA, "carts")
	reports = holder(unitB, "reports")

	noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
)

func holder(u network.Unit, name string) change.Holder {
	return change.Holder{Unit: u, Intent: intent.Key{Cluster: "arn:aws:elasticache:us-east-1:111122223333:replicationgroup:sessions", Name: name}}
}

func rule(group, cidr string) change.Requirement {
	return change.Requirement{
		Kind: change.Rule, Location: home, Resource: group, Port: 6379, Peer: network.Peer{CIDR: netip.MustParsePrefix(cidr)},
	}
}

func claim(req change.Requirement, holders ...change.Holder) change.Claim {
	return change.Claim{Requirement: req, Holders: holders, Tag: "test/0a", Created: noon}
}

// requirements are one of each kind and form.
func requirements() map[string]change.Requirement {
	return map[string]change.Requirement{
		"a rule for an IPv4 CIDR":              rule("sg-0c", "10.1.0.0/16"),
		"a rule for an IPv6 CIDR":              rule("sg-0c", "fd00:1::/48"),
		"a rule for a group":                   {Kind: change.Rule, Location: home, Resource: "sg-0c", Port: 6379, Peer: network.Peer{SecurityGroup: "sg-0a"}},
		"a rule for another account's group":   {Kind: change.Rule, Location: home, Resource: "sg-0c", Port: 6380, Peer: network.Peer{SecurityGroup: "sg-0a", Account: "444455556666"}},
		"a rule for a prefix list":             {Kind: change.Rule, Location: home, Resource: "sg-0c", Port: 65535, Peer: network.Peer{PrefixList: "pl-0a"}},
		"a route over a peering connection":    {Kind: change.Route, Location: away, Resource: "rtb-0a", Destination: netip.MustParsePrefix("10.0.0.0/16"), Target: network.TargetOf("pcx-0a")},
		"an IPv6 route over a transit gateway": {Kind: change.Route, Location: home, Resource: "rtb-0c", Destination: netip.MustParsePrefix("fd00::/56"), Target: network.TargetOf("tgw-0a")},
		"a peering's DNS option":               {Kind: change.PeeringDNS, Location: home, Resource: "pcx-0a", VPC: "vpc-0a"},
		"a gateway's propagation":              {Kind: change.Propagation, Location: home, Resource: "rtb-0c", Target: network.TargetOf("vgw-0a")},
		"a transit gateway's route": {
			Kind: change.TransitGatewayRoute, Location: home, Resource: "tgw-rtb-0a", Destination: netip.MustParsePrefix("10.1.0.0/16"),
			Target: network.Target{Kind: network.TargetOther, ID: "tgw-attach-0a"},
		},
	}
}

// must fails the test where a call that has to succeed does not.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func intend(t *testing.T, l ledger.Ledger, c change.Claim) {
	t.Helper()
	_, _, err := l.Intend(t.Context(), c)
	must(t, err)
}

// stand makes a claim that stands.
func stand(t *testing.T, l ledger.Ledger, c change.Claim, ruleID string) {
	t.Helper()
	intend(t, l, c)
	must(t, l.Stand(t.Context(), c.Key(), ruleID))
}

// only gives the one claim at a point; the test fails where there are none or more.
func only(t *testing.T, l ledger.Ledger, req change.Requirement) change.Claim {
	t.Helper()
	found := at(t, l, req)
	if len(found) != 1 {
		t.Fatalf("%d claims are at %s, want 1: %v", len(found), req.Resource, found)
	}
	return found[0]
}

// at gives the claims at a requirement's point, to a unit that holds none.
func at(t *testing.T, l ledger.Ledger, req change.Requirement) []change.Claim {
	t.Helper()
	found, err := l.Claims(t.Context(), network.Unit{Location: home, VPC: "vpc-0f"}, []change.Point{req.Point()})
	must(t, err)
	return found
}

// of gives the claims that a unit has to do with, wherever they are.
func of(t *testing.T, l ledger.Ledger, u network.Unit) []change.Claim {
	t.Helper()
	found, err := l.Claims(t.Context(), u, nil)
	must(t, err)
	return found
}

func wantHolders(t *testing.T, what string, got []change.Holder, want ...change.Holder) {
	t.Helper()
	if !slices.Equal(sorted(got), sorted(want)) {
		t.Errorf("%s are %v, want %v", what, got, want)
	}
}

func sorted(holders []change.Holder) []change.Holder {
	out := slices.Clone(holders)
	slices.SortFunc(out, func(a, b change.Holder) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return out
}

func want[T comparable](t *testing.T, what string, got, wanted T) {
	t.Helper()
	if got != wanted {
		t.Errorf("%s is %v, want %v", what, got, wanted)
	}
}

// atOnce runs functions at the same time and waits for all.
func atOnce(n int, f func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { f(i) })
	}
	wg.Wait()
}
