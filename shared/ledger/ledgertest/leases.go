package ledgertest

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/ledger"
)

const ttl = 15 * time.Minute

func leaseTests() []test {
	return []test{
		{"a unit is leased to one owner at a time", oneOwner},
		{"the units are leased apart", leasesApart},
		{"an owner takes its own lease over, and the earlier one is lost", takenOver},
		{"a lease that ran out is lost, whether somebody else came or not", ranOut},
		{"the fence grows with every lease of a unit", fenceGrows},
		{"a lease that was given back can be had at once, and is lost", givenBack},
		{"giving back a lost lease leaves the new owner its own", givenBackTooLate},
		{"of all that ask at once exactly one gets the lease", leasedAtOnce},
	}
}

func acquire(t *testing.T, l ledger.Ledger, owner string, now time.Time) ledger.Lease {
	t.Helper()
	lease, err := l.Acquire(t.Context(), unitA, owner, now, ttl)
	must(t, err)
	return lease
}

func wantLost(t *testing.T, what string, l ledger.Ledger, lease ledger.Lease, now time.Time) {
	t.Helper()
	if err := l.Check(t.Context(), lease, now); !errors.Is(err, ledger.ErrLeaseLost) {
		t.Errorf("%s: checking the lease gave %v, want ErrLeaseLost", what, err)
	}
}

func oneOwner(t *testing.T, l ledger.Ledger) {
	lease := acquire(t, l, "one", noon)
	want(t, "the unit", lease.Unit, unitA)
	want(t, "the owner", lease.Owner, "one")
	want(t, "the end is the same", lease.Until.Equal(noon.Add(ttl)), true)
	must(t, l.Check(t.Context(), lease, noon.Add(time.Minute)))
	_, err := l.Acquire(t.Context(), unitA, "two", noon.Add(ttl-time.Second), ttl)
	if !errors.Is(err, ledger.ErrLeased) {
		t.Errorf("a second owner got %v, want ErrLeased", err)
	}
	must(t, l.Check(t.Context(), lease, noon.Add(ttl-time.Second)))
}

func leasesApart(t *testing.T, l ledger.Ledger) {
	acquire(t, l, "one", noon)
	_, err := l.Acquire(t.Context(), unitB, "two", noon, ttl)
	must(t, err)
}

func takenOver(t *testing.T, l ledger.Ledger) {
	first := acquire(t, l, "one", noon)
	second := acquire(t, l, "one", noon.Add(time.Minute))
	must(t, l.Check(t.Context(), second, noon.Add(2*time.Minute)))
	wantLost(t, "the earlier lease", l, first, noon.Add(2*time.Minute))
}

func ranOut(t *testing.T, l ledger.Ledger) {
	first := acquire(t, l, "one", noon)
	later := noon.Add(ttl + time.Second)
	wantLost(t, "nobody came", l, first, later)
	second := acquire(t, l, "two", later)
	wantLost(t, "somebody came", l, first, later)
	must(t, l.Check(t.Context(), second, later))
}

func fenceGrows(t *testing.T, l ledger.Ledger) {
	fence := int64(0)
	for i := range 5 {
		lease := acquire(t, l, fmt.Sprintf("owner-%d", i%2), noon.Add(time.Duration(i)*time.Hour))
		if lease.Fence <= fence {
			t.Errorf("lease %d has the fence %d after %d", i, lease.Fence, fence)
		}
		fence = lease.Fence
		if i%2 == 0 {
			must(t, l.Free(t.Context(), lease))
		}
	}
}

func givenBack(t *testing.T, l ledger.Ledger) {
	first := acquire(t, l, "one", noon)
	must(t, l.Free(t.Context(), first))
	wantLost(t, "a lease that was given back", l, first, noon.Add(time.Second))
	second := acquire(t, l, "two", noon.Add(time.Second))
	must(t, l.Check(t.Context(), second, noon.Add(time.Second)))
	wantLost(t, "a lease that was given back, and had by another", l, first, noon.Add(time.Second))
}

func givenBackTooLate(t *testing.T, l ledger.Ledger) {
	first := acquire(t, l, "one", noon)
	later := noon.Add(ttl + time.Second)
	second := acquire(t, l, "two", later)
	must(t, l.Free(t.Context(), first))
	must(t, l.Check(t.Context(), second, later))
	if _, err := l.Acquire(t.Context(), unitA, "one", later, ttl); !errors.Is(err, ledger.ErrLeased) {
		t.Errorf("the old owner got %v, want ErrLeased", err)
	}
}

func leasedAtOnce(t *testing.T, l ledger.Ledger) {
	var got atomic.Int32
	atOnce(crowd, func(i int) {
		_, err := l.Acquire(t.Context(), unitA, fmt.Sprintf("owner-%d", i), noon, ttl)
		switch {
		case err == nil:
			got.Add(1)
		case !errors.Is(err, ledger.ErrLeased):
			t.Error(err)
		}
	})
	want(t, "the number of leases", got.Load(), int32(1))
}
