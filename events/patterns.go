package events

import (
	"encoding/json"
	"slices"
)

// MaxPatternLength is EventBridge's default quota for the characters of an event pattern.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
const MaxPatternLength = 2048

// Pattern is the event pattern of one EventBridge rule.
type Pattern struct {
	// Name is stable and made of lower-case letters and hyphens: it names the rule.
	Name string
	// Source is the service whose events it matches: "aws.ec2".
	Source string
	// Families are the names of the families that it matches.
	Families []string
	// JSON is the pattern, compact.
	JSON string
}

// pattern is written in the order of its fields, so that the same table always
// gives the same text.
type pattern struct {
	Source     []string       `json:"source"`
	DetailType []string       `json:"detail-type"`
	Detail     *detailPattern `json:"detail,omitempty"`
}

type detailPattern struct {
	EventSource []string        `json:"eventSource"`
	EventName   []string        `json:"eventName"`
	ErrorCode   []existsPattern `json:"errorCode"`
}

type existsPattern struct {
	Exists bool `json:"exists"`
}

// Patterns returns the event patterns that match every watched event, each by
// exactly one of them, in a fixed order.
//
// Several are needed because the names of one service are longer than a pattern
// may be. Failed calls and dry runs, which are recorded with an errorCode, do not
// match. Who made a call is not part of a pattern: "anything-but" on the
// caller's role would also drop the calls of all who have no role. Network
// Manager sends its events to us-west-2 alone, whatever Region they are about.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
func Patterns() []Pattern {
	return slices.Concat(
		[]Pattern{
			patternOf("security", "sg_rules", "sg_lifecycle", "sg_cosmetic", "prefix_list", "eni_instance", "nacl", "tags"),
			patternOf("network", "routes", "route_server", "peering", "vpc_subnet", "vpc_endpoint", "vpc_controls", "vpn"),
			patternOf("transit-gateway", "tgw", "tgw_routing", "tgw_policy_connect"),
		},
		servicePatterns(false),
		[]Pattern{
			patternOf("direct-connect", "directconnect"),
			patternOf("instance-state", "instance_state"),
		},
		servicePatterns(true),
		[]Pattern{patternOf("network-manager", "network_manager")},
	)
}

// patternOf makes the pattern of families that share a source.
func patternOf(name string, families ...string) Pattern {
	var source, eventSource string
	var names []string
	for _, f := range Families() {
		if slices.Contains(families, f.Name) {
			source, eventSource = f.Source, f.EventSource
			names = append(names, f.Names...)
		}
	}
	p := pattern{Source: []string{source}, DetailType: names}
	if eventSource != "" {
		p.DetailType = []string{detailTypeAPICall}
		p.Detail = &detailPattern{
			EventSource: []string{eventSource}, EventName: names,
			ErrorCode: []existsPattern{{Exists: false}},
		}
	}
	text, _ := json.Marshal(p) // strings and truth values cannot fail
	return Pattern{Name: name, Source: source, Families: families, JSON: string(text)}
}
