package simulation

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachegate/cachegate/shared/awssim"
)

// client gives somebody else's client where a VPC is.
func (h *harness) client(vpc string) *ec2.Client {
	v := h.vpc(vpc)
	return ec2.NewFromConfig(h.sim.Config(v.Account, v.Region, awssim.Actor{Session: "alice"}))
}

// foreign lets somebody else change the network. What AWS refuses does not happen.
func (h *harness) foreign(s Step) {
	var err error
	switch s.Do {
	case "authorize", "revoke", "modify", "tag":
		err = h.foreignRule(s)
	case "create-route", "replace-route", "delete-route":
		err = h.foreignRoute(s)
	case "delete-peering", "accept-peering", "peering-dns":
		err = h.foreignPeering(s)
	case "cluster-groups", "delete-cluster":
		err = h.foreignCluster(s)
	case "acl-entry", "vpc-dns", "set-groups", "create-interface", "delete-interface", "list-entry", "associate-table":
		err = h.foreignRest(s)
	default:
		act, ok := hybridSteps[s.Do]
		if !ok {
			panic("no such step: " + s.Do)
		}
		err = act(h, s)
	}
	if err != nil {
		h.tell("  refused: %v", err)
	}
}

func (h *harness) groupVPC(id string) string {
	for _, g := range h.Groups {
		if g.ID == id {
			return g.VPC
		}
	}
	return ""
}

func (h *harness) foreignRule(s Step) error {
	c := h.client(h.groupVPC(s.On))
	if s.Do == "authorize" {
		_, err := c.AuthorizeSecurityGroupIngress(h.ctx, &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &s.On, IpPermissions: []ec2types.IpPermission{s.permission()}})
		return err
	}
	var rules []ec2types.SecurityGroupRule
	for _, r := range h.read().Rules(s.On) {
		if !aws.ToBool(r.IsEgress) {
			rules = append(rules, r)
		}
	}
	if len(rules) == 0 {
		return nil
	}
	r := rules[s.At%len(rules)]
	id := aws.ToString(r.SecurityGroupRuleId)
	switch s.Do {
	case "revoke":
		_, err := c.RevokeSecurityGroupIngress(h.ctx, &ec2.RevokeSecurityGroupIngressInput{GroupId: &s.On, SecurityGroupRuleIds: []string{id}})
		return err
	case "tag":
		_, err := c.CreateTags(h.ctx, &ec2.CreateTagsInput{Resources: []string{id}, Tags: []ec2types.Tag{{Key: aws.String(managedTag), Value: aws.String("replay/" + s.To)}}})
		return err
	default:
		request := &ec2types.SecurityGroupRuleRequest{
			IpProtocol: r.IpProtocol, FromPort: r.FromPort, ToPort: r.ToPort, CidrIpv4: r.CidrIpv4, CidrIpv6: r.CidrIpv6, PrefixListId: r.PrefixListId,
		}
		if s.Port != 0 {
			request.IpProtocol, request.FromPort, request.ToPort = aws.String("tcp"), aws.Int32(int32(s.Port)), aws.Int32(int32(s.Port))
		}
		if r.ReferencedGroupInfo != nil {
			request.ReferencedGroupId = r.ReferencedGroupInfo.GroupId
		} else if r.CidrIpv4 != nil && s.To != "" {
			request.CidrIpv4 = &s.To
		}
		_, err := c.ModifySecurityGroupRules(h.ctx, &ec2.ModifySecurityGroupRulesInput{GroupId: &s.On, SecurityGroupRules: []ec2types.SecurityGroupRuleUpdate{{SecurityGroupRuleId: &id, SecurityGroupRule: request}}})
		return err
	}
}

func (s Step) permission() ec2types.IpPermission {
	p := ec2types.IpPermission{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(int32(s.Port)), ToPort: aws.Int32(int32(s.Port))}
	if s.Port == 0 {
		p = ec2types.IpPermission{IpProtocol: aws.String("-1")}
	}
	account, id, qualified := strings.Cut(s.To, "/sg-")
	switch {
	case qualified:
		p.UserIdGroupPairs = []ec2types.UserIdGroupPair{{GroupId: aws.String("sg-" + id), UserId: &account}}
	case strings.HasPrefix(s.To, "sg-"):
		p.UserIdGroupPairs = []ec2types.UserIdGroupPair{{GroupId: &s.To}}
	case strings.HasPrefix(s.To, "pl-"):
		p.PrefixListIds = []ec2types.PrefixListId{{PrefixListId: &s.To}}
	case isV6(s.To):
		p.Ipv6Ranges = []ec2types.Ipv6Range{{CidrIpv6: &s.To}}
	default:
		p.IpRanges = []ec2types.IpRange{{CidrIp: &s.To}}
	}
	return p
}

