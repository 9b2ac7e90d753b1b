package access

import (
	"net/netip"
	"slices"

	"github.com/gaissmai/bart"
	"go4.org/netipx"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
)

// exit is where traffic leaves: the target of a route of a VPC and, over a transit gateway,
// the attachments that its tables send it through.
type exit struct {
	target      network.Target
	attachments []string
	// unread is a transit gateway whose table could not be read.
	unread bool
}

// leading is how far an exit agrees with a carrier.
type leading int

const (
	leadsElsewhere leading = iota
	leadsToGateway
	leadsThere
)

// leads says how well the exits agree with a carrier of the cache VPC.
func (t *tracing) leads(exits []exit, c carrier) leading {
	found := leadsElsewhere
	for _, target := range c.targets {
		for _, e := range exits {
			switch {
			case e.by(target, c.attachments) && (len(c.ended) == 0 || slices.ContainsFunc(c.ended, e.passes)):
				return leadsThere
			case e.target == target:
				found = leadsToGateway
			}
		}
	}
	return found
}

// by says whether the exit is by a target and through attachments.
func (e exit) by(target network.Target, attachments []string) bool {
	if e.target != target {
		return false
	}
	return !slices.ContainsFunc(attachments, func(id string) bool { return !e.passes(id) })
}

// passes says whether a transit gateway sends the traffic through an attachment.
func (e exit) passes(attachment string) bool { return slices.Contains(e.attachments, attachment) }

// exits follows what subnets of a VPC send to ranges, as the tables forward it. What no
// route that works matches has no exit.
func (t *tracing) exits(vpc string, from []network.Subnet, to []netip.Prefix) []exit {
	var out []exit
	add := func(e exit) {
		if !slices.ContainsFunc(out, func(o exit) bool { return o.target == e.target && slices.Equal(o.attachments, e.attachments) }) {
			out = append(out, e)
		}
	}
	for _, id := range t.tablesOf(from) {
		r, ok := t.routing(id)
		if !ok {
			continue
		}
		for _, p := range to {
			for _, rt := range r.deciding(p) {
				if !alive(rt) || t.leftOut(madeBy(r.table, rt)) {
					continue
				}
				if rt.Target.Kind != network.TargetTransitGateway {
					add(exit{target: rt.Target})
					continue
				}
				for _, e := range t.transitExits(vpc, rt.Target, p) {
					add(e)
				}
			}
		}
	}
	return out
}

// transitExits follows what a VPC sends into a transit gateway.
func (t *tracing) transitExits(vpc string, gateway network.Target, p netip.Prefix) []exit {
	for _, a := range t.attachmentsOf(vpc) {
		if a.Gateway != gateway.ID || attachmentVerdict(a.State) == Fail {
			continue
		}
		if out := t.gatewayExits(a, gateway, p); len(out) > 0 {
			return out
		}
	}
	return []exit{{target: gateway, unread: true}}
}

// gatewayExits follows what comes into a transit gateway by an attachment.
func (t *tracing) gatewayExits(in network.TransitGatewayAttachment, gateway network.Target, p netip.Prefix) []exit {
	var out []exit
	for _, way := range t.forwarded(in, p, nil) {
		out = append(out, exit{target: gateway, attachments: way})
	}
	return out
}

// forwarded follows what comes into a transit gateway by an attachment, from table to
// table, and gives the attachments that it passes on each way.
func (t *tracing) forwarded(in network.TransitGatewayAttachment, p netip.Prefix, passed []string) [][]string {
	r, ok := t.transitTable(in.RouteTable)
	if !ok {
		return nil
	}
	var out [][]string
	for _, rt := range r.deciding(p) {
		if rt.State != network.RouteActive || t.madeForOthers(in, r, rt) {
			continue
		}
		for _, id := range rt.Attachments {
			if slices.Contains(passed, id) {
				continue // a loop
			}
			way := append(slices.Clone(passed), id)
			var further [][]string
			for _, next := range t.nextAttachments(in.Gateway, id, p) {
				further = append(further, t.forwarded(next, p, way)...)
			}
			if len(further) == 0 {
				further = [][]string{way}
			}
			out = append(out, further...)
		}
	}
	return out
}

// madeBy gives the requirement that a route of a VPC's table would stand for: a propagated one
// comes with its table's propagation.
func madeBy(table network.RouteTable, rt network.Route) change.Requirement {
	req := change.Requirement{Kind: change.Route, Location: table.Location, Resource: table.ID, Destination: rt.Destination, Target: rt.Target}
	if rt.Origin == network.OriginPropagation {
		return propagation(req)
	}
	return req
}

// leftOut says whether a route does not count.
func (t *tracing) leftOut(req change.Requirement) bool { return t.leaveOut != nil && t.leaveOut(req) }

// madeForOthers says whether a route of a transit gateway does not count.
func (t *tracing) madeForOthers(in network.TransitGatewayAttachment, r *transitRouting, rt network.TransitGatewayRoute) bool {
	return slices.ContainsFunc(rt.Attachments, func(id string) bool {
		return t.leftOut(change.Requirement{
			Kind: change.TransitGatewayRoute, Location: gatewayOwner(in), Resource: r.table.ID, Destination: rt.Destination,
			Target: network.Target{Kind: network.TargetOther, ID: id},
		})
	})
}

// nextAttachments gives the attachments by which traffic comes in again that a gateway sends
// out by another one: the far view of a peering attachment, or that of a VPC with a middle
// box; none where the traffic has arrived.
func (t *tracing) nextAttachments(gateway, out string, p netip.Prefix) []network.TransitGatewayAttachment {
	a, ok := t.attachmentAt(gateway, out)
	if !ok {
		return nil
	}
	if a.ResourceType != attachmentPeering {
		way, _ := t.passing(a, p, toClient)
		return way.next
	}
	if view, ok := t.attachmentAt(gatewayPeer(a), a.ID); ok {
		return []network.TransitGatewayAttachment{view}
	}
	return nil
}

// deciding gives the routes that decide about a prefix: the longest match, and the more
// specific ones that take parts of it, but those that give way to another.
func deciding[R any](table *bart.Table[R], p netip.Prefix, givesWay func(netip.Prefix, R) bool, match func(netip.Prefix) (netip.Prefix, R, bool)) []R {
	var out []R
	var parts netipx.IPSetBuilder
	for dst, rt := range table.Subnets(p.Masked()) {
		if dst != p.Masked() && !givesWay(dst, rt) {
			out = append(out, rt)
			parts.AddPrefix(dst)
		}
	}
	if len(out) > 0 && coversAll(&parts, p) {
		return out
	}
	if _, rt, ok := match(p.Masked()); ok {
		out = append(out, rt)
	}
	return out
}

// deciding gives the routes that decide about a prefix in a table of a VPC.
func (r *routing) deciding(p netip.Prefix) []network.Route {
	return deciding(&r.byNet, p, r.underLocal, r.match)
}

// deciding gives the routes that decide about a prefix in a transit gateway's table.
func (r *transitRouting) deciding(p netip.Prefix) []network.TransitGatewayRoute {
	never := func(netip.Prefix, network.TransitGatewayRoute) bool { return false }
	return deciding(&r.byNet, p, never, r.byNet.LookupPrefixLPM)
}
