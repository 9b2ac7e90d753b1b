package system

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/test/oracle"
)

// judge is what a history is judged by: what was declared when, what cachegate made, as
// the network shows it, and what people heard.
type judge struct {
	telling  bool
	calmFrom time.Duration

	policy  Policy
	rulings []ruling
	spans   []span
	members map[string][]membership
	gone    map[string]bool
	// turns are when something that is declared began or ended.
	rules  map[string]*ownRule
	routes map[ownRoute]*ownTarget
	byHand map[ownRoute]bool
	// contested counts how often others undid what cachegate made.
	contested map[string]int
	// opened is when the same was opened.
	opened map[string][]time.Duration
	writes []written
	people map[string]*heardOf
	// leases are who took a unit when.
	leases   map[network.Unit][]taken
	lastTold time.Duration
	// lastForeign is when others changed the network last; before they did, long ago.
	lastForeign time.Duration
}

// ownRule is a rule that cachegate made, ownTarget where a route of cachegate's leads.
type ownRule struct {
	group, content, peer string
	port                 int32
	need
}

type ownRoute struct{ table, to string }

type ownTarget struct {
	target string
	need
}

// taken is a lease of a unit that a process took.
type taken struct {
	by *process
	at time.Duration
}

// leased notes that a process has a unit from now on.
func (s *System) leased(u network.Unit, p *process) {
	s.leases[u] = append(s.leases[u], taken{p, s.elapsed()})
}

// fenced holds that whoever lost a unit writes nothing more: EC2 cannot refuse a write for
// it, so that what counts is whether somebody else had the unit when it was asked last.
func (s *System) fenced(p *process, from time.Duration) {
	for _, l := range s.leases[p.unit] {
		if l.by != p && l.at > p.since && l.at < from {
			s.violate("7", "%s writes in a unit that %s took before it asked last", p.name, l.by.name)
			return
		}
	}
}

// need is since when nothing needs a rule or a route any more; zero while something does.
type need struct{ unneeded time.Duration }

// written is a write of cachegate's.
type written struct {
	unit             network.Unit
	action, resource string
	at               time.Duration
	by               string
}

// Tally sums up what a history did.
type Tally struct {
	Runs, Writes, Closes int
	// Foreign counts rules and routes of others that were touched.
	Foreign int
	// Lost is how long declared access was away through cachegate, Raced how long it was
	// where it was declared in the moment before a close.
	Lost, Raced time.Duration
	// Ended is how long each rule and route stood on that nothing needed any more.
	Ended []time.Duration
}

func newJudge() judge {
	return judge{
		members: map[string][]membership{}, gone: map[string]bool{}, rules: map[string]*ownRule{}, routes: map[ownRoute]*ownTarget{},
		byHand: map[ownRoute]bool{}, contested: map[string]int{}, people: map[string]*heardOf{}, leases: map[network.Unit][]taken{}, opened: map[string][]time.Duration{}, lastForeign: -24 * time.Hour,
	}
}

// watched lets a call have its effect, and judges it where it changes the network.
func (s *System) watched(p *process, c call, b blow, effect func() (any, error)) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.losing = b.after
	if !c.writes() || s.over {
		return effect()
	}
	from := s.leaningFrom(p)
	working := s.workingBefore(c, from)
	s.journaled(p, c)
	s.fenced(p, from+intentsFresh+wrongClock)
	before := len(s.sim.Writes())
	pre := s.removedRules(c)
	out, err := effect()
	writes := s.sim.Writes()
	if len(writes) > before {
		s.outcome.Tally.Writes++
		s.circumstances(p)
		s.tell("%s: %s %s", p.name, c.name, describeInput(c.input))
		s.judgeWrite(p, writes[len(writes)-1], pre, from)
		s.stillWorking(p, working)
	}
	s.took()
	return out, err
}

