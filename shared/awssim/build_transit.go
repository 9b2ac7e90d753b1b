package awssim

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// transit builds transit gateways, their attachments and route tables. A gateway and an attachment are shown to the
// gateway's owner and to the owner of what is attached, whoever of the two the file lets tell of it; route tables are
// the gateway owner's only.
func (b *builder) transit() {
	for i, v := range b.in.TransitGateways {
		b.transitGateway(i, v)
	}
	seen := map[string]bool{}
	for i, v := range b.in.TransitGatewayVpcAttachments {
		if b.once("TransitGatewayVpcAttachments", i, v.TransitGatewayAttachmentId, seen) {
			b.vpcAttachment(v)
		}
	}
	seen = map[string]bool{}
	for i, v := range b.in.TransitGatewayPeeringAttachments {
		if b.once("TransitGatewayPeeringAttachments", i, v.TransitGatewayAttachmentId, seen) {
			b.peeringAttachment(i, v)
		}
	}
	seen = map[string]bool{}
	for i, v := range b.in.TransitGatewayAttachments {
		if b.once("TransitGatewayAttachments", i, v.TransitGatewayAttachmentId, seen) {
			b.anyAttachment(i, v)
		}
	}
	for i, v := range b.in.TransitGatewayRouteTables {
		b.transitTable(i, v)
	}
	for i, v := range b.in.TransitGatewayPolicyTables {
		fill(&v.State, ec2types.TransitGatewayPolicyTableStateAvailable)
		insert(b, &b.r.TransitGatewayPolicyTables, "TransitGatewayPolicyTables", i, &v)
	}
}

// once checks that an element has an id, and one that no other element of its list has.
func (b *builder) once(list string, i int, id *string, seen map[string]bool) bool {
	const field = "TransitGatewayAttachmentId"
	switch name := aws.ToString(id); {
	case name == "":
		b.leaveOut(list, i, field, "", "is missing; every element of %s has one", list)
	case seen[name] && b.repeats(list, i):
		b.problems.warn(b.path(list, i, field), "%s stands twice, the same both times", name)
	case seen[name]:
		b.leaveOut(list, i, field, name, "stands twice in %s", list)
	default:
		seen[name] = true
		return true
	}
	return false
}

func (b *builder) transitGateway(i int, v ec2types.TransitGateway) {
	orDefault(&v.OwnerId, b.r.account)
	id := aws.ToString(v.TransitGatewayId)
	orDefault(&v.TransitGatewayArn, *arn("ec2", b.r.name, *v.OwnerId, "transit-gateway/"+id))
	if v.State == "" {
		v.State = ec2types.TransitGatewayStateAvailable
	}
	options := ec2types.TransitGatewayOptions{}
	if v.Options != nil {
		options = *v.Options
	}
	fill(&options.DnsSupport, ec2types.DnsSupportValueEnable)
	fill(&options.SecurityGroupReferencingSupport, ec2types.SecurityGroupReferencingSupportValueDisable)
	fill(&options.AutoAcceptSharedAttachments, ec2types.AutoAcceptSharedAttachmentsValueDisable)
	fill(&options.DefaultRouteTableAssociation, ec2types.DefaultRouteTableAssociationValueEnable)
	fill(&options.DefaultRouteTablePropagation, ec2types.DefaultRouteTablePropagationValueEnable)
	fill(&options.VpnEcmpSupport, ec2types.VpnEcmpSupportValueEnable)
	fill(&options.MulticastSupport, ec2types.MulticastSupportValueDisable)
	v.Options = &options
	if have := b.r.TransitGateways.get(id); have != nil && b.in.listsGatewayOnce(id) {
		return // its owner, built before, has told of it
	}
	if !insert(b, &b.r.TransitGateways, "TransitGateways", i, &v) {
		return
	}
	if owner := b.state.edit(*v.OwnerId, b.r.name); owner != nil && owner.TransitGateways.get(id) == nil {
		theirs := v
		theirs.Tags = nil
		owner.TransitGateways.put(b.state.owner, id, &theirs)
	}
}

func fill[E ~string](value *E, standard E) {
	if *value == "" {
		*value = standard
	}
}

func (r *Region) listsGatewayOnce(id string) bool {
	n := 0
	for _, v := range r.TransitGateways {
		if aws.ToString(v.TransitGatewayId) == id {
			n++
		}
	}
	return n == 1
}

