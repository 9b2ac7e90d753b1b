package observe

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/cachegate/cachegate/shared/network"
)

// referTo notes that a rule or route of a location uses a prefix list.
func (r *reader) referTo(at network.Location, list string) {
	if list == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.listRefs[at] == nil {
		r.listRefs[at] = map[string]struct{}{}
	}
	r.listRefs[at][list] = struct{}{}
}

// referredLists reads the lists that rules and routes use and that are not read yet.
func (r *reader) referredLists() []task {
	missing := map[network.Location][]string{}
	for at, refs := range r.listRefs {
		for id := range refs {
			if _, ok := r.snap.PrefixLists[id]; !ok {
				missing[at] = append(missing[at], id)
			}
		}
		r.dependOn(missing[at]...)
	}
	return eachLocation(missing, r.prefixLists)
}

// prefixLists reads managed prefix lists with their entries, AWS's own lists
// too: one call for all, and one for the entries of each.
func (r *reader) prefixLists(ctx context.Context, at network.Location, ids []string) error {
	c := call{at: at, kind: network.KindPrefixList, action: "ec2:DescribeManagedPrefixLists"}
	found, err := readBy(ctx, r, c, "prefix-list-id", ids,
		func(ctx context.Context, api EC2, filters []ec2types.Filter, token *string) ([]ec2types.ManagedPrefixList, *string, error) {
			out, err := api.DescribeManagedPrefixLists(ctx, &ec2.DescribeManagedPrefixListsInput{Filters: filters, NextToken: token, MaxResults: aws.Int32(smallPageSize)})
			if err != nil {
				return nil, nil, err
			}
			return out.PrefixLists, out.NextToken, nil
		})
	if err != nil {
		return err
	}
	var tasks []task
	for _, x := range found {
		tasks = append(tasks, func(ctx context.Context) error { return r.prefixList(ctx, at, x) })
	}
	return together(ctx, tasks...)
}

func (r *reader) prefixList(ctx context.Context, at network.Location, x ec2types.ManagedPrefixList) error {
	id := aws.ToString(x.PrefixListId)
	c := call{at: at, kind: network.KindPrefixList, action: "ec2:GetManagedPrefixListEntries", resource: id}
	entries, err := read(ctx, r, c, func(ctx context.Context, api API, token *string) ([]ec2types.PrefixListEntry, *string, error) {
		out, err := api.EC2.GetManagedPrefixListEntries(ctx, &ec2.GetManagedPrefixListEntriesInput{
			PrefixListId: x.PrefixListId, NextToken: token, MaxResults: aws.Int32(smallPageSize),
		})
		if err != nil {
			return nil, nil, err
		}
		return out.Entries, out.NextToken, nil
	})
	v := network.PrefixList{
		ID: id, Name: aws.ToString(x.PrefixListName), Location: at,
		Owner: aws.ToString(x.OwnerId), MaxEntries: int(aws.ToInt32(x.MaxEntries)),
	}
	var n notes
	for _, e := range entries {
		v.Entries = n.addPrefix(v.Entries, e.Cidr)
	}
	v.Entries = sortPrefixes(v.Entries)
	r.report(c, id, n)
	keep(r, r.snap.PrefixLists, reading[network.PrefixList]{at: at, owner: v.Owner, id: id, value: v}, fillPrefixList)
	return err
}
