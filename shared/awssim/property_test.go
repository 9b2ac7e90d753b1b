package awssim_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"pgregory.net/rapid"

	"github.com/cachegate/cachegate/shared/awssim"
)

// everything joins the test worlds' networks: peered VPCs, a shared transit gateway, a VPN.
const everything = `
"111122223333":
  us-east-1:
    Vpcs: [{VpcId: vpc-cache, CidrBlock: 10.0.0.0/16}, {VpcId: vpc-near, CidrBlock: 10.2.0.0/16}]
    Subnets:
      - {SubnetId: subnet-c1, VpcId: vpc-cache, CidrBlock: 10.0.1.0/24}
      - {SubnetId: subnet-n1, VpcId: vpc-near, CidrBlock: 10.2.1.0/24}
    SecurityGroups: [{GroupId: sg-cache, VpcId: vpc-cache}, {GroupId: sg-near, VpcId: vpc-near}]
    VpcPeeringConnections:
      - {VpcPeeringConnectionId: pcx-1, RequesterVpcInfo: {VpcId: vpc-cache}, AccepterVpcInfo: {VpcId: vpc-app}, Status: {Code: active}}
    ManagedPrefixLists: [{PrefixListId: pl-1, MaxEntries: 3, Entries: [{Cidr: 192.0.2.0/24}]}]
    TransitGateways: [{TransitGatewayId: tgw-1, Options: {SecurityGroupReferencingSupport: enable, AssociationDefaultRouteTableId: tgw-rtb-1, PropagationDefaultRouteTableId: tgw-rtb-1}}]
    TransitGatewayVpcAttachments: [{TransitGatewayAttachmentId: tgw-attach-c, TransitGatewayId: tgw-1, VpcId: vpc-cache, SubnetIds: [subnet-c1]}]
    TransitGatewayRouteTables: [{TransitGatewayRouteTableId: tgw-rtb-1, TransitGatewayId: tgw-1}]
    VpnGateways: [{VpnGatewayId: vgw-1, VpcAttachments: [{VpcId: vpc-cache}]}]
    VpnConnections: [{VpnConnectionId: vpn-1, VpnGatewayId: vgw-1, Options: {StaticRoutesOnly: true}}]
"444455556666":
  us-east-1:
    Vpcs: [{VpcId: vpc-app, CidrBlock: 10.1.0.0/16}]
    Subnets: [{SubnetId: subnet-a1, VpcId: vpc-app, CidrBlock: 10.1.1.0/24}]
    SecurityGroups: [{GroupId: sg-app, VpcId: vpc-app}]
    TransitGatewayVpcAttachments: [{TransitGatewayAttachmentId: tgw-attach-a, TransitGatewayId: tgw-1, VpcId: vpc-app, SubnetIds: [subnet-a1]}]
`

// chaos makes random calls on a simulation and checks what must hold after each.
type chaos struct {
	*rapid.T
	sim     *awssim.Sim
	clients map[string]*ec2.Client
	account string
	before  []byte         // the network as it is before the call
	done    int            // the writes so far
	region  *awssim.Region // of the account, as it is before the call
}

// TestWhateverIsCalledTheNetworkStaysWhole draws calls of all families with ids that are there and ids that are not.
func TestWhateverIsCalledTheNetworkStaysWhole(t *testing.T) {
	world := load(t, everything)
	rapid.Check(t, func(t *rapid.T) {
		c := &chaos{T: t, sim: awssim.New(world, awssim.WithQuotas(awssim.Quotas{RulesPerGroup: 6, RoutesPerTable: 5}))}
		c.before = c.written(c.sim)
		c.clients = map[string]*ec2.Client{hub: clientOf(c.sim, hub), spoke: clientOf(c.sim, spoke)}
		var twin *awssim.Sim
		var twinBefore []byte
		steps := rapid.IntRange(1, 30).Draw(t, "steps")
		cloneAt := rapid.IntRange(0, steps-1).Draw(t, "clone at")
		for i := range steps {
			if i == cloneAt {
				twin, twinBefore = c.sim.Clone(), c.before
			}
			c.step()
		}
		if !bytes.Equal(c.written(twin), twinBefore) {
			t.Fatalf("the clone changed with its original: %s", firstDifference(twinBefore, c.written(twin)))
		}
		text := c.before
		again, _, err := awssim.Load("again.json", text)
		if err != nil {
			t.Fatalf("the network cannot be read back: %v", err)
		}
		if second := c.marshal(again); !bytes.Equal(text, second) {
			t.Fatal(firstDifference(text, second))
		}
	})
}

func clientOf(sim *awssim.Sim, account string) *ec2.Client {
	return ec2.NewFromConfig(sim.Config(account, home, awssim.Actor{Session: "chaos"}))
}