func (h *harness) foreignRoute(s Step) error {
	_, vpc := h.read().Routes(s.On)
	c := h.client(vpc)
	v4, v6 := families(s.Block)
	r := route(Route{Table: s.On, To: s.Block, Target: s.To})
	var err error
	switch s.Do {
	case "create-route":
		_, err = c.CreateRoute(h.ctx, &ec2.CreateRouteInput{
			RouteTableId: &s.On, DestinationCidrBlock: v4, DestinationIpv6CidrBlock: v6,
			VpcPeeringConnectionId: r.VpcPeeringConnectionId, GatewayId: r.GatewayId, NetworkInterfaceId: r.NetworkInterfaceId, TransitGatewayId: r.TransitGatewayId,
		})
	case "replace-route":
		_, err = c.ReplaceRoute(h.ctx, &ec2.ReplaceRouteInput{
			RouteTableId: &s.On, DestinationCidrBlock: v4, DestinationIpv6CidrBlock: v6,
			VpcPeeringConnectionId: r.VpcPeeringConnectionId, GatewayId: r.GatewayId, NetworkInterfaceId: r.NetworkInterfaceId, TransitGatewayId: r.TransitGatewayId,
		})
	default:
		_, err = c.DeleteRoute(h.ctx, &ec2.DeleteRouteInput{RouteTableId: &s.On, DestinationCidrBlock: v4, DestinationIpv6CidrBlock: v6})
	}
	return err
}

func (h *harness) foreignPeering(s Step) error {
	p, ok := h.read().Peering(s.On)
	if !ok {
		return nil
	}
	requester, accepter := h.client(aws.ToString(p.RequesterVpcInfo.VpcId)), h.client(aws.ToString(p.AccepterVpcInfo.VpcId))
	var err error
	switch s.Do {
	case "delete-peering":
		_, err = requester.DeleteVpcPeeringConnection(h.ctx, &ec2.DeleteVpcPeeringConnectionInput{VpcPeeringConnectionId: &s.On})
	case "accept-peering":
		_, err = accepter.AcceptVpcPeeringConnection(h.ctx, &ec2.AcceptVpcPeeringConnectionInput{VpcPeeringConnectionId: &s.On})
	default:
		on := &ec2types.PeeringConnectionOptionsRequest{AllowDnsResolutionFromRemoteVpc: aws.Bool(s.To == "on")}
		if s.At%2 == 0 {
			_, err = requester.ModifyVpcPeeringConnectionOptions(h.ctx, &ec2.ModifyVpcPeeringConnectionOptionsInput{VpcPeeringConnectionId: &s.On, RequesterPeeringConnectionOptions: on})
		} else {
			_, err = accepter.ModifyVpcPeeringConnectionOptions(h.ctx, &ec2.ModifyVpcPeeringConnectionOptionsInput{VpcPeeringConnectionId: &s.On, AccepterPeeringConnectionOptions: on})
		}
	}
	return err
}

