package access

import (
	"cmp"
	"fmt"

	"github.com/cachegate/cachegate/shared/network"
)

// transitHops judges transit gateways and attachments.
type transitHops struct{ *tracing }

// gateway judges a transit gateway itself.
func (t transitHops) gateway(g network.TransitGateway) {
	h := Hop{Kind: HopTransitGateway, Resource: g.ID, Location: g.Location, Detail: "is " + g.State}
	switch g.State {
	case network.Available:
		h = h.passing([]string{g.ID}, h.Detail)
	case "":
		h = h.unknown("was not read", say("share the gateway with the account (RAM), or let cachegate read account %s", g.Account))
		if f, failed := t.Failed(g.Location, network.KindTransitGateway, g.ID); failed {
			h = h.unread(f)
		}
	case "pending", "modifying":
		h = h.waiting()
	default:
		h = h.failing(h.Detail, say("attach both VPCs to a gateway that is available, and name it as via"))
	}
	t.add(h)
}

// attachment judges an attachment; who has to accept it is named.
func (t transitHops) attachment(a network.TransitGatewayAttachment, whose string) {
	h := Hop{
		Kind: HopAttachment, Resource: a.ID, Location: a.Location, Verdict: attachmentVerdict(a.State),
		Detail: fmt.Sprintf("%s attachment to %s is %s", whose, a.Gateway, a.State),
	}
	switch {
	case h.Verdict == Pass:
		h.By = []string{a.ID}
	case a.State == pendingAcceptance:
		owner := gatewayOwner(a)
		h.Detail += fmt.Sprintf("; account %s, which owns the gateway, has to accept it", owner.Account)
		h.Fixes = fixes(command(owner, "aws ec2 accept-transit-gateway-vpc-attachment --transit-gateway-attachment-id %s", a.ID))
	case h.Verdict == Pending:
		h = h.waiting()
	default:
		h.Fixes = fixes(command(vpcOwner(a),
			"aws ec2 create-transit-gateway-vpc-attachment --transit-gateway-id %s --vpc-id %s --subnet-ids ONE_PER_ZONE", a.Gateway, a.ResourceID))
	}
	t.add(h)
	if t.v6 && a.ResourceType == attachmentVPC && h.Verdict != Fail {
		t.carriesIPv6(a, whose)
	}
}

// carriesIPv6 judges that IPv6 support is on at an attachment: without it, its interfaces
// have no IPv6 address. It is off by default.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTransitGatewayVpcAttachmentRequestOptions.html
func (t transitHops) carriesIPv6(a network.TransitGatewayAttachment, whose string) {
	at := vpcOwner(a)
	h := Hop{Kind: HopAddressFamily, Resource: a.ID, Location: at}
	switch a.IPv6 {
	case network.On:
		return
	case network.Off:
		h = h.failing(fmt.Sprintf("IPv6 support is off at %s attachment", whose),
			command(at, "aws ec2 modify-transit-gateway-vpc-attachment --transit-gateway-attachment-id %s --options Ipv6Support=enable", a.ID))
	case network.Unknown:
		h = h.unknown(fmt.Sprintf("whether IPv6 support is on at %s attachment was not read", whose),
			say("let cachegate read account %s: ec2:DescribeTransitGatewayVpcAttachments", at.Account))
		if f, failed := t.Failed(at, network.KindTransitGatewayAttachment, a.ID); failed {
			h = h.unread(f)
		}
	}
	t.add(h)
}

// peeringAttachment judges the attachment that joins two gateways.
func (t transitHops) peeringAttachment(l transitLink) {
	a := l.near
	h := Hop{
		Kind: HopAttachment, Resource: a.ID, Location: a.Location, Verdict: attachmentVerdict(a.State),
		Detail: fmt.Sprintf("the peering attachment between %s and %s is %s", a.Gateway, l.farGateway.ID, a.State),
	}
	switch {
	case h.Verdict == Pass:
		h.By = []string{a.ID}
	case a.State == pendingAcceptance:
		at := network.Location{Account: cmp.Or(a.PeerAccount, l.farGateway.Account), Region: cmp.Or(a.PeerRegion, l.farGateway.Region)}
		h.Detail += fmt.Sprintf("; the side that did not ask for it has to accept it (account %s or %s)", a.Account, at.Account)
		h.Fixes = fixes(command(at, "aws ec2 accept-transit-gateway-peering-attachment --transit-gateway-attachment-id %s", a.ID))
	case h.Verdict == Pending:
		h = h.waiting()
	default:
		h.Fixes = fixes(command(a.Location, "aws ec2 create-transit-gateway-peering-attachment --transit-gateway-id %s --peer-transit-gateway-id %s --peer-account-id %s --peer-region %s",
			a.Gateway, l.farGateway.ID, l.farGateway.Account, l.farGateway.Region))
	}
	t.add(h)
}

// zones judges that the Availability Zone of every subnet on a side has a subnet of the
// attachment: from a zone without one, the gateway cannot be reached. A Local Zone cannot
// have one; its parent zone's serves it.
// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
// https://docs.aws.amazon.com/local-zones/latest/ug/local-zones-connectivity-transit-gateway-lzs.html
func (t transitHops) zones(subnets []network.Subnet, a network.TransitGatewayAttachment, side Side) {
	attached := map[string]bool{}
	for _, id := range a.Subnets {
		if sn, ok := t.Subnets[id]; ok {
			attached[sn.AvailabilityZone] = true
		}
	}
	if len(attached) == 0 {
		return // not told, or not read: the attachment's own hop says so
	}
	for _, sn := range subnets {
		if sn.AvailabilityZone != "" && !attached[attachedZone(sn)] {
			h := missingZone(sn, a, whoseSide(side))
			h.Side = side
			t.add(h)
		}
	}
}

// missingZone fails a subnet in a zone where an attachment has no subnet.
func missingZone(sn network.Subnet, a network.TransitGatewayAttachment, whose string) Hop {
	h := Hop{Kind: HopAttachmentZone, Resource: sn.ID, Location: sn.Location}
	zone, local := attachedZone(sn), sn.ZoneType == localZone
	if local && zone == "" {
		return h.unknown(fmt.Sprintf("%s subnet is in the Local Zone %s, whose parent zone was not read; a transit gateway reaches it only through an attachment there", whose, sn.AvailabilityZone),
			command(sn.Location, "aws ec2 describe-availability-zones --all-availability-zones").Because("check"))
	}
	detail := fmt.Sprintf("%s subnet is in %s, where attachment %s has no subnet", whose, zone, a.ID)
	if local {
		detail = fmt.Sprintf("%s subnet is in the Local Zone %s, which no transit gateway can be attached to, and attachment %s has no subnet in its parent zone %s", whose, sn.AvailabilityZone, a.ID, zone)
	}
	return h.failing(detail, command(a.Location, "aws ec2 modify-transit-gateway-vpc-attachment --transit-gateway-attachment-id %s --add-subnet-ids SUBNET_IN_%s", a.ID, zone))
}

const localZone = "local-zone"

// attachedZone is the zone in which a subnet reaches a transit gateway: its own, for a
// Local Zone its parent's.
func attachedZone(sn network.Subnet) string {
	if sn.ZoneType == localZone {
		return sn.ParentZone
	}
	return sn.AvailabilityZone
}
