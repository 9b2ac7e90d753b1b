package plan_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// fill makes a group hold n rules of others that nobody declared.
func (f *fixture) fill(group string, n int) {
	for i := range n {
		f.rule(group, fmt.Sprintf("sgr-f%d", i), fmt.Sprintf("192.0.2.%d/32", i))
	}
}

func (f *fixture) quota(rules int) {
	f.policy(intent.Everything, func(p *intent.Policy) { p.RulesPerGroup, p.Undeclared = rules, intent.Ignore })
}

func TestAGroupWithoutRoomKeepsWhatItHasAndSaysByHowMuchItLacks(t *testing.T) {
	f := newFixture(t)
	f.quota(3)
	f.fill("sg-0c", 2)
	f.declare("orders", "sg-0a", "sg-0e", "10.0.2.0/24")
	p := f.make()
	f.wantChanges(p, "+ sg-0c 10.0.2.0/24 refused", "+ sg-0c sg-0a refused", "+ sg-0c sg-0e refused")
	if why := p.Changes[0].Why; !strings.Contains(why, "2 more") || !strings.Contains(why, "quota is 3") {
		t.Errorf("%q does not say by how much the group lacks", why)
	}
	x := findingOf(p, finding.ChangeRefused)
	equal(t, "the finding's intent", x.Intent, "orders")
}

func TestAGroupThatIsFullDoesNotStopAnotherOne(t *testing.T) {
	f := newFixture(t)
	f.quota(2)
	f.fill("sg-0c", 2)
	f.cluster(carts, "sg-0d")
	f.declare("orders", "sg-0a")
	f.declare("orders", "sg-0a").Cluster = carts
	f.wantChanges(f.make(), "+ sg-0c sg-0a refused", "+ sg-0d sg-0a")
}

func TestClosingMakesRoomFirst(t *testing.T) {
	f := newFixture(t)
	f.quota(3)
	f.fill("sg-0c", 2)
	f.owned("sg-0c", "sgr-01", "10.9.0.0/24", "gone")
	f.declare("orders", "sg-0a")
	f.wantChanges(f.make(), "- sg-0c 10.9.0.0/24", "+ sg-0c sg-0a")
}

func TestWhatSomebodyNeedsNeverMakesRoom(t *testing.T) {
	f := newFixture(t)
	f.quota(3)
	f.fill("sg-0c", 2)
	f.owned("sg-0c", "sgr-01", "10.0.0.0/16", "gone")
	f.declare("orders", "10.0.2.0/24") // open by sgr-01 now
	f.wantChanges(f.make(), "- sg-0c 10.0.0.0/16 refused")
}

func TestClosingIsNeverRefusedForAQuota(t *testing.T) {
	f := newFixture(t)
	f.quota(1)
	f.fill("sg-0c", 3)
	f.owned("sg-0c", "sgr-01", "sg-0e", "gone")
	f.declare("orders", "444455556666/sg-0b").Path = intent.Peering
	p := f.make()
	f.wantChanges(p, "+ rtb-0c 10.1.0.0/16>pcx-0a", "+ rtb-0a 10.0.0.0/16>pcx-0a", "+ pcx-0a dns vpc-0c", "+ sg-0c 444455556666/sg-0b refused", "- sg-0c sg-0e")
}

func TestIPv4AndIPv6AreCountedApartAndAGroupInBoth(t *testing.T) {
	for name, tt := range map[string]struct {
		rules  []string
		source string
		room   bool
	}{
		"an IPv6 rule takes no IPv4 room":        {[]string{"fd00:1::/64", "fd00:2::/64"}, "10.0.2.0/24", true},
		"an IPv4 rule takes IPv4 room":           {[]string{"10.9.1.0/24", "10.9.2.0/24"}, "10.0.2.0/24", false},
		"a group needs room in both":             {[]string{"fd00:1::/64", "fd00:2::/64"}, "sg-0a", false},
		"a prefix list takes its maximum":        {[]string{"pl-0b"}, "10.0.2.0/24", false},
		"a prefix list needs room for its max":   {[]string{"10.9.1.0/24"}, "pl-0a", false},
		"a prefix list that fits":                {nil, "pl-0a", true},
		"an IPv6 prefix list takes no IPv4 room": {[]string{"pl-06"}, "10.0.2.0/24", true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.quota(2)
			f.PrefixLists["pl-0a"] = network.PrefixList{ID: "pl-0a", Location: here, Entries: prefixes("10.0.2.0/24"), MaxEntries: 2}
			f.PrefixLists["pl-0b"] = network.PrefixList{ID: "pl-0b", Location: here, Entries: prefixes("10.9.0.0/24"), MaxEntries: 2}
			f.PrefixLists["pl-06"] = network.PrefixList{ID: "pl-06", Location: here, Entries: prefixes("fd00:9::/64"), MaxEntries: 2}
			for i, r := range tt.rules {
				f.rule("sg-0c", fmt.Sprintf("sgr-0%d", i), r)
			}
			f.declare("orders", tt.source)
			want := "+ sg-0c " + tt.source
			if !tt.room {
				want += " refused"
			}
			f.wantChanges(f.make(), want)
		})
	}
}

