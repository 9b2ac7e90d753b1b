package awssim

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// networkACLs builds the network ACLs, and the default ACL of every VPC that comes without one.
func (b *builder) networkACLs() {
	const list = "NetworkAcls"
	guarded := map[string]bool{} // subnets with an ACL
	for i, v := range b.in.NetworkAcls {
		if _, ok := known(b, &b.r.Vpcs, list, i, "VpcId", v.VpcId); !ok {
			continue
		}
		orDefault(&v.OwnerId, b.r.account)
		orDefault(&v.IsDefault, false)
		v.Associations, v.Entries = slices.Clone(v.Associations), slices.Clone(v.Entries)
		if b.aclAssociations(i, &v, guarded) && b.aclEntries(i, v.Entries) {
			insert(b, &b.r.NetworkAcls, list, i, &v)
		}
	}
	for _, vpc := range b.r.Vpcs.vals {
		b.defaultACL(vpc, guarded)
	}
}

func (b *builder) aclAssociations(i int, v *ec2types.NetworkAcl, guarded map[string]bool) bool {
	for j := range v.Associations {
		a := &v.Associations[j]
		a.NetworkAclId = v.NetworkAclId
		subnet := aws.ToString(a.SubnetId)
		if guarded[subnet] {
			b.leaveOut("NetworkAcls", i, "Associations", subnet, "has two network ACLs; a subnet has one")
			return false
		}
		guarded[subnet] = true
		orDefault(&a.NetworkAclAssociationId, derivedID("aclassoc", aws.ToString(v.NetworkAclId), subnet))
	}
	return true
}

func (b *builder) aclEntries(i int, entries []ec2types.NetworkAclEntry) bool {
	for j := range entries {
		if !b.aclEntry(i, &entries[j]) {
			return false
		}
	}
	return true
}

func (b *builder) aclEntry(i int, e *ec2types.NetworkAclEntry) bool {
	orDefault(&e.Egress, false)
	if e.Protocol == nil {
		e.Protocol = new("-1")
	}
	e.Protocol = new(protocolNumber(*e.Protocol))
	for _, cidr := range [...]**string{&e.CidrBlock, &e.Ipv6CidrBlock} {
		if *cidr == nil {
			continue
		}
		prefix, ok := b.prefix("NetworkAcls", i, "Entries.CidrBlock", *cidr)
		if !ok {
			return false
		}
		*cidr = new(prefix.String())
	}
	if e.RuleNumber == nil {
		b.leaveOut("NetworkAcls", i, "Entries.RuleNumber", "", "is missing; entries are judged in the order of their numbers")
	}
	return e.RuleNumber != nil
}

// defaultACL gives every subnet that no listed ACL guards to the VPC's default one, which is made where it is missing.
func (b *builder) defaultACL(vpc *Vpc, guarded map[string]bool) {
	var free []string
	for _, subnet := range b.r.Subnets.vals {
		if aws.ToString(subnet.VpcId) == *vpc.VpcId && !guarded[*subnet.SubnetId] {
			free = append(free, *subnet.SubnetId)
		}
	}
	acl := ec2types.NetworkAcl{VpcId: vpc.VpcId, OwnerId: vpc.OwnerId, IsDefault: new(true)}
	found := false
	for _, have := range b.r.NetworkAcls.vals {
		if aws.ToString(have.VpcId) == *vpc.VpcId && aws.ToBool(have.IsDefault) {
			acl, found = *have, true
		}
	}
	if found && len(free) == 0 {
		return
	}
	where := b.r.account + "/" + b.r.name + "/NetworkAcls"
	if !found {
		acl.NetworkAclId = new(derivedID("acl", b.r.account, b.r.name, *vpc.VpcId))
		acl.Entries = openEntries(len(vpc.Ipv6CidrBlockAssociationSet) > 0)
		b.problems.warn(where, "%s has no default network ACL; AWS's was filled in: %s, which allows all", *vpc.VpcId, *acl.NetworkAclId)
	} else {
		b.problems.warn(where, "subnets without a network ACL were given to %s, the default of %s", *acl.NetworkAclId, *vpc.VpcId)
	}
	acl.Associations = slices.Clone(acl.Associations)
	for _, subnet := range free {
		acl.Associations = append(acl.Associations, ec2types.NetworkAclAssociation{
			NetworkAclId: acl.NetworkAclId, SubnetId: &subnet,
			NetworkAclAssociationId: new(derivedID("aclassoc", *acl.NetworkAclId, subnet)),
		})
	}
	b.r.NetworkAcls.put(b.state.owner, *acl.NetworkAclId, &acl)
}

// openEntries are the entries of a default network ACL: allow all, and the last entry that nobody can remove.
func openEntries(ipv6 bool) []ec2types.NetworkAclEntry {
	var entries []ec2types.NetworkAclEntry
	for _, egress := range [...]bool{true, false} {
		entries = append(entries, aclEntry(egress, 100, ec2types.RuleActionAllow, "0.0.0.0/0", ""))
		if ipv6 {
			entries = append(entries, aclEntry(egress, 101, ec2types.RuleActionAllow, "", "::/0"))
		}
	}
	return append(entries, lastEntries(ipv6)...)
}

// lastEntries deny what no other entry of an ACL decides.
func lastEntries(ipv6 bool) []ec2types.NetworkAclEntry {
	var entries []ec2types.NetworkAclEntry
	for _, egress := range [...]bool{true, false} {
		entries = append(entries, aclEntry(egress, 32767, ec2types.RuleActionDeny, "0.0.0.0/0", ""))
		if ipv6 {
			entries = append(entries, aclEntry(egress, 32768, ec2types.RuleActionDeny, "", "::/0"))
		}
	}
	return entries
}

func aclEntry(egress bool, number int32, action ec2types.RuleAction, cidr, ipv6 string) ec2types.NetworkAclEntry {
	entry := ec2types.NetworkAclEntry{Egress: &egress, RuleNumber: &number, RuleAction: action, Protocol: new("-1")}
	if cidr != "" {
		entry.CidrBlock = &cidr
	}
	if ipv6 != "" {
		entry.Ipv6CidrBlock = &ipv6
	}
	return entry
}
