package observe_test

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
	"github.com/cachegate/cachegate/shared/resource/elasticache"
)

// The locations of the tests' worlds.
var (
	home = network.Location{Account: "123456789012", Region: "us-east-1"}
	peer = network.Location{Account: "111122223333", Region: "us-east-1"}
	away = network.Location{Account: "111122223333", Region: "eu-west-1"}
)

var unit = network.Unit{Location: home, VPC: "vpc-0c"}

var now = time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)

// simOf starts a simulation of worlds in YAML, one document for each account and
// Region: the keys of one file, written apart where that reads better.
func simOf(t *testing.T, world string, opts ...awssim.Option) *awssim.Sim {
	t.Helper()
	w, _, err := awssim.Load("world.yaml", []byte(world))
	if err != nil {
		t.Fatal(err)
	}
	return awssim.New(w, opts...)
}

func clientsOf(sim *awssim.Sim) *observe.FromConfig {
	return observe.NewClients(func(_ context.Context, at network.Location) (aws.Config, error) {
		return sim.Config(at.Account, at.Region, awssim.Actor{}), nil
	}, elasticache.New)
}

// readUnit reads the tests' unit.
func readUnit(t *testing.T, clients observe.Clients, wants ...intent.Intent) *network.Snapshot {
	t.Helper()
	return readRequest(t, clients, observe.Request{Unit: unit, Intents: wants, Now: now})
}

