package reconcile_test

// peered are two VPCs of two accounts over a peering connection: the cluster in
// vpc-0c, an application in vpc-0a. No route leads anywhere yet.
const peered = `
"111122223333":
  us-east-1:
    Vpcs: [{VpcId: vpc-0c, CidrBlock: 10.0.0.0/16, EnableDnsHostnames: {Value: true}}]
    Subnets: [{SubnetId: subnet-0c, VpcId: vpc-0c, CidrBlock: 10.0.1.0/24, AvailabilityZone: us-east-1a}]
    RouteTables:
      - {RouteTableId: rtb-0c, VpcId: vpc-0c, Associations: [{RouteTableAssociationId: rtbassoc-0c, Main: true}], Routes: [{DestinationCidrBlock: 10.0.0.0/16, GatewayId: local}]}
    SecurityGroups: [{GroupId: sg-0c, GroupName: sessions, VpcId: vpc-0c}]
    VpcPeeringConnections:
      - VpcPeeringConnectionId: pcx-0a
        RequesterVpcInfo: {OwnerId: "111122223333", VpcId: vpc-0c, Region: us-east-1}
        AccepterVpcInfo: {OwnerId: "444455556666", VpcId: vpc-0a, Region: us-east-1}
    ReplicationGroups: [{ReplicationGroupId: sessions, Status: available, MemberClusters: [sessions-001]}]
    CacheClusters:
      - CacheClusterId: sessions-001
        ReplicationGroupId: sessions
        CacheClusterStatus: available
        Engine: valkey
        CacheSubnetGroupName: caches
        SecurityGroups: [{SecurityGroupId: sg-0c, Status: active}]
        CacheNodes: [{CacheNodeId: "0001", Endpoint: {Address: sessions-001.example, Port: 6379}}]
    CacheSubnetGroups: [{CacheSubnetGroupName: caches, VpcId: vpc-0c, Subnets: [{SubnetIdentifier: subnet-0c}]}]
"444455556666":
  us-east-1:
    Vpcs: [{VpcId: vpc-0a, CidrBlock: 10.1.0.0/16, EnableDnsHostnames: {Value: true}}]
    Subnets: [{SubnetId: subnet-0a, VpcId: vpc-0a, CidrBlock: 10.1.1.0/24, AvailabilityZone: us-east-1a}]
    RouteTables:
      - {RouteTableId: rtb-0a, VpcId: vpc-0a, Associations: [{RouteTableAssociationId: rtbassoc-0a, Main: true}], Routes: [{DestinationCidrBlock: 10.1.0.0/16, GatewayId: local}]}
    SecurityGroups:
      - {GroupId: sg-0a, GroupName: orders, VpcId: vpc-0a, IpPermissionsEgress: [{IpProtocol: "-1", IpRanges: [{CidrIp: 0.0.0.0/0}]}]}
    NetworkInterfaces:
      - {NetworkInterfaceId: eni-0a, VpcId: vpc-0a, SubnetId: subnet-0a, PrivateIpAddress: 10.1.1.10, Groups: [{GroupId: sg-0a}]}
`

// attached are two VPCs of two accounts on one transit gateway, which the caches'
// account owns and shares. Its one route table knows both VPCs.
const attached = `
"111122223333":
  us-east-1:
    Vpcs: [{VpcId: vpc-0c, CidrBlock: 10.0.0.0/16, EnableDnsHostnames: {Value: true}}]
    Subnets: [{SubnetId: subnet-0c, VpcId: vpc-0c, CidrBlock: 10.0.1.0/24, AvailabilityZone: us-east-1a}]
    RouteTables:
      - {RouteTableId: rtb-0c, VpcId: vpc-0c, Associations: [{RouteTableAssociationId: rtbassoc-0c, Main: true}], Routes: [{DestinationCidrBlock: 10.0.0.0/16, GatewayId: local}]}
    SecurityGroups: [{GroupId: sg-0c, GroupName: sessions, VpcId: vpc-0c}]
    TransitGateways: [{TransitGatewayId: tgw-0a, State: available, OwnerId: "111122223333"}]
    TransitGatewayVpcAttachments:
      - {TransitGatewayAttachmentId: tgw-attach-0c, TransitGatewayId: tgw-0a, VpcId: vpc-0c, VpcOwnerId: "111122223333", State: available, SubnetIds: [subnet-0c]}
      - {TransitGatewayAttachmentId: tgw-attach-0a, TransitGatewayId: tgw-0a, VpcId: vpc-0a, VpcOwnerId: "444455556666", State: available, SubnetIds: [subnet-0a]}
    TransitGatewayRouteTables:
      - TransitGatewayRouteTableId: tgw-rtb-0a
        TransitGatewayId: tgw-0a
        State: available
        Associations:
          - {TransitGatewayAttachmentId: tgw-attach-0c, ResourceId: vpc-0c, ResourceType: vpc, State: associated}
          - {TransitGatewayAttachmentId: tgw-attach-0a, ResourceId: vpc-0a, ResourceType: vpc, State: associated}
        TransitGatewayRouteTablePropagations:
          - {TransitGatewayAttachmentId: tgw-attach-0c, ResourceId: vpc-0c, ResourceType: vpc, State: enabled}
          - {TransitGatewayAttachmentId: tgw-attach-0a, ResourceId: vpc-0a, ResourceType: vpc, State: enabled}
    ReplicationGroups: [{ReplicationGroupId: sessions, Status: available, MemberClusters: [sessions-001]}]
    CacheClusters:
      - CacheClusterId: sessions-001
        ReplicationGroupId: sessions
        CacheClusterStatus: available
        Engine: valkey
        CacheSubnetGroupName: caches
        SecurityGroups: [{SecurityGroupId: sg-0c, Status: active}]
        CacheNodes: [{CacheNodeId: "0001", Endpoint: {Address: sessions-001.example, Port: 6379}}]
    CacheSubnetGroups: [{CacheSubnetGroupName: caches, VpcId: vpc-0c, Subnets: [{SubnetIdentifier: subnet-0c}]}]
"444455556666":
  us-east-1:
    Vpcs: [{VpcId: vpc-0a, CidrBlock: 10.1.0.0/16, EnableDnsHostnames: {Value: true}}]
    Subnets: [{SubnetId: subnet-0a, VpcId: vpc-0a, CidrBlock: 10.1.1.0/24, AvailabilityZone: us-east-1a}]
    RouteTables:
      - {RouteTableId: rtb-0a, VpcId: vpc-0a, Associations: [{RouteTableAssociationId: rtbassoc-0a, Main: true}], Routes: [{DestinationCidrBlock: 10.1.0.0/16, GatewayId: local}]}
    SecurityGroups:
      - {GroupId: sg-0a, GroupName: orders, VpcId: vpc-0a, IpPermissionsEgress: [{IpProtocol: "-1", IpRanges: [{CidrIp: 0.0.0.0/0}]}]}
    NetworkInterfaces:
      - {NetworkInterfaceId: eni-0a, VpcId: vpc-0a, SubnetId: subnet-0a, PrivateIpAddress: 10.1.1.10, Groups: [{GroupId: sg-0a}]}
`
