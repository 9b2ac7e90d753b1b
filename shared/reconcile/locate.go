package reconcile

import (
	"context"
	"fmt"
	"strings"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
)

// Locate gives the units of clusters: their VPCs, or the pending unit of their
// account and Region where they do not exist or cannot be read. What is no
// cluster ARN is left out.
func Locate(ctx context.Context, clients observe.Clients, arns []string) (map[string]network.Unit, error) {
	located, _, err := locate(ctx, clients, arns)
	return located, err
}

// locate does so, and says why clusters could not be read of which it gives the
// pending unit.
func locate(ctx context.Context, clients observe.Clients, arns []string) (map[string]network.Unit, map[string]network.Failure, error) {
	out, unread := map[string]network.Unit{}, map[string]network.Failure{}
	vpcs, failed := map[network.Location]map[string]string{}, map[network.Location]network.Failure{}
	for _, arn := range arns {
		at, ok := locationOf(arn)
		if !ok {
			continue
		}
		if vpcs[at] == nil {
			clusters, failures, err := observe.Clusters(ctx, clients, at)
			if err != nil {
				return nil, nil, fmt.Errorf("reading clusters of %s: %w", at, err)
			}
			vpcs[at] = vpcsOf(clusters)
			if len(failures) > 0 {
				failed[at] = failures[0]
			}
		}
		out[arn] = network.PendingUnit(at)
		if vpc := vpcs[at][arn]; vpc != "" {
			out[arn] = network.Unit{Location: at, VPC: vpc}
		} else if f, dark := failed[at]; dark {
			unread[arn] = f
		}
	}
	return out, unread, nil
}

// vpcsOf maps cluster ARNs to VPCs; the ARN of a node stands for its replication group.
func vpcsOf(clusters []network.Cluster) map[string]string {
	out := map[string]string{}
	for _, c := range clusters {
		out[c.ARN] = c.VPC
		stem := strings.TrimSuffix(c.ARN, ":"+string(c.Kind)+":"+c.Name)
		for _, m := range c.Members {
			out[stem+":"+string(network.CacheCluster)+":"+m] = c.VPC
		}
	}
	return out
}

func locationOf(arn string) (network.Location, bool) {
	parsed, err := intent.ParseClusterARN(arn)
	return network.Location{Account: parsed.Account, Region: parsed.Region}, err == nil
}
