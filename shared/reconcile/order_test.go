package reconcile_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/reconcile"
)

// Whatever changes while a unit is read for the last time must wake it again: the
// index names it before that read begins.
func TestTheIndexNamesEverythingBeforeTheLastReadBegins(t *testing.T) {
	s := start(t, peered, "[]")
	s.declare(peeredOrders)
	var last []string
	s.Sim.OnCall(func(ctx context.Context, c awssim.Call) error {
		// The first call of a read; the last one seen before a write is the last read's.
		if c.Operation == "ec2:DescribeVpcs" && c.Account == cacheAccount {
			judged, _, err := s.Ledger.Judged(ctx, cacheUnit())
			if err != nil {
				return err
			}
			last = judged.Keys
		}
		if c.Write && last != nil {
			for _, key := range []string{"sg-0c", "rtb-0c", "rtb-0a", "pcx-0a", "vpc-0a", "eni-0a", "sg-0a", "subnet-0a"} {
				if !slices.Contains(last, key) {
					t.Errorf("the unit wrote after a read that began before the index named %s", key)
				}
			}
			last = nil
		}
		return nil
	})
	s.run(cacheUnit())
}

func TestAUnitIsReconciledByOneAtATime(t *testing.T) {
	s := start(t, peered, peeredOrders)
	asked := false
	s.Sim.OnCall(func(ctx context.Context, c awssim.Call) error {
		if asked || !c.Write {
			return nil
		}
		asked = true
		other := *s.Runner
		other.Owner = "another process"
		_, err := other.Run(ctx, cacheUnit(), reconcile.Wake{Trigger: "test"})
		if !errors.Is(err, ledger.ErrLeased) {
			t.Errorf("the second run gave %v, want ErrLeased", err)
		}
		return nil
	})
	s.run(cacheUnit())
	if !asked {
		t.Fatal("nothing was written")
	}
	s.run(cacheUnit()) // the lease was given back
}

func TestTheLeaseIsGivenBackAfterARunThatFailed(t *testing.T) {
	s := start(t, peered, peeredOrders)
	ctx, cancel := context.WithCancel(t.Context())
	s.Sim.OnCall(func(context.Context, awssim.Call) error { cancel(); return nil })
	if _, err := s.Run(ctx, cacheUnit(), reconcile.Wake{Trigger: "test"}); err == nil {
		t.Fatal("the run succeeded without a context")
	}
	other := *s.Runner
	other.Owner = "another process"
	s.Sim.Heal()
	_, err := other.Run(t.Context(), cacheUnit(), reconcile.Wake{Trigger: "test"})
	if errors.Is(err, ledger.ErrLeased) {
		t.Error("the lease was kept")
	}
}

func TestTheGateOpensWhenTheBridgeStands(t *testing.T) {
	s := start(t, peered, peeredOrders)
	s.run(cacheUnit())
	writes := s.writesSince(0)
	wantStrings(t, "writes", writes, "CreateRoute", "CreateRoute", "ModifyVpcPeeringConnectionOptions", "AuthorizeSecurityGroupIngress")
	s.declare("[]")
	mark := s.mark()
	s.run(cacheUnit())
	wantStrings(t, "writes", s.writesSince(mark), "RevokeSecurityGroupIngress", "DeleteRoute", "DeleteRoute")
}

func TestEveryBlockerIsReportedAtOnce(t *testing.T) {
	world := strings.NewReplacer(
		"Routes: [{DestinationCidrBlock: 10.1.0.0/16, GatewayId: local}]", "Routes: [{DestinationCidrBlock: 10.1.0.0/16, GatewayId: local}, {DestinationCidrBlock: 10.0.0.0/16, NatGatewayId: nat-0a, State: active}]",
		"IpPermissionsEgress: [{IpProtocol: \"-1\", IpRanges: [{CidrIp: 0.0.0.0/0}]}]", "IpPermissionsEgress: [{IpProtocol: tcp, FromPort: 443, ToPort: 443, IpRanges: [{CidrIp: 0.0.0.0/0}]}]",
	).Replace(peered)
	s := start(t, world, peeredOrders)
	for _, r := range s.sweep() {
		for _, f := range r.Told {
			for _, blocker := range []string{"route rtb-0a: the longest match 10.0.0.0/16 goes to nat-0a", "security-group-egress sg-0a"} {
				if f.Kind == "access-blocked" && !strings.Contains(f.Detail, blocker) {
					t.Errorf("%q does not say %q", f.Detail, blocker)
				}
			}
		}
	}
	if n := s.Unsatisfied(); n != 1 {
		t.Errorf("%d intents are not satisfied, want 1", n)
	}
}

// The intents are read once more before every write anyhow.
func TestWhatIsDeclaredAgainWhileARunIsAboutToCloseItStays(t *testing.T) {
	for name, again := range map[string]string{"the same intent": orders, "another one": "- {cluster: sessions, name: reports, source: sg-0a}"} {
		t.Run(name, func(t *testing.T) {
			s := start(t, sameVPC, orders)
			s.satisfied()
			s.declare("[]")
			done, looks := false, atomic.Int32{}
			s.Sim.OnCall(func(_ context.Context, c awssim.Call) error {
				// The look at the group's rules before their revocation follows the plan.
				if c.Operation == "ec2:DescribeSecurityGroupRules" {
					if looks.Add(1) == 2 {
						done = true
						s.declare(again)
					}
				}
				return nil
			})
			s.run(cacheUnit())
			if !done {
				t.Fatal("the run was over before it could be declared again")
			}
			wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "sg-0a:6379")
		})
	}
}
