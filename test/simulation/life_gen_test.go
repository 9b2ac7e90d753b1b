package simulation

import (
	"math/rand/v2"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

var intentNames = []string{"one", "two", "three", "four"}

// newDrawer takes one evenly drawn number from rapid.
func newDrawer(t *rapid.T, far bool) *drawer {
	seed := rapid.Custom(func(t *rapid.T) uint64 {
		var seed uint64
		for range 64 {
			seed <<= 1
			if rapid.Bool().Draw(t, "bit") {
				seed |= 1
			}
		}
		return seed
	}).Draw(t, "case")
	return &drawer{random: rand.New(rand.NewPCG(seed, 0)), far: far}
}

// newWideDrawer draws worlds with all paths, in each of them one in plenty.
func newWideDrawer(t *rapid.T) *drawer {
	d := newDrawer(t, true)
	d.theme = pick(d, []string{"transit-gateway", "transit-gateway", "transit-vpc", "vpn", "direct-connect", "peering"})
	d.tidy = d.chance(60)
	return d
}

// drawCase draws a whole case.
func drawCase(t *rapid.T, far bool) Case {
	return newDrawer(t, far).drawLife()
}

// drawLife draws a world, what is declared in it and what happens.
func (d *drawer) drawLife() Case {
	d.drawWorld()
	for range d.between(1, 4) {
		d.addIntent(d.drawIntent())
	}
	if d.theme != "" || d.chance(50) {
		d.Policies = append(d.Policies, d.drawPolicy("*"))
	}
	if d.chance(30) {
		d.Policies = append(d.Policies, d.drawPolicy(pick(d, d.Clusters).Name))
	}
	for range d.between(1, 7) {
		d.Steps = append(d.Steps, d.drawStep())
	}
	return d.Case
}

func (d *drawer) addIntent(i Intent) {
	if !slices.ContainsFunc(d.Intents, func(o Intent) bool { return o.key() == i.key() }) {
		d.Intents = append(d.Intents, i)
	}
}

// drawIntent draws an intent: most of them make sense.
func (d *drawer) drawIntent() Intent {
	k := pick(d, d.Clusters)
	i := Intent{Cluster: k.Name, Name: pick(d, intentNames), Closed: d.chance(20)}
	draw := d.source
	if d.theme != "" && d.chance(70) {
		draw = func(k Cluster, _ bool) string { return d.farSource(k) }
	}
	for range d.between(1, 2) {
		if s := draw(k, i.Closed); !slices.Contains(i.Sources, s) {
			i.Sources = append(i.Sources, s)
		}
	}
	if d.chance(50) {
		i.Path = d.pathOf(k, i.Sources[0])
	}
	if i.Path == "peering" && d.chance(20) && len(d.Peerings) > 0 {
		i.Via = pick(d, d.Peerings).ID
	}
	if gateways := d.gatewaysFor(i.Path); len(gateways) > 0 && d.chance(20) {
		i.Via = pick(d, gateways)
	}
	if d.chance(15) {
		i.Ports = []int{k.Port}
		if k.Kind == serverless && d.chance(50) {
			i.Ports = []int{k.Port + 1}
		}
	}
	if d.chance(15) {
		i.ExpiresAt = pick(d, []int{30, 5, -5})
	} else if d.chance(10) {
		i.NotBefore = pick(d, []int{-5, 10, 40})
	}
	if d.chance(6) {
		i.Wrong = pick(d, wrongs)
	}
	return i
}

// wrongs are the fields that a malformed intent may hold nonsense in.
var wrongs = []string{"sources", "path", "access", "ports", "field", "expiresAt"}

func (d *drawer) source(k Cluster, closed bool) string {
	at := d.vpc(k.VPC)
	if closed && d.chance(20) {
		return "0.0.0.0/0"
	}
	near := []Group{}
	for _, g := range d.Groups {
		if g.VPC == k.VPC {
			near = append(near, g)
		}
	}
	switch n := d.upTo(19); {
	case n < 6:
		return pick(d, near).ID
	case n < 10:
		g := pick(d, d.Groups)
		if home := d.vpc(g.VPC); home.Account != at.Account || d.chance(10) {
			return home.Account + "/" + g.ID
		}
		return g.ID
	case n < 12 && len(d.Lists) > 0:
		return pick(d, d.Lists).ID
	case n < 14:
		return pick(d, d.VPCs).ID
	case n < 17:
		return part(pick(d, d.near(k)), 24, d.between(1, 2))
	default:
		return d.block()
	}
}

func (d *drawer) near(k Cluster) []string {
	v4, _ := blocksOf(d.vpc(k.VPC))
	return v4
}

// pathOf gives the path that leads to a source, mostly.
func (d *drawer) pathOf(k Cluster, source string) string {
	if d.chance(5) {
		return pick(d, []string{"same-vpc", "peering"})
	}
	if d.theme != "" && d.chance(4) {
		return pick(d, paths)
	}
	home := ""
	for _, g := range d.Groups {
		if strings.HasSuffix(source, g.ID) {
			home = g.VPC
		}
	}
	for _, v := range d.VPCs {
		if source == v.ID || slices.ContainsFunc(v.Blocks, func(b string) bool { return prefixOf(b).Overlaps(prefixOf(source)) }) {
			home = v.ID
		}
	}
	switch {
	case home == "" && d.theme == "direct-connect":
		return "direct-connect"
	case home == "" && d.theme != "":
		return "vpn"
	case home == k.VPC || home == "":
		return "same-vpc"
	case d.theme == "transit-vpc" || d.theme == "transit-gateway":
		return d.theme
	}
	return "peering"
}

func (d *drawer) drawPolicy(target string) Policy {
	p := Policy{Target: target}
	if d.chance(12) {
		p.Mode = pick(d, []string{"observe", "off"})
	}
	if d.chance(50) {
		p.Undeclared = pick(d, []string{"revoke", "ignore", "report"})
	}
	if d.chance(12) {
		p.Writes = pick(d, [][]string{{"rules"}, {"routes", "peering-dns"}, {"rules", "routes"}})
	}
	if d.theme != "" {
		all := []string{"rules", "routes", "peering-dns", "propagation", "tgw-routes"}
		p.Writes = pick(d, [][]string{all, all, all, {"rules", "routes", "tgw-routes"}, {"rules", "propagation"}, {"rules", "routes"}})
		p.SharedGroups = pick(d, []string{"allow", "allow", "allow", "refuse"})
	}
	if d.chance(60) {
		p.SharedGroups = pick(d, []string{"allow", "refuse"})
	}
	if d.chance(25) {
		p.MaxCloses = d.between(1, 3)
	}
	if d.chance(15) {
		p.RulesPerGroup = d.between(1, 6)
	}
	if d.chance(8) {
		p.RoutesPerTable = d.between(1, 4)
	}
	return p
}

// drawStep draws one thing that happens.
func (d *drawer) drawStep() Step {
	switch n := d.upTo(99); {
	case n < 25:
		return Step{Do: doSweep}
	case n < 35:
		return Step{Do: doEvents}
	case n < 40:
		return Step{Do: doRun, On: pick(d, d.Clusters).VPC}
	case n < 48:
		i := d.drawIntent()
		return Step{Do: doDeclare, Intent: &i}
	case n < 55:
		return Step{Do: doWithdraw, At: d.upTo(5)}
	case n < 58:
		return Step{Do: doSpoil, At: d.upTo(5), To: pick(d, wrongs)}
	case n < 61:
		p := d.drawPolicy(pick(d, []string{"*", pick(d, d.Clusters).Name}))
		return Step{Do: doPolicy, Policy: &p}
	case n < 66:
		return Step{Do: doWait, Times: pick(d, []int{1, 10, 30, 60, 1500})}
	case n < 78:
		return d.drawTrouble()
	default:
		return d.drawForeign()
	}
}
