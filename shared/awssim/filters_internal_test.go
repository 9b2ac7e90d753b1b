package awssim

import "testing"

// bare is a world with one of everything, told with as little as a world file needs.
const bare = `{"111122223333": {"us-east-1": {
"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": "2001:db8::/56"}]}, {"VpcId": "vpc-2", "CidrBlock": "10.1.0.0/16"}],
"Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1", "CidrBlock": "10.0.1.0/24"}],
"SecurityGroups": [{"GroupId": "sg-1", "VpcId": "vpc-1", "IpPermissions": [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-gone"}]}]}],
"SecurityGroupVpcAssociations": [{"GroupId": "sg-1", "VpcId": "vpc-2"}],
"RouteTables": [{"RouteTableId": "rtb-1", "VpcId": "vpc-1"}],
"NetworkAcls": [{"NetworkAclId": "acl-1", "VpcId": "vpc-1", "Entries": [{"RuleNumber": 1}]}],
"NetworkInterfaces": [{"NetworkInterfaceId": "eni-1", "SubnetId": "subnet-1"}],
"Instances": [{"InstanceId": "i-1", "SubnetId": "subnet-1"}, {"InstanceId": "i-0", "State": {"Name": "terminated"}}],
"VpcPeeringConnections": [{"VpcPeeringConnectionId": "pcx-1", "RequesterVpcInfo": {"VpcId": "vpc-1"}, "AccepterVpcInfo": {"VpcId": "vpc-9", "OwnerId": "444455556666"}}],
"ManagedPrefixLists": [{"PrefixListId": "pl-1"}],
"InternetGateways": [{"InternetGatewayId": "igw-1"}], "NatGateways": [{"NatGatewayId": "nat-1"}],
"TransitGateways": [{"TransitGatewayId": "tgw-1"}],
"TransitGatewayAttachments": [{"TransitGatewayAttachmentId": "tgw-attach-1", "TransitGatewayId": "tgw-1"}],
"TransitGatewayRouteTables": [{"TransitGatewayRouteTableId": "tgw-rtb-1", "TransitGatewayId": "tgw-1", "Routes": [{"DestinationCidrBlock": "10.9.0.0/16"}]}],
"TransitGatewayPolicyTables": [{"TransitGatewayPolicyTableId": "tgw-ptb-1"}],
"TransitGatewayMulticastDomains": [{"TransitGatewayMulticastDomainId": "tgw-mcast-1"}],
"VpnGateways": [{"VpnGatewayId": "vgw-1"}], "VpnConnections": [{"VpnConnectionId": "vpn-1"}], "CustomerGateways": [{"CustomerGatewayId": "cgw-1"}],
"EgressOnlyInternetGateways": [{"EgressOnlyInternetGatewayId": "eigw-1"}], "VpcEndpoints": [{"VpcEndpointId": "vpce-1"}],
"Connections": [{"connectionId": "dxcon-1"}], "VirtualInterfaces": [{"virtualInterfaceId": "dxvif-1"}], "VirtualGateways": [{"virtualGatewayId": "vgw-2"}],
"DirectConnectGateways": [{"directConnectGatewayId": "dxgw-1"}],
"DirectConnectGatewayAssociations": [{"directConnectGatewayId": "dxgw-1", "associatedGateway": {"id": "vgw-1"}}],
"DirectConnectGatewayAttachments": [{"directConnectGatewayId": "dxgw-1", "virtualInterfaceId": "dxvif-1"}],
"CacheClusters": [{"CacheClusterId": "sessions"}], "ReplicationGroups": [{"ReplicationGroupId": "orders"}], "ServerlessCaches": [{"ServerlessCacheName": "carts"}],
"CacheSubnetGroups": [{"CacheSubnetGroupName": "caches", "VpcId": "vpc-1"}]
}}}`

func TestEveryFilterLooksAtTheBarestResource(t *testing.T) {
	world, _, err := Load("bare.json", []byte(bare))
	if err != nil {
		t.Fatal(err)
	}
	r := world.state.region("111122223333", "us-east-1")
	tried := 0
	tried += tryFilters(&r.Vpcs, vpcFilters)
	tried += tryFilters(&r.Subnets, subnetFilters)
	tried += tryFilters(&r.AvailabilityZones, zoneFilters)
	tried += tryFilters(&r.SecurityGroups, groupFilters)
	tried += tryFilters(&r.SecurityGroupVpcAssociations, groupVpcFilters)
	tried += tryFilters(&r.RouteTables, routeTableFilters)
	tried += tryFilters(&r.NetworkAcls, networkACLFilters)
	tried += tryFilters(&r.NetworkInterfaces, interfaceFilters)
	tried += tryFilters(&r.Instances, instanceFilters)
	tried += tryFilters(&r.VpcPeeringConnections, peeringFilters)
	tried += tryFilters(&r.ManagedPrefixLists, prefixListFilters)
	tried += tryFilters(&r.InternetGateways, internetGatewayFilters)
	tried += tryFilters(&r.NatGateways, natGatewayFilters)
	tried += tryFilters(&r.TransitGateways, transitGatewayFilters)
	tried += tryFilters(&r.TransitGatewayAttachments, attachmentFilters)
	tried += tryFilters(&r.TransitGatewayAttachments, vpcAttachmentFilters)
	tried += tryFilters(&r.TransitGatewayAttachments, peeringAttachmentFilters)
	tried += tryFilters(&r.TransitGatewayRouteTables, transitTableFilters)
	tried += tryFilters(&r.TransitGatewayPolicyTables, policyTableFilters)
	tried += tryFilters(&r.TransitGatewayMulticastDomains, multicastFilters)
	tried += tryFilters(&r.VpnGateways, vpnGatewayFilters)
	tried += tryFilters(&r.VpnConnections, vpnConnectionFilters)
	tried += tryFilters(&r.CustomerGateways, customerGatewayFilters)
	if tried < 200 {
		t.Errorf("%d filters were tried on a resource, expected some for every table", tried)
	}
}

func tryFilters[T any](t *table[T], by filters[T]) int {
	tried := 0
	for _, test := range by {
		for _, v := range t.vals {
			test(v, func(string) bool { return false })
			test(v, func(string) bool { return true })
			tried++
		}
	}
	return tried
}
