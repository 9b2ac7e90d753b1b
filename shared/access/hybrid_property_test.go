package access

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// hybridWorld is a cache VPC with any of the gateways that lead to other
// networks, in any state. It is a value of choices, so that the same world can be
// made twice.
type hybridWorld struct {
	vgw, vpn, tgw, dx, spoke, appliance, learnt, propagates bool
	vgwState, vpnState, tunnel, vifState, attachment        string
	routes                                                  []network.Route
	dxAt                                                    string
}

func drawHybrid(t *rapid.T) hybridWorld {
	maybe := rapid.Bool()
	w := hybridWorld{
		vgw: maybe.Draw(t, "vgw"), vpn: maybe.Draw(t, "vpn"), tgw: maybe.Draw(t, "tgw"), dx: maybe.Draw(t, "dx"), spoke: maybe.Draw(t, "spoke"),
		appliance: maybe.Draw(t, "appliance"), learnt: maybe.Draw(t, "learnt"), propagates: maybe.Draw(t, "propagates"),
		vgwState:   rapid.SampledFrom([]string{"attached", "attached", "attaching", "detached"}).Draw(t, "vgwState"),
		vpnState:   rapid.SampledFrom([]string{"available", "available", "pending", "deleting"}).Draw(t, "vpnState"),
		tunnel:     rapid.SampledFrom([]string{"UP", "UP", "DOWN"}).Draw(t, "tunnel"),
		vifState:   rapid.SampledFrom([]string{"available", "available", "confirming", "pending", "down", "unknown"}).Draw(t, "vifState"),
		attachment: rapid.SampledFrom([]string{"available", "available", "pendingAcceptance", "modifying", "deleted"}).Draw(t, "attachment"),
		dxAt:       rapid.SampledFrom([]string{"vgw-0c", "tgw-0a"}).Draw(t, "dxAt"),
	}
	for _, r := range []network.Route{static("192.168.0.0/16", "vgw-0c"), propagated(office, "vgw-0c"), static(office, "tgw-0a"), static("10.7.0.0/16", "vgw-0c")} {
		if maybe.Draw(t, "route") {
			w.routes = append(w.routes, r)
		}
	}
	return w
}

func (w hybridWorld) snapshot() *network.Snapshot {
	s := dualStack(snapshot())
	if w.vgw {
		withVGW(s)
		edit(s.VPNGateways, "vgw-0c", func(g *network.VPNGateway) { g.Attachments[0].State = w.vgwState })
	}
	if w.tgw {
		withTGW(s)
		edit(s.TransitGatewayAttachments, "tgw-attach-0c", func(a *network.TransitGatewayAttachment) { a.State = w.attachment })
	}
	if w.vpn {
		withVPN(s)
		edit(s.VPNConnections, "vpn-0c", func(c *network.VPNConnection) {
			c.State, c.Tunnels[0].Status, c.StaticRoutesOnly = w.vpnState, w.tunnel, !w.learnt
		})
	}
	if w.dx {
		withDX(s, w.dxAt)
		edit(s.VirtualInterfaces, "dxvif-0d", func(v *network.VirtualInterface) { v.State = w.vifState })
	}
	if w.spoke {
		withSpoke(s)
	}
	if w.appliance {
		s.NetworkInterfaces["eni-0t"] = network.NetworkInterface{ID: "eni-0t", VPC: "vpc-0c", Subnet: "subnet-0a", Location: here, Status: "in-use"}
	}
	edit(s.RouteTables, "rtb-0c", func(t *network.RouteTable) {
		t.Routes = append(slices.Clone(t.Routes), w.routes...)
		if w.propagates {
			t.PropagatingVGWs = []string{"vgw-0c"}
		}
	})
	return s
}

