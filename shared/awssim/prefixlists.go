package awssim

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func prefixListOperations() []*operation {
	return []*operation{
		read(ec2Service, "DescribeManagedPrefixLists", describeManagedPrefixLists),
		read(ec2Service, "GetManagedPrefixListEntries", getManagedPrefixListEntries),
		write(ec2Service, "CreateManagedPrefixList", createManagedPrefixList),
		write(ec2Service, "ModifyManagedPrefixList", modifyManagedPrefixList),
		write(ec2Service, "DeleteManagedPrefixList", deleteManagedPrefixList),
	}
}

var prefixListFilters = filters[PrefixList]{
	"owner-id":         func(v *PrefixList, m matcher) bool { return m.text(v.OwnerId) },
	"prefix-list-id":   func(v *PrefixList, m matcher) bool { return m.text(v.PrefixListId) },
	"prefix-list-name": func(v *PrefixList, m matcher) bool { return m.text(v.PrefixListName) },
}

func describeManagedPrefixLists(c *call, in *ec2.DescribeManagedPrefixListsInput) (*ec2.DescribeManagedPrefixListsOutput, error) {
	found, next, err := describe(c, &c.r.ManagedPrefixLists, query[PrefixList]{
		ids: in.PrefixListIds, missing: errPrefixListNotFound, what: "prefix list ID", filters: in.Filters, by: prefixListFilters,
		tags: func(v *PrefixList) []ec2types.Tag { return v.Tags }, max: in.MaxResults, next: in.NextToken,
		smallest: 1, largest: 100,
	})
	if err != nil {
		return nil, err
	}
	out := &ec2.DescribeManagedPrefixListsOutput{NextToken: next, PrefixLists: make([]ec2types.ManagedPrefixList, len(found))}
	for i, v := range found {
		out.PrefixLists[i] = v.ManagedPrefixList
	}
	return out, nil
}

func (c *call) prefixList(id *string) (*PrefixList, error) {
	if id == nil {
		return nil, missingParameter("prefixListId")
	}
	if list := c.r.ManagedPrefixLists.get(*id); list != nil {
		return list, nil
	}
	return nil, notFound(errPrefixListNotFound, "prefix list ID", *id)
}

func getManagedPrefixListEntries(c *call, in *ec2.GetManagedPrefixListEntriesInput) (*ec2.GetManagedPrefixListEntriesOutput, error) {
	list, err := c.prefixList(in.PrefixListId)
	if err != nil {
		return nil, err
	}
	if in.TargetVersion != nil && *in.TargetVersion != aws.ToInt64(list.Version) {
		return nil, apiError("InvalidPrefixListVersion.NotFound", "awssim keeps the current version of %s only, which is %d", *list.PrefixListId, aws.ToInt64(list.Version))
	}
	entries := make([]*ec2types.PrefixListEntry, len(list.Entries))
	for i := range list.Entries {
		entries[i] = &list.Entries[i]
	}
	found, next, err := paginate(c, entries, in.MaxResults, in.NextToken, 1, 100, 0)
	if err != nil {
		return nil, err
	}
	return &ec2.GetManagedPrefixListEntriesOutput{NextToken: next, Entries: values(found)}, nil
}
