package reconcile_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/reconcile"
)

// lastWriter gives the last run of the caches' unit that made a change.
func (s *scenario) lastWriter() ledger.Run {
	s.t.Helper()
	for _, r := range slices.Backward(s.Ledger.Runs()) {
		applied := slices.ContainsFunc(r.Changes, func(c change.Change) bool { return c.Outcome == change.Applied })
		if applied && r.Unit == cacheUnit() {
			return r
		}
	}
	s.t.Fatal("no run made a change")
	return ledger.Run{}
}

func (s *scenario) undoneRun(r ledger.Run, lasts time.Duration) change.UndoneRun {
	return change.UndoneRun{Run: r.ID, Changes: r.Changes, By: erin, At: s.now, Until: s.now.Add(lasts)}
}

// undo undoes a run for so long, as the command does.
func (s *scenario) undoRun(r ledger.Run, lasts time.Duration) {
	s.t.Helper()
	if err := s.Ledger.SetUndone(s.t.Context(), cacheUnit(), s.undoneRun(r, lasts), s.now); err != nil {
		s.t.Fatal(err)
	}
}

// network is what rules and routes there are, without their ids.
func (s *scenario) network() string {
	var out []string
	for account := range s.copied() {
		groups := must[*ec2.DescribeSecurityGroupRulesOutput](s.t)(s.admin(account).DescribeSecurityGroupRules(s.t.Context(), &ec2.DescribeSecurityGroupRulesInput{}))
		for _, r := range groups.SecurityGroupRules {
			peer := aws.ToString(r.CidrIpv4)
			if r.ReferencedGroupInfo != nil {
				peer += aws.ToString(r.ReferencedGroupInfo.GroupId)
			}
			out = append(out, fmt.Sprint(aws.ToString(r.GroupId), aws.ToInt32(r.FromPort), aws.ToInt32(r.ToPort), peer, aws.ToString(r.Description), tagTexts(r.Tags)))
		}
		tables := must[*ec2.DescribeRouteTablesOutput](s.t)(s.admin(account).DescribeRouteTables(s.t.Context(), &ec2.DescribeRouteTablesInput{}))
		for _, t := range tables.RouteTables {
			out = append(out, fmt.Sprint(aws.ToString(t.RouteTableId), s.routes(account, aws.ToString(t.RouteTableId))))
		}
		peerings := must[*ec2.DescribeVpcPeeringConnectionsOutput](s.t)(s.admin(account).DescribeVpcPeeringConnections(s.t.Context(), &ec2.DescribeVpcPeeringConnectionsInput{}))
		for _, p := range peerings.VpcPeeringConnections {
			for _, side := range []*ec2types.VpcPeeringConnectionVpcInfo{p.RequesterVpcInfo, p.AccepterVpcInfo} {
				if side.PeeringOptions != nil && aws.ToBool(side.PeeringOptions.AllowDnsResolutionFromRemoteVpc) {
					out = append(out, aws.ToString(p.VpcPeeringConnectionId)+" DNS "+aws.ToString(side.VpcId))
				}
			}
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

func tagTexts(tags []ec2types.Tag) []string {
	var out []string
	for _, t := range tags {
		if aws.ToString(t.Key) != change.ManagedTag { // the run that makes a rule anew gives it another value
			out = append(out, aws.ToString(t.Key)+"="+aws.ToString(t.Value))
		}
	}
	slices.Sort(out)
	return out
}

// lives are runs to undo: what was declared before, and what the run was for.
var lives = map[string]struct{ world, before, after string }{
	"rules and routes over a peering that were opened": {peered, "[]", "- {cluster: sessions, name: orders, source: 10.1.1.0/24, path: peering}"},
	"rules and routes that were closed":                {peered, "- {cluster: sessions, name: orders, source: 10.1.1.0/24, path: peering}", "[]"},
	"a rule that was exchanged":                        {sameVPC, "- {cluster: sessions, name: orders, source: sg-0a}", "- {cluster: sessions, name: orders, source: 10.0.9.0/24}"},
	"one rule of several":                              {sameVPC, rules(2), rules(3)},
}

func TestUndoReturnsTheNetworkToWhatItWasAndItStaysSo(t *testing.T) {
	for name, life := range lives {
		t.Run(name, func(t *testing.T) {
			s := start(t, life.world, policy("")+strings.TrimPrefix(life.before, "[]"))
			s.sweep()
			s.sweep()
			before := s.network()
			s.declare(policy("") + strings.TrimPrefix(life.after, "[]"))
			s.sweep()
			after := s.network()
			if before == after {
				t.Fatal("the run changed nothing")
			}
			s.undoRun(s.lastWriter(), 3*time.Hour)
			s.now = s.now.Add(time.Minute)
			told := toldOf(finding.ChangeRefused, s.sweep()...)
			if got := s.network(); got != before {
				t.Errorf("undone it is\n%s\nwant\n%s", got, before)
			}
			wantOneTold(t, told, "is undone until 2026-11-22T15:00:00Z", erin)
			s.now = s.now.Add(visible)
			s.settles()
			s.now = s.now.Add(time.Hour)
			s.settles()
			if again := toldOf(finding.ChangeRefused, s.sweep()...); len(again) > 0 {
				t.Errorf("told again: %v", again)
			}
			s.now = s.now.Add(3 * time.Hour) // the word ends: what is declared holds again
			wantOneTold(t, toldOf(finding.ChangeRefused, s.sweep()...), "RESOLVED")
			if got := s.network(); got != after {
				t.Errorf("once the word ended it is\n%s\nwant\n%s", got, after)
			}
		})
	}
}

const strangers = "10.0.77.0/24"

// foreign makes a rule by hand, with a description and a tag.
func (s *scenario) foreign() {
	s.t.Helper()
	must[*ec2.AuthorizeSecurityGroupIngressOutput](s.t)(s.admin(cacheAccount).AuthorizeSecurityGroupIngress(s.t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: aws.String("sg-0c"),
		IpPermissions: []ec2types.IpPermission{{
			IpProtocol: aws.String("tcp"), FromPort: aws.Int32(6379), ToPort: aws.Int32(6379),
			IpRanges: []ec2types.IpRange{{CidrIp: aws.String(strangers), Description: aws.String("the old lab")}},
		}},
		TagSpecifications: []ec2types.TagSpecification{{
			ResourceType: ec2types.ResourceTypeSecurityGroupRule, Tags: []ec2types.Tag{{Key: aws.String("team"), Value: aws.String("lab")}},
		}},
	}))
}

func TestAForeignRuleThatWasRevokedComesBackAsItsMakers(t *testing.T) {
	s := start(t, sameVPC, policy("")+orders)
	s.sweep()
	s.foreign()
	before := s.network()
	s.declare(policy(", undeclared: revoke") + orders)
	s.sweep()
	wantStrings(t, "rules once revoked", s.sources("sg-0c"), "sg-0a:6379")
	s.undoRun(s.lastWriter(), time.Hour)
	s.sweep()
	if got := s.network(); got != before {
		t.Errorf("undone it is\n%s\nwant\n%s", got, before)
	}
	for _, c := range s.claims() {
		if c.Peer.CIDR.IsValid() {
			t.Errorf("it is claimed: %+v", c)
		}
	}
	s.settles()
	s.now = s.now.Add(time.Hour)
	s.sweep()
	wantStrings(t, "rules once the word ended", s.sources("sg-0c"), "sg-0a:6379")
}

func TestWhatOthersChangedSinceStaysAndIsSaid(t *testing.T) {
	s := start(t, sameVPC, policy("")+rules(3))
	s.sweep()
	r := s.lastWriter()
	s.revokeFrom("10.0.50.0/24")
	u := s.undoneRun(r, time.Hour)
	report := must[reconcile.Report](t)(s.Runner.Preview(t.Context(), cacheUnit(), reconcile.Wake{Undo: &u}, time.Time{}))
	wantStrings(t, "what stays", report.Stayed, "the rule of sg-0c for TCP 6379 from 10.0.50.0/24: it is gone already, or no longer cachegate's")
	s.undoRun(r, time.Hour)
	s.sweep()
	wantStrings(t, "rules", s.sources("sg-0c"))

	s = start(t, sameVPC, policy("")+rules(2))
	s.sweep()
	s.declare(policy(""))
	s.sweep()
	r = s.lastWriter()
	s.allowCIDR("sg-0c", "10.0.50.0/24")
	u = s.undoneRun(r, time.Hour)
	report = must[reconcile.Report](t)(s.Runner.Preview(t.Context(), cacheUnit(), reconcile.Wake{Undo: &u}, time.Time{}))
	if len(report.Stayed) != 1 || !strings.Contains(report.Stayed[0], "10.0.50.0/24: it is there again, as sgr-") {
		t.Errorf("what stays is %v", report.Stayed)
	}
	s.undoRun(r, time.Hour)
	s.sweep()
	wantStrings(t, "rules", s.sources("sg-0c"), "10.0.50.0/24:6379", "10.0.51.0/24:6379")
}

func TestAnUndoIsDoneOnceAndWhatOthersDoAfterItStays(t *testing.T) {
	s := start(t, sameVPC, policy("")+rules(2))
	s.sweep()
	s.declare(policy(""))
	s.sweep()
	s.undoRun(s.lastWriter(), 24*time.Hour)
	s.sweep()
	wantStrings(t, "rules", s.sources("sg-0c"), "10.0.50.0/24:6379", "10.0.51.0/24:6379")
	s.revokeFrom("10.0.50.0/24")
	s.now = s.now.Add(time.Hour)
	s.sweep()
	wantStrings(t, "rules once somebody took one away", s.sources("sg-0c"), "10.0.51.0/24:6379")
}

func TestAnUndoThatIsEndedIsOver(t *testing.T) {
	s := start(t, sameVPC, policy("")+orders)
	s.sweep()
	r := s.lastWriter()
	s.undoRun(r, time.Hour)
	s.sweep()
	wantStrings(t, "rules", s.sources("sg-0c"))
	s.undoRun(r, 0)
	s.sweep()
	wantStrings(t, "rules once it ended", s.sources("sg-0c"), "sg-0a:6379")
	s.settles()
}

func TestAnUndoWritesNothingWhereNothingMayBeWritten(t *testing.T) {
	for _, mode := range []string{"observe", "off"} {
		s := start(t, sameVPC, policy("")+orders)
		s.sweep()
		s.undoRun(s.lastWriter(), time.Hour)
		s.declare("- {cluster: \"*\", name: \"*\", mode: " + mode + "}\n" + orders)
		mark := s.mark()
		s.sweep()
		if got := s.writesSince(mark); len(got) > 0 {
			t.Errorf("in mode %s it wrote %v", mode, got)
		}
	}
}

// What another unit needs at the same place is not taken away from it.
func TestAnUndoTakesNothingFromAnotherUnit(t *testing.T) {
	s := start(t, crossed, policy("")+"- {cluster: sessions, name: one, source: 10.1.1.0/24, path: peering}\n")
	s.sweep()
	r := s.lastWriter()
	s.declare(policy("") + "- {cluster: sessions, name: one, source: 10.1.1.0/24, path: peering}\n- {cluster: carts, name: two, source: 10.0.1.0/24, path: peering}\n")
	s.sweep()
	s.sweep()
	s.undoRun(r, time.Hour)
	s.now = s.now.Add(visible)
	s.sweep()
	s.run(cacheUnit())
	for _, standing := range must[[]reconcile.Report](t)(s.Sweep(t.Context())) {
		for _, j := range standing.After {
			if j.Intent.Name == "two" && !j.Satisfied {
				t.Errorf("the other unit's intent is %s: %v", j.State, failing(j))
			}
		}
	}
	wantStrings(t, "rules of sessions", s.sources("sg-0c"))
}

func TestAnUndoThatIsCutOffAtAnyCallIsFinishedLater(t *testing.T) {
	for name, life := range lives {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n := 0; ; n++ {
				s := start(t, life.world, policy("")+strings.TrimPrefix(life.before, "[]"))
				s.sweep()
				s.sweep()
				before := s.network()
				s.declare(policy("") + strings.TrimPrefix(life.after, "[]"))
				s.sweep()
				s.undoRun(s.lastWriter(), 24*time.Hour)
				s.now = s.now.Add(visible)
				wrote, died := s.crash(n)
				if !died {
					t.Logf("%d calls, each of them the last of a process", n)
					return
				}
				for range 3 {
					s.now = s.now.Add(visible)
					s.sweep()
				}
				if got := s.network(); got != before {
					t.Fatalf("cut off at call %d, after %v, it is\n%s\nwant\n%s", n, wrote, got, before)
				}
			}
		})
	}
}
