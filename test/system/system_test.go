package system_test

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cachegate/cachegate/test/system"
)

func TestSmoke(t *testing.T) {
	from, n := 0, 200
	if s := os.Getenv("SEED"); s != "" {
		from, _ = strconv.Atoi(s)
		n = 1
	}
	if s := os.Getenv("N"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	start := time.Now()
	kinds := map[string][]uint64{}
	struck := map[system.Kind]int{}
	var tally system.Tally
	for seed := uint64(from); seed < uint64(from+n); seed++ {
		out := system.Run(t, system.Draw(seed))
		for k := range out.Struck {
			struck[k]++
		}
		tally.Runs += out.Tally.Runs
		tally.Writes += out.Tally.Writes
		tally.Closes += out.Tally.Closes
		if len(out.Violations) > 0 {
			kinds[out.Violations[0].Kind] = append(kinds[out.Violations[0].Kind], seed)
		}
	}
	t.Logf("%d histories in %s: %.1f a second; %d runs %d writes %d closes", n, time.Since(start), float64(n)/time.Since(start).Seconds(), tally.Runs, tally.Writes, tally.Closes)
	for _, k := range system.Kinds() {
		t.Logf("%5d %s", struck[k], k)
	}
	for k, seeds := range kinds {
		t.Errorf("%d %s: %v", len(seeds), k, seeds[:min(len(seeds), 12)])
	}
	if n == 1 {
		out := system.Tell(t, system.Draw(uint64(from)))
		t.Logf("%s\n%s", system.Draw(uint64(from)), strings.Join(out.Story, "\n"))
	}
}
