package network

import (
	"cmp"
	"net/netip"
)

// SecurityGroup is a security group with its rules of both directions.
type SecurityGroup struct {
	ID   string
	Name string
	VPC  string
	// Owner is the account that owns the group and alone changes it: another one uses a
	// group that is shared with it. Empty where AWS did not tell.
	Owner string
	Location
	Rules []Rule
	Tags  map[string]string
}

// Home is where the group is changed: at its owner's.
func (g SecurityGroup) Home() Location {
	at := g.Location
	at.Account = cmp.Or(g.Owner, at.Account)
	return at
}

// AllProtocols is EC2's name for every protocol; its rules hold every port.
const AllProtocols = "-1"

// TCP is the protocol of whatever is protected.
const TCP = "tcp"

// Rule is one security group rule.
type Rule struct {
	ID            string
	SecurityGroup string
	Egress        bool
	Protocol      string
	// FromPort and ToPort are both -1 where Protocol is AllProtocols.
	FromPort, ToPort int32
	Peer             Peer
	Description      string
	Tags             map[string]string
}

// Peer is the source of an ingress rule or the destination of an egress rule:
// exactly one of its kinds. It is comparable.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html
type Peer struct {
	CIDR          netip.Prefix
	PrefixList    string
	SecurityGroup string
	// Account owns SecurityGroup; empty where it is the account of the rule's own group.
	Account string
}

// String gives the peer as an intent would name it.
func (p Peer) String() string {
	switch {
	case p.CIDR.IsValid():
		return p.CIDR.String()
	case p.PrefixList != "":
		return p.PrefixList
	case p.Account != "":
		return p.Account + "/" + p.SecurityGroup
	default:
		return p.SecurityGroup
	}
}

// HasPort says whether the rule admits TCP on a port.
func (r Rule) HasPort(port uint16) bool {
	if r.Protocol == AllProtocols {
		return true
	}
	return r.IsTCP() && r.FromPort <= int32(port) && int32(port) <= r.ToPort
}

// IsTCP says whether the rule is for TCP alone, by name or by number.
func (r Rule) IsTCP() bool { return r.Protocol == TCP || r.Protocol == "6" }

// Ingress gives the group's ingress rules.
func (g SecurityGroup) Ingress() []Rule { return g.direction(false) }

// EgressRules gives the group's egress rules.
func (g SecurityGroup) EgressRules() []Rule { return g.direction(true) }

func (g SecurityGroup) direction(egress bool) []Rule {
	var out []Rule
	for _, r := range g.Rules {
		if r.Egress == egress {
			out = append(out, r)
		}
	}
	return out
}
