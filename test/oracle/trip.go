package oracle

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// The ways from one place to another, as intents name them.
const (
	SameVPC        = "same-vpc"
	Peering        = "peering"
	TransitGateway = "transit-gateway"
	TransitVPC     = "transit-vpc"
	VPN            = "vpn"
	DirectConnect  = "direct-connect"
)

// end is one end of a connection: a machine in a subnet, or, where it has no VPC,
// one in a data centre.
type end struct {
	vpc, subnet string
	address     netip.Addr
	// acl and route are what to call its subnet's network ACL and route table.
	acl, route Hop
}

func (e end) premises() bool { return e.vpc == "" }

// trip is one direction of a connection.
type trip struct {
	*Network
	from, to end
	// first and last are the destination ports.
	first, last uint16
	// by is the target by which it leaves the sender's subnet, paths what that is.
	by    string
	paths []string
	// inlets are where a data centre's end of it comes out, and where the other
	// direction may come in.
	inlets []inlet
	stops  []Blocker
}

func (t *trip) stop(h Hop, where string) {
	if b := (Blocker{h, where}); !slices.Contains(t.stops, b) {
		t.stops = append(t.stops, b)
	}
}

// travel follows a packet from a subnet to an address.
func (n *Network) travel(from, to end, first, last uint16) *trip {
	t := &trip{Network: n, from: from, to: to, first: first, last: last}
	if from.subnet == to.subnet && from.subnet != "" {
		t.route()
		return t
	}
	t.filter(from.acl, from.subnet, true, to.address)
	if inside := t.route(); !inside && !to.premises() {
		t.filter(to.acl, to.subnet, false, from.address)
	}
	return t
}

// filter asks the network ACL of a subnet.
func (t *trip) filter(h Hop, subnet string, egress bool, remote netip.Addr) {
	if acl := t.aclOf(subnet); !acl.lets(egress, remote, t.first, t.last) {
		t.stop(h, acl.id())
	}
}

// route follows the route table of the sender's subnet. It says whether the packet
// comes in by the receiver's own subnet, so that no network ACL looks at it.
func (t *trip) route() (inside bool) {
	table := t.tableOf(t.from.vpc, t.from.subnet)
	r, found := t.Lookup(table, t.to.address)
	if !found {
		t.stop(t.from.route, table+" to nowhere")
		return false
	}
	by := targetOf(r)
	t.by = by
	leads := r.State == ec2types.RouteStateActive
	switch {
	case t.from.vpc == t.to.vpc:
		t.by, t.paths = "", []string{SameVPC}
		leads = leads && by == "local"
	case strings.HasPrefix(by, "pcx-") && !t.to.premises():
		t.paths = []string{Peering}
		leads = leads && t.carries(by, t.from.vpc, t.to.vpc)
	case strings.HasPrefix(by, "tgw-"):
		if leads {
			inside = t.overGateway(by)
		}
	case strings.HasPrefix(by, "vgw-"):
		if leads {
			t.overTunnels(by)
		}
	default:
		leads = false
	}
	if !leads {
		t.stop(t.from.route, table+" to "+by)
	}
	return inside
}

// tableOf gives the route table of a subnet: the one that it is associated with,
// else the VPC's main one.
// https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html
func (n *Network) tableOf(vpcID, subnet string) string {
	main := ""
	for _, id := range n.order["table"] {
		t := n.tables[id]
		for _, a := range t.Associations {
			if subnet != "" && aws.ToString(a.SubnetId) == subnet {
				return id
			}
			if aws.ToBool(a.Main) && aws.ToString(t.VpcId) == vpcID {
				main = id
			}
		}
	}
	return main
}
