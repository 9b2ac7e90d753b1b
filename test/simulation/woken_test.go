package simulation

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/reconcile"
)

// doWrite is a step: a write of the kind To, drawn from the number At.
const doWrite = "write"

// harmless are the writes that change no verdict, each with the reason.
var harmless = map[string]string{
	"ec2:AssociateSecurityGroupVpc":                  "no interface has the group there yet",
	"ec2:DisassociateSecurityGroupVpc":               "no interface has the group there any more",
	"ec2:AttachNetworkInterface":                     "its addresses and groups stay",
	"ec2:DetachNetworkInterface":                     "its addresses and groups stay",
	"ec2:StartInstances":                             "the addresses and groups of its interfaces stay",
	"ec2:StopInstances":                              "the addresses and groups of its interfaces stay",
	"ec2:CreateManagedPrefixList":                    "nothing names it yet",
	"ec2:CreateNetworkAcl":                           "it has no subnet yet",
	"ec2:DeleteNetworkAcl":                           "it had no subnet any more",
	"ec2:CreateRouteTable":                           "it has no subnet yet",
	"ec2:DeleteRouteTable":                           "it had no subnet any more",
	"ec2:CreateTransitGatewayRouteTable":             "it has no attachment yet",
	"ec2:DeleteTransitGatewayRouteTable":             "it had no attachment any more",
	"ec2:CreateVpnGateway":                           "it is attached to nothing yet",
	"ec2:DeleteVpnGateway":                           "it was attached to nothing any more",
	"ec2:CreateSecurityGroup":                        "nothing names it yet",
	"ec2:CreateTags":                                 "tags decide about nothing",
	"ec2:DeleteTags":                                 "tags decide about nothing",
	"ec2:DeleteVpc":                                  "it was empty",
	"ec2:UpdateSecurityGroupRuleDescriptionsEgress":  "descriptions decide about nothing",
	"ec2:UpdateSecurityGroupRuleDescriptionsIngress": "descriptions decide about nothing",
	"elasticache:AddTagsToResource":                  "tags decide about nothing",
	"elasticache:RemoveTagsFromResource":             "tags decide about nothing",
	"elasticache:CreateCacheSubnetGroup":             "no cache is in it yet",
	"elasticache:DeleteCacheSubnetGroup":             "no cache was in it any more",
}

// themesOf gives the paths on which an operation may matter; none: any.
func themesOf(operation string) []string {
	_, rules := ruleWrites[operation]
	_, transit := transitWrites[operation]
	_, hybrid := hybridKinds[operation]
	_, peering := peeringWrites[operation]
	switch {
	case rules || strings.Contains(operation, "Instance") || strings.Contains(operation, "NetworkInterface"):
		return []string{"transit-gateway", "peering"}
	case transit:
		return []string{"transit-gateway"}
	case strings.HasPrefix(operation, "directconnect:"):
		return []string{"direct-connect"}
	case hybrid:
		return []string{"vpn", "transit-vpc", "vpn", "direct-connect"}
	case peering || operation == "ec2:ModifyVpcAttribute":
		return []string{"peering"}
	default:
		return []string{"transit-gateway", "transit-vpc", "vpn", "direct-connect", "peering"}
	}
}

// writesACase is how many writes of one kind are made in a world.
const writesACase = 4

// drawWrites draws a world with what is declared in it, and writes of one kind.
func drawWrites(r *rapid.T, operation string) Case {
	d := newDrawer(r, true)
	d.theme, d.tidy, d.away = pick(d, themesOf(operation)), d.chance(85), strings.Contains(operation, "TransitGatewayPeering")
	d.drawWorld()
	for range d.between(2, 4) {
		d.addIntent(d.drawIntent())
	}
	d.Policies = append(d.Policies, Policy{Target: "*", Mode: "observe"}) // so that all stays as it is
	for range writesACase {
		d.Steps = append(d.Steps, Step{Do: doWrite, To: operation, At: d.upTo(1 << 30)})
	}
	return d.Case
}

// verdicts judges a unit: the state of each intent, and the verdict of each hop.
func (h *harness) verdicts(u network.Unit) map[string]string {
	judged, err := h.session.Runner.Judge(h.ctx, u)
	if err != nil {
		h.violate("error", "judging %s: %v", u, err)
	}
	out := map[string]string{}
	for _, j := range judged {
		text := []string{string(j.State)}
		for _, hop := range j.Hops {
			text = append(text, strings.Join([]string{string(hop.Kind), hop.Resource, hop.Source, string(hop.Verdict)}, " "))
		}
		slices.Sort(text[1:])
		out[j.Intent.Cluster+" "+j.Intent.Name] = strings.Join(text, "\n")
	}
	return out
}

