package reconcile

import (
	"context"
	"fmt"

	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
	"github.com/cachegate/cachegate/shared/resource"
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
		at, ok := resource.LocationOf(arn)
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

// vpcsOf maps cluster ARNs to VPCs; the ARN of a node stands for its cluster.
func vpcsOf(clusters []network.Cluster) map[string]string {
	out := map[string]string{}
	for _, c := range clusters {
		out[c.ARN] = c.VPC
		for _, node := range resource.Nodes(c) {
			out[node.String()] = c.VPC
		}
	}
	return out
}
