package access

import (
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/resource"
)

// gatewayReference says why a rule may not refer to the client's group over the
// gateway, empty where it may: only in one Region, where the gateway and both
// attachments have security group referencing on, and never for a serverless
// cache, whose endpoint PrivateLink makes.
// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html#vpc-attachment-security
func (j *judging) gatewayReference(l tgwLink, c client) refusal {
	if c.source.Kind != intent.SecurityGroup {
		return refusal{}
	}
	refuse := func(verdict Verdict, resource, detail, why string) refusal {
		return refusal{blocked: Block{BlockReference, why}, verdict: Fail, hop: &Hop{
			Kind: HopReference, Resource: resource, Location: j.cluster.Location, Verdict: verdict, Source: c.source.String(),
			Detail: detail, Fixes: fixes(j.declareInstead(c)),
		}}
	}
	noun := resource.Noun(j.cluster)
	switch {
	case l.peered():
		return refuse(Fail, c.source.ID, "a rule cannot refer to a group behind a peered transit gateway", "a group cannot be referenced between transit gateways")
	case j.cluster.PrivateLink:
		return refuse(Fail, c.source.ID, "a rule of a "+noun+" cannot refer to a group over a transit gateway: its endpoint is a PrivateLink endpoint",
			"a group cannot be referenced for a "+noun)
	}
	if no, waits := j.waitsForAttachment(l); waits {
		return no
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
			return refuse(Fail, side.id, "security group referencing is off at "+side.what, "a group can be referenced only where referencing is on at the gateway and both attachments")
		case network.Unknown:
			if side.id == l.far.ID && l.dark != nil {
				j.add(Hop{
					Kind: HopReference, Resource: side.id, Location: l.vpc.Location, Verdict: Unknown, Source: c.source.String(),
					Detail: "whether security group referencing is on at " + side.what + " cannot be read", Fixes: fixes(j.declareInstead(c)),
				})
			}
		case network.On:
		}
	}
	return refusal{}
}

// waitsForAttachment says why a group cannot be referenced yet: an attachment
// that does not work makes no VPC known to the other one.
func (j *judging) waitsForAttachment(l tgwLink) (refusal, bool) {
	for _, a := range []network.TransitGatewayAttachment{l.own, l.far} {
		if v := attachmentVerdict(a.State); v != Pass && a.State != "modifying" {
			return refusal{blocked: blocked(BlockNotWorking, "a group can be referenced once %s works", a.ID), verdict: v}, true
		}
	}
	return refusal{}, false
}