func (h *harness) foreignRest(s Step) error {
	var err error
	switch s.Do {
	case "acl-entry":
		acl, vpc := h.read().ACLOf(s.On)
		v4, v6 := families(s.Block)
		_, err = h.client(vpc).CreateNetworkAclEntry(h.ctx, &ec2.CreateNetworkAclEntryInput{
			NetworkAclId: &acl, Egress: aws.Bool(s.After), RuleNumber: aws.Int32(int32(s.At)), Protocol: aws.String("6"),
			RuleAction: ec2types.RuleAction(s.To), CidrBlock: v4, Ipv6CidrBlock: v6,
			PortRange: &ec2types.PortRange{From: aws.Int32(int32(s.Port)), To: aws.Int32(int32(s.Port + s.Times))},
		})
	case "vpc-dns":
		in := &ec2.ModifyVpcAttributeInput{VpcId: &s.On, EnableDnsHostnames: &ec2types.AttributeBooleanValue{Value: aws.Bool(s.To == "on")}}
		_, err = h.client(s.On).ModifyVpcAttribute(h.ctx, in)
	case "set-groups":
		for _, i := range h.Interfaces {
			if i.ID == s.On {
				_, err = h.client(h.subnet(i.Subnet).VPC).ModifyNetworkInterfaceAttribute(h.ctx, &ec2.ModifyNetworkInterfaceAttributeInput{NetworkInterfaceId: &s.On, Groups: strings.Split(s.To, ",")})
			}
		}
	case "create-interface":
		_, err = h.client(h.subnet(s.On).VPC).CreateNetworkInterface(h.ctx, &ec2.CreateNetworkInterfaceInput{SubnetId: &s.On, Groups: strings.Split(s.To, ",")})
	case "delete-interface":
		for _, i := range h.Interfaces {
			if i.ID == s.On {
				_, err = h.client(h.subnet(i.Subnet).VPC).DeleteNetworkInterface(h.ctx, &ec2.DeleteNetworkInterfaceInput{NetworkInterfaceId: &s.On})
			}
		}
	case "list-entry":
		err = h.foreignList(s)
	case "associate-table":
		_, err = h.client(h.subnet(s.On).VPC).AssociateRouteTable(h.ctx, &ec2.AssociateRouteTableInput{SubnetId: &s.On, RouteTableId: &s.To})
	}
	return err
}

func (h *harness) foreignList(s Step) error {
	for _, l := range h.Lists {
		if l.ID != s.On {
			continue
		}
		c := ec2.NewFromConfig(h.sim.Config(l.Account, l.Region, awssim.Actor{Session: "alice"}))
		lists, err := c.DescribeManagedPrefixLists(h.ctx, &ec2.DescribeManagedPrefixListsInput{PrefixListIds: []string{s.On}})
		if err != nil || len(lists.PrefixLists) == 0 {
			return err
		}
		in := &ec2.ModifyManagedPrefixListInput{PrefixListId: &s.On, CurrentVersion: lists.PrefixLists[0].Version}
		if s.To == "remove" {
			in.RemoveEntries = []ec2types.RemovePrefixListEntry{{Cidr: &s.Block}}
		} else {
			in.AddEntries = []ec2types.AddPrefixListEntry{{Cidr: &s.Block}}
		}
		_, err = c.ModifyManagedPrefixList(h.ctx, in)
		return err
	}
	return nil
}

// foreignCluster gives a cache other security groups, or deletes it.
func (h *harness) foreignCluster(s Step) error {
	k, ok := h.cluster(s.On)
	if !ok {
		return nil
	}
	v := h.vpc(k.VPC)
	c := elasticache.NewFromConfig(h.sim.Config(v.Account, v.Region, awssim.Actor{Session: "alice"}))
	groups := strings.Split(s.To, ",")
	var err error
	switch {
	case s.Do == "cluster-groups" && k.Kind == group:
		_, err = c.ModifyReplicationGroup(h.ctx, &elasticache.ModifyReplicationGroupInput{ReplicationGroupId: &k.Name, SecurityGroupIds: groups, ApplyImmediately: aws.Bool(true)})
	case s.Do == "cluster-groups" && k.Kind == node:
		_, err = c.ModifyCacheCluster(h.ctx, &elasticache.ModifyCacheClusterInput{CacheClusterId: &k.Name, SecurityGroupIds: groups, ApplyImmediately: aws.Bool(true)})
	case s.Do == "cluster-groups":
		_, err = c.ModifyServerlessCache(h.ctx, &elasticache.ModifyServerlessCacheInput{ServerlessCacheName: &k.Name, SecurityGroupIds: groups})
	case k.Kind == group:
		_, err = c.DeleteReplicationGroup(h.ctx, &elasticache.DeleteReplicationGroupInput{ReplicationGroupId: &k.Name})
	case k.Kind == node:
		_, err = c.DeleteCacheCluster(h.ctx, &elasticache.DeleteCacheClusterInput{CacheClusterId: &k.Name})
	default:
		_, err = c.DeleteServerlessCache(h.ctx, &elasticache.DeleteServerlessCacheInput{ServerlessCacheName: &k.Name})
	}
	return err
}
