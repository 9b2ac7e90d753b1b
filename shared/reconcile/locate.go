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
	out, vpcs := map[string]network.Unit{}, map[network.Location]map[string]string{}
	for _, arn := range arns {
		at, ok := resource.LocationOf(arn)
		if !ok {
			continue
		}
		if vpcs[at] == nil {
			clusters, _, err := observe.Clusters(ctx, clients, at)
			if err != nil {
				return nil, fmt.Errorf("reading clusters of %s: %w", at, err)
			}
			vpcs[at] = vpcsOf(clusters)
		}
		out[arn] = network.PendingUnit(at)
		if vpc := vpcs[at][arn]; vpc != "" {
			out[arn] = network.Unit{Location: at, VPC: vpc}
		}
	}
	return out, nil
}

// pendingUnitOf gives the unit that a cluster belongs to as long as nobody knows its VPC;
// ok is false for what is no cluster ARN.
func pendingUnitOf(arn string) (u network.Unit, ok bool) {
	at, ok := resource.LocationOf(arn)
	return network.PendingUnit(at), ok
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
