package simulation

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
)

// drawer draws the parts of a case. All is drawn evenly from one number that rapid
// gives: rapid's own small numbers would make most cases alike, and a case is cut
// down by minimise, not by its draws.
type drawer struct {
	Case
	random *rand.Rand
	// far says that the case has more than the caches' own VPC.
	far bool
	// theme is the path that the world has in plenty, where it has more than peering.
	theme string
	// away says that applications are in the other Region.
	away bool
	// tidy worlds have few faults of their own.
	tidy bool
}

// chance is true in so many of a hundred cases.
func (d *drawer) chance(percent int) bool { return d.random.IntN(100) < percent }

// slip is true in so many of a hundred cases, in tidy worlds in few of those: something is amiss.
func (d *drawer) slip(percent int) bool { return d.chance(percent) && (!d.tidy || d.chance(15)) }

// holds is true in so many of a hundred cases, in tidy worlds in nearly all.
func (d *drawer) holds(percent int) bool { return !d.slip(100 - percent) }

func (d *drawer) upTo(n int) int { return d.random.IntN(n + 1) }

func (d *drawer) between(from, to int) int { return from + d.random.IntN(to-from+1) }

func pick[T any](d *drawer, from []T) T { return from[d.random.IntN(len(from))] }

// drawWorld draws a network: one or two cache VPCs, applications in them or in VPCs
// that are peered with them, and caches that share groups, subnets and tables.
func (d *drawer) drawWorld() {
	d.drawVPCs()
	for _, v := range d.VPCs {
		d.drawSubnets(v)
	}
	d.drawPeerings()
	if d.theme != "" {
		d.drawHybrid()
	}
	d.drawLists()
	for i, v := range d.VPCs {
		d.drawGroups(i, v)
	}
	d.drawInterfaces()
	for i, v := range d.VPCs {
		if v.ID[:5] == "vpc-c" {
			d.drawClusters(i, v)
		}
	}
	for _, g := range d.Groups {
		d.drawRules(g)
	}
	for _, t := range d.Tables {
		d.drawRoutes(t)
	}
	d.drawACLs()
}

func (d *drawer) drawVPCs() {
	caches, apps := 1, 0
	if d.far {
		caches = 1 + d.upTo(1)
		apps = d.upTo(2)
	}
	if d.theme != "" {
		apps = max(apps, 1)
	}
	block := 0
	add := func(id, account, region string) {
		if !d.slip(5) {
			block++ // else it has the same block as the one before
		}
		v := VPC{ID: id, Account: account, Region: region, Blocks: []string{fmt.Sprintf("10.%d.0.0/16", block)}}
		if d.chance(20) {
			v.Blocks = append(v.Blocks, fmt.Sprintf("100.%d.0.0/16", 64+block))
		}
		if d.chance(25) {
			v.Blocks = append(v.Blocks, prefixOf(fmt.Sprintf("2600:1f18:%x::/56", block)).String())
		}
		if d.far {
			v.NoHostnames, v.NoSupport = d.slip(8), d.slip(4)
		}
		d.VPCs = append(d.VPCs, v)
	}
	for i := range caches {
		add(fmt.Sprintf("vpc-c%d", i+1), cacheAccount, homeRegion)
	}
	for i := range apps {
		account, region := cacheAccount, homeRegion
		if d.chance(60) {
			account = appAccount
		}
		if d.chance(15) || d.away && d.chance(85) || d.theme == "transit-vpc" && d.chance(60) || d.theme == "transit-gateway" && d.chance(20) {
			region = awayRegion
		}
		add(fmt.Sprintf("vpc-a%d", i+1), account, region)
	}
}

// blocksOf gives the IPv4 blocks of a VPC, and its IPv6 one.
func blocksOf(v VPC) (v4 []string, v6 string) {
	for _, b := range v.Blocks {
		if isV6(b) {
			v6 = b
		} else {
			v4 = append(v4, b)
		}
	}
	return v4, v6
}

