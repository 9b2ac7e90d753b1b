package worlds

import (
	"sync/atomic"
	"testing"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/test/imported"
)

// What is imported of each world changes nothing, hides nothing and is no wider than what is
// there: with what the world declares, and with nothing.
func TestWhatIsImportedOfAWorldChangesNothing(t *testing.T) {
	var intents atomic.Int64
	t.Cleanup(func() {
		if intents.Load() == 0 {
			t.Error("nothing was imported of any world: the test proves nothing")
		}
	})
	for _, f := range append(worldFiles(t), guideFiles(t)...) {
		t.Run(f.path+"/"+f.name, func(t *testing.T) {
			t.Parallel()
			r := start(t, f)
			for word, set := range map[string]intent.Set{"nothing declared": {}, "as declared": r.declared(t, f.Intents)} {
				result, err := imported.Check(t.Context(), r.sim, set, r.now)
				if err != nil {
					t.Fatalf("%s: %v", word, err)
				}
				for _, text := range result.Broken {
					t.Errorf("%s: %s", word, text)
				}
				n, _, _ := result.Draft.Counts()
				intents.Add(int64(n))
			}
		})
	}
}
