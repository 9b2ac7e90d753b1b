package oracle_test

import (
	"strings"
	"testing"

	"github.com/cachegate/cachegate/shared/awssim"
)

// hybridWorld has a cache in vpc-c, an application behind a transit gateway in vpc-a,
// and data centres behind a VPN connection and a virtual interface; all of it works.
const hybridWorld = `
"111122223333":
  us-east-1:
    Vpcs:
      - {VpcId: vpc-c, CidrBlock: 10.1.0.0/16}
      - {VpcId: vpc-a, CidrBlock: 10.2.0.0/16}
    Subnets:
      - {SubnetId: subnet-c, VpcId: vpc-c, CidrBlock: 10.1.1.0/24, AvailabilityZone: us-east-1a}
      - {SubnetId: subnet-a, VpcId: vpc-a, CidrBlock: 10.2.1.0/24, AvailabilityZone: us-east-1a}
    RouteTables:
      - RouteTableId: rtb-c
        VpcId: vpc-c
        Associations: [{Main: true}]
        Routes:
          - {DestinationCidrBlock: 10.2.0.0/16, TransitGatewayId: tgw-1}
          - {DestinationCidrBlock: 192.168.0.0/16, GatewayId: vgw-1}
          - {DestinationCidrBlock: 172.16.0.0/12, GatewayId: vgw-1}
      - RouteTableId: rtb-a
        VpcId: vpc-a
        Associations: [{Main: true}]
        Routes: [{DestinationCidrBlock: 10.1.0.0/16, TransitGatewayId: tgw-1}]
    SecurityGroups:
      - GroupId: sg-c
        VpcId: vpc-c
        IpPermissions:
          - {IpProtocol: tcp, FromPort: 6379, ToPort: 6379, UserIdGroupPairs: [{GroupId: sg-a}], IpRanges: [{CidrIp: 192.168.7.0/24}, {CidrIp: 172.16.1.0/24}]}
      - {GroupId: sg-a, VpcId: vpc-a}
    NetworkInterfaces:
      - {NetworkInterfaceId: eni-a, SubnetId: subnet-a, VpcId: vpc-a, PrivateIpAddress: 10.2.1.10, Groups: [{GroupId: sg-a}]}
    TransitGateways:
      - {TransitGatewayId: tgw-1, Options: {SecurityGroupReferencingSupport: enable}}
    TransitGatewayVpcAttachments:
      - {TransitGatewayAttachmentId: tgw-attach-c, TransitGatewayId: tgw-1, VpcId: vpc-c, SubnetIds: [subnet-c]}
      - {TransitGatewayAttachmentId: tgw-attach-a, TransitGatewayId: tgw-1, VpcId: vpc-a, SubnetIds: [subnet-a]}
    TransitGatewayRouteTables:
      - TransitGatewayRouteTableId: tgw-rtb-1
        TransitGatewayId: tgw-1
        Associations: [{TransitGatewayAttachmentId: tgw-attach-c}, {TransitGatewayAttachmentId: tgw-attach-a}]
        TransitGatewayRouteTablePropagations: [{TransitGatewayAttachmentId: tgw-attach-c}, {TransitGatewayAttachmentId: tgw-attach-a}]
    VpnGateways:
      - {VpnGatewayId: vgw-1, VpcAttachments: [{VpcId: vpc-c}]}
    CustomerGateways:
      - {CustomerGatewayId: cgw-1, IpAddress: 203.0.113.9}
    VpnConnections:
      - VpnConnectionId: vpn-1
        VpnGatewayId: vgw-1
        CustomerGatewayId: cgw-1
        Options: {StaticRoutesOnly: true}
        Routes: [{DestinationCidrBlock: 192.168.7.0/24}]
        VgwTelemetry: [{OutsideIpAddress: 203.0.113.1, Status: UP}]
    VirtualInterfaces:
      - virtualInterfaceId: dxvif-1
        directConnectGatewayId: 0a1b2c3d-0000-4000-8000-0123456789ab
        bgpPeers: [{addressFamily: ipv4, bgpStatus: up}]
        routes: [{cidr: 172.16.0.0/16, routeDirection: accepted}]
    DirectConnectGateways:
      - {directConnectGatewayId: 0a1b2c3d-0000-4000-8000-0123456789ab}
    DirectConnectGatewayAssociations:
      - directConnectGatewayId: 0a1b2c3d-0000-4000-8000-0123456789ab
        associatedGateway: {id: vgw-1}
        allowedPrefixesToDirectConnectGateway: [{cidr: 10.1.0.0/16}]
    CacheSubnetGroups:
      - {CacheSubnetGroupName: caches, VpcId: vpc-c, Subnets: [{SubnetIdentifier: subnet-c}]}
    CacheClusters:
      - CacheClusterId: sessions
        Engine: redis
        CacheSubnetGroupName: caches
        SecurityGroups: [{SecurityGroupId: sg-c, Status: active}]
        CacheNodes: [{CacheNodeId: "0001", Endpoint: {Address: sessions, Port: 6379}}]
`

