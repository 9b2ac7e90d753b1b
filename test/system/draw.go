package system

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// drawer draws a history from one number.
type drawer struct {
	*rand.Rand
	History
	span time.Duration
}

// Draw gives the history of a seed.
func Draw(seed uint64) History {
	d := &drawer{Rand: rand.New(rand.NewPCG(seed, 1)), History: History{Seed: seed, Workers: 1}} //nolint:gosec // histories have to come again
	if d.chance(60) {
		d.Workers = 2
	}
	d.Shape = pick(d, []Shape{One, One, One, Twins, Twins, Far, Star, Gateway})
	d.span = time.Duration(10+d.IntN(50)) * time.Minute
	d.drawClusters()
	d.Policy = d.drawPolicy()
	for range 1 + d.IntN(4) {
		d.Intents = append(d.Intents, d.drawIntent(false))
	}
	d.Intents = unique(d.Intents)
	for range 1 + d.IntN(8) {
		d.Steps = append(d.Steps, d.drawStep())
	}
	if d.chance(6) {
		d.drawTool()
	}
	if d.chance(40) {
		d.drawRace()
	}
	slices.SortFunc(d.Steps, func(a, b Step) int { return int(a.At - b.At) })
	if d.chance(90) {
		for range 1 + d.IntN(5) {
			d.Faults = append(d.Faults, d.drawFault())
		}
	}
	slices.SortFunc(d.Faults, func(a, b Fault) int { return int(a.At - b.At) })
	return d.History
}

func unique(all []Intent) []Intent {
	var out []Intent
	for _, i := range all {
		if !slices.ContainsFunc(out, func(o Intent) bool { return o.key() == i.key() }) {
			out = append(out, i)
		}
	}
	return out
}

// chance is true in so many of a hundred cases.
func (d *drawer) chance(percent int) bool { return d.IntN(100) < percent }

func pick[T any](d *drawer, from []T) T { return from[d.IntN(len(from))] }

// moment draws a time in the history; many things happen soon after one another, and
// soon after the first sweep.
func (d *drawer) moment() time.Duration {
	at := time.Duration(d.Int64N(int64(d.span)))
	if n := len(d.Steps); n > 0 && d.chance(50) {
		at = d.Steps[d.IntN(n)].At + time.Duration(d.IntN(90))*time.Second
	}
	if d.chance(25) {
		at = time.Duration(30+d.IntN(60)) * time.Second
	}
	return at.Truncate(10 * time.Millisecond)
}

func (d *drawer) drawClusters() {
	for _, p := range d.Shape.places() {
		if p.account != hubAccount {
			continue
		}
		for range 1 + d.IntN(2) {
			c := Cluster{Name: fmt.Sprintf("k%d", len(d.Clusters)+1), VPC: p.id, Groups: []string{p.caches(1 + d.IntN(2))}, Serverless: d.chance(25)}
			if d.chance(15) {
				c.Groups = []string{p.caches(1), p.caches(2)}
			}
			d.Clusters = append(d.Clusters, c)
		}
	}
}

func (d *drawer) drawPolicy() Policy {
	p := Policy{Mode: "enforce"}
	if d.chance(25) {
		p.Undeclared = "revoke"
	}
	if d.chance(50) {
		p.Shared = "allow"
	}
	if d.chance(30) {
		p.MaxCloses = 1 + d.IntN(2)
	}
	return p
}

func (d *drawer) drawIntent(later bool) Intent {
	c := pick(d, d.Clusters)
	i := Intent{Cluster: c.Name, Name: pick(d, []string{"orders", "search", "audit"})}
	cache, _ := d.Shape.placeOf(c.VPC)
	at := cache
	if places := d.Shape.places(); len(places) > 1 && d.chance(65) {
		at = pick(d, places)
	}
	i.Source = pick(d, []string{at.clients(1), at.clients(2), at.subnet(2), at.block()})
	if at.id == cache.id && i.Source == at.block() {
		i.Source = at.subnet(2)
	}
	i.Closed = d.chance(8)
	if d.chance(35) {
		i.Until = d.end()
	}
	if later && d.chance(10) {
		i.Wrong = true
	}
	if d.chance(12) {
		i.From = d.end()
	}
	if i.Until > 0 && i.From >= i.Until {
		i.From = 0
	}
	return i
}

// drawSwap draws an intent that takes the place of one, for another source that may lie
// within the old one, or around it.
func (d *drawer) drawSwap() Intent {
	i := pick(d, d.Intents)
	if at, ok := d.Shape.sourceAt(i.Source); ok {
		i.Source = pick(d, []string{at.clients(1), at.clients(2), at.subnet(2), at.subnet(2)})
	}
	if d.chance(70) {
		i.Until = 0
	}
	return i
}

