package dynamo

import (
	"encoding/json"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/ledger"
)

// anything draws values with something in every field, so that a field which the
// records forget shows as a difference.
func anything[T any]() *rapid.Generator[T] {
	prefix := rapid.Custom(func(t *rapid.T) netip.Prefix {
		address := [4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "address"))
		return netip.PrefixFrom(netip.AddrFrom4(address), rapid.IntRange(0, 32).Draw(t, "bits"))
	})
	moment := rapid.Custom(func(t *rapid.T) time.Time {
		zone := time.FixedZone("somewhere", rapid.IntRange(-12, 12).Draw(t, "offset")*3600)
		return time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "seconds"), rapid.Int64Range(0, 1e9-1).Draw(t, "nanoseconds")).In(zone)
	})
	return rapid.MakeCustom[T](rapid.MakeConfig{Types: map[reflect.Type]*rapid.Generator[any]{
		reflect.TypeFor[netip.Prefix](): prefix.AsAny(),
		reflect.TypeFor[time.Time]():    moment.AsAny(),
	}})
}

func equal() cmp.Options {
	return cmp.Options{
		cmpopts.EquateEmpty(),
		cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
	}
}

// throughJSON gives a record as it comes back from the table.
func throughJSON[R any](t *rapid.T, record R) R {
	data, err := json.Marshal(record)
	if err != nil {
		t.Fatalf("encoding %+v: %v", record, err)
	}
	var back R
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatalf("decoding %s: %v", data, err)
	}
	return back
}

func TestAClaimComesBackWithEveryField(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anything[change.Claim]().Draw(t, "claim")
		if diff := cmp.Diff(want, throughJSON(t, claimOf(want)).claim(), equal()); diff != "" {
			t.Errorf("the claim changed (-put +got):\n%s", diff)
		}
	})
}

func TestARunComesBackWithEveryFieldOfItsChanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anything[ledger.Run]().Draw(t, "run")
		want.Settled = nil // it goes into the claims
		for i := range want.Changes {
			want.Changes[i].Previous.Resource = "rtb-01" // without a resource there was none
		}
		if diff := cmp.Diff(want, throughJSON(t, runOf(want)).run(), equal()); diff != "" {
			t.Errorf("the run changed (-put +got):\n%s", diff)
		}
	})
}

func TestAFindingComesBackWithEveryField(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anything[finding.Finding]().Draw(t, "finding")
		if diff := cmp.Diff(want, throughJSON(t, findingOf(want)).finding(), equal()); diff != "" {
			t.Errorf("the finding changed (-put +got):\n%s", diff)
		}
	})
}

func TestADocumentComesBackFromItsPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOf(rapid.String()).Draw(t, "lines")
		for range rapid.IntRange(0, 12).Draw(t, "doublings") {
			want = append(want, want...)
		}
		pieces, err := encode(want)
		if err != nil {
			t.Fatalf("encoding: %v", err)
		}
		var got []string
		if err := decode(pieces, &got); err != nil {
			t.Fatalf("decoding: %v", err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("the document changed (-put +got):\n%s", diff)
		}
	})
}
