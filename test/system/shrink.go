package system

import (
	"slices"
	"testing"
	"time"
)

// triesToShrink bounds how often a failing history is played to make it shorter.
const triesToShrink = 400

// Shrink makes a history shorter as long as it breaks the same promise: it leaves out
// steps, faults and intents, and makes the rest plainer.
func Shrink(t *testing.T, h History, broken Violation) History {
	t.Helper()
	tries := triesToShrink
	still := func(shorter History) bool {
		if tries--; tries < 0 {
			return false
		}
		out := Run(t, shorter)
		return len(out.Violations) > 0 && out.Violations[0].Kind == broken.Kind
	}
	for progress := true; progress && tries > 0; {
		progress = false
		for _, shorter := range []func(History) []History{withoutOne, plainer} {
			for again := true; again && tries > 0; {
				again = false
				for _, candidate := range shorter(h) {
					if still(candidate) {
						h, again, progress = candidate, true, true
						break
					}
				}
			}
		}
	}
	return h
}

// withoutOne gives the histories that lack one thing.
func withoutOne(h History) []History {
	var out []History
	for n := range h.Steps {
		shorter := h
		shorter.Steps = cut(h.Steps, n)
		out = append(out, shorter)
	}
	for n := range h.Faults {
		shorter := h
		shorter.Faults = cut(h.Faults, n)
		out = append(out, shorter)
	}
	for n := range h.Intents {
		shorter := h
		shorter.Intents = cut(h.Intents, n)
		out = append(out, shorter)
	}
	for n, c := range h.Clusters {
		if !h.names(c.Name) {
			shorter := h
			shorter.Clusters = cut(h.Clusters, n)
			out = append(out, shorter)
		}
	}
	return out
}

func cut[T any](all []T, n int) []T { return slices.Delete(slices.Clone(all), n, n+1) }

// names says whether a history declares or does something for a cluster.
func (h History) names(cluster string) bool {
	return slices.ContainsFunc(h.allIntents(), func(i Intent) bool { return i.Cluster == cluster }) ||
		slices.ContainsFunc(h.Steps, func(s Step) bool { return s.On == cluster })
}

// plainer gives the histories that are the same and simpler in one thing.
func plainer(h History) []History {
	var out []History
	add := func(change func(*History)) {
		simple := h
		simple.Clusters, simple.Intents = slices.Clone(h.Clusters), slices.Clone(h.Intents)
		simple.Steps, simple.Faults = slices.Clone(h.Steps), slices.Clone(h.Faults)
		change(&simple)
		out = append(out, simple)
	}
	if h.Workers > 1 {
		add(func(s *History) { s.Workers = 1 })
	}
	if h.Policy.MaxCloses > 0 {
		add(func(s *History) { s.Policy.MaxCloses = 0 })
	}
	if h.Policy.Undeclared != "" {
		add(func(s *History) { s.Policy.Undeclared = "" })
	}
	for n, c := range h.Clusters {
		if c.Serverless {
			add(func(s *History) { s.Clusters[n].Serverless = false })
		}
		if len(c.Groups) > 1 {
			add(func(s *History) { s.Clusters[n].Groups = c.Groups[:1] })
		}
	}
	for n, i := range h.Intents {
		if i.From > 0 {
			add(func(s *History) { s.Intents[n].From = 0 })
		}
		if i.Until > 0 {
			add(func(s *History) { s.Intents[n].Until = 0 })
		}
	}
	for n, f := range h.Faults {
		if f.Times > 1 {
			add(func(s *History) { s.Faults[n].Times = 1 })
		}
		if f.At > time.Second && f.Kind != ClockSkew {
			add(func(s *History) { s.Faults[n].At = f.At.Truncate(time.Minute) / 2 })
		}
	}
	return slices.DeleteFunc(out, func(simple History) bool { return simple.String() == h.String() })
}
