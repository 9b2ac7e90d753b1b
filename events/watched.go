package events

import "slices"

// Family is a group of watched events that change the same sort of thing.
type Family struct {
	// Name is stable: it names samples and stands in logs.
	Name string
	// Source is the envelope's: "aws.ec2".
	Source string
	// EventSource is the service in a CloudTrail record, "ec2.amazonaws.com". It
	// is empty for a family of native events.
	EventSource string
	// Names are the API names, or the detail-types of native events.
	Names []string
}

// Families lists every event that can change a path to a cache, or what stands
// on it; those of the caches themselves are in package resource. It is the only such list: the EventBridge rules and the decision that
// an event is "not-watched" both come from it. The result is the caller's own.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Operations.html
// https://docs.aws.amazon.com/directconnect/latest/APIReference/API_Operations.html
func Families() []Family {
	return slices.Concat(
		securityFamilies(), networkFamilies(), transitGatewayFamilies(), directConnectFamilies(), nativeFamilies(),
		serviceFamilies(false), serviceFamilies(true),
	)
}

func ec2(name string, apis ...string) Family {
	return Family{Name: name, Source: "aws.ec2", EventSource: "ec2.amazonaws.com", Names: apis}
}

func securityFamilies() []Family {
	return []Family{
		ec2(
			"sg_rules",
			"AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress",
			"RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress",
			"ModifySecurityGroupRules",
		),
		ec2(
			"sg_lifecycle",
			"CreateSecurityGroup", "DeleteSecurityGroup",
			"AssociateSecurityGroupVpc", "DisassociateSecurityGroupVpc",
		),
		// They change no access, but the description is where people look for the owner of a rule.
		ec2(
			"sg_cosmetic",
			"UpdateSecurityGroupRuleDescriptionsIngress", "UpdateSecurityGroupRuleDescriptionsEgress",
		),
		ec2(
			"prefix_list",
			"CreateManagedPrefixList", "ModifyManagedPrefixList",
			"RestoreManagedPrefixListVersion", "DeleteManagedPrefixList",
		),
		ec2(
			"eni_instance",
			"CreateNetworkInterface", "DeleteNetworkInterface",
			"AttachNetworkInterface", "DetachNetworkInterface",
			"ModifyNetworkInterfaceAttribute", "ResetNetworkInterfaceAttribute",
			"ModifyInstanceAttribute", "ResetInstanceAttribute",
			"AssignPrivateIpAddresses", "UnassignPrivateIpAddresses",
			"AssignIpv6Addresses", "UnassignIpv6Addresses",
			"RunInstances", "TerminateInstances", "StartInstances", "StopInstances",
		),
		ec2(
			"nacl",
			"CreateNetworkAcl", "DeleteNetworkAcl",
			"CreateNetworkAclEntry", "ReplaceNetworkAclEntry", "DeleteNetworkAclEntry",
			"ReplaceNetworkAclAssociation",
		),
		// A tag on a rule says whose it is.
		ec2("tags", "CreateTags", "DeleteTags"),
	}
}

func networkFamilies() []Family {
	return []Family{
		ec2(
			"routes",
			"CreateRoute", "ReplaceRoute", "DeleteRoute",
			"CreateRouteTable", "DeleteRouteTable",
			"AssociateRouteTable", "DisassociateRouteTable", "ReplaceRouteTableAssociation",
			"EnableVgwRoutePropagation", "DisableVgwRoutePropagation",
		),
		// A route server writes routes without a CreateRoute.
		ec2(
			"route_server",
			"AssociateRouteServer", "DisassociateRouteServer",
			"EnableRouteServerPropagation", "DisableRouteServerPropagation",
			"DeleteRouteServer", "ModifyRouteServer",
			"CreateRouteServerPeer", "DeleteRouteServerPeer",
			"CreateRouteServerEndpoint", "DeleteRouteServerEndpoint",
		),
		ec2(
			"peering",
			"CreateVpcPeeringConnection", "AcceptVpcPeeringConnection",
			"RejectVpcPeeringConnection", "DeleteVpcPeeringConnection",
			"ModifyVpcPeeringConnectionOptions",
		),
		ec2(
			"vpc_subnet",
			"CreateVpc", "DeleteVpc", "CreateDefaultVpc", "ModifyVpcAttribute",
			"AssociateVpcCidrBlock", "DisassociateVpcCidrBlock",
			"CreateSubnet", "CreateDefaultSubnet", "DeleteSubnet", "ModifySubnetAttribute",
			"AssociateSubnetCidrBlock", "DisassociateSubnetCidrBlock",
			"AssociateDhcpOptions",
		),
		// Endpoints of Gateway Load Balancers are targets of routes, gateway endpoints write some.
		ec2(
			"vpc_endpoint",
			"CreateVpcEndpoint", "ModifyVpcEndpoint", "DeleteVpcEndpoints",
			"AcceptVpcEndpointConnections", "RejectVpcEndpointConnections",
		),
		// Encryption controls in enforce mode shut out peerings and virtual private gateways.
		ec2(
			"vpc_controls",
			"CreateVpcEncryptionControl", "ModifyVpcEncryptionControl",
			"DeleteVpcEncryptionControl", "ModifyAccountVpcEncryptionControl",
		),
		ec2(
			"vpn",
			"CreateVpnGateway", "DeleteVpnGateway", "AttachVpnGateway", "DetachVpnGateway",
			"CreateCustomerGateway", "DeleteCustomerGateway",
			"CreateVpnConnection", "DeleteVpnConnection",
			"ModifyVpnConnection", "ModifyVpnConnectionOptions",
			"ModifyVpnTunnelOptions", "ModifyVpnTunnelCertificate", "ReplaceVpnTunnel",
			"CreateVpnConnectionRoute", "DeleteVpnConnectionRoute",
		),
	}
}

