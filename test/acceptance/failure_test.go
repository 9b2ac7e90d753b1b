package acceptance

import (
	"slices"
	"strings"
	"testing"

	"github.com/cachegate/cachegate/shared/settings"
)

func TestWhatCannotBeReadComesToTheDeadLetterQueue(t *testing.T) {
	s := hub(t)
	const broken = `{"source":"aws.ec2","detail-type":"AWS API Call via CloudTrail","detail":"cut off`
	s.send(t, s.outputs[settings.OutputEventsQueue], broken)
	s.settleFailing(t)
	if got := s.received(t, s.deadLetters(t, "DeadLetters")); !slices.Equal(got, []string{broken}) {
		t.Errorf("the dead-letter queue holds %q", got)
	}
}

func TestAWakeUpThatKeepsFailingComesToTheDeadLetterQueue(t *testing.T) {
	s := hub(t)
	home := s.at(t, hubAccount, homeRegion)
	n := home.network()
	guard := n.group("cache")
	cluster := n.cluster("sessions-failure", guard)
	s.settle(t)
	s.gate.refusing(t, func(c call) string {
		if c.Service == "dynamodb" && c.Operation == "UpdateItem" && !c.byTester() {
			return "AccessDeniedException"
		}
		return ""
	})
	s.declare(t, cluster, "orders", map[string]string{"source": n.cidr})
	failures := s.settleFailing(t)
	got := s.received(t, s.deadLetters(t, "WakeDeadLetters"))
	if len(got) != 1 || !strings.Contains(got[0], `"unit":"`+hubAccount+"/"+homeRegion+`/pending"`) {
		t.Errorf("the dead-letter queue holds %q", got)
	}
	if len(failures) < 2 || !strings.Contains(failures[0], "it is delivered again, and at last goes to the dead-letter queue") {
		t.Errorf("the log says %q", failures)
	}
	if !strings.Contains(s.reconcile.logged(), `"RunsFailed":1`) {
		t.Error("no metric says that a run failed")
	}
	s.gate.refusing(t, nil)
	s.withdraw(t, cluster, "orders")
	s.settle(t)
}

// deadLetters gives the URL of a dead-letter queue by its logical id: the one that a
// consumed queue sends to.
func (s *stack) deadLetters(t *testing.T, logical string) string {
	t.Helper()
	for _, m := range s.mappings {
		if m.url == "" {
			continue
		}
		if target := m.redrive(t); strings.Contains(target, "-"+logical) {
			return strings.Replace(m.url, m.url[strings.LastIndex(m.url, "/")+1:], target[strings.LastIndex(target, ":")+1:], 1)
		}
	}
	t.Fatalf("no queue has %s for its dead letters", logical)
	return ""
}

func TestAnAccountThatCannotBeReadKeepsWhatItHas(t *testing.T) {
	s := hub(t)
	near, far := s.at(t, hubAccount, homeRegion), s.at(t, spokeAccount, homeRegion)
	caches, apps := near.network(), far.network()
	guard := caches.group("cache")
	apps.instance(apps.group("app"))
	pcx := near.peer(caches, far, apps)
	cluster := caches.cluster("sessions-dark", guard)
	s.enforcing(t, cluster)
	s.declare(t, cluster, "orders", map[string]string{"source": apps.cidr, "path": "peering", "via": pcx})
	s.settle(t)
	open := slices.Concat(near.ingress(guard), near.routes(caches.table), far.routes(apps.table))
	if len(open) != 3 {
		t.Fatalf("before the account is dark, there are %v\n%s", open, s.reconcile.logged())
	}
	told := s.subscribe(t, "dark", `{"kind":["access-unknown"],"cluster":["`+cluster+`"]}`)

	t.Run("while it is dark", func(t *testing.T) {
		s.gate.refusing(t, func(c call) string {
			if c.Service == "ec2" && strings.Contains(c.Role, ":"+spokeAccount+":") && !c.byTester() {
				return "UnauthorizedOperation"
			}
			return ""
		})
		near.revokeAll(guard)
		near.happened("RevokeSecurityGroupIngress", "Admin/mallory", map[string]any{"groupId": guard})
		s.settle(t)
		if got := slices.Concat(near.ingress(guard), near.routes(caches.table), far.routes(apps.table)); !slices.Equal(got, open) {
			t.Errorf("with the other account dark, there are %v: expected %v\n%s", got, open, s.reconcile.logged())
		}
		got := s.received(t, told)
		if len(got) == 0 || !strings.Contains(got[0], spokeAccount) || !strings.Contains(got[0], "ec2:Describe") {
			t.Errorf("people are told %v: expected the account and the missing permission", got)
		}
	})
	s.withdraw(t, cluster, "orders") // else it goes on to protect what it may need there
	s.settle(t)
}
