package simulation

import "fmt"

// reads are the calls whose failure hides part of the network.
var reads = []string{
	"DescribeSecurityGroups", "DescribeSecurityGroupRules", "DescribeRouteTables", "DescribeSubnets", "DescribeVpcs", "DescribeNetworkAcls",
	"DescribeNetworkInterfaces", "DescribeVpcPeeringConnections", "DescribeManagedPrefixLists", "GetManagedPrefixListEntries",
	"DescribeCacheClusters", "DescribeReplicationGroups", "DescribeServerlessCaches", "DescribeCacheSubnetGroups", "DescribeVpcAttribute",
}

// hybridReads are those of what leads out of VPCs.
var hybridReads = []string{
	"DescribeTransitGateways", "DescribeTransitGatewayAttachments", "DescribeTransitGatewayVpcAttachments", "DescribeTransitGatewayRouteTables",
	"SearchTransitGatewayRoutes", "GetTransitGatewayRouteTablePropagations", "DescribeVpnGateways", "DescribeVpnConnections", "DescribeCustomerGateways",
	"DescribeVirtualInterfaces", "ListVirtualInterfaceRoutes", "DescribeDirectConnectGateways", "DescribeDirectConnectGatewayAssociations", "",
}

var hybridWrites = []string{"CreateTransitGatewayRoute", "DeleteTransitGatewayRoute", "EnableVgwRoutePropagation", "DisableVgwRoutePropagation", "CreateRoute", "DeleteRoute"}

var writes = []string{"AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress", "CreateRoute", "DeleteRoute", "ReplaceRoute", "ModifyVpcPeeringConnectionOptions"}

func (d *drawer) drawTrouble() Step {
	account := pick(d, []string{cacheAccount, appAccount})
	reads, writes := reads, writes
	if d.theme != "" && d.chance(60) {
		reads, writes = hybridReads, hybridWrites
	}
	switch d.upTo(9) {
	case 0, 1:
		return Step{Do: doFail, To: pick(d, reads), On: account, Times: pick(d, []int{0, 0, 1, 3}), Block: pick(d, []string{"", "", "RequestLimitExceeded"})}
	case 8, 9:
		s := Step{Do: doRun, On: pick(d, d.Clusters).VPC}
		if g := pick(d, d.Groups); d.chance(50) {
			s = pick(d, []Step{
				{Do: "authorize", On: g.ID, To: d.peer(g.VPC), Port: d.port()},
				{Do: "revoke", On: g.ID, At: d.upTo(5)},
				{Do: "modify", On: g.ID, At: d.upTo(5), To: d.block()},
			})
		}
		return Step{Do: doBetween, At: d.upTo(3), Step: &s}
	case 2:
		return Step{Do: doFail, To: pick(d, writes), On: account, Times: pick(d, []int{0, 1, 2}), After: d.chance(50)}
	case 3:
		return Step{Do: doHeal}
	case 4:
		return Step{Do: doLag, Times: d.between(1, 12)}
	case 5:
		return Step{Do: doCrash, At: d.upTo(3), After: true}
	default:
		return Step{Do: doCrash, At: d.upTo(60)}
	}
}

func (d *drawer) drawForeign() Step {
	if d.theme != "" && d.chance(60) {
		if s, ok := d.drawHybridForeign(); ok {
			return s
		}
	}
	g := pick(d, d.Groups)
	switch n := d.upTo(19); {
	case n < 4:
		return Step{Do: "authorize", On: g.ID, To: d.peer(g.VPC), Port: pick(d, []int{6379, 6379, 6380, 11211, 7000, 0})}
	case n < 7:
		return Step{Do: "revoke", On: g.ID, At: d.upTo(5)}
	case n < 9:
		return Step{Do: "modify", On: g.ID, At: d.upTo(5), To: d.block(), Port: pick(d, []int{0, 0, 6379, 443})}
	case n < 10 && d.chance(60):
		k := pick(d, d.Clusters)
		if d.chance(25) {
			return Step{Do: "delete-cluster", On: k.Name}
		}
		return Step{Do: "cluster-groups", On: k.Name, To: pick(d, d.groupsOf(k.VPC))}
	case n < 10:
		return Step{Do: "tag", On: g.ID, At: d.upTo(5), To: "forged"}
	case n < 12 && len(d.Interfaces) > 0:
		e := pick(d, d.Interfaces)
		groups := d.groupsOf(d.subnet(e.Subnet).VPC)
		return pick(d, []Step{
			{Do: "delete-interface", On: e.ID},
			{Do: "set-groups", On: e.ID, To: pick(d, groups)},
			{Do: "create-interface", On: e.Subnet, To: pick(d, groups)},
		})
	case n < 13 && len(d.Lists) > 0:
		return Step{Do: "list-entry", On: pick(d, d.Lists).ID, Block: d.block(), To: pick(d, []string{"add", "remove"})}
	case n < 14:
		s := pick(d, d.Subnets)
		return Step{Do: "acl-entry", On: s.ID, At: d.between(1, 90), Block: d.block(), Port: pick(d, []int{1, 6379, 32768}), Times: pick(d, []int{0, 1, 20000}), To: pick(d, []string{"allow", "deny"}), After: d.chance(50)}
	case n < 15:
		s := pick(d, d.Subnets)
		var tables []string
		for _, t := range d.Tables {
			if t.VPC == s.VPC {
				tables = append(tables, t.ID)
			}
		}
		return Step{Do: "associate-table", On: s.ID, To: pick(d, tables)}
	case n < 18:
		t := pick(d, d.Tables)
		return Step{Do: pick(d, []string{"create-route", "replace-route", "delete-route"}), On: t.ID, Block: d.anyRoute(t), To: pick(d, d.targets(t.VPC))}
	case len(d.Peerings) > 0:
		p := pick(d, d.Peerings)
		return pick(d, []Step{
			{Do: "peering-dns", On: p.ID, At: 0, To: "off"},
			{Do: "peering-dns", On: p.ID, At: 1, To: "off"},
			{Do: "delete-peering", On: p.ID},
			{Do: "accept-peering", On: p.ID},
			{Do: "vpc-dns", On: p.Accepter, To: "off"},
		})
	default:
		return Step{Do: "vpc-dns", On: pick(d, d.VPCs).ID, To: pick(d, []string{"on", "off"})}
	}
}

// anyRoute draws a destination: often one that cachegate would use.
func (d *drawer) anyRoute(t Table) string {
	var blocks []string
	if d.theme != "" {
		blocks = append(blocks, premises[:2]...)
	}
	for _, v := range d.VPCs {
		if v.ID != t.VPC {
			blocks = append(blocks, v.Blocks...)
		}
	}
	if len(blocks) == 0 || d.chance(30) {
		return fmt.Sprint(d.block())
	}
	return pick(d, blocks)
}
