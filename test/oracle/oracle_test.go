package oracle_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/test/oracle"
)

// world has a cache in vpc-c, an application beside it, and one in vpc-a of another
// account, behind a peering connection; all of it works.
const world = `
"111122223333":
  us-east-1:
    Vpcs:
      - {VpcId: vpc-c, CidrBlock: 10.1.0.0/16, EnableDnsHostnames: {Value: true}}
    Subnets:
      - {SubnetId: subnet-c1, VpcId: vpc-c, CidrBlock: 10.1.1.0/24}
      - {SubnetId: subnet-c2, VpcId: vpc-c, CidrBlock: 10.1.2.0/24}
    RouteTables:
      - RouteTableId: rtb-c
        VpcId: vpc-c
        Associations: [{Main: true}]
        Routes: [{DestinationCidrBlock: 10.2.0.0/16, VpcPeeringConnectionId: pcx-1}]
    NetworkAcls:
      - NetworkAclId: acl-c
        VpcId: vpc-c
        IsDefault: true
        Entries:
          - {RuleNumber: 100, Egress: false, Protocol: "-1", RuleAction: allow, CidrBlock: 0.0.0.0/0}
          - {RuleNumber: 100, Egress: true, Protocol: "-1", RuleAction: allow, CidrBlock: 0.0.0.0/0}
    SecurityGroups:
      - GroupId: sg-c
        VpcId: vpc-c
        IpPermissions:
          - {IpProtocol: tcp, FromPort: 6379, ToPort: 6379, UserIdGroupPairs: [{GroupId: sg-n}, {GroupId: sg-a, UserId: "444455556666"}]}
      - {GroupId: sg-n, VpcId: vpc-c}
    NetworkInterfaces:
      - {NetworkInterfaceId: eni-n, SubnetId: subnet-c2, VpcId: vpc-c, PrivateIpAddress: 10.1.2.10, Groups: [{GroupId: sg-n}]}
    VpcPeeringConnections:
      - VpcPeeringConnectionId: pcx-1
        RequesterVpcInfo: {VpcId: vpc-c, OwnerId: "111122223333", Region: us-east-1, PeeringOptions: {AllowDnsResolutionFromRemoteVpc: true}}
        AccepterVpcInfo: {VpcId: vpc-a, OwnerId: "444455556666", Region: us-east-1}
    ManagedPrefixLists:
      - {PrefixListId: pl-1, MaxEntries: 2, Entries: [{Cidr: 10.1.2.0/25}]}
    CacheSubnetGroups:
      - {CacheSubnetGroupName: caches, VpcId: vpc-c, Subnets: [{SubnetIdentifier: subnet-c1}]}
    CacheClusters:
      - CacheClusterId: sessions
        Engine: redis
        CacheSubnetGroupName: caches
        SecurityGroups: [{SecurityGroupId: sg-c, Status: active}]
        CacheNodes: [{CacheNodeId: "0001", Endpoint: {Address: sessions, Port: 6379}}]
"444455556666":
  us-east-1:
    Vpcs:
      - {VpcId: vpc-a, CidrBlock: 10.2.0.0/16, EnableDnsHostnames: {Value: true}}
    Subnets:
      - {SubnetId: subnet-a, VpcId: vpc-a, CidrBlock: 10.2.1.0/24}
    RouteTables:
      - RouteTableId: rtb-a
        VpcId: vpc-a
        Associations: [{Main: true}]
        Routes: [{DestinationCidrBlock: 10.1.0.0/16, VpcPeeringConnectionId: pcx-1}]
    SecurityGroups:
      - {GroupId: sg-a, VpcId: vpc-a}
    NetworkInterfaces:
      - {NetworkInterfaceId: eni-a, SubnetId: subnet-a, VpcId: vpc-a, PrivateIpAddress: 10.2.1.10, Groups: [{GroupId: sg-a}]}
`

const sessions = "arn:aws:elasticache:us-east-1:111122223333:cluster:sessions"

func start(t *testing.T) *awssim.Sim {
	t.Helper()
	w, _, err := awssim.Load("world.yaml", []byte(world))
	if err != nil {
		t.Fatal(err)
	}
	return awssim.New(w)
}

