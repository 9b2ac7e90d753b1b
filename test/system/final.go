package system

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/test/oracle"
)

type ledgerRun = ledger.Run

// heardOf is what people heard of a finding last.
type heardOf struct {
	told
	open   bool
	faults int
}

// faults counts all that struck so far.
func (s *System) faults() int {
	n := 0
	for _, times := range s.outcome.Struck {
		n += times
	}
	return n
}

// judgeTold holds promise 10: a finding is opened once, changes while it is open, and is
// resolved once. What was said is said again only where its answer or its record was lost.
func (s *System) judgeTold(t told, lost bool) {
	s.lastTold = t.at
	if t.kind == string(finding.UnitFirstSeen) {
		s.heardAll(t, lost)
		return
	}
	before := s.people[t.id]
	if before == nil {
		before = &heardOf{}
	}
	again := before.status == t.status && before.title == t.title && before.text == t.text && before.severity == t.severity
	switch {
	case again && (t.status == "OPENED" || t.status == "CHANGED") && before.faults == s.faults():
		s.violate("10", "people hear the same again: %s %s: %s", t.status, t.kind, t.title)
	case again:
	case t.status == "OPENED" && before.open:
		s.violate("10", "a finding is opened that is open: %s: %s", t.kind, t.title)
	case t.status == "RESOLVED" && !before.open && before.faults == s.faults():
		s.violate("10", "a finding is resolved that nobody heard of: %s: %s", t.kind, t.title)
	case t.status == "CHANGED" && !before.open:
		s.violate("10", "a finding changes that is not open: %s: %s", t.kind, t.title)
	}
	faults := s.faults()
	if lost { // whoever sent it does not know that it came, and sends it again
		faults--
	}
	s.falseAlarm(t)
	s.people[t.id] = &heardOf{told: t, open: t.status == "OPENED" || t.status == "CHANGED", faults: faults}
	if t.kind == "claim-changed" {
		s.givenUp(t)
	}
}

// heardAll notes that one message told of all that is open in a unit.
func (s *System) heardAll(t told, lost bool) {
	if before := s.people[t.id]; before != nil && before.faults == s.faults() {
		s.violate("10", "people hear a second time that a unit is new: %s", t.title)
	}
	faults := s.faults()
	if lost {
		faults--
	}
	s.people[t.id] = &heardOf{told: t, faults: faults}
	_, name, _ := strings.Cut(t.id, "|")
	unit, err := network.ParseUnit(name)
	if err != nil {
		s.violate("error", "the message of a new unit names %q: %v", name, err)
		return
	}
	live, _ := s.ledger.Findings(context.Background(), unit) // it never fails
	for _, f := range live {
		one := told{at: t.at, id: f.ID, status: string(finding.Opened), kind: string(f.Kind), title: f.Title, severity: string(f.Severity)}
		s.people[f.ID] = &heardOf{told: one, open: true, faults: faults}
	}
}

// justNow is how long ago the access may have come back that people are told is missing.
const justNow = 15 * time.Second

// falseAlarm holds that people are not told that access is missing which is there: what a
// run wrote and EC2 does not show at once is looked for again.
func (s *System) falseAlarm(t told) {
	if t.kind != "access-missing" || t.status != "OPENED" || len(s.writes) == 0 {
		return
	}
	for _, kind := range machineKinds() {
		if s.outcome.Struck[kind] > 0 && kind != Lags {
			return
		}
	}
	for _, w := range s.writes {
		if w.at > s.elapsed()-justNow && w.by != t.life {
			return // somebody else opened it meanwhile
		}
	}
	for _, i := range s.liveSince(s.elapsed() - time.Minute) {
		if t.intent == i.Name && t.cluster == i.Cluster && s.lastForeign < s.elapsed()-time.Minute && s.works(s.read(), i) {
			s.violate("10", "people are told that access is missing, and it is there: %s from %s", i.key(), i.Source)
		}
	}
}

// givenUp takes a route for cachegate's no longer of which people heard that cachegate
// leaves it alone: a route carries no tag, so that nobody can tell who made one whose
// record was cut off.
func (s *System) givenUp(t told) {
	for at := range s.routes {
		if strings.Contains(t.title, "route "+at.to+" ") && strings.Contains(t.title, at.table) {
			delete(s.routes, at)
			s.byHand[at] = true
		}
	}
}

