package observe_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
)

// everyKindWorld has at least one resource of every kind that a snapshot holds, on the
// way of an intent of everyKindIntents.
const everyKindWorld = `
"123456789012":
  us-east-1:
    Vpcs:
      - {VpcId: vpc-0c, CidrBlock: 10.0.0.0/16}
      - {VpcId: vpc-0d, CidrBlock: 10.9.0.0/16}
    Subnets:
      - {SubnetId: subnet-0c1, VpcId: vpc-0c, CidrBlock: 10.0.1.0/24, AvailabilityZone: us-east-1a}
      - {SubnetId: subnet-0d1, VpcId: vpc-0d, CidrBlock: 10.9.1.0/24, AvailabilityZone: us-east-1a}
    RouteTables:
      - RouteTableId: rtb-0c
        VpcId: vpc-0c
        Associations:
          - {RouteTableAssociationId: rtbassoc-0c0, RouteTableId: rtb-0c, Main: true}
          - {RouteTableAssociationId: rtbassoc-0c1, RouteTableId: rtb-0c, SubnetId: subnet-0c1}
        PropagatingVgws: [{GatewayId: vgw-0c}]
        Routes:
          - {DestinationCidrBlock: 10.1.0.0/16, VpcPeeringConnectionId: pcx-01, State: active, Origin: CreateRoute}
          - {DestinationCidrBlock: 10.2.0.0/16, TransitGatewayId: tgw-01, State: active, Origin: CreateRoute}
          - {DestinationCidrBlock: 10.3.0.0/16, NatGatewayId: nat-0c, State: blackhole, Origin: CreateRoute}
          - {DestinationPrefixListId: pl-0c, GatewayId: vpce-0c, State: active, Origin: CreateRoute}
    NetworkAcls:
      - NetworkAclId: acl-0c
        VpcId: vpc-0c
        IsDefault: true
        Associations: [{NetworkAclAssociationId: aclassoc-0c, NetworkAclId: acl-0c, SubnetId: subnet-0c1}]
    SecurityGroups:
      - {GroupId: sg-0c, GroupName: caches, VpcId: vpc-0c}
      - {GroupId: sg-0a, GroupName: orders, VpcId: vpc-0c}
    SecurityGroupRules:
      - {SecurityGroupRuleId: sgr-0a1, GroupId: sg-0c, IsEgress: false, IpProtocol: tcp, FromPort: 6379, ToPort: 6379, PrefixListId: pl-0d}
      - {SecurityGroupRuleId: sgr-0a2, GroupId: sg-0c, IsEgress: false, IpProtocol: tcp, FromPort: 6379, ToPort: 6379, ReferencedGroupInfo: {GroupId: sg-0a, UserId: "123456789012"}}
      - {SecurityGroupRuleId: sgr-0a3, GroupId: sg-0c, IsEgress: false, IpProtocol: tcp, FromPort: 6379, ToPort: 6379, ReferencedGroupInfo: {GroupId: sg-0f, UserId: "111122223333"}}
    ManagedPrefixLists:
      - {PrefixListId: pl-0c, PrefixListName: routed, MaxEntries: 5, Entries: [{Cidr: 52.216.0.0/15}]}
      - {PrefixListId: pl-0d, PrefixListName: used, MaxEntries: 5, Entries: [{Cidr: 10.0.1.128/25}]}
    NetworkInterfaces:
      - {NetworkInterfaceId: eni-0a, VpcId: vpc-0c, SubnetId: subnet-0c1, PrivateIpAddress: 10.0.1.7, Status: in-use,
         Groups: [{GroupId: sg-0a}], Attachment: {AttachmentId: eni-attach-0a, InstanceId: i-0a}}
    CacheSubnetGroups:
      - {CacheSubnetGroupName: caches, VpcId: vpc-0c, Subnets: [{SubnetIdentifier: subnet-0c1}]}
      - {CacheSubnetGroupName: others, VpcId: vpc-0d, Subnets: [{SubnetIdentifier: subnet-0d1}]}
    ReplicationGroups: [{ReplicationGroupId: sessions, Status: available, MemberClusters: [sessions-001]}]
    CacheClusters:
      - {CacheClusterId: sessions-001, ReplicationGroupId: sessions, CacheSubnetGroupName: caches, SecurityGroups: [{SecurityGroupId: sg-0c, Status: active}]}
      - {CacheClusterId: neighbour, CacheSubnetGroupName: others, SecurityGroups: [{SecurityGroupId: sg-0c, Status: active}]}
    VpcPeeringConnections:
      - VpcPeeringConnectionId: pcx-01
        RequesterVpcInfo: {VpcId: vpc-0c, OwnerId: "123456789012", Region: us-east-1}
        AccepterVpcInfo: {VpcId: vpc-0e, OwnerId: "111122223333", Region: us-east-1}
    TransitGatewayVpcAttachments:
      - {TransitGatewayAttachmentId: tgw-attach-0c, TransitGatewayId: tgw-01, VpcId: vpc-0c, VpcOwnerId: "123456789012", SubnetIds: [subnet-0c1]}
    VpnGateways: [{VpnGatewayId: vgw-0c, State: available, VpcAttachments: [{VpcId: vpc-0c, State: attached}]}]
    CustomerGateways: [{CustomerGatewayId: cgw-0c, State: available, IpAddress: 198.51.100.7, Type: ipsec.1, BgpAsn: "65000"}]
    VpnConnections:
      - VpnConnectionId: vpn-0c
        State: available
        Type: ipsec.1
        VpnGatewayId: vgw-0c
        CustomerGatewayId: cgw-0c
        Options: {StaticRoutesOnly: true}
        Routes: [{DestinationCidrBlock: 192.168.0.0/16, Source: Static, State: available}]
    VirtualInterfaces:
      - {virtualInterfaceId: dxvif-0c, virtualInterfaceName: direct, virtualInterfaceType: private, virtualInterfaceState: available,
         virtualGatewayId: vgw-0c, connectionId: dxlag-0c, bgpPeers: [{bgpPeerId: dxpeer-0c, addressFamily: ipv4, bgpPeerState: available, bgpStatus: up}]}
    DirectConnectGateways:
      - {directConnectGatewayId: 00000000-0000-0000-0000-0000000000d1, directConnectGatewayName: corporate, ownerAccount: "123456789012",
         directConnectGatewayState: available}
    DirectConnectGatewayAssociations:
      - associationId: 00000000-0000-0000-0000-00000000000a
        directConnectGatewayId: 00000000-0000-0000-0000-0000000000d1
        directConnectGatewayOwnerAccount: "123456789012"
        associationState: associated
        associatedGateway: {id: vgw-0c, type: virtualPrivateGateway, ownerAccount: "123456789012", region: us-east-1}
        allowedPrefixesToDirectConnectGateway: [{cidr: 10.0.0.0/16}]
"111122223333":
  us-east-1:
    Vpcs:
      - {VpcId: vpc-0e, CidrBlock: 10.1.0.0/16}
      - {VpcId: vpc-0b, CidrBlock: 10.2.0.0/16}
    Subnets:
      - {SubnetId: subnet-0b1, VpcId: vpc-0b, CidrBlock: 10.2.1.0/24, AvailabilityZone: us-east-1b}
    SecurityGroups:
      - {GroupId: sg-0e, GroupName: shop, VpcId: vpc-0e}
      - {GroupId: sg-0f, GroupName: named, VpcId: vpc-0e}
    TransitGatewayVpcAttachments:
      - {TransitGatewayAttachmentId: tgw-attach-0b, TransitGatewayId: tgw-01, VpcId: vpc-0b, VpcOwnerId: "111122223333", SubnetIds: [subnet-0b1]}
"444455556666":
  us-east-1:
    TransitGateways: [{TransitGatewayId: tgw-01}]
    TransitGatewayPeeringAttachments:
      - TransitGatewayAttachmentId: tgw-attach-0d
        RequesterTgwInfo: {TransitGatewayId: tgw-01, OwnerId: "444455556666", Region: us-east-1}
        AccepterTgwInfo: {TransitGatewayId: tgw-02, OwnerId: "444455556666", Region: eu-west-1}
    TransitGatewayRouteTables:
      - TransitGatewayRouteTableId: tgw-rtb-01
        TransitGatewayId: tgw-01
        Associations:
          - {TransitGatewayAttachmentId: tgw-attach-0c, State: associated}
          - {TransitGatewayAttachmentId: tgw-attach-0b, State: associated}
          - {TransitGatewayAttachmentId: tgw-attach-0d, State: associated}
        TransitGatewayRouteTablePropagations:
          - {TransitGatewayAttachmentId: tgw-attach-0c, ResourceId: vpc-0c, ResourceType: vpc, State: enabled}
        Routes:
          - {DestinationCidrBlock: 10.2.0.0/16, Type: static, State: active,
             TransitGatewayAttachments: [{TransitGatewayAttachmentId: tgw-attach-0b, ResourceId: vpc-0b, ResourceType: vpc}]}
          - {DestinationCidrBlock: 10.7.0.0/16, Type: static, State: active,
             TransitGatewayAttachments: [{TransitGatewayAttachmentId: tgw-attach-0d, ResourceId: tgw-02, ResourceType: peering}]}
  eu-west-1:
    TransitGateways: [{TransitGatewayId: tgw-02}]
`

