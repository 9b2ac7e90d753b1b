package access

import (
	"slices"

	"github.com/cachegate/cachegate/shared/fix"
	"github.com/cachegate/cachegate/shared/network"
)

// HopKind names what a hop is about.
type HopKind string

// The kinds of hop.
const (
	HopCluster                  HopKind = "cluster"
	HopSource                   HopKind = "source"
	HopPath                     HopKind = "path"
	HopAddressFamily            HopKind = "address-family"
	HopIngress                  HopKind = "security-group-ingress"
	HopEgress                   HopKind = "security-group-egress"
	HopReference                HopKind = "security-group-reference"
	HopRoute                    HopKind = "route"
	HopNetworkACL               HopKind = "network-acl"
	HopMiddleBox                HopKind = "middle-box"
	HopPeering                  HopKind = "vpc-peering-connection"
	HopOverlap                  HopKind = "cidr-overlap"
	HopDNSAttributes            HopKind = "vpc-dns-attributes"
	HopPeeringDNS               HopKind = "peering-dns"
	HopTransitGateway           HopKind = "transit-gateway"
	HopAttachment               HopKind = "transit-gateway-attachment"
	HopAttachmentZone           HopKind = "transit-gateway-attachment-zone"
	HopAssociation              HopKind = "transit-gateway-association"
	HopTransitGatewayRoute      HopKind = "transit-gateway-route"
	HopVPNGateway               HopKind = "vpn-gateway"
	HopVPNConnection            HopKind = "vpn-connection"
	HopVPNTunnel                HopKind = "vpn-tunnel"
	HopVPNRoute                 HopKind = "vpn-route"
	HopAppliance                HopKind = "appliance"
	HopVirtualInterface         HopKind = "virtual-interface"
	HopBGP                      HopKind = "bgp"
	HopDirectConnectGateway     HopKind = "direct-connect-gateway"
	HopDirectConnectAssociation HopKind = "direct-connect-gateway-association"
)

// Hop is one thing that must hold on the way.
type Hop struct {
	Kind HopKind
	// Resource is the id where it must hold, such as the cluster's security group.
	Resource string
	Location network.Location
	Verdict  Verdict
	// Side says where on the way the hop lies.
	Side Side
	// Fixable is a failing hop that cachegate may write itself; Blocked is why it may
	// not write what it otherwise would.
	Fixable bool
	Blocked Block
	// Detail says what was found, Fixes what a person (or cachegate) has to do.
	Detail string
	Fixes  []fix.Fix
	// By are the ids of the rules or routes that carry a passing hop.
	By []string
	// Source is the source of the intent that the hop is judged for; empty where
	// it stands for all of them.
	Source string
}

// state gives what the hop alone would make of the way.
func (h Hop) state() State {
	switch h.Verdict {
	case Pass, Advice:
		return StateOpen
	case Pending:
		return StatePending
	case Unknown:
		return StateUnknown
	case Fail:
		if h.Fixable {
			return StateClosed
		}
	}
	return StateBlocked
}

// Passes says whether the way is open here.
func (h Hop) Passes() bool { return h.Verdict == Pass || h.Verdict == Advice }

// advising gives the hop where the way is open and something is better put right.
func (h Hop) advising(detail string, fixes ...fix.Fix) Hop {
	h.Verdict, h.By, h.Detail, h.Fixes = Advice, nil, detail, fixes
	return h
}

// Fix gives what has to be done in one line; empty where nothing has to be.
func (h Hop) Fix() string { return fix.Text(h.Fixes) }

// passing gives the hop with what carries it.
func (h Hop) passing(by []string, detail string) Hop {
	h.Verdict, h.Detail = Pass, detail
	h.By = slices.Compact(slices.Sorted(slices.Values(by)))
	return h
}

// failing gives the hop with what is wrong and what to do about it.
func (h Hop) failing(detail string, fixes ...fix.Fix) Hop {
	h.Verdict, h.By, h.Detail, h.Fixes = Fail, nil, detail, fixes
	return h
}

// fixableUnless gives a hop that cachegate puts right unless something blocks it.
func (h Hop) fixableUnless(b Block) Hop {
	h.Fixable, h.Blocked = b.None(), b
	if !b.None() {
		h.Detail += "; " + b.Text
	}
	return h
}

// unknown gives the hop where AWS does not tell how it stands.
func (h Hop) unknown(detail string, fixes ...fix.Fix) Hop {
	h.Verdict, h.By, h.Detail, h.Fixes = Unknown, nil, detail, fixes
	return h
}

// unread gives the hop where what it is about could not be read.
func (h Hop) unread(f network.Failure) Hop {
	detail, read := missingRead(f)
	return h.unknown(detail, read)
}

// about says before what was found what follows from it.
func (h Hop) about(what string) Hop {
	h.Detail = what + ": " + h.Detail
	return h
}

// waiting gives the hop where AWS is still at work.
func (h Hop) waiting() Hop {
	h.Verdict, h.By = Pending, nil
	h.Fixes = fixes(say("wait"), say("the next run judges it again"))
	return h
}
