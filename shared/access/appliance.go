package access

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/network"
)

// appliancesIn gives the interfaces of a VPC that forward traffic of others, and
// the one that via names.
func (j *judging) appliancesIn(vpc string) []network.NetworkInterface {
	var out []network.NetworkInterface
	for _, id := range sortedKeys(j.NetworkInterfaces) {
		if eni := j.NetworkInterfaces[id]; eni.VPC == vpc && (!eni.SourceDestCheck || id == j.Intent.Via) {
			out = append(out, eni)
		}
	}
	return out
}

// hasAppliance says whether a VPC reaches the appliance by an interface of its own.
func (j *judging) hasAppliance(vpc network.VPC) bool {
	_, ok := j.applianceOf(vpc, leg{})
	return ok
}

// applianceOf gives the appliance's interface where the VPC is the transit VPC:
// the one that via names; else, if no gateway of the VPC does it, the one that
// the leg's routes lead to, or another that forwards.
func (j *judging) applianceOf(vpc network.VPC, l leg) (network.NetworkInterface, bool) {
	if eni, ok := j.NetworkInterfaces[j.Intent.Via]; ok && eni.VPC == vpc.ID {
		return eni, true
	}
	found := j.appliancesIn(vpc.ID)
	_, dark := j.ReadFailure(vpc.Location, network.KindVPNGateway)
	if dark || len(j.gatewaysOf(vpc.ID)) > 0 || len(found) == 0 {
		return network.NetworkInterface{}, false
	}
	for _, table := range j.tablesOf(l.from) {
		r, ok := j.routing(table)
		if !ok {
			continue
		}
		for _, eni := range found {
			target := network.Target{Kind: network.TargetNetworkInterface, ID: eni.ID}
			if slices.ContainsFunc(l.to, func(p netip.Prefix) bool { return r.toward(p, target).state == routeRight }) {
				return eni, true
			}
		}
	}
	return found[0], true
}

// namedAppliance says that the interface that via names is not there.
func (j *judging) namedAppliance(source string) {
	via := j.Intent.Via
	if _, ok := j.NetworkInterfaces[via]; ok || !strings.HasPrefix(via, "eni-") {
		return
	}
	h := Hop{Kind: HopAppliance, Resource: via, Location: j.cluster.Location, Source: source}
	h = h.failing(fmt.Sprintf("%s is in no account and Region that cachegate reads", via),
		command(j.cluster.Location, "aws ec2 describe-network-interfaces --network-interface-ids %s", via).Because("correct via"))
	for _, f := range j.Failures {
		if f.Kind == network.KindNetworkInterface {
			h = h.unread(f)
			break
		}
	}
	j.add(h)
}

// applianceSpoke judges a way through an appliance's interface in the VPC itself.
// https://docs.aws.amazon.com/vpc/latest/userguide/work-with-nat-instances.html#EIP_Disable_SrcDestCheck
func (j *judging) applianceSpoke(eni network.NetworkInterface, vpc network.VPC, l leg, source string) {
	h := Hop{
		Kind: HopAppliance, Resource: eni.ID, Location: eni.Location, Verdict: Pass, By: []string{eni.ID}, Source: source, Side: l.what.side(),
		Detail: "forwards traffic of others: its source/destination check is off",
	}
	switch {
	case eni.SourceDestCheck:
		h = h.failing("does not forward traffic of others: its source/destination check is on",
			command(eni.Location, "aws ec2 modify-network-interface-attribute --network-interface-id %s --no-source-dest-check", eni.ID))
	case eni.Status != "in-use" && eni.Status != "":
		h = h.failing("is "+eni.Status+", not attached to a running appliance",
			command(eni.Location, "aws ec2 attach-network-interface --network-interface-id %s --instance-id APPLIANCE --device-index 1", eni.ID))
	}
	j.add(h)
	l.Location, l.farName, l.state = vpc.Location, vpc.ID, Pass
	l.target = network.Target{Kind: network.TargetNetworkInterface, ID: eni.ID}
	if f, hidden := j.ReadFailure(vpc.Location, network.KindRouteTable, network.KindSubnet); hidden && l.dark == nil {
		l.dark = &f
	}
	j.routes(l, source)
}
