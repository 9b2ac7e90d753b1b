package reconcile_test

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/cachegate/cachegate/shared/awssim"
)

// tunnelled is a VPC with a VPN connection whose gateway's routes are propagated
// into one of its two tables.
const tunnelled = `
"111122223333":
  us-east-1:
    Vpcs: [{VpcId: vpc-0c, CidrBlock: 10.0.0.0/16}]
    Subnets:
      - {SubnetId: subnet-0c, VpcId: vpc-0c, CidrBlock: 10.0.1.0/24, AvailabilityZone: us-east-1a}
      - {SubnetId: subnet-0d, VpcId: vpc-0c, CidrBlock: 10.0.2.0/24, AvailabilityZone: us-east-1b}
    RouteTables:
      - RouteTableId: rtb-0c
        VpcId: vpc-0c
        Associations: [{RouteTableAssociationId: rtbassoc-0c, Main: true}]
        PropagatingVgws: [{GatewayId: vgw-0c}]
        Routes:
          - {DestinationCidrBlock: 10.0.0.0/16, GatewayId: local}
          - {DestinationCidrBlock: 192.168.0.0/16, GatewayId: vgw-0c, Origin: EnableVgwRoutePropagation, State: active}
      - RouteTableId: rtb-0d
        VpcId: vpc-0c
        Associations: [{RouteTableAssociationId: rtbassoc-0d, SubnetId: subnet-0d}]
        Routes: [{DestinationCidrBlock: 10.0.0.0/16, GatewayId: local}]
    SecurityGroups: [{GroupId: sg-0c, GroupName: sessions, VpcId: vpc-0c}]
    ReplicationGroups: [{ReplicationGroupId: sessions, Status: available, MemberClusters: [sessions-001]}]
    CacheClusters:
      - CacheClusterId: sessions-001
        ReplicationGroupId: sessions
        CacheClusterStatus: available
        Engine: valkey
        CacheSubnetGroupName: caches
        SecurityGroups: [{SecurityGroupId: sg-0c, Status: active}]
        CacheNodes: [{CacheNodeId: "0001", Endpoint: {Address: sessions-001.example, Port: 6379}}]
    CacheSubnetGroups: [{CacheSubnetGroupName: caches, VpcId: vpc-0c, Subnets: [{SubnetIdentifier: subnet-0c}, {SubnetIdentifier: subnet-0d}]}]
    VpnGateways: [{VpnGatewayId: vgw-0c, State: available, VpcAttachments: [{VpcId: vpc-0c, State: attached}]}]
    CustomerGateways: [{CustomerGatewayId: cgw-0c, State: available, Type: ipsec.1, IpAddress: 198.51.100.7, BgpAsn: "65000"}]
    VpnConnections:
      - VpnConnectionId: vpn-0c
        State: available
        Type: ipsec.1
        CustomerGatewayId: cgw-0c
        VpnGatewayId: vgw-0c
        Options: {StaticRoutesOnly: false}
        VgwTelemetry: [{OutsideIpAddress: 203.0.113.20, Status: UP, AcceptedRouteCount: 2}]
`

const (
	propagating = "- {cluster: \"*\", name: \"*\", writes: [rules, routes, propagation]}\n"
	officeByVPN = "- {cluster: sessions, name: office, source: 192.168.4.0/24, path: vpn}\n"
)

// propagates says whether a gateway's routes are propagated into a table.
func (s *scenario) propagates(table string) bool {
	s.t.Helper()
	out := must[*ec2.DescribeRouteTablesOutput](s.t)(s.admin(cacheAccount).DescribeRouteTables(s.t.Context(), &ec2.DescribeRouteTablesInput{RouteTableIds: []string{table}}))
	return len(out.RouteTables[0].PropagatingVgws) > 0
}

func TestAPropagationOfOursIsSwitchedOffWithItsIntentAndThatOfOthersStays(t *testing.T) {
	s := start(t, tunnelled, propagating+officeByVPN)
	s.satisfied()
	if !s.propagates("rtb-0d") {
		t.Fatal("the gateway is not propagated into rtb-0d")
	}
	s.declare(propagating)
	s.sweep()
	s.settles()
	if s.propagates("rtb-0d") || !s.propagates("rtb-0c") {
		t.Errorf("propagated into rtb-0d: %v, rtb-0c: %v", s.propagates("rtb-0d"), s.propagates("rtb-0c"))
	}
}

func TestAPropagationStaysWhereThePolicyNoLongerWritesIt(t *testing.T) {
	s := start(t, tunnelled, propagating+officeByVPN)
	s.satisfied()
	s.declare("- {cluster: \"*\", name: \"*\", writes: [rules, routes]}\n")
	mark := s.mark()
	s.sweep()
	if slices.Contains(s.writesSince(mark), "DisableVgwRoutePropagation") {
		t.Error("the propagation was switched off against the policy")
	}
}

func TestNothingOfAVPNWayIsClosedWhileAReadFails(t *testing.T) {
	for _, operation := range append(reads(), "", "ec2:DescribeVpnGateways", "ec2:DescribeVpnConnections", "ec2:DescribeCustomerGateways") {
		for name, intents := range map[string]string{"propagated": propagating + officeByVPN, "by static routes": officeByVPN} {
			t.Run(name+", fails: "+operation, func(t *testing.T) {
				s := start(t, tunnelled, intents)
				s.satisfied()
				s.Sim.Fail(awssim.Injection{Operation: operation, Code: "UnauthorizedOperation"})
				mark := s.mark()
				s.sweep()
				s.sweep()
				wantStrings(t, "writes", s.writesSince(mark))
				s.Sim.Heal()
				s.satisfied()
				wantStrings(t, "writes once all can be read again", s.writesSince(mark))
			})
		}
	}
}

func TestAVPNWhoseTunnelsGoDownKeepsItsRulesAndRoutes(t *testing.T) {
	s := start(t, tunnelled, officeByVPN)
	s.satisfied()
	accounts := s.copied()
	accounts.Region(cacheAccount, homeRegion).VpnConnections[0].VgwTelemetry[0].Status = "DOWN"
	s.rebuild(accounts)
	mark := s.mark()
	s.sweep()
	s.settles()
	wantStrings(t, "writes", s.writesSince(mark))
}

func TestAnIPv6SourceOverAVirtualPrivateGatewayIsNotTriedAgainAndAgain(t *testing.T) {
	s := start(t, tunnelled, "[]")
	accounts := s.copied()
	region := accounts.Region(cacheAccount, homeRegion)
	region.CacheClusters[0].NetworkType = "dual_stack"
	s.rebuild(accounts)
	s.declare("- {cluster: sessions, name: office6, source: \"fd00:9::/64\", path: vpn}")
	tried := 0
	for _, r := range s.sweep() {
		for _, c := range r.Changes {
			if c.Action == "CreateRoute" && c.Outcome != "refused" {
				tried++
			}
		}
	}
	if tried > 0 {
		t.Errorf("%d routes were tried that EC2 never takes", tried)
	}
}
