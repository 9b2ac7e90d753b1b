package worlds

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/cachegate/cachegate/shared/operate"
	"github.com/cachegate/cachegate/test/testworld"
)

// The base networks are worth their names only if they are what their titles say:
// a path that is open, or one that lacks these hops and no others.
func TestBaseNetworksAreWhatTheirTitlesSay(t *testing.T) {
	const rule, route, path = "security-group-ingress", "route", "path"
	cases := map[string]struct {
		source, path, before string
		lacks                []string
	}{
		"same-vpc":                       {"sg-0a", "same-vpc", "closed", []string{rule}},
		"serverless":                     {"sg-0a", "same-vpc", "closed", []string{rule}},
		"two-vpcs":                       {"10.1.2.0/24", "", "blocked", []string{path}},
		"two-accounts":                   {"444455556666/sg-0a", "", "blocked", []string{path}},
		"peering":                        {"444455556666/sg-0a", "peering", "open", nil},
		"transit-gateway":                {"10.1.2.0/24", "transit-gateway", "open", nil},
		"transit-gateway-dual-stack":     {"2001:db8:0:202::/64", "transit-gateway", "closed", []string{route, rule}},
		"transit-gateway-peered":         {"10.1.2.0/24", "transit-gateway", "open", nil},
		"transit-gateway-shared":         {"10.1.2.0/24", "transit-gateway", "closed", []string{rule}},
		"transit-vpc":                    {"10.7.1.0/24", "transit-vpc", "open", nil},
		"transit-vpc-appliance":          {"10.7.1.0/24", "transit-vpc", "open", nil},
		"transit-vpc-bgp":                {"10.7.1.0/24", "transit-vpc", "closed", []string{rule}},
		"vpn":                            {"192.168.4.0/24", "vpn", "open", nil},
		"vpn-transit-gateway":            {"192.168.4.0/24", "vpn", "open", nil},
		"direct-connect":                 {"192.168.4.0/24", "direct-connect", "open", nil},
		"direct-connect-gateway":         {"192.168.4.0/24", "direct-connect", "open", nil},
		"direct-connect-local-zone":      {"192.168.4.0/24", "direct-connect", "closed", []string{route, rule}},
		"direct-connect-transit-gateway": {"192.168.4.0/24", "direct-connect", "closed", []string{route, rule}},
		"caches":                         {"10.0.0.0/16", "same-vpc", "closed", []string{rule}},
		"three-vpcs":                     {"sg-0a", "", "blocked", []string{path}},
		"peering-hub":                    {"10.1.2.0/24", "peering", "open", nil},
		"peering-hub-dual-stack":         {"2001:db8:0:a02::/64", "peering", "open", nil},
		"peering-matching-blocks":        {"192.168.1.0/24", "peering", "open", nil},
		"transit-gateway-hub":            {"10.1.2.0/24", "transit-gateway", "open", nil},
		"vpn-bgp":                        {"192.168.4.0/24", "vpn", "open", nil},
		"shared-vpc":                     {"777788889999/sg-0a", "same-vpc", "closed", []string{rule}},
	}
	// What these hold is judged by a world of a guide, which is the network as it is.
	guides := map[string]string{"transit-gateway-inspection": "inspection/central-inspection"}
	for _, name := range testworld.Names() {
		t.Run(name, func(t *testing.T) {
			if world, ok := guides[name]; ok {
				isGuidesWorld(t, name, world)
				return
			}
			c, ok := cases[name]
			if !ok {
				t.Fatal("the base network has no case here")
			}
			tree, err := testworld.Base(name)
			if err != nil {
				t.Fatal(err)
			}
			r := start(t, worldFile{
				name: name, World: tree,
				Intents: []any{map[string]any{"cluster": "sessions", "name": "orders", "source": c.source}},
			})
			intents := operate.ReportView("sweep", r.sweep(t)...).Intents
			if len(intents) != 1 || intents[0].Path != c.path || intents[0].Before != c.before {
				t.Fatalf("want path %q, %s; got %+v", c.path, c.before, intents)
			}
			var lacks []string
			for _, h := range intents[0].Hops {
				if h.Verdict != "pass" {
					lacks = append(lacks, h.Kind)
				}
			}
			slices.Sort(lacks)
			if lacks = slices.Compact(lacks); !slices.Equal(lacks, c.lacks) {
				t.Errorf("lacks %v, not %v", lacks, c.lacks)
			}
		})
	}
}

// isGuidesWorld fails unless a world of a guide is a base network without a patch.
func isGuidesWorld(t *testing.T, base, world string) {
	t.Helper()
	f, err := readWorld(filepath.Join(guidesFolder, filepath.FromSlash(world)+".yaml"))
	if err != nil || f.Base != base || f.Patch != nil || len(f.Flows) == 0 {
		t.Errorf("%s is not the network %s as it is, with flows: %v", world, base, err)
	}
}
