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

// Exists says whether the world holds anything under an id or a name of a cache: resources, and the associations,
// rules and attachments inside them that have ids of their own.
func (w *World) Exists(id string) bool {
	for r := range w.state.all {
		for _, keys := range r.allKeys() {
			if slices.Contains(keys, id) || slices.Contains(keys, strings.ToLower(id)) {
				return true
			}
		}
		if r.holdsInside(id) {
			return true
		}
	}
	return false
}

func (r *region) allKeys() [][]string {
	return [][]string{
		r.vpcs.keys, r.subnets.keys, r.groups.keys, r.routeTables.keys, r.acls.keys, r.interfaces.keys, r.instances.keys,
		r.peerings.keys, r.prefixLists.keys, r.internetGateways.keys, r.egressGateways.keys, r.natGateways.keys,
		r.endpoints.keys, r.transitGateways.keys, r.attachments.keys, r.transitTables.keys, r.multicastDomains.keys,
		r.vpnGateways.keys, r.vpnConnections.keys, r.customerGateways.keys, r.connections.keys, r.virtualInterfaces.keys,
		r.dxGateways.keys, r.dxAssociations.keys, r.clusters.keys, r.replicationGroups.keys, r.serverless.keys,
		r.subnetGroups.keys,
	}
}

// holdsInside looks for the ids of what has no list of its own, and for groups by their names.
func (r *region) holdsInside(id string) bool {
	for _, g := range r.groups.vals {
		if aws.ToString(g.GroupName) == id {
			return true
		}
		for _, rule := range g.rules {
			if aws.ToString(rule.SecurityGroupRuleId) == id {
				return true
			}
		}
	}
	for _, t := range r.routeTables.vals {
		for _, a := range t.Associations {
			if aws.ToString(a.RouteTableAssociationId) == id {
				return true
			}
		}
	}
	for _, acl := range r.acls.vals {
		for _, a := range acl.Associations {
			if aws.ToString(a.NetworkAclAssociationId) == id {
				return true
			}
		}
	}
	for _, i := range r.interfaces.vals {
		if i.Attachment != nil && aws.ToString(i.Attachment.AttachmentId) == id {
			return true
		}
	}
	return false
}