// circumstances counts what went on while cachegate wrote.
func (s *System) circumstances(p *process) {
	if s.lagging {
		s.struck(Lags)
	}
	p.wrote++
	if slices.ContainsFunc(s.processes, func(o *process) bool { return o != p && o.unit.VPC != "" && o.working() }) {
		s.struck(TwoRunsAtOnce)
	}
}

// leaningFrom is since when what a write leans on may have been read.
func (s *System) leaningFrom(p *process) time.Duration {
	return p.leaning().Sub(s.start) - intentsFresh - wrongClock
}

// takes says whether a call takes something away.
func takes(c call) bool {
	_, operation, _ := strings.Cut(c.name, ":")
	return strings.HasPrefix(operation, "Revoke") || strings.HasPrefix(operation, "Delete") || strings.HasPrefix(operation, "Replace") || strings.HasPrefix(operation, "Disable")
}

func (s *System) read() *oracle.Network {
	n, err := oracle.Read(s.ctx, s.sim)
	if err != nil {
		panic(fmt.Errorf("the oracle cannot read: %w", err))
	}
	return n
}

func (s *System) ask(i Intent) oracle.Ask {
	return oracle.Ask{Cluster: s.history.arn(i.Cluster), Sources: []string{s.source(i.Source)}, Path: i.Path}
}

// works says whether all connections of an intent are established.
func (s *System) works(n *oracle.Network, i Intent) bool {
	a := s.ask(i)
	pairs, ok := n.Pairs(a, oracle.Present)
	return ok && len(pairs) > 0 && len(n.Working(a, pairs)) == len(pairs)
}

// workingBefore gives the intents that work before something is taken away and that
// whoever takes it must know of.
func (s *System) workingBefore(c call, from time.Duration) []Intent {
	if !takes(c) {
		return nil
	}
	n := s.read()
	return slices.DeleteFunc(s.liveSince(from), func(i Intent) bool { return !s.works(n, i) })
}

// stillWorking holds promise 4: no declared access is lost through cachegate.
func (s *System) stillWorking(p *process, before []Intent) {
	if len(before) == 0 {
		return
	}
	n := s.read()
	for _, i := range before {
		if !s.works(n, i) {
			s.outcome.Tally.Lost += time.Second
			s.violate("4", "a write of %s takes the access of a live intent away: %s from %s", p.name, i.key(), i.Source)
		}
	}
}

// journaled holds promise 7: a write is on record before it is made, and what it opens
// is claimed.
func (s *System) journaled(p *process, c call) {
	_, operation, _ := strings.Cut(c.name, ":")
	resource := oracle.ResourceOf(c.input)
	begun, err := s.ledger.Begun(s.ctx, p.unit)
	planned := slices.ContainsFunc(begun, func(r ledgerRun) bool {
		return slices.ContainsFunc(r.Changes, func(c change.Change) bool { return string(c.Action) == operation && c.Resource == resource })
	})
	if err != nil || !planned {
		s.violate("7", "a write is not on record before it is made: %s of %s by %s", operation, resource, p.name)
	}
	if !takes(c) && !s.claimed(c) {
		s.violate("7", "a write is not claimed before it is made: %s of %s by %s", operation, resource, p.name)
	}
}

// claimed says whether all that a call opens is claimed.
func (s *System) claimed(c call) bool {
	claims, err := s.ledger.Claims(s.ctx, network.Unit{}, []change.Point{{Location: c.at, ID: oracle.ResourceOf(c.input)}})
	if err != nil {
		return false
	}
	has := func(is func(change.Claim) bool) bool { return slices.ContainsFunc(claims, is) }
	switch in := c.input.(type) {
	case *ec2.AuthorizeSecurityGroupIngressInput:
		for _, w := range oracle.AskedRules(in) {
			if !has(func(c change.Claim) bool {
				return c.Kind == change.Rule && int32(c.Port) == w.From && (c.Peer.SecurityGroup == w.Peer || c.Peer.CIDR.String() == w.Peer)
			}) {
				return false
			}
		}
	case *ec2.CreateRouteInput:
		return has(func(c change.Claim) bool {
			return c.Kind == change.Route && c.Destination.String() == aws.ToString(in.DestinationCidrBlock)
		})
	}
	return true
}

