package observe

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/resource"
)

// Clusters reads every cluster of a location with its VPC, sorted by ARN, so that
// the unit of a cluster's ARN is known. What AWS refuses is in the failures: while
// there is one, a cluster that is missing, or without a VPC, may exist. The
// error is that of the context.
func Clusters(ctx context.Context, clients Clients, at network.Location) ([]network.Cluster, []network.Failure, error) {
	r := newReader(clients, network.NewSnapshot(network.PendingUnit(at), time.Time{}))
	found, err := r.clusters(ctx, at)
	if err != nil {
		return nil, nil, err
	}
	return found, r.sortedFailures(), nil
}

func (r *reader) clusters(ctx context.Context, at network.Location) ([]network.Cluster, error) {
	api, err := r.apiOf(ctx, at)
	if err != nil {
		return nil, r.unlisted(ctx, at, err)
	}
	found := make([][]network.Cluster, len(api.Listers))
	var tasks []task
	for i, l := range api.Listers {
		tasks = append(tasks, func(ctx context.Context) (err error) {
			found[i], err = l.List(ctx, listReader{r, at})
			return err
		})
	}
	if err := together(ctx, tasks...); err != nil {
		return nil, err
	}
	clusters := slices.Concat(found...)
	slices.SortFunc(clusters, func(a, b network.Cluster) int { return cmp.Compare(a.ARN, b.ARN) })
	return clusters, nil
}

// unlisted records that the clusters of a location cannot be listed, by any call that
// would.
func (r *reader) unlisted(ctx context.Context, at network.Location, cause error) error {
	for _, s := range resource.Services() {
		for _, action := range s.Lists {
			if err := r.unconfigured(ctx, call{at: at, kind: network.KindCluster, action: action}, cause); err != nil {
				return err
			}
		}
	}
	return nil
}

// listReader carries out the calls of a lister as those of a reader. What they cannot
// read hides clusters.
type listReader struct {
	*reader
	at network.Location
}

// Location implements resource.Reader.
func (r listReader) Location() network.Location { return r.at }

// Pages implements resource.Reader.
func (r listReader) Pages(ctx context.Context, action string, next func(context.Context, *string) (*string, error)) error {
	c := call{at: r.at, kind: network.KindCluster, action: action}
	_, err := read(ctx, r.reader, c, func(ctx context.Context, _ API, token *string) ([]struct{}, *string, error) {
		following, err := next(ctx, token)
		return nil, following, err
	})
	return err
}

// VPCs implements resource.Reader.
func (r listReader) VPCs(ctx context.Context, ids []string) (map[string]string, error) {
	c := call{at: r.at, kind: network.KindCluster, action: "ec2:DescribeSubnets"}
	subnets, err := readBy(ctx, r.reader, c, "subnet-id", ids, pageOfSubnets)
	vpcs := map[string]string{}
	for _, s := range subnets {
		vpcs[aws.ToString(s.SubnetId)] = aws.ToString(s.VpcId)
	}
	return vpcs, err
}

func pageOfSubnets(ctx context.Context, api EC2, filters []ec2types.Filter, token *string) ([]ec2types.Subnet, *string, error) {
	out, err := api.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{Filters: filters, NextToken: token, MaxResults: aws.Int32(pageSize)})
	if err != nil {
		return nil, nil, err
	}
	return out.Subnets, out.NextToken, nil
}

// CodeIncomplete is the code of a Failure where AWS answered, but not with all that is
// there.
const CodeIncomplete = "Incomplete"

// Missing looks for what a list of the clusters of a location does not show, though it
// should: clusters that serve and have no VPC in it, since of the several lists that
// make a cluster one was not whole; and of those that were there before, the ones of
// which AWS does not say, asked for by name, that they are gone. Each is a Failure.
func Missing(ctx context.Context, clients Clients, at network.Location, found []network.Cluster, before []string) ([]network.Failure, error) {
	listed := map[string]bool{}
	var out []network.Failure
	for _, c := range found {
		listed[c.ARN] = true
		for _, n := range resource.Nodes(c) {
			listed[n.String()] = true
		}
		if c.VPC == "" && resource.StateOf(c) == resource.Serving && !c.Public {
			out = append(out, incomplete(at, resource.Of(c), c.Name, fmt.Sprintf("%s is listed as %s, and what tells its VPC is not", c.Name, c.Status)))
		}
	}
	for _, text := range before {
		arn, ok := resource.Split(text)
		if !ok || arn.Location() != at || listed[text] {
			continue
		}
		gone, err := goneByName(ctx, clients, at, arn)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		switch {
		case err != nil:
			out = append(out, incomplete(at, arn.Of(), arn.Name, fmt.Sprintf("%s is not listed any more, and asking for it by name failed: %v", arn.Name, err)))
		case !gone:
			out = append(out, incomplete(at, arn.Of(), arn.Name, fmt.Sprintf("%s is not listed any more, and is there when it is asked for by name", arn.Name)))
		}
	}
	return out, nil
}

func incomplete(at network.Location, s *resource.Service, name, message string) network.Failure {
	return network.Failure{
		Location: at, Kind: network.KindCluster, Operation: s.Lists[0], Code: CodeIncomplete, Message: message, Resource: name,
	}
}

// goneByName says whether the service of a resource answers that there is none.
func goneByName(ctx context.Context, clients Clients, at network.Location, arn resource.ARN) (bool, error) {
	api, err := clients.For(ctx, at)
	if err != nil {
		return false, err
	}
	for _, l := range api.Listers {
		if l.Service() == arn.Service {
			return l.Gone(ctx, arn)
		}
	}
	return false, fmt.Errorf("nothing lists the resources of %s", arn.Service)
}
