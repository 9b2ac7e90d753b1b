package access

import (
	"slices"

	"github.com/cachegate/cachegate/shared/network"
)

// Part narrows a judgement to what passes between one interface of the source group and one
// subnet of the cluster: where a way is open for some of them and not for others, each part
// can be judged alone. An empty id narrows nothing.
type Part struct{ Client, Cache string }

// ofCache keeps the subnets that count for the cluster.
func (p Part) ofCache(all []network.Subnet) []network.Subnet {
	if p.Cache == "" {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(sn network.Subnet) bool { return sn.ID != p.Cache })
}

// sourceMembers are the interfaces of the source group that count.
func (t *tracing) sourceMembers() []network.NetworkInterface {
	all := t.members[t.source.ID]
	if t.Part.Client == "" {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(i network.NetworkInterface) bool { return i.ID != t.Part.Client })
}

// Members gives the interfaces that wear a security group, in the order of their ids.
func (ix *Index) Members(group string) []network.NetworkInterface { return ix.members[group] }
