package access

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/fix"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// egress judges whether the client's groups let it out to the cluster. Only a
// source that is a group says whose egress counts. Each interface adds up the
// rules of all its groups; a group that no interface has must do it alone. A rule
// that refers to the cluster's group counts inside one VPC and over a peering
// connection of one Region.
// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html
func (j *judging) egress(c client) {
	j.egressOf(c, c.Region == j.cluster.Region)
}

// egressByAddress judges the client's groups where a way carries no references
// in outbound rules: over a transit gateway only inbound rules may have them.
// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html#vpc-attachment-security
func (j *judging) egressByAddress(c client) {
	j.egressOf(c, false)
}

func (j *judging) egressOf(c client, references bool) {
	if c.source.Kind != intent.SecurityGroup {
		return
	}
	h := Hop{Kind: HopEgress, Resource: c.source.ID, Location: c.Location, Source: c.source.String()}
	if _, ok := j.SecurityGroups[c.source.ID]; !ok && c.dark != nil {
		h = h.unread(*c.dark)
		j.add(h)
		return
	}
	for _, k := range []network.Kind{network.KindSecurityGroup, network.KindRule} {
		if f, dark := j.Failed(c.Location, k, c.source.ID); dark {
			h = h.unread(f)
			j.add(h)
			return
		}
	}
	if by := j.letsOut([]string{c.source.ID}, references); len(by) > 0 {
		by = slices.Compact(slices.Sorted(slices.Values(by)))
		j.add(h.passing(by, "the client is let out to the cluster by "+strings.Join(by, ", ")))
		return
	}
	members := j.members[c.source.ID]
	for _, eni := range members {
		if by := j.letsOut(eni.SecurityGroups, references); len(by) > 0 {
			h.By = append(h.By, by...)
			continue
		}
		members = nil
		h.Detail = fmt.Sprintf("no egress rule of %s, the groups of %s, lets it out to the cluster on %s",
			strings.Join(eni.SecurityGroups, ", "), eni.ID, portsText(j.ports))
		break
	}
	if len(members) > 0 {
		j.add(h.passing(h.By, "another group of each of its interfaces lets the client out to the cluster"))
		return
	}
	if h.Detail == "" {
		h.Detail = fmt.Sprintf("no egress rule of %s lets it out to the cluster on %s", c.source.ID, portsText(j.ports))
	}
	h.Verdict, h.By = Fail, nil
	h.Fixes = fixes(j.egressFix(c))
	j.add(h)
}

// egressFix names a group of the cluster where a reference works, else its first subnet.
func (j *judging) egressFix(c client) fix.Fix {
	p := network.Peer{SecurityGroup: gateSets(j.cluster)[0][0]}
	if c.vpc != j.cluster.VPC {
		for _, a := range j.familyOf(j.cacheSubnets()) {
			p = network.Peer{CIDR: a}
			break
		}
	}
	return authorizeCommand(c.Location, c.source.ID, "egress", j.ports[0], p)
}

// letsOut gives the egress rules of groups that together reach every cache
// subnet, or where references count the cluster's groups, on every port; none
// where they do not.
func (j *judging) letsOut(groups []string, references bool) []string {
	var by []string
	for _, port := range j.ports {
		var ids []string
		if references {
			ids = j.letsOutByReference(groups, port)
		}
		for _, subnet := range j.familyOf(j.cacheSubnets()) {
			if len(ids) > 0 {
				break
			}
			one := j.letsOutTo(groups, port, subnet)
			if len(one) == 0 {
				return nil
			}
			by = append(by, one...)
		}
		by = append(by, ids...)
	}
	return by
}

// letsOutByReference gives the rules that refer to the cluster's groups: to one
// of each set of them, since while the cluster changes groups a node has either.
func (j *judging) letsOutByReference(groups []string, port uint16) []string {
	var by []string
	for _, set := range gateSets(j.cluster) {
		id, ok := j.refersTo(set, groups, port)
		if !ok {
			return nil
		}
		by = append(by, id)
	}
	return by
}

// refersTo gives an egress rule of groups that refers to one of a set of the
// cluster's groups.
func (j *judging) refersTo(set, groups []string, port uint16) (string, bool) {
	for _, id := range groups {
		gate, ok := j.gate(gateKey{group: id, egress: true, port: port})
		if !ok {
			continue
		}
		for _, referred := range set {
			p := network.Peer{SecurityGroup: referred}
			if gate.group.Account != j.cluster.Account {
				p.Account = j.cluster.Account
			}
			for _, r := range gate.refs[p] {
				return r.ID, true
			}
		}
	}
	return "", false
}

func (j *judging) letsOutTo(groups []string, port uint16, subnet netip.Prefix) []string {
	for _, id := range groups {
		if gate, ok := j.gate(gateKey{group: id, egress: true, port: port}); ok {
			if by := gate.Covering(network.Peer{CIDR: subnet}, nil); len(by) > 0 {
				return by
			}
		}
	}
	return nil
}