// judgeEnd judges what is left when all was quiet for a while.
func (s *System) judgeEnd() {
	n := s.read()
	s.atRest()
	s.nothingLeft(n)
	s.allOpen(n)
	s.accounted()
	s.peopleKnow()
}

// atRest holds promise 6: in a quiet world, cachegate neither writes nor tells.
func (s *System) atRest() {
	since := s.elapsed() - sweepEvery - 5*time.Minute
	for _, w := range s.writes {
		if w.at > since {
			s.violate("6", "it does not settle: %s of %s by %s at %s", w.action, w.resource, w.by, w.at.Round(time.Second))
			return
		}
	}
	if s.lastTold > since {
		s.violate("6", "it does not settle: people hear of something still at %s", s.lastTold.Round(time.Second))
	}
	if dead := s.wakes.dead + s.looks.dead; dead > 0 {
		s.tell("%d wake-ups are in the dead-letter queue", dead)
	}
}

// nothingLeft holds that what ended is closed within the bound.
func (s *System) nothingLeft(n *oracle.Network) {
	s.turned()
	if s.policy.Mode != "enforce" {
		return
	}
	for _, id := range sorted(s.rules) {
		r := s.rules[id]
		if r.unneeded == 0 || !s.ruleThere(n, id) {
			continue
		}
		s.violate("2", "what ended stays open: rule %s of %s (%s), unneeded since %s", id, r.group, r.content, r.unneeded.Round(time.Second))
	}
	for at, r := range s.routes {
		if r.unneeded > 0 && s.routeThere(n, at, r.target) {
			s.violate("2", "what ended stays open: route %s of %s, unneeded since %s", at.to, at.table, r.unneeded.Round(time.Second))
		}
	}
}

// ruleThere says whether a rule of cachegate's stands as it was made.
func (s *System) ruleThere(n *oracle.Network, id string) bool {
	own := s.rules[id]
	return slices.ContainsFunc(n.Rules(own.group), func(have rule) bool {
		return aws.ToString(have.SecurityGroupRuleId) == id && contentOf(have) == own.content
	})
}

func (s *System) routeThere(n *oracle.Network, at ownRoute, target string) bool {
	routes, _ := n.Routes(at.table)
	for _, r := range routes {
		if aws.ToString(r.DestinationCidrBlock) == at.to && aws.ToString(r.VpcPeeringConnectionId)+aws.ToString(r.TransitGatewayId) == target {
			return true
		}
	}
	return false
}

// allOpen holds that what is declared and possible is open within the bound.
func (s *System) allOpen(n *oracle.Network) {
	for _, i := range s.liveSince(s.calmFrom + time.Minute) {
		if s.possible(i) && !s.works(n, i) {
			s.violate("4", "what is declared and possible is not open: %s from %s", i.key(), i.Source)
		}
	}
}

// manyRepairs is how often something is put right before cachegate backs off.
const manyRepairs = 3

// possible says whether nothing but cachegate's own work stands between an intent and
// its access.
func (s *System) possible(i Intent) bool {
	if s.policy.Mode != "enforce" || s.backsOff() {
		return false
	}
	c, _ := s.history.cluster(i.Cluster)
	cache, _ := s.history.Shape.placeOf(c.VPC)
	far, ok := s.history.Shape.sourceAt(i.Source)
	if !ok {
		return false
	}
	if cache.id != far.id {
		l, joined := s.history.Shape.between(cache.id, far.id)
		if !joined || strings.HasPrefix(l.id, "tgw-") && strings.HasPrefix(i.Source, "sg-") || i.Path == oracle.SameVPC {
			return false
		}
	} else if i.Path != "" && i.Path != oracle.SameVPC {
		return false
	}
	for at := range s.byHand {
		if at.table == cache.table() || at.table == far.table() {
			return false
		}
	}
	return s.policy.Shared == "allow" || s.ownGroup(i.Cluster)
}

