package simulation

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// tables gives the route tables of a VPC as they are.
func (w writer) tables(vpc string) []ec2types.RouteTable {
	out, err := w.ec2(vpc).DescribeRouteTables(w.h.ctx, &ec2.DescribeRouteTablesInput{Filters: []ec2types.Filter{{Name: aws.String("vpc-id"), Values: []string{vpc}}}})
	if err != nil {
		return nil
	}
	return out.RouteTables
}

// associations gives the ids of associations of a VPC's tables with subnets.
func (w writer) associations(vpc string) []string {
	var out []string
	for _, t := range w.tables(vpc) {
		for _, a := range t.Associations {
			if a.SubnetId != nil {
				out = append(out, aws.ToString(a.RouteTableAssociationId))
			}
		}
	}
	return out
}

var createRoute = step(func(w writer) Step {
	t := w.anyTable()
	return Step{Do: "create-route", On: t.ID, Block: w.anyRoute(t), To: w.leading(t.VPC)}
})

var routeWrites = map[string]kindOfWrite{
	"ec2:CreateRoute": {make: createRoute},
	"ec2:ReplaceRoute": {make: step(func(w writer) Step {
		t := w.anyTable()
		return Step{Do: "replace-route", On: t.ID, Block: w.standing(t), To: w.leading(t.VPC)}
	})},
	"ec2:DeleteRoute": {ready: createRoute, make: step(func(w writer) Step {
		t := w.anyTable()
		return Step{Do: "delete-route", On: t.ID, Block: w.standing(t)}
	})},
	"ec2:CreateRouteTable": {make: func(w writer) error {
		v := w.anyVPC()
		_, err := w.ec2(v.ID).CreateRouteTable(w.h.ctx, &ec2.CreateRouteTableInput{VpcId: &v.ID})
		return err
	}},
	"ec2:DeleteRouteTable": {make: func(w writer) error {
		t := w.anyTable()
		_, err := w.ec2(t.VPC).DeleteRouteTable(w.h.ctx, &ec2.DeleteRouteTableInput{RouteTableId: &t.ID})
		return err
	}},
	"ec2:AssociateRouteTable": {make: func(w writer) error {
		s := w.anySubnet()
		table := w.newOrOther(s.VPC)
		_, err := w.ec2(s.VPC).AssociateRouteTable(w.h.ctx, &ec2.AssociateRouteTableInput{SubnetId: &s.ID, RouteTableId: &table})
		return err
	}},
	"ec2:DisassociateRouteTable": {make: func(w writer) error {
		v := w.anyVPC()
		ids := w.associations(v.ID)
		if len(ids) == 0 {
			return nil
		}
		_, err := w.ec2(v.ID).DisassociateRouteTable(w.h.ctx, &ec2.DisassociateRouteTableInput{AssociationId: aws.String(pick(w.drawer, ids))})
		return err
	}},
	"ec2:ReplaceRouteTableAssociation": {make: func(w writer) error {
		v := w.anyVPC()
		ids := w.associations(v.ID)
		for _, t := range w.tables(v.ID) {
			for _, a := range t.Associations {
				if aws.ToBool(a.Main) {
					ids = append(ids, aws.ToString(a.RouteTableAssociationId))
				}
			}
		}
		table := w.newOrOther(v.ID)
		_, err := w.ec2(v.ID).ReplaceRouteTableAssociation(w.h.ctx, &ec2.ReplaceRouteTableAssociationInput{AssociationId: aws.String(pick(w.drawer, ids)), RouteTableId: &table})
		return err
	}},
}

// leading draws a target, mostly one that leads out of the VPC.
func (w writer) leading(vpc string) string {
	if all := w.targets(vpc); len(all) > 2 && w.chance(80) {
		return pick(w.drawer, all[1:len(all)-1])
	}
	return pick(w.drawer, w.targets(vpc))
}

// standing draws the destination of a route that a table has.
func (w writer) standing(t Table) string {
	var out []string
	routes, _ := w.h.read().Routes(t.ID)
	for _, r := range routes {
		if to := destinationOf(r); targetOf(r) != "local" && !strings.HasPrefix(to, "pl-") {
			out = append(out, to)
		}
	}
	if len(out) == 0 {
		return w.anyRoute(t)
	}
	return pick(w.drawer, out)
}

// newOrOther gives a route table of a VPC: one that was there, or a new one.
func (w writer) newOrOther(vpc string) string {
	if w.chance(50) {
		if out, err := w.ec2(vpc).CreateRouteTable(w.h.ctx, &ec2.CreateRouteTableInput{VpcId: &vpc}); err == nil {
			return aws.ToString(out.RouteTable.RouteTableId)
		}
	}
	return aws.ToString(pick(w.drawer, w.tables(vpc)).RouteTableId)
}

