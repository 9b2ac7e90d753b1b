package ledgertest

import (
	"slices"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
)

func claimTests() []test {
	return []test{
		{"an empty ledger has no claims", emptyLedger},
		{"a claim of every kind comes back as it was intended", everyKind},
		{"claims are given at the points asked for, and to the units that hold them anywhere, each once and in order", whereClaimsAreGiven},
		{"a point is an id in one account and Region", pointsAreLocated},
		{"a hundred points with a hundred claims come back whole", manyClaims},
		{"what is given back is the caller's own", callersOwn},
		{"a claim that was written and then seen has the rule's id", writtenThenStanding},
		{"only what was intended can be written or stand", unknownClaims},
		{"intending a claim again gives the earlier one and starts anew", intendedAgain},
		{"the tags of all earlier writes are remembered once", tagsRemembered},
		{"intending a claim that is closing takes it back from its last holders", intendedWhileClosing},
		{"a released claim is forgotten whoever holds it", released},
		{"releasing what is not there is no error", releasedTwice},
	}
}

func emptyLedger(t *testing.T, l ledger.Ledger) {
	found, err := l.Claims(t.Context(), unitA, []change.Point{{Location: home, ID: "sg-0c"}})
	must(t, err)
	want(t, "the number of claims", len(found), 0)
}

func everyKind(t *testing.T, l ledger.Ledger) {
	for name, req := range requirements() {
		t.Run(name, func(t *testing.T) {
			c := claim(req, orders, reports)
			prior, existed, err := l.Intend(t.Context(), c)
			must(t, err)
			want(t, "existed", existed, false)
			want(t, "the number of earlier holders", len(prior.Holders), 0)
			var got change.Claim
			for _, found := range of(t, l, unitA) {
				if found.Requirement == req {
					got = found
				}
			}
			want(t, "the requirement", got.Requirement, req)
			want(t, "the status", got.Status, change.Intended)
			want(t, "the rule's id", got.RuleID, "")
			want(t, "the tag", got.Tag, "test/0a")
			want(t, "the time is the same", got.Created.Equal(noon), true)
			wantHolders(t, "the holders", got.Holders, orders, reports)
			wantHolders(t, "the last holders", got.LastHolders)
		})
	}
}

func whereClaimsAreGiven(t *testing.T, l ledger.Ledger) {
	here, elsewhere, others := rule("sg-0c", "10.1.0.0/16"), rule("sg-0d", "10.1.0.0/16"), rule("sg-0e", "10.1.0.0/16")
	stand(t, l, claim(here, orders), "sgr-01")
	stand(t, l, claim(elsewhere, orders, reports), "sgr-02")
	stand(t, l, claim(others, reports), "sgr-03")
	keys := func(u network.Unit, points ...change.Point) []string {
		found, err := l.Claims(t.Context(), u, points)
		must(t, err)
		var out []string
		for _, c := range found {
			out = append(out, c.Resource)
		}
		return out
	}
	for _, tt := range []struct {
		what   string
		unit   network.Unit
		points []change.Point
		want   []string
	}{
		{"of unit A", unitA, nil, []string{"sg-0c", "sg-0d"}},
		{"of unit B", unitB, nil, []string{"sg-0d", "sg-0e"}},
		{"of unit C", unitC, nil, nil},
		{"of unit A and at a point of its own", unitA, []change.Point{here.Point()}, []string{"sg-0c", "sg-0d"}},
		{"of unit A and at a point of B's", unitA, []change.Point{others.Point(), here.Point()}, []string{"sg-0c", "sg-0d", "sg-0e"}},
		{"of unit C and at a point named twice", unitC, []change.Point{here.Point(), here.Point()}, []string{"sg-0c"}},
		{"of unit C and at a point without claims", unitC, []change.Point{{Location: home, ID: "rtb-0f"}}, nil},
	} {
		if got := keys(tt.unit, tt.points...); !slices.Equal(got, tt.want) {
			t.Errorf("claims %s are at %v, want %v", tt.what, got, tt.want)
		}
	}
}

func pointsAreLocated(t *testing.T, l ledger.Ledger) {
	req := rule("sg-0c", "10.1.0.0/16")
	stand(t, l, claim(req, orders), "sgr-01")
	found, err := l.Claims(t.Context(), unitB, []change.Point{{Location: away, ID: "sg-0c"}})
	must(t, err)
	want(t, "the number of claims in another Region", len(found), 0)
}

func manyClaims(t *testing.T, l ledger.Ledger) {
	var points []change.Point
	for i := range 100 {
		req := rule("sg-0c", "10.1.0.0/16")
		req.Resource += string(rune('a'+i%26)) + string(rune('a'+i/26))
		points = append(points, req.Point())
		intend(t, l, claim(req, orders))
	}
	want(t, "the number held", len(of(t, l, unitA)), 100)
	found, err := l.Claims(t.Context(), unitB, points)
	must(t, err)
	want(t, "the number at the points", len(found), 100)
	want(t, "they are in order", slices.IsSortedFunc(found, func(a, b change.Claim) int {
		if a.Key() < b.Key() {
			return -1
		}
		return 1
	}), true)
}

