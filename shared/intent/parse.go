package intent

import (
	"slices"
	"strconv"
	"time"
)

// Options say what a set of records may look like.
type Options struct {
	// BareNames lets a cluster go by its bare name, as in files. In the table it is always an ARN.
	BareNames bool
}

// Set is everything that is declared, the right and the wrong.
type Set struct {
	// Intents are the valid ones, in the order of their records.
	Intents []Intent
	// Invalid are the intents that cannot be understood in full; no key is in both.
	Invalid []Invalid
	// Policies hold every policy item whose target can be read, malformed ones too: see Policies.
	Policies Policies
	// InvalidPolicies are the malformed policy items.
	InvalidPolicies []Invalid
	// parsed tells apart what Parse gave; nil for a set that was made otherwise.
	parsed *byte
}

// Same says whether both sets are what one call of Parse gave. Two that are not may be
// equal all the same.
func (s Set) Same(other Set) bool { return s.parsed != nil && s.parsed == other.parsed }

// Clusters gives what intents, valid or not, name as their clusters: sorted, each once.
func (s Set) Clusters() []string {
	out := make([]string, 0, len(s.Intents)+len(s.Invalid))
	for _, i := range s.Intents {
		out = append(out, i.Cluster)
	}
	for _, i := range s.Invalid {
		out = append(out, i.Key.Cluster)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Parse reads declared items. A wrong one never stops the right ones: it lands among the invalid,
// with everything that is wrong with it. Two items with the same key, which only a file can hold,
// are both wrong.
func Parse(records []Record, options Options) Set {
	policies, invalidPolicies := parsePolicies(records, options)
	g := gathering{
		set:     Set{Policies: policies, InvalidPolicies: invalidPolicies, parsed: new(byte)},
		first:   map[Key]Intent{},
		invalid: map[Key]int{},
	}
	for _, record := range records {
		if record.isPolicy() {
			continue
		}
		i, problems := parseIntent(record, options, policies)
		g.add(newReader(record).key, i, problems)
	}
	return g.set
}

// gathering sorts intents into the right, the wrong, and those that are there twice.
type gathering struct {
	set Set
	// first holds the first intent with a key, valid or not.
	first map[Key]Intent
	// invalid is where in the set the invalid item with a key is.
	invalid map[Key]int
}

func (g *gathering) add(key Key, i Intent, problems []Problem) {
	twin, duplicate := g.first[key]
	switch {
	case duplicate && key.Cluster != "" && key.Name != "":
		g.spoil(twin)
		at := g.invalid[key]
		problems = append(problems, again(key, i.Place, twin.Place))
		g.set.Invalid[at] = merged(g.set.Invalid[at], i.invalid(key, problems))
		g.set.Invalid[at].Twins = append(slices.Clone(g.set.Invalid[at].Twins), i.Place)
		return
	case len(problems) == 0:
		g.set.Intents = append(g.set.Intents, i)
	default:
		g.set.Invalid = append(g.set.Invalid, i.invalid(key, problems))
		g.invalid[key] = len(g.set.Invalid) - 1
	}
	g.first[key] = i
}

// spoil makes a valid intent that has a twin an invalid one.
func (g *gathering) spoil(i Intent) {
	key := i.Key()
	if _, done := g.invalid[key]; done {
		return
	}
	g.set.Intents = slices.DeleteFunc(g.set.Intents, func(other Intent) bool { return other.Key() == key })
	spoiled := i.invalid(key, nil)
	spoiled.OnlyTwin = true
	g.set.Invalid = append(g.set.Invalid, spoiled)
	g.invalid[key] = len(g.set.Invalid) - 1
}

// again is the problem of an item whose key another one has already.
func again(key Key, place, first Place) Problem {
	return Problem{
		Place: place, Key: key, Field: FieldName,
		Value: strconv.Quote(shorten(key.Name)), Message: "declared already at " + first.String(),
		Allowed: "must be declared once for a cluster",
	}
}

// merged joins two invalid items with one key. Where they disagree on an expiry, none can be
// believed.
func merged(a, b Invalid) Invalid {
	a.Problems = append(slices.Clone(a.Problems), b.Problems...)
	if !a.ExpiresAt.Equal(b.ExpiresAt) {
		a.ExpiresAt = time.Time{}
	}
	if a.Owner != b.Owner {
		a.Owner = ""
	}
	return a
}

// parsePolicies reads the policy items among the records.
func parsePolicies(records []Record, options Options) (Policies, []Invalid) {
	policies := Policies{}
	var invalid []Invalid
	stopped := false
	for _, record := range records {
		if !record.isPolicy() {
			continue
		}
		policy, problems := parsePolicy(record, options)
		targetKnown := !slices.ContainsFunc(problems, func(p Problem) bool { return p.Field == FieldName })
		twin, duplicate := policies[policy.Target]
		switch {
		case !targetKnown:
			stopped = stopped || policy.Mode == Off
		case duplicate:
			problems = append(problems, again(policy.Key(), policy.Place, twin.Place))
			policies[policy.Target] = twin.joined(policy)
		default:
			policies[policy.Target] = policy
		}
		if len(problems) > 0 {
			invalid = append(invalid, Invalid{Key: newReader(record).key, Place: record.Place, Problems: problems})
		}
	}
	if stopped {
		policies[Everything] = policies.stopped()
	}
	return policies, invalid
}

// joined returns what two items with the same target say at their strictest.
func (p Policy) joined(other Policy) Policy {
	result := strictest(p.overlaid(other), other.overlaid(p))
	result.Malformed = true
	return result
}

// stopped returns the item of Everything with its mode off.
func (p Policies) stopped() Policy {
	policy, ok := p[Everything]
	if !ok {
		policy = DefaultPolicy()
		policy.Target = Everything
	}
	policy.Mode = Off
	policy.Explicit |= AttributeMode
	return policy
}
