package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/intentdiff"
	"github.com/cachegate/cachegate/shared/intent/intentfile"
	"github.com/cachegate/cachegate/shared/intent/store"
)

// The formats of a list.
const (
	formatTable = "table"
	formatYAML  = "yaml"
	formatJSON  = "json"
)

func (a *app) listCommand(flags *liveFlags) *cobra.Command {
	var format string
	var asJSON bool
	c := &cobra.Command{
		Use:   "list [CLUSTER]",
		Short: "List what is declared in a deployment, and what of it is in force",
		Long: "list shows every intent and policy of the deployment's table: what it says, whether it is in force now, and\n" +
			"how it stood at the last run: satisfied, or why not.\n" +
			"A wrong item is listed with what is wrong with it.\n\n" +
			"CLUSTER is the name of a cluster or its ARN; * stands for the policies. What -o yaml prints can be changed\n" +
			"and applied again.",
		Example: "  cachegate intents list\n" +
			"  cachegate intents list sessions -o yaml > sessions.yaml\n" +
			"  cachegate intents list --json | jq -r 'select(.state == \"invalid\").name'",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError(c, "%s given: list takes one CLUSTER, or none for all", count(len(args), "argument"))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if asJSON {
				format = formatJSON
			}
			if !slices.Contains([]string{formatTable, formatYAML, formatJSON}, format) {
				return usageError(c, "--output is %q: must be %s, %s or %s", format, formatTable, formatYAML, formatJSON)
			}
			return a.list(c.Context(), strings.Join(args, ""), format, *flags)
		},
		ValidArgsFunction: a.completeClusters(flags),
	}
	c.Flags().StringVarP(&format, "output", "o", formatTable, "the `format`: "+formatTable+", "+formatYAML+" or "+formatJSON)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON, one object a line, as -o json does")
	_ = c.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{formatTable, formatYAML, formatJSON}, cobra.ShellCompDirectiveNoFileComp))
	return c
}

func (a *app) list(ctx context.Context, cluster, format string, flags liveFlags) error {
	d, err := a.deploymentOfIntents(ctx, flags)
	if err != nil {
		return err
	}
	all, err := a.tableFor(ctx, d.Intents(), cluster)
	if err != nil {
		return err
	}
	items, err := ofTable(all, cluster)
	if err != nil {
		return err
	}
	l := listing{names: namesOf(keysOf(all)), set: intent.Parse(recordsOf(all), intent.Options{}), now: a.clock()}
	if format != formatYAML {
		l.standings = a.standings(ctx, d, l.set)
	}
	switch format {
	case formatYAML:
		records := make([]intent.Record, 0, len(items))
		for _, i := range items {
			records = append(records, intentdiff.Canonical(i.Record))
		}
		_, err = a.stdout.Write(intentfile.Format(records))
		return err
	case formatJSON:
		for _, i := range items {
			if err := a.printJSON(l.view(store.Key(i.Record))); err != nil {
				return err
			}
		}
		return nil
	}
	if len(items) == 0 {
		a.screen().line(0, say("nothing is declared in %s", d.Where()))
		return nil
	}
	l.print(a.screen(), items)
	return nil
}

func keysOf(items []store.Item) []intent.Key {
	keys := make([]intent.Key, 0, len(items))
	for _, i := range items {
		keys = append(keys, store.Key(i.Record))
	}
	return keys
}

