package access

import (
	"cmp"
	"fmt"

	"github.com/cachegate/cachegate/shared/network"
)

// gatewayHop judges a transit gateway itself.
func (j *judging) gatewayHop(g network.TransitGateway, source string) {
	h := Hop{Kind: HopTransitGateway, Resource: g.ID, Location: g.Location, Verdict: Pass, By: []string{g.ID}, Source: source, Detail: "is " + g.State}
	switch g.State {
	case network.Available:
	case "":
		h.Verdict, h.By, h.Detail = Unknown, nil, "was not read"
		if f, dark := j.Failed(g.Location, network.KindTransitGateway, g.ID); dark {
			h = h.unread(f)
		} else {
			h.Fixes = fixes(say("share the gateway with the account (RAM), or let cachegate read account %s", g.Account))
		}
	case "pending", "modifying":
		h = h.waiting()
	default:
		h = h.failing(h.Detail, say("attach both VPCs to a gateway that is available, and name it as via"))
	}
	j.add(h)
}

// attachmentHop judges an attachment of a VPC; who has to accept it is named.
func (j *judging) attachmentHop(a network.TransitGatewayAttachment, whose, source string) {
	h := Hop{
		Kind: HopAttachment, Resource: a.ID, Location: a.Location, Verdict: attachmentVerdict(a.State), Source: source,
		Detail: fmt.Sprintf("%s attachment to %s is %s", whose, a.Gateway, a.State),
	}
	switch {
	case h.Verdict == Pass:
		h.By = []string{a.ID}
	case a.State == "pendingAcceptance":
		owner := network.Location{Account: cmp.Or(a.GatewayOwner, a.Account), Region: a.Region}
		h.Detail += fmt.Sprintf("; account %s, which owns the gateway, has to accept it", owner.Account)
		h.Fixes = fixes(command(owner, "aws ec2 accept-transit-gateway-vpc-attachment --transit-gateway-attachment-id %s", a.ID))
	case h.Verdict == Pending:
		h = h.waiting()
	default:
		h.Fixes = fixes(command(ownerOfVPC(a),
			"aws ec2 create-transit-gateway-vpc-attachment --transit-gateway-id %s --vpc-id %s --subnet-ids ONE_PER_ZONE", a.Gateway, a.ResourceID))
	}
	j.add(h)
	if j.v6 && a.ResourceType == attachmentVPC && h.Verdict != Fail {
		j.carriesIPv6(a, whose, source)
	}
}

// ownerOfVPC is where the VPC of an attachment belongs.
func ownerOfVPC(a network.TransitGatewayAttachment) network.Location {
	return network.Location{Account: cmp.Or(a.ResourceOwner, a.Account), Region: a.Region}
}

// carriesIPv6 judges that IPv6 support is on at an attachment: without it, its
// interfaces have no IPv6 address. It is off by default.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTransitGatewayVpcAttachmentRequestOptions.html
func (j *judging) carriesIPv6(a network.TransitGatewayAttachment, whose, source string) {
	at := ownerOfVPC(a)
	h := Hop{Kind: HopAddressFamily, Resource: a.ID, Location: at, Source: source}
	switch a.IPv6 {
	case network.On:
		return
	case network.Off:
		j.add(h.failing(fmt.Sprintf("IPv6 support is off at %s attachment", whose),
			command(at, "aws ec2 modify-transit-gateway-vpc-attachment --transit-gateway-attachment-id %s --options Ipv6Support=enable", a.ID)))
	case network.Unknown:
		h.Verdict = Unknown
		h.Detail = fmt.Sprintf("whether IPv6 support is on at %s attachment was not read", whose)
		h.Fixes = fixes(say("let cachegate read account %s: ec2:DescribeTransitGatewayVpcAttachments", at.Account))
		if f, dark := j.Failed(at, network.KindTransitGatewayAttachment, a.ID); dark {
			h = h.unread(f)
		}
		j.add(h)
	}
}

// peeringAttachmentHop judges the attachment that joins two gateways.
func (j *judging) peeringAttachmentHop(l tgwLink, source string) {
	a := l.near
	h := Hop{
		Kind: HopAttachment, Resource: a.ID, Location: a.Location, Verdict: attachmentVerdict(a.State), Source: source,
		Detail: fmt.Sprintf("the peering attachment between %s and %s is %s", a.Gateway, l.farGateway.ID, a.State),
	}
	switch {
	case h.Verdict == Pass:
		h.By = []string{a.ID}
	case a.State == "pendingAcceptance":
		at := network.Location{Account: cmp.Or(a.PeerAccount, l.farGateway.Account), Region: cmp.Or(a.PeerRegion, l.farGateway.Region)}
		h.Detail += fmt.Sprintf("; the side that did not ask for it has to accept it (account %s or %s)", a.Account, at.Account)
		h.Fixes = fixes(command(at, "aws ec2 accept-transit-gateway-peering-attachment --transit-gateway-attachment-id %s", a.ID))
	case h.Verdict == Pending:
		h = h.waiting()
	default:
		h.Fixes = fixes(command(a.Location, "aws ec2 create-transit-gateway-peering-attachment --transit-gateway-id %s --peer-transit-gateway-id %s --peer-account-id %s --peer-region %s",
			a.Gateway, l.farGateway.ID, l.farGateway.Account, l.farGateway.Region))
	}
	j.add(h)
}

// zones judges that every subnet's Availability Zone has a subnet of the
// attachment: from a zone without one, the gateway cannot be reached. A Local
// Zone cannot have one; its parent zone's serves it.
// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
// https://docs.aws.amazon.com/local-zones/latest/ug/local-zones-connectivity-transit-gateway-lzs.html
func (j *judging) zones(subnets []network.Subnet, a network.TransitGatewayAttachment, whose, source string) {
	attached := map[string]bool{}
	for _, id := range a.Subnets {
		if sn, ok := j.Subnets[id]; ok {
			attached[sn.AvailabilityZone] = true
		}
	}
	if len(attached) == 0 {
		return // not told, or not read: the attachment's own hop says so
	}
	for _, sn := range subnets {
		zone, local := sn.AvailabilityZone, sn.ZoneType == localZone
		if local {
			zone = sn.ParentZone
		}
		if sn.AvailabilityZone == "" || attached[zone] {
			continue
		}
		h := Hop{
			Kind: HopAttachmentZone, Resource: sn.ID, Location: sn.Location, Verdict: Fail, Source: source,
			Detail: fmt.Sprintf("%s subnet is in %s, where attachment %s has no subnet", whose, zone, a.ID),
			Fixes:  fixes(command(a.Location, "aws ec2 modify-transit-gateway-vpc-attachment --transit-gateway-attachment-id %s --add-subnet-ids SUBNET_IN_%s", a.ID, zone)),
		}
		if whose == "the cache's" {
			h.Side = ClusterSide
		} else {
			h.Side = SourceSide
		}
		switch {
		case local && zone == "":
			h.Verdict = Unknown
			h.Detail = fmt.Sprintf("%s subnet is in the Local Zone %s, whose parent zone was not read; a transit gateway reaches it only through an attachment there", whose, sn.AvailabilityZone)
			h.Fixes = fixes(command(sn.Location, "aws ec2 describe-availability-zones --all-availability-zones").Because("check"))
		case local:
			h.Detail = fmt.Sprintf("%s subnet is in the Local Zone %s, which no transit gateway can be attached to, and attachment %s has no subnet in its parent zone %s", whose, sn.AvailabilityZone, a.ID, zone)
		}
		j.add(h)
	}
}

const localZone = "local-zone"
