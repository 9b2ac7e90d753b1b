package observe

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	dxtypes "github.com/aws/aws-sdk-go-v2/service/directconnect/types"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/cachegate/cachegate/shared/network"
)

var (
	here      = network.Location{Account: "123456789012", Region: "us-east-1"}
	there     = network.Location{Account: "111122223333", Region: "eu-west-1"}
	byAddress = cmpopts.EquateComparable(netip.Prefix{}, netip.Addr{})
)

func TestARulesPeerIsReadAndItsAccountIsNormalised(t *testing.T) {
	group := func(id, account string) *ec2types.ReferencedSecurityGroup {
		out := &ec2types.ReferencedSecurityGroup{GroupId: aws.String(id)}
		if account != "" {
			out.UserId = aws.String(account)
		}
		return out
	}
	for name, c := range map[string]struct {
		in   ec2types.SecurityGroupRule
		want network.Peer
	}{
		"a canonical CIDR":             {ec2types.SecurityGroupRule{CidrIpv4: aws.String("10.0.0.0/8")}, network.Peer{CIDR: netip.MustParsePrefix("10.0.0.0/8")}},
		"host bits are cleared":        {ec2types.SecurityGroupRule{CidrIpv4: aws.String("100.68.0.18/18")}, network.Peer{CIDR: netip.MustParsePrefix("100.68.0.0/18")}},
		"IPv6":                         {ec2types.SecurityGroupRule{CidrIpv6: aws.String("2001:db8::/32")}, network.Peer{CIDR: netip.MustParsePrefix("2001:db8::/32")}},
		"a prefix list":                {ec2types.SecurityGroupRule{PrefixListId: aws.String("pl-01")}, network.Peer{PrefixList: "pl-01"}},
		"a group of the same account":  {ec2types.SecurityGroupRule{ReferencedGroupInfo: group("sg-01", here.Account)}, network.Peer{SecurityGroup: "sg-01"}},
		"a group of another account":   {ec2types.SecurityGroupRule{ReferencedGroupInfo: group("sg-01", there.Account)}, network.Peer{SecurityGroup: "sg-01", Account: there.Account}},
		"a deleted group":              {ec2types.SecurityGroupRule{ReferencedGroupInfo: group("sg-01", "")}, network.Peer{SecurityGroup: "sg-01"}},
		"a group of the group's owner": {ec2types.SecurityGroupRule{GroupOwnerId: aws.String(there.Account), ReferencedGroupInfo: group("sg-01", there.Account)}, network.Peer{SecurityGroup: "sg-01"}},
	} {
		t.Run(name, func(t *testing.T) {
			var n notes
			got, ok := ruleOf(here, c.in, &n)
			if !ok || len(n) != 0 || got.Peer != c.want {
				t.Errorf("the peer is %+v (%v, %q), want %+v", got.Peer, ok, n, c.want)
			}
		})
	}
}

func TestWhatCannotBeReadLeavesANote(t *testing.T) {
	var n notes
	if _, ok := ruleOf(here, ec2types.SecurityGroupRule{CidrIpv4: aws.String("ten")}, &n); ok || len(n) != 1 {
		t.Errorf("a rule with a bad CIDR: %v, %q", ok, n)
	}
	n = nil
	if _, ok := ruleOf(here, ec2types.SecurityGroupRule{SecurityGroupRuleId: aws.String("sgr-01")}, &n); ok || len(n) != 1 {
		t.Errorf("a rule without a peer: %v, %q", ok, n)
	}
	n = nil
	table := routeTableOf(here, ec2types.RouteTable{Routes: []ec2types.Route{
		{DestinationCidrBlock: aws.String("10.0.0.0/33"), GatewayId: aws.String("igw-01")},
		{GatewayId: aws.String("igw-01")},
		{DestinationCidrBlock: aws.String("0.0.0.0/0"), GatewayId: aws.String("igw-01")},
	}}, &n)
	if len(table.Routes) != 1 || len(n) != 2 {
		t.Errorf("routes %+v, notes %q", table.Routes, n)
	}
	n = nil
	acl := networkACLOf(here, ec2types.NetworkAcl{Entries: []ec2types.NetworkAclEntry{
		{RuleNumber: aws.Int32(1), CidrBlock: aws.String("10.0.0.0/8"), PortRange: &ec2types.PortRange{From: aws.Int32(7), To: aws.Int32(70000)}},
		{RuleNumber: aws.Int32(2)},
		{RuleNumber: aws.Int32(3), CidrBlock: aws.String("10.0.0.0/8"), Protocol: aws.String("-1"), RuleAction: ec2types.RuleActionAllow},
	}}, &n)
	if len(acl.Entries) != 1 || len(n) != 2 || acl.Entries[0].ToPort != 65535 {
		t.Errorf("entries %+v, notes %q", acl.Entries, n)
	}
	n = nil
	if _, ok := transitRouteOf(ec2types.TransitGatewayRoute{}, &n); ok || len(n) != 1 {
		t.Errorf("a transit gateway route without a destination: %v, %q", ok, n)
	}
}

