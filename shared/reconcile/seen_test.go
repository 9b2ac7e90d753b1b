package reconcile_test

import (
	"slices"
	"testing"

	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/network"
)

// A cluster that nobody declared anything for is found by the unit of its account and Region,
// judged, and told; nothing is revoked for it.
func TestAClusterThatNobodyDeclaredAnythingForIsSeen(t *testing.T) {
	for name, policy := range map[string]string{"without a policy": "[]", "revoke for all": "- {cluster: \"*\", name: \"*\", mode: enforce, undeclared: revoke}"} {
		t.Run(name, func(t *testing.T) {
			s := start(t, sameVPC, policy)
			s.allowCIDR("sg-0c", "0.0.0.0/0")
			found := s.run(network.PendingUnit(home()))
			if !slices.Equal(found.Moved, []network.Unit{cacheUnit()}) {
				t.Fatalf("the unit of clusters to come hands on to %v, want %s", found.Moved, cacheUnit())
			}
			report := s.run(cacheUnit())
			told := slices.ContainsFunc(report.Told, func(f finding.Finding) bool {
				return f.Kind == finding.AccessUndeclared && f.Severity == finding.Critical
			})
			if !told {
				t.Errorf("told was %v, want that everybody may reach it", report.Told)
			}
			wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "0.0.0.0/0:6379")
			if again := s.run(network.PendingUnit(home())); len(again.Moved) > 0 {
				t.Errorf("a cluster that is known is handed on again: %v", again.Moved)
			}
		})
	}
	t.Run("revoke for the cluster itself", func(t *testing.T) {
		s := start(t, sameVPC, "- {cluster: \"*\", name: sessions, mode: enforce, undeclared: revoke}")
		s.allowCIDR("sg-0c", "10.9.0.0/16")
		s.run(network.PendingUnit(home()))
		s.run(cacheUnit())
		wantStrings(t, "rules of sg-0c", s.sources("sg-0c"))
	})
}