// backsOff says whether others undid something so often that cachegate waits.
func (s *System) backsOff() bool {
	for _, times := range s.contested {
		if times >= manyRepairs {
			return true
		}
	}
	return false
}

// ownGroup says whether a cluster has a group that guards it alone.
func (s *System) ownGroup(cluster string) bool {
	return slices.ContainsFunc(s.members[cluster], func(m membership) bool { return m.until == 0 && len(s.guards(m.group)) == 1 })
}

// accounted holds promise 7 at the end: each write is in the record of a run, each run
// that was cut off is completed, and what cachegate made is claimed as it stands.
func (s *System) accounted() {
	runs := s.ledger.Runs()
	s.outcome.Tally.Runs = len(runs)
	for _, w := range s.writes {
		recorded := slices.ContainsFunc(runs, func(r ledger.Run) bool {
			return r.Unit == w.unit && slices.ContainsFunc(r.Changes, func(c change.Change) bool { return string(c.Action) == w.action && c.Resource == w.resource })
		})
		if !recorded {
			s.violate("7", "a write is in the record of no run: %s of %s at %s by %s", w.action, w.resource, w.at.Round(time.Second), w.by)
		}
	}
	for _, p := range s.history.Shape.places() {
		if begun, err := s.ledger.Begun(s.ctx, p.unit()); err != nil || len(begun) > 0 {
			s.violate("7", "a run of %s that was cut off is not completed: it began at %s", p.unit(), begun[0].At.Sub(s.start).Round(time.Second))
		}
	}
	for _, id := range sorted(s.rules) {
		s.claimStands(id, s.rules[id])
	}
	n := s.read()
	for at, r := range s.routes {
		p, _ := s.history.Shape.placeOf(at.table)
		claims, err := s.ledger.Claims(s.ctx, network.Unit{}, []change.Point{{Location: network.Location{Account: p.account, Region: region}, ID: at.table}})
		if s.routeThere(n, at, r.target) && (err != nil || !slices.ContainsFunc(claims, func(c change.Claim) bool { return c.Destination.String() == at.to })) {
			s.violate("7", "a route of cachegate's stands without a claim: %s of %s", at.to, at.table)
		}
	}
}

// claimStands holds that a rule of cachegate's that stands is claimed, by its id or, where
// that was never recorded, by its tag.
func (s *System) claimStands(id string, r *ownRule) {
	p, _ := s.history.Shape.placeOf(r.group)
	stands := s.ingress(r.group, aws.Bool(true))
	n := slices.IndexFunc(stands, func(have rule) bool { return aws.ToString(have.SecurityGroupRuleId) == id })
	if n < 0 {
		return
	}
	tag := ""
	for _, t := range stands[n].Tags {
		if aws.ToString(t.Key) == change.ManagedTag {
			tag = aws.ToString(t.Value)
		}
	}
	at := change.Point{Location: network.Location{Account: p.account, Region: region}, ID: r.group}
	claims, err := s.ledger.Claims(s.ctx, network.Unit{}, []change.Point{at})
	if err != nil || !slices.ContainsFunc(claims, func(c change.Claim) bool { return c.RuleID == id || c.RuleID == "" && c.Made(tag) }) {
		s.violate("7", "a rule of cachegate's stands without a claim: %s of %s (%s)", id, r.group, r.content)
	}
}

// peopleKnow holds promise 10 at the end: what is open is what people heard of.
func (s *System) peopleKnow() {
	open := map[string]string{}
	units := []network.Unit{network.PendingUnit(home())}
	for _, p := range s.history.Shape.places() {
		units = append(units, p.unit())
	}
	for _, u := range units {
		findings, err := s.ledger.Findings(s.ctx, u)
		if err != nil {
			s.violate("none", "reading findings: %v", err)
		}
		for _, f := range findings {
			open[f.ID] = f.Title
		}
	}
	for _, id := range sorted(open) {
		if h := s.people[id]; h == nil || !h.open {
			s.violate("10", "a finding is open and people do not know: %s", open[id])
		}
	}
	for _, id := range sorted(s.people) {
		if _, is := open[id]; s.people[id].open && !is {
			s.violate("10", "people take a finding for open that is not: %s", s.people[id].title)
		}
	}
}
