package ledgertest

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/ledger"
)

func holderTests() []test {
	return []test{
		{"holders come and go", holdersComeAndGo},
		{"a holder that comes twice is there once", holdersOnce},
		{"the last holder never goes by Hold", lastByHold},
		{"who leaves while others hold is not the last", leaveNotLast},
		{"the last to leave is told so, and its unit still has to do with the claim", leaveLast},
		{"leaving again, as after a crash, is told the same", leaveAgain},
		{"a unit that does not hold a claim may leave it when nobody else holds it", leaveByNobody},
		{"a claim that is closing is forgotten once it is closed", closed},
		{"a claim that somebody came to is not forgotten when it is closed", closedTooLate},
		{"a claim with holders is not forgotten when it is closed", closedWhileHeld},
		{"whoever comes to a closing claim makes it stand again", heldWhileClosing},
		{"of all that leave at once exactly one is the last", leaveAtOnce},
		{"of all that come at once none is lost", holdAtOnce},
		{"who comes while the last one leaves is never lost", comeWhileLeaving},
		{"intending at once keeps all holders", intendAtOnce},
	}
}

func holdersComeAndGo(t *testing.T, l ledger.Ledger) {
	req := rule("sg-0c", "10.1.0.0/16")
	stand(t, l, claim(req, orders), "sgr-01")
	must(t, l.Hold(t.Context(), req.String(), []change.Holder{carts, reports}, []change.Holder{orders}))
	got := only(t, l, req)
	wantHolders(t, "the holders", got.Holders, carts, reports)
	want(t, "the status", got.Status, change.Standing)
	want(t, "the rule's id", got.RuleID, "sgr-01")
	want(t, "the number of unit A", len(of(t, l, unitA)), 1)
	want(t, "the number of unit B", len(of(t, l, unitB)), 1)
	must(t, l.Hold(t.Context(), req.String(), nil, []change.Holder{carts}))
	want(t, "the number of unit A once its holders went", len(of(t, l, unitA)), 0)
}

func holdersOnce(t *testing.T, l ledger.Ledger) {
	req := rule("sg-0c", "10.1.0.0/16")
	stand(t, l, claim(req, orders), "sgr-01")
	must(t, l.Hold(t.Context(), req.String(), []change.Holder{orders, orders, carts}, nil))
	wantHolders(t, "the holders", only(t, l, req).Holders, orders, carts)
}

func lastByHold(t *testing.T, l ledger.Ledger) {
	req := rule("sg-0c", "10.1.0.0/16")
	stand(t, l, claim(req, orders), "sgr-01")
	if l.Hold(t.Context(), req.String(), nil, []change.Holder{orders}) == nil {
		t.Error("the last holder went by Hold")
	}
	got := only(t, l, req)
	wantHolders(t, "the holders", got.Holders, orders)
	want(t, "the status", got.Status, change.Standing)
}

func leaveNotLast(t *testing.T, l ledger.Ledger) {
	req := rule("sg-0c", "10.1.0.0/16")
	stand(t, l, claim(req, orders, reports), "sgr-01")
	last, err := l.Leave(t.Context(), req.String(), []change.Holder{orders})
	must(t, err)
	want(t, "last", last, false)
	got := only(t, l, req)
	wantHolders(t, "the holders", got.Holders, reports)
	want(t, "the status", got.Status, change.Standing)
	want(t, "the number of the unit that left", len(of(t, l, unitA)), 0)
}

func leaveLast(t *testing.T, l ledger.Ledger) {
	req := rule("sg-0c", "10.1.0.0/16")
	stand(t, l, claim(req, orders, carts), "sgr-01")
	last, err := l.Leave(t.Context(), req.String(), []change.Holder{orders, carts})
	must(t, err)
	want(t, "last", last, true)
	found := of(t, l, unitA)
	want(t, "the number of the unit that left", len(found), 1)
	if len(found) != 1 {
		return
	}
	want(t, "the status", found[0].Status, change.Closing)
	want(t, "the rule's id", found[0].RuleID, "sgr-01")
	wantHolders(t, "the holders", found[0].Holders)
	wantHolders(t, "the last holders", found[0].LastHolders, orders, carts)
}

func leaveAgain(t *testing.T, l ledger.Ledger) {
	req := rule("sg-0c", "10.1.0.0/16")
	stand(t, l, claim(req, orders), "sgr-01")
	for range 2 {
		last, err := l.Leave(t.Context(), req.String(), []change.Holder{orders})
		must(t, err)
		want(t, "last", last, true)
	}
	want(t, "the number of the unit that left", len(of(t, l, unitA)), 1)
	wantHolders(t, "the last holders", only(t, l, req).LastHolders, orders)
}

func leaveByNobody(t *testing.T, l ledger.Ledger) {
	req := rule("sg-0c", "10.1.0.0/16")
	stand(t, l, claim(req, reports), "sgr-01")
	last, err := l.Leave(t.Context(), req.String(), []change.Holder{orders})
	must(t, err)
	want(t, "last while another unit holds it", last, false)
	wantHolders(t, "the holders", only(t, l, req).Holders, reports)
	_, err = l.Leave(t.Context(), req.String(), []change.Holder{reports})
	must(t, err)
	last, err = l.Leave(t.Context(), req.String(), nil)
	must(t, err)
	want(t, "last when nobody holds it", last, true)
}