// denies is an entry that stands before most others, and what it denies matters.
func (w writer) denies(number int) (egress *bool, entry ec2.CreateNetworkAclEntryInput) {
	port := pick(w.drawer, []int32{0, 6379, 32768})
	return aws.Bool(w.chance(50)), ec2.CreateNetworkAclEntryInput{
		RuleNumber: aws.Int32(int32(number)), Protocol: aws.String("6"), CidrBlock: aws.String(pick(w.drawer, []string{"0.0.0.0/0", w.block4()})),
		RuleAction: pick(w.drawer, []ec2types.RuleAction{ec2types.RuleActionDeny, ec2types.RuleActionAllow}), PortRange: &ec2types.PortRange{From: &port, To: aws.Int32(65535)},
	}
}

func (w writer) block4() string {
	for {
		if b := w.block(); !isV6(b) {
			return b
		}
	}
}

const drawnEntry = 7

// deny puts an entry into the network ACL of a subnet.
func (w writer) deny() error {
	s := w.anySubnet()
	acl, vpc := w.h.read().ACLOf(s.ID)
	egress, in := w.denies(drawnEntry)
	in.NetworkAclId, in.Egress = &acl, egress
	_, err := w.ec2(vpc).CreateNetworkAclEntry(w.h.ctx, &in)
	return err
}

// aclsOf gives the network ACLs of a VPC as they are.
func (w writer) aclsOf(vpc string) []ec2types.NetworkAcl {
	out, err := w.ec2(vpc).DescribeNetworkAcls(w.h.ctx, &ec2.DescribeNetworkAclsInput{Filters: []ec2types.Filter{{Name: aws.String("vpc-id"), Values: []string{vpc}}}})
	if err != nil {
		return nil
	}
	return out.NetworkAcls
}

// numbered is an entry of a network ACL, and where it is.
type numbered struct {
	ec2types.NetworkAclEntry
	vpc string
	acl *string
}

// entries gives the entries of all network ACLs but AWS's own last ones.
func (w writer) entries() []numbered {
	var out []numbered
	for _, v := range w.VPCs {
		for _, a := range w.aclsOf(v.ID) {
			for _, e := range a.Entries {
				if aws.ToInt32(e.RuleNumber) < 32767 {
					out = append(out, numbered{e, v.ID, a.NetworkAclId})
				}
			}
		}
	}
	return out
}

var aclWrites = map[string]kindOfWrite{
	"ec2:CreateNetworkAcl": {make: func(w writer) error {
		v := w.anyVPC()
		_, err := w.ec2(v.ID).CreateNetworkAcl(w.h.ctx, &ec2.CreateNetworkAclInput{VpcId: &v.ID})
		return err
	}},
	"ec2:DeleteNetworkAcl": {make: func(w writer) error {
		v := w.anyVPC()
		_, err := w.ec2(v.ID).DeleteNetworkAcl(w.h.ctx, &ec2.DeleteNetworkAclInput{NetworkAclId: pick(w.drawer, w.aclsOf(v.ID)).NetworkAclId})
		return err
	}},
	"ec2:CreateNetworkAclEntry": {make: func(w writer) error { return w.deny() }},
	"ec2:ReplaceNetworkAclEntry": {
		ready: func(w writer) error { return w.deny() },
		make: func(w writer) error {
			return until(w, w.entries(), func(e numbered) error {
				in := &ec2.ReplaceNetworkAclEntryInput{
					NetworkAclId: e.acl, Egress: e.Egress, RuleNumber: e.RuleNumber, Protocol: e.Protocol, CidrBlock: e.CidrBlock, Ipv6CidrBlock: e.Ipv6CidrBlock, PortRange: e.PortRange,
					RuleAction: ec2types.RuleActionAllow,
				}
				if e.RuleAction == ec2types.RuleActionAllow && w.chance(50) {
					in.RuleAction = ec2types.RuleActionDeny
				}
				_, err := w.ec2(e.vpc).ReplaceNetworkAclEntry(w.h.ctx, in)
				return err
			})
		},
	},
	"ec2:DeleteNetworkAclEntry": {
		ready: func(w writer) error { return w.deny() },
		make: func(w writer) error {
			return until(w, w.entries(), func(e numbered) error {
				_, err := w.ec2(e.vpc).DeleteNetworkAclEntry(w.h.ctx, &ec2.DeleteNetworkAclEntryInput{NetworkAclId: e.acl, Egress: e.Egress, RuleNumber: e.RuleNumber})
				return err
			})
		},
	},
	"ec2:ReplaceNetworkAclAssociation": {make: func(w writer) error {
		v := w.anyVPC()
		created, err := w.ec2(v.ID).CreateNetworkAcl(w.h.ctx, &ec2.CreateNetworkAclInput{VpcId: &v.ID})
		if err != nil {
			return err
		}
		var all []ec2types.NetworkAclAssociation
		for _, a := range w.aclsOf(v.ID) {
			all = append(all, a.Associations...)
		}
		return until(w, all, func(at ec2types.NetworkAclAssociation) error {
			_, err := w.ec2(v.ID).ReplaceNetworkAclAssociation(w.h.ctx, &ec2.ReplaceNetworkAclAssociationInput{AssociationId: at.NetworkAclAssociationId, NetworkAclId: created.NetworkAcl.NetworkAclId})
			return err
		})
	}},
}

