package dynamo_test

import (
	"flag"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

// casesOnMoto is how many random cases a test draws that talks to the server,
// which answers a few hundred requests a second.
const casesOnMoto = 12

// fewCases makes rapid draw fewer cases, unless -rapid.checks asks for a number.
func fewCases(t *testing.T) {
	t.Helper()
	checks := flag.Lookup("rapid.checks")
	if checks.Value.String() != checks.DefValue {
		return
	}
	set := func(n string) {
		if err := checks.Value.Set(n); err != nil {
			t.Fatalf("setting -rapid.checks: %v", err)
		}
	}
	set(fmt.Sprint(casesOnMoto))
	t.Cleanup(func() { set(checks.DefValue) })
}

// pair does everything twice, in memory and in DynamoDB, and compares the answers.
type pair struct {
	memory, table ledger.Ledger
	now           time.Time
}

func agree[T any](t *rapid.T, what string, want, got T, wantErr, gotErr error) {
	t.Helper()
	if (wantErr == nil) != (gotErr == nil) {
		t.Fatalf("%s: in memory the error is %v, in DynamoDB %v", what, wantErr, gotErr)
	}
	prefixes := cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), prefixes); wantErr == nil && diff != "" {
		t.Fatalf("%s: memory and DynamoDB differ (-memory +DynamoDB):\n%s", what, diff)
	}
}

func units() []network.Unit {
	return []network.Unit{one, two, {Location: network.Location{Account: "111122223333", Region: "eu-west-1"}, VPC: "vpc-03"}}
}

func drawUnit(t *rapid.T) network.Unit { return rapid.SampledFrom(units()).Draw(t, "unit") }

func drawHolders(t *rapid.T, what string, least int) []change.Holder {
	all := []change.Holder{}
	for _, u := range units() {
		all = append(all, holder(u, "orders"), holder(u, "batch"))
	}
	return rapid.SliceOfNDistinct(rapid.SampledFrom(all), least, 3, rapid.ID[change.Holder]).Draw(t, what)
}

func requirements() []change.Requirement {
	return []change.Requirement{
		rule("sg-01", "sg-0a"), rule("sg-01", "sg-0b"),
		{
			Kind: change.Route, Location: home, Resource: "rtb-01",
			Destination: netip.MustParsePrefix("10.1.0.0/16"), Target: network.TargetOf("pcx-01"),
		},
	}
}

func drawRequirement(t *rapid.T) change.Requirement {
	return rapid.SampledFrom(requirements()).Draw(t, "requirement")
}

func drawKeys(t *rapid.T) []string {
	keys := rapid.SliceOfDistinct(rapid.SampledFrom([]string{"vpc-01", "sg-01", "rtb-01", "at/123456789012/us-east-1", "name/x"}), rapid.ID[string]).Draw(t, "keys")
	slices.Sort(keys)
	return keys
}

func (p *pair) tick(t *rapid.T) {
	p.now = p.now.Add(time.Duration(rapid.IntRange(1, 90).Draw(t, "minutes")) * time.Minute)
}

func (p *pair) claims(t *rapid.T) {
	r := drawRequirement(t)
	name := r.String()
	switch rapid.SampledFrom([]string{"intend", "wrote", "stand", "hold", "leave", "closed", "release"}).Draw(t, "what") {
	case "intend":
		c := claimed(r, drawHolders(t, "holders", 1)...)
		c.Tag, c.Created = rapid.SampledFrom([]string{"prod/1", "prod/2"}).Draw(t, "tag"), p.now
		was, existed, err := p.memory.Intend(t.Context(), c)
		got, gotExisted, gotErr := p.table.Intend(t.Context(), c)
		agree(t, "Intend", was, got, err, gotErr)
		agree(t, "Intend", existed, gotExisted, err, gotErr)
	case "wrote":
		agree(t, "Wrote", 0, 0, p.memory.Wrote(t.Context(), name, "sgr-1"), p.table.Wrote(t.Context(), name, "sgr-1"))
	case "stand":
		agree(t, "Stand", 0, 0, p.memory.Stand(t.Context(), name, "sgr-1"), p.table.Stand(t.Context(), name, "sgr-1"))
	case "hold":
		add, drop := drawHolders(t, "add", 0), drawHolders(t, "drop", 0)
		agree(t, "Hold", 0, 0, p.memory.Hold(t.Context(), name, add, drop), p.table.Hold(t.Context(), name, add, drop))
	case "leave":
		drop := drawHolders(t, "drop", 1)
		want, err := p.memory.Leave(t.Context(), name, drop)
		got, gotErr := p.table.Leave(t.Context(), name, drop)
		agree(t, "Leave", want, got, err, gotErr)
	case "closed":
		agree(t, "Closed", 0, 0, p.memory.Closed(t.Context(), name), p.table.Closed(t.Context(), name))
	case "release":
		agree(t, "Release", 0, 0, p.memory.Release(t.Context(), name), p.table.Release(t.Context(), name))
	}
}

