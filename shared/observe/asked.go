package observe

import (
	"maps"
	"slices"

	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/resource"
)

// ask adds dependency keys. Empty ones are left out.
func (r *reader) ask(keys ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, k := range keys {
		if k != "" {
			r.asked[k] = struct{}{}
		}
	}
}

// askFor adds everything that a request names.
func (r *reader) askFor(req Request) {
	if !req.Unit.IsPending() {
		r.ask(req.Unit.VPC)
	}
	for _, i := range req.Intents {
		r.ask(i.Via)
		if arn, ok := resource.Split(i.Cluster); ok {
			r.ask(arn.Key())
		}
		for _, s := range i.Sources {
			r.ask(s.ID)
		}
	}
	readers := r.pointReaders()
	for _, p := range req.Points {
		if _, read := readers[p.Kind]; read {
			r.ask(p.ID)
		}
	}
}

// askForAllRead adds every id and name of the snapshot. Security group rules are
// left out: an event about one names its group too.
func (r *reader) askForAllRead() {
	s := r.snap
	askKeys(r, s.VPCs)
	askKeys(r, s.Subnets)
	askKeys(r, s.SecurityGroups)
	askKeys(r, s.RouteTables)
	askKeys(r, s.NetworkACLs)
	askKeys(r, s.NetworkInterfaces)
	askKeys(r, s.PeeringConnections)
	askKeys(r, s.PrefixLists)
	askKeys(r, s.TransitGateways)
	askKeys(r, s.TransitGatewayRouteTables)
	askKeys(r, s.VPNGateways)
	askKeys(r, s.VPNConnections)
	askKeys(r, s.CustomerGateways)
	askKeys(r, s.VirtualInterfaces)
	askKeys(r, s.DirectConnectGateways)
	askKeys(r, s.DirectConnectGatewayAssociations)
	for _, c := range s.Clusters {
		r.askForCluster(c)
	}
	for _, c := range s.Neighbours {
		r.askForCluster(c)
	}
	for _, g := range s.SecurityGroups {
		if g.Name != "" {
			r.ask(network.NameKey(g.Location, network.KeyGroupName, g.Name))
		}
	}
	for _, t := range s.RouteTables {
		for _, a := range t.Associations {
			r.ask(a.ID)
		}
		for _, route := range t.Routes {
			r.ask(route.Target.ID) // a route is dead where its target is gone
		}
	}
	r.askForGatewayTables()
	for _, acl := range s.NetworkACLs {
		for _, a := range acl.Associations {
			r.ask(a.ID)
		}
	}
	for _, i := range s.NetworkInterfaces {
		r.ask(i.Instance)
	}
	for _, a := range s.TransitGatewayAttachments {
		r.ask(a.ID)
	}
	for _, v := range s.VirtualInterfaces {
		for _, p := range v.BGPPeers {
			r.ask(p.ID)
		}
	}
}

// askForGatewayTables adds what fills the route tables of transit gateways: the
// attachments that routes lead to, and those that propagate, with the VPCs whose
// blocks they are.
func (r *reader) askForGatewayTables() {
	for _, t := range r.snap.TransitGatewayRouteTables {
		for _, route := range t.Routes {
			r.ask(route.Attachments...)
		}
		for _, p := range t.Propagations {
			r.ask(p.Attachment, p.ResourceID)
		}
	}
}

func askKeys[T any](r *reader, m map[string]T) { r.ask(slices.Collect(maps.Keys(m))...) }

func (r *reader) askForCluster(c network.Cluster) {
	r.ask(resource.Keys(c)...)
	for _, m := range c.SecurityGroups {
		r.ask(m.SecurityGroup)
	}
	r.ask(c.Subnets...)
}