func read(t *testing.T, sim *awssim.Sim) *oracle.Network {
	t.Helper()
	n, err := oracle.Read(t.Context(), sim)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// blockers gives what stops any of the connections of a source, each hop once.
func blockers(t *testing.T, n *oracle.Network, source string) string {
	t.Helper()
	pairs, ok := n.Pairs(oracle.Ask{Cluster: sessions, Sources: []string{source}}, oracle.Present)
	if !ok || len(pairs) == 0 {
		return "no clients"
	}
	var out []string
	seen := map[oracle.Hop]bool{}
	for _, p := range pairs {
		for _, b := range n.Connect(p.Client, p.Node).Blockers {
			if !seen[b.Hop] {
				seen[b.Hop] = true
				out = append(out, string(b.Hop))
			}
		}
	}
	return strings.Join(out, ", ")
}

func tcp(port int32) ec2types.IpPermission {
	return ec2types.IpPermission{IpProtocol: aws.String("tcp"), FromPort: &port, ToPort: &port}
}

type change func(context.Context, *ec2.Client) error

func entry(egress bool, number int32, action ec2types.RuleAction, cidr string, from, to int32) change {
	return func(ctx context.Context, c *ec2.Client) error {
		_, err := c.CreateNetworkAclEntry(ctx, &ec2.CreateNetworkAclEntryInput{
			NetworkAclId: aws.String("acl-c"), Egress: &egress, RuleNumber: &number, RuleAction: action, Protocol: aws.String("6"),
			CidrBlock: &cidr, PortRange: &ec2types.PortRange{From: &from, To: &to},
		})
		return err
	}
}

func closeIngress(ctx context.Context, c *ec2.Client) error {
	p := tcp(6379)
	p.UserIdGroupPairs = []ec2types.UserIdGroupPair{{GroupId: aws.String("sg-n")}}
	_, err := c.RevokeSecurityGroupIngress(ctx, &ec2.RevokeSecurityGroupIngressInput{GroupId: aws.String("sg-c"), IpPermissions: []ec2types.IpPermission{p}})
	return err
}

func open(p ec2types.IpPermission) change {
	return func(ctx context.Context, c *ec2.Client) error {
		_, err := c.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{GroupId: aws.String("sg-c"), IpPermissions: []ec2types.IpPermission{p}})
		return err
	}
}

func openRange(port int32, cidr string) change {
	p := tcp(port)
	p.IpRanges = []ec2types.IpRange{{CidrIp: &cidr}}
	return open(p)
}

func letOutOnly(groupID string, port int32, cidr string) change {
	return func(ctx context.Context, c *ec2.Client) error {
		all := ec2types.IpPermission{IpProtocol: aws.String("-1"), IpRanges: []ec2types.IpRange{{CidrIp: aws.String("0.0.0.0/0")}}}
		if _, err := c.RevokeSecurityGroupEgress(ctx, &ec2.RevokeSecurityGroupEgressInput{GroupId: &groupID, IpPermissions: []ec2types.IpPermission{all}}); err != nil {
			return err
		}
		p := tcp(port)
		p.IpRanges = []ec2types.IpRange{{CidrIp: &cidr}}
		_, err := c.AuthorizeSecurityGroupEgress(ctx, &ec2.AuthorizeSecurityGroupEgressInput{GroupId: &groupID, IpPermissions: []ec2types.IpPermission{p}})
		return err
	}
}

func route(table, cidr, gateway string) change {
	return func(ctx context.Context, c *ec2.Client) error {
		in := &ec2.CreateRouteInput{RouteTableId: &table, DestinationCidrBlock: &cidr, NetworkInterfaceId: &gateway}
		_, err := c.CreateRoute(ctx, in)
		return err
	}
}

func noRoute(table, cidr string) change {
	return func(ctx context.Context, c *ec2.Client) error {
		_, err := c.DeleteRoute(ctx, &ec2.DeleteRouteInput{RouteTableId: &table, DestinationCidrBlock: &cidr})
		return err
	}
}