// end draws when an intent begins or ends: often while a run is under way.
func (d *drawer) end() time.Duration {
	at := d.moment()
	if d.chance(60) {
		at = time.Duration(36+d.IntN(12)) * time.Second
		if n := len(d.Steps); n > 0 && d.chance(50) {
			at += d.Steps[d.IntN(n)].At
		}
	}
	return max(at, time.Second).Truncate(time.Second)
}

func (d *drawer) drawStep() Step {
	st := Step{At: d.moment(), Which: d.IntN(4), By: person}
	p := pick(d, d.Shape.places())
	for p.account != hubAccount {
		p = pick(d, d.Shape.places())
	}
	switch n := d.IntN(100); {
	case n < 10:
		i := d.drawSwap()
		st.Do, st.Intent = Declare, &i
	case n < 22:
		i := d.drawIntent(true)
		st.Do, st.Intent = Declare, &i
	case n < 38:
		st.Do = Withdraw
	case n < 41:
		st.Do = EmptyTable
	case n < 46:
		policy := d.drawPolicy()
		policy.Mode = pick(d, []string{"off", "observe", "enforce"})
		st.Do, st.Policy = SetPolicy, &policy
	case n < 56:
		st.Do, st.On, st.Peer = Authorize, p.caches(1+d.IntN(2)), pick(d, []string{p.clients(1), p.clients(2), p.subnet(2), "10.77.0.0/24"})
		st.By = pick(d, []string{person, tool, deployment})
	case n < 70:
		st.Do, st.On, st.By = pick(d, []Do{RevokeOurs, RevokeOurs, Revoke}), p.caches(1+d.IntN(2)), pick(d, []string{person, tool})
	case n < 74:
		st.Do, st.On = pick(d, []Do{Modify, CopyTag}), p.caches(1+d.IntN(2))
	case n < 84:
		d.routeStep(&st)
	case n < 89:
		d.clusterStep(&st)
	default:
		st.Do, st.On = Operate, p.id
	}
	return st
}

// drawRace draws something that changes between the plan of a run and its writes: a step
// wakes a unit, an answer in the run takes long, and meanwhile something else is declared.
func (d *drawer) drawRace() {
	i := d.drawSwap()
	first := Step{At: d.moment(), By: person, Do: pick(d, []Do{Declare, Withdraw, RevokeOurs}), Which: d.IntN(4), Intent: &i, On: d.Shape.places()[0].caches(1 + d.IntN(2))}
	if first.Do != Declare {
		first.Intent = nil
	}
	late := Fault{
		Kind: AnswersLate, At: first.At, For: time.Duration(15+d.IntN(60)) * time.Second, Skip: d.IntN(2),
		Call: pick(d, []string{"ledger:Begin", "ledger:Claims", "ledger:Intend", "ledger:Check", "ledger:Dependents", "dynamodb:Query", "ec2:Authorize", "ec2:CreateRoute", "ec2:DescribeRouteTables"}),
	}
	then := Step{At: first.At + time.Duration(38+d.IntN(25))*time.Second, By: person, Which: d.IntN(4)}
	switch d.IntN(8) {
	case 0, 1:
		then.Do = Withdraw
	case 2:
		then.Do, then.Policy = SetPolicy, &Policy{Mode: "off", Shared: d.Policy.Shared}
	case 3, 4:
		first.Do, first.Intent = Declare, &i
		late.Call = pick(d, []string{"ec2:Authorize", "ledger:Begin", "ledger:Intend"})
		d.byHand(i, &first, &then)
	case 5:
		first.Do, first.Intent = Declare, &i
		late = Fault{Kind: StopsBefore, At: first.At, Call: "ec2:CreateRoute", Skip: d.IntN(2)}
		d.routeStep(&then)
		then.Do, then.At = CreateRoute, first.At+time.Duration(50+d.IntN(200))*time.Second
		if links := d.Shape.links(); len(links) > 0 {
			then.Target = links[0].id
		} else {
			then.Do = Withdraw
		}
		d.Steps = append(d.Steps, Step{At: first.At + 20*time.Minute, By: person, Do: EmptyTable})
	case 6:
		late.Call = "ledger:Depend"
		then.Do, then.On = RevokeOurs, first.On
	default:
		other := d.drawIntent(true)
		other.From = 0
		then.Do, then.Intent = Declare, &other
	}
	d.Steps = append(d.Steps, first, then)
	d.Faults = append(d.Faults, late)
}

// byHand lets a person make the rule that an intent is about to open, and ends the intent
// later.
func (d *drawer) byHand(i Intent, first, then *Step) {
	c, _ := d.cluster(i.Cluster)
	then.Do, then.On, then.Peer = Authorize, c.Groups[0], i.Source
	d.Steps = append(d.Steps, Step{At: first.At + 20*time.Minute, By: person, Do: EmptyTable})
}