func TestARouteTableWithoutRoomSaysByHowMuchItLacks(t *testing.T) {
	f := newFixture(t)
	f.policy(intent.Everything, func(p *intent.Policy) { p.RoutesPerTable = 2 })
	f.route("rtb-0c", "10.7.0.0/16", "pcx-0b")
	f.declare("orders", "10.1.1.0/24").Path = intent.Peering
	p := f.make()
	if !strings.HasPrefix(lines(p)[1], "+ rtb-0c") && !strings.HasPrefix(lines(p)[0], "+ rtb-0c") {
		t.Fatalf("no route in rtb-0c: %v", lines(p))
	}
	for _, c := range p.Changes {
		if c.Resource == "rtb-0c" && (c.Outcome != change.Refused || !strings.Contains(c.Why, "1 more")) {
			t.Errorf("the route is %s: %s", c.Outcome, c.Why)
		}
	}
}

func TestTheBreaker(t *testing.T) {
	closes := func(f *fixture, n int) {
		for i := range n {
			f.owned("sg-0c", fmt.Sprintf("sgr-%02d", i), fmt.Sprintf("10.9.%d.0/24", i), "gone")
		}
	}
	limit := func(f *fixture, l intent.Limit) {
		f.policy(intent.Everything, func(p *intent.Policy) { p.MaxCloses = l })
	}
	for name, tt := range map[string]struct {
		set      func(*fixture)
		withheld int
	}{
		"lets as many go as the number says": {func(f *fixture) { limit(f, intent.Limit{Number: 5}); closes(f, 5) }, 0},
		"lets none go where there are more":  {func(f *fixture) { limit(f, intent.Limit{Number: 4}); closes(f, 5) }, 5},
		"lets a share of what is open go":    {func(f *fixture) { limit(f, intent.Limit{Percent: 50}); closes(f, 2); keeps(f, 2) }, 0},
		"lets none go of more than a share":  {func(f *fixture) { limit(f, intent.Limit{Percent: 50}); closes(f, 3); keeps(f, 2) }, 3},
		"lets the larger of both go":         {func(f *fixture) { limit(f, intent.Limit{Number: 3, Percent: 1}); closes(f, 3) }, 0},
		"takes the default of 20":            {func(f *fixture) { closes(f, 20) }, 0},
		"holds 21 back by default":           {func(f *fixture) { closes(f, 21) }, 21},
		"counts what ended":                  {func(f *fixture) { limit(f, intent.Limit{}); expired(f) }, 2},
		"counts what a deleted cluster had":  {func(f *fixture) { limit(f, intent.Limit{}); deleted(f) }, 1},
		"counts what nobody declared":        {func(f *fixture) { undeclared(f); f.fill("sg-0c", 3) }, 3},
		"counts what a closed intent forbids": {func(f *fixture) {
			limit(f, intent.Limit{})
			f.forbid("out", "10.9.0.0/16")
			f.rule("sg-0c", "sgr-01", "10.9.1.0/24")
		}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			tt.set(f)
			p := f.make()
			equal(t, "withheld", p.Withheld, tt.withheld)
			refused := 0
			for _, c := range p.Changes {
				if c.Guard == change.GuardMaxCloses {
					refused++
				}
			}
			equal(t, "the changes that wait for a person", refused, tt.withheld)
			x := findingOf(p, finding.ChangeRefused)
			equal(t, "whether people are told", x.Severity == finding.High && strings.Contains(x.Title, "wait for a person"), tt.withheld > 0)
			equal(t, "whether time lets it go", p.Again, false)
		})
	}
}

func keeps(f *fixture, n int) {
	for i := range n {
		f.declare(fmt.Sprintf("kept-%d", i), fmt.Sprintf("10.8.%d.0/24", i))
		f.owned("sg-0c", fmt.Sprintf("sgr-k%d", i), fmt.Sprintf("10.8.%d.0/24", i), fmt.Sprintf("kept-%d", i))
	}
}

