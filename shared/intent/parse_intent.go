package intent

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/cachegate/cachegate/shared/resource"
)

const (
	// maxSources keeps one intent within what a security group can hold (1,000 rules at most, 60 by
	// default), and its messages readable.
	maxSources = 100
	// maxPorts is far above the two ports that any cluster has.
	maxPorts = 20
)

// parseIntent reads one record that is not a policy's. The policies are needed for how wide its
// sources may be. The intent holds what could be read, and is valid if there are no problems.
func parseIntent(record Record, options Options, policies Policies) (Intent, []Problem) {
	r := newReader(record)
	i := Intent{Place: record.Place}
	i.Cluster = r.required(FieldCluster, resource.Allowed())
	r.check(FieldCluster, i.Cluster, func(text string) error { return checkCluster(text, options.BareNames) })
	i.Name = r.required(FieldName, allowedName)
	r.check(FieldName, i.Name, checkName)
	i.Access = choice(r, FieldAccess, Open)
	i.Sources = r.sources(i, policies.For(i.Cluster))
	i.Path = choice(r, FieldPath, Path(""))
	i.Via = r.via(i.Path)
	i.Ports = r.ports()
	i.NotBefore, i.ExpiresAt = r.times()
	i.Owner = r.freeText(FieldOwner)
	i.Reason = r.freeText(FieldReason)
	r.unknown(IntentFields(), PolicyFields(), `policies, the items whose cluster is "*"`)
	return i, r.problems
}

// sources reads `sources`, or the one `source`.
func (r *reader) sources(i Intent, policy Policy) []Source {
	field := FieldSources
	sources, hasSources := r.record.Fields[FieldSources]
	source, hasSource := r.record.Fields[FieldSource]
	switch {
	case hasSources && hasSource:
		r.report(FieldSource, source.Line, "", "is given beside sources", "must be left out, or be the only one of the two")
	case hasSource && source.Kind != String:
		r.wrong(FieldSource, source, "must be one string; several sources are written as the list sources")
		return nil
	case hasSource:
		field = FieldSource
	case !hasSources:
		r.report(FieldSources, 0, "", "is missing", "must be a list of at least one source")
		return nil
	}
	elements := r.elements(field)
	switch {
	case len(elements) == 0:
		r.report(field, sources.Line, "an empty list", "", "must be a list of at least one source")
	case len(elements) > maxSources:
		r.report(field, sources.Line, fmt.Sprintf("a list of %d", len(elements)), "",
			fmt.Sprintf("must be at most %d sources; a prefix list holds more", maxSources))
		return nil
	}
	return r.sourceList(i, policy, field, elements)
}

func (r *reader) sourceList(i Intent, policy Policy, field string, elements []Value) []Source {
	var result []Source
	written := map[Source]string{}
	for _, element := range elements {
		source, err := element.source()
		if err != nil {
			r.wrong(field, element, err.Error())
			continue
		}
		if first, seen := written[source]; seen {
			r.report(field, element.Line, element.show(), "the same source as "+strconv.Quote(first)+" before it",
				"must be listed once")
			continue
		}
		written[source] = element.Text
		result = append(result, source)
		if i.Access == Closed || r.failed(FieldAccess) || source.Kind != CIDR {
			continue
		}
		if err = CheckWidest(policy, source.Prefix); err != nil {
			r.wrong(field, element, err.Error())
		}
	}
	return result
}

// source reads one element of the list of sources.
func (v Value) source() (Source, error) {
	switch v.Kind {
	case String:
		return ParseSource(v.Text)
	case Map: // a YAML reader takes `- fd00::` for a map with the key `fd00:`
		return Source{}, errors.New(errSourceForm.Error() + "; an address that ends in a colon must be in quotes")
	case Null, Number, Bool, List, Binary:
	}
	return Source{}, errSourceForm
}

func (r *reader) via(path Path) string {
	via := r.text(FieldVia, "must be a string, an id such as pcx-0a1b2c3d4e5f60718")
	if _, given := r.record.Fields[FieldVia]; given {
		r.check(FieldVia, via, func(text string) error { return checkVia(path, text) })
	}
	return via
}

// ports reads the ports in ascending order; nil where there are none.
func (r *reader) ports() []uint16 {
	const allowed = "must be a port, a whole number from 1 to 65535"
	v, given := r.record.Fields[FieldPorts]
	elements := r.elements(FieldPorts)
	switch {
	case given && len(elements) == 0:
		r.report(FieldPorts, v.Line, "an empty list", "", "must be a list of at least one port"+orLeftOut)
	case len(elements) > maxPorts:
		r.report(FieldPorts, v.Line, fmt.Sprintf("a list of %d", len(elements)), "", fmt.Sprintf("must be at most %d ports", maxPorts))
		return nil
	}
	var ports []uint16
	for _, element := range elements {
		n, ok := element.whole()
		switch {
		case !ok || n < 1 || n > 65535:
			r.wrong(FieldPorts, element, allowed)
		case slices.Contains(ports, uint16(n)):
			r.report(FieldPorts, element.Line, element.show(), "a second time", "must be listed once")
		default:
			ports = append(ports, uint16(n))
		}
	}
	slices.Sort(ports)
	return ports
}

func (r *reader) times() (notBefore, expiresAt time.Time) {
	notBefore, expiresAt = r.moment(FieldNotBefore), r.moment(FieldExpiresAt)
	if !notBefore.IsZero() && !expiresAt.IsZero() && !expiresAt.After(notBefore) {
		r.wrong(FieldExpiresAt, r.record.Fields[FieldExpiresAt],
			"must be later than notBefore, which is "+notBefore.Format(time.RFC3339Nano))
	}
	return notBefore, expiresAt
}

// freeText reads owner or reason.
func (r *reader) freeText(field string) string {
	text := r.text(field, "must be a string")
	r.check(field, text, checkText)
	return text
}

// invalid returns what is left of an intent with problems.
func (i Intent) invalid(key Key, problems []Problem) Invalid {
	wrong := func(field string) bool {
		return slices.ContainsFunc(problems, func(p Problem) bool { return p.Field == field })
	}
	result := Invalid{Key: key, Place: i.Place, Problems: problems}
	if !wrong(FieldExpiresAt) {
		result.ExpiresAt = i.ExpiresAt
	}
	if !wrong(FieldOwner) {
		result.Owner = i.Owner
	}
	return result
}
