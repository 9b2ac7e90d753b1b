package simulation

import (
	"fmt"
	"slices"
	"strings"
)

// paths are all that an intent may name.
var paths = []string{"same-vpc", "peering", "transit-gateway", "transit-vpc", "vpn", "direct-connect"}

// premises are the ranges of the data centres.
var premises = []string{"192.168.7.0/24", "192.168.8.0/24", "192.168.0.0/20", "192.168.8.16/28"}

// dxGateway is the id of the Direct Connect gateway: AWS gives these no prefix.
const dxGateway = "0a1b2c3d-0000-4000-8000-0123456789ab"

// appliances are where VPN connections end.
var appliances = []string{"198.51.100.1", "198.51.100.2"}

// draws says whether the world has what a path needs: each has one path in plenty,
// and now and then a part of another.
func (d *drawer) draws(path string) bool { return d.theme == path || d.chance(12) }

// drawHybrid draws all that leads out of VPCs beside peering connections.
func (d *drawer) drawHybrid() {
	if d.draws("transit-gateway") {
		d.drawGateway("tgw-01", pick(d, []string{cacheAccount, cacheAccount, appAccount}), homeRegion)
		if d.chance(15) {
			d.drawGateway("tgw-02", cacheAccount, homeRegion)
		}
		d.drawAwayGateway()
	}
	for i, v := range d.VPCs {
		if v.Region == homeRegion && v.Account == cacheAccount && (d.draws("vpn") || d.draws("direct-connect")) || d.draws("transit-vpc") {
			d.drawVPNGateway(fmt.Sprintf("vgw-0%d", i+1), v)
		}
	}
	if d.draws("vpn") {
		d.drawVPNs()
	}
	if d.draws("direct-connect") {
		d.drawDirectConnect()
	}
	for i := range d.Attachments {
		d.drawTransitRouting(&d.Attachments[i])
	}
	for i := range d.Tables {
		t := &d.Tables[i]
		for _, g := range d.VPNGateways {
			if g.VPC == t.VPC && d.chance(40) {
				t.Propagating = g.ID
			}
		}
	}
}

// drawGateway draws a transit gateway, its tables, and the attachments of the VPCs of
// its Region.
func (d *drawer) drawGateway(id, account, region string) {
	d.Gateways = append(d.Gateways, Gateway{ID: id, Account: account, Region: region, Referencing: d.holds(60)})
	for i := range d.between(1, 2) {
		d.GatewayTables = append(d.GatewayTables, GatewayTable{ID: fmt.Sprintf("tgw-rtb-%s%d", id[4:], i), Gateway: id})
	}
	for i, v := range d.VPCs {
		if v.Region != region || d.slip(12) {
			continue
		}
		a := Attachment{ID: fmt.Sprintf("tgw-attach-%s%d", id[4:], i), Gateway: id, To: v.ID, NoReferencing: d.slip(15), IPv6: d.holds(60)}
		if d.slip(8) {
			a.Status = pick(d, []string{"pendingAcceptance", "deleted", "rejected"})
		}
		zones := map[string]bool{}
		for _, s := range d.Subnets {
			if s.VPC == v.ID && !zones[s.Zone] && d.holds(92) {
				zones[s.Zone] = true
				a.Subnets = append(a.Subnets, s.ID)
			}
		}
		if len(a.Subnets) > 0 {
			d.Attachments = append(d.Attachments, a)
		}
	}
}

// drawAwayGateway draws the gateway of another Region, peered with the first one.
func (d *drawer) drawAwayGateway() {
	if !slices.ContainsFunc(d.VPCs, func(v VPC) bool { return v.Region == awayRegion }) {
		return
	}
	d.drawGateway("tgw-09", pick(d, []string{cacheAccount, appAccount}), awayRegion)
	a := Attachment{ID: "tgw-attach-9e", Gateway: "tgw-01", To: "tgw-09"}
	if d.slip(10) {
		a.Status = pick(d, []string{"pendingAcceptance", "deleted"})
	}
	d.Attachments = append(d.Attachments, a)
}

func (d *drawer) tablesOfGateway(gateway string) []string {
	var out []string
	for _, t := range d.GatewayTables {
		if t.Gateway == gateway {
			out = append(out, t.ID)
		}
	}
	return out
}

