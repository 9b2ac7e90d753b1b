package plan_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/plan"
	"github.com/cachegate/cachegate/shared/resource"
)

var (
	here  = network.Location{Account: "111122223333", Region: "us-east-1"}
	there = network.Location{Account: "444455556666", Region: "us-east-1"}
	unit  = network.Unit{Location: here, VPC: "vpc-0c"}
	far   = network.Unit{Location: here, VPC: "vpc-0f"}
	noon  = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
)

const (
	sessions = "arn:aws:elasticache:us-east-1:111122223333:replicationgroup:sessions"
	carts    = "arn:aws:elasticache:us-east-1:111122223333:replicationgroup:carts"
)

// fixture is the input of a plan: one VPC 10.0.0.0/16 with the cluster sessions
// behind sg-0c, and vpc-0a (10.1.0.0/16) of another account over pcx-0a.
type fixture struct {
	t *testing.T
	*network.Snapshot
	intents    []intent.Intent
	invalid    []intent.Invalid
	policies   intent.Policies
	claims     []change.Claim
	otherUnits []plan.OtherUnit
	unread     map[change.Point]string
	contests   map[string]change.Contest
	now        time.Time
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	s := network.NewSnapshot(unit, noon)
	s.VPCs["vpc-0c"] = network.VPC{ID: "vpc-0c", Location: here, CIDRs: prefixes("10.0.0.0/16"), DNSSupport: network.On, DNSHostnames: network.On}
	s.VPCs["vpc-0a"] = network.VPC{ID: "vpc-0a", Location: there, CIDRs: prefixes("10.1.0.0/16"), DNSSupport: network.On, DNSHostnames: network.On}
	s.Subnets["subnet-0c"] = network.Subnet{ID: "subnet-0c", VPC: "vpc-0c", Location: here, CIDRs: prefixes("10.0.1.0/24")}
	s.Subnets["subnet-0a"] = network.Subnet{ID: "subnet-0a", VPC: "vpc-0c", Location: here, CIDRs: prefixes("10.0.2.0/24")}
	s.Subnets["subnet-0b"] = network.Subnet{ID: "subnet-0b", VPC: "vpc-0a", Location: there, CIDRs: prefixes("10.1.1.0/24")}
	s.RouteTables["rtb-0c"] = network.RouteTable{ID: "rtb-0c", VPC: "vpc-0c", Location: here, Main: true, Routes: []network.Route{{
		Destination: netip.MustParsePrefix("10.0.0.0/16"), Target: network.Target{Kind: network.TargetLocal}, State: network.RouteActive, Origin: "CreateRouteTable",
	}}}
	s.RouteTables["rtb-0a"] = network.RouteTable{ID: "rtb-0a", VPC: "vpc-0a", Location: there, Main: true}
	for id, vpc := range map[string]string{"sg-0c": "vpc-0c", "sg-0d": "vpc-0c", "sg-0a": "vpc-0c", "sg-0e": "vpc-0c"} {
		s.SecurityGroups[id] = network.SecurityGroup{ID: id, VPC: vpc, Location: here, Rules: anywhere(id)}
	}
	s.SecurityGroups["sg-0b"] = network.SecurityGroup{ID: "sg-0b", VPC: "vpc-0a", Location: there, Rules: anywhere("sg-0b")}
	s.PeeringConnections["pcx-0a"] = network.PeeringConnection{
		ID: "pcx-0a", Status: network.PeeringActive,
		Requester: network.PeeringSide{Location: here, VPC: "vpc-0c", CIDRs: prefixes("10.0.0.0/16"), DNSFromRemote: network.Off},
		Accepter:  network.PeeringSide{Location: there, VPC: "vpc-0a", CIDRs: prefixes("10.1.0.0/16")},
	}
	f := &fixture{t: t, Snapshot: s, now: noon, policies: intent.Policies{}, unread: map[change.Point]string{}, contests: map[string]change.Contest{}}
	f.cluster(sessions, "sg-0c")
	f.policy(intent.Everything, func(*intent.Policy) {})
	return f
}

// anywhere lets a group's members out.
func anywhere(group string) []network.Rule {
	return []network.Rule{{
		ID: "sgr-out-" + group, SecurityGroup: group, Egress: true, Protocol: network.AllProtocols, FromPort: -1, ToPort: -1,
		Peer: network.Peer{CIDR: netip.MustParsePrefix("0.0.0.0/0")},
	}}
}