// part gives the n-th prefix of some length inside a block.
func part(block string, bits, n int) string {
	p := netip.MustParsePrefix(block)
	raw := p.Addr().As16()
	at := bits - 1
	if p.Addr().Is4() {
		at += 96
	}
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			raw[at/8] |= 1 << (7 - at%8)
		}
		at--
	}
	a := netip.AddrFrom16(raw)
	if p.Addr().Is4() {
		a = a.Unmap()
	}
	return netip.PrefixFrom(a, bits).String()
}

func (d *drawer) drawSubnets(v VPC) {
	short := v.ID[4:]
	d.Tables = append(d.Tables, Table{ID: "rtb-" + short + "0", VPC: v.ID, Main: true})
	extra := d.upTo(2)
	for i := range extra {
		d.Tables = append(d.Tables, Table{ID: fmt.Sprintf("rtb-%s%d", short, i+1), VPC: v.ID})
	}
	v4, v6 := blocksOf(v)
	for i := range d.between(1, 3) {
		s := Subnet{ID: fmt.Sprintf("subnet-%s%d", short, i), VPC: v.ID, Block: part(pick(d, v4), 24, i+1)}
		if v6 != "" {
			s.Block6 = part(v6, 64, i+1)
		}
		if d.theme != "" && d.chance(40) {
			s.Zone = "b"
		}
		if n := d.upTo(extra); n > 0 {
			s.Table = fmt.Sprintf("rtb-%s%d", short, n)
		}
		d.Subnets = append(d.Subnets, s)
	}
}

func (d *drawer) drawPeerings() {
	n := 0
	for i, a := range d.VPCs {
		for _, b := range d.VPCs[i+1:] {
			if !d.chance(70) || d.theme != "" && !d.draws("peering") {
				continue
			}
			n++
			p := Peering{ID: fmt.Sprintf("pcx-0%d", n), Requester: a.ID, Accepter: b.ID, RequesterDNS: d.chance(50), AccepterDNS: d.chance(50)}
			if d.chance(50) {
				p.Requester, p.Accepter = b.ID, a.ID
			}
			if d.slip(15) {
				p.Status = pick(d, []string{"pending-acceptance", "provisioning", "deleted", "failed", "expired"})
			}
			if overlap(a, b) {
				p.Status = "failed"
			}
			d.Peerings = append(d.Peerings, p)
		}
	}
}

func overlap(a, b VPC) bool {
	return slices.ContainsFunc(a.Blocks, func(x string) bool {
		return slices.ContainsFunc(b.Blocks, func(y string) bool { return prefixOf(x).Overlaps(prefixOf(y)) })
	})
}

func (d *drawer) drawLists() {
	for i := range d.upTo(2) {
		l := List{ID: fmt.Sprintf("pl-0%d", i+1), Account: cacheAccount, Region: homeRegion}
		for range d.between(1, 2) {
			if b := d.block(); !isV6(b) && !slices.Contains(l.Entries, b) {
				l.Entries = append(l.Entries, b)
			}
		}
		l.Max = len(l.Entries) + d.upTo(2)
		if len(l.Entries) > 0 {
			d.Lists = append(d.Lists, l)
		}
	}
}

// block draws a range that means something in the network: a VPC's block, a
// subnet's, a part of one, a host, or one from elsewhere.
func (d *drawer) block() string {
	v := pick(d, d.VPCs)
	v4, v6 := blocksOf(v)
	if v6 != "" && d.chance(15) {
		return pick(d, []string{v6, part(v6, 64, 1), part(v6, 64, 2)})
	}
	if d.theme != "" && d.chance(30) {
		return pick(d, premises)
	}
	b := pick(d, v4)
	return pick(d, []string{part(b, 24, 1), part(b, 24, 2), b, part(b, 25, 2), part(b, 23, 1), part(b, 32, 0x10a), "192.168.7.0/24"})
}

