package simulation

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	cachetypes "github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/cachegate/cachegate/shared/awssim"
)

// The accounts and Regions of all cases.
const (
	cacheAccount = "111122223333"
	appAccount   = "444455556666"
	homeRegion   = "us-east-1"
	awayRegion   = "eu-west-1"
)

// managedTag is the tag by which a world says that a rule is cachegate's.
const managedTag = "cachegate:managed"

// builder makes a simulation's world of a case.
type builder struct {
	Case
	accounts awssim.Accounts
}

// world builds the network of a case.
func (c Case) world() (*awssim.World, error) {
	b := builder{Case: c, accounts: awssim.Accounts{}}
	b.accounts.Region(cacheAccount, homeRegion)
	b.vpcs()
	b.tables()
	b.acls()
	b.groups()
	b.interfaces()
	b.peerings()
	b.lists()
	b.clusters()
	b.hybrid()
	w, _, err := awssim.Build(b.accounts)
	return w, err
}

func (c Case) vpc(id string) VPC {
	for _, v := range c.VPCs {
		if v.ID == id {
			return v
		}
	}
	return VPC{}
}

func (c Case) subnet(id string) Subnet {
	for _, s := range c.Subnets {
		if s.ID == id {
			return s
		}
	}
	return Subnet{}
}

func (c Case) cluster(name string) (Cluster, bool) {
	for _, k := range c.Clusters {
		if k.Name == name {
			return k, true
		}
	}
	return Cluster{}, false
}

// place gives the content of the Region that a VPC is in.
func (b *builder) place(vpc string) *awssim.Region {
	v := b.vpc(vpc)
	if v.Account == "" {
		return &awssim.Region{} // cut out of the case: what was in it goes too
	}
	return b.accounts.Region(v.Account, v.Region)
}

func (b *builder) vpcs() {
	for _, v := range b.VPCs {
		r := b.accounts.Region(v.Account, v.Region)
		out := awssim.Vpc{
			Vpc:                ec2types.Vpc{VpcId: &v.ID},
			EnableDnsSupport:   &ec2types.AttributeBooleanValue{Value: aws.Bool(!v.NoSupport)},
			EnableDnsHostnames: &ec2types.AttributeBooleanValue{Value: aws.Bool(!v.NoHostnames)},
		}
		for _, block := range v.Blocks {
			if isV6(block) {
				out.Ipv6CidrBlockAssociationSet = append(out.Ipv6CidrBlockAssociationSet, ec2types.VpcIpv6CidrBlockAssociation{Ipv6CidrBlock: &block})
				continue
			}
			if out.CidrBlock == nil {
				out.CidrBlock = &block
			}
			out.CidrBlockAssociationSet = append(out.CidrBlockAssociationSet, ec2types.VpcCidrBlockAssociation{CidrBlock: &block})
		}
		r.Vpcs = append(r.Vpcs, out)
		r.InternetGateways = append(r.InternetGateways, ec2types.InternetGateway{
			InternetGatewayId: aws.String("igw-" + v.ID[4:]),
			Attachments:       []ec2types.InternetGatewayAttachment{{VpcId: &v.ID, State: "available"}},
		})
	}
	for _, s := range b.Subnets {
		r := b.place(s.VPC)
		out := ec2types.Subnet{SubnetId: &s.ID, VpcId: &s.VPC, CidrBlock: &s.Block, AvailabilityZone: aws.String(b.vpc(s.VPC).Region + cmp.Or(s.Zone, "a"))}
		if s.Block6 != "" {
			out.Ipv6CidrBlockAssociationSet = []ec2types.SubnetIpv6CidrBlockAssociation{{Ipv6CidrBlock: &s.Block6}}
		}
		r.Subnets = append(r.Subnets, out)
	}
}

func isV6(block string) bool { return strings.Contains(block, ":") }

