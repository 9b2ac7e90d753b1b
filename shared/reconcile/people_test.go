package reconcile_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/reconcile"
)

// toldBy gives what a sweep tells, as "kind STATUS".
func (s *scenario) toldBySweep() []string {
	s.t.Helper()
	var out []string
	for _, r := range s.sweep() {
		out = append(out, kinds(r.Told)...)
	}
	slices.Sort(out)
	return out
}

func TestPeopleHearOfEachThingOnce(t *testing.T) {
	s := start(t, sameVPC, "- {cluster: sessions, name: orders, source: sg-0a}\n- {cluster: sessions, name: lost, source: sg-0f}")
	s.allow("sg-0c", "sg-0b")
	wantStrings(t, "told at first", s.toldBySweep(), "access-blocked OPENED", "access-missing RESOLVED", "access-undeclared OPENED")
	for range 3 {
		s.now = s.now.Add(time.Hour)
		wantStrings(t, "told again", s.toldBySweep())
	}
	s.declare("- {cluster: sessions, name: orders, source: sg-0a}\n- {cluster: sessions, name: carts, source: sg-0b}")
	wantStrings(t, "told once both are mended", s.toldBySweep(), "access-blocked RESOLVED", "access-undeclared RESOLVED")
	wantStrings(t, "told again", s.toldBySweep())
}

func TestAChangeThatCannotBeMadeIsTold(t *testing.T) {
	s := start(t, sameVPC, orders)
	s.sweep()
	s.declare("[]")
	s.Sim.Fail(awssim.Injection{Operation: "ec2:RevokeSecurityGroupIngress", Code: "UnauthorizedOperation"})
	wantStrings(t, "told", s.toldBySweep(), "change-refused OPENED")
	wantStrings(t, "told again", s.toldBySweep())
	s.Sim.Heal()
	wantStrings(t, "told once it can", s.toldBySweep(), "access-closed RESOLVED", "change-refused RESOLVED")
}

func TestAClosedIntentThatCannotBeJudgedIsTold(t *testing.T) {
	for name, intents := range map[string]string{
		"its cluster does not exist": "- {cluster: \"arn:aws:elasticache:us-east-1:111122223333:replicationgroup:sesions\", name: nobody, source: 10.0.2.0/24, access: closed}",
		"its port does not exist":    "- {cluster: sessions, name: nobody, source: 10.0.2.0/24, access: closed, ports: [6380]}",
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, sameVPC, intents)
			if told := s.toldBySweep(); len(told) == 0 {
				t.Error("nobody is told")
			}
		})
	}
}

func TestAWrongItemIsTold(t *testing.T) {
	for name, item := range map[string]string{
		"a policy":              "- {cluster: \"*\", name: \"*\", mode: enfroce}",
		"a cluster's policy":    "- {cluster: \"*\", name: sessions, maxCloses: many}",
		"a source":              "- {cluster: sessions, name: wrong, source: sg_0a}",
		"a cluster that is not": "- {cluster: \"arn:aws:elasticache:sessions\", name: wrong, source: sg-0a}",
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, sameVPC, orders+item)
			told := s.toldBySweep()
			if !slices.ContainsFunc(told, func(text string) bool { return strings.HasPrefix(text, string(finding.IntentInvalid)) }) {
				t.Errorf("told is %v", told)
			}
		})
	}
}

// undo removes all ingress rules of a group as somebody else's tool does, and
// gives the event of it.
func (s *scenario) undo(group string) events.Event {
	s.t.Helper()
	api := s.admin(cacheAccount)
	rules, err := api.DescribeSecurityGroups(s.t.Context(), &ec2.DescribeSecurityGroupsInput{GroupIds: []string{group}})
	if err != nil {
		s.t.Fatal(err)
	}
	if p := rules.SecurityGroups[0].IpPermissions; len(p) > 0 {
		if _, err = api.RevokeSecurityGroupIngress(s.t.Context(), &ec2.RevokeSecurityGroupIngressInput{GroupId: &group, IpPermissions: p}); err != nil {
			s.t.Fatal(err)
		}
	}
	return events.Event{
		ID: "e", Name: "RevokeSecurityGroupIngress", Account: cacheAccount, Region: homeRegion, Time: s.now,
		Actor:     events.Actor{Type: "AssumedRole", ARN: "arn:aws:sts::111122223333:assumed-role/terraform/ci", SessionIssuer: "arn:aws:iam::111122223333:role/terraform"},
		Resources: []events.Resource{{Kind: events.KindSecurityGroup, ID: group}},
	}
}

