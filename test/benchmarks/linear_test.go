package benchmarks

import (
	"testing"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/plan"
)

// What judging and planning take grows with the intents and no faster. Allocations are
// counted, not time: they are the same on every machine.
func TestJudgingAndPlanningAreLinear(t *testing.T) {
	perIntent := func(clusters int) (judging, planning float64) {
		s, intents := estate(clusters, 10)
		n := float64(len(intents))
		judging = testing.AllocsPerRun(1, func() { judgeAll(s, intents) }) / n
		ix, judgements := judgeAll(s, intents)
		in := plan.Input{Now: now, Unit: unit, Index: ix, Judgements: judgements, Policies: intent.Policies{}}
		planning = testing.AllocsPerRun(1, func() { plan.Make(in) }) / n
		return judging, planning
	}
	smallJudging, smallPlanning := perIntent(10)
	bigJudging, bigPlanning := perIntent(300)
	t.Logf("allocations an intent in units of 100 and 3,000: judging %.0f and %.0f, planning %.0f and %.0f", smallJudging, bigJudging, smallPlanning, bigPlanning)
	const most = 1.2
	if bigJudging > most*smallJudging || bigPlanning > most*smallPlanning {
		t.Errorf("a unit thirty times as large takes more an intent: judging %.0f, planning %.0f; the small one %.0f and %.0f", bigJudging, bigPlanning, smallJudging, smallPlanning)
	}
}
