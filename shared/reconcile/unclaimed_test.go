package reconcile_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cachegate/cachegate/shared/apply"
	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
	"github.com/cachegate/cachegate/shared/reconcile"
	"github.com/cachegate/cachegate/shared/resource/elasticache"
)

// toldOf gives what reports told of a kind, as "STATUS title: detail".
func toldOf(kind finding.Kind, reports ...reconcile.Report) []string {
	var out []string
	for _, r := range reports {
		for _, f := range r.Told {
			if f.Kind == kind {
				out = append(out, string(f.Status)+" "+f.Title+": "+f.Detail)
			}
		}
	}
	return out
}

func wantOneTold(t *testing.T, told []string, words ...string) {
	t.Helper()
	if len(told) != 1 {
		t.Fatalf("told %q, want one message with %q", told, words)
	}
	for _, w := range words {
		if !strings.Contains(told[0], w) {
			t.Errorf("told %q, which does not say %q", told[0], w)
		}
	}
}

func (s *scenario) loseLedger() {
	fresh := ledger.NewMemory()
	s.Ledger, s.Runner.Ledger = fresh, fresh
	s.Dispatcher.Index, s.Dispatcher.Claims, s.Dispatcher.Journal = fresh, fresh, fresh
}

func TestARuleWhoseClaimIsLostWithTheLedger(t *testing.T) {
	for _, undeclared := range []string{"report", "revoke"} {
		t.Run("undeclared: "+undeclared, func(t *testing.T) {
			policy := "- {cluster: \"*\", name: \"*\", mode: enforce, undeclared: " + undeclared + "}\n"
			const kept, over = "- {cluster: sessions, name: kept, source: 10.0.7.0/24}\n", "- {cluster: sessions, name: over, source: 10.0.9.0/24}\n"
			s := start(t, sameVPC, policy+kept+over)
			s.sweep()
			s.loseLedger()
			told := toldOf(finding.RuleUnclaimed, s.sweep()...)
			if len(told) != 2 {
				t.Fatalf("told %q, want one message a rule", told)
			}
			wantOneTold(t, told[:1], "OPENED", "ledger has no claim", "of sessions is open by it")
			s.declare(policy + kept)
			told = toldOf(finding.RuleUnclaimed, s.sweep()...)
			wantOneTold(t, told, "CHANGED", "10.0.9.0/24", "ledger has no claim")
			if strings.Contains(told[0], "is open by it") {
				t.Errorf("told %q: no intent is left that is open by the rule", told[0])
			}
			wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "10.0.7.0/24:6379", "10.0.9.0/24:6379")
			s.declare("[]") // the cluster's last intent and policy
			s.sweep()
			wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "10.0.7.0/24:6379", "10.0.9.0/24:6379")
			s.settles()
		})
	}
}

// What a rule without a claim lets in that is wider than declared may go at any time: the
// declared rule is made beside it.
func TestDeclaredAccessDoesNotLeanOnAWiderRuleWithoutAClaim(t *testing.T) {
	s := start(t, sameVPC, "- {cluster: sessions, name: wide, source: 10.0.0.0/20}\n")
	s.sweep()
	s.loseLedger()
	s.declare("- {cluster: sessions, name: narrow, source: 10.0.7.0/24}\n")
	s.sweep()
	wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "10.0.0.0/20:6379", "10.0.7.0/24:6379")
	s.settles()
}

// secondDeployment works on the same accounts with a ledger and intents of its own.
func (s *scenario) secondDeployment(intents string) *reconcile.Runner {
	config := func(_ context.Context, l network.Location) (aws.Config, error) {
		return s.Sim.Config(l.Account, l.Region, awssim.Actor{RoleARN: "arn:aws:iam::" + l.Account + ":role/second", Session: "cachegate"}), nil
	}
	r := *s.Runner
	r.Clients, r.Writer, r.Ledger = observe.NewClients(config, elasticache.New), apply.NewClients(config).For, ledger.NewMemory()
	r.Deployment, r.Owner, r.Intents = "second", "second", fixedIntents{s.parse(s.Sim, intents)}
	return &r
}

type fixedIntents struct{ set intent.Set }

func (f fixedIntents) Declared(context.Context) (intent.Set, error) { return f.set, nil }

func TestTwoDeploymentsOverOneAccount(t *testing.T) {
	run := func(t *testing.T, r *reconcile.Runner) reconcile.Report {
		t.Helper()
		report, err := r.Run(t.Context(), cacheUnit(), reconcile.Wake{Trigger: "sweep"})
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	t.Run("one that revokes what is undeclared leaves the other's rules, and names it", func(t *testing.T) {
		s := start(t, sameVPC, orders)
		s.sweep()
		second := s.secondDeployment("- {cluster: \"*\", name: \"*\", mode: enforce, undeclared: revoke}\n- {cluster: sessions, name: other, source: sg-0b}\n")
		report := run(t, second)
		wantOneTold(t, toldOf(finding.RuleUnclaimed, report), "another deployment", `"replay"`)
		wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "sg-0a:6379", "sg-0b:6379")
	})
	t.Run("one whose declared access is the other's rule says so", func(t *testing.T) {
		s := start(t, sameVPC, orders)
		s.sweep()
		second := s.secondDeployment("- {cluster: \"*\", name: \"*\", mode: enforce}\n" + orders)
		wantOneTold(t, toldOf(finding.RuleUnclaimed, run(t, second)), "another deployment", "intent orders of sessions is open by it")
		s.declare("[]")
		s.run(cacheUnit())
		s.now = s.now.Add(time.Minute)
		report := run(t, second) // its event wakes it
		wantOneTold(t, toldOf(finding.RuleUnclaimed, report), "RESOLVED")
		wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "sg-0a:6379")
	})
	t.Run("a closed intent closes the other's rule, and says whose it was", func(t *testing.T) {
		s := start(t, sameVPC, orders)
		s.sweep()
		second := s.secondDeployment("- {cluster: \"*\", name: \"*\", mode: enforce}\n- {cluster: sessions, name: none, source: 0.0.0.0/0, access: closed}\n")
		wantOneTold(t, toldOf(finding.RuleUnclaimed, run(t, second)), "RESOLVED", "another deployment", `"replay"`)
		wantStrings(t, "rules of sg-0c", s.sources("sg-0c"))
	})
}
