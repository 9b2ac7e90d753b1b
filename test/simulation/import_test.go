package simulation

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/test/imported"
)

// What is imported of a random world in which nothing is declared, or something is, changes
// nothing, hides nothing and is no wider than what is there.
func TestWhatIsImportedChangesNothing(t *testing.T) {
	costly(t)
	var seen counted
	check(t, func(r *rapid.T) Case { return newWideDrawer(r).drawLife() }, func(c Case) ([]Violation, []string, error) {
		h := newHarness(c)
		if err := h.begin(); err != nil {
			return nil, nil, err
		}
		h.sim.Heal()
		declared, err := h.load(h.ctx, h.sim)
		if err != nil {
			return nil, nil, err
		}
		for word, set := range map[string]intent.Set{"nothing declared": {}, "something declared": declared} {
			result, err := imported.Check(h.ctx, h.sim, set, h.now)
			if err != nil {
				h.violate("import", "%s: %v", word, err)
				continue
			}
			for _, text := range result.Broken {
				h.violate("import", "%s: %s", word, text)
			}
			intents, _, left := result.Draft.Counts()
			for range min(intents, 1) {
				seen.saw(word, "imported")
			}
			for range min(left, 1) {
				seen.saw(word, "left")
			}
		}
		return h.violations, h.story, nil
	})
	if checks(t) >= casesToSeeAll {
		seen.seenAll(t, "nothing declared imported", "nothing declared left", "something declared imported")
	}
}