func TestWhoRemovedARuleIsSaidAndNobodyIsBlamedForAnythingElse(t *testing.T) {
	s := start(t, sameVPC, orders+"- {cluster: sessions, name: lost, source: sg-0f}\n")
	s.sweep()
	e := s.undo("sg-0c")
	s.declare(orders + "- {cluster: sessions, name: lost, source: sg-0f}\n- {cluster: sessions, name: lost-too, source: sg-00}\n")
	result, err := s.Event(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range result.Reports[0].Told {
		switch {
		case f.Kind == finding.AccessMissing && f.Actor != "terraform/ci":
			t.Errorf("%s: the actor is %q, want terraform/ci", f.Title, f.Actor)
		case f.Kind == finding.AccessBlocked && f.Actor != "":
			t.Errorf("%s: %s is blamed for it", f.Title, f.Actor)
		}
	}
}

func TestAgainstAToolThatUndoesItsWorkCachegateBacksOffAndNamesIt(t *testing.T) {
	s := start(t, sameVPC, orders)
	s.sweep()
	opened := func() bool {
		e := s.undo("sg-0c")
		if _, err := s.Event(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		return len(s.sources("sg-0c")) > 0
	}
	var times []time.Duration
	begin := s.now
	for s.now.Sub(begin) < 24*time.Hour {
		if opened() {
			times = append(times, s.now.Sub(begin))
		}
		s.now = s.now.Add(5 * time.Minute)
	}
	if len(times) < 4 || len(times) > 12 {
		t.Errorf("the rule was put right %d times in a day: %v", len(times), times)
	}
	for i := 4; i < len(times); i++ {
		if pause, before := times[i]-times[i-1], times[i-1]-times[i-2]; pause < before {
			t.Errorf("the pause %d is %s after %s", i, pause, before)
		}
	}
	live, err := s.Ledger.Findings(t.Context(), cacheUnit())
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(live, func(f finding.Finding) bool { return f.Kind == finding.AccessContested })
	if at < 0 || live[at].Severity != finding.Critical || live[at].Actor != "terraform/ci" {
		t.Errorf("the open findings are %+v", live)
	}
}

func TestAContestedFindingStaysOpenWhileTheContestGoesOn(t *testing.T) {
	s := start(t, sameVPC, orders)
	s.sweep()
	var told []string
	for range 24 {
		result, err := s.Event(t.Context(), s.undo("sg-0c"))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range result.Reports {
			for _, f := range r.Told {
				if f.Kind == finding.AccessContested {
					told = append(told, string(f.Status))
				}
			}
		}
		s.now = s.now.Add(20 * time.Minute)
	}
	if slices.Contains(told, string(finding.Resolved)) {
		t.Errorf("the finding was told as %v", told)
	}
}

// stopAfter does something while the n-th write of cachegate's is made.
func stopAfter(n int, do func()) awssim.Hook {
	made := 0
	return func(_ context.Context, c awssim.Call) error {
		if c.Actor.RoleARN == "" || !c.Write {
			return nil
		}
		if made++; made == n {
			do()
		}
		return nil
	}
}

func anyone() []ec2types.AddPrefixListEntry {
	return []ec2types.AddPrefixListEntry{{Cidr: aws.String("0.0.0.0/0")}}
}

func TestTheKillSwitchPulledDuringARunStopsItWithinOneCall(t *testing.T) {
	s := start(t, peered, peeredOrders)
	off := peeredOrders + "\n- {cluster: \"*\", name: \"*\", mode: \"off\"}"
	set := s.parse(s.Sim, off)
	s.Sim.OnCall(stopAfter(1, func() { s.Declare(set) }))
	report := s.run(cacheUnit())
	if got := len(s.Sim.Writes()); got != 1 {
		t.Errorf("%d writes were made", got)
	}
	for _, c := range report.Changes {
		if c.Outcome != change.Applied && c.Outcome != change.Refused {
			t.Errorf("%s is %q", c.Text(), c.Outcome)
		}
	}
}

func TestAFreshDeploymentMakesNoMutatingCallUntilTheModeIsEnforce(t *testing.T) {
	for _, mode := range []string{"observe", "\"off\""} {
		s := start(t, peered, peeredOrders+"\n- {cluster: \"*\", name: \"*\", mode: "+mode+"}")
		s.sweep()
		s.declare("- {cluster: sessions, name: other, source: 10.1.1.0/24}\n- {cluster: \"*\", name: \"*\", mode: " + mode + "}")
		s.sweep()
		if n := len(s.Sim.Writes()); n > 0 {
			t.Errorf("%d writes were made in mode %s", n, mode)
		}
	}
}

func TestTheModeOfAnEmptyPoliciesTableIsObserve(t *testing.T) {
	s := start(t, peered, peeredOrders)
	set := s.set
	set.Policies = nil
	s.Declare(set)
	s.sweep()
	if n := len(s.Sim.Writes()); n > 0 {
		t.Errorf("%d writes were made", n)
	}
}

func TestARunThatLostItsLeaseRecordsNothing(t *testing.T) {
	s := start(t, peered, peeredOrders)
	s.Sim.OnCall(stopAfter(1, func() {
		s.now = s.now.Add(time.Hour)
		if _, err := s.Ledger.Acquire(t.Context(), cacheUnit(), "another process", s.now, time.Minute); err != nil {
			t.Error(err)
		}
	}))
	_, err := s.Runner.Run(t.Context(), cacheUnit(), reconcile.Wake{Trigger: "test"})
	if err == nil {
		t.Error("nobody is told that the lease was lost")
	}
	if n := len(s.Sim.Writes()); n != 1 {
		t.Errorf("%d writes were made", n)
	}
	if runs := s.Ledger.Runs(); len(runs) > 0 {
		t.Errorf("%d runs were recorded", len(runs))
	}
}

func TestAnExpiredIntentsRuleOfOthersIsToldEvenWhereUndeclaredAccessIsIgnored(t *testing.T) {
	s := start(t, sameVPC, "[]")
	s.allow("sg-0c", "sg-0a")
	s.declare("- {cluster: sessions, name: orders, source: sg-0a, expiresAt: 2026-11-22T13:00:00Z}\n- {cluster: \"*\", name: \"*\", undeclared: ignore}")
	wantStrings(t, "told while it lives", s.toldBySweep())
	s.now = s.now.Add(2 * time.Hour)
	wantStrings(t, "told when it is over", s.toldBySweep(), "expired-but-open OPENED")
	wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "sg-0a:6379")
}

func TestAnIntentIsClosedWhenItsTimeIsOverAndTheRunSaysWhenThatIs(t *testing.T) {
	s := start(t, sameVPC, "- {cluster: sessions, name: orders, source: sg-0a, expiresAt: 2026-11-22T13:00:00Z}")
	report := s.run(cacheUnit())
	if want := time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC); !report.Next.Equal(want) {
		t.Errorf("the unit is looked at again at %s, want %s", report.Next, want)
	}
	s.now = report.Next
	report = s.run(cacheUnit())
	wantStrings(t, "rules of sg-0c", s.sources("sg-0c"))
	if len(report.Changes) != 1 || report.Changes[0].Reason != change.Expired {
		t.Errorf("the changes are %v", report.Changes)
	}
}

