package awssim

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func (c *call) networkInterface(id *string) (*ec2types.NetworkInterface, error) {
	if eni := c.r.NetworkInterfaces.lookup(id); eni != nil {
		return eni, nil
	}
	return nil, notFound(errInterfaceNotFound, "networkInterface ID", aws.ToString(id))
}

func createNetworkInterface(c *call, in *ec2.CreateNetworkInterfaceInput) (*ec2.CreateNetworkInterfaceOutput, error) {
	tags, err := tagsFor(in.TagSpecifications, ec2types.ResourceTypeNetworkInterface)
	if err != nil {
		return nil, err
	}
	address := in.PrivateIpAddress
	for _, a := range in.PrivateIpAddresses {
		if aws.ToBool(a.Primary) {
			address = a.PrivateIpAddress
		}
	}
	eni, err := c.newInterface(in.SubnetId, in.Groups, address)
	if err != nil {
		return nil, err
	}
	eni.Description, eni.TagSet = new(aws.ToString(in.Description)), tags
	c.r.NetworkInterfaces.put(c.state.owner, *eni.NetworkInterfaceId, eni)
	shown := *eni
	return &ec2.CreateNetworkInterfaceOutput{NetworkInterface: &shown, ClientToken: in.ClientToken}, nil
}

// newInterface makes a network interface in a subnet: with the VPC's default group where none is named, and the
// lowest free address.
func (c *call) newInterface(subnetID *string, groups []string, address *string) (*ec2types.NetworkInterface, error) {
	subnet := c.r.Subnets.lookup(subnetID)
	if subnet == nil {
		return nil, notFound(errSubnetNotFound, "subnet ID", aws.ToString(subnetID))
	}
	identifiers, err := c.groupsIn(subnet.VpcId, groups)
	if err != nil {
		return nil, err
	}
	ip, err := c.freeAddress(subnet, address)
	if err != nil {
		return nil, err
	}
	eni := &ec2types.NetworkInterface{
		NetworkInterfaceId: new(c.newID("eni")), SubnetId: subnet.SubnetId, VpcId: subnet.VpcId, OwnerId: &c.r.account,
		AvailabilityZone: subnet.AvailabilityZone, Groups: identifiers, Status: ec2types.NetworkInterfaceStatusAvailable,
		InterfaceType: ec2types.NetworkInterfaceTypeInterface, SourceDestCheck: new(true), RequesterManaged: new(false),
		PrivateIpAddress: &ip, Description: new(""),
		PrivateIpAddresses: []ec2types.NetworkInterfacePrivateIpAddress{{PrivateIpAddress: &ip, Primary: new(true)}},
	}
	c.edit().NetworkInterfaces.put(c.state.owner, *eni.NetworkInterfaceId, eni)
	return eni, nil
}

// groupsIn finds groups that may be used in a VPC: its own, and those associated with it.
func (c *call) groupsIn(vpc *string, ids []string) ([]ec2types.GroupIdentifier, error) {
	var found []ec2types.GroupIdentifier
	for _, id := range ids {
		g, err := c.group(&id, nil)
		if err != nil {
			return nil, err
		}
		if !same(g.VpcId, vpc) && !c.r.usableIn(id, *vpc) {
			return nil, apiError("InvalidGroup.NotFound", "The security group '%s' does not exist in VPC '%s'", id, *vpc)
		}
		found = append(found, ec2types.GroupIdentifier{GroupId: g.GroupId, GroupName: g.GroupName})
	}
	if len(ids) > 0 {
		return found, nil
	}
	for _, g := range c.r.SecurityGroups.vals {
		if same(g.VpcId, vpc) && *g.GroupName == "default" {
			return []ec2types.GroupIdentifier{{GroupId: g.GroupId, GroupName: g.GroupName}}, nil
		}
	}
	return nil, nil
}

