package cli

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"go4.org/netipx"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/operate"
)

// everybody says whether a source is all addresses: then the question is not whether all
// of them reach the cluster, but who of the internet does.
func everybody(source string) bool {
	p, err := netip.ParsePrefix(source)
	return err == nil && p.Bits() == 0
}

// ofTheInternet turns the judgement of what all addresses have on a cluster into who of
// the internet is let in, and by which rule: a hop for each group.
func ofTheInternet(e operate.Explanation) operate.Explanation {
	var hops []access.Hop
	state := access.StateClosed
	for _, h := range e.Hops {
		if h.Kind != access.HopIngress || h.Verdict == access.Unknown {
			if h.Verdict != access.Pass {
				state = access.StateUnknown
			}
			hops = append(hops, h)
			continue
		}
		h.Verdict, h.Fixable, h.Fixes, h.By = access.Fail, false, nil, nil
		h.Detail = "no rule lets addresses of the internet in"
		var lets []string
		for _, a := range e.Admitting {
			if a.Rule.SecurityGroup == h.Resource && reachesInternet(e.Index, a.Rule.Peer) {
				h.By = append(h.By, a.Rule.ID)
				lets = append(lets, fmt.Sprintf("%s lets %s in on %s%s", a.Rule.ID, peerText(a.Rule.Peer), change.PortsOf(a.Rule), described(a.Rule)))
			}
		}
		if len(lets) > 0 {
			h.Verdict, h.Detail = access.Pass, strings.Join(lets, "; ")
		}
		hops = append(hops, h)
	}
	if slices.ContainsFunc(hops, func(h access.Hop) bool { return h.Kind == access.HopIngress && h.Verdict == access.Pass }) {
		state = access.StateOpen
	}
	e.Hops, e.State = hops, state
	return e
}

func peerText(p network.Peer) string {
	if p.CIDR.IsValid() && p.CIDR.Bits() == 0 {
		return p.String() + " (everybody)"
	}
	return p.String()
}

func described(r network.Rule) string {
	if r.Description == "" {
		return ""
	}
	return fmt.Sprintf(" (%q)", r.Description)
}

// ownRanges are those that are nobody's on the internet.
// https://www.iana.org/assignments/iana-ipv4-special-registry/
var ownRanges = []string{
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3",
	"::/128", "::1/128", "fc00::/7", "fe80::/10", "ff00::/8",
}

// reachesInternet says whether a rule's peer holds addresses that are neither private nor
// those of a VPC that was read.
func reachesInternet(ix *access.Index, p network.Peer) bool {
	var b netipx.IPSetBuilder
	for _, r := range ix.Ranges(p) {
		b.AddPrefix(r.Masked())
	}
	for _, own := range ownRanges {
		b.RemovePrefix(netip.MustParsePrefix(own))
	}
	for _, v := range ix.VPCs {
		for _, c := range v.CIDRs {
			b.RemovePrefix(c)
		}
	}
	set, err := b.IPSet()
	return err == nil && len(set.Ranges()) > 0
}

// printInternet prints who of the internet is let in.
func (e explained) printInternet(s *screen) {
	s.hops(0, "hop", hopList{hops: e.Hops, home: e.Unit.Location, sources: 1, numbered: true, closed: true})
	text := "nobody of the internet is let in by a rule"
	switch e.State {
	case access.StateOpen:
		text = "rules let addresses of the internet in. A cache has no public address: they arrive where something forwards them, such as a load balancer, a proxy or a VPN"
	case access.StateUnknown:
		text = "part of it cannot be read"
	case access.StateClosed, access.StatePending, access.StateBlocked:
	}
	s.line(0, in(faint, "state  "), in(stateTone(e.State, intent.Closed), "%s", e.State), say(": %s", text))
	if e.State == access.StateOpen {
		s.line(0, in(caution, "fix"), say("  declare who of them needs access, then revoke the rule: cachegate plan says what leans on it"))
	}
	e.printDeclared(s)
}
