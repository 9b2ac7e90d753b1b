package reconcile_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
)

const erin = "arn:aws:iam::111122223333:user/erin"

func rules(n int) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, "- {cluster: sessions, name: n%d, source: 10.0.5%d.0/24}\n", i, i)
	}
	return out.String()
}

func policy(fields string) string {
	return "- {cluster: \"*\", name: \"*\", mode: enforce" + fields + "}\n"
}

// waits gives what waits in the unit, and wants something to.
func (s *scenario) waits() change.Tripped {
	s.t.Helper()
	t, ok, err := s.Ledger.Tripped(s.t.Context(), cacheUnit())
	if err != nil || !ok {
		s.t.Fatalf("nothing waits: %v", err)
	}
	return t
}

func (s *scenario) approve(hash string, lasts time.Duration) {
	s.t.Helper()
	if err := s.Ledger.Approve(s.t.Context(), cacheUnit(), hash, change.Approval{By: erin, At: s.now, Until: s.now.Add(lasts)}); err != nil {
		s.t.Fatal(err)
	}
}

// approvals gives who approved what the runs made.
func (s *scenario) approvals() []string {
	var out []string
	for _, r := range s.Ledger.Runs() {
		for _, c := range r.Changes {
			if r.Approval.Given() && c.Outcome == change.Applied {
				out = append(out, r.Approval.By)
			}
		}
	}
	return out
}

func TestApprovedClosesAreMadeByTheNextRunAndThenNothingWaits(t *testing.T) {
	s := start(t, sameVPC, policy(", maxCloses: 2")+rules(5))
	s.satisfied()
	s.declare(policy(", maxCloses: 2"))
	wantOneTold(t, toldOf(finding.ChangeRefused, s.sweep()...), "OPENED 5 closes", "(list "+s.waits().Hash+")")
	s.approve(s.waits().Hash, time.Hour)
	wantOneTold(t, toldOf(finding.ChangeRefused, s.sweep()...), "RESOLVED")
	wantStrings(t, "rules", s.sources("sg-0c"))
	wantStrings(t, "who approved", s.approvals(), erin, erin, erin, erin, erin)
	if _, waits, _ := s.Ledger.Tripped(t.Context(), cacheUnit()); waits {
		t.Error("what was made waits still")
	}
	s.settles()
}

func TestAnApprovalCountsForItsPlanAlone(t *testing.T) {
	for name, meanwhile := range map[string]func(*scenario){
		"one close more": func(s *scenario) { s.declare(policy(", maxCloses: 2")) },
		"an undeclared rule to revoke": func(s *scenario) {
			s.declare(policy(", maxCloses: 2, undeclared: revoke") + "- {cluster: sessions, name: n4, source: 10.0.54.0/24}\n")
			s.allowCIDR("sg-0c", "10.77.0.0/16")
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, sameVPC, policy(", maxCloses: 2")+rules(5))
			s.satisfied()
			s.declare(policy(", maxCloses: 2") + "- {cluster: sessions, name: n4, source: 10.0.54.0/24}\n")
			s.sweep()
			before := s.waits()
			s.approve(before.Hash, time.Hour)
			meanwhile(s)
			mark := s.mark()
			s.sweep()
			now := s.waits()
			if got := s.writesSince(mark); len(got) > 0 || now.Hash == before.Hash || now.Approval.Given() {
				t.Errorf("it wrote %v, and %+v waits", got, now)
			}
		})
	}
}

func TestAnApprovalThatEndsAsksAgainOnce(t *testing.T) {
	s := start(t, sameVPC, policy(", maxCloses: 2")+rules(5))
	s.satisfied()
	s.declare(policy(", maxCloses: 2"))
	s.sweep()
	s.approve(s.waits().Hash, time.Hour)
	s.now = s.now.Add(time.Hour)
	mark := s.mark()
	wantOneTold(t, toldOf(finding.ChangeRefused, s.sweep()...), "CHANGED", "the approval by "+erin+" ended at 2026-11-22T13:00:00Z")
	for range 3 {
		s.now = s.now.Add(time.Hour)
		if again := toldOf(finding.ChangeRefused, s.sweep()...); len(again) > 0 {
			t.Errorf("told again: %v", again)
		}
	}
	if got := s.writesSince(mark); len(got) > 0 {
		t.Errorf("it wrote %v", got)
	}
	s.approve(s.waits().Hash, time.Hour)
	s.sweep()
	wantStrings(t, "rules", s.sources("sg-0c"))
}

