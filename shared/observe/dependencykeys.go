package observe

import (
	"maps"
	"slices"

	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/resource"
)

// dependOn adds dependency keys. Empty ones are left out.
func (r *reader) dependOn(keys ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, k := range keys {
		if k != "" {
			r.keys[k] = struct{}{}
		}
	}
}

// dependOnRequest adds everything that a request names.
func (r *reader) dependOnRequest(req Request) {
	if !req.Unit.IsPending() {
		r.dependOn(req.Unit.VPC)
	}
	for _, i := range req.Intents {
		r.dependOn(i.Via)
		if arn, ok := resource.Split(i.Cluster); ok {
			r.dependOn(arn.Key())
		}
		for _, s := range i.Sources {
			r.dependOn(s.ID)
		}
	}
	readers := r.pointReaders()
	for _, p := range req.Points {
		if _, read := readers[p.Kind]; read {
			r.dependOn(p.ID)
		}
	}
}

// dependOnAllRead adds every id and name of the snapshot. Security group rules are
// left out: an event about one names its group too.
func (r *reader) dependOnAllRead() {
	s := r.snap
	dependOnIDs(r, s.VPCs)
	dependOnIDs(r, s.Subnets)
	dependOnIDs(r, s.SecurityGroups)
	dependOnIDs(r, s.RouteTables)
	dependOnIDs(r, s.NetworkACLs)
	dependOnIDs(r, s.NetworkInterfaces)
	dependOnIDs(r, s.PeeringConnections)
	dependOnIDs(r, s.PrefixLists)
	dependOnIDs(r, s.TransitGateways)
	dependOnIDs(r, s.TransitGatewayRouteTables)
	dependOnIDs(r, s.VPNGateways)
	dependOnIDs(r, s.VPNConnections)
	dependOnIDs(r, s.CustomerGateways)
	dependOnIDs(r, s.VirtualInterfaces)
	dependOnIDs(r, s.DirectConnectGateways)
	dependOnIDs(r, s.DirectConnectGatewayAssociations)
	for _, c := range s.Clusters {
		r.dependOnCluster(c)
	}
	for _, c := range s.Neighbours {
		r.dependOnCluster(c)
	}
	for _, g := range s.SecurityGroups {
		if g.Name != "" {
			r.dependOn(network.NameKey(g.Location, network.KeyGroupName, g.Name))
		}
	}
	for _, id := range r.guardingGroups() {
		for _, rule := range s.SecurityGroups[id].Ingress() {
			r.dependOn(rule.Peer.SecurityGroup) // EC2 tells less of a group that is gone
		}
	}
	for _, t := range s.RouteTables {
		for _, a := range t.Associations {
			r.dependOn(a.ID)
		}
		for _, route := range t.Routes {
			r.dependOn(route.Target.ID) // a route is dead where its target is gone
		}
	}
	r.dependOnGatewayTables()
	for _, acl := range s.NetworkACLs {
		for _, a := range acl.Associations {
			r.dependOn(a.ID)
		}
	}
	for _, i := range s.NetworkInterfaces {
		r.dependOn(i.Instance)
	}
	for _, a := range s.TransitGatewayAttachments {
		r.dependOn(a.ID)
	}
	for _, v := range s.VirtualInterfaces {
		r.dependOn(v.Connection)
		for _, p := range v.BGPPeers {
			r.dependOn(p.ID)
		}
	}
}

// dependOnGatewayTables adds what fills the route tables of transit gateways: the
// attachments that routes lead to, and those that propagate, with the VPCs whose
// blocks they are.
func (r *reader) dependOnGatewayTables() {
	for _, t := range r.snap.TransitGatewayRouteTables {
		for _, route := range t.Routes {
			r.dependOn(route.Attachments...)
		}
		for _, p := range t.Propagations {
			r.dependOn(p.Attachment, p.ResourceID)
		}
	}
}

func dependOnIDs[T any](r *reader, m map[string]T) { r.dependOn(slices.Collect(maps.Keys(m))...) }

func (r *reader) dependOnCluster(c network.Cluster) {
	r.dependOn(resource.Keys(c)...)
	for _, m := range c.SecurityGroups {
		r.dependOn(m.SecurityGroup)
	}
	r.dependOn(c.Subnets...)
}
