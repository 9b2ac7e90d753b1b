package stacks

import (
	"maps"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/apply"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/observe"
	"github.com/cachegate/cachegate/shared/resource"
)

// tagged are the types on which requireTag is required: every write needs the
// right to one of them, but for peering options.
var tagged = []string{change.ResourceSecurityGroup, change.ResourceRouteTable, change.ResourceTransitGatewayRouteTable}

// typed are the reads that EC2 narrows to a type of resource. The owner may be
// another account: of a shared VPC, prefix list or gateway.
var typed = map[string]string{
	"DescribeVpcAttribute":        "vpc",
	"GetManagedPrefixListEntries": "prefix-list",
	"SearchTransitGatewayRoutes":  change.ResourceTransitGatewayRouteTable,
}

// networkAccess is what the role that reads and writes networks may do in an
// account: the calls that packages observe and apply make.
func networkAccess(o Options, account string, regions []string) map[string][]allow {
	return map[string][]allow{"Read": reads(regions), "Write": writes(o, account, regions)}
}

// reads are narrowed to the Regions alone. EC2 has no types of resource for its
// Describe calls; those of ElastiCache and Direct Connect are made without an id,
// for all that is there.
func reads(regions []string) []allow {
	untyped := func(call string) bool { return typed[call] == "" }
	all := slices.Concat(
		actionsOf[observe.EC2]("ec2", untyped),
		actionsOf[apply.EC2]("ec2", func(call string) bool { return isRead(call) && untyped(call) }),
		listing(),
		actionsOf[observe.DirectConnect]("directconnect", nil),
	)
	slices.Sort(all)
	out := []allow{{sid: "ReadNetworks", actions: slices.Compact(all), resources: []string{"*"}, conditions: inRegions(regions)}}
	for _, call := range slices.Sorted(maps.Keys(typed)) {
		out = append(out, allow{
			sid: call, actions: []string{"ec2:" + call},
			resources: []string{arn("ec2", "*", "*", typed[call]+"/*")}, conditions: inRegions(regions),
		})
	}
	return out
}

// listing are the calls that list what is protected.
func listing() []string {
	var out []string
	for _, s := range resource.Services() {
		out = append(out, s.Lists...)
	}
	return out
}

// writes are narrowed to the account's own groups, tables, gateways and so on. An
// attachment that a route of the account's own table leads to may be another
// account's, to which the gateway is shared.
func writes(o Options, account string, regions []string) []allow {
	byType := writesByResource()
	var out []allow
	for _, t := range slices.Sorted(maps.Keys(byType)) {
		owner, conditions := account, inRegions(regions)
		if t == change.ResourceTransitGatewayAttachment {
			owner = "*"
		}
		if o.RequireTag.Key != "" && slices.Contains(tagged, t) {
			equals(conditions)["aws:ResourceTag/"+o.RequireTag.Key] = o.RequireTag.Value
		}
		out = append(out, allow{
			sid: "Write" + camel(t), actions: slices.Sorted(slices.Values(byType[t])), resources: []string{arn("ec2", "*", owner, t+"/*")}, conditions: conditions,
		})
	}
	// The tag that tells whose a rule is, and only together with the rule.
	conditions := inRegions(regions)
	equals(conditions)["ec2:CreateAction"] = string(change.AuthorizeIngress)
	conditions["ForAllValues:StringEquals"] = map[string]any{"aws:TagKeys": []string{change.ManagedTag}}
	return append(out, allow{
		sid: "TagNewRules", actions: []string{"ec2:CreateTags"},
		resources: []string{arn("ec2", "*", account, change.ResourceSecurityGroupRule+"/*")}, conditions: conditions,
	})
}

// writesByResource gives the actions that write, by the type of resource on which
// IAM checks them.
func writesByResource() map[string][]string {
	out := map[string][]string{}
	for _, kind := range change.Kinds() {
		for _, call := range kind.Calls() {
			for _, t := range call.Resources {
				out[t] = append(out[t], "ec2:"+string(call.Action))
			}
		}
	}
	return out
}

// writtenResources are the types of resource that are written.
func writtenResources() []string { return slices.Sorted(maps.Keys(writesByResource())) }

func isRead(call string) bool {
	return slices.ContainsFunc([]string{"Describe", "Get", "List", "Search"}, func(verb string) bool { return strings.HasPrefix(call, verb) })
}

// inRegions narrows calls to Regions. An ARN for each would say the same, and
// outgrow the 10,240 characters of a role's policies.
func inRegions(regions []string) map[string]any {
	return map[string]any{"StringEquals": map[string]any{"aws:RequestedRegion": regions}}
}

// equals gives the conditions of equality, to add to.
func equals(conditions map[string]any) map[string]any {
	is, _ := conditions["StringEquals"].(map[string]any)
	return is
}

// camel turns security-group-rule into SecurityGroupRule.
func camel(hyphened string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(hyphened, "-") {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}
