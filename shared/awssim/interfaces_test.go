package awssim_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/awssim"
)

func TestAnInterfaceFromCreationToDeletion(t *testing.T) {
	sim, c := startTwoVPCs(t)
	ctx := t.Context()
	made := must[*ec2.CreateNetworkInterfaceOutput](t)(c.CreateNetworkInterface(ctx, &ec2.CreateNetworkInterfaceInput{
		SubnetId: new("subnet-c1"), Groups: []string{"sg-app"}, Description: new("probe"), PrivateIpAddress: new("10.0.1.77"),
	})).NetworkInterface
	if *made.PrivateIpAddress != "10.0.1.77" || *made.Groups[0].GroupName != "app" || *made.VpcId != "vpc-cache" {
		t.Fatalf("made %+v", made)
	}
	_, err := c.CreateNetworkInterface(ctx, &ec2.CreateNetworkInterfaceInput{SubnetId: new("subnet-c1"), PrivateIpAddress: new("10.0.1.77")})
	wantCode(t, err, "InvalidIPAddress.InUse")
	_, err = c.CreateNetworkInterface(ctx, &ec2.CreateNetworkInterfaceInput{SubnetId: new("subnet-c1"), Groups: []string{"sg-other"}})
	wantCode(t, err, "InvalidGroup.NotFound")

	run := must[*ec2.RunInstancesOutput](t)(c.RunInstances(ctx, &ec2.RunInstancesInput{
		MinCount: new(int32(1)), MaxCount: new(int32(1)), SubnetId: new("subnet-c1"), SecurityGroupIds: []string{"sg-app"},
	}))
	attached := must[*ec2.AttachNetworkInterfaceOutput](t)(c.AttachNetworkInterface(ctx, &ec2.AttachNetworkInterfaceInput{
		InstanceId: run.Instances[0].InstanceId, NetworkInterfaceId: made.NetworkInterfaceId, DeviceIndex: new(int32(1)),
	}))
	_, err = c.DeleteNetworkInterface(ctx, &ec2.DeleteNetworkInterfaceInput{NetworkInterfaceId: made.NetworkInterfaceId})
	wantCode(t, err, "InvalidNetworkInterface.InUse")
	if !sim.Has(*attached.AttachmentId) {
		t.Error("the attachment's id is not known")
	}
	must[*ec2.DetachNetworkInterfaceOutput](t)(c.DetachNetworkInterface(ctx, &ec2.DetachNetworkInterfaceInput{AttachmentId: attached.AttachmentId}))
	must[*ec2.DeleteNetworkInterfaceOutput](t)(c.DeleteNetworkInterface(ctx, &ec2.DeleteNetworkInterfaceInput{NetworkInterfaceId: made.NetworkInterfaceId}))
	if sim.Has(*made.NetworkInterfaceId) {
		t.Error("the interface is still there")
	}
}

func TestChangingTheGroupsOfAnInterfaceShowsAtItsInstance(t *testing.T) {
	sim, _ := startTwoVPCs(t)
	c := client(sim, spoke, home)
	ctx := t.Context()
	group := must[*ec2.CreateSecurityGroupOutput](t)(c.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{
		GroupName: new("second"), Description: new("second"), VpcId: new("vpc-app"),
	}))
	if name := dig(lastEvent(t, sim), "detail.requestParameters.groupDescription"); name != "second" {
		t.Errorf("the event describes the group as %v", name)
	}
	must[*ec2.ModifyInstanceAttributeOutput](t)(c.ModifyInstanceAttribute(ctx, &ec2.ModifyInstanceAttributeInput{
		InstanceId: new("i-app"), Groups: []string{*group.GroupId},
	}))
	out := must[*ec2.DescribeInstancesOutput](t)(c.DescribeInstances(ctx, &ec2.DescribeInstancesInput{
		Filters: []ec2types.Filter{filter("instance.group-id", *group.GroupId)},
	}))
	if len(out.Reservations) != 1 {
		t.Fatal("the instance does not show its new group")
	}
	eni := out.Reservations[0].Instances[0].NetworkInterfaces[0].NetworkInterfaceId
	must[*ec2.ModifyNetworkInterfaceAttributeOutput](t)(c.ModifyNetworkInterfaceAttribute(ctx, &ec2.ModifyNetworkInterfaceAttributeInput{
		NetworkInterfaceId: eni, Groups: []string{"sg-far"},
	}))
	if got := dig(lastEvent(t, sim), "detail.requestParameters.groupSet.items.0.groupId"); got != "sg-far" {
		t.Errorf("the event names the group %v", got)
	}
	out = must[*ec2.DescribeInstancesOutput](t)(c.DescribeInstances(ctx, &ec2.DescribeInstancesInput{InstanceIds: []string{"i-app"}}))
	if got := *out.Reservations[0].Instances[0].SecurityGroups[0].GroupId; got != "sg-far" {
		t.Errorf("the instance shows %s", got)
	}
}