func TestAPrefixListThatGrowsTooWideIsToldAsCriticalWhereItIsOpen(t *testing.T) {
	accounts := `    ManagedPrefixLists: [{PrefixListId: pl-0a, PrefixListName: offices, MaxEntries: 5, AddressFamily: IPv4, Version: 1, Entries: [{Cidr: 10.0.2.0/24}]}]
`
	s := start(t, sameVPC+accounts, "- {cluster: sessions, name: offices, source: pl-0a}")
	s.sweep()
	wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "pl-0a:6379")
	if _, err := s.admin(cacheAccount).ModifyManagedPrefixList(t.Context(), &ec2.ModifyManagedPrefixListInput{
		PrefixListId: aws.String("pl-0a"), CurrentVersion: aws.Int64(1), AddEntries: anyone(),
	}); err != nil {
		t.Fatal(err)
	}
	var worst finding.Severity
	for _, r := range s.sweep() {
		for _, f := range r.Told {
			if f.Severity == finding.Critical {
				worst = f.Severity
			}
		}
	}
	if worst != finding.Critical {
		t.Error("anyone may reach the cluster by a rule of cachegate's, and nobody hears of it as critical")
	}
}

// A list that somebody widened opens no cluster wider than the policy allows: cachegate
// takes away what it opened for it, and what is no wider stays.
func TestARuleWhosePrefixListGrewTooWideIsTakenAway(t *testing.T) {
	accounts := `    ManagedPrefixLists: [{PrefixListId: pl-0a, PrefixListName: offices, MaxEntries: 5, AddressFamily: IPv4, Version: 1, Entries: [{Cidr: 10.0.2.0/24}]}]
`
	const offices = "- {cluster: sessions, name: offices, source: pl-0a}\n- {cluster: sessions, name: other, source: 10.0.9.0/24}\n"
	s := start(t, sameVPC+accounts, offices)
	s.sweep()
	if _, err := s.admin(cacheAccount).ModifyManagedPrefixList(t.Context(), &ec2.ModifyManagedPrefixListInput{
		PrefixListId: aws.String("pl-0a"), CurrentVersion: aws.Int64(1), AddEntries: []ec2types.AddPrefixListEntry{{Cidr: aws.String("10.0.0.0/7")}},
	}); err != nil {
		t.Fatal(err)
	}
	report := s.run(cacheUnit())
	wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "10.0.9.0/24:6379")
	wantOneTold(t, toldOf(finding.AccessUndeclared, report), "pl-0a of intent offices has grown wider than the policy allows", "10.0.0.0/7")
	if len(report.Changes) != 1 || report.Changes[0].Reason != change.TooWide {
		t.Errorf("the changes are %v", report.Changes)
	}
	s.settles()
	if _, err := s.admin(cacheAccount).ModifyManagedPrefixList(t.Context(), &ec2.ModifyManagedPrefixListInput{
		PrefixListId: aws.String("pl-0a"), CurrentVersion: aws.Int64(2), RemoveEntries: []ec2types.RemovePrefixListEntry{{Cidr: aws.String("10.0.0.0/7")}},
	}); err != nil {
		t.Fatal(err)
	}
	s.sweep()
	wantStrings(t, "rules of sg-0c, once the list is as it was", s.sources("sg-0c"), "10.0.9.0/24:6379", "pl-0a:6379")
}

