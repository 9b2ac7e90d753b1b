package awssim

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func (c *call) acl(id *string) (*ec2types.NetworkAcl, error) {
	if acl := c.r.NetworkAcls.lookup(id); acl != nil {
		return acl, nil
	}
	return nil, notFound(errACLNotFound, "networkAcl ID", aws.ToString(id))
}

func createNetworkACL(c *call, in *ec2.CreateNetworkAclInput) (*ec2.CreateNetworkAclOutput, error) {
	v, err := c.vpc(in.VpcId)
	if err != nil {
		return nil, err
	}
	tags, err := tagsFor(in.TagSpecifications, ec2types.ResourceTypeNetworkAcl)
	if err != nil {
		return nil, err
	}
	acl := &ec2types.NetworkAcl{
		NetworkAclId: new(c.newID("acl")), VpcId: v.VpcId, OwnerId: &c.r.account, IsDefault: new(false), Tags: tags,
		Entries: lastEntries(len(v.Ipv6CidrBlockAssociationSet) > 0),
	}
	c.edit().NetworkAcls.put(c.state.owner, *acl.NetworkAclId, acl)
	shown := *acl
	return &ec2.CreateNetworkAclOutput{NetworkAcl: &shown, ClientToken: in.ClientToken}, nil
}

func deleteNetworkACL(c *call, in *ec2.DeleteNetworkAclInput) (*ec2.DeleteNetworkAclOutput, error) {
	acl, err := c.acl(in.NetworkAclId)
	if err != nil {
		return nil, err
	}
	if aws.ToBool(acl.IsDefault) || len(acl.Associations) > 0 {
		return nil, dependencyViolation("The networkAcl", *acl.NetworkAclId)
	}
	c.edit().NetworkAcls.drop(c.state.owner, *acl.NetworkAclId)
	return &ec2.DeleteNetworkAclOutput{}, nil
}

func createNetworkACLEntry(c *call, in *ec2.CreateNetworkAclEntryInput) (*ec2.CreateNetworkAclEntryOutput, error) {
	entry := ec2types.NetworkAclEntry{
		CidrBlock: in.CidrBlock, Ipv6CidrBlock: in.Ipv6CidrBlock, Egress: in.Egress, IcmpTypeCode: in.IcmpTypeCode,
		PortRange: in.PortRange, Protocol: in.Protocol, RuleAction: in.RuleAction, RuleNumber: in.RuleNumber,
	}
	return &ec2.CreateNetworkAclEntryOutput{}, c.putEntry(in.NetworkAclId, entry, false)
}

func replaceNetworkACLEntry(c *call, in *ec2.ReplaceNetworkAclEntryInput) (*ec2.ReplaceNetworkAclEntryOutput, error) {
	entry := ec2types.NetworkAclEntry{
		CidrBlock: in.CidrBlock, Ipv6CidrBlock: in.Ipv6CidrBlock, Egress: in.Egress, IcmpTypeCode: in.IcmpTypeCode,
		PortRange: in.PortRange, Protocol: in.Protocol, RuleAction: in.RuleAction, RuleNumber: in.RuleNumber,
	}
	return &ec2.ReplaceNetworkAclEntryOutput{}, c.putEntry(in.NetworkAclId, entry, true)
}

// lastRuleNumber is the highest number that a user's entry may have; above it stands what nobody can change.
const lastRuleNumber = 32766

func (c *call) putEntry(id *string, entry ec2types.NetworkAclEntry, replace bool) error {
	acl, err := c.acl(id)
	if err != nil {
		return err
	}
	if number := aws.ToInt32(entry.RuleNumber); number < 1 || number > lastRuleNumber {
		return invalidParameter("Value (%d) for parameter ruleNumber is invalid. Must be between 1 and %d", number, lastRuleNumber)
	}
	entry.Egress, entry.Protocol = new(aws.ToBool(entry.Egress)), new(protocolNumber(aws.ToString(entry.Protocol)))
	for _, cidr := range [...]**string{&entry.CidrBlock, &entry.Ipv6CidrBlock} {
		if *cidr == nil {
			continue
		}
		prefix, err := parsePrefix(**cidr)
		if err != nil {
			return invalidParameter("Value (%s) for parameter cidrBlock is invalid. This is not a valid CIDR block.", **cidr)
		}
		*cidr = new(prefix.String())
	}
	if entry.CidrBlock == nil && entry.Ipv6CidrBlock == nil {
		return missingParameter("cidrBlock")
	}
	if name := protocolName(*entry.Protocol); (name == "tcp" || name == "udp") && entry.PortRange == nil {
		return missingParameter("portRange")
	}
	entries := slices.Clone(acl.Entries)
	at := findEntry(entries, *entry.Egress, *entry.RuleNumber)
	switch {
	case at < 0 && replace:
		return apiError("InvalidNetworkAclEntry.NotFound", "The network acl entry identified by %d does not exist.", *entry.RuleNumber)
	case at >= 0 && !replace:
		return apiError("NetworkAclEntryAlreadyExists", "The network acl entry identified by %d already exists.", *entry.RuleNumber)
	case at >= 0:
		entries[at] = entry
	default:
		if err := c.checkACLQuota(entries, entry); err != nil {
			return err
		}
		after := slices.IndexFunc(entries, func(e ec2types.NetworkAclEntry) bool { return *e.RuleNumber > *entry.RuleNumber })
		entries = slices.Insert(entries, max(after, 0), entry)
	}
	changed := *acl
	changed.Entries = entries
	c.edit().NetworkAcls.put(c.state.owner, *acl.NetworkAclId, &changed)
	return nil
}

