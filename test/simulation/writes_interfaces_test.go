package simulation

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// instances gives the instances of a VPC's account and Region, and starts one where
// there is none.
func (w writer) instances(s Subnet) []ec2types.Instance {
	var out []ec2types.Instance
	found, err := w.ec2(s.VPC).DescribeInstances(w.h.ctx, &ec2.DescribeInstancesInput{})
	if err != nil {
		return nil
	}
	for _, r := range found.Reservations {
		out = append(out, r.Instances...)
	}
	return out
}

// run starts an instance with a group of an intent's source.
func (w writer) run() error {
	return until(w, w.Subnets, func(s Subnet) error {
		_, err := w.ec2(s.VPC).RunInstances(w.h.ctx, &ec2.RunInstancesInput{
			SubnetId: &s.ID, SecurityGroupIds: []string{w.sourceGroup(s.VPC)}, MinCount: aws.Int32(1), MaxCount: aws.Int32(1),
		})
		return err
	})
}

// sourceGroup draws a group of a VPC, one that an intent names if there is one.
func (w writer) sourceGroup(vpc string) string {
	groups := w.groupsOf(vpc)
	for _, i := range w.h.intents {
		for _, s := range i.Sources {
			for _, g := range groups {
				if strings.HasSuffix(s, g) && w.chance(60) {
					return g
				}
			}
		}
	}
	return pick(w.drawer, groups)
}

// everyInstance makes one write on one instance.
func (w writer) everyInstance(write func(c *ec2.Client, i ec2types.Instance) error) error {
	return until(w, w.Subnets, func(s Subnet) error {
		return until(w, w.instances(s), func(i ec2types.Instance) error { return write(w.ec2(s.VPC), i) })
	})
}

// interfacesNow gives the interfaces of a subnet's account and Region.
func (w writer) interfacesNow(s Subnet) []ec2types.NetworkInterface {
	out, err := w.ec2(s.VPC).DescribeNetworkInterfaces(w.h.ctx, &ec2.DescribeNetworkInterfacesInput{})
	if err != nil {
		return nil
	}
	return out.NetworkInterfaces
}

func (w writer) everyInterface(write func(c *ec2.Client, i ec2types.NetworkInterface) error) error {
	return until(w, w.Subnets, func(s Subnet) error {
		return until(w, w.interfacesNow(s), func(i ec2types.NetworkInterface) error { return write(w.ec2(s.VPC), i) })
	})
}

var interfaceWrites = map[string]kindOfWrite{
	"ec2:CreateNetworkInterface": {make: func(w writer) error {
		s := w.anySubnet()
		if w.chance(60) {
			s = pick(w.drawer, w.Subnets)
		}
		_, err := w.ec2(s.VPC).CreateNetworkInterface(w.h.ctx, &ec2.CreateNetworkInterfaceInput{SubnetId: &s.ID, Groups: []string{w.sourceGroup(s.VPC)}})
		return err
	}},
	"ec2:DeleteNetworkInterface": {make: func(w writer) error {
		return w.everyInterface(func(c *ec2.Client, i ec2types.NetworkInterface) error {
			_, err := c.DeleteNetworkInterface(w.h.ctx, &ec2.DeleteNetworkInterfaceInput{NetworkInterfaceId: i.NetworkInterfaceId})
			return err
		})
	}},
	"ec2:ModifyNetworkInterfaceAttribute": {make: func(w writer) error {
		return w.everyInterface(func(c *ec2.Client, i ec2types.NetworkInterface) error {
			_, err := c.ModifyNetworkInterfaceAttribute(w.h.ctx, &ec2.ModifyNetworkInterfaceAttributeInput{
				NetworkInterfaceId: i.NetworkInterfaceId, Groups: []string{w.sourceGroup(aws.ToString(i.VpcId))},
			})
			return err
		})
	}},
	"ec2:AttachNetworkInterface": {
		ready: func(w writer) error { return w.run() },
		make: func(w writer) error {
			return w.everyInstance(func(c *ec2.Client, i ec2types.Instance) error {
				return w.everyInterface(func(_ *ec2.Client, n ec2types.NetworkInterface) error {
					_, err := c.AttachNetworkInterface(w.h.ctx, &ec2.AttachNetworkInterfaceInput{InstanceId: i.InstanceId, NetworkInterfaceId: n.NetworkInterfaceId, DeviceIndex: aws.Int32(1)})
					return err
				})
			})
		},
	},
	"ec2:DetachNetworkInterface": {
		ready: func(w writer) error { return w.run() },
		make: func(w writer) error {
			return w.everyInterface(func(c *ec2.Client, n ec2types.NetworkInterface) error {
				if n.Attachment == nil {
					return errNothing
				}
				_, err := c.DetachNetworkInterface(w.h.ctx, &ec2.DetachNetworkInterfaceInput{AttachmentId: n.Attachment.AttachmentId})
				return err
			})
		},
	},
	"ec2:RunInstances": {make: func(w writer) error { return w.run() }},
	"ec2:StartInstances": {
		ready: func(w writer) error { return w.run() },
		make: func(w writer) error {
			return w.everyInstance(func(c *ec2.Client, i ec2types.Instance) error {
				_, _ = c.StopInstances(w.h.ctx, &ec2.StopInstancesInput{InstanceIds: []string{aws.ToString(i.InstanceId)}})
				_, err := c.StartInstances(w.h.ctx, &ec2.StartInstancesInput{InstanceIds: []string{aws.ToString(i.InstanceId)}})
				return err
			})
		},
	},
	"ec2:StopInstances": {
		ready: func(w writer) error { return w.run() },
		make: func(w writer) error {
			return w.everyInstance(func(c *ec2.Client, i ec2types.Instance) error {
				_, err := c.StopInstances(w.h.ctx, &ec2.StopInstancesInput{InstanceIds: []string{aws.ToString(i.InstanceId)}})
				return err
			})
		},
	},
	"ec2:TerminateInstances": {
		ready: func(w writer) error { return w.run() },
		make: func(w writer) error {
			return w.everyInstance(func(c *ec2.Client, i ec2types.Instance) error {
				_, err := c.TerminateInstances(w.h.ctx, &ec2.TerminateInstancesInput{InstanceIds: []string{aws.ToString(i.InstanceId)}})
				return err
			})
		},
	},
	"ec2:ModifyInstanceAttribute": {
		ready: func(w writer) error { return w.run() },
		make: func(w writer) error {
			return w.everyInstance(func(c *ec2.Client, i ec2types.Instance) error {
				if i.VpcId == nil { // terminated
					return errNothing
				}
				_, err := c.ModifyInstanceAttribute(w.h.ctx, &ec2.ModifyInstanceAttributeInput{InstanceId: i.InstanceId, Groups: []string{pick(w.drawer, w.groupsOf(aws.ToString(i.VpcId)))}})
				return err
			})
		},
	},
}

