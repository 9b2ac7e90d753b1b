package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// taggedRules finds the rules at the unit's clusters that carry the tag of a deployment
// and that no claim stands for: the ledger was lost or restored, a process wrote after
// its lease had ended, or another deployment made them. Since anyone can set a tag, they
// are somebody else's to this plan; since the tag may be true, a policy never revokes
// them.
func (p *planner) taggedRules() {
	for _, c := range p.Index.Clusters {
		if c.VPC != p.Unit.VPC {
			continue
		}
		for _, m := range c.SecurityGroups {
			for _, r := range p.Index.SecurityGroups[m.SecurityGroup].Ingress() {
				if _, claimed := p.ruleClaims[r.ID]; !claimed && r.Tags[change.ManagedTag] != "" {
					p.tagged[r.ID] = r
				}
			}
		}
	}
}

// makerOf gives the deployment that a tag names; own says that it is this one.
func (p *planner) makerOf(r network.Rule) (name string, own bool) {
	name, _, _ = strings.Cut(r.Tags[change.ManagedTag], "/")
	return name, name == p.Deployment
}

// leansOnTag says whether a need would lean on a rule with a tag and without a claim,
// though the rule that is needed can be made beside it. EC2 refuses only one that is the
// same.
func (p *planner) leansOnTag(id string, d *desiredRule) bool {
	r, ok := p.tagged[id]
	same := r.IsTCP() && r.FromPort == int32(d.Port) && r.ToPort == int32(d.Port) && r.Peer == d.Peer
	return ok && !same
}

// keptForItsTag says why a policy does not revoke a rule; empty where it has no tag.
func (p *planner) keptForItsTag(r network.Rule) string {
	if _, ok := p.tagged[r.ID]; !ok {
		return ""
	}
	if name, own := p.makerOf(r); !own {
		return fmt.Sprintf("it carries the tag of deployment %q and stays: that deployment may need it", name)
	}
	return "it carries this deployment's tag, and stays while no claim of it is in the ledger"
}

// unclaimedFindings tell of each rule with a tag and without a claim, and of what leans
// on it.
func (p *planner) unclaimedFindings() {
	for _, id := range slices.Sorted(maps.Keys(p.tagged)) {
		r := p.tagged[id]
		clusters := p.Index.Guarded(r.SecurityGroup)
		if len(clusters) == 0 {
			continue
		}
		f := p.finding(finding.RuleUnclaimed, r.SecurityGroup, r.ID)
		f.Cluster = clusters[0]
		f.Severity = p.exposure(r.Peer)
		f.Detail = fmt.Sprintf("rule %s: %s from %s, tag %s=%s", r.ID, change.PortsOf(r), r.Peer, change.ManagedTag, r.Tags[change.ManagedTag])
		revoke := revokeCommand(p.Unit.Location, r.SecurityGroup, r.ID)
		if name, own := p.makerOf(r); own {
			f.Title = fmt.Sprintf("%s of %s carries cachegate's tag, and the ledger has no claim of it", r.ID, r.SecurityGroup)
			f.Detail += "; the ledger was lost or restored, a run wrote after its lease had ended, or somebody else changed the rule or set the tag: cachegate does not treat it as its own"
			f.Fix = "if no intent needs it, revoke it: " + revoke
		} else {
			f.Title = fmt.Sprintf("%s of %s carries the tag of another deployment of cachegate, %q", r.ID, r.SecurityGroup, name)
			f.Detail += "; no policy of this deployment revokes it"
			f.Fix = fmt.Sprintf("let one deployment alone look after %s; if deployment %q is gone, revoke the rule: %s", r.SecurityGroup, name, revoke)
		}
		if leaning := p.leaningOn(r.ID); len(leaning) > 0 {
			f.Detail += "; " + strings.Join(leaning, ", ") + " is open by it, and is lost when its owner removes it"
			f.Fix = "nothing to do while it stands: cachegate makes its own rule once this one is gone. To have cachegate own it now, revoke it, which cuts the access for a moment: " + revoke
		}
		p.findings = append(p.findings, f)
	}
}

// leaningOn names the intents that are open by a rule.
func (p *planner) leaningOn(rule string) []string {
	var out []string
	for _, j := range p.Judgements {
		if j.Intent.Access == intent.Closed {
			continue
		}
		for _, n := range j.Needs {
			if d := p.desired[n.Requirement]; slices.Contains(n.By, rule) && d != nil && !p.leansOnTag(rule, d) {
				out = append(out, fmt.Sprintf("intent %s of %s", j.Intent.Name, intent.ShortName(j.Intent.Cluster)))
				break
			}
		}
	}
	return out
}
