package system

import (
	"slices"
	"strings"
	"time"
)

// span is an intent as it was declared for a while.
type span struct {
	Intent
	since, until time.Duration // until is zero while it lasts
}

// rule is the policy as it was for a while.
type ruling struct {
	Policy
	since, until time.Duration
}

// membership is a group that a cluster had for a while.
type membership struct {
	group        string
	since, until time.Duration
}

func lasted(since, until, from, to time.Duration) bool {
	return since <= to && (until == 0 || until >= from)
}

// declared notes that an intent came, or took the place of the one with its name.
func (s *System) declared(i Intent) {
	s.withdrawn(i)
	s.spans = append(s.spans, span{Intent: i, since: s.elapsed()})
	s.turned()
}

// withdrawn notes that an intent is no longer declared.
func (s *System) withdrawn(i Intent) {
	for n := range s.spans {
		if s.spans[n].key() == i.key() && s.spans[n].until == 0 {
			s.spans[n].until = max(s.elapsed(), 1)
		}
	}
	s.turned()
}

// standing are the intents that are declared now.
func (s *System) standing() []Intent {
	var out []Intent
	for _, d := range s.spans {
		if d.until == 0 {
			out = append(out, d.Intent)
		}
	}
	slices.SortFunc(out, func(a, b Intent) int { return strings.Compare(a.key(), b.key()) })
	return out
}

func (s *System) changedPolicy(p Policy) {
	for n := range s.rulings {
		if s.rulings[n].until == 0 {
			s.rulings[n].until = max(s.elapsed(), 1)
		}
	}
	s.policy = p
	s.rulings = append(s.rulings, ruling{Policy: p, since: s.elapsed()})
	s.turned()
}

// wrongClock is by how much a clock may be wrong: what begins or ends does so earlier or
// later by as much.
const wrongClock = 5 * time.Second

// counted gives the intents that counted at some moment between two times.
func (s *System) countedBetween(from, to time.Duration) []Intent {
	var out []Intent
	for _, d := range s.spans {
		if d.Wrong || !lasted(d.since, d.until, from, to) {
			continue
		}
		if to >= d.From-wrongClock && (d.Until == 0 || from < d.Until+wrongClock) {
			out = append(out, d.Intent)
		}
	}
	return out
}

// live gives the open intents that count all the time between two times, whatever clock
// one looks at.
func (s *System) liveSince(from time.Duration) []Intent {
	now := s.elapsed()
	var out []Intent
	for _, d := range s.spans {
		if d.Closed || d.Wrong || d.until != 0 || d.since > from || s.gone[d.Cluster] {
			continue
		}
		if from >= d.From+wrongClock && (d.Until == 0 || now+wrongClock < d.Until) {
			out = append(out, d.Intent)
		}
	}
	return out
}

// ruled says whether the policy was so at some moment between two times.
func (s *System) ruled(from, to time.Duration, is func(Policy) bool) bool {
	return slices.ContainsFunc(s.rulings, func(r ruling) bool { return lasted(r.since, r.until, from, to) && is(r.Policy) })
}

// had says whether a cluster had a group at some moment between two times.
func (s *System) had(cluster, group string, from, to time.Duration) bool {
	return slices.ContainsFunc(s.members[cluster], func(m membership) bool { return m.group == group && lasted(m.since, m.until, from, to) })
}

// guards gives the clusters that have a group now.
func (s *System) guards(group string) []string {
	var out []string
	for _, c := range s.history.Clusters {
		now := s.elapsed()
		if !s.gone[c.Name] && slices.ContainsFunc(s.members[c.Name], func(m membership) bool { return m.group == group && m.until == 0 && m.since <= now }) {
			out = append(out, c.Name)
		}
	}
	return out
}

// moved notes that a cluster has other groups.
func (s *System) moved(cluster string, groups ...string) {
	for n := range s.members[cluster] {
		if m := &s.members[cluster][n]; m.until == 0 {
			m.until = max(s.elapsed(), 1)
		}
	}
	for _, g := range groups {
		s.members[cluster] = append(s.members[cluster], membership{group: g, since: s.elapsed()})
	}
	s.turned()
}

// holdsPeer says whether a rule for a peer is what a source asks for.
func holdsPeer(source, peer string) bool {
	_, id, qualified := strings.Cut(peer, "/")
	if qualified && strings.HasPrefix(id, "sg-") {
		peer = id
	}
	return source == peer
}

// sourceAt gives the VPC that holds a source.
func (s Shape) sourceAt(source string) (place, bool) {
	if p, ok := s.placeOf(source); ok {
		return p, true
	}
	for _, p := range s.places() {
		if strings.HasPrefix(source, strings.TrimSuffix(p.block(), "0.0/16")) {
			return p, true
		}
	}
	return place{}, false
}

// asksForRule says whether an open intent asks for a rule of a group at some moment
// between two times.
func (s *System) asksForRule(i Intent, group, peer string, at int32, from, to time.Duration) bool {
	c, _ := s.history.cluster(i.Cluster)
	ports := []int32{port}
	if c.Serverless {
		ports = append(ports, port+1)
	}
	return !i.Closed && s.had(i.Cluster, group, from, to) && holdsPeer(i.Source, peer) && slices.Contains(ports, at)
}

// asksForRoute says whether an open intent asks for a route.
func (s *System) asksForRoute(i Intent, r ownRoute, target string) bool {
	c, _ := s.history.cluster(i.Cluster)
	cache, _ := s.history.Shape.placeOf(c.VPC)
	far, ok := s.history.Shape.sourceAt(i.Source)
	if !ok || i.Closed || far.id == cache.id {
		return false
	}
	l, ok := s.history.Shape.between(cache.id, far.id)
	return ok && l.id == target && (r.table == cache.table() && r.to == far.block() || r.table == far.table() && r.to == cache.block())
}

// began notes that an intent begins or ends.
func (s *System) began() {
	if slices.ContainsFunc(s.processes, func(p *process) bool { return p.working() }) {
		s.struck(EndedInRun)
	}
	s.turned()
	s.look(prompt)
}

// nowhere says whether no path leads to the source of an intent, or none that a rule for
// it can be made for, so that nobody knows what it needs: it keeps what it has, also what
// an earlier source of it needed.
func (s *System) nowhere(i Intent) bool {
	c, _ := s.history.cluster(i.Cluster)
	far, ok := s.history.Shape.sourceAt(i.Source)
	if !ok || far.id == c.VPC {
		return !ok
	}
	l, joined := s.history.Shape.between(c.VPC, far.id)
	return !joined || l.id == gatewayID && strings.HasPrefix(i.Source, "sg-")
}