func expired(f *fixture) {
	f.declare("orders", "10.0.2.0/24", "10.0.3.0/24").ExpiresAt = noon
	f.owned("sg-0c", "sgr-01", "10.0.2.0/24", "orders")
	f.owned("sg-0c", "sgr-02", "10.0.3.0/24", "orders")
}

func deleted(f *fixture) {
	f.rule("sg-0d", "sgr-03", "sg-0a")
	f.claimed(ruleReq("sg-0d", "sg-0a"), "sgr-03", "old").Holders[0].Intent.Cluster = carts
}

func undeclared(f *fixture) {
	f.policy(sessions, func(p *intent.Policy) { p.MaxCloses, p.Undeclared = intent.Limit{Number: 1}, intent.Revoke })
}

func TestTheModeOfAPlan(t *testing.T) {
	for _, tt := range []struct {
		mode    intent.Mode
		outcome string
	}{{intent.Enforce, ""}, {intent.Observe, " planned"}, {intent.Off, " refused"}} {
		t.Run(string(tt.mode), func(t *testing.T) {
			f := newFixture(t)
			f.policy(intent.Everything, func(p *intent.Policy) { p.Mode = tt.mode })
			f.declare("orders", "sg-0a")
			f.owned("sg-0c", "sgr-01", "sg-0e", "gone")
			p := f.make()
			f.wantChanges(p, "+ sg-0c sg-0a"+tt.outcome, "- sg-0c sg-0e"+tt.outcome)
			equal(t, "the number of writes", p.Writes() > 0, tt.mode == intent.Enforce)
		})
	}
}

func TestOnASharedGroupTheStrictestModeHolds(t *testing.T) {
	for _, tt := range []struct {
		other   intent.Mode
		outcome string
	}{{intent.Enforce, ""}, {intent.Observe, " planned"}, {intent.Off, " refused"}} {
		t.Run(string(tt.other), func(t *testing.T) {
			f := newFixture(t)
			f.cluster(carts, "sg-0c")
			f.policy(sessions, func(p *intent.Policy) { p.SharedGroups = intent.Allow })
			f.policy(carts, func(p *intent.Policy) { p.Mode = tt.other })
			f.declare("orders", "sg-0a")
			f.owned("sg-0c", "sgr-01", "sg-0e", "gone")
			f.wantChanges(f.make(), "+ sg-0c sg-0a"+tt.outcome, "- sg-0c sg-0e"+tt.outcome)
		})
	}
}

func TestOffForEverythingWinsOverAClustersOwnMode(t *testing.T) {
	f := newFixture(t)
	f.policy(intent.Everything, func(p *intent.Policy) { p.Mode = intent.Off })
	f.policy(sessions, func(p *intent.Policy) { p.Mode = intent.Enforce })
	f.declare("orders", "sg-0a")
	f.wantChanges(f.make(), "+ sg-0c sg-0a refused")
}

func TestAPolicyThatLeavesOutRulesIsNoMatterOfTheSharedGroup(t *testing.T) {
	f := newFixture(t)
	f.cluster(carts, "sg-0c")
	f.policy(sessions, func(p *intent.Policy) { p.Writes, p.SharedGroups = intent.WriteRoutes, intent.Allow })
	f.declare("orders", "sg-0a")
	p := f.make()
	f.wantChanges(p)
	f.wantFindings(p, finding.AccessBlocked)
}

func TestASharedGroupIsRefusedWithTheFixAndToldOnce(t *testing.T) {
	f := newFixture(t)
	f.cluster(carts, "sg-0c")
	f.declare("orders", "sg-0a")
	p := f.make()
	f.wantChanges(p, "+ sg-0c sg-0a refused")
	f.wantFindings(p, finding.GroupShared)
}

