package intentdiff_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/intentdiff"
	"github.com/cachegate/cachegate/shared/intent/intentfile"
	"github.com/cachegate/cachegate/shared/intent/intenttest"
)

const sessions = "arn:aws:elasticache:us-east-1:123456789012:replicationgroup:sessions"

// item reads one item from YAML, for the cluster sessions unless it names one.
func item(t *testing.T, text string) intent.Record {
	t.Helper()
	records, err := intentfile.Parse("test.yaml", []byte("- {"+text+"}"))
	if err != nil {
		t.Fatal(err)
	}
	if _, given := records[0].Fields["cluster"]; !given {
		records[0].Fields["cluster"] = intent.TextValue(sessions)
	}
	return records[0]
}

func said(d intentdiff.Difference) string {
	words := []string{string(d.Action)}
	for _, f := range d.Fields {
		words = append(words, f.Name)
	}
	return strings.Join(words, " ")
}

func TestItemsAreComparedByWhatTheyMean(t *testing.T) {
	for _, c := range []struct{ name, before, after, want string }{
		{"nothing changes", "name: a, source: sg-0a", "name: a, source: sg-0a", "keep"},
		{"one source, written as a list", "name: a, source: sg-0a", "name: a, sources: [sg-0a]", "keep"},
		{"sources in another order", "name: a, sources: [sg-0a, 10.0.0.0/16]", "name: a, sources: [10.0.0.0/16, sg-0a]", "keep"},
		{"a host, as an address", "name: a, source: 10.0.0.1", "name: a, source: 10.0.0.1/32", "keep"},
		{"a default, said or not", "name: a, source: sg-0a, access: open", "name: a, source: sg-0a", "keep"},
		{"a time as seconds", "name: a, source: sg-0a, expiresAt: 1798761599", `name: a, source: sg-0a, expiresAt: "2026-12-31T23:59:59Z"`, "keep"},
		{"a wide source", "name: a, source: 16.0.0.0/4", "name: a, sources: [16.0.0.0/4]", "keep"},
		{"a source more", "name: a, sources: [sg-0a]", "name: a, sources: [sg-0a, sg-0b]", "change sources"},
		{"several fields", "name: a, source: sg-0a, owner: x", "name: a, source: sg-0a, path: peering, reason: y", "change path owner reason"},
		{"a wrong item is put right", "name: a, source: nonsense", "name: a, source: sg-0a", "change sources source"},
		{"a field that is not known goes", "name: a, source: sg-0a, sauce: x", "name: a, source: sg-0a", "change sources source sauce"},
		{"a policy", `cluster: "*", name: "*", mode: observe`, `cluster: "*", name: "*", mode: enforce, widest: /16`, "change mode widest"},
		{"a policy's writes in another order", `cluster: "*", name: "*", writes: [routes, rules]`, `cluster: "*", name: "*", writes: [rules, routes]`, "keep"},
		{"the widths of IPv4 and IPv6 change places", `cluster: "*", name: "*", widest: [/20, /24]`, `cluster: "*", name: "*", widest: [/24, /20]`, "change widest"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := intentdiff.Compare([]intent.Record{item(t, c.before)}, []intent.Record{item(t, c.after)})
			if len(got) != 1 || said(got[0]) != c.want {
				t.Errorf("the difference is %v, expected %q", got, c.want)
			}
		})
	}
}

func TestItemsThatComeAndGoAreToldByKey(t *testing.T) {
	got := intentdiff.Compare(
		[]intent.Record{item(t, "name: goes, source: sg-0a"), item(t, "name: stays, source: sg-0a")},
		[]intent.Record{item(t, "name: stays, source: sg-0a"), item(t, "name: comes, source: sg-0b, owner: x")},
	)
	var words []string
	for _, d := range got {
		words = append(words, d.Key.Name+": "+said(d))
	}
	want := "comes: create sources owner; goes: delete sources; stays: keep"
	if text := strings.Join(words, "; "); text != want {
		t.Errorf("the differences are %q, expected %q", text, want)
	}
}

func TestWhatIsWrittenIsWhatWasMeant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := intenttest.Intent().Draw(t, "intent")
		written := intentdiff.Canonical(i.Record())
		if got := intentdiff.Compare([]intent.Record{written}, []intent.Record{i.Record()}); got[0].Action != intentdiff.Keep {
			t.Fatalf("writing %s changes it: %v", fmt.Sprint(i.Key()), got[0].Fields)
		}
	})
}