func (h *harness) allVerdicts() map[network.Unit]map[string]string {
	out := map[network.Unit]map[string]string{}
	for _, u := range h.units() {
		out[u] = h.verdicts(u)
	}
	return out
}

// write makes a write, and holds dispatch to naming every unit of which a verdict
// changed by it.
func (h *harness) write(s Step) {
	kind, ok := kindsOfWrite()[s.To]
	if !ok {
		return
	}
	w := h.writer(s.At)
	before := h.stood
	if kind.ready != nil || before == nil {
		if kind.ready != nil {
			if err := kind.ready(w); err != nil {
				h.tell("  not ready: %v", err)
			}
		}
		before = h.allVerdicts()
	}
	h.sim.TakeEvents()
	if err := kind.make(w); err != nil {
		h.tell("  refused: %v", err)
	}
	woken := h.wokenBy(s.To)
	if strings.HasPrefix(s.To, "elasticache:") {
		h.handOn(woken)
	}
	h.stood = h.allVerdicts()
	for u, now := range h.stood {
		was, ok := before[u]
		diff := cmp.Diff(was, now)
		if diff == "" || !ok { // what was no unit before is handed on to, if anything
			continue
		}
		h.counted.saw(s.To)
		if !woken[u] {
			h.violate("1", "%s changes a verdict of %s and does not wake it: %s", s.To, u, diff)
		}
	}
}

// wokenBy gives the units that the events of an operation wake.
func (h *harness) wokenBy(operation string) map[network.Unit]bool {
	_, name, _ := cutOperation(operation)
	woken := map[network.Unit]bool{}
	for _, data := range h.sim.TakeEvents() {
		decoded, err := events.Decode(data)
		if err != nil {
			h.violate("error", "decoding an event: %v\n%s", err, data)
		}
		for _, e := range decoded {
			decision, err := h.dispatcher().Event(h.ctx, e)
			if err != nil {
				h.violate("error", "dispatching an event: %v\n%s", err, data)
			}
			h.tell("event %s of %v wakes %v %s", e.Name, e.ResourceIDs(), decision.Units, decision.Ignored)
			if e.Name != name {
				continue
			}
			for _, u := range decision.Units {
				woken[u] = true
			}
		}
	}
	return woken
}

// handOn adds the units that the runs of woken ones hand on to: a cluster that comes
// or goes moves between the pending unit and its VPC's.
func (h *harness) handOn(woken map[network.Unit]bool) {
	for _, u := range slices.SortedFunc(maps.Keys(woken), func(a, b network.Unit) int { return strings.Compare(a.String(), b.String()) }) {
		report, _, _ := h.runUnit(u, reconcile.Wake{Trigger: "event"})
		for _, next := range report.Moved {
			woken[next] = true
		}
	}
}

// enough changes of verdicts prove a kind of write; of those that change none, some
// cases are looked at.
func enough(cases int) int { return 1 + cases/200 }

// enoughToSee is how many cases it takes for every kind of write to change a verdict.
const enoughToSee = 100

func TestEveryWriteThatChangesAVerdictWakesItsUnit(t *testing.T) {
	kinds := kindsOfWrite()
	for _, operation := range slices.Sorted(maps.Keys(kinds)) {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			_, without := harmless[operation]
			written, cases := counted{}, 0
			draw := func(r *rapid.T) Case { return drawWrites(r, operation) }
			check(t, draw, func(c Case) ([]Violation, []string, error) {
				if cases++; written.count(operation) >= enough(checks(t)) || without && cases > enough(checks(t)) {
					return nil, nil, nil
				}
				h := newHarness(c)
				if err := h.begin(); err != nil {
					return nil, nil, err
				}
				h.counted = &written
				for _, s := range c.Steps {
					h.tell("step %s", s)
					if h.write(s); len(h.violations) > 0 {
						break
					}
				}
				return h.violations, h.story, nil
			})
			if !without && !t.Failed() && checks(t) >= enoughToSee {
				written.seenAll(t, operation)
			}
		})
	}
}

func TestEveryOperationThatWritesIsDrawn(t *testing.T) {
	kinds := kindsOfWrite()
	for _, name := range awssim.Operations() {
		_, operation, _ := cutOperation(name)
		reads := slices.ContainsFunc([]string{"Describe", "Get", "List", "Search"}, func(verb string) bool { return strings.HasPrefix(operation, verb) })
		if _, ok := kinds[name]; !ok && !reads {
			t.Errorf("%s writes, and no case draws it", name)
		}
	}
}