func (p *pair) index(t *rapid.T) {
	j := ledger.Judged{
		Unit: drawUnit(t), Keys: drawKeys(t),
		Digest: rapid.SampledFrom([]string{"d1", "d2"}).Draw(t, "digest"), Clusters: []string{"arn:1"},
	}
	for _, name := range rapid.SliceOfN(rapid.SampledFrom([]string{"one", "two"}), 0, 2).Draw(t, "needs") {
		j.Needs.Judged = append(j.Needs.Judged, ledger.JudgedIntent{Intent: intent.Key{Name: name}, Digest: name})
	}
	want, err := p.memory.Depend(t.Context(), ledger.Lease{}, j)
	got, gotErr := p.table.Depend(t.Context(), ledger.Lease{}, j)
	agree(t, "Depend", want, got, err, gotErr)
	needs, _, err := p.memory.Needs(t.Context(), j.Unit)
	gotNeeds, _, gotErr := p.table.Needs(t.Context(), j.Unit)
	agree(t, "Needs", fmt.Sprint(needs), fmt.Sprint(gotNeeds), err, gotErr)
}

func (p *pair) journal(t *rapid.T) {
	r := ledger.Run{Unit: drawUnit(t), At: p.now, Trigger: "event", Hash: "h"}
	for _, req := range rapid.SliceOfN(rapid.SampledFrom(requirements()), 0, 2).Draw(t, "changed") {
		r.Changes = append(r.Changes, change.Change{
			Action: change.AuthorizeIngress, Requirement: req, Outcome: rapid.SampledFrom([]change.Outcome{change.Applied, change.Refused}).Draw(t, "outcome"),
		})
	}
	var live []finding.Finding
	for _, id := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"a", "b", "c"}), rapid.ID[string]).Draw(t, "findings") {
		live = append(live, finding.Finding{ID: id, Kind: finding.AccessMissing, Unit: r.Unit, Title: id, Since: p.now})
	}
	for _, id := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"a", "b", "c"}), rapid.ID[string]).Draw(t, "told") {
		status := rapid.SampledFrom([]finding.Status{finding.Opened, finding.Changed, finding.Resolved}).Draw(t, "status")
		r.Told = append(r.Told, finding.Finding{ID: id, Status: status, Unit: r.Unit, Title: id, Since: p.now})
	}
	repaired := map[string]string{}
	for _, name := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"x", "y"}), rapid.ID[string]).Draw(t, "repaired") {
		repaired[name] = rapid.SampledFrom([]string{"", "terraform", "somebody"}).Draw(t, "actor")
	}
	agree(t, "Finish", 0, 0, p.memory.Finish(t.Context(), ledger.Lease{}, r, live, repaired), p.table.Finish(t.Context(), ledger.Lease{}, r, live, repaired))
	seen := ledger.UnitEvents{Unit: drawUnit(t)}
	for _, id := range rapid.SliceOfN(rapid.SampledFrom([]string{"e-1", "e-2"}), 0, 3).Draw(t, "events") {
		seen.Events = append(seen.Events, events.Event{ID: id, Time: p.now, Actor: events.Actor{UserName: "bob"}})
	}
	agree(t, "RecordEvents", 0, 0, p.memory.RecordEvents(t.Context(), p.now, seen), p.table.RecordEvents(t.Context(), p.now, seen))
	if waiting, _ := p.memory.Pending(t.Context(), r.Unit); rapid.Bool().Draw(t, "heard") {
		told := waiting[:rapid.IntRange(0, len(waiting)).Draw(t, "how many")]
		var left []ledger.Notice
		if len(told) > 0 && rapid.Bool().Draw(t, "left") {
			left = []ledger.Notice{{Finding: told[0].Finding, Channels: 2}}
		}
		agree(t, "Ack", 0, 0, p.memory.Ack(t.Context(), r.Unit, told, left), p.table.Ack(t.Context(), r.Unit, told, left))
	}
}