// freeAddress is the address that is asked for, or the lowest one of the subnet that nothing has. The first four and
// the last are AWS's.
func (c *call) freeAddress(subnet *ec2types.Subnet, asked *string) (string, error) {
	prefix, err := netip.ParsePrefix(aws.ToString(subnet.CidrBlock))
	if err != nil {
		return "", apiError("InvalidSubnet", "The subnet %s has no IPv4 addresses", *subnet.SubnetId)
	}
	taken := map[string]bool{}
	for _, eni := range c.r.NetworkInterfaces.vals {
		if same(eni.SubnetId, subnet.SubnetId) {
			for _, a := range eni.PrivateIpAddresses {
				taken[aws.ToString(a.PrivateIpAddress)] = true
			}
		}
	}
	if asked != nil {
		ip, err := netip.ParseAddr(*asked)
		if err != nil || !prefix.Contains(ip) {
			return "", invalidParameter("Address %s does not fall within the subnet's address range", *asked)
		}
		if taken[ip.String()] {
			return "", apiError("InvalidIPAddress.InUse", "Address %s is in use.", ip)
		}
		return ip.String(), nil
	}
	ip := prefix.Addr()
	for range reservedAddresses - 1 {
		ip = ip.Next()
	}
	for ; prefix.Contains(ip.Next()); ip = ip.Next() {
		if !taken[ip.String()] {
			return ip.String(), nil
		}
	}
	return "", apiError("InsufficientFreeAddressesInSubnet", "There are not enough free addresses in subnet '%s' to satisfy the requested number of instances.", *subnet.SubnetId)
}

func deleteNetworkInterface(c *call, in *ec2.DeleteNetworkInterfaceInput) (*ec2.DeleteNetworkInterfaceOutput, error) {
	eni, err := c.networkInterface(in.NetworkInterfaceId)
	if err != nil {
		return nil, err
	}
	if eni.Attachment != nil || eni.Status == ec2types.NetworkInterfaceStatusInUse {
		return nil, apiError("InvalidNetworkInterface.InUse", "Network interface '%s' is currently in use.", *eni.NetworkInterfaceId)
	}
	c.dropInterface(*eni.NetworkInterfaceId)
	return &ec2.DeleteNetworkInterfaceOutput{}, nil
}

func (c *call) dropInterface(id string) {
	r := c.edit()
	r.NetworkInterfaces.drop(c.state.owner, id)
	r.settleTarget(c.state.owner, id)
}

func modifyNetworkInterfaceAttribute(c *call, in *ec2.ModifyNetworkInterfaceAttributeInput) (*ec2.ModifyNetworkInterfaceAttributeOutput, error) {
	eni, err := c.networkInterface(in.NetworkInterfaceId)
	if err != nil {
		return nil, err
	}
	if aws.ToBool(eni.RequesterManaged) {
		return nil, apiError("OperationNotPermitted", "You do not have permission to modify the network interface '%s', which %s manages", *eni.NetworkInterfaceId, aws.ToString(eni.RequesterId))
	}
	changed := *eni
	switch {
	case len(in.Groups) > 0:
		if changed.Groups, err = c.groupsIn(eni.VpcId, in.Groups); err != nil {
			return nil, err
		}
	case in.Description != nil:
		changed.Description = new(aws.ToString(in.Description.Value))
	case in.SourceDestCheck != nil:
		changed.SourceDestCheck = new(aws.ToBool(in.SourceDestCheck.Value))
	default:
		return nil, apiError(NotImplemented, "awssim models the attributes groupSet, description and sourceDestCheck of network interfaces only")
	}
	c.putInterface(&changed)
	return &ec2.ModifyNetworkInterfaceAttributeOutput{}, nil
}

// putInterface stores a changed interface, and shows the change at its instance.
func (c *call) putInterface(eni *ec2types.NetworkInterface) {
	r := c.edit()
	r.NetworkInterfaces.put(c.state.owner, *eni.NetworkInterfaceId, eni)
	if eni.Attachment == nil {
		return
	}
	instance := r.Instances.lookup(eni.Attachment.InstanceId)
	if instance == nil {
		return
	}
	changed := *instance
	changed.NetworkInterfaces = slices.Clone(instance.NetworkInterfaces)
	for i := range changed.NetworkInterfaces {
		shown := &changed.NetworkInterfaces[i]
		if same(shown.NetworkInterfaceId, eni.NetworkInterfaceId) {
			shown.Groups, shown.Description, shown.SourceDestCheck = eni.Groups, eni.Description, eni.SourceDestCheck
			if i == 0 {
				changed.SecurityGroups, changed.SourceDestCheck = eni.Groups, eni.SourceDestCheck
			}
		}
	}
	r.Instances.put(c.state.owner, *changed.InstanceId, &changed)
}

