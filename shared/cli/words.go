package cli

import (
	"fmt"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/operate"
)

// whyIgnored says in words why nothing is done about an event.
func whyIgnored(reason events.IgnoreReason) string {
	switch reason {
	case events.IgnoredFailedCall:
		return "AWS refused the call, so that nothing changed"
	case events.IgnoredDryRun:
		return "a dry run changes nothing"
	case events.IgnoredReadOnly:
		return "the call only reads"
	case events.IgnoredNotWatched:
		return "it cannot change a path to a cache"
	case events.IgnoredOwnChange:
		return "cachegate made the change itself, and has seen it"
	case events.IgnoredNoDependents:
		return "no declared intent depends on anything it names"
	default:
		return string(reason)
	}
}

// outcomeTone gives how a change went.
func outcomeTone(o change.Outcome) (symbol string, t tone) {
	switch o {
	case change.Applied:
		return "✓", good
	case operate.Due:
		return "→", accent
	case change.Planned:
		return "~", caution
	case change.Refused, change.Failed:
		return "✗", bad
	default:
		return " ", normal
	}
}

// verdictTone gives how a hop stands. A closed intent speaks against what is let
// in: there the gate that lets nothing in is the good one.
func verdictTone(h access.Hop, closed bool) (symbol, text string, t tone) {
	if closed && h.Kind == access.HopIngress {
		switch h.Verdict {
		case access.Pass:
			return "✗", "open", bad
		case access.Fail:
			return "✓", "closed", good
		case access.Pending, access.Unknown, access.Advice:
		}
	}
	switch h.Verdict {
	case access.Pass:
		return "✓", string(h.Verdict), good
	case access.Fail:
		return "✗", string(h.Verdict), bad
	case access.Advice:
		return "!", string(h.Verdict), caution
	case access.Pending:
		return "…", string(h.Verdict), caution
	case access.Unknown:
		return "?", string(h.Verdict), caution
	default:
		return " ", string(h.Verdict), normal
	}
}

// stateTone gives whether a state is what an intent declares.
func stateTone(s access.State, declared intent.Access) tone {
	switch {
	case s == access.StateOpen && declared != intent.Closed, s == access.StateClosed && declared == intent.Closed:
		return good
	case s == access.StatePending || s == access.StateUnknown:
		return caution
	default:
		return bad
	}
}

// where names a hop's resource, with its account and Region where they are not
// those that one expects.
func where(h access.Hop, home network.Location) string {
	switch {
	case h.Location.IsZero() || h.Location == home:
		return h.Resource
	case h.Location.Account == home.Account:
		return h.Resource + " in " + h.Location.Region
	case h.Location.Region == home.Region:
		return h.Resource + " in " + h.Location.Account
	default:
		return h.Resource + " in " + h.Location.String()
	}
}

// count gives a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
