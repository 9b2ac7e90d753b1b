package simulation

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
)

// counted counts what a property came across, so that one that proves nothing is found.
type counted struct {
	mu    sync.Mutex
	times map[string]int
}

func (c *counted) saw(words ...string) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.times == nil {
		c.times = map[string]int{}
	}
	c.times[strings.Join(words, " ")]++
}

// seenAll fails unless all of some things were seen, and logs how often each was.
func (c *counted) seenAll(t *testing.T, wanted ...string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	var table []string
	for _, what := range slices.Sorted(maps.Keys(c.times)) {
		table = append(table, fmt.Sprintf("%6d %s", c.times[what], what))
	}
	t.Logf("seen:\n%s", strings.Join(table, "\n"))
	for _, what := range wanted {
		if c.times[what] == 0 {
			t.Errorf("%q was never seen: the property proves nothing about it", what)
		}
	}
}

func (c *counted) count(words ...string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.times[strings.Join(words, " ")]
}
