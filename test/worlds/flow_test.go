package worlds

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/operate"
	"github.com/cachegate/cachegate/shared/replay"
)

// flow is what a page says of the traffic from a source to a cluster.
type flow struct {
	From    string `yaml:"from"`
	Cluster string `yaml:"cluster"`
	Works   string `yaml:"works"`
	// Names are what a hop that does not pass must name: the resource that stops it.
	Names []string `yaml:"names"`
	// Never are what no hop may say: a command that AWS refuses, or that opens too much.
	Never []string `yaml:"never"`
	Why   string   `yaml:"why"`
}

// What a page may say of a flow.
const (
	flowWorks   = "true"
	flowStopped = "false"
	flowUnknown = "unknown"
)

// usualCluster is where flows lead that name no cluster.
const usualCluster = "sessions"

func (f flow) cluster() string {
	if f.Cluster == "" {
		return usualCluster
	}
	return f.Cluster
}

// String is how the list of pending flows calls it.
func (f flow) String() string {
	if f.cluster() == usualCluster {
		return f.From
	}
	return f.From + " to " + f.cluster()
}

func completeFlows(flows []flow) error {
	seen := map[string]bool{}
	for i, f := range flows {
		switch {
		case f.From == "" || f.Why == "":
			return fmt.Errorf("flow %d needs from and why", i+1)
		case !slices.Contains([]string{flowWorks, flowStopped, flowUnknown}, f.Works):
			return fmt.Errorf("flow %d works: %q; it may be true, false or unknown", i+1, f.Works)
		case f.Works == flowWorks && len(f.Names)+len(f.Never) > 0:
			return fmt.Errorf("flow %d works, so nothing stops it that could be named", i+1)
		case seen[f.String()]:
			return fmt.Errorf("flow %d, from %s, stands twice", i+1, f)
		}
		seen[f.String()] = true
	}
	return nil
}

// asked judges a flow as explain does: an open intent that nobody declared.
func (r *running) asked(tb testing.TB, f flow) operate.Explanation {
	tb.Helper()
	in, err := replay.Lookup(tb.Context(), r.sim)
	if err != nil {
		tb.Fatal(err)
	}
	asked, problems := operate.Ask(map[string]intent.Value{
		intent.FieldCluster: intent.TextValue(f.cluster()), intent.FieldName: intent.TextValue("asked"),
		intent.FieldSource: intent.TextValue(f.From),
	}, in)
	if len(problems) > 0 {
		tb.Fatalf("the flow is wrong: %v", problems)
	}
	found, err := r.session.Explain(tb.Context(), asked)
	if err != nil {
		tb.Fatal(err)
	}
	return found
}

// outcome is what a state says of a flow.
func outcome(s access.State) string {
	switch s {
	case access.StateOpen:
		return flowWorks
	case access.StateUnknown:
		return flowUnknown
	case access.StateBlocked, access.StateClosed, access.StatePending:
		return flowStopped
	default:
		return "the state " + string(s)
	}
}

// wordsForSeveral say nothing of a flow, which has one source.
const wordsForSeveral = "no single path leads to all sources"

// check says what is not as the page has it, nil where all is.
func (f flow) check(state access.State, hops []operate.HopView) error {
	var wrong []error
	if got := outcome(state); got != f.Works {
		wrong = append(wrong, fmt.Errorf("works: %s, not %s, as the state is %s", got, f.Works, state))
	}
	said := func(h operate.HopView, text string) bool {
		return h.Verdict != "pass" && strings.Contains(strings.Join([]string{h.Resource, h.Detail, h.Fix}, " "), text)
	}
	for _, text := range f.Names {
		if !slices.ContainsFunc(hops, func(h operate.HopView) bool { return said(h, text) }) {
			wrong = append(wrong, fmt.Errorf("no hop that does not pass names %s", text))
		}
	}
	for _, text := range append(slices.Clone(f.Never), wordsForSeveral) {
		if slices.ContainsFunc(hops, func(h operate.HopView) bool { return said(h, text) }) {
			wrong = append(wrong, fmt.Errorf("a hop says %q, which is wrong", text))
		}
	}
	return errors.Join(wrong...)
}