func TestEachHopBeyondAVPCIsAskedAsAWSDoes(t *testing.T) {
	const gateway, vpn, dx = "sg-a", "192.168.7.0/24", "172.16.1.0/24"
	tests := []struct {
		name, source, old, new, want string
	}{
		{"over the transit gateway", gateway, "", "", ""},
		{"over the VPN connection", vpn, "", "", ""},
		{"over Direct Connect", dx, "", "", ""},
		{"an attachment without a route table", gateway, "Associations: [{TransitGatewayAttachmentId: tgw-attach-c}, {TransitGatewayAttachmentId: tgw-attach-a}]", "Associations: [{TransitGatewayAttachmentId: tgw-attach-c}]", "transit gateway"},
		{"an attachment that propagates nothing", gateway, "TransitGatewayRouteTablePropagations: [{TransitGatewayAttachmentId: tgw-attach-c},", "TransitGatewayRouteTablePropagations: [", "transit gateway"},
		{"a blackhole", gateway, "        TransitGatewayId: tgw-1\n        Associations", "        TransitGatewayId: tgw-1\n        Routes: [{DestinationCidrBlock: 10.1.1.0/24, State: blackhole}]\n        Associations", "transit gateway"},
		{"groups are not referred to", gateway, "SecurityGroupReferencingSupport: enable", "SecurityGroupReferencingSupport: disable", "security group of the cache"},
		{"an attachment that waits", gateway, "VpcId: vpc-a, SubnetIds: [subnet-a]", "VpcId: vpc-a, State: pendingAcceptance, SubnetIds: [subnet-a]", "route of the client, transit gateway, security group of the cache"},
		{"no tunnel is up", vpn, "Status: UP", "Status: DOWN", "VPN connection or virtual interface"},
		{"a connection that does not know the range", vpn, "Routes: [{DestinationCidrBlock: 192.168.7.0/24}]", "Routes: [{DestinationCidrBlock: 192.168.9.0/24}]", "VPN connection or virtual interface"},
		{"a gateway that is not attached", vpn, "VpcAttachments: [{VpcId: vpc-c}]", "VpcAttachments: [{VpcId: vpc-c, State: detached}]", "route of the cache"},
		{"a session that is down", dx, "bgpStatus: up", "bgpStatus: down", "VPN connection or virtual interface"},
		{"a range that is not announced", dx, "cidr: 172.16.0.0/16", "cidr: 172.17.0.0/16", "VPN connection or virtual interface"},
		{"prefixes that leave the VPC out", dx, "[{cidr: 10.1.0.0/16}]", "[{cidr: 10.9.0.0/16}]", "Direct Connect gateway"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(hybridWorld, tt.old) {
				t.Fatalf("the world does not hold %q", tt.old)
			}
			w, _, err := awssim.Load("world.yaml", []byte(strings.Replace(hybridWorld, tt.old, tt.new, 1)))
			if err != nil {
				t.Fatal(err)
			}
			if got := blockers(t, read(t, awssim.New(w)), tt.source); got != tt.want {
				t.Errorf("blocked by %q, expected %q", got, tt.want)
			}
		})
	}
}