var vpcWrites = map[string]kindOfWrite{
	"ec2:CreateVpc": {make: func(w writer) error {
		_, err := w.home().CreateVpc(w.h.ctx, &ec2.CreateVpcInput{CidrBlock: aws.String(pick(w.drawer, []string{"192.168.0.0/20", "192.168.7.0/24", "10.200.0.0/16"}))})
		return err
	}},
	"ec2:DeleteVpc": {make: func(w writer) error {
		v := w.anyVPC()
		_, err := w.ec2(v.ID).DeleteVpc(w.h.ctx, &ec2.DeleteVpcInput{VpcId: &v.ID})
		return err
	}},
	"ec2:ModifyVpcAttribute": {make: func(w writer) error {
		v := w.anyVPC()
		in := &ec2.ModifyVpcAttributeInput{VpcId: &v.ID, EnableDnsHostnames: &ec2types.AttributeBooleanValue{Value: aws.Bool(w.chance(40))}}
		if w.chance(50) {
			in = &ec2.ModifyVpcAttributeInput{VpcId: &v.ID, EnableDnsSupport: &ec2types.AttributeBooleanValue{Value: aws.Bool(w.chance(40))}}
		}
		_, err := w.ec2(v.ID).ModifyVpcAttribute(w.h.ctx, in)
		return err
	}},
	"ec2:AssociateVpcCidrBlock": {make: func(w writer) error {
		v := w.anyVPC()
		_, err := w.ec2(v.ID).AssociateVpcCidrBlock(w.h.ctx, &ec2.AssociateVpcCidrBlockInput{VpcId: &v.ID, CidrBlock: aws.String(pick(w.drawer, []string{"192.168.0.0/20", "192.168.7.0/24", "100.100.0.0/16", w.block4()}))})
		return err
	}},
	"ec2:DisassociateVpcCidrBlock": {make: func(w writer) error {
		return until(w, w.VPCs, func(v VPC) error {
			out, err := w.ec2(v.ID).DescribeVpcs(w.h.ctx, &ec2.DescribeVpcsInput{VpcIds: []string{v.ID}})
			if err != nil || len(out.Vpcs) == 0 {
				return errNothing
			}
			var ids []*string
			for _, a := range out.Vpcs[0].CidrBlockAssociationSet {
				ids = append(ids, a.AssociationId)
			}
			for _, a := range out.Vpcs[0].Ipv6CidrBlockAssociationSet {
				ids = append(ids, a.AssociationId)
			}
			return until(w, ids, func(id *string) error {
				_, err := w.ec2(v.ID).DisassociateVpcCidrBlock(w.h.ctx, &ec2.DisassociateVpcCidrBlockInput{AssociationId: id})
				return err
			})
		})
	}},
	"ec2:CreateSubnet": {make: func(w writer) error {
		v := w.anyVPC()
		v4, _ := blocksOf(v)
		_, err := w.ec2(v.ID).CreateSubnet(w.h.ctx, &ec2.CreateSubnetInput{VpcId: &v.ID, CidrBlock: aws.String(part(pick(w.drawer, v4), 24, w.between(4, 60))), AvailabilityZone: aws.String(v.Region + pick(w.drawer, []string{"a", "b", "c"}))})
		return err
	}},
	"ec2:DeleteSubnet": {
		ready: func(w writer) error { return w.emptyGroups() },
		make: func(w writer) error {
			return until(w, w.Subnets, func(s Subnet) error {
				_, err := w.ec2(s.VPC).DeleteSubnet(w.h.ctx, &ec2.DeleteSubnetInput{SubnetId: &s.ID})
				return err
			})
		},
	},
}
