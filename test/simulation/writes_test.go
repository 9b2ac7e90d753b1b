package simulation

import (
	"errors"
	"maps"
	"math/rand/v2"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// writer makes a write of some kind on what there is, all of it drawn from one number.
type writer struct {
	*drawer
	h *harness
}

func (h *harness) writer(seed int) writer {
	return writer{&drawer{Case: h.Case, random: rand.New(rand.NewPCG(uint64(seed), 1)), theme: "any"}, h}
}

// kindOfWrite is an operation: how to make one, and what has to be before it is made.
type kindOfWrite struct {
	ready func(writer) error
	make  func(writer) error
}

// kindsOfWrite are all operations that write, under the simulation's own names.
func kindsOfWrite() map[string]kindOfWrite {
	out := map[string]kindOfWrite{}
	for _, some := range []map[string]kindOfWrite{ruleWrites, routeWrites, aclWrites, vpcWrites, interfaceWrites, peeringWrites, transitWrites, hybridKinds, cacheWrites} {
		maps.Copy(out, some)
	}
	return out
}

// step makes the writer act as one of a case's steps.
func step(draw func(writer) Step) func(writer) error {
	return func(w writer) error {
		s := draw(w)
		w.h.foreign(s)
		return nil
	}
}

// anyVPC draws a VPC, that of a cache more often than others.
func (w writer) anyVPC() VPC {
	if w.chance(50) {
		return w.vpc(pick(w.drawer, w.Clusters).VPC)
	}
	return pick(w.drawer, w.VPCs)
}

func (w writer) ec2(vpc string) *ec2.Client { return w.h.client(vpc) }

func (w writer) home() *ec2.Client { return w.h.at(cacheAccount, homeRegion) }

func (w writer) anyTable() Table {
	v := w.anyVPC()
	var of []Table
	for _, t := range w.Tables {
		if t.VPC == v.ID {
			of = append(of, t)
		}
	}
	return pick(w.drawer, of)
}

func (w writer) anySubnet() Subnet {
	v := w.anyVPC()
	return w.subnet(pick(w.drawer, w.subnetIDs(v.ID)))
}

// anyGroup draws a security group that matters: a cache's, or a source's.
func (w writer) anyGroup() Group {
	var matter []string
	for _, k := range w.Clusters {
		matter = append(matter, k.Groups...)
	}
	if w.chance(30) {
		return pick(w.drawer, w.Groups)
	}
	id := pick(w.drawer, matter)
	for _, g := range w.Groups {
		if g.ID == id {
			return g
		}
	}
	return pick(w.drawer, w.Groups)
}

// anyRule draws a rule of a group as it is now.
func (w writer) anyRule(group string, egress bool) (ec2types.SecurityGroupRule, bool) {
	var of []ec2types.SecurityGroupRule
	for _, r := range w.h.read().Rules(group) {
		if aws.ToBool(r.IsEgress) == egress {
			of = append(of, r)
		}
	}
	if len(of) == 0 {
		return ec2types.SecurityGroupRule{}, false
	}
	return pick(w.drawer, of), true
}

// declared draws a rule that an intent could be after.
func (w writer) declared() Step {
	k := pick(w.drawer, w.Clusters)
	s := Step{Do: "authorize", On: pick(w.drawer, append(k.Groups, k.Moving...)), To: w.peer(k.VPC), Port: pick(w.drawer, []int{k.Port, 0})}
	for _, i := range w.h.intents {
		if i.Cluster == k.Name && w.chance(80) {
			s.To = pick(w.drawer, i.Sources)
		}
	}
	if v4, _ := blocksOf(w.vpc(s.To)); len(v4) > 0 {
		s.To = v4[0]
	}
	return s
}

var ruleWrites = map[string]kindOfWrite{
	"ec2:AuthorizeSecurityGroupIngress": {make: step(writer.declared)},
	"ec2:RevokeSecurityGroupIngress": {
		ready: step(writer.declared),
		make:  step(func(w writer) Step { return Step{Do: "revoke", On: w.anyGroup().ID, At: w.upTo(5)} }),
	},
	"ec2:ModifySecurityGroupRules": {
		ready: step(writer.declared),
		make: step(func(w writer) Step {
			return Step{Do: "modify", On: w.anyGroup().ID, At: w.upTo(5), To: w.block(), Port: pick(w.drawer, []int{0, 6379, 443})}
		}),
	},
	"ec2:AuthorizeSecurityGroupEgress": {
		ready: func(w writer) error { return w.eachGroup(w.revokeEgress) },
		make: func(w writer) error {
			return until(w, w.Groups, func(g Group) error {
				s := Step{To: pick(w.drawer, []string{"0.0.0.0/0", w.block()})}
				_, err := w.ec2(g.VPC).AuthorizeSecurityGroupEgress(w.h.ctx, &ec2.AuthorizeSecurityGroupEgressInput{GroupId: &g.ID, IpPermissions: []ec2types.IpPermission{s.permission()}})
				return err
			})
		},
	},
	"ec2:RevokeSecurityGroupEgress": {make: func(w writer) error { return until(w, w.Groups, w.revokeEgress) }},
	"ec2:UpdateSecurityGroupRuleDescriptionsIngress": {make: func(w writer) error {
		g := w.anyGroup()
		r, ok := w.anyRule(g.ID, false)
		if !ok {
			return nil
		}
		_, err := w.ec2(g.VPC).UpdateSecurityGroupRuleDescriptionsIngress(w.h.ctx, &ec2.UpdateSecurityGroupRuleDescriptionsIngressInput{
			GroupId: &g.ID, SecurityGroupRuleDescriptions: []ec2types.SecurityGroupRuleDescription{{SecurityGroupRuleId: r.SecurityGroupRuleId, Description: aws.String("new")}},
		})
		return err
	}},
	"ec2:UpdateSecurityGroupRuleDescriptionsEgress": {make: func(w writer) error {
		g := w.anyGroup()
		r, ok := w.anyRule(g.ID, true)
		if !ok {
			return nil
		}
		_, err := w.ec2(g.VPC).UpdateSecurityGroupRuleDescriptionsEgress(w.h.ctx, &ec2.UpdateSecurityGroupRuleDescriptionsEgressInput{
			GroupId: &g.ID, SecurityGroupRuleDescriptions: []ec2types.SecurityGroupRuleDescription{{SecurityGroupRuleId: r.SecurityGroupRuleId, Description: aws.String("new")}},
		})
		return err
	}},
	"ec2:CreateSecurityGroup": {make: func(w writer) error {
		v := w.anyVPC()
		_, err := w.ec2(v.ID).CreateSecurityGroup(w.h.ctx, &ec2.CreateSecurityGroupInput{VpcId: &v.ID, GroupName: aws.String("new"), Description: aws.String("new")})
		return err
	}},
	"ec2:DeleteSecurityGroup": {
		ready: func(w writer) error { return w.emptyGroups() },
		make: func(w writer) error {
			return until(w, w.Groups, func(g Group) error {
				_, err := w.ec2(g.VPC).DeleteSecurityGroup(w.h.ctx, &ec2.DeleteSecurityGroupInput{GroupId: &g.ID})
				return err
			})
		},
	},
	"ec2:AssociateSecurityGroupVpc": {make: func(w writer) error {
		g, v := w.anyGroup(), w.anyVPC()
		_, err := w.ec2(g.VPC).AssociateSecurityGroupVpc(w.h.ctx, &ec2.AssociateSecurityGroupVpcInput{GroupId: &g.ID, VpcId: &v.ID})
		return err
	}},
	"ec2:DisassociateSecurityGroupVpc": {make: func(w writer) error {
		g, v := w.anyGroup(), w.anyVPC()
		_, _ = w.ec2(g.VPC).AssociateSecurityGroupVpc(w.h.ctx, &ec2.AssociateSecurityGroupVpcInput{GroupId: &g.ID, VpcId: &v.ID})
		_, err := w.ec2(g.VPC).DisassociateSecurityGroupVpc(w.h.ctx, &ec2.DisassociateSecurityGroupVpcInput{GroupId: &g.ID, VpcId: &v.ID})
		return err
	}},
	"ec2:CreateTags": {make: step(func(w writer) Step { return Step{Do: "tag", On: w.anyGroup().ID, At: w.upTo(5), To: "forged"} })},
	"ec2:DeleteTags": {make: func(w writer) error {
		g := w.anyGroup()
		r, ok := w.anyRule(g.ID, false)
		if !ok {
			return nil
		}
		_, err := w.ec2(g.VPC).DeleteTags(w.h.ctx, &ec2.DeleteTagsInput{Resources: []string{aws.ToString(r.SecurityGroupRuleId)}, Tags: []ec2types.Tag{{Key: aws.String(managedTag)}}})
		return err
	}},
	"ec2:CreateManagedPrefixList": {make: func(w writer) error {
		_, err := w.home().CreateManagedPrefixList(w.h.ctx, &ec2.CreateManagedPrefixListInput{PrefixListName: aws.String("new"), MaxEntries: aws.Int32(2), AddressFamily: aws.String("IPv4")})
		return err
	}},
	"ec2:ModifyManagedPrefixList": {make: step(func(w writer) Step {
		if len(w.Lists) == 0 {
			return Step{Do: "list-entry"}
		}
		l := pick(w.drawer, w.Lists)
		return Step{Do: "list-entry", On: l.ID, Block: pick(w.drawer, append(l.Entries, w.block())), To: pick(w.drawer, []string{"add", "remove", "remove"})}
	})},
	"ec2:DeleteManagedPrefixList": {
		ready: func(w writer) error {
			for _, g := range w.Groups {
				for _, r := range w.h.read().Rules(g.ID) {
					if r.PrefixListId != nil && !aws.ToBool(r.IsEgress) {
						_, _ = w.ec2(g.VPC).RevokeSecurityGroupIngress(w.h.ctx, &ec2.RevokeSecurityGroupIngressInput{GroupId: &g.ID, SecurityGroupRuleIds: []string{aws.ToString(r.SecurityGroupRuleId)}})
					}
				}
			}
			return nil
		},
		make: func(w writer) error {
			return until(w, w.Lists, func(l List) error {
				_, err := w.h.at(l.Account, l.Region).DeleteManagedPrefixList(w.h.ctx, &ec2.DeleteManagedPrefixListInput{PrefixListId: &l.ID})
				return err
			})
		},
	},
}

// revokeEgress takes an egress rule of a group away.
func (w writer) revokeEgress(g Group) error {
	r, ok := w.anyRule(g.ID, true)
	if !ok {
		return errNothing
	}
	_, err := w.ec2(g.VPC).RevokeSecurityGroupEgress(w.h.ctx, &ec2.RevokeSecurityGroupEgressInput{GroupId: &g.ID, SecurityGroupRuleIds: []string{aws.ToString(r.SecurityGroupRuleId)}})
	return err
}

func (w writer) eachGroup(do func(Group) error) error {
	for _, g := range w.Groups {
		_ = do(g) // what AWS refuses does not happen
	}
	return nil
}

// errNothing says that there is nothing to make a write on.
var errNothing = errors.New("there is nothing to write to")

// until makes one write on one of several things: the first that AWS does not refuse.
func until[T any](w writer, of []T, write func(T) error) error {
	err := errNothing
	for _, i := range w.random.Perm(len(of)) {
		if err = write(of[i]); err == nil {
			return nil
		}
	}
	return err
}

// emptyGroups takes the members of groups away, and the rules that name them.
func (w writer) emptyGroups() error {
	for _, i := range w.Interfaces {
		w.h.foreign(Step{Do: "delete-interface", On: i.ID})
	}
	for _, g := range w.Groups {
		for _, r := range w.h.read().Rules(g.ID) {
			if r.ReferencedGroupInfo != nil && !aws.ToBool(r.IsEgress) {
				_, _ = w.ec2(g.VPC).RevokeSecurityGroupIngress(w.h.ctx, &ec2.RevokeSecurityGroupIngressInput{GroupId: &g.ID, SecurityGroupRuleIds: []string{aws.ToString(r.SecurityGroupRuleId)}})
			}
		}
	}
	return nil
}
