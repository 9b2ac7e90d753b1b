package testworld

// ids says for each list of a Region by which field its objects are known. Lists
// whose objects have no such field are left out.
var ids = map[string]string{
	"AvailabilityZones":                "ZoneName",
	"CacheClusters":                    "CacheClusterId",
	"CacheSubnetGroups":                "CacheSubnetGroupName",
	"CustomerGateways":                 "CustomerGatewayId",
	"EgressOnlyInternetGateways":       "EgressOnlyInternetGatewayId",
	"Instances":                        "InstanceId",
	"InternetGateways":                 "InternetGatewayId",
	"ManagedPrefixLists":               "PrefixListId",
	"NatGateways":                      "NatGatewayId",
	"NetworkAcls":                      "NetworkAclId",
	"NetworkInterfaces":                "NetworkInterfaceId",
	"PrefixLists":                      "PrefixListId",
	"ReplicationGroups":                "ReplicationGroupId",
	"Reservations":                     "ReservationId",
	"RouteTables":                      "RouteTableId",
	"SecurityGroupRules":               "SecurityGroupRuleId",
	"SecurityGroups":                   "GroupId",
	"ServerlessCaches":                 "ServerlessCacheName",
	"Subnets":                          "SubnetId",
	"TransitGatewayAttachments":        "TransitGatewayAttachmentId",
	"TransitGatewayPolicyTables":       "TransitGatewayPolicyTableId",
	"TransitGatewayMulticastDomains":   "TransitGatewayMulticastDomainId",
	"TransitGatewayPeeringAttachments": "TransitGatewayAttachmentId",
	"TransitGatewayRouteTables":        "TransitGatewayRouteTableId",
	"TransitGatewayVpcAttachments":     "TransitGatewayAttachmentId",
	"TransitGateways":                  "TransitGatewayId",
	"VpcEndpoints":                     "VpcEndpointId",
	"VpcPeeringConnections":            "VpcPeeringConnectionId",
	"Vpcs":                             "VpcId",
	"VpnConnections":                   "VpnConnectionId",
	"VpnGateways":                      "VpnGatewayId",

	// Direct Connect's names start with a small letter.
	"connections":                      "connectionId",
	"directConnectGatewayAssociations": "associationId",
	"directConnectGateways":            "directConnectGatewayId",
	"virtualGateways":                  "virtualGatewayId",
	"virtualInterfaces":                "virtualInterfaceId",
}