func TestARuleOfOthersThatStaysWhenTheLastIntentGoesIsTold(t *testing.T) {
	s := start(t, sameVPC, orders)
	s.allow("sg-0c", "sg-0a") // by hand, as it is declared
	wantStrings(t, "told while it is declared", s.toldBySweep())
	s.declare("[]")
	report := s.run(cacheUnit())
	wantStrings(t, "told when its intent goes", kinds(report.Told), "access-undeclared OPENED")
	wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "sg-0a:6379")
}

func TestAPolicyForAllRevokesNothingOfAClusterThatNobodyDeclaredAnythingFor(t *testing.T) {
	all := "- {cluster: \"*\", name: \"*\", undeclared: revoke}"
	s := start(t, sameVPC, all)
	s.allow("sg-0c", "sg-0b")
	report := s.run(cacheUnit())
	wantStrings(t, "told", kinds(report.Told), "access-undeclared OPENED")
	wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "sg-0b:6379")
	s.declare(orders + "\n" + all)
	s.run(cacheUnit())
	wantStrings(t, "rules once something is declared", s.sources("sg-0c"), "sg-0a:6379")
}

func TestInObserveTheNextStepOfWhatIsMissingIsTheModeAndNoCommandByHand(t *testing.T) {
	s := start(t, sameVPC, orders+"\n- {cluster: \"*\", name: \"*\", mode: observe}")
	report := s.run(cacheUnit())
	for _, f := range report.Told {
		if f.Kind == finding.AccessMissing {
			if strings.Contains(f.Fix, "authorize") || !strings.Contains(f.Fix, "cachegate mode enforce") {
				t.Errorf("the fix is %q", f.Fix)
			}
			return
		}
	}
	t.Errorf("told are %v", kinds(report.Told))
}

func TestTheFixOfAClosedIntentRevokesNothingThatAnOpenOneNeeds(t *testing.T) {
	s := start(t, sameVPC, orders+"\n- {cluster: sessions, name: lab, source: 10.0.2.0/24, access: closed}")
	s.sweep()
	s.allowCIDR("sg-0c", "10.0.0.0/16")
	for _, j := range s.run(cacheUnit()).After {
		for _, h := range j.Hops {
			if j.Intent.Name != "lab" || h.Kind != access.HopIngress {
				continue
			}
			if strings.Contains(h.Fix(), "revoke-security-group-ingress") || !strings.Contains(h.Fix(), "sessions/orders") {
				t.Errorf("the fix is %q", h.Fix())
			}
			return
		}
	}
	t.Error("the closed intent was not judged")
}
