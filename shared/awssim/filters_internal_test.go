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
"TransitGatewayMulticastDomains": [{"TransitGatewayMulticastDomainId": "tgw-mcast-1"}],
"VpnGateways": [{"VpnGatewayId": "vgw-1"}], "VpnConnections": [{"VpnConnectionId": "vpn-1"}], "CustomerGateways": [{"CustomerGatewayId": "cgw-1"}]
}}}`

func TestEveryFilterLooksAtTheBarestResource(t *testing.T) {
	world, _, err := Load("bare.json", []byte(bare))
	if err != nil {
		t.Fatal(err)
	}
	r := world.state.region("111122223333", "us-east-1")
	tried := 0
	tried += tryFilters(&r.vpcs, vpcFilters)
	tried += tryFilters(&r.subnets, subnetFilters)
	tried += tryFilters(&r.zones, zoneFilters)
	tried += tryFilters(&r.groups, groupFilters)
	tried += tryFilters(&r.groupVpcs, groupVpcFilters)
	tried += tryFilters(&r.routeTables, routeTableFilters)
	tried += tryFilters(&r.acls, networkACLFilters)
	tried += tryFilters(&r.interfaces, interfaceFilters)
	tried += tryFilters(&r.instances, instanceFilters)
	tried += tryFilters(&r.peerings, peeringFilters)
	tried += tryFilters(&r.prefixLists, prefixListFilters)
	tried += tryFilters(&r.internetGateways, internetGatewayFilters)
	tried += tryFilters(&r.natGateways, natGatewayFilters)
	tried += tryFilters(&r.transitGateways, transitGatewayFilters)
	tried += tryFilters(&r.attachments, attachmentFilters)
	tried += tryFilters(&r.attachments, vpcAttachmentFilters)
	tried += tryFilters(&r.attachments, peeringAttachmentFilters)
	tried += tryFilters(&r.transitTables, transitTableFilters)
	tried += tryFilters(&r.multicastDomains, multicastFilters)
	tried += tryFilters(&r.vpnGateways, vpnGatewayFilters)
	tried += tryFilters(&r.vpnConnections, vpnConnectionFilters)
	tried += tryFilters(&r.customerGateways, customerGatewayFilters)
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
