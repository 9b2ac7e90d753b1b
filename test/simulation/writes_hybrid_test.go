package simulation

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	cachetypes "github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/cachegate/cachegate/shared/awssim"
)

// onGateway makes a write as one of a case's steps on one of the virtual private
// gateways, and says whether AWS took it.
func (w writer) onGateway(do string) error {
	return until(w, w.VPNGateways, func(g VPNGateway) error {
		to := g.VPC
		if do == "vgw-attach" && w.chance(20) {
			to = w.anyVPC().ID
		}
		return w.h.foreignVPNGateway(Step{Do: do, On: g.ID, To: to})
	})
}

func (w writer) propagate(do string) error {
	return until(w, w.VPNGateways, func(g VPNGateway) error {
		return until(w, w.Tables, func(t Table) error {
			if t.VPC != g.VPC {
				return errNothing
			}
			return w.h.foreignVPNGateway(Step{Do: do, On: t.ID, To: g.ID})
		})
	})
}

func (w writer) onVPN(do string) error {
	return until(w, w.VPNs, func(v VPN) error {
		return until(w, append(v.Routes, w.transitBlock()), func(block string) error {
			return w.h.foreignVPN(Step{Do: do, On: v.ID, Block: block})
		})
	})
}

func (w writer) onCircuit(do string) error {
	if do == "vif-delete" {
		return until(w, w.Circuits, func(c Circuit) error { return w.h.foreignDirectConnect(Step{Do: do, On: c.ID}) })
	}
	var pairs []DXAssociation
	for _, g := range w.DXGateways {
		for _, to := range w.VPNGateways {
			pairs = append(pairs, DXAssociation{DXGateway: g.ID, Gateway: to.ID})
		}
		for _, to := range w.Gateways {
			pairs = append(pairs, DXAssociation{DXGateway: g.ID, Gateway: to.ID})
		}
	}
	return until(w, pairs, func(a DXAssociation) error {
		v4, _ := blocksOf(w.anyVPC())
		return w.h.foreignDirectConnect(Step{Do: do, On: a.DXGateway, To: a.Gateway, Block: v4[0]})
	})
}

var hybridKinds = map[string]kindOfWrite{
	"ec2:CreateVpnGateway": {make: func(w writer) error {
		_, err := w.home().CreateVpnGateway(w.h.ctx, &ec2.CreateVpnGatewayInput{Type: ec2types.GatewayTypeIpsec1})
		return err
	}},
	"ec2:DeleteVpnGateway": {
		ready: func(w writer) error { return w.onGateway("vgw-detach") },
		make: func(w writer) error {
			return until(w, w.VPNGateways, func(g VPNGateway) error {
				_, err := w.h.gatewayClient(g.ID).DeleteVpnGateway(w.h.ctx, &ec2.DeleteVpnGatewayInput{VpnGatewayId: &g.ID})
				return err
			})
		},
	},
	"ec2:AttachVpnGateway": {
		ready: func(w writer) error { return w.onGateway("vgw-detach") },
		make:  func(w writer) error { return w.onGateway("vgw-attach") },
	},
	"ec2:DetachVpnGateway": {make: func(w writer) error { return w.onGateway("vgw-detach") }},
	"ec2:EnableVgwRoutePropagation": {
		ready: func(w writer) error { return w.propagate("vgw-unpropagate") },
		make:  func(w writer) error { return w.propagate("vgw-propagate") },
	},
	"ec2:DisableVgwRoutePropagation": {
		ready: func(w writer) error { return w.propagate("vgw-propagate") },
		make:  func(w writer) error { return w.propagate("vgw-unpropagate") },
	},
	"ec2:CreateVpnConnectionRoute": {
		ready: func(w writer) error { return w.onVPN("vpn-remove-route") },
		make:  func(w writer) error { return w.onVPN("vpn-add-route") },
	},
	"ec2:DeleteVpnConnectionRoute": {make: func(w writer) error { return w.onVPN("vpn-remove-route") }},
	"ec2:DeleteVpnConnection":      {make: func(w writer) error { return w.onVPN("vpn-delete") }},

	"directconnect:CreateDirectConnectGatewayAssociation": {
		ready: func(w writer) error { return w.onCircuit("dx-disassociate") },
		make:  func(w writer) error { return w.onCircuit("dx-associate") },
	},
	"directconnect:DeleteDirectConnectGatewayAssociation": {make: func(w writer) error { return w.onCircuit("dx-disassociate") }},
	"directconnect:UpdateDirectConnectGatewayAssociation": {make: func(w writer) error {
		if w.chance(30) {
			return w.onCircuit("dx-allow")
		}
		return w.onCircuit("dx-forbid")
	}},
	"directconnect:DeleteVirtualInterface": {make: func(w writer) error { return w.onCircuit("vif-delete") }},
}

func (w writer) caches() *elasticache.Client {
	return elasticache.NewFromConfig(w.h.sim.Config(cacheAccount, homeRegion, awssim.Actor{Session: "alice"}))
}

// ofKind gives the clusters of a kind.
func (w writer) ofKind(kind string) []Cluster {
	var out []Cluster
	for _, k := range w.Clusters {
		if k.Kind == kind {
			out = append(out, k)
		}
	}
	return out
}

