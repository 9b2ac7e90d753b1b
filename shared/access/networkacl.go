package access

import (
	"fmt"
	"net/netip"
	"slices"

	"go4.org/netipx"

	"github.com/cachegate/cachegate/shared/network"
)

// portRange is a range of TCP ports, both ends included.
type portRange struct{ from, to uint16 }

// The ephemeral ports that answers go to. AWS recommends 1024–65535, since
// clients differ; Linux picks from 32768–60999 by default, and a network ACL
// that lets at least those through carries Linux clients.
// https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports
var (
	ephemeral      = portRange{1024, 65535}
	ephemeralLinux = portRange{32768, 60999}
)

const (
	protocolTCPNumber = "6"
	protocolAll       = "-1"
)

// aclAnswer is what a network ACL does with traffic.
type aclAnswer struct {
	allowed bool
	// number is the deciding entry of what is refused; 0 is the implicit deny.
	number int32
}

// filter says whether an ACL lets TCP through in one direction for every
// address of a prefix and every port of a range. Entries are evaluated by
// ascending number, the first match decides:
// https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
func filter(acl network.NetworkACL, egress bool, remote netip.Prefix, ports portRange) aclAnswer {
	entries := slices.Clone(acl.Entries)
	slices.SortFunc(entries, func(a, b network.NetworkACLEntry) int { return int(a.Number) - int(b.Number) })
	open := undecided(remote, ports)
	for _, e := range entries {
		if e.Egress != egress || e.Protocol != protocolTCPNumber && e.Protocol != protocolAll && e.Protocol != network.TCP {
			continue
		}
		rest, touched := open.without(e)
		if touched && !e.Allow {
			return aclAnswer{number: e.Number}
		}
		if open = rest; len(open) == 0 {
			return aclAnswer{allowed: true}
		}
	}
	return aclAnswer{}
}

// area is a set of (addresses × ports) rectangles that no entry has decided yet.
type area []rectangle

type rectangle struct {
	addresses *netipx.IPSet
	ports     portRange
}

func undecided(remote netip.Prefix, ports portRange) area {
	var b netipx.IPSetBuilder
	b.AddPrefix(remote.Masked())
	set, err := b.IPSet()
	if err != nil {
		return nil
	}
	return area{{set, ports}}
}

// without takes away what an entry decides; touched says whether that was anything.
func (a area) without(e network.NetworkACLEntry) (rest area, touched bool) {
	ports := portRange{e.FromPort, e.ToPort}
	if e.Protocol == protocolAll {
		ports = portRange{0, 65535}
	}
	for _, r := range a {
		lo, hi := max(r.ports.from, ports.from), min(r.ports.to, ports.to)
		if lo > hi || !r.addresses.OverlapsPrefix(e.CIDR) {
			rest = append(rest, r)
			continue
		}
		touched = true
		rest = append(rest, r.outside(e.CIDR, portRange{lo, hi})...)
	}
	return rest, touched
}

// outside cuts a decided part out of a rectangle.
func (r rectangle) outside(cidr netip.Prefix, hit portRange) area {
	var out area
	if r.ports.from < hit.from {
		out = append(out, rectangle{r.addresses, portRange{r.ports.from, hit.from - 1}})
	}
	if hit.to < r.ports.to {
		out = append(out, rectangle{r.addresses, portRange{hit.to + 1, r.ports.to}})
	}
	var b netipx.IPSetBuilder
	b.AddSet(r.addresses)
	b.RemovePrefix(cidr.Masked())
	if left, err := b.IPSet(); err == nil && len(left.Ranges()) > 0 {
		out = append(out, rectangle{left, hit})
	}
	return out
}

// aclCheck is one direction of one network ACL that a connection passes.
type aclCheck struct {
	egress bool
	remote netip.Prefix
	ports  portRange
	what   string
	// whole is a client that takes answers on any of the ports.
	whole bool
}

// rank puts the connection before its answers: the first refusal is told.
func (c aclCheck) rank() int {
	if c.ports == ephemeral {
		return 1
	}
	return 0
}

// judgeACL gives the hop for the checks of one ACL; ephemeral answers pass with
// a remark where only the ports of Linux clients are let through.
func (ix *Index) judgeACL(acl network.NetworkACL, checks []aclCheck) Hop {
	h := Hop{Kind: HopNetworkACL, Resource: acl.ID, Location: acl.Location, Verdict: Pass, By: []string{acl.ID}}
	note := ""
	for _, c := range checks {
		a := ix.filter(acl, c.egress, c.remote, c.ports)
		if !a.allowed && !c.whole && c.ports == ephemeral && ix.filter(acl, c.egress, c.remote, ephemeralLinux).allowed {
			note = "; answers pass on ports 32768-60999 only, which carries Linux clients, not Windows ones"
			continue
		}
		if !a.allowed {
			return refusedByACL(acl, c, a)
		}
	}
	h.Detail = "lets the connection and its answers through" + note
	return h
}

func refusedByACL(acl network.NetworkACL, c aclCheck, a aclAnswer) Hop {
	direction, flag := "inbound", "--ingress"
	if c.egress {
		direction, flag = "outbound", "--egress"
	}
	by := "no entry allows it (the implicit deny)"
	number := "NUMBER"
	if a.number > 0 {
		by = fmt.Sprintf("entry %d denies it", a.number)
		number = fmt.Sprintf("NUMBER_BELOW_%d", a.number)
	}
	return Hop{
		Kind: HopNetworkACL, Resource: acl.ID, Location: acl.Location, Verdict: Fail,
		Detail: fmt.Sprintf("%s: %s TCP %d-%d %s %s: %s", c.what, direction, c.ports.from, c.ports.to,
			map[bool]string{true: "to", false: "from"}[c.egress], c.remote, by),
		Fixes: fixes(command(acl.Location, "aws ec2 create-network-acl-entry --network-acl-id %s %s --rule-number %s --protocol tcp --port-range From=%d,To=%d %s --rule-action allow",
			acl.ID, flag, number, c.ports.from, c.ports.to, cidrFlag("cidr-block", c.remote))),
	}
}