// drawTransitRouting associates an attachment and lets it propagate; a peering
// attachment gets static routes instead.
func (d *drawer) drawTransitRouting(a *Attachment) {
	tables := d.tablesOfGateway(a.Gateway)
	if a.Status == "" && d.holds(93) {
		a.Table = pick(d, tables)
	}
	peered := strings.HasPrefix(a.To, "tgw-")
	if peered && a.Status == "" && d.holds(93) {
		a.Beyond = pick(d, d.tablesOfGateway(a.To))
	}
	for i := range d.GatewayTables {
		t := &d.GatewayTables[i]
		switch {
		case t.Gateway == a.Gateway && !peered && d.holds(65):
			t.From = append(t.From, a.ID)
		case peered && t.Gateway == a.Gateway:
			d.routesTo(t.ID, a.ID, awayRegion)
		case peered && t.Gateway == a.To:
			d.routesTo(t.ID, a.ID, homeRegion)
		}
	}
	if d.slip(60) {
		r := GatewayRoute{Table: pick(d, tables), To: d.transitBlock(), Attachment: a.ID}
		if d.chance(20) {
			r.Attachment = ""
		}
		d.GatewayRoutes = append(d.GatewayRoutes, r)
	}
}

// routesTo draws static routes of a table to the VPCs of a Region.
func (d *drawer) routesTo(table, attachment, region string) {
	for _, v := range d.VPCs {
		v4, _ := blocksOf(v)
		if v.Region == region && d.holds(70) {
			d.GatewayRoutes = append(d.GatewayRoutes, GatewayRoute{Table: table, To: v4[0], Attachment: attachment})
		}
	}
}

// transitBlock draws what a route of a transit gateway may be for.
func (d *drawer) transitBlock() string {
	if d.chance(25) {
		return pick(d, premises)
	}
	v4, _ := blocksOf(pick(d, d.VPCs))
	return pick(d, []string{v4[0], v4[0], part(v4[0], 24, 1), "0.0.0.0/0"})
}

func (d *drawer) drawVPNGateway(id string, v VPC) {
	g := VPNGateway{ID: id, VPC: v.ID}
	if d.slip(8) {
		g.Status = pick(d, []string{"attaching", "detached"})
	}
	d.VPNGateways = append(d.VPNGateways, g)
	if d.draws("transit-vpc") {
		d.drawSpoke(id, v)
	}
}

// drawSpoke draws the VPN connections of a gateway to the appliance of a transit VPC.
func (d *drawer) drawSpoke(gateway string, v VPC) {
	c := VPN{ID: "vpn-a" + gateway[4:], Gateway: gateway, Appliance: appliances[0], Static: d.chance(60), Down: d.slip(12)}
	if d.slip(10) {
		c.Appliance = appliances[1]
	}
	for _, other := range d.VPCs {
		v4, _ := blocksOf(other)
		if other.ID != v.ID && d.holds(80) {
			c.Routes = append(c.Routes, v4[0])
		}
	}
	d.addVPN(c)
}

// addVPN adds a VPN connection; what one with BGP hears its gateway learns.
func (d *drawer) addVPN(c VPN) {
	if d.slip(6) {
		c.Status = pick(d, []string{"pending", "deleted"})
	}
	if !c.Static {
		c.Accepted = len(c.Routes)
		for i := range d.VPNGateways {
			if d.VPNGateways[i].ID == c.Gateway {
				d.VPNGateways[i].Learnt = append(d.VPNGateways[i].Learnt, c.Routes...)
			}
		}
		if strings.HasPrefix(c.Gateway, "vgw-") {
			c.Routes = nil
		}
	}
	d.VPNs = append(d.VPNs, c)
}

// drawVPNs draws VPN connections from data centres.
func (d *drawer) drawVPNs() {
	for i, g := range d.VPNGateways {
		if d.vpc(g.VPC).ID[:5] == "vpc-c" && d.chance(75) {
			d.addVPN(VPN{ID: fmt.Sprintf("vpn-d%d", i+1), Gateway: g.ID, Appliance: "203.0.113.77", Static: d.chance(60), Down: d.slip(12), Routes: d.somePremises()})
		}
	}
	if len(d.Gateways) == 0 && d.chance(40) {
		d.drawGateway("tgw-01", cacheAccount, homeRegion)
	}
	if g := d.gateway("tgw-01"); g.ID != "" && d.chance(70) {
		d.addVPN(VPN{ID: "vpn-b1", Gateway: g.ID, Appliance: "203.0.113.78", Static: d.chance(50), Down: d.slip(12), Routes: d.somePremises()})
		d.Attachments = append(d.Attachments, Attachment{ID: "tgw-attach-1f", Gateway: g.ID, To: "vpn-b1"})
	}
}