func addresses(texts ...string) []netip.Addr {
	var out []netip.Addr
	for _, t := range texts {
		out = append(out, netip.MustParseAddr(t))
	}
	return out
}

func prefixes(texts ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, t := range texts {
		out = append(out, netip.MustParsePrefix(t))
	}
	return out
}

// cluster puts a cluster behind groups.
func (f *fixture) cluster(arn string, groups ...string) {
	c := network.Cluster{
		ARN: arn, Name: intent.ShortName(arn), Kind: resource.ReplicationGroup, Location: here, Engine: "valkey", Status: "available", VPC: "vpc-0c",
		Subnets: []string{"subnet-0c"}, Ports: []uint16{6379}, NetworkType: network.IPv4,
	}
	for _, g := range groups {
		c.SecurityGroups = append(c.SecurityGroups, network.Membership{SecurityGroup: g, Status: "active"})
	}
	f.Clusters[arn] = c
}

// policy sets a policy; what is not changed is enforce and the defaults.
func (f *fixture) policy(target string, change func(*intent.Policy)) {
	p := intent.DefaultPolicy()
	p.Target, p.Mode = target, intent.Enforce
	change(&p)
	p.Explicit = intent.Attributes(0xffff)
	f.policies[target] = p
}

func sources(texts ...string) []intent.Source {
	var out []intent.Source
	for _, text := range texts {
		s, err := intent.ParseSource(text)
		if err != nil {
			panic(err) // a mistake of the test itself
		}
		out = append(out, s)
	}
	return out
}

func peerOf(text string) network.Peer {
	s := sources(text)[0]
	switch s.Kind {
	case intent.CIDR:
		return network.Peer{CIDR: s.Prefix}
	case intent.PrefixList:
		return network.Peer{PrefixList: s.ID}
	default:
		return network.Peer{SecurityGroup: s.ID, Account: s.Account}
	}
}

// declare adds an open intent for sessions.
func (f *fixture) declare(name string, from ...string) *intent.Intent {
	f.intents = append(f.intents, intent.Intent{Cluster: sessions, Name: name, Access: intent.Open, Sources: sources(from...)})
	return &f.intents[len(f.intents)-1]
}

func (f *fixture) forbid(name string, from ...string) *intent.Intent {
	i := f.declare(name, from...)
	i.Access = intent.Closed
	return i
}

// malform adds an intent that cannot be understood.
func (f *fixture) malform(name string) *intent.Invalid {
	f.invalid = append(f.invalid, intent.Invalid{Key: intent.Key{Cluster: sessions, Name: name}, Problems: []intent.Problem{{Field: "sources", Message: "is missing"}}})
	return &f.invalid[len(f.invalid)-1]
}

// rule adds a rule on 6379 by hand.
func (f *fixture) rule(group, id, from string) network.Rule {
	return f.wide(group, network.Rule{ID: id, Protocol: network.TCP, FromPort: 6379, ToPort: 6379, Peer: peerOf(from)})
}

func (f *fixture) wide(group string, r network.Rule) network.Rule {
	g := f.SecurityGroups[group]
	r.SecurityGroup = group
	g.Rules = append(slices.Clone(g.Rules), r)
	f.SecurityGroups[group] = g
	return r
}

func (f *fixture) route(table, destination, target string) {
	t := f.RouteTables[table]
	t.Routes = append(slices.Clone(t.Routes), network.Route{
		Destination: netip.MustParsePrefix(destination), Target: network.TargetOf(target), State: network.RouteActive, Origin: network.OriginCreateRoute,
	})
	f.RouteTables[table] = t
}

func held(u network.Unit, name string) change.Holder {
	return change.Holder{Unit: u, Intent: intent.Key{Cluster: sessions, Name: name}}
}

func ruleReq(group, from string) change.Requirement {
	return change.Requirement{Kind: change.Rule, Location: here, Resource: group, Port: 6379, Peer: peerOf(from)}
}

func routeReq(table, destination, target string) change.Requirement {
	at := here
	if table == "rtb-0a" {
		at = there
	}
	return change.Requirement{Kind: change.Route, Location: at, Resource: table, Destination: netip.MustParsePrefix(destination), Target: network.TargetOf(target)}
}

// claimed says that a rule or route is cachegate's, held by intents of the unit.
func (f *fixture) claimed(req change.Requirement, ruleID string, names ...string) *change.Claim {
	c := change.Claim{Requirement: req, Status: change.Standing, RuleID: ruleID, Tag: "test/0a", Created: noon.Add(-time.Hour)}
	for _, n := range names {
		c.Holders = append(c.Holders, held(unit, n))
	}
	f.claims = append(f.claims, c)
	return &f.claims[len(f.claims)-1]
}

