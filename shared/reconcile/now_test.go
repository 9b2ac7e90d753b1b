package reconcile_test

import (
	"testing"

	"github.com/cachegate/cachegate/shared/reconcile"
)

func TestWhatIsContestedIsTriedWhenAPersonAsks(t *testing.T) {
	s := start(t, sameVPC, orders)
	s.sweep()
	for range 4 { // the last of them waits
		if _, err := s.Event(t.Context(), s.undo("sg-0c")); err != nil {
			t.Fatal(err)
		}
	}
	wantStrings(t, "rules while it waits", s.sources("sg-0c"))
	if _, err := s.Runner.Run(t.Context(), cacheUnit(), reconcile.Wake{Trigger: "erin", Now: true}); err != nil {
		t.Fatal(err)
	}
	wantStrings(t, "rules once a person asked", s.sources("sg-0c"), "sg-0a:6379")
}