func (d *drawer) somePremises() []string {
	if d.tidy && d.chance(70) {
		return []string{"192.168.0.0/20"}
	}
	out := []string{pick(d, premises)}
	if p := pick(d, premises); d.chance(40) && p != out[0] {
		out = append(out, p)
	}
	return out
}

// drawDirectConnect draws virtual interfaces, a Direct Connect gateway and what it is
// associated with.
func (d *drawer) drawDirectConnect() {
	circuit := func(id, gateway string, transit bool) {
		c := Circuit{ID: "dxvif-" + id, Gateway: gateway, Transit: transit, Down: d.slip(12), Accepted: d.somePremises()}
		if d.slip(10) {
			c.Status = pick(d, []string{"pending", "down", "verifying"})
		}
		d.Circuits = append(d.Circuits, c)
	}
	if len(d.VPNGateways) > 0 && d.chance(40) {
		circuit("01", d.VPNGateways[0].ID, false)
	}
	if d.chance(30) {
		return
	}
	g := DXGateway{ID: dxGateway}
	if d.slip(6) {
		g.Status = "pending"
	}
	d.DXGateways = append(d.DXGateways, g)
	transit := len(d.Gateways) > 0 || d.chance(40)
	if transit && len(d.Gateways) == 0 {
		d.drawGateway("tgw-01", cacheAccount, homeRegion)
	}
	if d.holds(90) {
		circuit("02", g.ID, transit)
	}
	ends := []string{}
	if transit {
		ends = append(ends, "tgw-01")
		d.Attachments = append(d.Attachments, Attachment{ID: "tgw-attach-1d", Gateway: "tgw-01", To: g.ID})
	} else {
		for _, v := range d.VPNGateways {
			ends = append(ends, v.ID)
		}
	}
	for _, id := range ends {
		a := DXAssociation{DXGateway: g.ID, Gateway: id}
		if d.slip(10) {
			a.Status = pick(d, []string{"associating", "disassociated"})
		}
		for _, v := range d.VPCs {
			if v4, _ := blocksOf(v); transit && d.holds(85) || !transit && d.tidy || !transit && d.chance(40) {
				a.Allowed = append(a.Allowed, v4...)
			}
		}
		d.DXAssociations = append(d.DXAssociations, a)
	}
}

// farSource draws a source of what the theme is about: in another VPC, or in a data
// centre.
func (d *drawer) farSource(k Cluster) string {
	if d.theme == "vpn" || d.theme == "direct-connect" {
		return pick(d, premises)
	}
	var far []VPC
	for _, v := range d.VPCs {
		if v.ID != k.VPC {
			far = append(far, v)
		}
	}
	v := pick(d, far)
	v4, _ := blocksOf(v)
	n := d.upTo(9)
	if d.theme == "transit-vpc" {
		n += 5 // a rule cannot name a group there
	}
	switch g := pick(d, d.groupsOf(v.ID)); {
	case n < 4 && v.Account != d.vpc(k.VPC).Account:
		return v.Account + "/" + g
	case n < 5:
		return g
	case n < 7:
		return v.ID
	case n < 8:
		return v4[0]
	default:
		return part(pick(d, v4), 24, d.between(1, 2))
	}
}

// gatewaysFor gives what via may name for a path.
func (d *drawer) gatewaysFor(path string) []string {
	var out []string
	if path == "transit-gateway" || path == "vpn" || path == "direct-connect" {
		for _, g := range d.Gateways {
			if g.Region == homeRegion {
				out = append(out, g.ID)
			}
		}
	}
	if path == "transit-vpc" || path == "vpn" || path == "direct-connect" {
		for _, g := range d.VPNGateways {
			out = append(out, g.ID)
		}
	}
	return out
}
