package awssim

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func createManagedPrefixList(c *call, in *ec2.CreateManagedPrefixListInput) (*ec2.CreateManagedPrefixListOutput, error) {
	tags, err := tagsFor(in.TagSpecifications, ec2types.ResourceTypePrefixList)
	if err != nil {
		return nil, err
	}
	id := c.newID("pl")
	list := &PrefixList{ManagedPrefixList: ec2types.ManagedPrefixList{
		PrefixListId: &id, PrefixListName: in.PrefixListName, AddressFamily: in.AddressFamily, MaxEntries: in.MaxEntries,
		OwnerId: &c.r.account, PrefixListArn: arn("ec2", c.region, c.account, "prefix-list/"+id), Version: new(int64(1)),
		State: ec2types.PrefixListStateCreateComplete, Tags: tags,
	}}
	if list.Entries, err = addEntries(list, in.Entries); err != nil {
		return nil, err
	}
	c.edit().ManagedPrefixLists.put(c.state.owner, id, list)
	shown := list.ManagedPrefixList
	shown.State = ec2types.PrefixListStateCreateInProgress
	return &ec2.CreateManagedPrefixListOutput{PrefixList: &shown}, nil
}

// addEntries checks entries that are to be added to a list and returns all that it then has.
func addEntries(list *PrefixList, added []ec2types.AddPrefixListEntry) ([]ec2types.PrefixListEntry, error) {
	entries := slices.Clone(list.Entries)
	for _, entry := range added {
		prefix, err := parsePrefix(aws.ToString(entry.Cidr))
		if err != nil || prefix.Addr().Is4() == strings.EqualFold(aws.ToString(list.AddressFamily), "IPv6") {
			return nil, invalidParameter("The CIDR %s is not valid for a prefix list of %s", aws.ToString(entry.Cidr), aws.ToString(list.AddressFamily))
		}
		at := slices.IndexFunc(entries, func(e ec2types.PrefixListEntry) bool { return aws.ToString(e.Cidr) == prefix.String() })
		next := ec2types.PrefixListEntry{Cidr: new(prefix.String()), Description: entry.Description}
		if at >= 0 {
			entries[at] = next // a second entry for a CIDR only changes its description
			continue
		}
		entries = append(entries, next)
	}
	if len(entries) > int(aws.ToInt32(list.MaxEntries)) {
		return nil, apiError("PrefixListMaxEntriesExceeded", "You've reached the maximum number of entries for the prefix list.")
	}
	return entries, nil
}

func (c *call) ownPrefixList(id *string) (*PrefixList, error) {
	list, err := c.prefixList(id)
	if err != nil {
		return nil, err
	}
	if *list.OwnerId != c.account {
		return nil, apiError("UnauthorizedOperation", "The prefix list %s belongs to %s", *list.PrefixListId, *list.OwnerId)
	}
	return list, nil
}

func modifyManagedPrefixList(c *call, in *ec2.ModifyManagedPrefixListInput) (*ec2.ModifyManagedPrefixListOutput, error) {
	list, err := c.ownPrefixList(in.PrefixListId)
	if err != nil {
		return nil, err
	}
	changed := *list
	if in.PrefixListName != nil {
		changed.PrefixListName = in.PrefixListName
	}
	if in.MaxEntries != nil {
		if len(in.AddEntries)+len(in.RemoveEntries) > 0 {
			return nil, apiError("InvalidParameterCombination", "You cannot modify the entries of a prefix list and modify the size of a prefix list at the same time.")
		}
		if int(*in.MaxEntries) < len(list.Entries) {
			return nil, invalidParameter("The maximum of %d is less than the %d entries of %s", *in.MaxEntries, len(list.Entries), *list.PrefixListId)
		}
		changed.MaxEntries = in.MaxEntries
	}
	if len(in.AddEntries)+len(in.RemoveEntries) > 0 {
		if in.CurrentVersion == nil || *in.CurrentVersion != *list.Version {
			return nil, apiError("PrefixListVersionMismatch", "The prefix list has the version %d.", *list.Version)
		}
		err = changed.removeEntries(in.RemoveEntries)
		if err != nil {
			return nil, err
		}
		if changed.Entries, err = addEntries(&changed, in.AddEntries); err != nil {
			return nil, err
		}
		changed.Version = new(*list.Version + 1)
	}
	changed.State = ec2types.PrefixListStateModifyComplete
	c.edit().ManagedPrefixLists.put(c.state.owner, *list.PrefixListId, &changed)
	if err := c.checkListUsers(*list.PrefixListId); err != nil {
		return nil, err
	}
	shown := changed.ManagedPrefixList
	shown.State = ec2types.PrefixListStateModifyInProgress
	return &ec2.ModifyManagedPrefixListOutput{PrefixList: &shown}, nil
}

func (l *PrefixList) removeEntries(removed []ec2types.RemovePrefixListEntry) error {
	entries := slices.Clone(l.Entries)
	for _, entry := range removed {
		cidr := canonicalCIDR(aws.ToString(entry.Cidr))
		at := slices.IndexFunc(entries, func(e ec2types.PrefixListEntry) bool { return aws.ToString(e.Cidr) == cidr })
		if at < 0 {
			return invalidParameter("The CIDR %s is not in the prefix list", cidr)
		}
		entries = slices.Delete(entries, at, at+1)
	}
	l.Entries = entries
	return nil
}

// checkListUsers refuses a larger maximum that a group or a route table on the list has no room for.
func (c *call) checkListUsers(id string) error {
	for _, g := range c.r.SecurityGroups.vals {
		for i := range g.rules {
			if aws.ToString(g.rules[i].PrefixListId) == id {
				if err := c.checkRuleQuota(g.rules, aws.ToBool(g.rules[i].IsEgress)); err != nil {
					return err
				}
			}
		}
	}
	for _, table := range c.r.RouteTables.vals {
		for i := range table.Routes {
			if aws.ToString(table.Routes[i].DestinationPrefixListId) == id {
				if err := c.checkRouteQuota(table); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func deleteManagedPrefixList(c *call, in *ec2.DeleteManagedPrefixListInput) (*ec2.DeleteManagedPrefixListOutput, error) {
	list, err := c.ownPrefixList(in.PrefixListId)
	if err != nil {
		return nil, err
	}
	id := *list.PrefixListId
	for _, g := range c.r.SecurityGroups.vals {
		if slices.ContainsFunc(g.rules, func(r ec2types.SecurityGroupRule) bool { return aws.ToString(r.PrefixListId) == id }) {
			return nil, dependencyViolation("The prefix list", id)
		}
	}
	for _, table := range c.r.RouteTables.vals {
		if slices.ContainsFunc(table.Routes, func(r ec2types.Route) bool { return aws.ToString(r.DestinationPrefixListId) == id }) {
			return nil, dependencyViolation("The prefix list", id)
		}
	}
	c.edit().ManagedPrefixLists.drop(c.state.owner, id)
	shown := list.ManagedPrefixList
	shown.State = ec2types.PrefixListStateDeleteInProgress
	return &ec2.DeleteManagedPrefixListOutput{PrefixList: &shown}, nil
}