func callersOwn(t *testing.T, l ledger.Ledger) {
	req := rule("sg-0c", "10.1.0.0/16")
	mine := claim(req, orders, carts)
	intend(t, l, mine)
	mine.Holders[0] = reports
	again := claim(req, carts)
	again.Tag = "test/0b"
	intend(t, l, again)
	got := only(t, l, req)
	got.Holders[0] = reports
	got.PriorTags[0] = "test/0f"
	got = only(t, l, req)
	wantHolders(t, "the holders", got.Holders, orders, carts)
	want(t, "the prior tag", got.PriorTags[0], "test/0a")
	_, err := l.Leave(t.Context(), req.String(), []change.Holder{orders, carts})
	must(t, err)
	for i := range only(t, l, req).LastHolders {
		only(t, l, req).LastHolders[i] = reports
	}
	wantHolders(t, "the last holders", only(t, l, req).LastHolders, orders, carts)
}

func writtenThenStanding(t *testing.T, l ledger.Ledger) {
	req := rule("sg-0c", "10.1.0.0/16")
	intend(t, l, claim(req, orders))
	must(t, l.Wrote(t.Context(), req.String(), "sgr-01"))
	want(t, "the status once written", only(t, l, req).Status, change.Written)
	want(t, "the rule's id once written", only(t, l, req).RuleID, "sgr-01")
	must(t, l.Stand(t.Context(), req.String(), "sgr-01"))
	got := only(t, l, req)
	want(t, "the status once seen", got.Status, change.Standing)
	want(t, "the rule's id once seen", got.RuleID, "sgr-01")
	want(t, "the tag", got.Tag, "test/0a")
	wantHolders(t, "the holders", got.Holders, orders)
}

func unknownClaims(t *testing.T, l ledger.Ledger) {
	key := rule("sg-0c", "10.1.0.0/16").String()
	if l.Wrote(t.Context(), key, "sgr-01") == nil {
		t.Error("a claim that is not there was written")
	}
	if l.Stand(t.Context(), key, "sgr-01") == nil {
		t.Error("a claim that is not there stands")
	}
	if l.Hold(t.Context(), key, []change.Holder{orders}, nil) == nil {
		t.Error("a claim that is not there is held")
	}
	if _, err := l.Leave(t.Context(), key, []change.Holder{orders}); err == nil {
		t.Error("a claim that is not there was left")
	}
	want(t, "the number of claims", len(of(t, l, unitA)), 0)
}

func intendedAgain(t *testing.T, l ledger.Ledger) {
	req := rule("sg-0c", "10.1.0.0/16")
	stand(t, l, claim(req, orders), "sgr-01")
	again := claim(req, reports)
	again.Created = noon.Add(time.Hour)
	prior, existed, err := l.Intend(t.Context(), again)
	must(t, err)
	want(t, "existed", existed, true)
	want(t, "the earlier rule's id", prior.RuleID, "sgr-01")
	want(t, "the earlier status", prior.Status, change.Standing)
	wantHolders(t, "the earlier holders", prior.Holders, orders)
	got := only(t, l, req)
	want(t, "the status", got.Status, change.Intended)
	want(t, "the rule's id", got.RuleID, "")
	want(t, "the time is the later one", got.Created.Equal(again.Created), true)
	wantHolders(t, "the holders", got.Holders, orders, reports)
	want(t, "the number of claims that unit B holds", len(of(t, l, unitB)), 1)
}

func tagsRemembered(t *testing.T, l ledger.Ledger) {
	req := rule("sg-0c", "10.1.0.0/16")
	for _, tag := range []string{"test/0a", "test/0a", "test/0b", "test/0a", "test/0c"} {
		c := claim(req, orders)
		c.Tag = tag
		intend(t, l, c)
	}
	got := only(t, l, req)
	for _, tag := range []string{"test/0a", "test/0b", "test/0c"} {
		want(t, "a rule with the tag "+tag+" is ours", got.Made(tag), true)
	}
	want(t, "a rule with another tag is ours", got.Made("test/0f"), false)
	prior := slices.Clone(got.PriorTags)
	slices.Sort(prior)
	want(t, "a tag is remembered twice", len(slices.Compact(prior)) != len(got.PriorTags), false)
}

func intendedWhileClosing(t *testing.T, l ledger.Ledger) {
	req := rule("sg-0c", "10.1.0.0/16")
	stand(t, l, claim(req, orders), "sgr-01")
	_, err := l.Leave(t.Context(), req.String(), []change.Holder{orders})
	must(t, err)
	intend(t, l, claim(req, reports))
	got := only(t, l, req)
	wantHolders(t, "the holders", got.Holders, reports)
	wantHolders(t, "the last holders", got.LastHolders)
	want(t, "the number of claims of the unit that left", len(of(t, l, unitA)), 0)
}

func released(t *testing.T, l ledger.Ledger) {
	req := rule("sg-0c", "10.1.0.0/16")
	stand(t, l, claim(req, orders, reports), "sgr-01")
	must(t, l.Release(t.Context(), req.String()))
	want(t, "the number at the point", len(at(t, l, req)), 0)
	want(t, "the number of unit A", len(of(t, l, unitA)), 0)
	want(t, "the number of unit B", len(of(t, l, unitB)), 0)
	_, existed, err := l.Intend(t.Context(), claim(req, carts))
	must(t, err)
	want(t, "it existed when it is intended anew", existed, false)
	wantHolders(t, "its holders", only(t, l, req).Holders, carts)
}

func releasedTwice(t *testing.T, l ledger.Ledger) {
	key := rule("sg-0c", "10.1.0.0/16").String()
	must(t, l.Release(t.Context(), key))
	must(t, l.Closed(t.Context(), key))
}
