package access

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// appliances finds and judges network interfaces that forward traffic of others.
type appliances struct{ *tracing }

// in gives the interfaces of a VPC that forward, and the one that via names.
func (t appliances) in(vpc string) []network.NetworkInterface {
	var out []network.NetworkInterface
	for _, id := range sortedKeys(t.NetworkInterfaces) {
		if eni := t.NetworkInterfaces[id]; eni.VPC == vpc && (!eni.SourceDestCheck || id == t.Intent.Via) {
			out = append(out, eni)
		}
	}
	return out
}

// of gives the appliance's interface where the VPC is the transit VPC: the one that via
// names; else, if no gateway of the VPC leads there, the one that tables of subnets send
// traffic for the ranges to, or another that forwards.
func (t appliances) of(vpc network.VPC, from []network.Subnet, to []netip.Prefix) (network.NetworkInterface, bool) {
	if eni, ok := t.NetworkInterfaces[t.Intent.Via]; ok && eni.VPC == vpc.ID {
		return eni, true
	}
	found := t.in(vpc.ID)
	if len(found) == 0 || len(t.gatewaysOf(vpc.ID)) > 0 || t.failure(vpc.Location, network.KindVPNGateway) != nil {
		return network.NetworkInterface{}, false
	}
	for _, table := range t.tablesOf(from) {
		r, ok := t.routing(table)
		if !ok {
			continue
		}
		for _, eni := range found {
			target := network.Target{Kind: network.TargetNetworkInterface, ID: eni.ID}
			if slices.ContainsFunc(to, func(p netip.Prefix) bool { return r.toward(p, target).state == routeRight }) {
				return eni, true
			}
		}
	}
	return found[0], true
}

// has says whether a VPC reaches the appliance by an interface of its own.
func (t appliances) has(vpc network.VPC) bool {
	_, ok := t.of(vpc, nil, nil)
	return ok
}

// named tells that the interface that via names is not there.
func (t appliances) named() {
	via := t.Intent.Via
	if _, ok := t.NetworkInterfaces[via]; ok || intent.CarrierOf(via) != intent.ApplianceCarrier {
		return
	}
	h := Hop{Kind: HopAppliance, Resource: via, Location: t.cluster.Location}
	h = h.failing(fmt.Sprintf("%s is in no account and Region that cachegate reads", via),
		command(t.cluster.Location, "aws ec2 describe-network-interfaces --network-interface-ids %s", via).Because("correct via"))
	if f := t.anyFailure(network.KindNetworkInterface); f != nil {
		h = h.unread(*f)
	}
	t.add(h)
}

// judge judges an appliance's interface in the VPC itself, and the routes to it.
// https://docs.aws.amazon.com/vpc/latest/userguide/work-with-nat-instances.html#EIP_Disable_SrcDestCheck
func (t appliances) judge(eni network.NetworkInterface, vpc network.VPC, l leg) {
	h := Hop{Kind: HopAppliance, Resource: eni.ID, Location: eni.Location, Side: l.what.side()}
	switch {
	case eni.SourceDestCheck:
		h = h.failing("cannot forward traffic: its source/destination check is on",
			command(eni.Location, "aws ec2 modify-network-interface-attribute --network-interface-id %s --no-source-dest-check", eni.ID))
	case eni.Status != "in-use" && eni.Status != "":
		h = h.failing("is "+eni.Status+", not attached to a running appliance",
			command(eni.Location, "aws ec2 attach-network-interface --network-interface-id %s --instance-id APPLIANCE --device-index 1", eni.ID))
	default:
		h = h.passing([]string{eni.ID}, "can forward traffic: its source/destination check is off")
	}
	t.add(h)
	l.Location, l.farName, l.state = vpc.Location, vpc.ID, Pass
	l.target = network.Target{Kind: network.TargetNetworkInterface, ID: eni.ID}
	if l.unread == nil {
		l.unread = t.failure(vpc.Location, network.KindRouteTable, network.KindSubnet)
	}
	vpcRoutes{t.tracing, l}.judge()
}