func attachNetworkInterface(c *call, in *ec2.AttachNetworkInterfaceInput) (*ec2.AttachNetworkInterfaceOutput, error) {
	eni, err := c.networkInterface(in.NetworkInterfaceId)
	if err != nil {
		return nil, err
	}
	instance := c.r.Instances.lookup(in.InstanceId)
	if instance == nil {
		return nil, notFound(errInstanceNotFound, "instance ID", aws.ToString(in.InstanceId))
	}
	if eni.Attachment != nil {
		return nil, apiError("InvalidNetworkInterface.InUse", "Interface: [%s] in use.", *eni.NetworkInterfaceId)
	}
	if !same(eni.AvailabilityZone, zoneOf(c.r, instance)) {
		return nil, invalidParameter("You may not attach a network interface to an instance if they are not in the same availability zone")
	}
	attachment := c.attach(eni, instance, aws.ToInt32(in.DeviceIndex), false)
	return &ec2.AttachNetworkInterfaceOutput{AttachmentId: attachment, NetworkCardIndex: in.NetworkCardIndex}, nil
}

func zoneOf(r *region, instance *ec2types.Instance) *string {
	if subnet := r.Subnets.lookup(instance.SubnetId); subnet != nil {
		return subnet.AvailabilityZone
	}
	return nil
}

// attach puts an interface on an instance, on both sides, and returns the attachment's id.
func (c *call) attach(eni *ec2types.NetworkInterface, instance *ec2types.Instance, device int32, goesWithIt bool) *string {
	changed := *eni
	changed.Status = ec2types.NetworkInterfaceStatusInUse
	changed.Attachment = &ec2types.NetworkInterfaceAttachment{
		AttachmentId: new(c.newID("eni-attach")), InstanceId: instance.InstanceId, InstanceOwnerId: &c.r.account,
		DeviceIndex: &device, DeleteOnTermination: &goesWithIt, Status: ec2types.AttachmentStatusAttached,
	}
	on := *instance
	on.NetworkInterfaces = append(slices.Clone(instance.NetworkInterfaces), ec2types.InstanceNetworkInterface{
		NetworkInterfaceId: eni.NetworkInterfaceId, SubnetId: eni.SubnetId, VpcId: eni.VpcId, Groups: eni.Groups,
		PrivateIpAddress: eni.PrivateIpAddress, OwnerId: eni.OwnerId, Status: ec2types.NetworkInterfaceStatusInUse,
		SourceDestCheck: eni.SourceDestCheck, Description: eni.Description,
		Attachment: &ec2types.InstanceNetworkInterfaceAttachment{
			AttachmentId: changed.Attachment.AttachmentId, DeviceIndex: &device, DeleteOnTermination: &goesWithIt,
			Status: ec2types.AttachmentStatusAttached,
		},
	})
	r := c.edit()
	r.NetworkInterfaces.put(c.state.owner, *eni.NetworkInterfaceId, &changed)
	r.Instances.put(c.state.owner, *instance.InstanceId, &on)
	r.settleTarget(c.state.owner, *eni.NetworkInterfaceId)
	return changed.Attachment.AttachmentId
}

func detachNetworkInterface(c *call, in *ec2.DetachNetworkInterfaceInput) (*ec2.DetachNetworkInterfaceOutput, error) {
	for _, eni := range c.r.NetworkInterfaces.vals {
		if eni.Attachment == nil || !same(eni.Attachment.AttachmentId, in.AttachmentId) {
			continue
		}
		if aws.ToInt32(eni.Attachment.DeviceIndex) == 0 && eni.Attachment.InstanceId != nil {
			return nil, apiError("OperationNotPermitted", "The network interface at device index 0 cannot be detached.")
		}
		r := c.edit()
		if instance := r.Instances.lookup(eni.Attachment.InstanceId); instance != nil {
			off := *instance
			off.NetworkInterfaces = slices.DeleteFunc(slices.Clone(instance.NetworkInterfaces), func(n ec2types.InstanceNetworkInterface) bool {
				return same(n.NetworkInterfaceId, eni.NetworkInterfaceId)
			})
			r.Instances.put(c.state.owner, *instance.InstanceId, &off)
		}
		changed := *eni
		changed.Attachment, changed.Status = nil, ec2types.NetworkInterfaceStatusAvailable
		r.NetworkInterfaces.put(c.state.owner, *eni.NetworkInterfaceId, &changed)
		r.settleTarget(c.state.owner, *eni.NetworkInterfaceId)
		return &ec2.DetachNetworkInterfaceOutput{}, nil
	}
	return nil, notFound("InvalidAttachmentID.NotFound", "attachment ID", strings.TrimSpace(aws.ToString(in.AttachmentId)))
}