func TestWhatFailedIsMadeByALaterRunUnderTheSameApproval(t *testing.T) {
	s := start(t, sameVPC, policy(", maxCloses: 2")+rules(5))
	s.satisfied()
	s.declare(policy(", maxCloses: 2"))
	s.sweep()
	s.approve(s.waits().Hash, time.Hour)
	s.Sim.Fail(awssim.Injection{Operation: "RevokeSecurityGroupIngress", Code: "RequestLimitExceeded"})
	s.sweep()
	s.Sim.Heal()
	s.revokeFrom("10.0.50.0/24") // somebody does a part of it by hand, and makes it anew
	s.allowCIDR("sg-0c", "10.0.50.0/24")
	s.now = s.now.Add(10 * time.Minute)
	s.sweep()
	wantStrings(t, "rules", s.sources("sg-0c"), "10.0.50.0/24:6379")
}

func TestAPolicyLetsAPersonDecide(t *testing.T) {
	for _, c := range []struct {
		approval     string
		opens, waits bool
	}{{"none", true, false}, {"closes", true, true}, {"all", false, true}} {
		t.Run(c.approval, func(t *testing.T) {
			s := start(t, sameVPC, policy(", approval: "+c.approval)+rules(1))
			told := toldOf(finding.ChangeRefused, s.sweep()...)
			if opened := len(s.sources("sg-0c")) == 1; opened != c.opens {
				t.Errorf("opened %v, told %v", opened, told)
			}
			if !c.opens {
				wantOneTold(t, told, "OPENED a change in "+cacheUnit().String()+" waits for approval", "let 10.0.50.0/24 in on TCP 6379 at sg-0c", "list "+s.waits().Hash)
				s.approve(s.waits().Hash, time.Hour)
				wantOneTold(t, toldOf(finding.ChangeRefused, s.sweep()...), "RESOLVED")
			}
			wantStrings(t, "rules", s.sources("sg-0c"), "10.0.50.0/24:6379")
			s.settles()
			s.declare(policy(", approval: " + c.approval))
			told = toldOf(finding.ChangeRefused, s.sweep()...)
			if gone := len(s.sources("sg-0c")) == 0; gone == c.waits {
				t.Errorf("closed %v, told %v", gone, told)
			}
			if c.waits {
				s.approve(s.waits().Hash, time.Hour)
				s.sweep()
			}
			wantStrings(t, "rules at last", s.sources("sg-0c"))
			s.settles()
		})
	}
}

// What an open replaces stays as long as the open waits.
func TestACloseThatGoesWithAnOpenWaitsWithIt(t *testing.T) {
	s := start(t, sameVPC, policy("")+"- {cluster: sessions, name: app, source: 10.0.51.0/24}\n")
	s.satisfied()
	s.declare(policy(", approval: all") + "- {cluster: sessions, name: app, source: 10.0.0.0/16}\n")
	mark := s.mark()
	s.sweep()
	if got := s.writesSince(mark); len(got) > 0 {
		t.Errorf("it wrote %v", got)
	}
	s.approve(s.waits().Hash, time.Hour)
	s.satisfied()
	wantStrings(t, "rules", s.sources("sg-0c"), "10.0.0.0/16:6379")
}

func TestOneClusterMayWaitAndTheOthersGoOn(t *testing.T) {
	own := "- {cluster: \"*\", name: sessions, approval: all}\n"
	s := start(t, crossed, limited("3")+own+fourRules)
	s.sweep()
	wantStrings(t, "rules of sessions", s.sources("sg-0c"))
	wantStrings(t, "rules of carts", s.sources("sg-0d"), "10.1.50.0/24:11211", "10.1.51.0/24:11211")
}
