package plan

import (
	"fmt"
	"maps"
	"slices"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// undeclared finds the rules that let someone in on a cluster's ports whom
// nobody declared. A group's rule that refers to itself serves the nodes.
func (p *planner) undeclared() {
	p.publicClusters()
	for _, group := range p.managedGroups() {
		g := p.Index.SecurityGroups[group]
		clusters := p.Index.Guarded(group)
		for _, r := range g.Ingress() {
			if r.Peer.SecurityGroup == group && r.Peer.Account == "" {
				continue
			}
			p.judgeRule(group, clusters, r)
		}
	}
}

// publicClusters tells of clusters that everybody on the internet can reach: nothing that
// cachegate writes guards them.
func (p *planner) publicClusters() {
	for _, arn := range slices.Sorted(maps.Keys(p.Index.Clusters)) {
		c := p.Index.Clusters[arn]
		if !c.Public || p.policy(arn).Undeclared == intent.Ignore {
			continue
		}
		f := p.finding(finding.AccessUndeclared, c.Name, "public")
		f.Cluster, f.Severity = arn, finding.Critical
		f.Title, f.Fix = access.PublicEndpoint(c)
		f.Detail = "no security group, route or network ACL guards a public endpoint; authentication alone does"
		p.findings = append(p.findings, f)
	}
}

// managedGroups are the groups of the unit's clusters, declared or not: who can reach a
// cluster is told, also when its last intent is gone.
func (p *planner) managedGroups() []string {
	groups := map[string]bool{}
	for _, c := range p.Index.Clusters {
		if c.Location != p.Unit.Location || c.VPC != p.Unit.VPC {
			continue
		}
		for _, m := range c.SecurityGroups {
			groups[m.SecurityGroup] = true
		}
	}
	return slices.Sorted(maps.Keys(groups))
}

// cared are the clusters for which someone declares something of their own. Where nobody
// does, what stands is told and never revoked: nobody said yet what is needed there.
func (p *planner) cared() map[string]bool {
	if p.caredFor != nil {
		return p.caredFor
	}
	clusters := map[string]bool{}
	note := func(arn string) {
		if c, ok := p.Index.Cluster(arn); ok {
			clusters[c.ARN] = true
		}
	}
	for _, j := range slices.Concat(p.Judgements, p.Ended) {
		note(j.Intent.Cluster)
	}
	for _, i := range p.Invalid {
		note(i.Key.Cluster)
	}
	for target := range p.Policies {
		note(target)
	}
	p.caredFor = clusters
	return clusters
}

// judgeRule decides about one ingress rule of a group.
func (p *planner) judgeRule(group string, clusters []string, r network.Rule) {
	if _, claimed := p.ruleClaims[r.ID]; claimed {
		return
	}
	if _, closes := p.byRule[r.ID]; closes {
		return
	}
	ports := p.portsTouched(clusters, r)
	if len(ports) == 0 || p.declaredOn(group, ports, r) {
		return
	}
	cluster := p.Index.Known(clusters[0])
	policy := p.groupPolicy(clusters)
	f := p.undeclaredFinding(cluster, group, ports, r)
	if policy.Undeclared == intent.Ignore && f.Kind != finding.ExpiredButOpen {
		return
	}
	shared := p.Index.SharedWith(group, cluster.ARN)
	f.Detail += p.leansText(r)
	cared := p.cared()
	switch {
	case policy.Undeclared != intent.Revoke && !shared.None():
		f.Detail += fmt.Sprintf("; group %s also guards %s", group, shared.Few())
		f.Fix = p.revokeAdvice(fmt.Sprintf("declare it; or, where nobody needs it for %s either, revoke it: ", shared.Few()), group, r)
	case policy.Undeclared != intent.Revoke:
		f.Fix = p.revokeAdvice(declareOrRevoke(f), group, r)
	case !slices.ContainsFunc(clusters, func(arn string) bool { return cared[arn] }):
		f.Detail += "; nothing is declared for the cluster yet, so the policy does not revoke it"
		f.Fix = p.revokeAdvice("declare what is needed, then revoke it: ", group, r)
	case !access.OnlyPorts(r, cluster.Ports):
		f.Detail += "; it is wider than the cluster's ports and never revoked by policy"
		f.Fix = p.revokeAdvice("declare the part of it that is needed, then: ", group, r)
	case p.keptForItsTag(r) != "":
		f.Detail += "; " + p.keptForItsTag(r)
		f.Fix = p.revokeAdvice(declareOrRevoke(f), group, r)
	case p.sharersDark():
		f.Detail += "; it stays while nobody can see who else the group guards"
		f.Fix = "let cachegate read the clusters and network interfaces of the account"
	case !shared.None():
		f.Detail += "; " + shared.String()
		f.Fix = "give the cluster a security group of its own: then what nobody declares is closed for it alone"
	case p.undecided(clusters) != "":
		f.Detail += "; it stays while what intent " + p.undecided(clusters) + " needs is not known: it may be this"
		f.Fix = "correct that intent, or let cachegate read what it needs"
	default:
		f.Detail += "; the policy revokes it"
		f.Fix = "declare it if it is needed"
		p.addClosing(&closing{change: change.Change{
			Action: change.RevokeIngress, Rule: r, Reason: change.Undeclared,
			Requirement: change.Requirement{Kind: change.Rule, Location: p.Index.GroupHome(group), Resource: group, Port: ports[0], Peer: r.Peer},
		}})
	}
	p.findings = append(p.findings, f)
}

// declareOrRevoke says what people may do about a rule. Everybody cannot be declared.
func declareOrRevoke(f finding.Finding) string {
	if f.Severity == finding.Critical {
		return "declare the sources in it that need access, then revoke it: "
	}
	return "declare it, or revoke it: "
}

// sharersDark says whether who shares the unit's groups could not be read.
func (p *planner) sharersDark() bool {
	_, dark := p.Index.ReadFailure(p.Unit.Location, network.KindNetworkInterface, network.KindCluster)
	return dark
}

// portsTouched are the ports of a group's clusters that a rule opens.
func (p *planner) portsTouched(clusters []string, r network.Rule) []uint16 {
	var out []uint16
	for _, arn := range clusters {
		for _, port := range p.Index.Known(arn).Ports {
			if r.HasPort(port) && !slices.Contains(out, port) {
				out = append(out, port)
			}
		}
	}
	return out
}

func (p *planner) declaredOn(group string, ports []uint16, r network.Rule) bool {
	if !access.OnlyPorts(r, ports) {
		return false
	}
	for _, port := range ports {
		if r.HasPort(port) && !p.declared.Holds(group, port, r.Peer) {
			return false
		}
	}
	return true
}

// groupPolicy is the strictest of the policies of a group's clusters.
func (p *planner) groupPolicy(clusters []string) intent.Policy {
	var policies []intent.Policy
	for _, arn := range clusters {
		policies = append(policies, p.policy(arn))
	}
	return intent.Strictest(policies...)
}

// undecided names an intent of the clusters of which nobody knows which rules it
// needs: it is malformed, or something on its way could not be read. Until that
// is known, no rule of others is revoked in their groups.
func (p *planner) undecided(clusters []string) string {
	if p.undecidedFor == nil {
		p.undecidedFor = p.undecidedByCluster()
	}
	for _, arn := range clusters {
		if name := p.undecidedFor[arn]; name != "" {
			return name
		}
	}
	return ""
}

// undecidedByCluster names the first such intent of each cluster.
func (p *planner) undecidedByCluster() map[string]string {
	out := map[string]string{}
	note := func(cluster, name string) {
		if c, ok := p.Index.Cluster(cluster); ok && out[c.ARN] == "" {
			out[c.ARN] = name
		}
	}
	for _, i := range p.Invalid {
		if i.Holds(p.Now) {
			note(i.Key.Cluster, i.Key.Name)
		}
	}
	for _, j := range p.Judgements {
		if j.Intent.Access != intent.Closed && slices.ContainsFunc(j.Unknown, hidesRules) {
			note(j.Intent.Cluster, j.Intent.Name)
		}
	}
	return out
}

func hidesRules(u access.UnknownNeeds) bool { return u.Kind == "" || u.Kind == change.Rule }

func (p *planner) undeclaredFinding(c network.Cluster, group string, ports []uint16, r network.Rule) finding.Finding {
	kind := finding.AccessUndeclared
	name, ended := p.endedNeed(group, ports, r.Peer)
	if ended {
		kind = finding.ExpiredButOpen
	}
	f := p.finding(kind, group, r.ID)
	f.Cluster, f.Intent, f.About = c.ARN, name, finding.About{RuleID: r.ID, Peer: r.Peer}
	f.Severity = p.exposure(r.Peer)
	f.Title = fmt.Sprintf("%s may reach %s by %s of %s, and no intent declares it", r.Peer, c.Name, r.ID, group)
	if kind == finding.ExpiredButOpen {
		f.Title = fmt.Sprintf("intent %s of %s is over, but %s still lets %s in and is not cachegate's", name, c.Name, r.ID, r.Peer)
	}
	f.Detail = fmt.Sprintf("rule %s: %s %s from %s", r.ID, r.Protocol, portRange(r), r.Peer)
	if r.Description != "" {
		f.Detail += fmt.Sprintf(" (%q)", r.Description)
	}
	if behind := p.Index.BehindText(r.Peer); behind != "" {
		f.Detail += ": " + behind
	}
	return f
}

// endedNeed gives the name of an intent that needed a rule for a peer until its
// time was over.
func (p *planner) endedNeed(group string, ports []uint16, peer network.Peer) (string, bool) {
	for _, port := range ports {
		req := change.Requirement{Kind: change.Rule, Location: p.Index.GroupHome(group), Resource: group, Port: port, Peer: peer}
		if name, ok := p.ended[req]; ok {
			return name, true
		}
	}
	return "", false
}

func revokeCommand(l network.Location, group, rule string) string {
	return fmt.Sprintf("in account %s: %s --region %s", l.Account, change.RevokeCommand(group, rule), l.Region)
}

func portRange(r network.Rule) string {
	switch {
	case r.Protocol == network.AllProtocols:
		return "all ports"
	case r.FromPort == r.ToPort:
		return fmt.Sprintf("port %d", r.FromPort)
	default:
		return fmt.Sprintf("ports %d-%d", r.FromPort, r.ToPort)
	}
}

// exposure is how severe undeclared access from a peer is.
func (p *planner) exposure(peer network.Peer) finding.Severity {
	return Exposure(p.Index, p.Unit.VPC, peer)
}

// Exposure is how severe undeclared access from a peer to a cluster in a VPC is: from
// everywhere, from outside the VPC, or from inside.
func Exposure(ix *access.Index, vpcID string, peer network.Peer) finding.Severity {
	vpc := ix.VPCs[vpcID]
	ranges := ix.Ranges(peer)
	if peer.PrefixList != "" && len(ranges) == 0 {
		return finding.High
	}
	for _, r := range ranges {
		if r.Bits() == 0 {
			return finding.Critical
		}
	}
	for _, r := range ranges {
		if !vpc.BlockHolding(r).IsValid() {
			return finding.High
		}
	}
	if peer.SecurityGroup != "" && ix.SecurityGroups[peer.SecurityGroup].VPC != vpcID {
		return finding.High
	}
	return finding.Medium
}