// gatewayOwner tells whose transit gateway an id is, as far as anybody in the Region lists it.
func (b *builder) gatewayOwner(id *string) string {
	if gateway := b.r.TransitGateways.lookup(id); gateway != nil {
		return *gateway.OwnerId
	}
	for account, regions := range b.accounts {
		if region := regions[b.r.name]; region != nil && region.listsGatewayOnce(aws.ToString(id)) {
			for _, v := range region.TransitGateways {
				if same(v.TransitGatewayId, id) {
					return aws.ToString(firstOf(v.OwnerId, &account))
				}
			}
		}
	}
	return b.r.account
}

// vpcOwner tells whose VPC an id is: this account's, another's of the world, or else this account's again.
func (b *builder) vpcOwner(id *string) string {
	if b.r.Vpcs.lookup(id) == nil {
		for r := range b.state.sameRegion(b.r.name) {
			if r.Vpcs.lookup(id) != nil {
				return r.account
			}
		}
	}
	return b.r.account
}

func (b *builder) vpcAttachment(v ec2types.TransitGatewayVpcAttachment) {
	orDefault(&v.VpcOwnerId, b.vpcOwner(v.VpcId))
	if v.State == "" {
		v.State = ec2types.TransitGatewayAttachmentStateAvailable
	}
	v.Options = attachmentOptions(v.Options)
	b.share(attachment{
		TransitGatewayAttachment: ec2types.TransitGatewayAttachment{
			TransitGatewayAttachmentId: v.TransitGatewayAttachmentId, TransitGatewayId: v.TransitGatewayId, State: v.State,
			ResourceId: v.VpcId, ResourceOwnerId: v.VpcOwnerId, ResourceType: ec2types.TransitGatewayAttachmentResourceTypeVpc,
			TransitGatewayOwnerId: new(b.gatewayOwner(v.TransitGatewayId)), CreationTime: v.CreationTime, Tags: v.Tags,
		},
		vpc: &v,
	})
}

func attachmentOptions(given *ec2types.TransitGatewayVpcAttachmentOptions) *ec2types.TransitGatewayVpcAttachmentOptions {
	options := ec2types.TransitGatewayVpcAttachmentOptions{}
	if given != nil {
		options = *given
	}
	fill(&options.DnsSupport, ec2types.DnsSupportValueEnable)
	fill(&options.SecurityGroupReferencingSupport, ec2types.SecurityGroupReferencingSupportValueEnable)
	fill(&options.ApplianceModeSupport, ec2types.ApplianceModeSupportValueDisable)
	fill(&options.Ipv6Support, ec2types.Ipv6SupportValueDisable)
	return &options
}

func (b *builder) anyAttachment(i int, v ec2types.TransitGatewayAttachment) {
	orDefault(&v.TransitGatewayOwnerId, b.gatewayOwner(v.TransitGatewayId))
	if v.State == "" {
		v.State = ec2types.TransitGatewayAttachmentStateAvailable
	}
	a := attachment{TransitGatewayAttachment: v}
	if v.ResourceType == ec2types.TransitGatewayAttachmentResourceTypeVpc {
		orDefault(&a.ResourceOwnerId, b.vpcOwner(v.ResourceId))
		if !b.told(*v.TransitGatewayAttachmentId) {
			a.vpc = b.impliedVPCAttachment(i, &a.TransitGatewayAttachment)
		}
	}
	orDefault(&a.ResourceOwnerId, b.r.account)
	b.share(a)
}

// told says that a VPC attachment is listed as such by anybody in the Region.
func (b *builder) told(id string) bool {
	for _, regions := range b.accounts {
		if region := regions[b.r.name]; region != nil && slices.ContainsFunc(region.TransitGatewayVpcAttachments, func(v ec2types.TransitGatewayVpcAttachment) bool {
			return aws.ToString(v.TransitGatewayAttachmentId) == id
		}) {
			return true
		}
	}
	return false
}

// impliedVPCAttachment is what TransitGatewayVpcAttachments would say of an attachment that is listed in
// TransitGatewayAttachments only: AWS's default options, and a subnet in every zone.
func (b *builder) impliedVPCAttachment(i int, v *ec2types.TransitGatewayAttachment) *ec2types.TransitGatewayVpcAttachment {
	b.problems.warn(b.path("TransitGatewayAttachments", i, ""),
		"%s is not among TransitGatewayVpcAttachments; AWS's default options and a subnet in every zone were filled in", *v.TransitGatewayAttachmentId)
	implied := &ec2types.TransitGatewayVpcAttachment{
		TransitGatewayAttachmentId: v.TransitGatewayAttachmentId, TransitGatewayId: v.TransitGatewayId, VpcId: v.ResourceId,
		VpcOwnerId: v.ResourceOwnerId, State: v.State, Options: attachmentOptions(nil), CreationTime: v.CreationTime, Tags: v.Tags,
	}
	if owner := b.state.region(*v.ResourceOwnerId, b.r.name); owner != nil {
		zones := map[string]bool{}
		for _, subnet := range owner.Subnets.vals {
			if zone := aws.ToString(subnet.AvailabilityZone); same(subnet.VpcId, v.ResourceId) && !zones[zone] {
				zones[zone] = true
				implied.SubnetIds = append(implied.SubnetIds, *subnet.SubnetId)
			}
		}
	}
	return implied
}