func TestEachHopIsAskedAsAWSDoes(t *testing.T) {
	const near, far = "sg-n", "444455556666/sg-a"
	for name, row := range map[string]struct {
		source  string
		account string // whose client makes the changes; the caches' where empty
		changes []change
		want    string
	}{
		"all is well inside the VPC":                         {source: near},
		"all is well over the peering connection":            {source: far},
		"a group that nobody lets in":                        {source: near, changes: []change{closeIngress}, want: "security group of the cache"},
		"a range that holds the client lets it in":           {source: near, changes: []change{closeIngress, openRange(6379, "10.1.2.8/29")}},
		"a range beside the client does not":                 {source: near, changes: []change{closeIngress, openRange(6379, "10.1.2.16/29")}, want: "security group of the cache"},
		"another port does not":                              {source: near, changes: []change{closeIngress, openRange(6380, "10.1.0.0/16")}, want: "security group of the cache"},
		"a prefix list lets its entries in":                  {source: near, changes: []change{closeIngress, open(withList(tcp(6379)))}},
		"all traffic lets everything in":                     {source: near, changes: []change{closeIngress, open(ec2types.IpPermission{IpProtocol: aws.String("-1"), IpRanges: []ec2types.IpRange{{CidrIp: aws.String("10.1.0.0/16")}}})}},
		"a part of a range is not the range":                 {source: "10.1.2.0/24", changes: []change{openRange(6379, "10.1.2.0/25")}, want: "security group of the cache"},
		"two parts are":                                      {source: "10.1.2.0/24", changes: []change{openRange(6379, "10.1.2.0/25"), openRange(6379, "10.1.2.128/25")}},
		"a range outside every subnet has no clients":        {source: "10.1.9.0/24", want: "no clients"},
		"egress for another port":                            {source: near, changes: []change{letOutOnly("sg-n", 443, "0.0.0.0/0")}, want: "security group of the client"},
		"egress to a part of the cache's subnet":             {source: near, changes: []change{letOutOnly("sg-n", 6379, "10.1.1.0/25")}, want: "security group of the client"},
		"egress to the cache's subnet":                       {source: near, changes: []change{letOutOnly("sg-n", 6379, "10.1.1.0/24")}},
		"a denying entry before the allowing one":            {source: near, changes: []change{entry(false, 50, ec2types.RuleActionDeny, "10.1.2.0/24", 6379, 6379)}, want: "network ACL of the cache"},
		"a denying entry after the allowing one":             {source: near, changes: []change{entry(false, 150, ec2types.RuleActionDeny, "10.1.2.0/24", 6379, 6379)}},
		"one ephemeral port that answers may not use":        {source: near, changes: []change{entry(true, 50, ec2types.RuleActionDeny, "10.1.2.0/24", 40000, 40000)}, want: "network ACL of the cache"},
		"answers outside Linux's ephemeral ports":            {source: near, changes: []change{entry(true, 50, ec2types.RuleActionDeny, "10.1.2.0/24", 1024, 32767)}},
		"the ACL of the client filters too":                  {source: near, changes: []change{entry(true, 50, ec2types.RuleActionDeny, "10.1.1.0/24", 6379, 6379)}, want: "network ACL of the client"},
		"no ACL inside one subnet":                           {source: "10.1.1.0/24", changes: []change{openRange(6379, "10.1.0.0/16"), entry(false, 50, ec2types.RuleActionDeny, "0.0.0.0/0", 0, 65535)}},
		"a more specific route past the local one":           {source: near, changes: []change{route("rtb-c", "10.1.1.0/24", "eni-n")}, want: "route of the client"},
		"no route back":                                      {source: far, changes: []change{noRoute("rtb-c", "10.2.0.0/16")}, want: "route of the cache"},
		"a more specific route elsewhere":                    {source: far, changes: []change{route("rtb-c", "10.2.1.0/28", "eni-n")}, want: "route of the cache"},
		"no route there":                                     {source: far, account: "444455556666", changes: []change{noRoute("rtb-a", "10.1.0.0/16")}, want: "route of the client"},
		"a connection that is deleted":                       {source: far, changes: []change{deletePeering}, want: "no clients"},
		"a source in no VPC that a path leads to":            {source: "192.168.0.0/24", want: "no clients"},
		"a whole VPC is every address that has a subnet":     {source: "vpc-a", changes: []change{openRange(6379, "10.2.1.0/24")}},
		"a prefix list as a source is asked entry by entry":  {source: "pl-1", changes: []change{openRange(6379, "10.1.2.0/26")}, want: "security group of the cache"},
		"a group in the cache's group's rule of its own VPC": {source: "111122223333/sg-n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := start(t)
			account := row.account
			if account == "" {
				account = "111122223333"
			}
			c := ec2.NewFromConfig(sim.Config(account, "us-east-1", awssim.Actor{Session: "alice"}))
			for i, change := range row.changes {
				if err := change(t.Context(), c); err != nil {
					t.Fatal(fmt.Errorf("change %d: %w", i, err))
				}
			}
			if got := blockers(t, read(t, sim), row.source); got != row.want {
				t.Errorf("blocked by %q, expected %q", got, row.want)
			}
		})
	}
}

func withList(p ec2types.IpPermission) ec2types.IpPermission {
	p.PrefixListIds = []ec2types.PrefixListId{{PrefixListId: aws.String("pl-1")}}
	return p
}

func deletePeering(ctx context.Context, c *ec2.Client) error {
	_, err := c.DeleteVpcPeeringConnection(ctx, &ec2.DeleteVpcPeeringConnectionInput{VpcPeeringConnectionId: aws.String("pcx-1")})
	return err
}

func TestReadingIsUntouchedByFaultsAndLags(t *testing.T) {
	sim := start(t)
	sim.Lag(awssim.Lag{Reads: 1000})
	c := ec2.NewFromConfig(sim.Config("111122223333", "us-east-1", awssim.Actor{Session: "alice"}))
	if err := closeIngress(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	sim.Fail(awssim.Injection{Code: "UnauthorizedOperation"})
	if got := blockers(t, read(t, sim), "sg-n"); got != "security group of the cache" {
		t.Errorf("blocked by %q, expected the network as it is", got)
	}
}
