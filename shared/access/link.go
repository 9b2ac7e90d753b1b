package access

import (
	"net/netip"
	"slices"

	"github.com/cachegate/cachegate/shared/network"
)

// vpcLink joins the cache VPC to the one that holds a source.
type vpcLink interface {
	// farVPC gives the other VPC, and why it could not be read.
	farVPC() (network.VPC, *network.Failure)
	// end is where the routes of one side lead.
	end(side Side) routeEnd
	// inbound are the attachments of transit gateways that requests are sent through.
	inbound() []string
	// judgeItself judges what both directions need.
	judgeItself(t *tracing, c client)
	// judgeWay judges what forwards one direction between the VPCs.
	judgeWay(t *tracing, c client, d direction)
	// judgeFilters judges the network ACLs on the way.
	judgeFilters(t *tracing, c client)
	// reference says why a rule of the cluster may not refer to the client's group.
	reference(t *tracing, c client) refusal
	// egressRefers says whether a rule of the client's group may refer to the cluster's.
	egressRefers(t *tracing, c client) bool
}

// judgeLinks judges a source in another VPC: answers go back over one link, and requests
// come over the same one or, where there is given, over that. Neither peering connections
// nor transit gateways keep state of connections: each packet is forwarded on its own.
// https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html
func judgeLinks(t *tracing, back, there vpcLink) {
	links := []vpcLink{back}
	if there == nil {
		there = back
	} else {
		links = append(links, there)
	}
	vpc, unread := back.farVPC()
	c := clients{t}.in(vpc, unread)
	for _, l := range links {
		l.judgeItself(t, c)
	}
	there.judgeWay(t, c, toCluster)
	back.judgeWay(t, c, toClient)
	routesBetween(t, c, vpc, there.end(SourceSide), back.end(ClusterSide))
	for _, l := range links {
		l.judgeFilters(t, c)
	}
	egress{t, c, there.egressRefers(t, c)}.judge()
	ingress{t, c, there.reference(t, c)}.judge()
}

// requests follows what the source of a carrier sends to the cache's subnets.
func (t *tracing) requests(c carrier) []exit {
	vpc, unread := c.link.farVPC()
	if unread != nil {
		return nil
	}
	return t.exits(vpc.ID, clients{t}.in(vpc, nil).subnets, t.familyOf(t.cacheSubnets()))
}

// requestsOver gives the link that requests come over, where that is not the one that
// answers go back over: the tables of the source's subnets send all of them there.
func (t *tracing) requestsOver(back carrier, all []carrier) vpcLink {
	requests := t.requests(back)
	over := func(c carrier) bool {
		return len(requests) > 0 && !slices.ContainsFunc(requests, func(e exit) bool {
			return !e.by(c.link.end(SourceSide).target, c.link.inbound())
		})
	}
	if over(back) {
		return nil
	}
	vpc, _ := back.link.farVPC()
	for _, c := range all {
		if c.link == nil || c.health == neverWorks {
			continue
		}
		if far, _ := c.link.farVPC(); far.ID == vpc.ID && over(c) {
			return c.link
		}
	}
	return nil
}

// addressesAt gives the ranges that answers to the source go to, if it is at the far end of
// a carrier.
func (t *tracing) addressesAt(c carrier) []netip.Prefix {
	switch {
	case c.spoke.ID != "":
		return clients{t}.in(c.spoke, nil).addresses
	case c.link == nil:
		return t.ranges()
	}
	vpc, unread := c.link.farVPC()
	return clients{t}.in(vpc, unread).addresses
}