func everyKindIntents() []intent.Intent {
	return []intent.Intent{
		wantFrom("same-vpc", group("sg-0a")), wantFrom("peering", groupOf("111122223333", "sg-0e")),
		wantFrom("transit-gateway", vpc("vpc-0b"), cidr("10.7.0.0/24")), wantFrom("", office),
	}
}

// namedAlike are the keys under which dispatch would look for what an event names that
// holds a text.
func namedAlike(t *testing.T, text string) []string {
	t.Helper()
	parameters := map[string]string{"any": text, "directConnectGatewayId": text, "associationId": text}
	data, err := json.Marshal(map[string]any{
		"source": "aws.ec2", "detail-type": "AWS API Call via CloudTrail",
		"detail": map[string]any{"eventName": "DeleteTags", "eventSource": "ec2.amazonaws.com", "requestParameters": parameters},
	})
	if err != nil {
		t.Fatal(err)
	}
	e, err := events.DecodeOne(data)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, r := range e.Resources {
		switch {
		case r.Kind == events.KindSecurityGroupRule: // an event about one names its group too
		case r.Named():
			keys = append(keys, network.NameKey(home, string(r.Kind), r.ID))
		default:
			keys = append(keys, r.Key())
		}
	}
	return keys
}

// texts are all texts in a value of the snapshot.
func texts(v reflect.Value) []string {
	var out []string
	switch v.Kind() {
	case reflect.String:
		out = append(out, v.String())
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				out = append(out, texts(v.Field(i))...)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			out = append(out, texts(v.Index(i))...)
		}
	default:
	}
	return out
}

