package reconcile_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
	"github.com/cachegate/cachegate/shared/resource"
)

// A list of AWS is not whole once, without an error: what it leaves out is not gone.
func TestAListThatIsNotWhole(t *testing.T) {
	for name, cut := range map[string]func(*awssim.Region){
		"without the nodes of a replication group": func(r *awssim.Region) { r.CacheClusters = nil },
		"without the subnet group of a cluster":    func(r *awssim.Region) { r.CacheSubnetGroups = nil },
	} {
		t.Run(name, func(t *testing.T) {
			var text strings.Builder
			for i := range 5 {
				fmt.Fprintf(&text, "- {cluster: sessions, name: n%d, source: 10.0.%d.0/24}\n", i, 100+i)
			}
			s := start(t, sameVPC, text.String())
			s.sweep()
			whole, partial := s.copied(), s.copied()
			cut(partial[cacheAccount][homeRegion])
			s.rebuild(partial)
			report := s.run(cacheUnit())
			if n := len(s.sources("sg-0c")); n != 5 {
				t.Errorf("%d of 5 rules are left: %v", n, report.Changes)
			}
			if !slices.ContainsFunc(report.Told, func(f finding.Finding) bool { return f.Kind == finding.UnitUnreadable }) {
				t.Error("nobody is told that the unit cannot be read")
			}
			s.rebuild(whole)
			s.satisfied()
		})
	}
	t.Run("without a cluster that is there when it is asked for by name", func(t *testing.T) {
		s := start(t, sameVPC, orders)
		s.sweep()
		s.Runner.Clients = hidingClients{s.Runner.Clients}
		s.run(cacheUnit())
		wantStrings(t, "rules of sg-0c", s.sources("sg-0c"), "sg-0a:6379")
	})
	t.Run("a cluster that AWS says is gone is gone", func(t *testing.T) {
		s := start(t, sameVPC, orders)
		s.sweep()
		must[*elasticache.DeleteReplicationGroupOutput](t)(s.caches().DeleteReplicationGroup(t.Context(), &elasticache.DeleteReplicationGroupInput{ReplicationGroupId: aws.String("sessions")}))
		report := s.run(cacheUnit())
		if len(s.sources("sg-0c")) > 0 || report.Changes[0].Reason != change.ClusterDeleted {
			t.Errorf("rules %v are left of a deleted cluster: %v", s.sources("sg-0c"), report.Changes)
		}
	})
}

// hidingClients list no cluster, and find each by its name.
type hidingClients struct{ observe.Clients }

func (c hidingClients) For(ctx context.Context, at network.Location) (observe.API, error) {
	api, err := c.Clients.For(ctx, at)
	listers := make([]resource.Lister, 0, len(api.Listers))
	for _, l := range api.Listers {
		listers = append(listers, hidingLister{l})
	}
	api.Listers = listers
	return api, err
}

type hidingLister struct{ resource.Lister }

func (hidingLister) List(context.Context, resource.Reader) ([]network.Cluster, error) {
	return nil, nil
}
