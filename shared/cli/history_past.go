package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/record"
)

// shortKey is an intent as people call it.
type shortKey struct{ cluster, name string }

func recordKey(d ledger.Standing) shortKey {
	return shortKey{cluster: intent.ShortName(d.Intent.Cluster), name: d.Intent.Name}
}

// past prints what the record says of a unit at a time.
func (s *screen) past(p record.Past, at time.Time) {
	asOf := "the record does not reach back to " + s.when(at)
	switch {
	case p.Known:
		asOf = "as run " + p.Run + " left it at " + s.when(p.AsOf)
	case !p.Begins.IsZero():
		asOf += "; it begins at " + s.when(p.Begins)
	}
	if s.plain() {
		s.line(0, say("unit  %s  %s", p.Unit, asOf))
	} else {
		s.rule(lightLine, p.Unit.String(), "")
		s.line(0, in(faint, "%s", asOf))
	}
	for _, d := range p.Declared {
		s.declaredThen(d)
	}
	if p.Known && len(p.Declared) == 0 {
		s.line(2, say("no intent was declared"))
	}
	if p.More > 0 {
		s.line(2, in(caution, "! "), say("%d more were declared; the record kept the first %d", p.More, len(p.Declared)))
	}
	for _, f := range p.Undeclared {
		s.hanging(2, 6, in(caution, "! "), in(strong, "open to others"), say("  %s", f.Title), in(accent, "  %s", f.Handle()))
	}
	for _, f := range p.Unknown {
		s.hanging(2, 6, in(caution, "? "), in(strong, "not known"), say("  %s", f.Title), in(accent, "  %s", f.Handle()))
	}
}

// declaredThen prints an intent as it stood: whether its sources could reach the cluster.
func (s *screen) declaredThen(d ledger.Standing) {
	symbol, says := "✗", "could not reach it"
	switch {
	case d.State == string(access.StateUnknown), d.State == "":
		symbol, says = "?", "it is not known whether they could reach it"
	case d.Access == intent.Closed && d.State == string(access.StateOpen):
		says = "declared closed, and could reach it"
	case d.Access == intent.Closed:
		symbol, says = "✓", "declared closed, and could not reach it"
	case d.State == string(access.StateOpen):
		symbol, says = "✓", "could reach it"
	}
	t := good
	switch symbol {
	case "✗":
		t = bad
	case "?":
		t = caution
	}
	parts := []string{strings.Join(d.Sources, ", ") + " " + says}
	if d.Path != "" {
		parts[0] += " over " + d.Path
	}
	if d.Owner != "" {
		parts = append(parts, "owner "+d.Owner)
	}
	if d.Reason != "" {
		parts = append(parts, fmt.Sprintf("%q", d.Reason))
	}
	if !d.ExpiresAt.IsZero() {
		parts = append(parts, "until "+s.when(d.ExpiresAt))
	}
	k := recordKey(d)
	s.hanging(2, 6, in(t, "%s ", symbol), in(strong, "%s/%s", k.cluster, k.name), say("  %s", strings.Join(parts, "; ")))
}
