package change

import (
	"fmt"
	"strings"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// ruleTraits are those of an ingress rule of a security group. RevokeSecurityGroupIngress
// is listed by IAM with groups alone; a rule that is named by its id is one of the
// group's, so that the right to rules adds nothing to it.
var ruleTraits = traits{
	writes: intent.WriteRules, opens: AuthorizeIngress, closes: RevokeIngress,
	calls: []Call{
		{AuthorizeIngress, []string{ResourceSecurityGroup, ResourceSecurityGroupRule}},
		{RevokeIngress, []string{ResourceSecurityGroup, ResourceSecurityGroupRule}},
	},
	prefix: "sg-", point: network.KindSecurityGroup, reads: []network.Kind{network.KindSecurityGroup, network.KindRule}, byID: true,
	key: func(r Requirement) string { return fmt.Sprintf("tcp/%d/%s", r.Port, r.Peer) },
	noun: func(r Requirement) string {
		return fmt.Sprintf("the rule of %s for TCP %d from %s", r.Resource, r.Port, r.Peer)
	},
	phrase:  rulePhrase,
	detail:  ruleDetail,
	find:    findRule,
	inverse: inverseRule,
}

func rulePhrase(c Change) Phrase {
	peer, ports := c.Peer, fmt.Sprintf("TCP %d", c.Port)
	if c.Rule.Protocol != "" { // a rule of others may be wider than the requirement
		peer, ports = c.Rule.Peer, PortsOf(c.Rule)
	}
	if c.Opens() {
		return Phrase{To: "let", Did: "let", Object: fmt.Sprintf("%s in on %s at %s", peer, ports, c.Resource)}
	}
	object := fmt.Sprintf("the rule for %s from %s at %s", ports, peer, c.Resource)
	if c.Rule.ID != "" {
		object += " (" + c.Rule.ID + ")"
	}
	return Phrase{To: "remove", Did: "removed", Object: object}
}

// PortsOf names the protocol and ports of a rule.
func PortsOf(r network.Rule) string {
	switch {
	case r.Protocol == network.AllProtocols:
		return "all traffic"
	case r.FromPort == r.ToPort:
		return fmt.Sprintf("%s %d", strings.ToUpper(r.Protocol), r.FromPort)
	default:
		return fmt.Sprintf("%s %d-%d", strings.ToUpper(r.Protocol), r.FromPort, r.ToPort)
	}
}

func ruleDetail(c Change) map[string]any {
	detail := map[string]any{"protocol": network.TCP, "fromPort": int(c.Port), "toPort": int(c.Port), "source": c.Peer.String()}
	if c.Rule.Protocol != "" { // a revocation names the whole rule
		detail["protocol"], detail["fromPort"], detail["toPort"] = c.Rule.Protocol, int(c.Rule.FromPort), int(c.Rule.ToPort)
		detail["source"] = c.Rule.Peer.String()
	}
	if c.Rule.ID != "" {
		detail["ruleId"] = c.Rule.ID
	}
	return detail
}

func findRule(s *network.Snapshot, c Claim) (Presence, string) {
	group, ok := s.SecurityGroups[c.Resource]
	if !ok {
		return absent(s, c.Resource), ""
	}
	for _, r := range group.Ingress() {
		switch {
		case c.RuleID != "" && r.ID == c.RuleID:
			if sameContent(r, c.Requirement) {
				return Present, r.ID
			}
			return Altered, r.ID
		case c.RuleID == "" && c.Made(r.Tags[ManagedTag]) && sameContent(r, c.Requirement):
			return Present, r.ID
		}
	}
	return Gone, ""
}

func sameContent(r network.Rule, req Requirement) bool {
	return r.IsTCP() && r.FromPort == int32(req.Port) && r.ToPort == int32(req.Port) && samePeer(r.Peer, req.Peer)
}

// samePeer tolerates that EC2 drops the owner of a referenced group once that
// group, or the peering to it, is deleted.
func samePeer(have, want network.Peer) bool {
	return have == want || have.SecurityGroup != "" && have.Account == "" && have.SecurityGroup == want.SecurityGroup
}

// inverseRule puts back the whole rule that was revoked; one that was made is revoked
// by its id.
func inverseRule(c Change) Change {
	if c.Action == AuthorizeIngress {
		c.Description, c.Rule.ID = c.Rule.Description, ""
	}
	return c
}
