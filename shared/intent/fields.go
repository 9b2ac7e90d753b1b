package intent

import (
	"slices"
	"strconv"
	"time"
)

// The names of the fields of intents and policies, the same in files and in the table.
const (
	FieldCluster        = "cluster"
	FieldName           = "name"
	FieldSources        = "sources"
	FieldSource         = "source"
	FieldPath           = "path"
	FieldVia            = "via"
	FieldAccess         = "access"
	FieldPorts          = "ports"
	FieldNotBefore      = "notBefore"
	FieldExpiresAt      = "expiresAt"
	FieldOwner          = "owner"
	FieldReason         = "reason"
	FieldMode           = "mode"
	FieldUndeclared     = "undeclared"
	FieldWrites         = "writes"
	FieldSharedGroups   = "sharedGroups"
	FieldWidest         = "widest"
	FieldMaxCloses      = "maxCloses"
	FieldApproval       = "approval"
	FieldRulesPerGroup  = "rulesPerGroup"
	FieldRoutesPerTable = "routesPerTable"
)

// IntentFields returns the names of an intent's fields, in the order in which they are printed.
func IntentFields() []string { return namesIn(intentTable) }

// PolicyFields returns the names of a policy's fields, in the order in which they are printed.
func PolicyFields() []string { return namesIn(policyTable) }

// Record returns the intent as an item: parsing it gives the same intent.
func (i Intent) Record() Record { return Record{Place: i.Place, Fields: i.Fields()} }

// Fields returns the intent's fields in their canonical form. Those at their defaults are left
// out, and times are RFC 3339 strings.
func (i Intent) Fields() map[string]Value {
	fields := map[string]Value{FieldCluster: TextValue(i.Cluster), FieldName: TextValue(i.Name)}
	sources := make([]string, 0, len(i.Sources))
	for _, source := range i.Sources {
		sources = append(sources, source.String())
	}
	fields[FieldSources] = textList(sources)
	setText(fields, FieldPath, string(i.Path))
	setText(fields, FieldVia, i.Via)
	if i.Access != Open {
		setText(fields, FieldAccess, string(i.Access))
	}
	if i.Ports != nil {
		ports := make([]Value, 0, len(i.Ports))
		for _, port := range i.Ports {
			ports = append(ports, NumberValue(int64(port)))
		}
		fields[FieldPorts] = ListValue(ports...)
	}
	setTime(fields, FieldNotBefore, i.NotBefore)
	setTime(fields, FieldExpiresAt, i.ExpiresAt)
	setText(fields, FieldOwner, i.Owner)
	setText(fields, FieldReason, i.Reason)
	return fields
}

// Record returns the policy as an item: parsing it gives the same policy, if it is not malformed.
func (p Policy) Record() Record { return Record{Place: p.Place, Fields: p.Fields()} }

// Fields returns the fields that the policy sets explicitly, in their canonical form.
func (p Policy) Fields() map[string]Value {
	fields := map[string]Value{FieldCluster: TextValue(Everything), FieldName: TextValue(p.Target)}
	set := func(attribute Attributes, field string, value Value) {
		if p.Explicit.Has(attribute) {
			fields[field] = value
		}
	}
	set(AttributeMode, FieldMode, TextValue(string(p.Mode)))
	set(AttributeUndeclared, FieldUndeclared, TextValue(string(p.Undeclared)))
	set(AttributeWrites, FieldWrites, textList(p.Writes.Names()))
	set(AttributeSharedGroups, FieldSharedGroups, TextValue(string(p.SharedGroups)))
	v4, v6 := "/"+strconv.Itoa(p.Widest.V4), "/"+strconv.Itoa(p.Widest.V6)
	set(AttributeWidestV4, FieldWidest, TextValue(v4))
	set(AttributeWidestV6, FieldWidest, TextValue("::"+v6))
	set(AttributeWidestV4|AttributeWidestV6, FieldWidest, textList([]string{v4, v6}))
	set(AttributeMaxCloses, FieldMaxCloses, p.MaxCloses.value())
	set(AttributeApproval, FieldApproval, TextValue(string(p.Approval)))
	set(AttributeRulesPerGroup, FieldRulesPerGroup, NumberValue(int64(p.RulesPerGroup)))
	set(AttributeRoutesPerTable, FieldRoutesPerTable, NumberValue(int64(p.RoutesPerTable)))
	return fields
}

// FieldsInOrder returns the record's field names in the order in which they are printed: the known
// ones as the documentation has them, then any others by the alphabet.
func (r Record) FieldsInOrder() []string {
	known := IntentFields()
	if r.isPolicy() {
		known = PolicyFields()
	}
	names := r.names()
	slices.SortStableFunc(names, func(a, b string) int { return rank(known, a) - rank(known, b) })
	return names
}

// rank returns where a name is among the known ones, and the end for any other.
func rank(known []string, name string) int {
	if i := slices.Index(known, name); i >= 0 {
		return i
	}
	return len(known)
}

func (r Record) isPolicy() bool {
	cluster := r.Fields[FieldCluster]
	return cluster.Kind == String && cluster.Text == Everything
}

func textList(texts []string) Value {
	elements := make([]Value, 0, len(texts))
	for _, text := range texts {
		elements = append(elements, TextValue(text))
	}
	return ListValue(elements...)
}

func setText(fields map[string]Value, name, text string) {
	if text != "" {
		fields[name] = TextValue(text)
	}
}

func setTime(fields map[string]Value, name string, at time.Time) {
	if !at.IsZero() {
		fields[name] = TextValue(at.UTC().Format(time.RFC3339Nano))
	}
}
