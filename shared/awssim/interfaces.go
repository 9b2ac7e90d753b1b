package awssim

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func interfaceOperations() []*operation {
	return []*operation{
		read(ec2Service, "DescribeNetworkInterfaces", describeNetworkInterfaces),
		read(ec2Service, "DescribeInstances", describeInstances),
		write(ec2Service, "CreateNetworkInterface", createNetworkInterface),
		write(ec2Service, "DeleteNetworkInterface", deleteNetworkInterface),
		write(ec2Service, "ModifyNetworkInterfaceAttribute", modifyNetworkInterfaceAttribute),
		write(ec2Service, "AttachNetworkInterface", attachNetworkInterface),
		write(ec2Service, "DetachNetworkInterface", detachNetworkInterface),
		write(ec2Service, "RunInstances", runInstances),
		write(ec2Service, "StopInstances", stopInstances),
		write(ec2Service, "StartInstances", startInstances),
		write(ec2Service, "TerminateInstances", terminateInstances),
		write(ec2Service, "ModifyInstanceAttribute", modifyInstanceAttribute),
	}
}

var interfaceFilters = filters[ec2types.NetworkInterface]{
	"network-interface-id": func(v *ec2types.NetworkInterface, m matcher) bool { return m.text(v.NetworkInterfaceId) },
	"vpc-id":               func(v *ec2types.NetworkInterface, m matcher) bool { return m.text(v.VpcId) },
	"subnet-id":            func(v *ec2types.NetworkInterface, m matcher) bool { return m.text(v.SubnetId) },
	"owner-id":             func(v *ec2types.NetworkInterface, m matcher) bool { return m.text(v.OwnerId) },
	"description":          func(v *ec2types.NetworkInterface, m matcher) bool { return m.text(v.Description) },
	"status":               func(v *ec2types.NetworkInterface, m matcher) bool { return m(string(v.Status)) },
	"interface-type":       func(v *ec2types.NetworkInterface, m matcher) bool { return m(string(v.InterfaceType)) },
	"availability-zone":    func(v *ec2types.NetworkInterface, m matcher) bool { return m.text(v.AvailabilityZone) },
	"availability-zone-id": func(v *ec2types.NetworkInterface, m matcher) bool { return m.text(v.AvailabilityZoneId) },
	"mac-address":          func(v *ec2types.NetworkInterface, m matcher) bool { return m.text(v.MacAddress) },
	"private-dns-name":     func(v *ec2types.NetworkInterface, m matcher) bool { return m.text(v.PrivateDnsName) },
	"private-ip-address":   func(v *ec2types.NetworkInterface, m matcher) bool { return m.text(v.PrivateIpAddress) },
	"requester-id":         func(v *ec2types.NetworkInterface, m matcher) bool { return m.text(v.RequesterId) },
	"requester-managed":    func(v *ec2types.NetworkInterface, m matcher) bool { return m.truth(v.RequesterManaged) },
	"source-dest-check":    func(v *ec2types.NetworkInterface, m matcher) bool { return m.truth(v.SourceDestCheck) },
	"group-id": func(v *ec2types.NetworkInterface, m matcher) bool {
		return m.groups(v.Groups, func(g ec2types.GroupIdentifier) *string { return g.GroupId })
	},
	"group-name": func(v *ec2types.NetworkInterface, m matcher) bool {
		return m.groups(v.Groups, func(g ec2types.GroupIdentifier) *string { return g.GroupName })
	},
	"addresses.private-ip-address": anyAddress(func(a *ec2types.NetworkInterfacePrivateIpAddress, m matcher) bool { return m.text(a.PrivateIpAddress) }),
	"addresses.primary":            anyAddress(func(a *ec2types.NetworkInterfacePrivateIpAddress, m matcher) bool { return m.truth(a.Primary) }),
	"addresses.association.public-ip": anyAddress(func(a *ec2types.NetworkInterfacePrivateIpAddress, m matcher) bool {
		return a.Association != nil && m.text(a.Association.PublicIp)
	}),
	"addresses.association.owner-id": anyAddress(func(a *ec2types.NetworkInterfacePrivateIpAddress, m matcher) bool {
		return a.Association != nil && m.text(a.Association.IpOwnerId)
	}),
	"ipv6-addresses.ipv6-address": func(v *ec2types.NetworkInterface, m matcher) bool {
		for i := range v.Ipv6Addresses {
			if m.text(v.Ipv6Addresses[i].Ipv6Address) {
				return true
			}
		}
		return false
	},
	"association.public-ip":       publicAddress(func(a *ec2types.NetworkInterfaceAssociation) *string { return a.PublicIp }),
	"association.public-dns-name": publicAddress(func(a *ec2types.NetworkInterfaceAssociation) *string { return a.PublicDnsName }),
	"association.ip-owner-id":     publicAddress(func(a *ec2types.NetworkInterfaceAssociation) *string { return a.IpOwnerId }),
	"association.allocation-id":   publicAddress(func(a *ec2types.NetworkInterfaceAssociation) *string { return a.AllocationId }),
	"association.association-id":  publicAddress(func(a *ec2types.NetworkInterfaceAssociation) *string { return a.AssociationId }),

	"attachment.attachment-id":     attached(func(a *ec2types.NetworkInterfaceAttachment, m matcher) bool { return m.text(a.AttachmentId) }),
	"attachment.instance-id":       attached(func(a *ec2types.NetworkInterfaceAttachment, m matcher) bool { return m.text(a.InstanceId) }),
	"attachment.instance-owner-id": attached(func(a *ec2types.NetworkInterfaceAttachment, m matcher) bool { return m.text(a.InstanceOwnerId) }),
	"attachment.device-index":      attached(func(a *ec2types.NetworkInterfaceAttachment, m matcher) bool { return m.number(a.DeviceIndex) }),
	"attachment.status":            attached(func(a *ec2types.NetworkInterfaceAttachment, m matcher) bool { return m(string(a.Status)) }),
	"attachment.delete-on-termination": attached(func(a *ec2types.NetworkInterfaceAttachment, m matcher) bool {
		return m.truth(a.DeleteOnTermination)
	}),
	"attachment.attach-time": attached(func(a *ec2types.NetworkInterfaceAttachment, m matcher) bool {
		return a.AttachTime != nil && m(a.AttachTime.Format(time.RFC3339))
	}),
}

