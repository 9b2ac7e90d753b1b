package intent

// Form is what a field holds.
type Form uint8

// The forms.
const (
	// FormCluster is the ARN of a cluster, or in files its name; FormTarget may be Everything
	// too; FormName is the name of an intent.
	FormCluster Form = iota
	FormTarget
	FormName
	// FormSource is one source, FormSources a list of them, or one alone.
	FormSource
	FormSources
	// FormWord is one of the field's words, FormWords a list of them.
	FormWord
	FormWords
	// FormVia is the id of what a path goes over.
	FormVia
	// FormPorts is a list of ports, or one alone.
	FormPorts
	// FormTime is a time in RFC 3339, or epoch seconds.
	FormTime
	// FormText is a line of text.
	FormText
	// FormWhole is a whole number from Least to Most; FormLimit that, a share, or both;
	// FormWidths are prefix lengths.
	FormWhole
	FormLimit
	FormWidths
)

// Field is all that is true of a field by itself. The parser and the schema read it from here.
type Field struct {
	Name string
	Form Form
	// Required says that an item has it. An intent has one of sources and source.
	Required bool
	// Words are what a word may be.
	Words []string
	// Least and Most bound a number, the elements of a list, or the characters of a text.
	Least, Most int
	// About says in a sentence what it means, Default what holds where it is left out.
	About, Default string
}

// IntentTable returns the fields of an intent, in the order in which they are printed.
func IntentTable() []Field {
	return []Field{
		{Name: FieldCluster, Form: FormCluster, Required: true, About: "The cluster: its ARN, or its name while one cache alone has it."},
		{Name: FieldName, Form: FormName, Required: true, Least: 1, Most: maxName, About: "The name of the intent, unique for the cluster."},
		{Name: FieldSources, Form: FormSources, Least: 1, Most: maxSources, About: "Who may, or may not, reach the cluster: security groups (sg-…, of another account ACCOUNT/sg-…), CIDRs or addresses, prefix lists (pl-…), VPCs (vpc-…)."},
		{Name: FieldSource, Form: FormSource, About: "One source, in the place of sources."},
		{Name: FieldPath, Form: FormWord, Words: words(Paths()), About: "The path to the cluster.", Default: "found from the network"},
		{Name: FieldVia, Form: FormVia, About: "What the path goes over: pcx-…, tgw-…, vgw-… or eni-….", Default: "found from the network"},
		{Name: FieldAccess, Form: FormWord, Words: words([]Access{Open, Closed}), About: "open, or closed: what the sources have on the cluster's ports is taken away, regardless of who added it.", Default: string(Open)},
		{Name: FieldPorts, Form: FormPorts, Least: 1, Most: maxPorts, About: "Some of the cluster's ports.", Default: "all of the cluster's"},
		{Name: FieldNotBefore, Form: FormTime, About: "From when the intent counts: RFC 3339, or epoch seconds.", Default: "from now on"},
		{Name: FieldExpiresAt, Form: FormTime, About: "Until when the intent counts: RFC 3339, or epoch seconds.", Default: "for ever"},
		{Name: FieldOwner, Form: FormText, Most: maxText, About: "Who asked for it."},
		{Name: FieldReason, Form: FormText, Most: maxText, About: "Why it is needed."},
	}
}

// PolicyTable returns the fields of a policy, in the order in which they are printed.
func PolicyTable() []Field {
	return []Field{
		{Name: FieldCluster, Form: FormWord, Words: []string{Everything}, Required: true, About: "Policies are the items of cluster \"*\"."},
		{Name: FieldName, Form: FormTarget, Required: true, About: "For whom it holds: \"*\" for all clusters, or one cluster by its ARN or name."},
		{Name: FieldMode, Form: FormWord, Words: words([]Mode{Off, Observe, Enforce}), About: "What cachegate does: off, observe (plans, writes nothing) or enforce. Off for \"*\" always wins.", Default: string(Observe)},
		{Name: FieldUndeclared, Form: FormWord, Words: words([]Undeclared{Ignore, Report, Revoke}), About: "What becomes of access that nobody declared.", Default: string(Report)},
		{Name: FieldWrites, Form: FormWords, Words: writeNames(), About: "What may be written.", Default: "rules, routes, peering-dns"},
		{Name: FieldSharedGroups, Form: FormWord, Words: words([]SharedGroups{Refuse, Allow}), About: "Whether a group that guards more than the cluster is opened.", Default: string(Refuse)},
		{Name: FieldWidest, Form: FormWidths, Least: 1, Most: 2, About: "The widest source that is accepted: \"/16\" for IPv4, \"::/48\" for IPv6, or a list of the two.", Default: "/8 and ::/32"},
		{Name: FieldMaxCloses, Form: FormLimit, Most: mostCloses, About: "How much a run may close: a number, a share such as \"20%\", or both.", Default: "20, or 20%"},
		{Name: FieldApproval, Form: FormWord, Words: words([]Approval{ApproveNone, ApproveCloses, ApproveAll}), About: "What waits until a person approves it: nothing, what closes access, or every change.", Default: string(ApproveNone)},
		{Name: FieldRulesPerGroup, Form: FormWhole, Least: 1, Most: maxQuota, About: "The account's quota of rules in a security group.", Default: "60"},
		{Name: FieldRoutesPerTable, Form: FormWhole, Least: 1, Most: maxQuota, About: "The account's quota of routes in a route table.", Default: "500"},
	}
}

func words[T ~string](of []T) []string {
	out := make([]string, 0, len(of))
	for _, w := range of {
		out = append(out, string(w))
	}
	return out
}

// factsOf gives what is true of a field of an intent or a policy.
func factsOf(field string, table []Field) Field {
	for _, f := range table {
		if f.Name == field {
			return f
		}
	}
	return Field{Name: field}
}

func namesIn(table []Field) []string {
	out := make([]string, 0, len(table))
	for _, f := range table {
		out = append(out, f.Name)
	}
	return out
}

// The tables, made once: parsing asks them for every field.
var intentTable, policyTable = IntentTable(), PolicyTable()

// facts gives what is true of a field of the record that is read.
func (r *reader) facts(field string) Field {
	if r.record.isPolicy() {
		return factsOf(field, policyTable)
	}
	return factsOf(field, intentTable)
}