func (d *drawer) drawGroups(_ int, v VPC) {
	short := v.ID[4:]
	for i := range d.between(1, 3) {
		d.Groups = append(d.Groups, Group{ID: fmt.Sprintf("sg-%s%d", short, i), VPC: v.ID, Closed: d.slip(20)})
	}
}

func (d *drawer) groupsOf(vpc string) []string {
	var out []string
	for _, g := range d.Groups {
		if g.VPC == vpc {
			out = append(out, g.ID)
		}
	}
	return out
}

func (d *drawer) subnetIDs(vpc string) []string {
	var out []string
	for _, s := range d.Subnets {
		if s.VPC == vpc {
			out = append(out, s.ID)
		}
	}
	return out
}

func (d *drawer) drawInterfaces() {
	for n, s := range d.Subnets {
		for i := range d.upTo(2) {
			e := Interface{ID: fmt.Sprintf("eni-%x%x", n+1, i), Subnet: s.ID, Address: host(s.Block, 10+i)}
			if s.Block6 != "" && d.chance(70) {
				e.Address6 = host(s.Block6, 10+i)
			}
			e.Groups = []string{pick(d, d.groupsOf(s.VPC))}
			if g := pick(d, d.groupsOf(s.VPC)); d.chance(20) && g != e.Groups[0] {
				e.Groups = append(e.Groups, g)
			}
			e.Cache = d.chance(30)
			d.Interfaces = append(d.Interfaces, e)
		}
	}
}

func host(block string, n int) string {
	a := netip.MustParsePrefix(block).Addr()
	for range n {
		a = a.Next()
	}
	return a.String()
}

func (d *drawer) drawClusters(n int, v VPC) {
	for i := range d.between(1, 3) {
		k := Cluster{Name: fmt.Sprintf("k%d%c", n+1, 'a'+i), Kind: pick(d, []string{group, node, serverless}), VPC: v.ID, Engine: "valkey", Port: 6379}
		if k.Kind == node && d.chance(40) {
			k.Engine, k.Port = "memcached", 11211
		} else if k.Kind != serverless && d.chance(20) {
			k.Port = 7000
		}
		groups := d.groupsOf(v.ID)
		k.Groups = []string{pick(d, groups)}
		if g := pick(d, groups); d.chance(25) && g != k.Groups[0] {
			if k.Kind != serverless && d.chance(40) {
				k.Moving = []string{g}
			} else {
				k.Groups = append(k.Groups, g)
			}
		}
		subnets := d.subnetIDs(v.ID)
		k.Subnets = []string{pick(d, subnets)}
		if s := pick(d, subnets); d.chance(40) && s != k.Subnets[0] {
			k.Subnets = append(k.Subnets, s)
		}
		if _, v6 := blocksOf(v); v6 != "" && d.chance(40) {
			k.Network = pick(d, []string{"ipv6", "dual_stack"})
		}
		d.Clusters = append(d.Clusters, k)
	}
}

// peer draws what a rule may be for.
func (d *drawer) peer(vpc string) string {
	switch n := d.upTo(9); {
	case n < 4:
		g := pick(d, d.Groups)
		if at := d.vpc(g.VPC); at.Account != d.vpc(vpc).Account {
			return at.Account + "/" + g.ID
		}
		return g.ID
	case n < 5 && len(d.Lists) > 0:
		return pick(d, d.Lists).ID
	default:
		return d.block()
	}
}

// port draws a port that some cache has, or another one.
func (d *drawer) port() int { return pick(d, []int{6379, 6380, 11211, 7000, 443}) }