// onCluster makes one of a case's steps on a cluster of a kind.
func (w writer) onCluster(do, kind string) error {
	return until(w, w.ofKind(kind), func(k Cluster) error {
		groups := w.groupsOf(k.VPC)
		return w.h.foreignCluster(Step{Do: do, On: k.Name, To: pick(w.drawer, groups)})
	})
}

func subnetSet(k Cluster) *string { return aws.String("set-" + k.Name) }

var cacheWrites = map[string]kindOfWrite{
	"elasticache:CreateReplicationGroup": {
		ready: func(w writer) error { return w.onCluster("delete-cluster", group) },
		make: func(w writer) error {
			return until(w, w.ofKind(group), func(k Cluster) error {
				_, err := w.caches().CreateReplicationGroup(w.h.ctx, &elasticache.CreateReplicationGroupInput{
					ReplicationGroupId: &k.Name, ReplicationGroupDescription: aws.String("again"), CacheSubnetGroupName: subnetSet(k), SecurityGroupIds: k.Groups, Port: aws.Int32(int32(k.Port)), Engine: &k.Engine,
				})
				return err
			})
		},
	},
	"elasticache:ModifyReplicationGroup": {make: func(w writer) error { return w.onCluster("cluster-groups", group) }},
	"elasticache:DeleteReplicationGroup": {make: func(w writer) error { return w.onCluster("delete-cluster", group) }},
	"elasticache:CreateCacheCluster": {
		ready: func(w writer) error { return w.onCluster("delete-cluster", node) },
		make: func(w writer) error {
			return until(w, w.ofKind(node), func(k Cluster) error {
				_, err := w.caches().CreateCacheCluster(w.h.ctx, &elasticache.CreateCacheClusterInput{
					CacheClusterId: &k.Name, CacheSubnetGroupName: subnetSet(k), SecurityGroupIds: k.Groups, Port: aws.Int32(int32(k.Port)), Engine: &k.Engine,
				})
				return err
			})
		},
	},
	"elasticache:ModifyCacheCluster": {make: func(w writer) error { return w.onCluster("cluster-groups", node) }},
	"elasticache:DeleteCacheCluster": {make: func(w writer) error { return w.onCluster("delete-cluster", node) }},
	"elasticache:CreateServerlessCache": {
		ready: func(w writer) error { return w.onCluster("delete-cluster", serverless) },
		make: func(w writer) error {
			return until(w, w.ofKind(serverless), func(k Cluster) error {
				_, err := w.caches().CreateServerlessCache(w.h.ctx, &elasticache.CreateServerlessCacheInput{
					ServerlessCacheName: &k.Name, Engine: &k.Engine, SubnetIds: k.Subnets, SecurityGroupIds: k.Groups,
				})
				return err
			})
		},
	},
	"elasticache:ModifyServerlessCache": {make: func(w writer) error { return w.onCluster("cluster-groups", serverless) }},
	"elasticache:DeleteServerlessCache": {make: func(w writer) error { return w.onCluster("delete-cluster", serverless) }},
	"elasticache:CreateCacheSubnetGroup": {make: func(w writer) error {
		s := w.anySubnet()
		_, err := w.caches().CreateCacheSubnetGroup(w.h.ctx, &elasticache.CreateCacheSubnetGroupInput{CacheSubnetGroupName: aws.String("new"), CacheSubnetGroupDescription: aws.String("new"), SubnetIds: []string{s.ID}})
		return err
	}},
	"elasticache:ModifyCacheSubnetGroup": {make: func(w writer) error {
		return until(w, w.Clusters, func(k Cluster) error {
			_, err := w.caches().ModifyCacheSubnetGroup(w.h.ctx, &elasticache.ModifyCacheSubnetGroupInput{CacheSubnetGroupName: subnetSet(k), SubnetIds: []string{pick(w.drawer, w.subnetIDs(k.VPC))}})
			return err
		})
	}},
	"elasticache:DeleteCacheSubnetGroup": {make: func(w writer) error {
		return until(w, w.Clusters, func(k Cluster) error {
			_, err := w.caches().DeleteCacheSubnetGroup(w.h.ctx, &elasticache.DeleteCacheSubnetGroupInput{CacheSubnetGroupName: subnetSet(k)})
			return err
		})
	}},
	"elasticache:AddTagsToResource": {make: func(w writer) error {
		return until(w, w.Clusters, func(k Cluster) error {
			_, err := w.caches().AddTagsToResource(w.h.ctx, &elasticache.AddTagsToResourceInput{ResourceName: aws.String(w.arn(k.Name)), Tags: []cachetypes.Tag{{Key: aws.String("team"), Value: aws.String("new")}}})
			return err
		})
	}},
	"elasticache:RemoveTagsFromResource": {make: func(w writer) error {
		return until(w, w.Clusters, func(k Cluster) error {
			_, err := w.caches().RemoveTagsFromResource(w.h.ctx, &elasticache.RemoveTagsFromResourceInput{ResourceName: aws.String(w.arn(k.Name)), TagKeys: []string{"team"}})
			return err
		})
	}},
}