func (b *builder) tables() {
	for _, t := range b.Tables {
		out := ec2types.RouteTable{RouteTableId: &t.ID, VpcId: &t.VPC}
		if t.Main {
			out.Associations = append(out.Associations, ec2types.RouteTableAssociation{Main: aws.Bool(true)})
		}
		for _, s := range b.Subnets {
			if s.Table == t.ID {
				out.Associations = append(out.Associations, ec2types.RouteTableAssociation{SubnetId: &s.ID})
			}
		}
		place := b.place(t.VPC)
		seen := map[string]bool{}
		for _, r := range b.Routes {
			if r.Table != t.ID || seen[r.To] {
				continue
			}
			seen[r.To] = true
			out.Routes = append(out.Routes, route(r))
			if len(r.Claimed) > 0 {
				claim := awssim.Claim{RouteTableId: &t.ID, Intents: r.Claimed}
				claim.DestinationCidrBlock, claim.DestinationIpv6CidrBlock = families(r.To)
				place.CachegateClaims = append(place.CachegateClaims, claim)
			}
		}
		b.propagate(&out, t)
		place.RouteTables = append(place.RouteTables, out)
	}
}

// propagate adds what a virtual private gateway tells to a table.
func (b *builder) propagate(out *ec2types.RouteTable, t Table) {
	if g := b.vpnGateway(t.Propagating); g.VPC != t.VPC || g.ID == "" {
		return
	}
	out.PropagatingVgws = []ec2types.PropagatingVgw{{GatewayId: &t.Propagating}}
	for _, block := range b.knownTo(t.Propagating) {
		out.Routes = append(out.Routes, ec2types.Route{
			DestinationCidrBlock: &block, GatewayId: &t.Propagating, Origin: ec2types.RouteOriginEnableVgwRoutePropagation,
		})
	}
}

func families(block string) (v4, v6 *string) {
	if isV6(block) {
		return nil, &block
	}
	return &block, nil
}

func route(r Route) ec2types.Route {
	out := ec2types.Route{Origin: ec2types.RouteOriginCreateRoute}
	out.DestinationCidrBlock, out.DestinationIpv6CidrBlock = families(r.To)
	if strings.HasPrefix(r.To, "pl-") {
		out.DestinationCidrBlock, out.DestinationPrefixListId = nil, &r.To
	}
	switch {
	case strings.HasPrefix(r.Target, "pcx-"):
		out.VpcPeeringConnectionId = &r.Target
	case strings.HasPrefix(r.Target, "eni-"):
		out.NetworkInterfaceId = &r.Target
	case strings.HasPrefix(r.Target, "tgw-"):
		out.TransitGatewayId = &r.Target
	default:
		out.GatewayId = &r.Target
	}
	return out
}

func (b *builder) acls() {
	for _, a := range b.ACLs {
		out := ec2types.NetworkAcl{NetworkAclId: &a.ID, VpcId: &a.VPC}
		for _, e := range a.Entries {
			out.Entries = append(out.Entries, e.entry())
		}
		for _, s := range b.Subnets {
			if s.ACL == a.ID {
				out.Associations = append(out.Associations, ec2types.NetworkAclAssociation{SubnetId: &s.ID})
			}
		}
		r := b.place(a.VPC)
		r.NetworkAcls = append(r.NetworkAcls, out)
	}
}

func (e Entry) entry() ec2types.NetworkAclEntry {
	out := ec2types.NetworkAclEntry{
		RuleNumber: aws.Int32(int32(e.Number)), Egress: &e.Egress, Protocol: aws.String("6"), RuleAction: ec2types.RuleActionAllow,
		PortRange: &ec2types.PortRange{From: aws.Int32(int32(e.From)), To: aws.Int32(int32(e.To))},
	}
	if e.Deny {
		out.RuleAction = ec2types.RuleActionDeny
	}
	out.CidrBlock, out.Ipv6CidrBlock = families(e.Block)
	return out
}

