package simulation

import (
	"slices"

	"pgregory.net/rapid"
)

// drawTwins draws two cache VPCs that are peered, so that the routes between them
// serve both units, and a life in which the units take turns with what is declared.
func drawTwins(t *rapid.T) Case {
	d := newDrawer(t, true)
	for len(d.VPCs) < 2 || len(d.Peerings) == 0 || d.VPCs[1].ID != "vpc-c2" || d.Peerings[0].Status != "" {
		d.Case = Case{}
		d.drawWorld()
	}
	for range d.between(2, 4) {
		d.addIntent(d.drawTwinIntent())
	}
	d.Policies = append(d.Policies, Policy{Target: "*", SharedGroups: pick(d, []string{"allow", "allow", "refuse"})})
	for range d.between(3, 9) {
		d.Steps = append(d.Steps, d.drawTurn())
	}
	return d.Case
}

// drawTwinIntent draws an intent of one twin for a source in the other.
func (d *drawer) drawTwinIntent() Intent {
	i := d.drawIntent()
	k, _ := d.cluster(i.Cluster)
	i.Closed, i.Path, i.Via = i.Closed && d.chance(30), pick(d, []string{"", "peering"}), ""
	for n := range i.Sources {
		for _, v := range d.VPCs[:2] {
			v4, _ := blocksOf(v)
			if v.ID != k.VPC {
				i.Sources[n] = pick(d, []string{pick(d, d.groupsOf(v.ID)), v.ID, part(pick(d, v4), 24, n+1)})
			}
		}
	}
	i.Sources = slices.Compact(i.Sources)
	return i
}

func (d *drawer) drawTurn() Step {
	one := Step{Do: doRun, On: pick(d, d.VPCs[:2]).ID}
	switch n := d.upTo(19); {
	case n < 8:
		return one
	case n < 9:
		return Step{Do: doSweep}
	case n < 11:
		return Step{Do: doEvents}
	case n < 14:
		i := d.drawTwinIntent()
		return Step{Do: doDeclare, Intent: &i}
	case n < 17:
		return Step{Do: doWithdraw, At: d.upTo(5)}
	case n < 18:
		// What is declared meanwhile is the other unit's: a run goes by what was declared
		// for it when it began, and the change wakes it again.
		i := d.drawTwinIntent()
		if k, _ := d.cluster(i.Cluster); k.VPC == one.On && d.chance(75) {
			one.Intent = &i
		}
		return Step{Do: doBetween, At: d.upTo(3), Step: &one}
	case n < 19:
		return d.drawTrouble()
	default:
		return Step{Do: doWait, Times: pick(d, []int{10, 60})}
	}
}
