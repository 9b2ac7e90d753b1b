package awssim

import (
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// builder turns the plain content of a world into a state: ids checked, references followed, defaults filled in.
type builder struct {
	problems *problems
	accounts Accounts
	state    *state

	in *Region // the Region that is being built, as it was given, without what could not be read
	r  *region // and as it becomes

	given   map[regionKey]*Region
	indexes map[*Region]map[string][]int // of the elements in the file, where some could not be read
}

func build(accounts Accounts, p *problems) (*World, []Warning, error) {
	b := &builder{problems: p, accounts: accounts, state: newState(), given: map[regionKey]*Region{}, indexes: map[*Region]map[string][]int{}}
	for _, account := range slices.Sorted(maps.Keys(accounts)) {
		for _, name := range slices.Sorted(maps.Keys(accounts[account])) {
			if in := accounts[account][name]; in != nil {
				b.state.add(&region{account: account, name: name, claims: in.CachegateClaims})
				b.given[regionKey{account, name}] = b.readable(account, name, in)
			}
		}
	}
	// What stands alone comes first; then what joins Regions and accounts; then what is derived from both.
	passes := [...]func(){b.asTheyAre, b.network, b.security, b.interfaces, b.caches, b.transit, b.vpn, b.directConnect, b.peerings, b.finish}
	for _, pass := range passes {
		for r := range b.state.all {
			b.r, b.in = b.state.edit(r.account, r.name), b.given[regionKey{r.account, r.name}]
			pass()
		}
	}
	if len(p.errors) > 0 {
		return nil, p.all(), fmt.Errorf("reading the world: %w", errors.Join(p.errors...))
	}
	return &World{state: b.state}, p.all(), nil
}

// finish derives what needs every other resource of the Region to be there.
func (b *builder) finish() {
	b.transitAssociations()
	b.transitDefaults()
	b.routeStates()
}

// path is the place of a list's element, or of a field in it.
func (b *builder) path(list string, i int, field string) string {
	if indexes := b.indexes[b.in][list]; i < len(indexes) {
		i = indexes[i]
	}
	path := fmt.Sprintf("%s/%s/%s[%d]", b.r.account, b.r.name, list, i)
	if field != "" {
		path += "." + field
	}
	return path
}

// asTheyAre reads the lists that nothing else reads.
func (b *builder) asTheyAre() {
	for _, l := range lists {
		if !l.own {
			l.of(b.r).read(b, l)
		}
	}
}

// insert adds a resource to its table, where its id is there and new. The list is the one of the world that it stands in.
func insert[T any](b *builder, t *table[T], list string, i int, value *T) bool {
	id, missing := t.list().idOf(value)
	switch {
	case missing != "":
		b.leaveOut(list, i, missing, "", "is missing; every element of %s has one", list)
	case t.has(id) && b.repeats(list, i):
		b.problems.warn(b.path(list, i, t.list().id[0]), "%s stands twice, the same both times", id)
	case t.has(id):
		b.leaveOut(list, i, t.list().id[0], id, "stands twice in %s", list)
	default:
		t.put(b.state.owner, id, value)
		return true
	}
	return false
}

// known looks a reference to a resource of this Region up. One that the world does not hold is unread from then on, with
// what else is known of it; false where there is no reference at all.
func known[T any](b *builder, t *table[T], list string, i int, field string, id *string, of ...*string) (*T, bool) {
	value := t.lookup(id)
	switch {
	case value != nil:
	case aws.ToString(id) == "":
		b.leaveOut(list, i, field, "", "is missing; expected the id of one of the Region's %s", t.list().name)
		return nil, false
	default:
		b.notListed(t.list(), b.path(list, i, field), *id, t.keys, of...)
	}
	return value, true
}

func examples(ids []string) string {
	switch {
	case len(ids) == 0:
		return ", which are empty; capture them too"
	case len(ids) > 3:
		return ": " + strings.Join(ids[:3], ", ") + ", …"
	}
	return ": " + strings.Join(ids, ", ")
}

// prefix checks a CIDR and gives it back in canonical form.
func (b *builder) prefix(list string, i int, field string, cidr *string) (netip.Prefix, bool) {
	prefix, err := netip.ParsePrefix(aws.ToString(cidr))
	if err != nil {
		b.leaveOut(list, i, field, aws.ToString(cidr), "is not a CIDR, such as 10.0.0.0/16")
		return prefix, false
	}
	return prefix.Masked(), true
}

func orDefault[T any](p **T, value T) {
	if *p == nil {
		*p = &value
	}
}

// derivedID makes an id for something that the world leaves without one: the same from the same parts, always.
func derivedID(prefix string, parts ...string) string {
	hash := fnv.New64a()
	for _, part := range parts {
		_, _ = hash.Write([]byte(part))
		_, _ = hash.Write([]byte{0})
	}
	return fmt.Sprintf("%s-0%016x", prefix, hash.Sum64())
}

func arn(service, region, account, id string) *string {
	return new("arn:" + partition(region) + ":" + service + ":" + region + ":" + account + ":" + id)
}

// partition gives the partition of a Region, as it stands in ARNs.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	case strings.HasPrefix(region, "eusc-"):
		return "aws-eusc"
	default:
		return "aws"
	}
}
