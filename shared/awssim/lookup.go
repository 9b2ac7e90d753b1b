package awssim

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// LocatedClaim is a claim of a world file with the account and Region that it stands in.
type LocatedClaim struct {
	Account, Region string
	Claim
}

// Claims returns the routes that the world says are cachegate's own, in the order of accounts and Regions.
func (w *World) Claims() []LocatedClaim {
	var out []LocatedClaim
	for r := range w.state.all {
		for _, c := range r.claims {
			out = append(out, LocatedClaim{Account: r.account, Region: r.name, Claim: c})
		}
	}
	return out
}

// Locations returns every account and Region that the world holds, as pairs, in order.
func (w *World) Locations() [][2]string {
	var out [][2]string
	for r := range w.state.all {
		out = append(out, [2]string{r.account, r.name})
	}
	return out
}

// Exists says whether the world holds anything under an id or a name, in any account and Region: a resource, a cache,
// a security group's name, a security group rule, an association of a route table, a network ACL or a CIDR, an
// attachment of a network interface, the ARN of a cache.
func (w *World) Exists(id string) bool { return w.state.has(id) }

// Has says whether the network holds an id or a name now; see World.Exists.
func (s *Sim) Has(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.has(id)
}

func (s *state) has(id string) bool {
	names := []string{id}
	// ElastiCache keeps names in small letters, however a request wrote them.
	if lower := strings.ToLower(id); lower != id {
		names = append(names, lower)
	}
	for r := range s.all {
		for t := range r.tables {
			if slices.ContainsFunc(names, t.has) {
				return true
			}
		}
		if r.holdsInside(id) {
			return true
		}
	}
	return false
}

// holdsInside finds what has an id or a name of its own inside a resource, or beside its id.
func (r *region) holdsInside(id string) bool {
	for own := range r.partIDs {
		if aws.ToString(own) == id {
			return true
		}
	}
	return false
}

// partIDs lists the ids and names that no table is kept by.
func (r *region) partIDs(yield func(*string) bool) {
	for _, list := range [...]func(func(*string) bool) bool{r.groupParts, r.routingParts, r.interfaceParts, r.cacheARNs} {
		if !list(yield) {
			return
		}
	}
}

func (r *region) groupParts(yield func(*string) bool) bool {
	for _, g := range r.SecurityGroups.vals {
		if !yield(g.GroupName) {
			return false
		}
		for i := range g.rules {
			if !yield(g.rules[i].SecurityGroupRuleId) {
				return false
			}
		}
	}
	return true
}

func (r *region) routingParts(yield func(*string) bool) bool {
	for _, table := range r.RouteTables.vals {
		for i := range table.Associations {
			if !yield(table.Associations[i].RouteTableAssociationId) {
				return false
			}
		}
	}
	for _, acl := range r.NetworkAcls.vals {
		for i := range acl.Associations {
			if !yield(acl.Associations[i].NetworkAclAssociationId) {
				return false
			}
		}
	}
	for _, vpc := range r.Vpcs.vals {
		for i := range vpc.CidrBlockAssociationSet {
			if !yield(vpc.CidrBlockAssociationSet[i].AssociationId) {
				return false
			}
		}
		for i := range vpc.Ipv6CidrBlockAssociationSet {
			if !yield(vpc.Ipv6CidrBlockAssociationSet[i].AssociationId) {
				return false
			}
		}
	}
	return true
}

func (r *region) interfaceParts(yield func(*string) bool) bool {
	for _, eni := range r.NetworkInterfaces.vals {
		if eni.Attachment != nil && !yield(eni.Attachment.AttachmentId) {
			return false
		}
	}
	return true
}

func (r *region) cacheARNs(yield func(*string) bool) bool {
	for _, v := range r.CacheClusters.vals {
		if !yield(v.ARN) {
			return false
		}
	}
	for _, v := range r.ReplicationGroups.vals {
		if !yield(v.ARN) {
			return false
		}
	}
	for _, v := range r.ServerlessCaches.vals {
		if !yield(v.ARN) {
			return false
		}
	}
	return true
}
