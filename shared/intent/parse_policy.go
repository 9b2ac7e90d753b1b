package intent

import (
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/cachegate/cachegate/shared/resource"
)

const (
	// mostCloses is above what one run of one unit can have to close.
	mostCloses = 10_000
	// maxQuota is the highest that AWS raises either quota to.
	// https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
	maxQuota = 1_000
)

const (
	allowedWidest = `must be a prefix length such as "/16" for IPv4, or "::/48" for IPv6, or a list of the two`
)

var allowedTarget = `must be "*" for all clusters, or the ARN of one, such as ` + resource.Example()

// parsePolicy reads one record of the partition Everything. The policy can be used as it is, with
// or without problems: see Policies.
func parsePolicy(record Record, options Options) (Policy, []Problem) {
	r := newReader(record)
	p := DefaultPolicy()
	p.Place = record.Place
	p.Target = r.required(FieldName, allowedTarget)
	r.check(FieldName, p.Target, func(text string) error { return checkTarget(text, options.BareNames) })
	p.Mode = r.mode(p.Mode)
	p.Undeclared = choice(r, FieldUndeclared, p.Undeclared)
	p.Writes = r.writes(p.Writes)
	p.SharedGroups = choice(r, FieldSharedGroups, p.SharedGroups)
	widest, widths := r.widest(p.Widest)
	p.Widest = widest
	p.MaxCloses = r.limit(FieldMaxCloses, p.MaxCloses, r.facts(FieldMaxCloses).Most)
	p.Approval = choice(r, FieldApproval, p.Approval)
	p.RulesPerGroup = r.whole(FieldRulesPerGroup, p.RulesPerGroup)
	p.RoutesPerTable = r.whole(FieldRoutesPerTable, p.RoutesPerTable)
	meant := r.unknown(PolicyFields(), IntentFields(), "intents, the items of a cluster")

	p.Explicit = widths
	for field, attribute := range attributesOf() {
		if _, given := record.Fields[field]; given && field != FieldWidest {
			p.Explicit |= attribute
		}
		// A misspelt name counts as the attribute itself with a value that cannot be read: a
		// `moed: off` was the kill switch, even if nothing says so any more.
		if r.failed(field) || slices.Contains(meant, field) {
			p.Unreadable |= attribute
			p.Explicit |= attribute
		}
	}
	p.Malformed = len(r.problems) > 0
	return p.careful(), r.problems
}

// careful brings the attributes that cannot be read to their defaults, where those are stricter
// than what is left of them. An approval that cannot be read was meant to let less happen: all
// waits for a person then.
func (p Policy) careful() Policy {
	tight := strictest(p, DefaultPolicy())
	tight.Approval = ApproveAll
	tight.Explicit = p.Unreadable
	return p.overlaid(tight)
}

// attributesOf returns which attributes a field sets.
func attributesOf() map[string]Attributes {
	return map[string]Attributes{
		FieldMode:           AttributeMode,
		FieldUndeclared:     AttributeUndeclared,
		FieldWrites:         AttributeWrites,
		FieldSharedGroups:   AttributeSharedGroups,
		FieldWidest:         AttributeWidestV4 | AttributeWidestV6,
		FieldMaxCloses:      AttributeMaxCloses,
		FieldApproval:       AttributeApproval,
		FieldRulesPerGroup:  AttributeRulesPerGroup,
		FieldRoutesPerTable: AttributeRoutesPerTable,
	}
}

func checkTarget(text string, bareNames bool) error {
	if text == Everything || checkCluster(text, bareNames) == nil {
		return nil
	}
	if bareNames {
		return errors.New(allowedTarget + ", or its bare name")
	}
	return errors.New(allowedTarget)
}

// mode reads the mode. A boolean false is off: that is how a reader of YAML 1.1 hands `off` on, and
// the kill switch must not be lost on the way.
func (r *reader) mode(absent Mode) Mode {
	if v := r.record.Fields[FieldMode]; v.Kind == Bool && v.Text == "false" {
		return Off
	}
	return choice(r, FieldMode, absent)
}

// writes reads what may be written. An empty list is nothing; of a list with a wrong element, the
// right ones count.
func (r *reader) writes(absent Writes) Writes {
	v, given := r.record.Fields[FieldWrites]
	if !given {
		return absent
	}
	names := r.facts(FieldWrites).Words
	var result Writes
	for _, element := range r.elements(FieldWrites) {
		bit := slices.Index(names, element.Text)
		if element.Kind != String || bit < 0 {
			r.wrong(FieldWrites, element, "must be a list of "+resource.OrList(names))
			continue
		}
		result |= 1 << bit
	}
	if v.Kind != List && r.failed(FieldWrites) {
		return absent
	}
	return result
}

// widest reads the two widths, and says which of them are set: "/16" alone is IPv4's, "::/48" or
// what is longer than 32 is IPv6's, and of a list of two the first is IPv4's.
func (r *reader) widest(absent Widths) (Widths, Attributes) {
	v, given := r.record.Fields[FieldWidest]
	if !given {
		return absent, 0
	}
	result, set := absent, Attributes(0)
	elements := r.elements(FieldWidest)
	for at, element := range elements {
		bits, v6, ok := element.width(at > 0)
		attribute := AttributeWidestV4
		if v6 {
			attribute = AttributeWidestV6
		}
		// In a DynamoDB set nobody knows which of two plain lengths was the first.
		ambiguous := v.Unordered && len(elements) > 1 && strings.HasPrefix(element.Text, "/")
		if !ok || ambiguous || set.Has(attribute) {
			r.wrong(FieldWidest, element, allowedWidest)
			return absent, 0
		}
		set |= attribute
		if v6 {
			result.V6 = bits
		} else {
			result.V4 = bits
		}
	}
	if set == 0 {
		r.report(FieldWidest, v.Line, "an empty list", "", allowedWidest+orLeftOut)
	}
	return result, set
}

// width reads one prefix length, of at least 1: everything is never accepted.
func (v Value) width(second bool) (bits int, v6, ok bool) {
	if v.Kind != String {
		return 0, false, false
	}
	address, length, _ := strings.Cut(v.Text, "/")
	if address != "" {
		prefix, err := netip.ParsePrefix(v.Text)
		ok = err == nil && prefix.Addr().IsUnspecified() && prefix.Bits() > 0
		return prefix.Bits(), prefix.Addr().Is6(), ok
	}
	if !wholePattern.MatchString(length) {
		return 0, false, false
	}
	bits, err := strconv.Atoi(length)
	return bits, second || bits > 32, err == nil && 1 <= bits && bits <= 128
}