func TestARouteToAnApplianceFollowsItsInstance(t *testing.T) {
	_, c := startTwoVPCs(t)
	ctx := t.Context()
	run := must[*ec2.RunInstancesOutput](t)(c.RunInstances(ctx, &ec2.RunInstancesInput{
		MinCount: new(int32(1)), MaxCount: new(int32(1)), SubnetId: new("subnet-c1"), SecurityGroupIds: []string{"sg-app"},
	}))
	id := run.Instances[0].InstanceId
	must[*ec2.CreateRouteOutput](t)(c.CreateRoute(ctx, &ec2.CreateRouteInput{RouteTableId: new("rtb-cache"), DestinationCidrBlock: new("10.8.0.0/16"), InstanceId: id}))
	must[*ec2.CreateRouteOutput](t)(c.CreateRoute(ctx, &ec2.CreateRouteInput{RouteTableId: new("rtb-cache"), DestinationCidrBlock: new("10.0.2.0/24"), InstanceId: id}))
	state := func() ec2types.RouteState {
		t.Helper()
		out := must[*ec2.DescribeRouteTablesOutput](t)(c.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{
			Filters: []ec2types.Filter{filter("route.instance-id", *id)},
		}))
		for _, r := range out.RouteTables[0].Routes {
			if aws.ToString(r.DestinationCidrBlock) == "10.8.0.0/16" {
				return r.State
			}
		}
		return ""
	}
	if got := state(); got != ec2types.RouteStateActive {
		t.Errorf("the route is %s", got)
	}
	must[*ec2.StopInstancesOutput](t)(c.StopInstances(ctx, &ec2.StopInstancesInput{InstanceIds: []string{*id}}))
	if got := state(); got != ec2types.RouteStateBlackhole {
		t.Errorf("with the instance stopped the route is %s", got)
	}
	must[*ec2.StartInstancesOutput](t)(c.StartInstances(ctx, &ec2.StartInstancesInput{InstanceIds: []string{*id}}))
	if got := state(); got != ec2types.RouteStateActive {
		t.Errorf("with the instance started again the route is %s", got)
	}
	must[*ec2.TerminateInstancesOutput](t)(c.TerminateInstances(ctx, &ec2.TerminateInstancesInput{InstanceIds: []string{*id}}))
	if got := state(); got != ec2types.RouteStateBlackhole {
		t.Errorf("with the instance gone the route is %s", got)
	}
}

func TestAGroupIsUsedInAVPCThatItIsAssociatedWith(t *testing.T) {
	_, c := startTwoVPCs(t)
	ctx := t.Context()
	vpc := must[*ec2.CreateVpcOutput](t)(c.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: new("10.6.0.0/16")})).Vpc
	subnet := must[*ec2.CreateSubnetOutput](t)(c.CreateSubnet(ctx, &ec2.CreateSubnetInput{VpcId: vpc.VpcId, CidrBlock: new("10.6.1.0/24")})).Subnet
	create := func() error {
		_, err := c.CreateNetworkInterface(ctx, &ec2.CreateNetworkInterfaceInput{SubnetId: subnet.SubnetId, Groups: []string{"sg-app"}})
		return err
	}
	wantCode(t, create(), "InvalidGroup.NotFound")
	must[*ec2.AssociateSecurityGroupVpcOutput](t)(c.AssociateSecurityGroupVpc(ctx, &ec2.AssociateSecurityGroupVpcInput{GroupId: new("sg-app"), VpcId: vpc.VpcId}))
	if err := create(); err != nil {
		t.Fatal(err)
	}
	usable := must[*ec2.GetSecurityGroupsForVpcOutput](t)(c.GetSecurityGroupsForVpc(ctx, &ec2.GetSecurityGroupsForVpcInput{
		VpcId: vpc.VpcId, Filters: []ec2types.Filter{filter("primary-vpc-id", "vpc-cache")},
	}))
	if len(usable.SecurityGroupForVpcs) != 1 || *usable.SecurityGroupForVpcs[0].GroupId != "sg-app" {
		t.Errorf("usable groups of other VPCs: %+v", usable.SecurityGroupForVpcs)
	}
	_, err := c.DisassociateSecurityGroupVpc(ctx, &ec2.DisassociateSecurityGroupVpcInput{GroupId: new("sg-app"), VpcId: vpc.VpcId})
	wantCode(t, err, "DependencyViolation")
	listed := must[*ec2.DescribeSecurityGroupVpcAssociationsOutput](t)(c.DescribeSecurityGroupVpcAssociations(ctx, &ec2.DescribeSecurityGroupVpcAssociationsInput{
		Filters: []ec2types.Filter{filter("group-id", "sg-app")},
	}))
	if len(listed.SecurityGroupVpcAssociations) != 1 || listed.SecurityGroupVpcAssociations[0].State != ec2types.SecurityGroupVpcAssociationStateAssociated {
		t.Errorf("the associations are %+v", listed.SecurityGroupVpcAssociations)
	}
}