// owned adds a rule and its claim.
func (f *fixture) owned(group, id, from string, names ...string) *change.Claim {
	f.rule(group, id, from)
	return f.claimed(ruleReq(group, from), id, names...)
}

// fail says that a kind of resource cannot be read.
func (f *fixture) fail(at network.Location, kind network.Kind, resource string) {
	f.Failures = append(f.Failures, network.Failure{Location: at, Kind: kind, Resource: resource, Operation: "ec2:Describe", Code: "UnauthorizedOperation"})
}

// input is what the plan is made from.
func (f *fixture) input() plan.Input {
	f.DependencyKeys = nil
	for id := range f.SecurityGroups {
		f.DependencyKeys = append(f.DependencyKeys, id)
	}
	for id := range f.RouteTables {
		f.DependencyKeys = append(f.DependencyKeys, id)
	}
	for id := range f.PeeringConnections {
		f.DependencyKeys = append(f.DependencyKeys, id)
	}
	for _, c := range f.claims {
		f.DependencyKeys = append(f.DependencyKeys, c.Resource)
	}
	slices.Sort(f.DependencyKeys)
	ix := access.NewIndex(f.Snapshot)
	ours := map[change.Requirement]bool{}
	for _, c := range f.claims {
		ours[c.Requirement] = true
	}
	in := plan.Input{
		Now: f.now, Unit: unit, Index: ix, Invalid: f.invalid, Policies: f.policies, Claims: f.claims, OtherUnits: f.otherUnits, Unread: f.unread, Contests: f.contests,
	}
	for _, i := range f.intents {
		j := ix.Judge(access.Declared{Intent: i, Policy: f.policies.For(i.Cluster), Own: func(r change.Requirement) bool { return ours[r] }})
		switch {
		case i.Live(f.now):
			in.Judgements = append(in.Judgements, j)
		case !i.ExpiresAt.IsZero() && !f.now.Before(i.ExpiresAt):
			in.Ended = append(in.Ended, j)
		}
	}
	return in
}

func (f *fixture) make() plan.Plan { return plan.Make(f.input()) }

// lines are the changes of a plan, in order, as "+ sg-0c 10.1.0.0/16", with the
// outcome where there is one.
func lines(p plan.Plan) []string {
	var out []string
	for _, c := range p.Changes {
		sign := "-"
		if c.Opens() {
			sign = "+"
		}
		text := fmt.Sprintf("%s %s %s", sign, c.Resource, what(c))
		if c.Outcome != "" {
			text += " " + string(c.Outcome)
		}
		out = append(out, text)
	}
	return out
}

func what(c change.Change) string {
	switch c.Kind {
	case change.Rule:
		return c.Peer.String()
	case change.Route:
		text := c.Destination.String() + ">" + c.Target.ID
		if c.Action == change.ReplaceRoute {
			text += " for " + c.Previous.Target.ID
		}
		return text
	case change.PeeringDNS:
		return "dns " + c.VPC
	default:
		return c.Target.ID
	}
}

func (f *fixture) wantChanges(p plan.Plan, want ...string) {
	f.t.Helper()
	if got := lines(p); !slices.Equal(got, want) {
		f.t.Errorf("the changes are\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
		for _, c := range p.Changes {
			if c.Why != "" {
				f.t.Logf("%s: %s", c.Text(), c.Why)
			}
		}
	}
}

// wantFindings wants exactly these kinds, sorted, each as often as it is named.
func (f *fixture) wantFindings(p plan.Plan, want ...finding.Kind) {
	f.t.Helper()
	var got []finding.Kind
	for _, x := range p.Findings {
		got = append(got, x.Kind)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		f.t.Errorf("the findings are %v, want %v", got, want)
	}
}

// update gives the update of a requirement's claim; ok is false where there is none.
func update(p plan.Plan, req change.Requirement) (change.ClaimUpdate, bool) {
	for _, u := range p.Updates {
		if u.Claim.Requirement == req {
			return u, true
		}
	}
	return change.ClaimUpdate{}, false
}

func findingOf(p plan.Plan, kind finding.Kind) finding.Finding {
	for _, x := range p.Findings {
		if x.Kind == kind {
			return x
		}
	}
	return finding.Finding{}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}