func TestWhatThePolicyLeavesOutIsNotWrittenInEitherDirection(t *testing.T) {
	for _, tt := range []struct {
		name   string
		writes intent.Writes
		want   []string
	}{
		{"rules only", intent.WriteRules, []string{"+ sg-0c 10.1.1.0/24", "- sg-0c sg-0e", "- rtb-0c 10.7.0.0/16>pcx-0a refused"}},
		{"routes only", intent.WriteRoutes, []string{"+ rtb-0c 10.1.0.0/16>pcx-0a", "+ rtb-0a 10.0.0.0/16>pcx-0a", "- sg-0c sg-0e refused", "- rtb-0c 10.7.0.0/16>pcx-0a"}},
		{"nothing", 0, []string{"- sg-0c sg-0e refused", "- rtb-0c 10.7.0.0/16>pcx-0a refused"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			f.policy(intent.Everything, func(p *intent.Policy) { p.Writes = tt.writes })
			f.declare("orders", "10.1.1.0/24").Path = intent.Peering
			f.owned("sg-0c", "sgr-01", "sg-0e", "gone")
			f.route("rtb-0c", "10.7.0.0/16", "pcx-0a")
			f.claimed(routeReq("rtb-0c", "10.7.0.0/16", "pcx-0a"), "", "gone")
			f.wantChanges(f.make(), tt.want...)
		})
	}
}

func repairs(n int, last time.Time, actors ...string) change.Contest {
	c := change.Contest{Actors: actors}
	for i := range n {
		c.Repairs = append(c.Repairs, last.Add(-time.Duration(n-1-i)*time.Minute))
	}
	return c
}

func TestWhatSomebodyUndoesAgainAndAgainIsOpenedWithGrowingPauses(t *testing.T) {
	for _, tt := range []struct {
		repairs int
		since   time.Duration
		opened  bool
	}{
		{2, time.Second, true},
		{3, time.Minute, false},
		{3, 15 * time.Minute, true},
		{4, 16 * time.Minute, false},
		{4, 30 * time.Minute, true},
		{5, 59 * time.Minute, false},
		{5, time.Hour, true},
		{9, 11 * time.Hour, false},
		{9, 13 * time.Hour, true},
		{30, 13 * time.Hour, true},
	} {
		t.Run(fmt.Sprintf("%d repairs, the last %s ago", tt.repairs, tt.since), func(t *testing.T) {
			f := newFixture(t)
			f.declare("orders", "sg-0a")
			f.claimed(ruleReq("sg-0c", "sg-0a"), "sgr-01", "orders")
			key := change.ContestKey(f.make().Changes[0])
			f.contests[key] = repairs(tt.repairs, noon.Add(-tt.since), "terraform/ci")
			p := f.make()
			want := "+ sg-0c sg-0a"
			if !tt.opened {
				want += " refused"
			}
			f.wantChanges(p, want)
			if tt.repairs < 3 {
				return
			}
			x := findingOf(p, finding.AccessContested)
			equal(t, "the severity", x.Severity, finding.Critical)
			equal(t, "the actor", x.Actor, "terraform/ci")
			_, updated := update(p, ruleReq("sg-0c", "sg-0a"))
			equal(t, "the claim is given up meanwhile", updated, false)
		})
	}
}

func TestRepairsOfLongAgoDoNotCount(t *testing.T) {
	f := newFixture(t)
	f.declare("orders", "sg-0a")
	f.claimed(ruleReq("sg-0c", "sg-0a"), "sgr-01", "orders")
	f.contests[change.ContestKey(f.make().Changes[0])] = repairs(5, noon.Add(-25*time.Hour), "terraform/ci")
	p := f.make()
	f.wantChanges(p, "+ sg-0c sg-0a")
	f.wantFindings(p, finding.AccessMissing)
}

func TestForbiddenAccessThatComesBackIsStillClosedAtTheSweepsPace(t *testing.T) {
	f := newFixture(t)
	f.forbid("no-carts", "sg-0e")
	f.rule("sg-0c", "sgr-01", "sg-0e")
	key := change.ContestKey(f.make().Changes[0])
	f.contests[key] = repairs(9, noon.Add(-14*time.Minute), "terraform/ci")
	p := f.make()
	f.wantChanges(p, "- sg-0c sg-0e refused")
	equal(t, "the severity", findingOf(p, finding.AccessContested).Severity, finding.Critical)
	f.contests[key] = repairs(9, noon.Add(-15*time.Minute), "terraform/ci")
	p = f.make()
	f.wantChanges(p, "- sg-0c sg-0e")
	equal(t, "the severity once it is closed again", findingOf(p, finding.AccessContested).Severity, finding.Critical)
}

func TestARuleThatComesBackUnderAnotherIDIsTheSameContest(t *testing.T) {
	f, g := newFixture(t), newFixture(t)
	for id, x := range map[string]*fixture{"sgr-01": f, "sgr-02": g} {
		x.forbid("no-carts", "sg-0e")
		x.rule("sg-0c", id, "sg-0e")
	}
	equal(t, "the contest", change.ContestKey(f.make().Changes[0]), change.ContestKey(g.make().Changes[0]))
}
