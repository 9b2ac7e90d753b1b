package access

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/network"
)

// passage is what becomes of traffic that a transit gateway sends into a VPC on its way
// elsewhere: the tables of the attachment's subnets lead to a middle box, and those of the
// box's subnet back to a gateway.
// https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-appliance-scenario.html
type passage struct {
	hops []Hop
	// next are the attachments by which it comes into a gateway again; none where it ends.
	next []network.TransitGatewayAttachment
	// boxed is a VPC with a middle box, whatever becomes of the traffic.
	boxed bool
}

// middleBoxes follows traffic through the VPC of an attachment.
type middleBoxes struct {
	*tracing
	entry network.TransitGatewayAttachment
	vpc   network.VPC
	to    netip.Prefix
	what  direction
}

// passing follows traffic for a prefix into the VPC of an attachment; false where the VPC is
// where it should go, or none.
func (t *tracing) passing(a network.TransitGatewayAttachment, to netip.Prefix, what direction) (passage, bool) {
	if a.ResourceType != attachmentVPC {
		return passage{}, false
	}
	vpc, ok := t.VPCs[a.ResourceID]
	if !ok || overlapsAny(to, vpc.CIDRs) {
		return passage{}, false
	}
	return middleBoxes{t, a, vpc, to, what}.passage(), true
}

// passage follows the tables of every subnet of the attachment.
func (m middleBoxes) passage() passage {
	var found passage
	tables := m.tablesOf(m.attachedSubnets(m.entry))
	if f := m.failure(m.vpc.Location, network.KindRouteTable, network.KindSubnet); f != nil || len(tables) == 0 {
		h := m.hop(m.vpc.ID).unknown(fmt.Sprintf("what %s does with what %s sends it was not read", m.vpc.ID, m.entry.Gateway))
		if f != nil {
			h = h.unread(*f)
		}
		return passage{hops: []Hop{h}, boxed: true}
	}
	for _, id := range tables {
		r, _ := m.routing(id)
		routes := r.deciding(m.to)
		if len(routes) == 0 {
			found.hops = append(found.hops, m.stop(id, fmt.Sprintf("has no route for %s: what %s sends to %s ends there", m.to, m.entry.Gateway, m.vpc.ID)))
		}
		for _, rt := range routes {
			m.enter(&found, id, rt)
		}
	}
	return found
}

func (m middleBoxes) hop(resource string) Hop {
	return Hop{Kind: HopMiddleBox, Resource: resource, Location: m.vpc.Location, Side: Between}
}

// stop fails a table of the VPC in which traffic ends.
func (m middleBoxes) stop(table, detail string) Hop {
	h := Hop{Kind: HopRoute, Resource: table, Location: m.vpc.Location, Side: Between}
	return h.failing(detail, say("let whoever runs %s route %s on: cachegate changes nothing around a middle box", m.vpc.ID, m.to))
}

// enter follows one route of a table of the attachment's subnets.
func (m middleBoxes) enter(found *passage, table string, rt network.Route) {
	switch {
	case !alive(rt):
		found.boxed = true
		found.hops = append(found.hops, m.stop(table, fmt.Sprintf("the route for %s to %s is a %s", m.to, rt.Target, rt.State)))
	case rt.Target.Kind == network.TargetTransitGateway:
		m.leave(found, rt.Target.ID)
	default:
		subnets, h := m.box(rt.Target)
		if h.Verdict == Fail {
			found.hops = append(found.hops, m.stop(table, h.Detail))
			return
		}
		found.boxed = true
		found.hops = append(found.hops, h)
		m.exit(found, subnets)
	}
}

// box judges what the traffic is sent to, and gives the subnets where it comes out.
func (m middleBoxes) box(target network.Target) ([]network.Subnet, Hop) {
	h := m.hop(target.ID)
	decides := func(what string) Hop {
		return h.unknown(fmt.Sprintf("traffic passes %s %s in %s behind %s, which decides what it lets through; that is not judged", what, target.ID, m.vpc.ID, m.entry.ID),
			say("ask whoever runs %s in %s to let the clients of the cluster through", target.ID, m.vpc.ID))
	}
	switch target.Kind {
	case network.TargetNetworkInterface:
		eni, known := m.NetworkInterfaces[target.ID]
		if known && eni.SourceDestCheck {
			return nil, h.failing(fmt.Sprintf("%s cannot forward traffic: its source/destination check is on", target.ID))
		}
		return m.subnetsAt(eni.Subnet), decides("the network interface")
	case network.TargetVPCEndpoint:
		return m.subnetsOfEndpoint(target.ID), decides("the firewall or load balancer endpoint")
	case network.TargetNATGateway:
		h = decides("the NAT gateway")
		h.Detail = fmt.Sprintf("traffic passes the NAT gateway %s in %s, and arrives with its address: no connection comes in that way", target.ID, m.vpc.ID)
		return nil, h
	default:
		return nil, h.failing(fmt.Sprintf("the route for %s leads to %s, off the path", m.to, target))
	}
}

func (m middleBoxes) subnetsAt(id string) []network.Subnet {
	if sn, ok := m.Subnets[id]; ok {
		return []network.Subnet{sn}
	}
	return nil
}

// subnetsOfEndpoint gives the subnets of an endpoint's interfaces, where these were read.
func (m middleBoxes) subnetsOfEndpoint(id string) []network.Subnet {
	var out []network.Subnet
	for _, key := range sortedKeys(m.NetworkInterfaces) {
		if eni := m.NetworkInterfaces[key]; eni.VPC == m.vpc.ID && strings.HasSuffix(eni.Description, id) {
			out = append(out, m.subnetsAt(eni.Subnet)...)
		}
	}
	return out
}

// exit follows what the box sends on from its subnets. Where these are not known, any table
// of the VPC with a route to a gateway may be the box's.
func (m middleBoxes) exit(found *passage, subnets []network.Subnet) {
	tables := m.tablesOf(subnets)
	guessed := len(tables) == 0
	if guessed {
		tables = m.tablesOf(m.subnetsOf[m.vpc.ID])
	}
	for _, id := range tables {
		r, _ := m.routing(id)
		routes := r.deciding(m.to)
		if len(routes) == 0 && !guessed {
			found.hops = append(found.hops, m.stop(id, fmt.Sprintf("has no route for %s back to the gateway: what the middle box lets through ends there", m.to)))
		}
		for _, rt := range routes {
			switch {
			case rt.Target.Kind == network.TargetTransitGateway && alive(rt):
				m.leave(found, rt.Target.ID)
			case !guessed && rt.Target.Kind != network.TargetVPCEndpoint && rt.Target.Kind != network.TargetNetworkInterface:
				found.hops = append(found.hops, m.stop(id, fmt.Sprintf("sends what the middle box lets through for %s to %s, not back to the gateway", m.to, rt.Target)))
			}
		}
	}
}

// leave records the attachment by which traffic comes into a gateway again.
func (m middleBoxes) leave(found *passage, gateway string) {
	for _, a := range m.gatewayAttachments(gateway) {
		same := func(b network.TransitGatewayAttachment) bool { return b.ID == a.ID }
		if a.ResourceID == m.vpc.ID && a.ResourceType == attachmentVPC && !slices.ContainsFunc(found.next, same) {
			found.next = append(found.next, a)
		}
	}
}
