package access

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/fix"
	"github.com/cachegate/cachegate/shared/network"
)

// fixes lists what to do about a hop.
func fixes(all ...fix.Fix) []fix.Fix { return all }

// say gives a fix in words.
func say(format string, args ...any) fix.Fix { return fix.Say(fmt.Sprintf(format, args...)) }

// command gives an AWS CLI command as a fix: where it is to be run and, without
// account and Region, what is to be typed.
func command(l network.Location, format string, args ...any) fix.Fix {
	return fix.Run(l, fmt.Sprintf(format, args...))
}

// routeCommand gives the command that creates or replaces a route.
func routeCommand(verb string, t network.RouteTable, destination netip.Prefix, target network.Target) fix.Fix {
	return command(t.Location, "aws ec2 %s-route --route-table-id %s %s %s", verb, t.ID, destinationFlag(destination), targetFlag(target))
}

// deleteRoute gives the command that deletes a route.
func deleteRoute(t network.RouteTable, destination netip.Prefix) fix.Fix {
	return command(t.Location, "aws ec2 delete-route --route-table-id %s %s", t.ID, destinationFlag(destination))
}

// forwardOrDelete says what to do about a route that takes traffic past the local route.
func forwardOrDelete(t network.RouteTable, f routeFinding) []fix.Fix {
	return fixes(
		say("make sure that %s forwards it and declare the source as a CIDR", f.route.Target),
		deleteRoute(t, f.dst).Alternative(),
	)
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

// missingRead says why a resource was not read, and what lets cachegate read it.
func missingRead(f network.Failure) (detail string, read fix.Fix) {
	if f.Code == network.CodeNotConfigured {
		return fmt.Sprintf("account %s in %s cannot be read: the deployment does not list it, or has no role there", f.Account, f.Region),
			say("let the deployment read account %s in %s: name it in -c spokeAccounts and -c regions of the hub, and deploy the spoke stack there", f.Account, f.Region)
	}
	return fmt.Sprintf("account %s in %s cannot be read: %s gave %s", f.Account, f.Region, f.Operation, f.Code),
		say("allow %s to cachegate's role in account %s (deploy the spoke stack there, or add the account to the deployment)", f.Operation, f.Account)
}

// readPrefixLists says how the entries of prefix lists come to be read.
func readPrefixLists(account string) fix.Fix {
	return say("allow ec2:GetManagedPrefixListEntries to cachegate's role in account %s", account)
}

// authorizeCommand gives the CLI command that adds a rule.
func authorizeCommand(l network.Location, group, direction string, port uint16, p network.Peer) fix.Fix {
	var peer string
	switch {
	case p.CIDR.IsValid() && p.CIDR.Addr().Is4():
		peer = fmt.Sprintf("IpRanges=[{CidrIp=%s}]", p.CIDR)
	case p.CIDR.IsValid():
		peer = fmt.Sprintf("Ipv6Ranges=[{CidrIpv6=%s}]", p.CIDR)
	case p.PrefixList != "":
		peer = fmt.Sprintf("PrefixListIds=[{PrefixListId=%s}]", p.PrefixList)
	case p.Account != "":
		peer = fmt.Sprintf("UserIdGroupPairs=[{GroupId=%s,UserId=%s}]", p.SecurityGroup, p.Account)
	default:
		peer = fmt.Sprintf("UserIdGroupPairs=[{GroupId=%s}]", p.SecurityGroup)
	}
	return command(l, "aws ec2 authorize-security-group-%s --group-id %s --ip-permissions 'IpProtocol=tcp,FromPort=%d,ToPort=%d,%s'",
		direction, group, port, port, peer)
}

// newConnection stands in commands for the id of a connection that is still to be made.
const newConnection = "ID_OF_THE_NEW_CONNECTION"

// onceItWorks says what is to be done about a route whose target does not work (yet):
// AWS refuses a route to what is gone, and one where another, a blackhole too, stands.
func (r *blockRoute) onceItWorks(old network.Route, foreign bool) []fix.Fix {
	table, target, when := r.table.table, r.target, r.target.String()+" works"
	if gone := r.state == Fail && target.Kind == network.TargetPeering; gone {
		target.ID, when = newConnection, "the new connection is active"
	}
	switch {
	case foreign && old.Target == target:
		return fixes(say("nothing here: the route is there, and works once %s", when))
	case foreign:
		return fixes(routeCommand("replace", table, r.block, target).Because("once " + when))
	case !r.writesLeaveOut(change.Route).None():
		return fixes(routeCommand("create", table, r.block, target).Because("once " + when))
	default:
		return fixes(say("nothing to do by hand: in mode enforce cachegate makes the route once %s", when))
	}
}

// onceActive says what is to be done about an option that cannot be set while the
// connection is not active.
func (t peeringDNS) onceActive(set fix.Fix, l peeringLink) []fix.Fix {
	when := l.ID + " is active"
	if l.verdict() == Fail {
		set.Command, when = strings.ReplaceAll(set.Command, l.ID, newConnection), "the new connection is active"
	}
	if !t.writesLeaveOut(change.PeeringDNS).None() {
		return fixes(set.Because("once " + when))
	}
	return fixes(say("nothing to do by hand: in mode enforce cachegate sets the option once %s", when))
}

// nameTheNewConnection tells that an intent which names a connection that is gone has to
// name the one that takes its place.
func (j *judging) nameTheNewConnection() {
	for i := range j.hops {
		h := &j.hops[i]
		if h.Kind == HopPeering && h.Verdict == Fail && h.Resource == j.Intent.Via {
			h.Fixes = append(h.Fixes, say("then name the new connection in the intent's via"))
		}
	}
}