func TestASecondCIDRBringsItsLocalRoutes(t *testing.T) {
	_, c := startTwoVPCs(t)
	ctx := t.Context()
	_, err := c.AssociateVpcCidrBlock(ctx, &ec2.AssociateVpcCidrBlockInput{VpcId: new("vpc-cache"), CidrBlock: new("10.1.0.0/16")})
	wantCode(t, err, "InvalidVpc.Range") // a route leads there already
	made := must[*ec2.AssociateVpcCidrBlockOutput](t)(c.AssociateVpcCidrBlock(ctx, &ec2.AssociateVpcCidrBlockInput{VpcId: new("vpc-cache"), CidrBlock: new("10.7.0.0/16")}))
	local := func() int {
		t.Helper()
		out := must[*ec2.DescribeRouteTablesOutput](t)(c.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{
			Filters: []ec2types.Filter{filter("route.destination-cidr-block", "10.7.0.0/16"), filter("route.gateway-id", "local")},
		}))
		return len(out.RouteTables)
	}
	if local() != 1 {
		t.Error("the new CIDR has no local route")
	}
	subnet := must[*ec2.CreateSubnetOutput](t)(c.CreateSubnet(ctx, &ec2.CreateSubnetInput{VpcId: new("vpc-cache"), CidrBlock: new("10.7.1.0/24")})).Subnet
	id := made.CidrBlockAssociation.AssociationId
	_, err = c.DisassociateVpcCidrBlock(ctx, &ec2.DisassociateVpcCidrBlockInput{AssociationId: id})
	wantCode(t, err, "CidrBlockInUse")
	must[*ec2.DeleteSubnetOutput](t)(c.DeleteSubnet(ctx, &ec2.DeleteSubnetInput{SubnetId: subnet.SubnetId}))
	must[*ec2.DisassociateVpcCidrBlockOutput](t)(c.DisassociateVpcCidrBlock(ctx, &ec2.DisassociateVpcCidrBlockInput{AssociationId: id}))
	if local() != 0 {
		t.Error("the local route outlived its CIDR")
	}
}

func TestAnACLFromCreationToDeletion(t *testing.T) {
	_, c := startTwoVPCs(t, awssim.WithQuotas(awssim.Quotas{EntriesPerACL: 1}))
	ctx := t.Context()
	acl := must[*ec2.CreateNetworkAclOutput](t)(c.CreateNetworkAcl(ctx, &ec2.CreateNetworkAclInput{VpcId: new("vpc-cache")})).NetworkAcl
	entry := func(number int32) error {
		_, err := c.CreateNetworkAclEntry(ctx, &ec2.CreateNetworkAclEntryInput{
			NetworkAclId: acl.NetworkAclId, RuleNumber: &number, Protocol: new("-1"), RuleAction: ec2types.RuleActionDeny, Egress: new(true), CidrBlock: new("10.9.0.0/16"),
		})
		return err
	}
	if err := entry(10); err != nil {
		t.Fatal(err)
	}
	wantCode(t, entry(10), "NetworkAclEntryAlreadyExists")
	wantCode(t, entry(20), "NetworkAclEntryLimitExceeded")
	must[*ec2.ReplaceNetworkAclEntryOutput](t)(c.ReplaceNetworkAclEntry(ctx, &ec2.ReplaceNetworkAclEntryInput{
		NetworkAclId: acl.NetworkAclId, RuleNumber: new(int32(10)), Protocol: new("-1"), RuleAction: ec2types.RuleActionAllow, Egress: new(true), CidrBlock: new("10.9.0.0/16"),
	}))
	allowed := must[*ec2.DescribeNetworkAclsOutput](t)(c.DescribeNetworkAcls(ctx, &ec2.DescribeNetworkAclsInput{
		Filters: []ec2types.Filter{filter("entry.rule-number", "10"), filter("entry.rule-action", "allow")},
	}))
	if len(allowed.NetworkAcls) != 1 {
		t.Error("the entry was not replaced")
	}
	must[*ec2.DeleteNetworkAclOutput](t)(c.DeleteNetworkAcl(ctx, &ec2.DeleteNetworkAclInput{NetworkAclId: acl.NetworkAclId}))
}