func anyAddress(test func(*ec2types.NetworkInterfacePrivateIpAddress, matcher) bool) func(*ec2types.NetworkInterface, matcher) bool {
	return func(v *ec2types.NetworkInterface, m matcher) bool {
		for i := range v.PrivateIpAddresses {
			if test(&v.PrivateIpAddresses[i], m) {
				return true
			}
		}
		return false
	}
}

func publicAddress(of func(*ec2types.NetworkInterfaceAssociation) *string) func(*ec2types.NetworkInterface, matcher) bool {
	return func(v *ec2types.NetworkInterface, m matcher) bool {
		return v.Association != nil && m.text(of(v.Association))
	}
}

func attached(test func(*ec2types.NetworkInterfaceAttachment, matcher) bool) func(*ec2types.NetworkInterface, matcher) bool {
	return func(v *ec2types.NetworkInterface, m matcher) bool {
		return v.Attachment != nil && test(v.Attachment, m)
	}
}

func describeNetworkInterfaces(c *call, in *ec2.DescribeNetworkInterfacesInput) (*ec2.DescribeNetworkInterfacesOutput, error) {
	found, next, err := describe(c, &c.r.NetworkInterfaces, query[ec2types.NetworkInterface]{
		ids: in.NetworkInterfaceIds, missing: errInterfaceNotFound, what: "networkInterface ID", filters: in.Filters,
		by: interfaceFilters, tags: func(v *ec2types.NetworkInterface) []ec2types.Tag { return v.TagSet },
		max: in.MaxResults, next: in.NextToken,
	})
	if err != nil {
		return nil, err
	}
	return &ec2.DescribeNetworkInterfacesOutput{NextToken: next, NetworkInterfaces: values(found)}, nil
}