func (d *drawer) drawRules(g Group) {
	for range d.upTo(4) {
		r := Rule{Group: g.ID, Protocol: "tcp", Peer: d.peer(g.VPC)}
		r.From = d.port()
		r.To = r.From
		switch d.upTo(9) {
		case 8:
			r.To = r.From + 1
		case 9:
			r.From, r.To = 1024, 65535
		case 7:
			r.Protocol, r.From, r.To = "-1", -1, -1
		default:
			r.Claimed = d.chance(35)
		}
		d.Rules = append(d.Rules, r)
	}
	if !g.Closed {
		return
	}
	for range d.upTo(2) {
		d.Rules = append(d.Rules, Rule{Group: g.ID, Egress: true, Protocol: "tcp", From: 6379, To: pick(d, []int{6379, 6380, 65535}), Peer: d.peer(g.VPC)})
	}
}

// targets are what a route of a VPC may lead to.
func (d *drawer) targets(vpc string) []string {
	out := []string{"igw-" + vpc[4:]}
	for _, p := range d.Peerings {
		if p.Requester == vpc || p.Accepter == vpc {
			out = append(out, p.ID, p.ID)
		}
	}
	for _, a := range d.Attachments {
		if a.To == vpc {
			out = append(out, a.Gateway, a.Gateway)
		}
	}
	for _, g := range d.VPNGateways {
		if g.VPC == vpc && g.Status == "" {
			out = append(out, g.ID, g.ID)
		}
	}
	for _, i := range d.Interfaces {
		if d.subnet(i.Subnet).VPC == vpc {
			out = append(out, i.ID)
			break
		}
	}
	return out
}

func (d *drawer) drawRoutes(t Table) {
	if d.slip(20) {
		d.Routes = append(d.Routes, Route{Table: t.ID, To: "0.0.0.0/0", Target: "igw-" + t.VPC[4:]})
	}
	if !d.far {
		return
	}
	for range d.upTo(2) {
		if !d.slip(100) {
			continue
		}
		r := Route{Table: t.ID, To: d.block(), Target: pick(d, d.targets(t.VPC))}
		if d.theme != "" && d.chance(60) {
			r.To = d.anyRoute(t)
		}
		if d.localTo(t.VPC, r.To) || slices.ContainsFunc(d.Routes, func(o Route) bool { return o.Table == r.Table && o.To == r.To }) {
			continue
		}
		if kind := r.Target[:4]; (kind == "pcx-" || kind == "tgw-" || kind == "vgw-") && d.chance(40) {
			r.Claimed = []string{pick(d, d.Clusters).Name + "/" + pick(d, intentNames)}
		}
		d.Routes = append(d.Routes, r)
	}
}

// localTo says whether a range is a block of a VPC or wider: AWS does not route it elsewhere.
func (d *drawer) localTo(vpc, block string) bool {
	return slices.ContainsFunc(d.vpc(vpc).Blocks, func(b string) bool {
		p, q := prefixOf(b), prefixOf(block)
		return p.Overlaps(q) && q.Bits() <= p.Bits()
	})
}

func (d *drawer) drawACLs() {
	for i := range d.Subnets {
		if !d.slip(12) {
			continue
		}
		s := &d.Subnets[i]
		a := ACL{ID: "acl-" + s.ID[7:], VPC: s.VPC}
		for n := range d.upTo(2) {
			a.Entries = append(a.Entries, Entry{
				Number: 10 * (n + 1), Egress: d.chance(50), Deny: d.chance(60), Block: d.block(),
				From: pick(d, []int{1, 6379, 32768, 40000}), To: pick(d, []int{65535, 6380, 60999}),
			})
		}
		for _, e := range a.Entries {
			if e.From > e.To {
				a.Entries = nil
			}
		}
		for _, block := range []string{"0.0.0.0/0", "::/0"} {
			for _, egress := range []bool{false, true} {
				if d.chance(92) {
					n := 100 + len(a.Entries)
					a.Entries = append(a.Entries, Entry{Number: n, Egress: egress, Block: block, From: 0, To: 65535})
				}
			}
		}
		s.ACL = a.ID
		d.ACLs = append(d.ACLs, a)
	}
}
