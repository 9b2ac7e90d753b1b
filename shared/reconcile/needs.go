package reconcile

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/plan"
)

// needs are what the unit's open intents need, for others to leave alone.
func (v view) needs() ledger.Needs {
	var out ledger.Needs
	for _, j := range v.live {
		if j.Intent.Access == intent.Closed {
			continue
		}
		out.Judged = append(out.Judged, ledger.JudgedIntent{Intent: j.Key(), Digest: needDigest(j.Intent, v.declared.policies)})
		for _, n := range j.Needs {
			out.Needs = append(out.Needs, ledger.Need{
				Intent: j.Key(), Requirement: n.Requirement, Groups: n.Groups,
				V4: n.Families.V4, V6: n.Families.V6, RangesOnly: n.RangesOnly,
				Block: string(n.Blocked.Code), Why: n.Blocked.Text,
			})
		}
		for _, u := range j.Unknown {
			if u.Unread {
				out.Hidden = append(out.Hidden, ledger.HiddenNeed{Intent: j.Key(), Kind: u.Kind, Location: u.Location})
			}
		}
	}
	return out
}

// needDigest identifies all of an intent and its policy that decides what it needs.
func needDigest(i intent.Intent, policies intent.Policies) string {
	h := sha256.New()
	p := policies.For(i.Cluster)
	fmt.Fprintln(h, i.Access, i.Path, i.Via, i.Sources, i.Ports, p.Writes, p.SharedGroups, p.Widest, p.Malformed)
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// others are what the ledger and the intents say of what other units need.
type others struct {
	// now are the open intents that live, by the unit that they belong to, with their digests.
	now map[network.Unit]map[intent.Key]string
	// depend are the units that depend on one of the points at which something closes.
	depend map[network.Unit]bool
}

// othersOf sorts what is declared by the units that it belongs to. A cluster of the unit's
// own account and Region is where this run found it; one that is nowhere needs nothing.
// What is declared for a cluster elsewhere that no unit was judged with is its pending
// unit's, which finds it.
func (v view) othersOf(set intent.Set, unitOf map[string]network.Unit, now time.Time) map[network.Unit]map[intent.Key]string {
	out := map[network.Unit]map[intent.Key]string{}
	for _, i := range set.Intents {
		if i.Access == intent.Closed || !i.Live(now) {
			continue
		}
		u, found := v.declared.where[i.Cluster]
		if found && u.IsPending() {
			continue
		}
		if !found {
			u, found = unitOf[i.Cluster]
		}
		if !found {
			u, found = pendingUnitOf(i.Cluster)
		}
		if !found || u == v.unit {
			continue
		}
		if out[u] == nil {
			out[u] = map[intent.Key]string{}
		}
		out[u][i.Key()] = needDigest(i, set.Policies)
	}
	return out
}

// unjudged are the intents that live and that their unit was not judged with as they are.
func unjudged(live map[intent.Key]string, n ledger.Needs) []intent.Key {
	judged := map[intent.Key]string{}
	for _, j := range n.Judged {
		judged[j.Intent] = j.Digest
	}
	var missing []intent.Key
	for k, digest := range live {
		if judged[k] != digest {
			missing = append(missing, k)
		}
	}
	slices.SortFunc(missing, func(a, b intent.Key) int {
		return cmp.Or(strings.Compare(a.Cluster, b.Cluster), strings.Compare(a.Name, b.Name))
	})
	return missing
}

// askOther adds what another unit needs at the points, as it was judged last, and protects
// those at which it may need what nobody knows. It says whether the unit has to be judged
// first.
func (p *pass) askOther(other network.Unit, o others, n ledger.Needs, err error, s *sharers) (waits bool) {
	if err != nil {
		for _, at := range s.at {
			s.unread[at] = fmt.Sprintf("what unit %s needs at %s cannot be read: %v", other, at.ID, err)
		}
		return false
	}
	live := o.now[other]
	for _, k := range slices.Backward(unjudged(live, n)) {
		for _, at := range s.at {
			if p.mayNeed(o, other, k.Cluster, at) {
				s.awaited[at] = fmt.Sprintf("what intent %s of %s needs at %s is not known until unit %s is judged, which was woken", k.Name, intent.ShortName(k.Cluster), at.ID, other)
				waits = true
			}
		}
	}
	for _, need := range n.Needs {
		if _, lives := live[need.Intent]; lives && slices.Contains(s.at, need.Point()) {
			s.needs = append(s.needs, plan.OtherUnit{Holder: change.Holder{Unit: other, Intent: need.Intent}, Need: p.before.otherNeed(need)})
		}
	}
	for _, h := range n.Hidden {
		for _, at := range s.at {
			if _, lives := live[h.Intent]; lives && hides(h, at) && p.mayNeed(o, other, h.Intent.Cluster, at) {
				s.unread[at] = fmt.Sprintf("what intent %s of unit %s needs at %s is not known", h.Intent.Name, other, at.ID)
			}
		}
	}
	return waits
}

func hides(h ledger.HiddenNeed, at change.Point) bool {
	return (h.Location.IsZero() || h.Location == at.Location) && h.Kind.MayBeAt(at.ID)
}

// mayNeed says whether a cluster of another unit may need something at a point without
// the ledger saying so: a route of any account, or a rule of a group that guards it, or may.
func (p *pass) mayNeed(o others, other network.Unit, cluster string, at change.Point) bool {
	near := at.Location == other.Location
	switch {
	case !change.Rule.MayBeAt(at.ID):
		return true
	case near && p.before.declared.where != nil: // all clusters there were read
		if c, ok := p.before.index.Cluster(cluster); ok {
			cluster = c.ARN
		}
		return slices.Contains(p.before.index.Guarded(at.ID), cluster)
	default:
		return near || o.depend[other]
	}
}

// otherNeed gives what another unit needs as it stands in this unit's snapshot, which
// shows the enforcement point.
func (v view) otherNeed(n ledger.Need) access.Need {
	out := access.Need{
		Requirement: n.Requirement, Groups: n.Groups, RangesOnly: n.RangesOnly,
		Families: access.Families{V4: n.V4, V6: n.V6}, Blocked: access.Block{Code: access.BlockCode(n.Block), Text: n.Why},
	}
	switch n.Kind {
	case change.Rule:
		for _, group := range n.Groups {
			if g, ok := v.index.Gate(group, n.Port); ok && !out.Met() {
				out.By = g.CoveringIn(out.Families, n.Peer, func(r network.Rule) bool { return !out.Counts(r) })
			}
		}
	case change.Route:
		for _, r := range v.snapshot.RouteTables[n.Resource].Routes {
			if r.Target == n.Target && r.PrefixList == "" && r.Destination.Overlaps(n.Destination) {
				out.By, out.Carriers = []string{n.Resource}, append(out.Carriers, r.Destination)
			}
		}
	case change.TransitGatewayRoute:
		for _, r := range v.snapshot.TransitGatewayRouteTables[n.Resource].Routes {
			if slices.Contains(r.Attachments, n.Target.ID) && r.PrefixList == "" && r.Destination.Overlaps(n.Destination) {
				out.By, out.Carriers = []string{n.Resource}, append(out.Carriers, r.Destination)
			}
		}
	case change.Propagation, change.PeeringDNS:
		out.By = []string{n.Resource}
	}
	return out
}