// ask makes a peering request of one VPC to another.
func (w writer) ask() error {
	return until(w, w.VPCs, func(v VPC) error {
		return until(w, w.VPCs, func(to VPC) error {
			if to.ID == v.ID {
				return errNothing
			}
			_, err := w.ec2(v.ID).CreateVpcPeeringConnection(w.h.ctx, &ec2.CreateVpcPeeringConnectionInput{VpcId: &v.ID, PeerVpcId: &to.ID, PeerOwnerId: &to.Account, PeerRegion: &to.Region})
			return err
		})
	})
}

// unpeer deletes the peering connections, so that new ones can be asked for.
func (w writer) unpeer() {
	for _, p := range w.Peerings {
		if w.chance(60) {
			w.h.foreign(Step{Do: "delete-peering", On: p.ID})
		}
	}
}

// peeringsNow gives the peering connections as a VPC's account sees them.
func (w writer) everyPeering(write func(c *ec2.Client, p ec2types.VpcPeeringConnection) error) error {
	return until(w, w.VPCs, func(v VPC) error {
		out, err := w.ec2(v.ID).DescribeVpcPeeringConnections(w.h.ctx, &ec2.DescribeVpcPeeringConnectionsInput{})
		if err != nil {
			return err
		}
		return until(w, out.VpcPeeringConnections, func(p ec2types.VpcPeeringConnection) error { return write(w.ec2(v.ID), p) })
	})
}

var peeringWrites = map[string]kindOfWrite{
	"ec2:CreateVpcPeeringConnection": {ready: func(w writer) error { w.unpeer(); return nil }, make: func(w writer) error { return w.ask() }},
	"ec2:AcceptVpcPeeringConnection": {
		ready: func(w writer) error { w.unpeer(); return w.ask() },
		make: func(w writer) error {
			return w.everyPeering(func(c *ec2.Client, p ec2types.VpcPeeringConnection) error {
				_, err := c.AcceptVpcPeeringConnection(w.h.ctx, &ec2.AcceptVpcPeeringConnectionInput{VpcPeeringConnectionId: p.VpcPeeringConnectionId})
				return err
			})
		},
	},
	"ec2:RejectVpcPeeringConnection": {
		ready: func(w writer) error { w.unpeer(); return w.ask() },
		make: func(w writer) error {
			return w.everyPeering(func(c *ec2.Client, p ec2types.VpcPeeringConnection) error {
				_, err := c.RejectVpcPeeringConnection(w.h.ctx, &ec2.RejectVpcPeeringConnectionInput{VpcPeeringConnectionId: p.VpcPeeringConnectionId})
				return err
			})
		},
	},
	"ec2:DeleteVpcPeeringConnection": {make: func(w writer) error {
		return w.everyPeering(func(c *ec2.Client, p ec2types.VpcPeeringConnection) error {
			_, err := c.DeleteVpcPeeringConnection(w.h.ctx, &ec2.DeleteVpcPeeringConnectionInput{VpcPeeringConnectionId: p.VpcPeeringConnectionId})
			return err
		})
	}},
	"ec2:ModifyVpcPeeringConnectionOptions": {make: func(w writer) error {
		return w.everyPeering(func(c *ec2.Client, p ec2types.VpcPeeringConnection) error {
			in := &ec2.ModifyVpcPeeringConnectionOptionsInput{VpcPeeringConnectionId: p.VpcPeeringConnectionId}
			options := &ec2types.PeeringConnectionOptionsRequest{AllowDnsResolutionFromRemoteVpc: aws.Bool(w.chance(50))}
			if w.chance(50) {
				in.RequesterPeeringConnectionOptions = options
			} else {
				in.AccepterPeeringConnectionOptions = options
			}
			_, err := c.ModifyVpcPeeringConnectionOptions(w.h.ctx, in)
			return err
		})
	}},
}