// judgeWrite holds promises 2, 3, 8 and 11 against one write.
func (s *System) judgeWrite(p *process, w awssim.Write, pre []ec2types.SecurityGroupRule, from time.Duration) {
	_, operation, _ := strings.Cut(w.Operation, ":")
	s.writes = append(s.writes, written{unit: p.unit, action: operation, resource: oracle.ResourceOf(w.Input), at: s.elapsed(), by: p.name})
	now := s.elapsed()
	if !s.ruled(from, now, func(r Policy) bool { return r.Mode == "enforce" }) {
		s.violate("8", "a write in mode %s: %s", s.policy.Mode, w.Operation)
	}
	switch in := w.Input.(type) {
	case *ec2.AuthorizeSecurityGroupIngressInput:
		for _, a := range oracle.AskedRules(in) {
			s.judgeNewRule(aws.ToString(in.GroupId), a, from)
			s.patient(fmt.Sprintf("%s from %s on %d", aws.ToString(in.GroupId), a.Peer, a.From))
		}
		s.ownRules(w)
	case *ec2.RevokeSecurityGroupIngressInput:
		if len(in.IpPermissions) > 0 {
			s.violate("3", "rules are revoked by what they are, not by their ids")
		}
		for _, r := range pre {
			s.judgeGoneRule(p, r, from)
		}
		s.bounded(p, len(pre), from)
	case *ec2.CreateRouteInput:
		r, target := ownRoute{aws.ToString(in.RouteTableId), aws.ToString(in.DestinationCidrBlock)}, aws.ToString(in.VpcPeeringConnectionId)+aws.ToString(in.TransitGatewayId)
		s.judgeNewRoute(r, target, from)
		s.patient(r.to + " of " + r.table)
		s.routes[r] = &ownTarget{target: target}
	case *ec2.DeleteRouteInput:
		s.judgeGoneRoute(p, ownRoute{aws.ToString(in.RouteTableId), aws.ToString(in.DestinationCidrBlock)})
		s.bounded(p, 1, from)
	case *ec2.ModifyVpcPeeringConnectionOptionsInput:
	default:
		s.violate("3", "%s is none of the writes that cachegate may make here", w.Operation)
	}
	s.turned()
}

// judgeNewRule holds promise 2: nothing is opened that no open, valid intent asks for.
func (s *System) judgeNewRule(group string, a oracle.AskedRule, from time.Duration) {
	now := s.elapsed()
	if a.Protocol != "tcp" || a.From != a.To {
		s.violate("2", "a rule for %s %d-%d of %s is opened: no intent asks for more than one TCP port", a.Protocol, a.From, a.To, group)
		return
	}
	asks := func(i Intent) bool { return s.asksForRule(i, group, a.Peer, a.From, from, now) }
	if !slices.ContainsFunc(s.countedBetween(from, now), asks) {
		s.violate("2", "a rule is opened and no live intent asks for it: %s from %s on %d", group, a.Peer, a.From)
	}
	others := map[string]bool{}
	for _, c := range s.history.Clusters {
		if s.had(c.Name, group, now, now) && !s.gone[c.Name] {
			others[c.Name] = true
		}
	}
	if len(others) > 1 && !s.ruled(from, now, func(p Policy) bool { return p.Shared == "allow" }) && !s.movedSince(from) {
		s.violate("2", "a rule of %s is opened, which guards several clusters, and the policy refuses that", group)
	}
}

// mostAnHour is how often the same may be opened within an hour: contested three times,
// it is opened with growing pauses, the first of which is a quarter of an hour.
const mostAnHour = 6

