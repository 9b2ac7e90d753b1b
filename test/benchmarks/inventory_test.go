package benchmarks

import (
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/operate"
	"github.com/cachegate/cachegate/shared/replay"
	"github.com/cachegate/cachegate/test/bigestate"
)

// BenchmarkInventory reports the time of an inventory of a thousand clusters and five
// thousand groups, its reads of the simulated account included: in many VPCs, and in few.
func BenchmarkInventory(b *testing.B) {
	for name, size := range map[string]bigestate.Size{
		"VPCs=50": {VPCs: 50, Clusters: 20, Applications: 80},
		"VPCs=2":  {VPCs: 2, Clusters: 500, Applications: 2000},
	} {
		b.Run(name, func(b *testing.B) {
			world, _, err := awssim.Build(bigestate.World(size))
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				session := replay.New(awssim.New(world), intent.Set{}, replay.Options{Clock: time.Now})
				estate, err := operate.ReadEstate(b.Context(), session.Clients, session.Runner.Locations)
				if err != nil {
					b.Fatal(err)
				}
				clusters, reachable := 0, 0
				for _, u := range estate.Units {
					found, _, err := session.Inventory(b.Context(), estate, u)
					if err != nil {
						b.Fatal(err)
					}
					clusters += len(found)
					for _, c := range found {
						for _, a := range c.Accesses {
							if a.Reachable == network.On {
								reachable++
							}
						}
					}
				}
				if clusters != 1000 || reachable != 5000 {
					b.Fatalf("%d clusters, reached by %d rules", clusters, reachable)
				}
			}
		})
	}
}