func (b *builder) peeringAttachment(i int, v ec2types.TransitGatewayPeeringAttachment) {
	const list = "TransitGatewayPeeringAttachments"
	fill(&v.State, ec2types.TransitGatewayAttachmentStateAvailable)
	if v.RequesterTgwInfo == nil || v.AccepterTgwInfo == nil {
		if isOver(v.State) {
			b.problems.warn(b.path(list, i, ""), "%s is %s and tells of one side only: it was left out", *v.TransitGatewayAttachmentId, v.State)
			return
		}
		b.leaveOut(list, i, "", *v.TransitGatewayAttachmentId, "has not both RequesterTgwInfo and AccepterTgwInfo")
		return
	}
	requester, accepter := *v.RequesterTgwInfo, *v.AccepterTgwInfo
	for _, side := range [...]*ec2types.PeeringTgwInfo{&requester, &accepter} {
		orDefault(&side.OwnerId, b.r.account)
		orDefault(&side.Region, b.r.name)
	}
	v.RequesterTgwInfo, v.AccepterTgwInfo = &requester, &accepter
	b.state.putPeeringAttachment(&v)
}

// isOver says that nothing will come of an attachment any more. AWS shows it for a while.
func isOver(state ec2types.TransitGatewayAttachmentState) bool {
	return state == ec2types.TransitGatewayAttachmentStateDeleted || state == ec2types.TransitGatewayAttachmentStateFailed ||
		state == ec2types.TransitGatewayAttachmentStateRejected
}

// putPeeringAttachment shows a peering of two transit gateways on both sides, each with the other gateway as what
// is attached.
func (s *state) putPeeringAttachment(v *ec2types.TransitGatewayPeeringAttachment) {
	near, far, id := v.RequesterTgwInfo, v.AccepterTgwInfo, v.TransitGatewayAttachmentId
	for range 2 {
		if r := s.edit(*near.OwnerId, *near.Region); r != nil && r.TransitGatewayAttachments.get(*id) == nil {
			r.TransitGatewayAttachments.put(s.owner, *id, &attachment{
				TransitGatewayAttachment: ec2types.TransitGatewayAttachment{
					TransitGatewayAttachmentId: id, TransitGatewayId: near.TransitGatewayId, TransitGatewayOwnerId: near.OwnerId,
					ResourceId: far.TransitGatewayId, ResourceOwnerId: far.OwnerId, State: v.State, CreationTime: v.CreationTime,
					ResourceType: ec2types.TransitGatewayAttachmentResourceTypePeering, Tags: v.Tags,
				},
				peering: v,
			})
		}
		near, far = far, near
		id = firstOf(v.AccepterTransitGatewayAttachmentId, id)
	}
}

// share shows an attachment to this account, to the gateway's owner and to the owner of what is attached. Of a peering
// each side has a view of its own, with the other gateway as what is attached.
func (b *builder) share(a attachment) {
	viewers := []string{b.r.account, *a.TransitGatewayOwnerId}
	if a.ResourceType != ec2types.TransitGatewayAttachmentResourceTypePeering {
		viewers = append(viewers, *a.ResourceOwnerId)
	}
	for _, account := range viewers {
		if r := b.state.edit(account, b.r.name); r != nil {
			joined := joinAttachments(r.TransitGatewayAttachments.get(*a.TransitGatewayAttachmentId), &a)
			r.TransitGatewayAttachments.put(b.state.owner, *a.TransitGatewayAttachmentId, joined)
		}
	}
}

// joinAttachments takes the first view of an attachment and fills in what only the second one knows.
func joinAttachments(have, v *attachment) *attachment {
	if have == nil {
		joined := *v
		return &joined
	}
	joined := *have
	if joined.vpc == nil {
		joined.vpc = v.vpc
	}
	if joined.peering == nil {
		joined.peering = v.peering
	}
	if joined.Association == nil {
		joined.Association = v.Association
	}
	return &joined
}