// patient holds promise 6: against another tool that undoes its work, cachegate backs off.
func (s *System) patient(what string) {
	now := s.elapsed()
	s.opened[what] = append(slices.DeleteFunc(s.opened[what], func(at time.Duration) bool { return at < now-time.Hour }), now)
	// What was opened and not answered does not count for cachegate.
	if len(s.opened[what]) > mostAnHour+s.outcome.Struck[FailsAfter]+s.outcome.Struck[StopsAfter] {
		s.violate("6", "it does not back off: the same is opened %d times within an hour: %s", len(s.opened[what]), what)
	}
}

// movedSince says whether a cluster got other groups since a time.
func (s *System) movedSince(from time.Duration) bool {
	for _, all := range s.members {
		if slices.ContainsFunc(all, func(m membership) bool { return m.since > from && m.since > 0 }) {
			return true
		}
	}
	return false
}

func (s *System) judgeNewRoute(r ownRoute, target string, from time.Duration) {
	asks := func(i Intent) bool { return s.asksForRoute(i, r, target) }
	if !slices.ContainsFunc(s.countedBetween(from, s.elapsed()), asks) {
		s.violate("2", "a route is made and no live intent asks for it: %s of %s to %s", r.to, r.table, target)
	}
}

// removedRules gives the rules that a call revokes, as they are before it.
func (s *System) removedRules(c call) []ec2types.SecurityGroupRule {
	in, ok := c.input.(*ec2.RevokeSecurityGroupIngressInput)
	if !ok {
		return nil
	}
	return slices.DeleteFunc(s.ingress(aws.ToString(in.GroupId), nil), func(r ec2types.SecurityGroupRule) bool {
		return !slices.Contains(in.SecurityGroupRuleIds, aws.ToString(r.SecurityGroupRuleId))
	})
}

// judgeGoneRule holds promise 3: nothing is removed that cachegate did not put there,
// unless a declaration says so.
func (s *System) judgeGoneRule(p *process, r ec2types.SecurityGroupRule, from time.Duration) {
	s.outcome.Tally.Closes++
	id, group := aws.ToString(r.SecurityGroupRuleId), aws.ToString(r.GroupId)
	if s.owns(r) {
		s.ended(s.rules[id].need)
		delete(s.rules, id)
		return
	}
	delete(s.rules, id)
	now := s.elapsed()
	closed := func(i Intent) bool {
		return i.Closed && s.had(i.Cluster, group, from, now) && holdsPeer(i.Source, peerOf(r))
	}
	if slices.ContainsFunc(s.countedBetween(from, now), closed) || s.ruled(from, now, func(p Policy) bool { return p.Undeclared == "revoke" }) {
		return
	}
	s.outcome.Tally.Foreign++
	s.violate("3", "a rule that is not cachegate's is revoked by %s: %s of %s (%s)", p.name, id, group, contentOf(r))
}

func (s *System) judgeGoneRoute(p *process, r ownRoute) {
	s.outcome.Tally.Closes++
	own, ok := s.routes[r]
	if !ok {
		s.outcome.Tally.Foreign++
		s.violate("3", "a route that is not cachegate's is deleted by %s: %s of %s", p.name, r.to, r.table)
		return
	}
	s.ended(own.need)
	delete(s.routes, r)
}

// ended notes how long something stood that nothing needed any more.
func (s *System) ended(n need) {
	if n.unneeded > 0 {
		s.outcome.Tally.Ended = append(s.outcome.Tally.Ended, s.elapsed()-n.unneeded)
	}
}

// defaultCloses is the policy's default.
const defaultCloses = 20

// bounded holds promise 11: what one run takes away is bounded.
func (s *System) bounded(p *process, closes int, from time.Duration) {
	p.closes += closes
	within := func(r Policy) bool {
		return p.closes <= max(r.MaxCloses, 0) || r.MaxCloses == 0 && p.closes <= defaultCloses
	}
	if !s.ruled(from-2*time.Minute, s.elapsed(), within) {
		s.violate("11", "one run takes more away than the policy allows: %d by %s", p.closes, p.name)
	}
}