// ofTable gives the items of a cluster, by name or ARN, with the policy for it; of
// all clusters where none is named.
func ofTable(all []store.Item, cluster string) ([]store.Item, error) {
	if cluster == "" {
		return all, nil
	}
	arn := cluster
	if cluster != intent.Everything {
		var err error
		if arn, err = namesOf(keysOf(all)).find(cluster); err != nil {
			return nil, err
		}
		if arn == "" {
			return nil, noSuchCluster(cluster, namesOf(keysOf(all)))
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(i store.Item) bool {
		k := store.Key(i.Record)
		return k.Cluster != arn && (k.Cluster != intent.Everything || k.Name != arn)
	}), nil
}

// noSuchCluster says that nothing is declared for a name, and for which there is something.
func noSuchCluster(word string, names itemNames) error {
	var known []string
	for short := range names {
		if short != intent.Everything {
			known = append(known, short)
		}
	}
	slices.Sort(known)
	if len(known) == 0 {
		return fmt.Errorf("CLUSTER is %q: nothing is declared for any cluster", word)
	}
	return fmt.Errorf("CLUSTER is %q: nothing is declared for it; there is something for %s", word, strings.Join(known, ", "))
}

// listing says what the items of a table are.
type listing struct {
	names itemNames
	set   intent.Set
	now   time.Time
	// standings are how live intents stand, as far as that is known.
	standings map[intent.Key]standing
}

// itemView is one item as list prints it with --json.
type itemView struct {
	Kind    string `json:"kind"` // intent or policy
	Cluster string `json:"cluster"`
	ARN     string `json:"arn"`
	Name    string `json:"name"`
	// State is live, expired, not-started or invalid.
	State     string   `json:"state"`
	Access    string   `json:"access,omitempty"`
	Sources   []string `json:"sources,omitempty"`
	Path      string   `json:"path,omitempty"`
	Via       string   `json:"via,omitempty"`
	Ports     []uint16 `json:"ports,omitempty"`
	NotBefore string   `json:"notBefore,omitempty"`
	ExpiresAt string   `json:"expiresAt,omitempty"`
	Owner     string   `json:"owner,omitempty"`
	Reason    string   `json:"reason,omitempty"`
	// Standing is how a live intent stood at the last run: satisfied, closed, open, pending,
	// unknown, blocked, contested or in conflict, Why says why. Empty where no run is known.
	Standing string   `json:"standing,omitempty"`
	Why      []string `json:"why,omitempty"`
	// Says are the fields that a policy sets.
	Says     map[string]string `json:"says,omitempty"`
	Problems []string          `json:"problems,omitempty"`
}

// The states of an item.
const (
	stateLive       = "live"
	stateExpired    = "expired"
	stateNotStarted = "not-started"
	stateInvalid    = "invalid"
)

func stateOf(i intent.Intent, now time.Time) string {
	switch {
	case i.Live(now):
		return stateLive
	case now.Before(i.NotBefore):
		return stateNotStarted
	default:
		return stateExpired
	}
}

func (l listing) view(k intent.Key) itemView {
	v := itemView{Kind: "intent", Cluster: intent.ShortName(k.Cluster), ARN: k.Cluster, Name: k.Name, State: stateInvalid}
	if k.Cluster == intent.Everything {
		return l.policyView(k)
	}
	for _, wrong := range l.set.Invalid {
		if wrong.Key == k {
			v.Owner, v.Problems = wrong.Owner, problemTexts(wrong.Problems)
		}
	}
	for _, i := range l.set.Intents {
		if i.Key() != k {
			continue
		}
		v.State, v.Access, v.Path, v.Via, v.Ports = stateOf(i, l.now), string(i.Access), string(i.Path), i.Via, i.Ports
		v.NotBefore, v.ExpiresAt, v.Owner, v.Reason = timeOrNone(i.NotBefore), timeOrNone(i.ExpiresAt), i.Owner, i.Reason
		v.Standing, v.Why = l.standings[k].State, l.standings[k].Why
		for _, s := range i.Sources {
			v.Sources = append(v.Sources, s.String())
		}
	}
	return v
}

func (l listing) policyView(k intent.Key) itemView {
	v := itemView{Kind: "policy", Cluster: intent.ShortName(k.Name), ARN: k.Name, Name: k.Name, State: stateLive, Says: map[string]string{}}
	if p, ok := l.set.Policies[k.Name]; ok {
		for name, value := range p.Fields() {
			if name != intent.FieldCluster && name != intent.FieldName {
				v.Says[name] = valueText(value)
			}
		}
	}
	for _, wrong := range l.set.InvalidPolicies {
		if wrong.Key == k {
			v.State, v.Problems = stateInvalid, problemTexts(wrong.Problems)
		}
	}
	return v
}

func problemTexts(problems []intent.Problem) []string {
	out := make([]string, 0, len(problems))
	for _, p := range problems {
		p.Place = intent.Place{Item: "-"} // the item is named already
		out = append(out, strings.TrimPrefix(p.Error(), p.Place.String()+": "))
	}
	return out
}

func timeOrNone(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}