func transitGatewayFamilies() []Family {
	return []Family{
		ec2(
			"tgw",
			"CreateTransitGateway", "ModifyTransitGateway", "DeleteTransitGateway",
			"CreateTransitGatewayVpcAttachment", "AcceptTransitGatewayVpcAttachment",
			"RejectTransitGatewayVpcAttachment", "ModifyTransitGatewayVpcAttachment",
			"DeleteTransitGatewayVpcAttachment",
			"CreateTransitGatewayPeeringAttachment", "AcceptTransitGatewayPeeringAttachment",
			"RejectTransitGatewayPeeringAttachment", "DeleteTransitGatewayPeeringAttachment",
		),
		ec2(
			"tgw_routing",
			"CreateTransitGatewayRouteTable", "DeleteTransitGatewayRouteTable",
			"AssociateTransitGatewayRouteTable", "DisassociateTransitGatewayRouteTable",
			"EnableTransitGatewayRouteTablePropagation", "DisableTransitGatewayRouteTablePropagation",
			"CreateTransitGatewayRoute", "ReplaceTransitGatewayRoute", "DeleteTransitGatewayRoute",
			"CreateTransitGatewayPrefixListReference", "ModifyTransitGatewayPrefixListReference",
			"DeleteTransitGatewayPrefixListReference",
			"CreateTransitGatewayRouteTableAnnouncement", "DeleteTransitGatewayRouteTableAnnouncement",
		),
		ec2(
			"tgw_policy_connect",
			"CreateTransitGatewayPolicyTable", "DeleteTransitGatewayPolicyTable",
			"AssociateTransitGatewayPolicyTable", "DisassociateTransitGatewayPolicyTable",
			"CreateTransitGatewayPolicyTableEntry", "ModifyTransitGatewayPolicyTableEntry",
			"DeleteTransitGatewayPolicyTableEntry",
			"CreateTransitGatewayConnect", "DeleteTransitGatewayConnect",
			"CreateTransitGatewayConnectPeer", "DeleteTransitGatewayConnectPeer",
		),
	}
}

func directConnectFamilies() []Family {
	return []Family{
		// CloudTrail is the only way in which Direct Connect reports changes.
		{
			Name: "directconnect", Source: "aws.directconnect", EventSource: "directconnect.amazonaws.com",
			Names: []string{
				"CreatePrivateVirtualInterface", "AllocatePrivateVirtualInterface", "ConfirmPrivateVirtualInterface",
				"CreateTransitVirtualInterface", "AllocateTransitVirtualInterface", "ConfirmTransitVirtualInterface",
				"DeleteVirtualInterface", "AssociateVirtualInterface", "UpdateVirtualInterfaceAttributes",
				"CreateBGPPeer", "DeleteBGPPeer",
				"CreateDirectConnectGateway", "DeleteDirectConnectGateway",
				"CreateDirectConnectGatewayAssociation", "UpdateDirectConnectGatewayAssociation",
				"DeleteDirectConnectGatewayAssociation",
				"CreateDirectConnectGatewayAssociationProposal", "AcceptDirectConnectGatewayAssociationProposal",
				"DeleteDirectConnectGatewayAssociationProposal",
				"CreateConnection", "DeleteConnection", "ConfirmConnection",
				"CreateLag", "UpdateLag", "DeleteLag", "AssociateConnectionWithLag", "DisassociateConnectionFromLag",
				"StartBgpFailoverTest", "StopBgpFailoverTest",
			},
		},
	}
}

// nativeFamilies are the notifications that services send on their own: they
// tell of what happens without an API call, such as a tunnel that goes down.
// https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-ec2.html
// https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-networkmanager.html
func nativeFamilies() []Family {
	return []Family{
		{Name: "instance_state", Source: "aws.ec2", Names: []string{"EC2 Instance State-change Notification"}},
		{Name: "network_manager", Source: "aws.networkmanager", Names: []string{
			"Network Manager Topology Change", "Network Manager Routing Update", "Network Manager Status Update",
			"Network Manager Segment Update", "Network Manager Network Function Group Update",
			"Network Manager Policy Update",
		}},
	}
}

// watchedKey names an event; a detail-type and an API name are never equal, since only the former has spaces.
type watchedKey struct{ source, name string }

// watched and eventSources are indexes of Families. They are never written again.
var watched, eventSources = indexFamilies()

func indexFamilies() (byName map[watchedKey]string, bySource map[string]string) {
	byName, bySource = map[watchedKey]string{}, map[string]string{}
	for _, f := range Families() {
		// Network Manager has native events only, and no event source in CloudTrail that is watched.
		bySource[f.Source] = max(bySource[f.Source], f.EventSource)
		for _, name := range f.Names {
			byName[watchedKey{f.Source, name}] = f.Name
		}
	}
	return byName, bySource
}

func familyOf(source, name string) string { return watched[watchedKey{source, name}] }