func (c *chaos) written(sim *awssim.Sim) []byte { return c.marshal(sim.World()) }

func (c *chaos) marshal(w *awssim.World) []byte {
	text, err := json.Marshal(w)
	if err != nil {
		c.Fatal(err)
	}
	return text
}

// step makes one call: it happens wholly with one event, or not at all.
func (c *chaos) step() {
	c.account = rapid.SampledFrom([]string{hub, hub, spoke}).Draw(c.T, "account")
	c.region = c.sim.World().Accounts()[c.account][home]
	action := rapid.SampledFrom(actions).Draw(c.T, "action")
	err := action.call(c, c.Context(), c.clients[c.account])
	before, after := c.before, c.written(c.sim)
	events, done := c.sim.TakeEvents(), len(c.sim.Writes())-c.done
	c.before, c.done = after, c.done+done
	switch {
	case err != nil && (done != 0 || !bytes.Equal(before, after)):
		c.Fatalf("%s failed (%v) and changed the network: %s", action.name, err, firstDifference(before, after))
	case err == nil && done != 1:
		c.Fatalf("%s left %d writes", action.name, done)
	case len(events) != done:
		c.Fatalf("%s left %d events for %d writes", action.name, len(events), done)
	case err == nil:
		c.checkEvent(action.name, events[0])
	}
	c.checkNetwork(c.sim.World().Accounts())
}

func (c *chaos) checkEvent(name string, text []byte) {
	var event map[string]any
	if err := json.Unmarshal(text, &event); err != nil {
		c.Fatal(err)
	}
	if dig(event, "detail.eventName") != name || dig(event, "account") != c.account || dig(event, "detail.requestParameters") == nil {
		c.Fatalf("the event of %s is %v", name, event)
	}
}

// some draws one of the ids, or now and then one that is not there.
func (c *chaos) some(label string, ids []string) *string {
	return new(rapid.SampledFrom(append(slices.Repeat(ids, 3), "missing-0")).Draw(c.T, label))
}

func ids[T any](list []T, of func(T) *string) []string {
	var out []string
	for _, v := range list {
		out = append(out, aws.ToString(of(v)))
	}
	return out
}

func (c *chaos) vpc() *string {
	return c.some("vpc", ids(c.region.Vpcs, func(v awssim.Vpc) *string { return v.VpcId }))
}

func (c *chaos) subnet() *string {
	return c.some("subnet", ids(c.region.Subnets, func(v ec2types.Subnet) *string { return v.SubnetId }))
}

func (c *chaos) group() *string {
	return c.some("group", ids(c.region.SecurityGroups, func(v ec2types.SecurityGroup) *string { return v.GroupId }))
}

func (c *chaos) table() *string {
	return c.some("table", ids(c.region.RouteTables, func(v ec2types.RouteTable) *string { return v.RouteTableId }))
}

func (c *chaos) peering() *string {
	return c.some("peering", ids(c.region.VpcPeeringConnections, func(v ec2types.VpcPeeringConnection) *string { return v.VpcPeeringConnectionId }))
}

func (c *chaos) attachment() *string {
	return c.some("attachment", ids(c.region.TransitGatewayAttachments, func(v ec2types.TransitGatewayAttachment) *string { return v.TransitGatewayAttachmentId }))
}

func (c *chaos) cidr() *string {
	return new(rapid.SampledFrom([]string{"10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16", "10.4.5.6/20", "10.0.1.0/24", "192.168.0.0/24", "10.0/8"}).Draw(c.T, "cidr"))
}

// destination draws where a route of a table leads.
func (c *chaos) destination(table *string) *string {
	var cidrs []string
	for _, t := range c.region.RouteTables {
		if *t.RouteTableId == *table {
			cidrs = ids(t.Routes, func(r ec2types.Route) *string { return r.DestinationCidrBlock })
		}
	}
	return c.some("destination", cidrs)
}

func (c *chaos) permissions() []ec2types.IpPermission {
	var permissions []ec2types.IpPermission
	for range rapid.IntRange(1, 3).Draw(c.T, "permissions") {
		if rapid.Bool().Draw(c.T, "by group") {
			owner := rapid.SampledFrom([]string{hub, spoke, ""}).Draw(c.T, "owner")
			permissions = append(permissions, fromGroup(owner, rapid.SampledFrom([]string{"sg-cache", "sg-near", "sg-app"}).Draw(c.T, "source"))...)
		} else {
			permissions = append(permissions, fromCIDR(*c.cidr())...)
		}
	}
	return permissions
}

