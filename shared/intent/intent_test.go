package intent_test

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/intenttest"
)

func TestAnIntentParsesBackFromItsRecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := intenttest.Intent().Draw(t, "intent")
		set := intent.Parse([]intent.Record{want.Record()}, intent.Options{})
		if len(set.Invalid) != 0 {
			t.Fatalf("refused: %v", messages(set.Invalid[0].Problems))
		}
		if got := set.Intents[0]; !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v became %+v", want, got)
		}
	})
}

func TestASourceParsesBackFromItsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := intenttest.Source(intent.Closed).Draw(t, "source")
		if got, err := intent.ParseSource(want.String()); err != nil || got != want {
			t.Fatalf("%s became %s, %v", want, got, err)
		}
	})
}

func TestASourceWithHostBitsIsRefusedWithBothReadings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		address := netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "address")))
		written := netip.PrefixFrom(address, rapid.IntRange(0, 32).Draw(t, "length"))
		got, err := intent.ParseSource(written.String())
		if written == written.Masked() {
			if err != nil || got.Prefix != written {
				t.Fatalf("%s became %s, %v", written, got.Prefix, err)
			}
			return
		}
		if err == nil || !strings.Contains(err.Error(), written.Masked().String()+" for") || !strings.Contains(err.Error(), address.String()+"/32 for") {
			t.Fatalf("%s became %s, %v", written, got.Prefix, err)
		}
	})
}

func TestAnIntentLivesFromItsStartUntilJustBeforeItsExpiry(t *testing.T) {
	start := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	end := start.AddDate(0, 1, 0)
	cases := []struct {
		name              string
		notBefore, expiry time.Time
		now               time.Time
		live              bool
		next              time.Time
	}{
		{"no bounds", time.Time{}, time.Time{}, start, true, time.Time{}},
		{"before the start", start, end, start.Add(-1), false, start},
		{"at the start", start, end, start, true, end},
		{"just before the expiry", start, end, end.Add(-1), true, end},
		{"at the expiry", start, end, end, false, time.Time{}},
		{"after the start, without an expiry", start, time.Time{}, end, true, time.Time{}},
		{"before the expiry, without a start", time.Time{}, end, start, true, end},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			i := intent.Intent{NotBefore: c.notBefore, ExpiresAt: c.expiry}
			requireEqual(t, "live", i.Live(c.now), c.live)
			next, found := i.NextMoment(c.now)
			requireEqual(t, "next moment", next, c.next)
			requireEqual(t, "there is a next moment", found, !c.next.IsZero())
		})
	}
}

func TestWhetherAnIntentLivesOnlyChangesAtItsMoments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := intenttest.Intent().Draw(t, "intent")
		now := time.Unix(rapid.Int64Range(900_000_000, 4_100_000_000).Draw(t, "now"), 0)
		next, found := i.NextMoment(now)
		if !found {
			next = now.AddDate(100, 0, 0)
		}
		between := now.Add(time.Duration(rapid.Int64Range(0, int64(next.Sub(now))-1).Draw(t, "later")))
		if i.Live(now) != i.Live(between) {
			t.Fatalf("changes between %v and %v, before %v", now, between, next)
		}
		if found && i.Live(next) == i.Live(now) {
			t.Fatalf("does not change at %v", next)
		}
	})
}

func TestPortsAreTheClustersOwnUnlessSomeAreDeclared(t *testing.T) {
	own := []uint16{6379, 6380}
	i := intent.Intent{Cluster: "sessions", Name: "orders"}
	got, problems := i.PortsOf(own)
	requireEqual(t, "ports", got, own)
	requireEqual(t, "problems", messages(problems), []string(nil))
	if got[0] = 1; own[0] != 6379 {
		t.Error("the cluster's own ports are handed out to be changed")
	}

	i.Ports = []uint16{6379, 11211}
	got, problems = i.PortsOf(own)
	requireEqual(t, "ports", got, []uint16{6379})
	requireEqual(t, "problems", messages(problems), []string{
		`field "ports" of intent "orders" for cluster "sessions" is the number 11211: must be a port of the cluster: 6379, 6380`,
	})
}

func TestAClusterIsCalledByTheLastPartOfItsARN(t *testing.T) {
	requireEqual(t, "of an ARN", intent.ShortName(sessions), "sessions")
	requireEqual(t, "of a bare name", intent.ShortName("sessions"), "sessions")
}
