package awssim

import (
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func networkACLOperations() []*operation {
	return []*operation{
		read(ec2Service, "DescribeNetworkAcls", describeNetworkACLs),
		write(ec2Service, "CreateNetworkAcl", createNetworkACL),
		write(ec2Service, "DeleteNetworkAcl", deleteNetworkACL),
		write(ec2Service, "CreateNetworkAclEntry", createNetworkACLEntry),
		write(ec2Service, "ReplaceNetworkAclEntry", replaceNetworkACLEntry),
		write(ec2Service, "DeleteNetworkAclEntry", deleteNetworkACLEntry),
		write(ec2Service, "ReplaceNetworkAclAssociation", replaceNetworkACLAssociation),
	}
}

var networkACLFilters = filters[ec2types.NetworkAcl]{
	"network-acl-id": func(v *ec2types.NetworkAcl, m matcher) bool { return m.text(v.NetworkAclId) },
	"vpc-id":         func(v *ec2types.NetworkAcl, m matcher) bool { return m.text(v.VpcId) },
	"owner-id":       func(v *ec2types.NetworkAcl, m matcher) bool { return m.text(v.OwnerId) },
	"default":        func(v *ec2types.NetworkAcl, m matcher) bool { return m.truth(v.IsDefault) },

	"association.association-id": anyACLAssociation(func(a *ec2types.NetworkAclAssociation) *string { return a.NetworkAclAssociationId }),
	"association.network-acl-id": anyACLAssociation(func(a *ec2types.NetworkAclAssociation) *string { return a.NetworkAclId }),
	"association.subnet-id":      anyACLAssociation(func(a *ec2types.NetworkAclAssociation) *string { return a.SubnetId }),

	"entry.cidr":        anyACLEntry(func(e *ec2types.NetworkAclEntry, m matcher) bool { return m.text(e.CidrBlock) }),
	"entry.ipv6-cidr":   anyACLEntry(func(e *ec2types.NetworkAclEntry, m matcher) bool { return m.text(e.Ipv6CidrBlock) }),
	"entry.egress":      anyACLEntry(func(e *ec2types.NetworkAclEntry, m matcher) bool { return m.truth(e.Egress) }),
	"entry.rule-action": anyACLEntry(func(e *ec2types.NetworkAclEntry, m matcher) bool { return m(string(e.RuleAction)) }),
	"entry.rule-number": anyACLEntry(func(e *ec2types.NetworkAclEntry, m matcher) bool { return m.number(e.RuleNumber) }),
	"entry.protocol": anyACLEntry(func(e *ec2types.NetworkAclEntry, m matcher) bool {
		return m.text(e.Protocol) || m(protocolName(aws.ToString(e.Protocol)))
	}),
	"entry.port-range.from": anyACLEntry(func(e *ec2types.NetworkAclEntry, m matcher) bool {
		return e.PortRange != nil && m.number(e.PortRange.From)
	}),
	"entry.port-range.to": anyACLEntry(func(e *ec2types.NetworkAclEntry, m matcher) bool {
		return e.PortRange != nil && m.number(e.PortRange.To)
	}),
	"entry.icmp.code": anyACLEntry(func(e *ec2types.NetworkAclEntry, m matcher) bool {
		return e.IcmpTypeCode != nil && m(strconv.Itoa(int(aws.ToInt32(e.IcmpTypeCode.Code))))
	}),
	"entry.icmp.type": anyACLEntry(func(e *ec2types.NetworkAclEntry, m matcher) bool {
		return e.IcmpTypeCode != nil && m(strconv.Itoa(int(aws.ToInt32(e.IcmpTypeCode.Type))))
	}),
}

func anyACLAssociation(of func(*ec2types.NetworkAclAssociation) *string) func(*ec2types.NetworkAcl, matcher) bool {
	return func(v *ec2types.NetworkAcl, m matcher) bool {
		for i := range v.Associations {
			if m.text(of(&v.Associations[i])) {
				return true
			}
		}
		return false
	}
}

func anyACLEntry(test func(*ec2types.NetworkAclEntry, matcher) bool) func(*ec2types.NetworkAcl, matcher) bool {
	return func(v *ec2types.NetworkAcl, m matcher) bool {
		for i := range v.Entries {
			if test(&v.Entries[i], m) {
				return true
			}
		}
		return false
	}
}

func describeNetworkACLs(c *call, in *ec2.DescribeNetworkAclsInput) (*ec2.DescribeNetworkAclsOutput, error) {
	found, next, err := describe(c, &c.r.NetworkAcls, query[ec2types.NetworkAcl]{
		ids: in.NetworkAclIds, missing: errACLNotFound, what: "networkAcl ID", filters: in.Filters, by: networkACLFilters,
		tags: func(v *ec2types.NetworkAcl) []ec2types.Tag { return v.Tags }, max: in.MaxResults, next: in.NextToken,
	})
	if err != nil {
		return nil, err
	}
	return &ec2.DescribeNetworkAclsOutput{NextToken: next, NetworkAcls: values(found)}, nil
}