// check is what every network of AWS's has.
func (c *chaos) checkNetwork(accounts awssim.Accounts) {
	for account, regions := range accounts {
		r := regions[home]
		c.checkGroups(r)
		c.checkRouting(account, r)
		c.checkAttachments(r)
		guards := map[string]int{}
		for _, acl := range r.NetworkAcls {
			for _, a := range acl.Associations {
				guards[*a.SubnetId]++
			}
		}
		for _, s := range r.Subnets {
			if guards[*s.SubnetId] != 1 {
				c.Fatalf("%s has %d network ACLs", *s.SubnetId, guards[*s.SubnetId])
			}
		}
	}
	here, there := peeringStates(accounts[hub][home]), peeringStates(accounts[spoke][home])
	for id, state := range here {
		if other, ok := there[id]; ok && other != state {
			c.Fatalf("%s is %s on one side and %s on the other", id, state, other)
		}
	}
}

func peeringStates(r *awssim.Region) map[string]string {
	states := map[string]string{}
	for _, p := range r.VpcPeeringConnections {
		states[*p.VpcPeeringConnectionId] = string(p.Status.Code)
	}
	return states
}

func (c *chaos) checkGroups(r *awssim.Region) {
	shown := map[string]int{}
	for _, g := range r.SecurityGroups {
		for _, p := range append(append([]ec2types.IpPermission(nil), g.IpPermissions...), g.IpPermissionsEgress...) {
			shown[*g.GroupId] += len(p.IpRanges) + len(p.Ipv6Ranges) + len(p.PrefixListIds) + len(p.UserIdGroupPairs)
		}
	}
	listed, seen := map[string]int{}, map[string]bool{}
	for _, rule := range r.SecurityGroupRules {
		listed[*rule.GroupId]++
		source := aws.ToString(rule.CidrIpv4) + aws.ToString(rule.PrefixListId)
		if rule.ReferencedGroupInfo != nil {
			source = *rule.ReferencedGroupInfo.GroupId
		}
		key := fmt.Sprint(*rule.GroupId, *rule.IsEgress, *rule.IpProtocol, *rule.FromPort, *rule.ToPort, source)
		if seen[key] {
			c.Fatalf("the rule %s stands twice", key)
		}
		seen[key] = true
	}
	if fmt.Sprint(shown) != fmt.Sprint(listed) {
		c.Fatalf("groups show %v sources and have %v rules", shown, listed)
	}
}

func (c *chaos) checkRouting(account string, r *awssim.Region) {
	mains, explicit := map[string]int{}, map[string]int{}
	peerings := peeringStates(r)
	for _, table := range r.RouteTables {
		for _, a := range table.Associations {
			if *a.Main {
				mains[*table.VpcId]++
			} else {
				explicit[*a.SubnetId]++
			}
		}
		for _, route := range table.Routes {
			id := aws.ToString(route.VpcPeeringConnectionId)
			if id != "" && (peerings[id] == "active") != (route.State == ec2types.RouteStateActive) {
				c.Fatalf("the route over %s is %s while it is %s", id, route.State, peerings[id])
			}
			if id := aws.ToString(route.TransitGatewayId); id != "" && attachedVPC(r, id, *table.VpcId) != (route.State == ec2types.RouteStateActive) {
				c.Fatalf("the route of %s over %s is %s", *table.VpcId, id, route.State)
			}
		}
	}
	for _, vpc := range r.Vpcs {
		if mains[*vpc.VpcId] != 1 {
			c.Fatalf("%s of %s has %d main tables", *vpc.VpcId, account, mains[*vpc.VpcId])
		}
	}
	for subnet, n := range explicit {
		if n > 1 {
			c.Fatalf("%s has %d route tables", subnet, n)
		}
	}
}

func attachedVPC(r *awssim.Region, gateway, vpc string) bool {
	for _, a := range r.TransitGatewayVpcAttachments {
		if *a.TransitGatewayId == gateway && *a.VpcId == vpc && a.State == ec2types.TransitGatewayAttachmentStateAvailable {
			return true
		}
	}
	return false
}

func (c *chaos) checkAttachments(r *awssim.Region) {
	byTable := map[string]string{}
	for _, table := range r.TransitGatewayRouteTables {
		for _, a := range table.Associations {
			byTable[*a.TransitGatewayAttachmentId] = *table.TransitGatewayRouteTableId
		}
	}
	for _, a := range r.TransitGatewayAttachments {
		shown := ""
		if a.Association != nil {
			shown = *a.Association.TransitGatewayRouteTableId
		}
		if len(r.TransitGatewayRouteTables) > 0 && shown != byTable[*a.TransitGatewayAttachmentId] {
			c.Fatalf("%s shows the table %q and stands in %q", *a.TransitGatewayAttachmentId, shown, byTable[*a.TransitGatewayAttachmentId])
		}
	}
}