func TestARoutesTargetIsFoundWhereverAWSPutsIt(t *testing.T) {
	dst := aws.String("10.1.0.0/16")
	for want, in := range map[string]ec2types.Route{
		"pcx-01":   {VpcPeeringConnectionId: aws.String("pcx-01")},
		"tgw-01":   {TransitGatewayId: aws.String("tgw-01")},
		"vgw-01":   {GatewayId: aws.String("vgw-01")},
		"local":    {GatewayId: aws.String("local")},
		"eni-01":   {NetworkInterfaceId: aws.String("eni-01"), InstanceId: aws.String("i-01")},
		"i-01":     {InstanceId: aws.String("i-01")},
		"nat-01":   {NatGatewayId: aws.String("nat-01")},
		"eigw-01":  {EgressOnlyInternetGatewayId: aws.String("eigw-01")},
		"cagw-01":  {CarrierGatewayId: aws.String("cagw-01")},
		"lgw-01":   {LocalGatewayId: aws.String("lgw-01")},
		"arn:core": {CoreNetworkArn: aws.String("arn:core")},
		"other":    {State: ec2types.RouteStateBlackhole},
	} {
		in.DestinationCidrBlock = dst
		var n notes
		got, ok := routeOf(in, &n)
		if !ok || got.Target.String() != want || len(n) != 0 {
			t.Errorf("the target is %q (%v, %q), want %q", got.Target, ok, n, want)
		}
	}
}

func TestOnlyAssociatedBlocksAndTablesCount(t *testing.T) {
	var n notes
	gone := &ec2types.VpcCidrBlockState{State: ec2types.VpcCidrBlockStateCodeDisassociated}
	on := &ec2types.VpcCidrBlockState{State: ec2types.VpcCidrBlockStateCodeAssociated}
	v := vpcOf(here, ec2types.Vpc{
		CidrBlock: aws.String("10.0.0.0/16"),
		CidrBlockAssociationSet: []ec2types.VpcCidrBlockAssociation{
			{CidrBlock: aws.String("10.2.0.0/16"), CidrBlockState: gone}, {CidrBlock: aws.String("10.0.0.0/16"), CidrBlockState: on},
		},
		Ipv6CidrBlockAssociationSet: []ec2types.VpcIpv6CidrBlockAssociation{
			{Ipv6CidrBlock: aws.String("2001:db8::/56"), Ipv6CidrBlockState: on}, {Ipv6CidrBlock: aws.String("2001:db9::/56"), Ipv6CidrBlockState: gone},
		},
	}, &n)
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/16"), netip.MustParsePrefix("2001:db8::/56")}
	if !slices.Equal(v.CIDRs, want) || len(n) != 0 {
		t.Errorf("the blocks are %s, %q", v.CIDRs, n)
	}
	table := routeTableOf(here, ec2types.RouteTable{Associations: []ec2types.RouteTableAssociation{
		{SubnetId: aws.String("subnet-01"), AssociationState: &ec2types.RouteTableAssociationState{State: ec2types.RouteTableAssociationStateCodeDisassociated}},
		{SubnetId: aws.String("subnet-02")},
	}}, &n)
	if len(table.Associations) != 1 || table.Associations[0].Subnet != "subnet-02" {
		t.Errorf("the associations are %+v", table.Associations)
	}
}

func TestWhatTwoAccountsToldOfOneResourceIsJoinedInAnyOrder(t *testing.T) {
	side := func(l network.Location, vpc string, dns network.Tri, cidrs ...netip.Prefix) network.PeeringSide {
		return network.PeeringSide{Location: l, VPC: vpc, DNSFromRemote: dns, CIDRs: cidrs}
	}
	block := netip.MustParsePrefix("10.1.0.0/16")
	readings := []reading[network.PeeringConnection]{
		{at: here, id: "pcx-01", value: network.PeeringConnection{
			ID: "pcx-01", Status: "active", Requester: side(here, "vpc-0a", network.On), Accepter: side(there, "vpc-0b", network.Unknown, block),
		}},
		{at: there, id: "pcx-01", value: network.PeeringConnection{
			ID: "pcx-01", Status: "provisioning", Requester: side(here, "vpc-0a", network.Unknown), Accepter: side(there, "vpc-0b", network.Off),
		}},
	}
	want := network.PeeringConnection{
		ID: "pcx-01", Status: "active", Requester: side(here, "vpc-0a", network.On), Accepter: side(there, "vpc-0b", network.Off, block),
	}
	for range 2 {
		r := newReader(nil, network.NewSnapshot(network.Unit{Location: here, VPC: "vpc-0a"}, time.Time{}))
		for _, in := range readings {
			keep(r, r.snap.PeeringConnections, in, fillPeering)
		}
		if diff := cmp.Diff(want, r.snap.PeeringConnections["pcx-01"], byAddress); diff != "" {
			t.Errorf("joined (-want +got):\n%s", diff)
		}
		slices.Reverse(readings)
	}
}

