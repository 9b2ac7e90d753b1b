package reconcile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/reconcile"
)

// lastEvent gives the event of the last call that somebody made.
func (s *scenario) lastEvent() events.Event {
	s.t.Helper()
	all := s.Sim.TakeEvents()
	got := must[[]events.Event](s.t)(events.Decode(all[len(all)-1]))
	e := got[0]
	e.Actor = events.Actor{Type: "AssumedRole", ARN: "arn:aws:sts::111122223333:assumed-role/deploy/alice"}
	return e
}

// revokeFrom takes away the rule of sg-0c for a range or a group.
func (s *scenario) revokeFrom(source string) {
	s.t.Helper()
	p := ec2types.IpPermission{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(6379), ToPort: aws.Int32(6379)}
	if strings.HasPrefix(source, "sg-") {
		p.UserIdGroupPairs = []ec2types.UserIdGroupPair{{GroupId: &source}}
	} else {
		p.IpRanges = []ec2types.IpRange{{CidrIp: &source}}
	}
	must[*ec2.RevokeSecurityGroupIngressOutput](s.t)(s.admin(cacheAccount).RevokeSecurityGroupIngress(s.t.Context(), &ec2.RevokeSecurityGroupIngressInput{
		GroupId: aws.String("sg-0c"), IpPermissions: []ec2types.IpPermission{p},
	}))
}

// blamed gives, for every finding that a run with an event tells, who is said to have
// done what it is about: "access-undeclared 10.0.9.0/24: deploy/alice".
func (s *scenario) blamed(e events.Event) map[string]string {
	s.t.Helper()
	report, err := s.Run(s.t.Context(), cacheUnit(), reconcile.Wake{Trigger: "test", Events: []events.Event{e}})
	if err != nil {
		s.t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range report.Told {
		about := f.Intent
		if f.Kind == finding.AccessUndeclared {
			about = f.About.Peer.String()
		}
		out[fmt.Sprintf("%s %s", f.Kind, about)] = f.Actor
	}
	return out
}

func wantBlamed(t *testing.T, got map[string]string, what, who string) {
	t.Helper()
	if actor, told := got[what]; !told || actor != who {
		t.Errorf("%s: told is %t, the actor is %q, want %q; told are %v", what, told, actor, who, got)
	}
}

const alice = "deploy/alice"

func TestWhoAddedARuleIsSaidOfThatRuleAlone(t *testing.T) {
	for name, change := range map[string]func(*scenario){
		"adds the declared rule":     func(s *scenario) { s.allow("sg-0c", "sg-0a") },
		"adds another range":         func(s *scenario) { s.allowCIDR("sg-0c", "198.51.100.0/24") },
		"takes another rule away":    func(s *scenario) { s.allowCIDR("sg-0c", "198.51.100.0/24"); s.revokeFrom("198.51.100.0/24") },
		"takes the same range, once": func(s *scenario) { s.allowCIDR("sg-0c", "203.0.113.128/25"); s.revokeFrom("203.0.113.128/25") },
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, sameVPC, orders)
			s.allowCIDR("sg-0c", "203.0.113.0/24") // years ago
			change(s)
			wantBlamed(t, s.blamed(s.lastEvent()), "access-undeclared 203.0.113.0/24", "")
		})
	}
	s := start(t, sameVPC, orders)
	s.allowCIDR("sg-0c", "203.0.113.0/24")
	e := s.lastEvent()
	wantBlamed(t, s.blamed(e), "access-undeclared 203.0.113.0/24", alice)

	s = start(t, sameVPC, orders)
	s.allowCIDR("sg-0c", "203.0.113.0/24")
	e = s.lastEvent()
	var older []events.Resource // records from before rules had ids
	for _, r := range e.Resources {
		if r.Kind != events.KindSecurityGroupRule {
			older = append(older, r)
		}
	}
	e.Resources = older
	wantBlamed(t, s.blamed(e), "access-undeclared 203.0.113.0/24", alice)
}

func TestWhoTookARuleAwayIsSaidOfTheIntentThatNeedsItAlone(t *testing.T) {
	observe := "\n- {cluster: \"*\", name: \"*\", mode: observe}"
	t.Run("its own rule", func(t *testing.T) {
		s := start(t, sameVPC, orders)
		s.sweep()
		s.revokeFrom("sg-0a")
		e := s.lastEvent()
		s.declare(orders + observe)
		wantBlamed(t, s.blamed(e), "access-missing orders", alice)
	})
	t.Run("another rule", func(t *testing.T) {
		s := start(t, sameVPC, orders)
		s.allowCIDR("sg-0c", "198.51.100.0/24")
		s.revokeFrom("198.51.100.0/24")
		e := s.lastEvent()
		s.declare(orders + observe)
		wantBlamed(t, s.blamed(e), "access-missing orders", "")
	})
	t.Run("a rule that is added takes nothing away", func(t *testing.T) {
		s := start(t, sameVPC, orders)
		s.allow("sg-0c", "sg-0b")
		e := s.lastEvent()
		s.declare(orders + observe)
		wantBlamed(t, s.blamed(e), "access-missing orders", "")
	})
}

func TestNobodyElseIsBlamedForWhatCachegateCouldNotDo(t *testing.T) {
	for code, want := range map[string]string{
		"RulesPerSecurityGroupLimitExceeded": "rulesPerGroup",
		"UnauthorizedOperation":              "allow ec2:AuthorizeSecurityGroupIngress",
		"RequestLimitExceeded":               "throttles",
		"InvalidGroup.NotFound":              "is gone",
		"IncorrectState":                     "state in which AWS allows",
		"InternalError":                      "AWS Health",
		"InvalidParameterValue":              "correct the intent",
	} {
		t.Run(code, func(t *testing.T) {
			s := start(t, sameVPC, orders)
			s.allow("sg-0c", "sg-0b")
			e := s.lastEvent()
			s.Sim.Fail(awssim.Injection{Operation: "ec2:AuthorizeSecurityGroupIngress", Code: code})
			report, err := s.Run(t.Context(), cacheUnit(), reconcile.Wake{Trigger: "test", Events: []events.Event{e}})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range report.Told {
				if f.Kind != finding.ChangeRefused {
					continue
				}
				if f.Actor != "" || !strings.Contains(f.Fix, want) || code != "UnauthorizedOperation" && strings.Contains(f.Fix, "role") {
					t.Errorf("the actor is %q, the fix %q", f.Actor, f.Fix)
				}
				return
			}
			t.Errorf("nobody is told: %v", report.Told)
		})
	}
}
