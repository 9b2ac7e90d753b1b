package access

import (
	"fmt"
	"net/netip"

	"github.com/cachegate/cachegate/shared/network"
)

// command gives an AWS CLI command for a person with the right to run it, with
// the account and Region to run it in.
func command(l network.Location, format string, args ...any) string {
	return "in account " + l.Account + ": " + fmt.Sprintf(format, args...) + " --region " + l.Region
}

// cidrFlag gives the CLI's flag for a prefix: EC2 has one a family.
func cidrFlag(stem string, p netip.Prefix) string {
	if p.Addr().Is6() {
		return "--ipv6-" + stem + " " + p.String()
	}
	return "--" + stem + " " + p.String()
}

// destinationFlag gives the CLI's flag for a route's destination.
func destinationFlag(p netip.Prefix) string {
	if p.Addr().Is6() {
		return "--destination-ipv6-cidr-block " + p.String()
	}
	return "--destination-cidr-block " + p.String()
}

// targetFlag gives the CLI's flag for a route's target.
func targetFlag(t network.Target) string {
	switch t.Kind {
	case network.TargetPeering:
		return "--vpc-peering-connection-id " + t.ID
	case network.TargetTransitGateway:
		return "--transit-gateway-id " + t.ID
	case network.TargetNetworkInterface:
		return "--network-interface-id " + t.ID
	case network.TargetNATGateway:
		return "--nat-gateway-id " + t.ID
	default:
		return "--gateway-id " + t.ID
	}
}

// missingRead says who lacks what to read a resource.
func missingRead(f network.Failure) (detail, fix string) {
	if f.Code == network.CodeNotConfigured {
		detail = fmt.Sprintf("account %s in %s cannot be read: the deployment does not list it, or has no role there", f.Account, f.Region)
		return detail, fmt.Sprintf("let the deployment read account %s in %s: name it in -c spokeAccounts and -c regions of the hub, and deploy the spoke stack there", f.Account, f.Region)
	}
	detail = fmt.Sprintf("account %s in %s cannot be read: %s gave %s", f.Account, f.Region, f.Operation, f.Code)
	fix = fmt.Sprintf("allow %s to cachegate's role in account %s (deploy the spoke stack there, or add the account to the deployment)", f.Operation, f.Account)
	return detail, fix
}