var instanceFilters = filters[ec2types.Instance]{
	"instance-id":         func(v *ec2types.Instance, m matcher) bool { return m.text(v.InstanceId) },
	"vpc-id":              func(v *ec2types.Instance, m matcher) bool { return m.text(v.VpcId) },
	"subnet-id":           func(v *ec2types.Instance, m matcher) bool { return m.text(v.SubnetId) },
	"private-ip-address":  func(v *ec2types.Instance, m matcher) bool { return m.text(v.PrivateIpAddress) },
	"private-dns-name":    func(v *ec2types.Instance, m matcher) bool { return m.text(v.PrivateDnsName) },
	"ip-address":          func(v *ec2types.Instance, m matcher) bool { return m.text(v.PublicIpAddress) },
	"image-id":            func(v *ec2types.Instance, m matcher) bool { return m.text(v.ImageId) },
	"instance-type":       func(v *ec2types.Instance, m matcher) bool { return m(string(v.InstanceType)) },
	"instance-state-name": func(v *ec2types.Instance, m matcher) bool { return m(string(v.State.Name)) },
	"instance-state-code": func(v *ec2types.Instance, m matcher) bool { return m.number(v.State.Code) },
	"availability-zone": func(v *ec2types.Instance, m matcher) bool {
		return v.Placement != nil && m.text(v.Placement.AvailabilityZone)
	},
	"source-dest-check": func(v *ec2types.Instance, m matcher) bool { return m.truth(v.SourceDestCheck) },
	"group-id":          instanceGroup(func(g ec2types.GroupIdentifier) *string { return g.GroupId }),
	"group-name":        instanceGroup(func(g ec2types.GroupIdentifier) *string { return g.GroupName }),
	"instance.group-id": instanceGroup(func(g ec2types.GroupIdentifier) *string { return g.GroupId }),
	"network-interface.network-interface-id": instanceInterface(func(n *ec2types.InstanceNetworkInterface, m matcher) bool {
		return m.text(n.NetworkInterfaceId)
	}),
	"network-interface.subnet-id": instanceInterface(func(n *ec2types.InstanceNetworkInterface, m matcher) bool { return m.text(n.SubnetId) }),
	"network-interface.vpc-id":    instanceInterface(func(n *ec2types.InstanceNetworkInterface, m matcher) bool { return m.text(n.VpcId) }),
	"network-interface.group-id": instanceInterface(func(n *ec2types.InstanceNetworkInterface, m matcher) bool {
		return m.groups(n.Groups, func(g ec2types.GroupIdentifier) *string { return g.GroupId })
	}),
	"network-interface.addresses.private-ip-address": instanceInterface(func(n *ec2types.InstanceNetworkInterface, m matcher) bool {
		for _, a := range n.PrivateIpAddresses {
			if m.text(a.PrivateIpAddress) {
				return true
			}
		}
		return m.text(n.PrivateIpAddress)
	}),
}

func instanceGroup(of func(ec2types.GroupIdentifier) *string) func(*ec2types.Instance, matcher) bool {
	return func(v *ec2types.Instance, m matcher) bool { return m.groups(v.SecurityGroups, of) }
}

func instanceInterface(test func(*ec2types.InstanceNetworkInterface, matcher) bool) func(*ec2types.Instance, matcher) bool {
	return func(v *ec2types.Instance, m matcher) bool {
		for i := range v.NetworkInterfaces {
			if test(&v.NetworkInterfaces[i], m) {
				return true
			}
		}
		return false
	}
}

// describeInstances answers one reservation an instance: who was launched together is not kept.
func describeInstances(c *call, in *ec2.DescribeInstancesInput) (*ec2.DescribeInstancesOutput, error) {
	if in.MaxResults != nil && len(in.InstanceIds) > 0 {
		return nil, apiError("InvalidParameterCombination", "The parameter instancesSet cannot be used with the parameter maxResults")
	}
	found, next, err := describe(c, &c.r.Instances, query[ec2types.Instance]{
		ids: in.InstanceIds, missing: errInstanceNotFound, what: "instance ID", filters: in.Filters, by: instanceFilters,
		tags: func(v *ec2types.Instance) []ec2types.Tag { return v.Tags }, max: in.MaxResults, next: in.NextToken,
	})
	if err != nil {
		return nil, err
	}
	out := &ec2.DescribeInstancesOutput{NextToken: next, Reservations: make([]ec2types.Reservation, len(found))}
	for i, v := range found {
		out.Reservations[i] = ec2types.Reservation{
			ReservationId: new(derivedID("r", aws.ToString(v.InstanceId))), OwnerId: &c.r.account, Instances: []ec2types.Instance{*v},
		}
	}
	return out, nil
}