func (p *pair) leases(t *rapid.T) {
	unit, owner := drawUnit(t), rapid.SampledFrom([]string{"dispatch", "laptop"}).Draw(t, "owner")
	want, err := p.memory.Acquire(t.Context(), unit, owner, p.now, time.Hour)
	got, gotErr := p.table.Acquire(t.Context(), unit, owner, p.now, time.Hour)
	agree(t, "Acquire", want, got, err, gotErr)
	if err != nil {
		return
	}
	p.tick(t)
	agree(t, "Check", 0, 0, p.memory.Check(t.Context(), want, p.now), p.table.Check(t.Context(), got, p.now))
	if rapid.Bool().Draw(t, "free") {
		agree(t, "Free", 0, 0, p.memory.Free(t.Context(), want), p.table.Free(t.Context(), got))
	}
}

// compare reads everything from both.
func (p *pair) compare(t *rapid.T) {
	ctx := t.Context()
	for _, u := range units() {
		want, err := p.memory.Claims(ctx, u, []change.Point{point("sg-01")})
		got, gotErr := p.table.Claims(ctx, u, []change.Point{point("sg-01"), point("sg-01"), point("sg-none")})
		agree(t, "Claims", want, got, err, gotErr)

		judged, ok, err := p.memory.Judged(ctx, u)
		gotJudged, gotOK, gotErr := p.table.Judged(ctx, u)
		agree(t, "Judged", judged, gotJudged, err, gotErr)
		agree(t, "Judged", ok, gotOK, err, gotErr)

		found, err := p.memory.Findings(ctx, u)
		gotFound, gotErr := p.table.Findings(ctx, u)
		agree(t, "Findings", found, gotFound, err, gotErr)

		seen, err := p.memory.EventsSince(ctx, u, p.now.Add(-2*time.Hour))
		gotSeen, gotErr := p.table.EventsSince(ctx, u, p.now.Add(-2*time.Hour))
		agree(t, "Seen", seen, gotSeen, err, gotErr)

		notices, err := p.memory.Pending(ctx, u)
		gotNotices, gotErr := p.table.Pending(ctx, u)
		agree(t, "Pending", notices, gotNotices, err, gotErr)

		contests, err := p.memory.Contests(ctx, u, p.now.Add(-2*time.Hour))
		gotContests, gotErr := p.table.Contests(ctx, u, p.now.Add(-2*time.Hour))
		agree(t, "Contests", contests, gotContests, err, gotErr)
	}
	for _, k := range []string{"vpc-01", "sg-01", "rtb-01", "at/123456789012/us-east-1", "name/x", "never"} {
		want, err := p.memory.Dependents(ctx, []string{k})
		got, gotErr := p.table.Dependents(ctx, []string{k})
		agree(t, "Dependents "+k, want, got, err, gotErr)
	}
	want, err := p.memory.Units(ctx)
	got, gotErr := p.table.Units(ctx)
	agree(t, "Units", want, got, err, gotErr)
	writers, err := p.memory.Writers(ctx, []string{"sg-01", "rtb-01"}, p.now.Add(-2*time.Hour))
	gotWriters, gotErr := p.table.Writers(ctx, []string{"sg-01", "rtb-01"}, p.now.Add(-2*time.Hour))
	agree(t, "Writers", writers, gotWriters, err, gotErr)
}

func TestDynamoDBAnswersAsMemoryDoes(t *testing.T) {
	moto.Config(t) // skips here: within rapid nobody may
	fewCases(t)
	rapid.Check(t, func(rt *rapid.T) {
		p := &pair{memory: ledger.NewMemory(), table: empty(t), now: noon}
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			p.tick(rt)
			switch rapid.SampledFrom([]string{"claims", "claims", "claims", "index", "journal", "leases"}).Draw(rt, "part") {
			case "claims":
				p.claims(rt)
			case "index":
				p.index(rt)
			case "journal":
				p.journal(rt)
			case "leases":
				p.leases(rt)
			}
		}
		p.compare(rt)
	})
}