func readRequest(t *testing.T, clients observe.Clients, req observe.Request) *network.Snapshot {
	t.Helper()
	s, err := observe.Read(t.Context(), clients, req)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func wantNoFailures(t *testing.T, s *network.Snapshot) {
	t.Helper()
	for _, f := range s.Failures {
		t.Errorf("failure of %s in %s: %s: %s: %s", f.Kind, f.Location, f.Operation, f.Code, f.Message)
	}
}

// wantKeys checks that a map of the snapshot holds exactly the ids.
func wantKeys[T any](t *testing.T, what string, m map[string]T, ids ...string) {
	t.Helper()
	var got []string
	for id := range m {
		got = append(got, id)
	}
	slices.Sort(got)
	slices.Sort(ids)
	if !slices.Equal(got, ids) {
		t.Errorf("%s are %q, want %q", what, got, ids)
	}
}

func wantDependencyKeys(t *testing.T, s *network.Snapshot, keys ...string) {
	t.Helper()
	missing := slices.DeleteFunc(keys, func(k string) bool { return slices.Contains(s.DependencyKeys, k) })
	if len(missing) > 0 {
		t.Errorf("%q are not asked for; asked are\n%s", missing, strings.Join(s.DependencyKeys, "\n"))
	}
}

// groupOf, group, cidr, list and vpc make the sources of the tests, wantFrom their
// intents.
func groupOf(account, id string) intent.Source {
	return intent.Source{Kind: intent.SecurityGroup, Account: account, ID: id}
}

func group(id string) intent.Source { return groupOf("", id) }

func list(id string) intent.Source { return intent.Source{Kind: intent.PrefixList, ID: id} }

func vpc(id string) intent.Source { return intent.Source{Kind: intent.VPC, ID: id} }

func cidr(text string) intent.Source {
	return intent.Source{Kind: intent.CIDR, Prefix: netip.MustParsePrefix(text)}
}

func wantFrom(path intent.Path, sources ...intent.Source) intent.Intent {
	return intent.Intent{Cluster: sessionsARN, Path: path, Sources: sources}
}

const sessionsARN = "arn:aws:elasticache:us-east-1:123456789012:replicationgroup:sessions"

// homeWorld is a cache VPC with one of each kind of cluster.
const homeWorld = `
"123456789012":
  us-east-1:
    Vpcs:
      - VpcId: vpc-0c
        CidrBlock: 10.0.0.0/16
        EnableDnsHostnames: {Value: true}
      - VpcId: vpc-0d
        CidrBlock: 10.9.0.0/16
    AvailabilityZones:
      - {ZoneName: us-east-1a, ZoneType: availability-zone, State: available}
      - {ZoneName: us-east-1-bos-1a, ZoneType: local-zone, State: available}
    Subnets:
      - {SubnetId: subnet-0c1, VpcId: vpc-0c, CidrBlock: 10.0.1.0/24, AvailabilityZone: us-east-1a}
      - {SubnetId: subnet-0c2, VpcId: vpc-0c, CidrBlock: 10.0.2.0/24, AvailabilityZone: us-east-1-bos-1a}
      - {SubnetId: subnet-0d1, VpcId: vpc-0d, CidrBlock: 10.9.1.0/24, AvailabilityZone: us-east-1a}
    RouteTables:
      - RouteTableId: rtb-0c1
        VpcId: vpc-0c
        Associations:
          - {RouteTableAssociationId: rtbassoc-0c1, RouteTableId: rtb-0c1, SubnetId: subnet-0c1}
        Routes:
          - {DestinationPrefixListId: pl-0r, GatewayId: vpce-0s3, State: active, Origin: CreateRoute}
      - RouteTableId: rtb-0cm
        VpcId: vpc-0c
        Associations:
          - {RouteTableAssociationId: rtbassoc-0cm, RouteTableId: rtb-0cm, Main: true}
    NetworkAcls:
      - NetworkAclId: acl-0c
        VpcId: vpc-0c
        IsDefault: true
        Associations:
          - {NetworkAclAssociationId: aclassoc-0c1, NetworkAclId: acl-0c, SubnetId: subnet-0c1}
          - {NetworkAclAssociationId: aclassoc-0c2, NetworkAclId: acl-0c, SubnetId: subnet-0c2}
        Entries:
          - {RuleNumber: 100, Egress: false, Protocol: "6", RuleAction: allow, CidrBlock: 10.0.0.0/16, PortRange: {From: 6379, To: 6380}}
          - {RuleNumber: 100, Egress: true, Protocol: "-1", RuleAction: allow, CidrBlock: 0.0.0.0/0}
          - {RuleNumber: 32767, Egress: false, Protocol: "-1", RuleAction: deny, CidrBlock: 0.0.0.0/0}
    SecurityGroups:
      - {GroupId: sg-0c, GroupName: caches, VpcId: vpc-0c}
      - {GroupId: sg-0s, GroupName: serverless, VpcId: vpc-0c}
      - {GroupId: sg-0a, GroupName: orders, VpcId: vpc-0c}
      - {GroupId: sg-0b, GroupName: base, VpcId: vpc-0c}
      - {GroupId: sg-0q, GroupName: quoted, VpcId: vpc-0c}
      - {GroupId: sg-0old, GroupName: retired, VpcId: vpc-0c}
      - {GroupId: sg-0d, GroupName: elsewhere, VpcId: vpc-0d}
    SecurityGroupRules:
      - {SecurityGroupRuleId: sgr-01, GroupId: sg-0c, IsEgress: false, IpProtocol: tcp, FromPort: 6379, ToPort: 6379,
         ReferencedGroupInfo: {GroupId: sg-0q, UserId: "123456789012"}, Description: orders,
         Tags: [{Key: "cachegate:managed", Value: prod/1}]}
      - {SecurityGroupRuleId: sgr-02, GroupId: sg-0c, IsEgress: false, IpProtocol: tcp, FromPort: 6379, ToPort: 6379, PrefixListId: pl-0u}
      - {SecurityGroupRuleId: sgr-03, GroupId: sg-0c, IsEgress: false, IpProtocol: "-1",
         ReferencedGroupInfo: {GroupId: sg-0p, UserId: "111122223333"}}
      - {SecurityGroupRuleId: sgr-04, GroupId: sg-0a, IsEgress: true, IpProtocol: tcp, FromPort: 6379, ToPort: 6379, CidrIpv4: 10.0.0.0/16}
    ManagedPrefixLists:
      - {PrefixListId: pl-0s, PrefixListName: office, MaxEntries: 5, Entries: [{Cidr: 10.0.2.0/25}]}
      - {PrefixListId: pl-0u, PrefixListName: used, MaxEntries: 5, Entries: [{Cidr: 10.0.2.128/25}]}
      - {PrefixListId: pl-0r, PrefixListName: routed, OwnerId: AWS, Entries: [{Cidr: 52.216.0.0/15}]}
      - {PrefixListId: pl-0x, PrefixListName: idle, MaxEntries: 5, Entries: [{Cidr: 10.99.0.0/16}]}
    NetworkInterfaces:
      - {NetworkInterfaceId: eni-0a, VpcId: vpc-0c, SubnetId: subnet-0c2, PrivateIpAddress: 10.0.2.7, Status: in-use,
         Groups: [{GroupId: sg-0a}, {GroupId: sg-0b}], Attachment: {AttachmentId: eni-attach-0a, InstanceId: i-0a}, SourceDestCheck: true}
      - {NetworkInterfaceId: eni-0c, VpcId: vpc-0c, SubnetId: subnet-0c1, PrivateIpAddress: 10.0.1.5, Status: in-use,
         Groups: [{GroupId: sg-0c}], RequesterId: amazon-elasticache, Description: ElastiCache sessions-001}
    CacheSubnetGroups:
      - {CacheSubnetGroupName: caches, VpcId: vpc-0c, Subnets: [{SubnetIdentifier: subnet-0c1}]}
      - {CacheSubnetGroupName: others, VpcId: vpc-0d, Subnets: [{SubnetIdentifier: subnet-0d1}]}
    ReplicationGroups:
      - ReplicationGroupId: sessions
        Status: available
        Engine: valkey
        MemberClusters: [sessions-001, sessions-002]
        NodeGroups: [{NodeGroupId: "0001", PrimaryEndpoint: {Address: p.example, Port: 7000}, ReaderEndpoint: {Address: r.example, Port: 7000}}]
    CacheClusters:
      - {CacheClusterId: sessions-001, ReplicationGroupId: sessions, Engine: valkey, CacheSubnetGroupName: caches,
         SecurityGroups: [{SecurityGroupId: sg-0c, Status: active}]}
      - {CacheClusterId: sessions-002, ReplicationGroupId: sessions, Engine: valkey, CacheSubnetGroupName: caches,
         SecurityGroups: [{SecurityGroupId: sg-0c, Status: adding}]}
      - {CacheClusterId: pages, Engine: memcached, CacheSubnetGroupName: caches, ConfigurationEndpoint: {Address: m.example, Port: 11311},
         SecurityGroups: [{SecurityGroupId: sg-0c, Status: active}]}
      - {CacheClusterId: fresh, Engine: redis, CacheClusterStatus: creating, CacheSubnetGroupName: caches}
      - {CacheClusterId: foreign, Engine: redis, CacheSubnetGroupName: others, SecurityGroups: [{SecurityGroupId: sg-0d, Status: active}]}
    ServerlessCaches:
      - {ServerlessCacheName: carts, Engine: valkey, Status: AVAILABLE, SubnetIds: [subnet-0c1, subnet-0c2], SecurityGroupIds: [sg-0s],
         Endpoint: {Address: s.example, Port: 6379}, ReaderEndpoint: {Address: s.example, Port: 6380}}
`

// peerWorld is another account's VPC that is peered with the cache VPC.
const peerWorld = `
"111122223333":
  us-east-1:
    Vpcs:
      - {VpcId: vpc-0p, CidrBlock: 10.1.0.0/16}
    Subnets:
      - {SubnetId: subnet-0p1, VpcId: vpc-0p, CidrBlock: 10.1.1.0/24, AvailabilityZone: us-east-1b}
    RouteTables:
      - RouteTableId: rtb-0p
        VpcId: vpc-0p
        Associations: [{RouteTableAssociationId: rtbassoc-0p, RouteTableId: rtb-0p, Main: true}]
        Routes: [{DestinationCidrBlock: 10.0.0.0/16, VpcPeeringConnectionId: pcx-01, State: active, Origin: CreateRoute}]
    SecurityGroups:
      - {GroupId: sg-0p, GroupName: shop, VpcId: vpc-0p}
    NetworkInterfaces:
      - {NetworkInterfaceId: eni-0p, VpcId: vpc-0p, SubnetId: subnet-0p1, PrivateIpAddress: 10.1.1.9, Status: in-use, Groups: [{GroupId: sg-0p}]}
    VpcPeeringConnections:
      - VpcPeeringConnectionId: pcx-01
        RequesterVpcInfo: {VpcId: vpc-0p, OwnerId: "111122223333", Region: us-east-1, PeeringOptions: {AllowDnsResolutionFromRemoteVpc: true}}
        AccepterVpcInfo: {VpcId: vpc-0c, OwnerId: "123456789012", Region: us-east-1, PeeringOptions: {AllowDnsResolutionFromRemoteVpc: false}}
`
