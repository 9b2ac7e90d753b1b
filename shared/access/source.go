package access

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/resource"
)

// accepted judges that the cluster has an address of the source's family, and that
// the policy allows a source as wide as this one.
func (t *tracing) accepted() bool {
	if t.source.Kind != intent.CIDR {
		return true
	}
	if !t.cluster.Accepts(t.source.Prefix) {
		t.add(Hop{
			Kind: HopAddressFamily, Resource: t.cluster.Name, Location: t.cluster.Location, Verdict: Fail,
			Detail: fmt.Sprintf("the cluster's network type is %s, and %s is not of that family", t.cluster.NetworkType, t.name),
			Fixes:  fixes(say("declare the source in the cluster's address family"), say("%s fixes the network type when a cluster is created", resource.Of(t.cluster).Title)),
		})
		return false
	}
	if err := intent.CheckWidest(t.Policy, t.source.Prefix); err != nil {
		t.failSource(t.sourceHop(t.name).failing(fmt.Sprintf("%s %s", t.name, err), say("declare narrower sources, or raise widest in the policy")))
		return false
	}
	return true
}

// sourceHop begins a hop about the source itself.
func (t *tracing) sourceHop(resource string) Hop {
	return Hop{Kind: HopSource, Resource: resource, Location: t.cluster.Location}
}

// ranged says whether the source is ranges, which can lie where no VPC is.
func (t *tracing) ranged() bool {
	return t.source.Kind == intent.CIDR || t.source.Kind == intent.PrefixList
}

// ranges gives the address ranges of a CIDR or prefix list.
func (t *tracing) ranges() []netip.Prefix {
	if t.source.Kind == intent.PrefixList {
		return t.family(t.PrefixLists[t.source.ID].Entries)
	}
	return []netip.Prefix{t.source.Prefix}
}

// prefixList judges that a prefix list was read and holds what a rule may open;
// true for any other source.
func (t *tracing) prefixList() (Hop, bool) {
	if t.source.Kind != intent.PrefixList {
		return Hop{}, true
	}
	id := t.source.ID
	h := t.sourceHop(id)
	list, ok := t.PrefixLists[id]
	if f, failed := t.Failed(t.cluster.Location, network.KindPrefixList, id); failed && (!ok || f.Resource == id) {
		return h.unread(f), false
	}
	if !ok {
		return h.failing(fmt.Sprintf("prefix list %s does not exist in account %s, Region %s", id, t.cluster.Account, t.cluster.Region),
			say("correct the intent's source, or share the list with the account")), false
	}
	for _, e := range list.Entries {
		if intent.CheckWidest(t.Policy, e) != nil {
			return h.failing(fmt.Sprintf("entry %s of %s is wider than the policy's widest", e, id),
				say("remove the entry from the list, declare narrower sources, or raise widest in the policy")), false
		}
	}
	if len(t.family(list.Entries)) == 0 {
		return h.failing(fmt.Sprintf("prefix list %s has no entry in the cluster's address family", id), say("add entries to the list")), false
	}
	return Hop{}, true
}

// group finds the security group of the source; the hop says why there is none.
func (t *tracing) group() (network.SecurityGroup, Hop, bool) {
	id, account := t.source.ID, t.source.Account
	if g, ok := t.SecurityGroups[id]; ok && (account == "" || g.Account == account || g.Home().Account == account) {
		return g, Hop{}, true
	}
	h := t.sourceHop(id)
	if account != "" {
		h.Location.Account = account
	}
	if f, failed := t.Failed(h.Location, network.KindSecurityGroup, id); failed {
		return network.SecurityGroup{}, h.unread(f), false
	}
	return network.SecurityGroup{}, h.failing(
		fmt.Sprintf("security group %s does not exist in account %s, Region %s", id, h.Location.Account, h.Location.Region),
		say("correct the intent's source, or create the group"), say("a group of another account is written account/sg-…")), false
}

// place is where the source is, as far as that is known without the path.
type place struct {
	// vpc is empty for ranges, and for a group that could not be read.
	vpc string
	// unread is the location of such a group, and why says why.
	unread network.Location
	why    Hop
}

// text names a source and where it is.
func (p place) text(source string) string {
	if p.vpc == "" || p.vpc == source {
		return source
	}
	return source + " in " + p.vpc
}

// place finds where the source is; the hop says why that is not known.
func (t *tracing) place() (place, Hop, bool) {
	switch t.source.Kind {
	case intent.VPC:
		return place{vpc: t.source.ID}, Hop{}, true
	case intent.SecurityGroup:
		g, h, ok := t.group()
		switch {
		case ok:
			return t.placeOfGroup(g)
		case h.Verdict == Unknown && t.mayGuess():
			return place{unread: h.Location, why: h}, Hop{}, true
		}
		return place{}, h, false
	case intent.CIDR, intent.PrefixList:
	}
	return place{}, Hop{}, true
}

// placeOfGroup finds where the members of a group are: in its own VPC, or in one that it is
// associated with.
// https://docs.aws.amazon.com/vpc/latest/userguide/security-group-assoc.html
func (t *tracing) placeOfGroup(g network.SecurityGroup) (place, Hop, bool) {
	at := t.memberVPCs(g.ID)
	if len(at) > 1 { // those in the cluster's VPC are judged beside the others
		at = slices.DeleteFunc(at, func(v string) bool { return v == t.vpc.ID })
	}
	switch {
	case len(at) == 0:
		return place{vpc: g.VPC}, Hop{}, true
	case len(at) == 1:
		return place{vpc: at[0]}, Hop{}, true
	default:
		return place{}, t.sourceHop(g.ID).failing(fmt.Sprintf("the members of %s are in several VPCs: %s", g.ID, strings.Join(at, ", ")),
			say("declare an intent for the members of each VPC, by their addresses")), false
	}
}

// memberVPCs gives the VPCs where members of a group are.
func (ix *Index) memberVPCs(group string) []string {
	var out []string
	for _, eni := range ix.members[group] {
		out = append(out, eni.VPC)
	}
	return network.SortedSet(out)
}

// mayGuess says whether a group that could not be read may be taken to lie in its
// account at the end of the declared path. A group of the cluster's own account may
// be anywhere, the cluster's VPC included.
func (t *tracing) mayGuess() bool {
	return t.Intent.Via != "" || t.Intent.Path != "" || t.source.Account != "" && t.source.Account != t.cluster.Account
}

// otherVPC gives another VPC that holds the source, as far as VPCs were read.
func (t *tracing) otherVPC() (network.VPC, bool) {
	p, _, ok := t.place()
	if !ok {
		return network.VPC{}, false
	}
	for _, id := range sortedKeys(t.VPCs) {
		v := t.VPCs[id]
		if id == t.vpc.ID || p.vpc != "" && p.vpc != id {
			continue
		}
		if p.vpc == id || t.ranged() && inside(v.CIDRs, t.ranges()) {
			return v, true
		}
	}
	return network.VPC{}, false
}