func closed(t *testing.T, l ledger.Ledger) {
	req := rule("sg-0c", "10.1.0.0/16")
	stand(t, l, claim(req, orders), "sgr-01")
	_, err := l.Leave(t.Context(), req.String(), []change.Holder{orders})
	must(t, err)
	must(t, l.Closed(t.Context(), req.String()))
	want(t, "the number at the point", len(at(t, l, req)), 0)
	want(t, "the number of the unit that left", len(of(t, l, unitA)), 0)
}

func closedTooLate(t *testing.T, l ledger.Ledger) {
	req := rule("sg-0c", "10.1.0.0/16")
	stand(t, l, claim(req, orders), "sgr-01")
	_, err := l.Leave(t.Context(), req.String(), []change.Holder{orders})
	must(t, err)
	intend(t, l, claim(req, reports))
	must(t, l.Closed(t.Context(), req.String()))
	wantHolders(t, "the holders", only(t, l, req).Holders, reports)
}

func closedWhileHeld(t *testing.T, l ledger.Ledger) {
	req := rule("sg-0c", "10.1.0.0/16")
	stand(t, l, claim(req, orders), "sgr-01")
	must(t, l.Closed(t.Context(), req.String()))
	wantHolders(t, "the holders", only(t, l, req).Holders, orders)
}

func heldWhileClosing(t *testing.T, l ledger.Ledger) {
	req := rule("sg-0c", "10.1.0.0/16")
	stand(t, l, claim(req, orders), "sgr-01")
	_, err := l.Leave(t.Context(), req.String(), []change.Holder{orders})
	must(t, err)
	must(t, l.Hold(t.Context(), req.String(), []change.Holder{reports}, nil))
	got := only(t, l, req)
	want(t, "the status", got.Status, change.Standing)
	want(t, "the rule's id", got.RuleID, "sgr-01")
	wantHolders(t, "the holders", got.Holders, reports)
	wantHolders(t, "the last holders", got.LastHolders)
	want(t, "the number of the unit that left", len(of(t, l, unitA)), 0)
}

const crowd = 12

func someHolder(i int) change.Holder {
	h := holder(unitA, fmt.Sprintf("orders-%02d", i))
	h.Unit.VPC = fmt.Sprintf("vpc-%02d", i)
	return h
}

func leaveAtOnce(t *testing.T, l ledger.Ledger) {
	req := rule("sg-0c", "10.1.0.0/16")
	var all []change.Holder
	for i := range crowd {
		all = append(all, someHolder(i))
	}
	stand(t, l, claim(req, all...), "sgr-01")
	var last atomic.Int32
	atOnce(crowd, func(i int) {
		isLast, err := l.Leave(t.Context(), req.String(), all[i:i+1])
		if err != nil {
			t.Error(err)
		}
		if isLast {
			last.Add(1)
		}
	})
	want(t, "the number of those that were the last", last.Load(), int32(1))
	want(t, "the status", only(t, l, req).Status, change.Closing)
}

func holdAtOnce(t *testing.T, l ledger.Ledger) {
	req := rule("sg-0c", "10.1.0.0/16")
	stand(t, l, claim(req, orders), "sgr-01")
	all := []change.Holder{orders}
	for i := range crowd {
		all = append(all, someHolder(i))
	}
	atOnce(crowd, func(i int) {
		if err := l.Hold(t.Context(), req.String(), []change.Holder{someHolder(i)}, nil); err != nil {
			t.Error(err)
		}
	})
	wantHolders(t, "the holders", only(t, l, req).Holders, all...)
}

func comeWhileLeaving(t *testing.T, l ledger.Ledger) {
	for range crowd {
		req := rule("sg-0c", "10.1.0.0/16")
		stand(t, l, claim(req, orders), "sgr-01")
		atOnce(2, func(i int) {
			var err error
			if i == 0 {
				_, err = l.Leave(t.Context(), req.String(), []change.Holder{orders})
			} else {
				err = l.Hold(t.Context(), req.String(), []change.Holder{reports}, nil)
			}
			if err != nil {
				t.Error(err)
			}
		})
		got := only(t, l, req)
		wantHolders(t, "the holders", got.Holders, reports)
		want(t, "the status", got.Status, change.Standing)
		must(t, l.Release(t.Context(), req.String()))
	}
}

func intendAtOnce(t *testing.T, l ledger.Ledger) {
	req := rule("sg-0c", "10.1.0.0/16")
	var all []change.Holder
	for i := range crowd {
		all = append(all, someHolder(i))
	}
	var anew atomic.Int32
	atOnce(crowd, func(i int) {
		_, existed, err := l.Intend(t.Context(), claim(req, all[i]))
		if err != nil {
			t.Error(err)
		}
		if !existed {
			anew.Add(1)
		}
	})
	want(t, "the number of those that made the claim", anew.Load(), int32(1))
	wantHolders(t, "the holders", only(t, l, req).Holders, all...)
}