func (c *call) checkACLQuota(entries []ec2types.NetworkAclEntry, entry ec2types.NetworkAclEntry) error {
	n := 0
	for _, e := range entries {
		if aws.ToBool(e.Egress) == *entry.Egress && (e.CidrBlock == nil) == (entry.CidrBlock == nil) && *e.RuleNumber <= lastRuleNumber {
			n++
		}
	}
	if n >= c.sim.quotas.EntriesPerACL {
		return apiError("NetworkAclEntryLimitExceeded", "The maximum number of network acl entries has been reached.")
	}
	return nil
}

func findEntry(entries []ec2types.NetworkAclEntry, egress bool, number int32) int {
	return slices.IndexFunc(entries, func(e ec2types.NetworkAclEntry) bool {
		return aws.ToBool(e.Egress) == egress && aws.ToInt32(e.RuleNumber) == number
	})
}

func deleteNetworkACLEntry(c *call, in *ec2.DeleteNetworkAclEntryInput) (*ec2.DeleteNetworkAclEntryOutput, error) {
	acl, err := c.acl(in.NetworkAclId)
	if err != nil {
		return nil, err
	}
	at := findEntry(acl.Entries, aws.ToBool(in.Egress), aws.ToInt32(in.RuleNumber))
	if at < 0 || aws.ToInt32(in.RuleNumber) > lastRuleNumber {
		return nil, apiError("InvalidNetworkAclEntry.NotFound", "The network acl entry identified by %d does not exist.", aws.ToInt32(in.RuleNumber))
	}
	changed := *acl
	changed.Entries = slices.Delete(slices.Clone(acl.Entries), at, at+1)
	c.edit().NetworkAcls.put(c.state.owner, *acl.NetworkAclId, &changed)
	return &ec2.DeleteNetworkAclEntryOutput{}, nil
}

// replaceNetworkACLAssociation gives a subnet another ACL; the request names the subnet by its present association.
func replaceNetworkACLAssociation(c *call, in *ec2.ReplaceNetworkAclAssociationInput) (*ec2.ReplaceNetworkAclAssociationOutput, error) {
	to, err := c.acl(in.NetworkAclId)
	if err != nil {
		return nil, err
	}
	for _, from := range c.r.NetworkAcls.vals {
		for _, a := range from.Associations {
			if !same(a.NetworkAclAssociationId, in.AssociationId) {
				continue
			}
			if !same(from.VpcId, to.VpcId) {
				return nil, invalidParameter("%s and %s belong to different networks", *to.NetworkAclId, aws.ToString(a.SubnetId))
			}
			c.edit()
			c.unguardSubnet(aws.ToString(a.SubnetId))
			return &ec2.ReplaceNetworkAclAssociationOutput{NewAssociationId: c.guardSubnet(c.r.NetworkAcls.get(*to.NetworkAclId), aws.ToString(a.SubnetId))}, nil
		}
	}
	return nil, notFound("InvalidAssociationID.NotFound", "association ID", aws.ToString(in.AssociationId))
}

// guardSubnet associates a subnet with an ACL and returns the association's id. The caller owns the Region.
func (c *call) guardSubnet(acl *ec2types.NetworkAcl, subnet string) *string {
	changed := *acl
	a := ec2types.NetworkAclAssociation{NetworkAclAssociationId: new(c.newID("aclassoc")), NetworkAclId: acl.NetworkAclId, SubnetId: &subnet}
	changed.Associations = append(slices.Clone(acl.Associations), a)
	c.r.NetworkAcls.put(c.state.owner, *acl.NetworkAclId, &changed)
	return a.NetworkAclAssociationId
}

func (c *call) unguardSubnet(subnet string) {
	for _, acl := range c.r.NetworkAcls.vals {
		left := slices.DeleteFunc(slices.Clone(acl.Associations), func(a ec2types.NetworkAclAssociation) bool {
			return aws.ToString(a.SubnetId) == subnet
		})
		if len(left) != len(acl.Associations) {
			changed := *acl
			changed.Associations = left
			c.r.NetworkAcls.put(c.state.owner, *acl.NetworkAclId, &changed)
		}
	}
}
