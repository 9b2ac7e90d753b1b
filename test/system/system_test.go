package system_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cachegate/cachegate/test/system"
)

func TestAHistoryAlwaysGoesTheSameWay(t *testing.T) {
	for seed := range uint64(40) {
		h := system.Draw(seed)
		first, second := system.Tell(t, h), system.Tell(t, h)
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("seed %d goes two ways: %s", seed, diff)
		}
	}
}

func TestWhatIsPrintedIsReadAgain(t *testing.T) {
	for seed := range uint64(40) {
		h := system.Draw(seed)
		read, err := system.Parse([]byte(h.String()))
		if err != nil {
			t.Fatal(err)
		}
		if read.String() != h.String() {
			t.Errorf("seed %d is read as %s", seed, read)
		}
	}
}

func TestAHistoryTellsWhatHappens(t *testing.T) {
	told := strings.Join(system.Tell(t, system.Draw(1)).Story, "\n")
	for _, words := range []string{"wake-up of", "sweep"} {
		if !strings.Contains(told, words) {
			t.Errorf("the story does not say %q", words)
		}
	}
}