// drawTool draws a tool that undoes the same again and again.
func (d *drawer) drawTool() {
	p := d.Shape.places()[0]
	group, at := p.caches(1+d.IntN(2)), d.moment()
	for range 8 + d.IntN(8) {
		at += time.Duration(2+d.IntN(3)) * time.Minute
		d.Steps = append(d.Steps, Step{At: at, Do: RevokeOurs, By: tool, On: group})
	}
}

func (d *drawer) routeStep(st *Step) {
	links := d.Shape.links()
	if len(links) == 0 {
		st.Do = Withdraw
		return
	}
	l := pick(d, links)
	a, _ := d.Shape.placeOf(l.a)
	b, _ := d.Shape.placeOf(l.b)
	if d.chance(50) {
		a, b = b, a
	}
	st.Do, st.On, st.To, st.By = pick(d, []Do{DeleteRoute, DeleteRoute, CreateRoute}), a.table(), b.block(), pick(d, []string{person, tool})
	if st.Do == CreateRoute {
		st.Target = l.id
	}
}

func (d *drawer) clusterStep(st *Step) {
	c := pick(d, d.Clusters)
	at, _ := d.Shape.placeOf(c.VPC)
	st.Do, st.On, st.To = pick(d, []Do{DeleteCache, MoveCache}), c.Name, at.caches(1+d.IntN(2))
}

func (d *drawer) drawFault() Fault {
	f := Fault{Kind: pick(d, []Kind{
		FailsBefore, FailsAfter, FailsAfter, Throttled, AnswersLate, AnswersPart, AnswersPart, LedgerBefore, LedgerAfter, TableFails, StopsBefore, StopsAfter, StopsAfter,
		StandsStill, Lags, ClockSkew, ClockJumps, EventLost, EventDoubled, EventLate, EventEarlier, WakeDoubled, ScheduleLost,
	}), At: d.moment(), Pick: d.IntN(6)}
	if n := len(d.Steps); n > 0 && d.chance(60) { // it strikes the run that the step causes
		f.At = d.Steps[d.IntN(n)].At
	}
	switch f.Kind {
	case AnswersLate:
		f.For = pick(d, []time.Duration{5 * time.Second, 20 * time.Second, 50 * time.Second, 100 * time.Second})
	case StandsStill:
		f.For = pick(d, []time.Duration{20 * time.Second, 3 * time.Minute, 8 * time.Minute, 20 * time.Minute})
	case Lags:
		f.For, f.Times = time.Duration(1+d.IntN(5))*time.Minute, 1+d.IntN(20)
	case EventLate, EventDoubled:
		f.For = time.Duration(1+d.IntN(600)) * time.Second
	case Throttled:
		f.Times = 1 + d.IntN(8)
	case ClockSkew, ClockJumps:
		f.Call = pick(d, []string{"worker-1", "worker-2", "dispatch-1"})
		f.For = time.Duration(d.IntN(10000)-5000) * time.Millisecond
	case LedgerBefore, LedgerAfter, TableFails:
		f.Times = 1 + d.IntN(2)
	default:
	}
	switch {
	case d.chance(60):
		f.Call = d.aim(f)
		f.Skip = max(d.IntN(4)-1, 0)
	case d.chance(50):
		f.Skip = d.IntN(40)
	}
	return f
}

// aim picks the call that a fault waits for: a run makes few of each, and those around its
// writes are what matters.
func (d *drawer) aim(f Fault) string {
	reads := []string{
		"ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups", "ec2:DescribeRouteTables", "ec2:DescribeVpcPeering", "ec2:DescribeNetworkInterfaces",
		"ec2:DescribeSubnets", "elasticache:DescribeReplicationGroups", "elasticache:DescribeCacheClusters",
	}
	writes := []string{"ec2:Authorize", "ec2:Revoke", "ec2:CreateRoute", "ec2:DeleteRoute", "sqs:", "sns:", "scheduler:"}
	claims := []string{"ledger:Intend", "ledger:Begin", "ledger:Finish", "ledger:Leave", "ledger:Wrote", "ledger:Ack", "ledger:Depend", "ledger:Closed", "ledger:Acquire", "ledger:Check"}
	switch f.Kind {
	case FailsAfter:
		return pick(d, writes)
	case FailsBefore, AnswersLate:
		return pick(d, slices.Concat(reads, writes))
	case Throttled:
		return pick(d, reads)
	case AnswersPart:
		return pick(d, []string{"elasticache:DescribeCacheClusters", "elasticache:DescribeReplicationGroups", "elasticache:DescribeCacheSubnetGroups", "ec2:DescribeSubnets", "ec2:DescribeSecurityGroupRules"})
	case StandsStill, StopsBefore, StopsAfter:
		return pick(d, slices.Concat(writes, writes, claims))
	case LedgerBefore, LedgerAfter:
		return pick(d, claims)
	default:
		return f.Call
	}
}
