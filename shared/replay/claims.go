package replay

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// seedClaims takes what the world says is cachegate's into the ledger: rules by
// their tag, routes by CachegateClaims. Who holds them is found by the first
// judgement; until then the unit of their VPC does.
func (s *Session) seedClaims(ctx context.Context) error {
	for _, l := range s.Runner.Locations {
		if err := s.seedRules(ctx, l); err != nil {
			return err
		}
	}
	for _, c := range s.Sim.World().Claims() {
		if err := s.seedRoute(ctx, network.Location{Account: c.Account, Region: c.Region}, c.Claim); err != nil {
			return err
		}
	}
	return nil
}

func (s *Session) seedRules(ctx context.Context, l network.Location) error {
	api, err := s.Clients.For(ctx, l)
	if err != nil {
		return err
	}
	var tagged []types.SecurityGroupRule
	rules := ec2.NewDescribeSecurityGroupRulesPaginator(api.EC2, &ec2.DescribeSecurityGroupRulesInput{})
	for rules.HasMorePages() {
		page, err := rules.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("reading rules of %s: %w", l, err)
		}
		for _, r := range page.SecurityGroupRules {
			if tagOf(r) != "" && !aws.ToBool(r.IsEgress) {
				tagged = append(tagged, r)
			}
		}
	}
	vpcs := map[string]string{}
	for _, r := range tagged {
		group := aws.ToString(r.GroupId)
		if _, ok := vpcs[group]; !ok {
			out, err := api.EC2.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{Filters: []types.Filter{{Name: aws.String("group-id"), Values: []string{group}}}})
			if err != nil {
				return fmt.Errorf("reading security group %s: %w", group, err)
			}
			for _, g := range out.SecurityGroups {
				vpcs[group] = aws.ToString(g.VpcId)
			}
		}
		if err := s.seedRule(ctx, l, r, vpcs[group]); err != nil {
			return err
		}
	}
	return nil
}

func tagOf(r types.SecurityGroupRule) string {
	for _, t := range r.Tags {
		if aws.ToString(t.Key) == change.ManagedTag {
			return aws.ToString(t.Value)
		}
	}
	return ""
}

func (s *Session) seedRule(ctx context.Context, l network.Location, r types.SecurityGroupRule, vpc string) error {
	req := change.Requirement{Kind: change.Rule, Location: l, Resource: aws.ToString(r.GroupId), Port: uint16(aws.ToInt32(r.FromPort)), Peer: peerOf(l, r)}
	if aws.ToInt32(r.FromPort) != aws.ToInt32(r.ToPort) || req.Peer == (network.Peer{}) {
		return nil // no rule that cachegate makes: the tag proves nothing
	}
	return s.seed(ctx, change.Claim{
		Requirement: req, Tag: tagOf(r), Holders: []change.Holder{{Unit: network.Unit{Location: l, VPC: vpc}}},
	}, aws.ToString(r.SecurityGroupRuleId))
}

func (s *Session) seed(ctx context.Context, c change.Claim, ruleID string) error {
	for _, h := range c.Holders {
		s.holders = append(s.holders, h.Unit)
	}
	if _, _, err := s.Ledger.Intend(ctx, c); err != nil {
		return err
	}
	return s.Ledger.Stand(ctx, c.Key(), ruleID)
}

func peerOf(l network.Location, r types.SecurityGroupRule) network.Peer {
	for _, cidr := range []*string{r.CidrIpv4, r.CidrIpv6} {
		if p, err := netip.ParsePrefix(aws.ToString(cidr)); err == nil {
			return network.Peer{CIDR: p.Masked()}
		}
	}
	if r.PrefixListId != nil {
		return network.Peer{PrefixList: *r.PrefixListId}
	}
	if r.ReferencedGroupInfo == nil {
		return network.Peer{}
	}
	p := network.Peer{SecurityGroup: aws.ToString(r.ReferencedGroupInfo.GroupId), Account: aws.ToString(r.ReferencedGroupInfo.UserId)}
	if p.Account == l.Account {
		p.Account = ""
	}
	return p
}

// seedRoute takes a route over. Its target is what the table says now; where the
// route is gone, the claim has none, and is found by table and destination.
func (s *Session) seedRoute(ctx context.Context, l network.Location, c awssim.Claim) error {
	table := aws.ToString(c.RouteTableId)
	text := aws.ToString(c.DestinationCidrBlock) + aws.ToString(c.DestinationIpv6CidrBlock)
	destination, err := netip.ParsePrefix(text)
	if err != nil {
		return fmt.Errorf("reading the CachegateClaims of %s: destination %q of %s must be a CIDR", l, text, table)
	}
	vpc, target, err := s.routeNow(ctx, l, table, destination.Masked())
	if err != nil {
		return err
	}
	claim := change.Claim{
		Requirement: change.Requirement{Kind: change.Route, Location: l, Resource: table, Destination: destination.Masked(), Target: target},
		Holders:     s.holdersOf(c.Intents),
	}
	if len(claim.Holders) == 0 {
		claim.Holders = []change.Holder{{Unit: network.Unit{Location: l, VPC: vpc}}}
	}
	return s.seed(ctx, claim, "")
}

// routeNow gives the VPC of a table and the target of its route to a destination.
func (s *Session) routeNow(ctx context.Context, l network.Location, table string, destination netip.Prefix) (string, network.Target, error) {
	api, err := s.Clients.For(ctx, l)
	if err != nil {
		return "", network.Target{}, err
	}
	out, err := api.EC2.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{Filters: []types.Filter{{Name: aws.String("route-table-id"), Values: []string{table}}}})
	if err != nil {
		return "", network.Target{}, fmt.Errorf("reading route table %s: %w", table, err)
	}
	for _, t := range out.RouteTables {
		for _, r := range t.Routes {
			p, err := netip.ParsePrefix(aws.ToString(r.DestinationCidrBlock) + aws.ToString(r.DestinationIpv6CidrBlock))
			if err != nil || p.Masked() != destination {
				continue
			}
			for _, id := range []*string{r.VpcPeeringConnectionId, r.TransitGatewayId, r.NetworkInterfaceId, r.GatewayId, r.NatGatewayId} {
				if id != nil {
					return aws.ToString(t.VpcId), network.TargetOf(*id), nil
				}
			}
		}
		return aws.ToString(t.VpcId), network.Target{}, nil
	}
	return "", network.Target{}, nil
}

// holdersOf finds the intents that a world names as "cluster/name", even those
// that are no longer declared.
func (s *Session) holdersOf(names []string) []change.Holder {
	var out []change.Holder
	for _, text := range names {
		cluster, name, _ := strings.Cut(text, "/")
		for arn, unit := range s.located {
			if intent.ShortName(arn) == cluster {
				out = append(out, change.Holder{Unit: unit, Intent: intent.Key{Cluster: arn, Name: name}})
			}
		}
	}
	return out
}