func (b *builder) groups() {
	for _, g := range b.Groups {
		r := b.place(g.VPC)
		out := ec2types.SecurityGroup{GroupId: &g.ID, GroupName: &g.ID, VpcId: &g.VPC, IpPermissionsEgress: []ec2types.IpPermission{}}
		if !g.Closed {
			out.IpPermissionsEgress = nil
		}
		r.SecurityGroups = append(r.SecurityGroups, out)
		seen := map[string]bool{}
		for i, rule := range b.Rules {
			key := fmt.Sprint(rule.Egress, rule.Protocol, rule.From, rule.To, rule.Peer)
			if rule.Group != g.ID || seen[key] || rule.Egress && !g.Closed {
				continue
			}
			seen[key] = true
			r.SecurityGroupRules = append(r.SecurityGroupRules, rule.rule(i))
		}
	}
}

func (rule Rule) rule(i int) ec2types.SecurityGroupRule {
	out := ec2types.SecurityGroupRule{
		SecurityGroupRuleId: aws.String(fmt.Sprintf("sgr-%02x", i+1)),
		GroupId:             &rule.Group, IsEgress: &rule.Egress, IpProtocol: &rule.Protocol,
		FromPort: aws.Int32(int32(rule.From)), ToPort: aws.Int32(int32(rule.To)),
	}
	if rule.Protocol == "-1" {
		out.FromPort, out.ToPort = aws.Int32(-1), aws.Int32(-1)
	}
	account, id, qualified := strings.Cut(rule.Peer, "/sg-")
	switch {
	case qualified:
		out.ReferencedGroupInfo = &ec2types.ReferencedSecurityGroup{GroupId: aws.String("sg-" + id), UserId: &account}
	case strings.HasPrefix(rule.Peer, "sg-"):
		out.ReferencedGroupInfo = &ec2types.ReferencedSecurityGroup{GroupId: &rule.Peer}
	case strings.HasPrefix(rule.Peer, "pl-"):
		out.PrefixListId = &rule.Peer
	default:
		out.CidrIpv4, out.CidrIpv6 = families(rule.Peer)
	}
	if rule.Claimed {
		out.Tags = []ec2types.Tag{{Key: aws.String(managedTag), Value: aws.String(fmt.Sprintf("replay/%02x", i+1))}}
	}
	return out
}

func (b *builder) interfaces() {
	for _, i := range b.Interfaces {
		s := b.subnet(i.Subnet)
		r := b.place(s.VPC)
		out := ec2types.NetworkInterface{
			NetworkInterfaceId: &i.ID, SubnetId: &i.Subnet, VpcId: &s.VPC, PrivateIpAddress: &i.Address,
			PrivateIpAddresses: []ec2types.NetworkInterfacePrivateIpAddress{{PrivateIpAddress: &i.Address, Primary: aws.Bool(true)}},
		}
		if i.Address6 != "" {
			out.Ipv6Addresses = []ec2types.NetworkInterfaceIpv6Address{{Ipv6Address: &i.Address6}}
		}
		if i.Cache {
			out.RequesterId, out.RequesterManaged = aws.String("amazon-elasticache"), aws.Bool(true)
			out.Description = aws.String("ElastiCache " + i.ID)
		}
		for _, g := range i.Groups {
			out.Groups = append(out.Groups, ec2types.GroupIdentifier{GroupId: &g})
		}
		r.NetworkInterfaces = append(r.NetworkInterfaces, out)
	}
}

func (b *builder) peerings() {
	for _, p := range b.Peerings {
		r := b.place(p.Requester)
		out := ec2types.VpcPeeringConnection{
			VpcPeeringConnectionId: &p.ID,
			RequesterVpcInfo:       b.side(p.Requester, p.RequesterDNS),
			AccepterVpcInfo:        b.side(p.Accepter, p.AccepterDNS),
		}
		if p.Status != "" {
			out.Status = &ec2types.VpcPeeringConnectionStateReason{Code: ec2types.VpcPeeringConnectionStateReasonCode(p.Status)}
		}
		r.VpcPeeringConnections = append(r.VpcPeeringConnections, out)
	}
}

func (b *builder) side(vpc string, dns bool) *ec2types.VpcPeeringConnectionVpcInfo {
	v := b.vpc(vpc)
	return &ec2types.VpcPeeringConnectionVpcInfo{
		VpcId: &vpc, OwnerId: &v.Account, Region: &v.Region,
		PeeringOptions: &ec2types.VpcPeeringConnectionOptionsDescription{AllowDnsResolutionFromRemoteVpc: &dns},
	}
}

