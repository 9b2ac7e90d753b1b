package wake_test

import (
	"slices"
	"testing"

	"github.com/cachegate/cachegate/shared/wake"
	"github.com/cachegate/cachegate/shared/wake/waketest"
)

func TestWhatAPersonAskedForIsARunOfItsOwn(t *testing.T) {
	c := at()
	q := waketest.New(c.read)
	must(t, q.Sender().Wake(t.Context(), wake.Request{Unit: unit("vpc-0a"), Trigger: "event"}))
	must(t, q.Sender().Now(t.Context(), wake.Request{Unit: unit("vpc-0a"), Trigger: "erin"}))
	c.now = c.now.Add(1)
	must(t, q.Sender().Now(t.Context(), wake.Request{Unit: unit("vpc-0a"), Trigger: "bob"}))
	var now []bool
	for _, m := range q.First(t) {
		now = append(now, m.Now)
	}
	if got := triggersOf(q.First(t)); !slices.Equal(got, []string{"vpc-0a event", "vpc-0a erin", "vpc-0a bob"}) || !slices.Equal(now, []bool{false, true, true}) {
		t.Errorf("the queue holds %v, now %v", got, now)
	}
}
