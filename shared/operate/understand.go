package operate

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/cachegate/cachegate/shared/intent"
)

// Lookup is where the names of clusters are looked up.
type Lookup struct {
	Names
	// Place says for messages where that is, as in "the world".
	Place string
	// Sole accepts a name only while all caches can be read: else nobody knows that no
	// other one has it.
	Sole bool
	// InForce are the policies that hold beside the items, unless these replace them.
	InForce []intent.Record
}

// Understood is what items declare, once the names of their clusters are looked up.
type Understood struct {
	// Records are the items with ARNs instead of names, as far as one cache has each.
	Records []intent.Record
	Set     intent.Set
	// Problems are all that is wrong with single items, in the order of their places.
	// These are among the invalid ones of the set and do not stop the others.
	Problems []intent.Problem
}

// Understand reads items whose clusters may go by their names.
func Understand(records []intent.Record, in Lookup) Understood {
	u := Understood{}
	u.Records, u.Problems = intent.Resolve(records, func(name string) []string {
		if arns := in.ARNs(name); len(arns) > 1 || !in.doubtful() {
			return arns
		}
		return nil
	})
	u.Set = intent.Parse(slices.Concat(in.others(u.Records), u.Records), intent.Options{BareNames: true})
	for _, i := range slices.Concat(u.Set.Invalid, u.Set.InvalidPolicies) {
		if i.Place.Item == "" { // what is wrong in the table is not these items' fault
			u.Problems = append(u.Problems, i.Problems...)
		}
	}
	u.setAsideUnknown(in)
	u.unplacedPolicies(in)
	SortProblems(u.Problems)
	return u
}

// doubtful says whether a name that was found may not be the only one.
func (in Lookup) doubtful() bool { return in.Sole && len(in.Failures) > 0 }

// others are the policies in force that the items do not replace.
func (in Lookup) others(records []intent.Record) []intent.Record {
	return slices.DeleteFunc(slices.Clone(in.InForce), func(p intent.Record) bool {
		return slices.ContainsFunc(records, func(r intent.Record) bool {
			return r.Fields[intent.FieldCluster].Text == intent.Everything && r.Fields[intent.FieldName].Text == p.Fields[intent.FieldName].Text
		})
	})
}

// setAsideUnknown takes intents for caches that are not there by name out of the
// valid ones: without an account and Region they belong nowhere.
func (u *Understood) setAsideUnknown(in Lookup) {
	u.Set.Intents = slices.DeleteFunc(u.Set.Intents, func(i intent.Intent) bool {
		if strings.HasPrefix(i.Cluster, "arn:") {
			return false
		}
		wrong := intent.Invalid{Key: i.Key(), Place: i.Place, Owner: i.Owner}
		if len(in.ARNs(i.Cluster)) < 2 { // of several it is said already, with their ARNs
			wrong.Problems = []intent.Problem{in.nameless(i.Place, i.Key(), intent.FieldCluster, i.Cluster)}
			u.Problems = append(u.Problems, wrong.Problems...)
		}
		u.Set.Invalid = append(u.Set.Invalid, wrong)
		return true
	})
}

// unplacedPolicies tells of policies for clusters by a name that no cache has:
// they are for nobody.
func (u *Understood) unplacedPolicies(in Lookup) {
	for target, p := range u.Set.Policies {
		if target == intent.Everything || strings.HasPrefix(target, "arn:") || p.Malformed || len(in.ARNs(target)) > 1 {
			continue
		}
		wrong := in.nameless(p.Place, p.Key(), intent.FieldName, target)
		u.Problems = append(u.Problems, wrong)
		u.Set.InvalidPolicies = append(u.Set.InvalidPolicies, intent.Invalid{Key: p.Key(), Place: p.Place, Problems: []intent.Problem{wrong}})
	}
}

func (in Lookup) nameless(at intent.Place, key intent.Key, field, name string) intent.Problem {
	p := intent.Problem{Place: at, Key: key, Field: field, Value: strconv.Quote(name)}
	arns := in.ARNs(name)
	switch {
	case len(in.Failures) == 0:
		p.Allowed = fmt.Sprintf("must be the name of a cache of %s (%s), or the ARN of one that is to come", in.Place, in.Listed())
	case len(arns) == 1:
		p.Allowed = fmt.Sprintf("must be an ARN (%s) while %s cannot be read: a cache there may have the same name", arns[0], in.unreadText())
	default:
		p.Allowed = fmt.Sprintf("must be the name of a cache of %s (%s), or an ARN; %s could not be read", in.Place, in.Listed(), in.unreadText())
	}
	return p
}

// unreadText names what could not be read, with the first call that failed there.
func (in Lookup) unreadText() string {
	var texts []string
	for _, at := range in.Unread() {
		for _, f := range in.Failures {
			if f.Location == at {
				texts = append(texts, fmt.Sprintf("%s (%s gave %s)", at, f.Operation, f.Code))
				break
			}
		}
	}
	return strings.Join(texts, ", ")
}

// SortProblems puts problems in the order of their places.
func SortProblems(problems []intent.Problem) {
	slices.SortStableFunc(problems, func(a, b intent.Problem) int {
		return cmp.Or(cmp.Compare(a.Place.File, b.Place.File), cmp.Compare(a.Place.Line, b.Place.Line))
	})
}
