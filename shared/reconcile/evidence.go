package reconcile

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// Most changes of a group or a table concern another of its rules or routes than the
// one that a finding is about. What an event says of them, rule ids, ranges and whom
// a rule refers to, decides whether it can have been this one.

func names(e events.Event, id string) bool {
	return slices.ContainsFunc(e.Resources, func(r events.Resource) bool { return r.ID == id })
}

// ofRules says whether an event is a call that makes, changes or takes away rules.
func ofRules(e events.Event) bool {
	return strings.Contains(e.Name, "SecurityGroup") && changesRules(e.Name)
}

func changesRules(name string) bool {
	return strings.HasPrefix(name, "Authorize") || strings.HasPrefix(name, "Revoke") || name == "ModifySecurityGroupRules"
}

// addsRules says whether an event can only have let more in; takesRules, less.
func addsRules(e events.Event) bool  { return strings.HasPrefix(e.Name, "AuthorizeSecurityGroup") }
func takesRules(e events.Event) bool { return strings.HasPrefix(e.Name, "RevokeSecurityGroup") }

// detailed says whether an event tells which of a group's rules, or of a table's
// routes, it is about.
func detailed(e events.Event, resource string) bool {
	return len(e.Ranges) > 0 || slices.ContainsFunc(e.Resources, func(r events.Resource) bool {
		return r.ID != resource && (isRule(r.ID) || refersTo(r.ID))
	})
}

func isRule(id string) bool   { return strings.HasPrefix(id, "sgr-") }
func refersTo(id string) bool { return strings.HasPrefix(id, "sg-") || strings.HasPrefix(id, "pl-") }

// made says whether an event made, or last changed, the rule or route of a finding.
func made(e events.Event, f finding.Finding) bool {
	about := f.About
	switch {
	case about.Destination.IsValid():
		return names(e, f.Resource) && slices.Contains(e.Ranges, about.Destination.Masked())
	case !ofRules(e) || takesRules(e):
		return false
	case slices.ContainsFunc(e.Resources, func(r events.Resource) bool { return isRule(r.ID) }):
		return names(e, about.RuleID)
	case !names(e, f.Resource):
		return false
	case about.Peer.CIDR.IsValid():
		return slices.Contains(e.Ranges, about.Peer.CIDR.Masked())
	default:
		return about.Peer != (network.Peer{}) && names(e, about.Peer.SecurityGroup+about.Peer.PrefixList)
	}
}

// undid says whether an event may have taken away what cachegate had put in place.
func undid(e events.Event, v view, req change.Requirement) bool {
	if !names(e, req.Resource) {
		return false
	}
	if req.Kind != change.Rule {
		return !req.Destination.IsValid() || len(e.Ranges) == 0 || overlap(e.Ranges, []netip.Prefix{req.Destination})
	}
	return tookRule(e, v, req)
}

// tookRule says whether an event that names a group may have taken away its rule for a
// requirement, cachegate's own or a wider one that carried it.
func tookRule(e events.Event, v view, req change.Requirement) bool {
	id := v.claimed(req)
	switch {
	case !ofRules(e):
		return !strings.HasPrefix(e.Name, "UpdateSecurityGroupRuleDescriptions") && !strings.HasSuffix(e.Name, "Tags")
	case addsRules(e) || strings.HasSuffix(e.Name, "Egress"):
		return false
	case id != "" && names(e, id) || !detailed(e, req.Resource):
		return true
	}
	onlyIDs := len(e.Ranges) == 0 && !slices.ContainsFunc(e.Resources, func(r events.Resource) bool { return r.ID != req.Resource && refersTo(r.ID) })
	if onlyIDs {
		return id == "" // whose rule that was is not known
	}
	peer := req.Peer
	return names(e, peer.SecurityGroup+peer.PrefixList) || overlap(e.Ranges, v.index.RangesOf(peer))
}

func overlap(a, b []netip.Prefix) bool {
	return slices.ContainsFunc(a, func(p netip.Prefix) bool { return slices.ContainsFunc(b, p.Overlaps) })
}

// way is the way of an intent as far as events can be compared with it.
type way struct {
	view  view
	needs []access.Need
	// sources and cluster are the ranges of its two ends, as far as they are known.
	sources, cluster []netip.Prefix
	groups           []string
}

func wayOf(v view, j access.Judgement) way {
	w := way{view: v, needs: j.Needs}
	for _, s := range j.Intent.Sources {
		switch s.Kind {
		case intent.VPC:
			w.sources = append(w.sources, v.index.VPCs[s.ID].CIDRs...)
		case intent.CIDR:
			w.sources = append(w.sources, s.Prefix.Masked())
		case intent.PrefixList:
			w.sources = append(w.sources, v.index.RangesOf(network.Peer{PrefixList: s.ID})...)
		case intent.SecurityGroup:
			w.sources = append(w.sources, v.index.RangesOf(network.Peer{SecurityGroup: s.ID})...)
		}
	}
	if c, ok := v.index.Cluster(j.Intent.Cluster); ok {
		w.cluster = v.index.VPCs[c.VPC].CIDRs
		for _, m := range c.SecurityGroups {
			w.groups = append(w.groups, m.SecurityGroup)
		}
	}
	return w
}

// touched says whether an event may have changed what makes a hop fail.
func (w way) touched(e events.Event, h access.Hop) bool {
	if !names(e, h.Resource) {
		return false
	}
	switch h.Kind {
	case access.HopIngress:
		var unmet bool
		for _, n := range w.needs {
			if n.Kind != change.Rule || n.Resource != h.Resource || n.Met() {
				continue
			}
			if unmet = true; tookRule(e, w.view, n.Requirement) {
				return true
			}
		}
		return !unmet && !ofRules(e)
	case access.HopEgress:
		return w.tookEgress(e, h)
	case access.HopRoute, access.HopNetworkACL, access.HopTransitGatewayRoute, access.HopVPNRoute:
		return len(e.Ranges) == 0 || overlap(e.Ranges, slices.Concat(w.sources, w.cluster))
	default:
		return !ofRules(e)
	}
}

// tookEgress says whether an event may have taken away what lets a client out to the cluster.
func (w way) tookEgress(e events.Event, h access.Hop) bool {
	switch {
	case !ofRules(e):
		return true
	case addsRules(e) || strings.HasSuffix(e.Name, "Ingress"):
		return false
	case !detailed(e, h.Resource):
		return true
	}
	return overlap(e.Ranges, w.cluster) || slices.ContainsFunc(w.groups, func(g string) bool { return names(e, g) })
}