func (b *builder) lists() {
	for _, l := range b.Lists {
		out := awssim.PrefixList{ManagedPrefixList: ec2types.ManagedPrefixList{PrefixListId: &l.ID, MaxEntries: aws.Int32(int32(l.Max))}}
		for _, e := range l.Entries {
			out.Entries = append(out.Entries, ec2types.PrefixListEntry{Cidr: &e})
		}
		r := b.accounts.Region(l.Account, l.Region)
		r.ManagedPrefixLists = append(r.ManagedPrefixLists, out)
	}
}

// arn gives the ARN of a cluster.
func (c Case) arn(name string) string {
	k, ok := c.cluster(name)
	kind, at := group, VPC{Account: cacheAccount, Region: homeRegion}
	if ok {
		kind, at = k.Kind, c.vpc(k.VPC)
	}
	return strings.Join([]string{"arn:aws:elasticache", at.Region, at.Account, kind, name}, ":")
}

func (b *builder) clusters() {
	for _, k := range b.Clusters {
		r := b.place(k.VPC)
		if k.Kind == serverless {
			r.ServerlessCaches = append(r.ServerlessCaches, awssim.ServerlessCache{ServerlessCache: cachetypes.ServerlessCache{
				ServerlessCacheName: &k.Name, Engine: &k.Engine, SubnetIds: k.Subnets, SecurityGroupIds: k.Groups,
				Endpoint:       &cachetypes.Endpoint{Address: aws.String(k.Name + ".serverless"), Port: aws.Int32(int32(k.Port))},
				ReaderEndpoint: &cachetypes.Endpoint{Address: aws.String(k.Name + ".serverless"), Port: aws.Int32(int32(k.Port + 1))},
				NetworkType:    cachetypes.NetworkType(k.Network),
			}})
			continue
		}
		subnets := "set-" + k.Name
		set := cachetypes.CacheSubnetGroup{CacheSubnetGroupName: &subnets, VpcId: &k.VPC}
		for _, s := range k.Subnets {
			set.Subnets = append(set.Subnets, cachetypes.Subnet{SubnetIdentifier: &s})
		}
		r.CacheSubnetGroups = append(r.CacheSubnetGroups, set)
		one := cachetypes.CacheCluster{
			CacheClusterId: &k.Name, Engine: &k.Engine, CacheSubnetGroupName: &subnets, NetworkType: cachetypes.NetworkType(k.Network),
			CacheNodes: []cachetypes.CacheNode{{CacheNodeId: aws.String("0001"), Endpoint: &cachetypes.Endpoint{Address: aws.String(k.Name), Port: aws.Int32(int32(k.Port))}}},
		}
		for _, g := range k.Groups {
			one.SecurityGroups = append(one.SecurityGroups, cachetypes.SecurityGroupMembership{SecurityGroupId: &g, Status: aws.String("active")})
		}
		for _, g := range k.Moving {
			one.SecurityGroups = append(one.SecurityGroups, cachetypes.SecurityGroupMembership{SecurityGroupId: &g, Status: aws.String("adding")})
		}
		if k.Kind == group {
			id := k.Name + "-001"
			one.CacheClusterId, one.ReplicationGroupId = &id, &k.Name
			r.ReplicationGroups = append(r.ReplicationGroups, awssim.ReplicationGroup{ReplicationGroup: cachetypes.ReplicationGroup{
				ReplicationGroupId: &k.Name, MemberClusters: []string{id}, NetworkType: cachetypes.NetworkType(k.Network),
			}})
		}
		r.CacheClusters = append(r.CacheClusters, awssim.CacheCluster{CacheCluster: one})
	}
}

// prefixOf reads a CIDR or an address; it is for what a case holds, which is right.
func prefixOf(text string) netip.Prefix {
	if a, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(a, a.BitLen())
	}
	p, _ := netip.ParsePrefix(text)
	return p.Masked()
}
