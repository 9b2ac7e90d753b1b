package awssim

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// interfaces builds network interfaces and instances, and the interfaces that only their instances tell of.
func (b *builder) interfaces() {
	for i := range b.in.NetworkInterfaces {
		b.networkInterface(i, b.in.NetworkInterfaces[i])
	}
	for i, v := range b.in.Instances {
		b.instance("Instances", i, v)
	}
	for i, reservation := range b.in.Reservations {
		for _, v := range reservation.Instances {
			b.instance("Reservations", i, v)
		}
	}
}

func (b *builder) networkInterface(i int, v ec2types.NetworkInterface) {
	const list = "NetworkInterfaces"
	subnet := b.r.Subnets.lookup(v.SubnetId)
	if subnet != nil {
		orDefault(&v.VpcId, aws.ToString(subnet.VpcId))
		orDefault(&v.AvailabilityZone, aws.ToString(subnet.AvailabilityZone))
	}
	if _, ok := known(b, &b.r.Vpcs, list, i, "VpcId", v.VpcId); !ok {
		return
	}
	if v.SubnetId != nil {
		known(b, &b.r.Subnets, list, i, "SubnetId", v.SubnetId, v.VpcId)
	}
	orDefault(&v.OwnerId, b.r.account)
	orDefault(&v.SourceDestCheck, true)
	orDefault(&v.RequesterManaged, false)
	orDefault(&v.Description, "")
	if v.InterfaceType == "" {
		v.InterfaceType = ec2types.NetworkInterfaceTypeInterface
	}
	if v.Status == "" {
		v.Status = ec2types.NetworkInterfaceStatusAvailable
		if v.Attachment != nil {
			v.Status = ec2types.NetworkInterfaceStatusInUse
		}
	}
	if len(v.PrivateIpAddresses) == 0 && v.PrivateIpAddress != nil {
		v.PrivateIpAddresses = []ec2types.NetworkInterfacePrivateIpAddress{{PrivateIpAddress: v.PrivateIpAddress, Primary: new(true)}}
	}
	if v.PrivateIpAddress == nil && len(v.PrivateIpAddresses) > 0 {
		v.PrivateIpAddress = v.PrivateIpAddresses[0].PrivateIpAddress
	}
	v.Groups = b.groupNames(list, i, v.Groups)
	insert(b, &b.r.NetworkInterfaces, list, i, &v)
}

// groupNames fills in the names of the groups that an interface or an instance is in.
func (b *builder) groupNames(list string, i int, groups []ec2types.GroupIdentifier) []ec2types.GroupIdentifier {
	groups = slices.Clone(groups)
	for j := range groups {
		g := b.r.SecurityGroups.lookup(groups[j].GroupId)
		if g == nil {
			b.problems.warnAt(b.problems.lineOf(b.path(list, i, "")), b.path(list, i, "Groups"),
				aws.ToString(groups[j].GroupId)+" is not among the Region's SecurityGroups", "group of "+list)
			continue
		}
		groups[j].GroupName = g.GroupName
	}
	return groups
}

func (b *builder) instance(list string, i int, v ec2types.Instance) {
	if v.State == nil {
		v.State = &ec2types.InstanceState{Code: new(int32(16)), Name: ec2types.InstanceStateNameRunning}
	}
	gone := v.State.Name == ec2types.InstanceStateNameTerminated || v.State.Name == ec2types.InstanceStateNameShuttingDown
	if !gone && len(v.NetworkInterfaces) == 0 && v.SubnetId == nil {
		b.leaveOut(list, i, "SubnetId", "", "is missing, and so are NetworkInterfaces; an instance has a place in a VPC")
		return
	}
	if subnet := b.r.Subnets.lookup(v.SubnetId); subnet != nil && v.VpcId == nil {
		v.VpcId = subnet.VpcId
	}
	v.SecurityGroups = b.groupNames(list, i, v.SecurityGroups)
	if !gone && len(v.NetworkInterfaces) == 0 {
		v.NetworkInterfaces = []ec2types.InstanceNetworkInterface{{
			NetworkInterfaceId: new(derivedID("eni", aws.ToString(v.InstanceId))), SubnetId: v.SubnetId, VpcId: v.VpcId,
			PrivateIpAddress: v.PrivateIpAddress, Groups: v.SecurityGroups, Status: ec2types.NetworkInterfaceStatusInUse,
		}}
	}
	if !insert(b, &b.r.Instances, list, i, &v) {
		return
	}
	for j := range v.NetworkInterfaces {
		b.interfaceOf(list, i, &v, j)
	}
}

// interfaceOf adds the network interface of an instance, where NetworkInterfaces does not list it.
func (b *builder) interfaceOf(list string, i int, v *ec2types.Instance, j int) {
	have := &v.NetworkInterfaces[j]
	if have.NetworkInterfaceId == nil || b.r.NetworkInterfaces.get(*have.NetworkInterfaceId) != nil {
		return
	}
	subnet, ok := known(b, &b.r.Subnets, list, i, "SubnetId", firstOf(have.SubnetId, v.SubnetId), firstOf(have.VpcId, v.VpcId))
	if !ok {
		return
	}
	if subnet == nil {
		subnet = &ec2types.Subnet{SubnetId: firstOf(have.SubnetId, v.SubnetId), VpcId: firstOf(have.VpcId, v.VpcId)}
	}
	groups := have.Groups
	if len(groups) == 0 {
		groups = v.SecurityGroups
	}
	eni := ec2types.NetworkInterface{
		NetworkInterfaceId: have.NetworkInterfaceId, SubnetId: subnet.SubnetId, VpcId: subnet.VpcId, OwnerId: &b.r.account,
		AvailabilityZone: subnet.AvailabilityZone, Description: new(aws.ToString(have.Description)),
		Groups: b.groupNames(list, i, groups), PrivateIpAddress: firstOf(have.PrivateIpAddress, v.PrivateIpAddress),
		InterfaceType: ec2types.NetworkInterfaceTypeInterface, Status: ec2types.NetworkInterfaceStatusInUse,
		SourceDestCheck: new(have.SourceDestCheck == nil || *have.SourceDestCheck), RequesterManaged: new(false),
		Attachment: &ec2types.NetworkInterfaceAttachment{
			InstanceId: v.InstanceId, InstanceOwnerId: &b.r.account, Status: ec2types.AttachmentStatusAttached,
			AttachmentId: new(strings.Replace(*have.NetworkInterfaceId, "eni-", "eni-attach-", 1)), DeviceIndex: new(int32(j)),
			DeleteOnTermination: new(true),
		},
	}
	if eni.PrivateIpAddress != nil {
		eni.PrivateIpAddresses = []ec2types.NetworkInterfacePrivateIpAddress{{PrivateIpAddress: eni.PrivateIpAddress, Primary: new(true)}}
	}
	for _, address := range have.Ipv6Addresses {
		eni.Ipv6Addresses = append(eni.Ipv6Addresses, ec2types.NetworkInterfaceIpv6Address{Ipv6Address: address.Ipv6Address})
	}
	b.r.NetworkInterfaces.put(b.state.owner, *eni.NetworkInterfaceId, &eni)
}

func firstOf(values ...*string) *string {
	for _, value := range values {
		if value != nil {
			return value
		}
	}
	return nil
}
