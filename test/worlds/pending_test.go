package worlds

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// pendingFile lists what fails today, a line each: the world, the flow (or
// expect), the place in the code, what is wrong and what is right.
const pendingFile = "pending.txt"

// expectEntry stands for a world's expect or steps in the list.
const expectEntry = "expect"

// pendingList holds the reason of each flow that fails today, by world and flow.
type pendingList map[string]string

func pendingKey(world, flow string) string { return world + " | " + flow }

// readPending reads the list. Every line must be about a flow of a guide's world.
func readPending(t *testing.T, files []worldFile) pendingList {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(guidesFolder, pendingFile))
	if err != nil {
		t.Fatal(err)
	}
	list, err := parsePending(string(data), files)
	if err != nil {
		t.Fatalf("%s: %v", pendingFile, err)
	}
	return list
}

func parsePending(text string, files []worldFile) (pendingList, error) {
	known := map[string]bool{}
	for _, f := range files {
		for _, fl := range f.Flows {
			known[pendingKey(f.guideName(), fl.String())] = true
		}
		if len(f.runs()) > 0 {
			known[pendingKey(f.guideName(), expectEntry)] = true
		}
	}
	list := pendingList{}
	for i, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, " | ")
		const columns = 4
		if len(fields) != columns || !strings.Contains(fields[2], ".go:") || !strings.Contains(fields[3], "; right: ") {
			return nil, fmt.Errorf("line %d must be: world | flow | file.go:function | what is wrong; right: what is right", i+1)
		}
		key := pendingKey(fields[0], fields[1])
		switch _, twice := list[key]; {
		case !known[key]:
			return nil, fmt.Errorf("line %d: there is no %s", i+1, key)
		case twice:
			return nil, fmt.Errorf("line %d: %s stands twice", i+1, key)
		}
		list[key] = fields[2] + ": " + fields[3]
	}
	return list, nil
}

// recorder collects the failures of an expectation that is pending.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Errorf(string, ...any) { r.failed = true }
func (r *recorder) Error(...any)          { r.failed = true }
func (r *recorder) Logf(string, ...any)   {}
func (r *recorder) Failed() bool          { return r.failed }

// settle ends a test as the list has it: what is pending and fails is skipped, and
// what is pending and passes has to leave the list.
func (l pendingList) settle(t *testing.T, key string, failed bool) {
	t.Helper()
	why, pending := l[key]
	switch {
	case pending && failed:
		t.Skip(why)
	case pending:
		t.Errorf("passes now: take its line out of %s", pendingFile)
	}
}