func TestAResourceIsStoredAsItsOwnerSeesIt(t *testing.T) {
	readings := []reading[network.TransitGateway]{
		{at: here, owner: there.Account, id: "tgw-01", value: network.TransitGateway{ID: "tgw-01", Location: here, State: "available", Multicast: network.On}},
		{at: there, owner: there.Account, id: "tgw-01", value: network.TransitGateway{ID: "tgw-01", Location: there, Owner: there.Account, State: "available", SecurityGroupReferencing: network.On}},
	}
	want := network.TransitGateway{
		ID: "tgw-01", Location: there, Owner: there.Account, State: "available", SecurityGroupReferencing: network.On, Multicast: network.On,
	}
	for range 2 {
		r := newReader(nil, network.NewSnapshot(network.Unit{Location: here, VPC: "vpc-0a"}, time.Time{}))
		for _, in := range readings {
			keep(r, r.snap.TransitGateways, in, fillTransitGateway)
		}
		if diff := cmp.Diff(want, r.snap.TransitGateways["tgw-01"]); diff != "" {
			t.Errorf("joined (-want +got):\n%s", diff)
		}
		slices.Reverse(readings)
	}
}

func TestBothEndsOfATransitGatewayPeeringAreAttachments(t *testing.T) {
	info := func(l network.Location, id string) *ec2types.PeeringTgwInfo {
		return &ec2types.PeeringTgwInfo{TransitGatewayId: aws.String(id), OwnerId: aws.String(l.Account), Region: aws.String(l.Region)}
	}
	across := ec2types.TransitGatewayPeeringAttachment{
		TransitGatewayAttachmentId: aws.String("tgw-attach-01"), RequesterTgwInfo: info(here, "tgw-01"), AccepterTgwInfo: info(there, "tgw-02"),
	}
	for at, want := range map[network.Location][2]string{here: {"tgw-01", "tgw-02"}, there: {"tgw-02", "tgw-01"}} {
		got := peeringAttachmentsOf(at, across)
		if len(got) != 1 || got[0].Gateway != want[0] || got[0].PeerGateway != want[1] || got[0].ID != "tgw-attach-01" {
			t.Errorf("in %s the attachments are %+v", at, got)
		}
	}
	inside := across
	inside.AccepterTgwInfo, inside.AccepterTransitGatewayAttachmentId = info(here, "tgw-02"), aws.String("tgw-attach-02")
	got := peeringAttachmentsOf(here, inside)
	if len(got) != 2 || got[0].ID != "tgw-attach-01" || got[1].ID != "tgw-attach-02" || got[1].PeerGateway != "tgw-01" {
		t.Errorf("in one Region the attachments are %+v", got)
	}
	if got := peeringAttachmentsOf(here, ec2types.TransitGatewayPeeringAttachment{}); len(got) != 0 {
		t.Errorf("a peering without ends gives %+v", got)
	}
}

func TestAnAssociationOfTheOldKindNamesItsGatewayToo(t *testing.T) {
	var n notes
	got := associationOf(dxtypes.DirectConnectGatewayAssociation{
		AssociationId: aws.String("a"), VirtualGatewayId: aws.String("vgw-01"),
		AllowedPrefixesToDirectConnectGateway: []dxtypes.RouteFilterPrefix{{Cidr: aws.String("10.0.0.0/16")}, {Cidr: aws.String("x")}},
	}, &n)
	if got.Gateway != "vgw-01" || got.GatewayType != "virtualPrivateGateway" || len(got.AllowedPrefixes) != 1 || len(n) != 1 {
		t.Errorf("the association is %+v, notes %q", got, n)
	}
}

func TestARefusalNamesTheCallThatWasRefused(t *testing.T) {
	inner := &smithy.OperationError{ServiceID: "STS", OperationName: "AssumeRole", Err: &smithy.GenericAPIError{Code: "AccessDenied"}}
	outer := &smithy.OperationError{ServiceID: "Direct Connect", OperationName: "DescribeVirtualInterfaces", Err: fmt.Errorf("getting credentials: %w", inner)}
	if got := refusedAction(outer); got != "sts:AssumeRole" {
		t.Errorf("the refused action is %q", got)
	}
	outer.Err = &smithy.GenericAPIError{Code: "AccessDenied"}
	if got := refusedAction(fmt.Errorf("reading: %w", outer)); got != "directconnect:DescribeVirtualInterfaces" {
		t.Errorf("the refused action is %q", got)
	}
	if got := refusedAction(errors.New("no")); got != "" {
		t.Errorf("the refused action is %q", got)
	}
}
