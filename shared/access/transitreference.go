package access

import (
	"slices"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/resource"
)

// transitReference judges whether a rule may refer to the client's group over a transit
// gateway: only in one Region, where the gateway and both attachments have security group
// referencing on, and never for a serverless cache, whose endpoint PrivateLink makes.
// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html#vpc-attachment-security
type transitReference struct {
	*tracing
	link transitLink
	c    client
}

// refusal says why a rule may not, and is zero where it may.
func (t transitReference) refusal() refusal {
	l := t.link
	if t.source.Kind != intent.SecurityGroup {
		return refusal{}
	}
	refuse := func(resource, detail, why string) refusal {
		return refusal{blocked: Block{BlockReference, why}, verdict: Fail, hop: &Hop{
			Kind: HopReference, Resource: resource, Location: t.cluster.Location, Verdict: Fail,
			Detail: detail, Fixes: fixes(clients{t.tracing}.declareInstead(t.c)),
		}}
	}
	noun := resource.Noun(t.cluster)
	switch {
	case l.peered():
		return refuse(t.source.ID, "a rule cannot refer to a group behind a peered transit gateway", "a group cannot be referenced between transit gateways")
	case t.cluster.PrivateLink:
		return refuse(t.source.ID, "a rule of a "+noun+" cannot refer to a group over a transit gateway: its endpoint is a PrivateLink endpoint",
			"a group cannot be referenced for a "+noun)
	}
	if no, waits := t.waitsForAttachment(); waits {
		return no
	}
	for _, a := range []network.TransitGatewayAttachment{l.own, l.far} {
		if slices.ContainsFunc(a.Subnets, func(id string) bool { return t.Subnets[id].ZoneID == zoneWithoutReferencing }) {
			return refuse(a.ID, "a rule cannot refer to a group over a transit gateway where an attachment is in the zone "+zoneWithoutReferencing,
				"a group cannot be referenced in the zone "+zoneWithoutReferencing)
		}
	}
	for _, side := range []struct {
		id, what string
		on       network.Tri
	}{
		{l.gateway.ID, "the transit gateway", l.gateway.SecurityGroupReferencing},
		{l.own.ID, "the cache's attachment", l.own.SecurityGroupReferencing},
		{l.far.ID, "the source's attachment", l.far.SecurityGroupReferencing},
	} {
		switch side.on {
		case network.Off:
			return refuse(side.id, "security group referencing is off at "+side.what, "a group can be referenced only where referencing is on at the gateway and both attachments")
		case network.Unknown:
			if side.id == l.far.ID && l.unread != nil {
				t.add(Hop{
					Kind: HopReference, Resource: side.id, Location: l.vpc.Location, Verdict: Unknown,
					Detail: "whether security group referencing is on at " + side.what + " cannot be read", Fixes: fixes(clients{t.tracing}.declareInstead(t.c)),
				})
			}
		case network.On:
		}
	}
	return refusal{}
}

// zoneWithoutReferencing is the one zone where security group referencing is not supported.
// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html#vpc-attachment-security
const zoneWithoutReferencing = "use1-az3"

// waitsForAttachment says why a group cannot be referenced yet: an attachment
// that does not work makes no VPC known to the other one.
func (t transitReference) waitsForAttachment() (refusal, bool) {
	for _, a := range []network.TransitGatewayAttachment{t.link.own, t.link.far} {
		if v := attachmentVerdict(a.State); v != Pass && a.State != "modifying" {
			return refusal{blocked: blocked(BlockNotWorking, "a group can be referenced once %s works", a.ID), verdict: v}, true
		}
	}
	return refusal{}, false
}
