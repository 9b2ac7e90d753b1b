package pages_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// pictures are the commands that draw the pictures of the pages, run in shared/examples
// one after the other. The second one also repairs what is broken.
const (
	drawBroken   = "cachegate graph sessions --format svg --world world.yaml --intents intents.yaml >broken.svg # exit status 1"
	repair       = "cachegate replay revoked.json --world world.yaml --intents intents.yaml --output-world repaired.json"
	drawRepaired = "cachegate graph sessions --format svg --world repaired.json --intents intents.yaml >repaired.svg"
)

// With CACHEGATE_UPDATE=1 the test writes the pictures.
func TestThePicturesAreDrawnFromTheExamples(t *testing.T) {
	s := newShell(t)
	for _, command := range []string{"cd shared/examples", drawBroken, repair, drawRepaired} {
		if status, out := s.run(command); status != statusOf(command) {
			t.Fatalf("%s ends with %d:\n%s", command, status, out)
		}
	}
	for _, name := range []string{"broken.svg", "repaired.svg"} {
		drawn, err := os.ReadFile(filepath.Join(s.folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if has := strings.Contains(string(drawn), "✗ FAIL"); has != (name == "broken.svg") {
			t.Errorf("%s shows a hop that fails: %v", name, has)
		}
		committed := filepath.Join(root, "shared", "examples", name)
		if os.Getenv("CACHEGATE_UPDATE") != "" {
			if err = os.WriteFile(committed, drawn, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(committed)
		if err != nil || string(got) != string(drawn) {
			t.Errorf("shared/examples/%s is not what cachegate draws: run CACHEGATE_UPDATE=1 go test ./test/pages (%v)", name, err)
		}
	}
}
