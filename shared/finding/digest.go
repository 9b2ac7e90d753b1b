package finding

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cachegate/cachegate/shared/network"
)

const (
	// toldApart is how many findings of a unit's first run are reported one by one.
	toldApart = 5
	// namedInDigest is how many of them a digest names.
	namedInDigest = 8
)

var severities = []Severity{Low, Medium, High, Critical}

// rank orders severities, the least first.
func (s Severity) rank() int { return slices.Index(severities, s) }

// FirstSeen gives what people hear of a unit's first run: one message in the place of many.
// What was found is open all the same, and told again when it changes or ends.
func FirstSeen(unit network.Unit, told []Finding, now time.Time) []Finding {
	opened := slices.DeleteFunc(slices.Clone(told), func(f Finding) bool { return f.Status != Opened })
	if len(opened) <= toldApart {
		return told
	}
	slices.SortStableFunc(opened, func(a, b Finding) int {
		return cmp.Or(b.Severity.rank()-a.Severity.rank(), cmp.Compare(a.Title, b.Title))
	})
	digest := Finding{
		ID: string(UnitFirstSeen) + "|" + unit.String(), Kind: UnitFirstSeen, Status: Opened, Severity: opened[0].Severity, Unit: unit, Resource: unit.VPC, Since: now,
		Title:  fmt.Sprintf("unit %s is looked at for the first time: %d findings, %s", unit, len(opened), counted(opened)),
		Detail: named(opened),
		Fix:    fmt.Sprintf("list all of them: cachegate findings --unit %s; see who can reach what: cachegate inventory", unit),
	}
	rest := slices.DeleteFunc(slices.Clone(told), func(f Finding) bool { return f.Status == Opened })
	return append(rest, digest)
}

// counted says how many there are of each severity, the worst first.
func counted(all []Finding) string {
	var out []string
	for _, s := range slices.Backward(severities) {
		n := 0
		for _, f := range all {
			if f.Severity == s {
				n++
			}
		}
		if n > 0 {
			out = append(out, fmt.Sprintf("%d %s", n, s))
		}
	}
	return strings.Join(out, ", ")
}

// named names the first of many findings.
func named(all []Finding) string {
	var out []string
	for _, f := range all[:min(len(all), namedInDigest)] {
		out = append(out, string(f.Severity)+": "+f.Title)
	}
	if more := len(all) - namedInDigest; more > 0 {
		out = append(out, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(out, "; ")
}
