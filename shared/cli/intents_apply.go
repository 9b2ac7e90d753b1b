package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/intentdiff"
	"github.com/cachegate/cachegate/shared/intent/store"
	"github.com/cachegate/cachegate/shared/live"
	"github.com/cachegate/cachegate/shared/operate"
)

// writeFlags are those of the commands that change the table.
type writeFlags struct {
	files               []string
	dryRun, prune, json bool
	yes                 bool
}

func (a *app) applyCommand(flags *liveFlags) *cobra.Command {
	var write writeFlags
	c := &cobra.Command{
		Use:   "apply -f FILE",
		Short: "Make what is declared in a deployment match files",
		Long: "apply compares files with the deployment's table, shows what is created and changed field by field, and\n" +
			"writes it. Every item is checked first: where one is wrong, nothing is written. An item that somebody else\n" +
			"changes in between is left as they left it. Items that the files do not name stay, unless --prune is given.\n\n" +
			"A cluster may go by its name as long as one cache of the deployment's accounts and Regions has it.\n" +
			"On a terminal you are asked first. In a pipe you are not; there --prune needs --yes.\n\n" +
			"Exit status: 0 the table is as the files say (or would be), 2 it is not.",
		Example: "  cachegate intents apply -f intents.yaml --dry-run\n" +
			"  cachegate intents apply -f intents.yaml\n" +
			"  cachegate intents list -o yaml --profile staging | cachegate intents apply -f - --profile prod --yes",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError(c, "%q is given without -f: name files with -f FILE", args[0])
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error {
			if len(write.files) == 0 {
				return usageError(c, "no file is given: add -f FILE, or -f - for the standard input")
			}
			return a.apply(c.Context(), *flags, write)
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Flags().StringArrayVarP(&write.files, "file", "f", nil, "`file` with intents and policies, in YAML or JSON; may be given more than once")
	c.Flags().BoolVar(&write.prune, "prune", false, "delete the intents of the files' clusters that the files do not name")
	write.add(c)
	completeFiles(c, "file", "yaml", "yml", "json")
	return c
}

func (w *writeFlags) add(c *cobra.Command) {
	c.Flags().BoolVar(&w.dryRun, "dry-run", false, "show what would be written, and write nothing")
	c.Flags().BoolVarP(&w.yes, "yes", "y", false, "do not ask")
	c.Flags().BoolVar(&w.json, "json", false, "print what is written as JSON, one item a line")
}

func (a *app) apply(ctx context.Context, flags liveFlags, write writeFlags) error {
	read := &inputs{app: a}
	records := read.records(ctx, write.files)
	if err := read.err(); err != nil {
		return err
	}
	if len(records) == 0 {
		return errors.New("the files hold no item: nothing was written")
	}
	const nothing = "nothing was written: correct them and apply again"
	if u := alone(records); len(u.Problems) > 0 { // before anybody waits for AWS
		return &wrongItems{problems: u.Problems, end: nothing}
	}
	find := a.deploymentOfIntents
	if named(records) {
		find = a.deployment
	}
	d, err := find(ctx, flags)
	if err != nil {
		return err
	}
	policies, err := a.policiesOf(ctx, d.Intents())
	if err != nil {
		return err
	}
	u, err := a.understandFor(ctx, d, records, policies)
	if err != nil {
		return err
	}
	if len(u.Problems) > 0 {
		return &wrongItems{problems: u.Problems, end: nothing}
	}
	var clusters []string
	for _, r := range u.Records {
		clusters = append(clusters, store.Key(r).Cluster)
	}
	table, err := itemsOf(ctx, d.Intents(), clusters, policies)
	if err != nil {
		return err
	}
	e := newEdit(d, table, u.Records, write.prune)
	a.warnOver(declaredBy(u))
	return a.carryOut(ctx, e, write)
}

// declaredBy are the intents of files alone.
func declaredBy(u operate.Understood) []intent.Intent {
	return slices.DeleteFunc(slices.Clone(u.Set.Intents), func(i intent.Intent) bool { return i.Place.Item != "" })
}

// understandFor reads items under the policies of a deployment. Names are looked up
// only where there are some.
func (a *app) understandFor(ctx context.Context, d *live.Deployment, records []intent.Record, policies []store.Item) (operate.Understood, error) {
	lookup := operate.Lookup{Place: "the deployment"}
	if named(records) {
		var err error
		if lookup, err = a.lookup(ctx, d); err != nil {
			return operate.Understood{}, err
		}
	}
	lookup.InForce = recordsOf(policies)
	return operate.Understand(records, lookup), nil
}

// edit is a change of a deployment's table before it is made.
type edit struct {
	deployment  *live.Deployment
	differences []intentdiff.Difference
	names       itemNames
	changes     []store.Change
	// spoiled are items of the table that new policies make wrong.
	spoiled []intent.Invalid
	// after are the policies once it is made.
	after intent.Policies
}

// newEdit works out what of a table has to change.
func newEdit(d *live.Deployment, table []store.Item, records []intent.Record, prune bool) *edit {
	wanted := map[intent.Key]bool{}
	clusters := map[string]bool{}
	for _, r := range records {
		wanted[store.Key(r)] = true
		clusters[store.Key(r).Cluster] = true
	}
	before := map[intent.Key]*store.Item{}
	var was []intent.Record
	for _, i := range table {
		k := store.Key(i.Record)
		pruned := prune && clusters[k.Cluster] && k.Cluster != intent.Everything
		if wanted[k] || pruned {
			before[k] = &i
			was = append(was, i.Record)
		}
	}
	e := &edit{deployment: d, differences: intentdiff.Compare(was, records), names: namesOf(keysOf(table))}
	for _, diff := range e.differences {
		e.names.add(clusterOf(diff.Key))
	}
	slices.SortStableFunc(e.differences, byAction)
	for _, diff := range e.differences {
		if diff.Action != intentdiff.Keep {
			e.changes = append(e.changes, store.Change{Before: before[diff.Key], After: diff.After})
		}
	}
	e.foresee(table)
	return e
}

func clusterOf(k intent.Key) string {
	if k.Cluster == intent.Everything {
		return k.Name
	}
	return k.Cluster
}

// byAction puts policies first, so that no intent is ever judged under an older
// one, and what goes last, so that what takes its place is there before.
func byAction(a, b intentdiff.Difference) int {
	rank := func(d intentdiff.Difference) int {
		switch {
		case d.Action == intentdiff.Keep:
			return 3
		case d.Action == intentdiff.Delete:
			return 2
		case d.Key.Cluster == intent.Everything:
			return 0
		default:
			return 1
		}
	}
	return rank(a) - rank(b)
}

// foresee works out what the change means for the rest of the table: the policies
// after it, and the items that are right now and wrong then.
func (e *edit) foresee(table []store.Item) {
	after := map[intent.Key]intent.Record{}
	for _, i := range table {
		after[store.Key(i.Record)] = i.Record
	}
	for _, d := range e.differences {
		delete(after, d.Key)
		if d.After != nil {
			after[d.Key] = *d.After
		}
	}
	wrong := map[intent.Key]bool{}
	for _, i := range intent.Parse(recordsOf(table), intent.Options{}).Invalid {
		wrong[i.Key] = true
	}
	var records []intent.Record
	for _, r := range after {
		records = append(records, r)
	}
	set := intent.Parse(records, intent.Options{})
	e.after = set.Policies.DefaultTo(e.deployment.DefaultMode())
	e.spoiled = slices.DeleteFunc(set.Invalid, func(i intent.Invalid) bool { return wrong[i.Key] })
	slices.SortFunc(e.spoiled, func(x, y intent.Invalid) int { return compareKeys(x.Key, y.Key) })
}

// carryOut shows a change, asks where somebody is there to be asked, and makes it.
func (a *app) carryOut(ctx context.Context, e *edit, write writeFlags) error {
	if !write.json {
		a.printEdit(a.screen(), e)
	}
	if len(e.changes) == 0 || write.dryRun {
		return a.endEdit(e, write, false)
	}
	if err := a.permission(ctx, e, write); err != nil {
		return err
	}
	a.writing = true
	if err := e.deployment.Intents().Write(ctx, e.changes...); err != nil {
		return a.unwritten(e, live.Advise(err))
	}
	return a.endEdit(e, write, true)
}

// permission asks before anything is written. In a pipe nobody can be asked: there
// a deletion has to be allowed on the command line.
func (a *app) permission(ctx context.Context, e *edit, write writeFlags) error {
	deletions := 0
	for _, d := range e.differences {
		if d.Action == intentdiff.Delete {
			deletions++
		}
	}
	switch {
	case write.yes:
		return nil
	case !a.interactive() && deletions > 0:
		return errors.New("nothing was written: a deletion closes access, and there is no terminal to ask on\nadd --yes to delete without being asked")
	case !a.interactive():
		return nil
	}
	question := fmt.Sprintf("Write %s to %s?", count(len(e.changes), "item"), e.deployment.Where())
	if deletions == len(e.changes) {
		question = fmt.Sprintf("Delete %s from %s?", count(deletions, "item"), e.deployment.Where())
	}
	yes, err := a.confirm(ctx, question)
	if err != nil {
		return err
	}
	if !yes {
		return errors.New("nothing was written")
	}
	return nil
}

// unwritten says how far a change came that did not come to its end.
func (a *app) unwritten(e *edit, err error) error {
	changed, ok := errors.AsType[*store.ChangedError](err)
	if !ok {
		return err
	}
	var items []string
	for _, k := range changed.Keys {
		items = append(items, e.names.of(k))
	}
	text := fmt.Sprintf("somebody else changed %s meanwhile", strings.Join(items, ", "))
	if changed.Written == 0 {
		return errors.New(text + "\nnothing was written: look at it again, and repeat what is still wanted")
	}
	return fmt.Errorf("%s\n%d of %s were written (%d at a time, all or none); run it again for the rest", text, changed.Written, count(len(e.changes), "change"), store.AtOnce)
}
