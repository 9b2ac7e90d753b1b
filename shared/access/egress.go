package access

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/cachegate/cachegate/shared/fix"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// egress judges whether the groups of a client let it out to the cluster. Only a
// source that is a group says whose egress counts.
type egress struct {
	*tracing
	c client
	// references says that a rule which refers to the cluster's group counts: inside
	// one VPC, and over a peering connection of one Region. Over a transit gateway only
	// inbound rules may refer to a group.
	// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html
	// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html#vpc-attachment-security
	references bool
}

// judge adds up the rules of all groups of each interface; a group that no interface
// has must do it alone.
func (t egress) judge() {
	if t.source.Kind != intent.SecurityGroup {
		return
	}
	h := Hop{Kind: HopEgress, Resource: t.source.ID, Location: t.c.Location}
	if f := t.unread(); f != nil {
		t.add(h.unread(*f))
		return
	}
	if by := t.letsOut(t.source.ID); len(by) > 0 {
		h = h.passing(by, "")
		h.Detail = "the client is let out to the cluster by " + strings.Join(h.By, ", ")
		t.add(h)
		return
	}
	members := t.sourceMembers()
	var by []string
	for _, eni := range members {
		ids := t.letsOut(eni.SecurityGroups...)
		if len(ids) == 0 {
			t.add(h.failing(fmt.Sprintf("no egress rule of %s, the groups of %s, lets it out to the cluster on %s",
				strings.Join(eni.SecurityGroups, ", "), eni.ID, portsText(t.ports)), t.fix()))
			return
		}
		by = append(by, ids...)
	}
	if len(members) > 0 {
		t.add(h.passing(by, "another group of each of its interfaces lets the client out to the cluster"))
		return
	}
	t.add(h.failing(fmt.Sprintf("no egress rule of %s lets it out to the cluster on %s", t.source.ID, portsText(t.ports)), t.fix()))
}

// unread is why the rules of the source's group are not known, nil where they are.
func (t egress) unread() *network.Failure {
	if _, ok := t.SecurityGroups[t.source.ID]; !ok && t.c.unread != nil {
		return t.c.unread
	}
	for _, k := range []network.Kind{network.KindSecurityGroup, network.KindRule} {
		if f, failed := t.Failed(t.c.Location, k, t.source.ID); failed {
			return &f
		}
	}
	return nil
}

// fix names a group of the cluster where a reference works, else its first subnet.
func (t egress) fix() fix.Fix {
	p := network.Peer{SecurityGroup: gateSets(t.cluster)[0][0]}
	if ranges := t.familyOf(t.cacheSubnets()); t.c.vpc != t.cluster.VPC && len(ranges) > 0 {
		p = network.Peer{CIDR: ranges[0]}
	}
	return authorizeCommand(t.c.Location, t.source.ID, "egress", t.ports[0], p)
}

// letsOut gives the egress rules of groups that together reach every cache
// subnet, or where references count the cluster's groups, on every port; none
// where they do not.
func (t egress) letsOut(groups ...string) []string {
	var by []string
	for _, port := range t.ports {
		var ids []string
		if t.references {
			ids = t.letsOutByReference(groups, port)
		}
		for _, subnet := range t.familyOf(t.cacheSubnets()) {
			if len(ids) > 0 {
				break
			}
			one := t.letsOutTo(groups, port, subnet)
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
func (t egress) letsOutByReference(groups []string, port uint16) []string {
	var by []string
	for _, set := range gateSets(t.cluster) {
		id, ok := t.refersTo(set, groups, port)
		if !ok {
			return nil
		}
		by = append(by, id)
	}
	return by
}

// refersTo gives an egress rule of groups that refers to one of a set of the
// cluster's groups.
func (t egress) refersTo(set, groups []string, port uint16) (string, bool) {
	for _, id := range groups {
		gate, ok := t.gate(gateKey{group: id, egress: true, port: port})
		if !ok {
			continue
		}
		for _, referred := range set {
			p := network.Peer{SecurityGroup: referred}
			if owner := t.ownerOf(referred); gate.group.Home().Account != owner {
				p.Account = owner
			}
			for _, r := range gate.refs[p] {
				return r.ID, true
			}
		}
	}
	return "", false
}

func (t egress) letsOutTo(groups []string, port uint16, subnet netip.Prefix) []string {
	for _, id := range groups {
		if gate, ok := t.gate(gateKey{group: id, egress: true, port: port}); ok {
			if by := gate.Covering(network.Peer{CIDR: subnet}, nil); len(by) > 0 {
				return by
			}
		}
	}
	return nil
}
