package cli

import (
	"fmt"
	"strings"

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

// changeText says a change in plain words.
func changeText(c change.Change) string {
	switch c.Action {
	case change.AuthorizeIngress:
		return fmt.Sprintf("let %s in on TCP %d at %s", c.Peer, c.Port, c.Resource)
	case change.RevokeIngress:
		return "take away " + ruleText(c)
	case change.CreateRoute, change.CreateTGWRoute:
		return fmt.Sprintf("route %s to %s in %s", c.Destination, c.Target, c.Resource)
	case change.ReplaceRoute:
		return fmt.Sprintf("route %s to %s instead of %s in %s", c.Destination, c.Target, c.Previous, c.Resource)
	case change.DeleteRoute, change.DeleteTGWRoute:
		return fmt.Sprintf("remove the route %s to %s from %s", c.Destination, c.Target, c.Resource)
	case change.SetPeeringDNS:
		return fmt.Sprintf("let the other side of %s resolve the names of %s", c.Resource, c.VPC)
	case change.EnablePropagation:
		return fmt.Sprintf("propagate the routes of %s into %s", c.Target, c.Resource)
	case change.DisablePropagation:
		return fmt.Sprintf("propagate the routes of %s into %s no longer", c.Target, c.Resource)
	default:
		return c.Text()
	}
}

// ruleText names the rule that a revocation takes away.
func ruleText(c change.Change) string {
	peer, ports := c.Peer, fmt.Sprintf("TCP %d", c.Port)
	if c.Rule.Protocol != "" {
		peer = c.Rule.Peer
		ports = portsOf(c.Rule)
	}
	text := fmt.Sprintf("the rule for %s from %s at %s", ports, peer, c.Resource)
	if c.Rule.ID != "" {
		text += " (" + c.Rule.ID + ")"
	}
	return text
}

func portsOf(r network.Rule) string {
	switch {
	case r.Protocol == network.AllProtocols:
		return "all traffic"
	case r.FromPort == r.ToPort:
		return fmt.Sprintf("%s %d", strings.ToUpper(r.Protocol), r.FromPort)
	default:
		return fmt.Sprintf("%s %d-%d", strings.ToUpper(r.Protocol), r.FromPort, r.ToPort)
	}
}

// reasonText says why a change is made.
func reasonText(c change.Change) string {
	names := intentNames(c.Intents)
	switch c.Reason {
	case change.Declared:
		return "needed by " + names
	case change.Repaired:
		return "someone took it away, and it is needed by " + names
	case change.Expired:
		return "the time of " + names + " is over"
	case change.Withdrawn:
		if names == "" {
			return "nobody needs it any longer"
		}
		return "no longer needed by " + names
	case change.ClusterDeleted:
		return strings.TrimSpace("the cluster is gone " + inBrackets(names))
	case change.Undeclared:
		return "nobody declared it, and the policy revokes that"
	case change.ClosedIntent:
		return "declared closed by " + names
	default:
		return string(c.Reason)
	}
}

func inBrackets(text string) string {
	if text == "" {
		return ""
	}
	return "(" + text + ")"
}

// intentNames lists intents as people call them: cluster/name.
func intentNames(keys []intent.Key) string {
	names := make([]string, 0, len(keys))
	for _, k := range keys {
		names = append(names, intentName(k))
	}
	return strings.Join(names, ", ")
}

func intentName(k intent.Key) string { return intent.ShortName(k.Cluster) + "/" + k.Name }

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
		case access.Pending, access.Unknown:
		}
	}
	switch h.Verdict {
	case access.Pass:
		return "✓", string(h.Verdict), good
	case access.Fail:
		return "✗", string(h.Verdict), bad
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
