package notify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// deed is what became of one change.
type deed struct {
	Action   string `json:"action"`
	Resource string `json:"resource"`
	Outcome  string `json:"outcome"`
	Why      string `json:"why,omitempty"`
	Text     string `json:"text"`
}

// deeds are the changes of a run that were made, or not made, for a finding.
func deeds(n Note) []deed {
	var out []deed
	for _, c := range n.Changes {
		if !concerns(c, n.Finding) {
			continue
		}
		why, _ := cut(clean(c.Why), maxWhy)
		text, _ := cut(clean(deedText(c)), maxWhy)
		out = append(out, deed{
			Action: string(c.Action), Resource: name(c.Resource), Outcome: string(c.Outcome), Why: why, Text: text,
		})
	}
	return out
}

// concerns says whether a change is for the intent of a finding, or about the rule
// or route that the finding's id names.
func concerns(c change.Change, f finding.Finding) bool {
	if f.Intent != "" && slices.Contains(c.Intents, intent.Key{Cluster: f.Cluster, Name: f.Intent}) {
		return true
	}
	names := func(what string) bool { return what != "" && strings.Contains(f.ID+"|", "|"+what+"|") }
	return names(c.Rule.ID) || names(change.ContestKey(c)) || names(c.Requirement.String())
}

// deedText says what became of a change.
func deedText(c change.Change) string {
	did, to := verbs(c.Action)
	var text string
	switch c.Outcome {
	case change.Applied:
		text = did + " " + object(c)
	case change.Planned:
		text = "not done, since the mode is observe: " + to + " " + object(c)
	case change.Refused:
		text = "held back: " + to + " " + object(c)
	case change.Failed:
		text = "failed: " + to + " " + object(c)
	default:
		text = "not come to: " + to + " " + object(c)
	}
	if c.Why != "" {
		text += " (" + c.Why + ")"
	}
	return text
}

// verbs says what an action did, and what it is to do.
func verbs(a change.Action) (did, to string) {
	switch a {
	case change.AuthorizeIngress, change.SetPeeringDNS:
		return "let", "let"
	case change.RevokeIngress:
		return "took away", "take away"
	case change.CreateRoute, change.CreateTGWRoute, change.ReplaceRoute:
		return "routed", "route"
	case change.DeleteRoute, change.DeleteTGWRoute:
		return "removed", "remove"
	case change.EnablePropagation:
		return "began to propagate", "propagate"
	case change.DisablePropagation:
		return "ceased to propagate", "cease to propagate"
	default:
		return "did", "do"
	}
}

// object says what a change is about.
func object(c change.Change) string {
	switch c.Action {
	case change.AuthorizeIngress:
		return fmt.Sprintf("%s in on TCP %d at %s", c.Peer, c.Port, c.Resource)
	case change.RevokeIngress:
		return ruleText(c)
	case change.CreateRoute, change.CreateTGWRoute:
		return fmt.Sprintf("%s to %s in %s", c.Destination, c.Target, c.Resource)
	case change.ReplaceRoute:
		return fmt.Sprintf("%s to %s instead of %s in %s", c.Destination, c.Target, c.Previous.Target, c.Resource)
	case change.DeleteRoute, change.DeleteTGWRoute:
		return fmt.Sprintf("the route %s to %s from %s", c.Destination, c.Target, c.Resource)
	case change.SetPeeringDNS:
		return fmt.Sprintf("the other side of %s resolve the names of %s", c.Resource, c.VPC)
	case change.EnablePropagation, change.DisablePropagation:
		return fmt.Sprintf("the routes of %s into %s", c.Target, c.Resource)
	default:
		return c.Text()
	}
}

// ruleText names the rule that a revocation takes away.
func ruleText(c change.Change) string {
	peer, ports := c.Peer, fmt.Sprintf("TCP %d", c.Port)
	if c.Rule.Protocol != "" {
		peer, ports = c.Rule.Peer, portsOf(c.Rule)
	}
	text := fmt.Sprintf("the rule of %s for %s from %s", c.Resource, ports, peer)
	if c.Rule.ID != "" {
		text += ", " + c.Rule.ID
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