// drawHybridIntent draws an intent on one of the ways that leave AWS's own networks.
func drawHybridIntent(t *rapid.T) Declared {
	path := rapid.SampledFrom([]intent.Path{intent.VPN, intent.DirectConnect, intent.TransitVPC}).Draw(t, "path")
	source := rapid.SampledFrom([]string{office, officeV6, "10.7.1.0/24", "vpc-0f", "444455556666/sg-0f"}).Draw(t, "source")
	d := via(over(path, source), rapid.SampledFrom([]string{"", "", "vgw-0c", "tgw-0a", "eni-0t"}).Draw(t, "via"))
	for _, w := range []intent.Writes{intent.WritePropagation, intent.WriteTGWRoutes} {
		if rapid.Bool().Draw(t, "write") {
			d.Policy.Writes |= w
		}
	}
	return d
}

// hybridKinds are what may not be readable on such a way.
var hybridKinds = []network.Kind{
	network.KindVPNGateway, network.KindVPNConnection, network.KindCustomerGateway, network.KindTransitGateway, network.KindTransitGatewayAttachment,
	network.KindTransitGatewayRouteTable, network.KindVirtualInterface, network.KindDirectConnectGateway, network.KindDirectConnectAssociation,
	network.KindRouteTable, network.KindSubnet, network.KindVPC, network.KindSecurityGroup, network.KindNetworkInterface,
}

func TestWhatCannotBeReadOnAWayNeverLosesWhatTheIntentHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		world, d := drawHybrid(t), drawHybridIntent(t)
		before := NewIndex(world.snapshot()).Judge(d)
		at := rapid.SampledFrom([]network.Location{here, there, far}).Draw(t, "dark")
		lost := hybridKinds
		if rapid.Bool().Draw(t, "one kind") {
			lost = []network.Kind{rapid.SampledFrom(hybridKinds).Draw(t, "kind")}
		}
		after := NewIndex(darken(world.snapshot(), at, lost...)).Judge(d)
		for _, n := range before.Needs {
			if !needs(after, n.Requirement) && !hides(after, n.Requirement) {
				t.Fatalf("without %v of %s, %s is neither needed nor held\nbefore: %v\nafter: %v\nblind: %v", lost, at, n.Requirement, before.Hops, after.Hops, after.Unknown)
			}
		}
	})
}

func TestAWayThatIsNotKnownIsNeverOpen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		world, d := drawHybrid(t), drawHybridIntent(t)
		at := rapid.SampledFrom([]network.Location{here, there, far}).Draw(t, "dark")
		before := NewIndex(world.snapshot()).Judge(d)
		after := NewIndex(darken(world.snapshot(), at, hybridKinds...)).Judge(d)
		if before.State != StateOpen && after.State == StateOpen {
			t.Fatalf("without %s a way that is %s becomes open: %v", at, before.State, after.Hops)
		}
	})
}

func TestNoIPv6IsNeededOverAVPNOnAVirtualPrivateGateway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		world := drawHybrid(t)
		path := rapid.SampledFrom([]intent.Path{intent.VPN, intent.TransitVPC}).Draw(t, "path")
		if path == intent.TransitVPC {
			world.appliance = false
		}
		j := NewIndex(world.snapshot()).Judge(over(path, officeV6))
		for _, n := range j.Needs {
			if n.Target.Kind == network.TargetVPNGateway {
				t.Fatalf("%s is needed", n.Requirement)
			}
		}
	})
}

func TestEveryBrokenHopOnAHybridWaySaysInWhichAccountAndRegionItIsMended(t *testing.T) {
	about := []HopKind{
		HopVPNGateway, HopVPNConnection, HopVPNTunnel, HopVPNRoute, HopAppliance, HopVirtualInterface, HopBGP, HopDirectConnectGateway, HopDirectConnectAssociation,
	}
	rapid.Check(t, func(t *rapid.T) {
		j := NewIndex(drawHybrid(t).snapshot()).Judge(drawHybridIntent(t))
		for _, h := range j.Hops {
			if h.Verdict == Fail && slices.Contains(about, h.Kind) && !fixNamesPlace(h.Fix()) {
				t.Fatalf("%s %s: %s\nfix: %s", h.Kind, h.Resource, h.Detail, h.Fix())
			}
			if h.Location.IsZero() || h.Side == "" {
				t.Fatalf("%s %s is nowhere: %s, %q", h.Kind, h.Resource, h.Location, h.Side)
			}
		}
	})
}
