package plan

import (
	"fmt"
	"net/netip"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
)

// tooWide gives the first entry of a rule's prefix list that is wider than the policy of a
// cluster allows. Whoever may change the list must not be able to open the cluster wider
// than the policy does, so that nothing holds such a rule: not even what is malformed.
func (p *planner) tooWide(req change.Requirement, cluster string) (netip.Prefix, bool) {
	if req.Kind != change.Rule || req.Peer.PrefixList == "" {
		return netip.Prefix{}, false
	}
	for _, e := range p.Index.PrefixLists[req.Peer.PrefixList].Entries {
		if intent.CheckWidest(p.policy(cluster), e) != nil {
			return e, true
		}
	}
	return netip.Prefix{}, false
}

// narrowed tells of a rule that goes because its prefix list grew too wide; nil where
// another reason ends the claim.
func (p *planner) narrowed(v *claimView) *finding.Finding {
	for _, h := range v.Holders {
		entry, wide := p.tooWide(v.Requirement, h.Intent.Cluster)
		if !wide || h.Unit != p.Unit || !p.holdsOtherwise(h.Intent, v.Requirement) {
			continue
		}
		f := p.finding(finding.AccessUndeclared, v.Resource, "too-wide", v.RuleID)
		f.Cluster, f.Intent = h.Intent.Cluster, h.Intent.Name
		f.Owner = p.byKey[h.Intent].Intent.Owner
		f.Severity = p.exposure(v.Peer)
		f.Title = fmt.Sprintf("prefix list %s of intent %s has grown wider than the policy allows: cachegate removes the rule that it made for it", v.Peer.PrefixList, h.Intent.Name)
		f.Detail = fmt.Sprintf("entry %s %v; rule %s of %s", entry, intent.CheckWidest(p.policy(h.Intent.Cluster), entry), v.RuleID, v.Resource)
		f.Fix = "remove the entry from the list, declare narrower sources, or raise widest in the policy"
		return &f
	}
	return nil
}
