package observe

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// peeringsOf reads the peering connections of a VPC: one call for each side that
// it may be on.
func (r *reader) peeringsOf(ctx context.Context, at network.Location, vpc string) error {
	return together(ctx,
		func(ctx context.Context) error {
			return r.peerings(ctx, at, "requester-vpc-info.vpc-id", []string{vpc})
		},
		func(ctx context.Context) error {
			return r.peerings(ctx, at, "accepter-vpc-info.vpc-id", []string{vpc})
		},
	)
}

func (r *reader) peerings(ctx context.Context, at network.Location, filter string, values []string) error {
	c := call{at: at, kind: network.KindPeeringConnection, action: "ec2:DescribeVpcPeeringConnections"}
	found, err := readBy(ctx, r, c, filter, values,
		func(ctx context.Context, api EC2, filters []ec2types.Filter, token *string) ([]ec2types.VpcPeeringConnection, *string, error) {
			out, err := api.DescribeVpcPeeringConnections(ctx, &ec2.DescribeVpcPeeringConnectionsInput{Filters: filters, NextToken: token, MaxResults: aws.Int32(pageSize)})
			if err != nil {
				return nil, nil, err
			}
			return out.VpcPeeringConnections, out.NextToken, nil
		})
	for _, x := range found {
		var n notes
		v := peeringOf(at, x, &n)
		r.report(c, v.ID, n)
		keep(r, r.snap.PeeringConnections, reading[network.PeeringConnection]{at: at, id: v.ID, value: v}, fillPeering)
	}
	return err
}

func peeringOf(at network.Location, x ec2types.VpcPeeringConnection, n *notes) network.PeeringConnection {
	out := network.PeeringConnection{
		ID:        aws.ToString(x.VpcPeeringConnectionId),
		Requester: peeringSideOf(at, x.RequesterVpcInfo, n),
		Accepter:  peeringSideOf(at, x.AccepterVpcInfo, n),
	}
	if x.Status != nil {
		out.Status, out.StatusMessage = string(x.Status.Code), aws.ToString(x.Status.Message)
	}
	return out
}

// peeringSideOf reads one side. AWS tells CIDR blocks and DNS options only while
// the connection is active; a Region that is left out is the one that was asked.
func peeringSideOf(at network.Location, x *ec2types.VpcPeeringConnectionVpcInfo, n *notes) network.PeeringSide {
	if x == nil {
		return network.PeeringSide{}
	}
	out := network.PeeringSide{
		Location: network.Location{Account: aws.ToString(x.OwnerId), Region: firstOf(x.Region, &at.Region)},
		VPC:      aws.ToString(x.VpcId),
	}
	for _, b := range x.CidrBlockSet {
		out.CIDRs = n.addPrefix(out.CIDRs, b.CidrBlock)
	}
	for _, b := range x.Ipv6CidrBlockSet {
		out.CIDRs = n.addPrefix(out.CIDRs, b.Ipv6CidrBlock)
	}
	if len(x.CidrBlockSet) == 0 {
		out.CIDRs = n.addPrefix(out.CIDRs, x.CidrBlock)
	}
	out.CIDRs = sortPrefixes(out.CIDRs)
	if x.PeeringOptions != nil {
		out.DNSFromRemote = network.TriOf(x.PeeringOptions.AllowDnsResolutionFromRemoteVpc)
	}
	return out
}

// peeringUsable says whether traffic flows over a connection, or may once it is
// accepted. All other states are final.
// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-lifecycle
func peeringUsable(p network.PeeringConnection) bool {
	switch p.Status {
	case network.PeeringActive, network.PeeringPendingAcceptance, network.PeeringProvisioning, network.PeeringInitiating:
		return true
	default:
		return false
	}
}

// peersView reads connections from the far side too, where one side's DNS option
// is not told here: AWS may show an account only its own.
func (r *reader) peersView(far map[place]struct{}) []task {
	ids := map[network.Location][]string{}
	for _, p := range r.snap.PeeringConnections {
		_, other, ok := p.Sides(r.snap.Unit.VPC)
		if _, needed := far[place{other.Location, other.VPC}]; !ok || !needed || p.Status != network.PeeringActive {
			continue
		}
		told := p.Requester.DNSFromRemote != network.Unknown && p.Accepter.DNSFromRemote != network.Unknown
		if !told && other.Location != r.home {
			ids[other.Location] = append(ids[other.Location], p.ID)
		}
	}
	return eachLocation(ids, r.peeringsByID)
}

// namedPeerings reads the connections that intents name but that are not the
// cache VPC's, so that what is wrong with them can be told.
func (r *reader) namedPeerings(leaving intents) []task {
	missing := slices.DeleteFunc(leaving.vias(intent.PeeringCarrier), func(id string) bool { _, ok := r.snap.PeeringConnections[id]; return ok })
	return eachLocation(map[network.Location][]string{r.home: missing}, r.peeringsByID)
}

func (r *reader) peeringsByID(ctx context.Context, at network.Location, ids []string) error {
	return r.peerings(ctx, at, "vpc-peering-connection-id", ids)
}