// Whatever an event may name of what was read finds the unit.
func TestEveryListOfTheSnapshotIsInTheDependencyKeys(t *testing.T) {
	s := readRequest(t, clientsOf(simOf(t, everyKindWorld)), observe.Request{
		Unit: unit, Now: now, Intents: everyKindIntents(), Locations: []network.Location{home, peer, hub, hubAway},
	})
	wantNoFailures(t, s)
	all := reflect.ValueOf(*s)
	for i := range all.NumField() {
		list := all.Type().Field(i)
		if list.Type.Kind() != reflect.Map {
			continue
		}
		if all.Field(i).Len() == 0 {
			t.Errorf("the test's world gives nothing of %s", list.Name)
		}
		for _, id := range all.Field(i).MapKeys() {
			own, _, _ := strings.Cut(id.String(), "@") // a peering attachment is there from both ends
			if len(namedAlike(t, own)) == 0 {
				t.Errorf("an event cannot name %s of %s", own, list.Name)
			}
			for _, text := range append(texts(all.Field(i).MapIndex(id)), own) {
				for _, key := range namedAlike(t, text) {
					if !slices.Contains(s.DependencyKeys, key) {
						t.Errorf("%s of %s names %s, of which an event would not wake the unit", own, list.Name, key)
					}
				}
			}
		}
	}
}
