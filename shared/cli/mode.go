package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/intent/store"
	"github.com/cachegate/cachegate/shared/live"
	"github.com/cachegate/cachegate/shared/resource"
)

func (a *app) modeCommand() *cobra.Command {
	var flags liveFlags
	var cluster, clears string
	var asJSON bool
	modes := []string{string(intent.Off), string(intent.Observe), string(intent.Enforce)}
	c := &cobra.Command{
		Use:   "mode [off | observe | enforce]",
		Short: "Show or set what cachegate may do: nothing, look, or write",
		Long: "mode shows in which mode each cluster is, or sets the mode of all clusters, or of one.\n\n" +
			"  off      nothing is written, and runs that are under way stop before their next write: the kill switch.\n" +
			"           Off for all clusters always wins.\n" +
			"  observe  cachegate plans and reports, and writes nothing\n" +
			"  enforce  cachegate opens and closes what is declared\n\n" +
			"Setting a mode never waits and never asks, whatever else the table holds. It prints what the mode was.\n" +
			"--clear removes a cluster's own mode: then the mode for all clusters applies to it again.",
		Example: "  cachegate mode\n" +
			"  cachegate mode off                            stop every write, now\n" +
			"  cachegate mode enforce --cluster sessions\n" +
			"  cachegate mode --clear sessions",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError(c, "%s given: mode takes one of off, observe and enforce, or none", count(len(args), "argument"))
			}
			if len(args) == 1 && !slices.Contains(modes, args[0]) {
				return usageError(c, "the mode is %q: must be off, observe or enforce", args[0])
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if clears != "" {
				if len(args) > 0 || cluster != "" {
					return usageError(c, "--clear removes a cluster's own mode: leave the mode and --cluster out")
				}
				return a.clearMode(c.Context(), flags, clears, asJSON)
			}
			if len(args) == 0 {
				return a.showModes(c.Context(), flags, cluster, asJSON)
			}
			return a.setMode(c.Context(), flags, intent.Mode(args[0]), cluster, asJSON)
		},
		ValidArgs: modes,
	}
	flags.add(c.Flags(), a.environment)
	c.Flags().StringVar(&cluster, "cluster", "", "the `cluster` whose mode is meant, by name or ARN (default: all)")
	c.Flags().StringVar(&clears, "clear", "", "remove the mode of this `cluster`, by name or ARN")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON, one object a line")
	_ = c.RegisterFlagCompletionFunc("clear", a.completeClusters(&flags))
	_ = c.RegisterFlagCompletionFunc("cluster", a.completeClusters(&flags))
	return c
}

// modeView is the mode of all clusters ("*") or of one, as mode prints it with --json.
type modeView struct {
	Cluster string `json:"cluster"`
	ARN     string `json:"arn"`
	Mode    string `json:"mode"`
	// By says what makes it so: "policy", "all" (the policy for all clusters), "deployment", "malformed".
	By string `json:"by"`
	// Was is the mode that the policy had before it was set or cleared, empty where it had none.
	Was string `json:"was,omitempty"`
}

// modesOf gives the effective mode of all clusters, and of each that something is declared for.
func modesOf(set intent.Set, standard intent.Mode) []modeView {
	policies := set.Policies.DefaultTo(standard)
	targets := set.Clusters()
	for target := range set.Policies {
		targets = append(targets, target)
	}
	targets = slices.DeleteFunc(targets, func(arn string) bool { _, err := resource.ParseARN(arn); return err != nil })
	slices.Sort(targets)
	out := make([]modeView, 0, len(targets)+1)
	for _, target := range append([]string{intent.Everything}, slices.Compact(targets)...) {
		out = append(out, modeView{
			Cluster: intent.ShortName(target), ARN: target, Mode: string(policies.For(target).Mode), By: modeBy(set.Policies, target),
		})
	}
	return out
}

// modeBy says which policy an effective mode comes from.
func modeBy(policies intent.Policies, target string) string {
	all, own := policies[intent.Everything], policies[target]
	switch {
	case all.Mode == intent.Off && all.Explicit.Has(intent.AttributeMode):
		return "all"
	case all.Unreadable.Has(intent.AttributeMode) || own.Malformed && own.Explicit.Has(intent.AttributeMode):
		return "malformed"
	case target != intent.Everything && own.Explicit.Has(intent.AttributeMode):
		return "policy"
	case all.Malformed && all.Explicit.Has(intent.AttributeMode):
		return "malformed"
	case all.Explicit.Has(intent.AttributeMode):
		return "all"
	default:
		return "deployment"
	}
}

func (a *app) showModes(ctx context.Context, flags liveFlags, cluster string, asJSON bool) error {
	d, err := a.deploymentOfIntents(ctx, flags)
	if err != nil {
		return err
	}
	items, err := d.Intents().List(ctx)
	if err != nil {
		return live.Advise(err)
	}
	names := namesOf(keysOf(items))
	modes := modesOf(intent.Parse(recordsOf(items), intent.Options{}), d.DefaultMode())
	if cluster != "" {
		arn, err := names.find(cluster)
		if err != nil {
			return err
		}
		modes = slices.DeleteFunc(modes, func(m modeView) bool { return m.ARN != arn })
		if len(modes) == 0 {
			return noSuchCluster(cluster, names)
		}
	}
	return a.printModes(modes, names, asJSON)
}

func (a *app) printModes(modes []modeView, names itemNames, asJSON bool) error {
	s, width := a.screen(), 0
	for _, m := range modes {
		width = max(width, len(modeTarget(m.ARN, names)))
	}
	for _, m := range modes {
		if asJSON {
			if err := a.printJSON(m); err != nil {
				return err
			}
			continue
		}
		s.hanging(0, 4, slices.Concat(
			padded([]span{in(strong, "%s", modeTarget(m.ARN, names))}, width),
			padded([]span{in(modeTone(m.Mode), "%s", m.Mode)}, len(intent.Observe)),
			[]span{in(faint, "%s", modeWhy(m))},
		)...)
	}
	return nil
}

func modeTarget(arn string, names itemNames) string {
	if arn == intent.Everything {
		return "all clusters"
	}
	return names.cluster(arn)
}

// modeARN tells the ARN of a cluster that was named otherwise.
func modeARN(target, word string) string {
	if word == "" || word == target {
		return ""
	}
	return " (" + target + ")"
}

func modeTone(mode string) tone {
	switch intent.Mode(mode) {
	case intent.Enforce:
		return good
	case intent.Observe:
		return caution
	case intent.Off:
		return bad
	default:
		return normal
	}
}

func modeWhy(m modeView) string {
	switch m.By {
	case "policy":
		return "says its own policy"
	case "all":
		if m.ARN != intent.Everything && m.Mode == string(intent.Off) {
			return "off for all clusters always wins"
		}
		return "says the policy for all clusters"
	case "malformed":
		return "a policy is wrong, so it can only make the mode stricter: see `cachegate intents list '*'`"
	default:
		return "the deployment's default: no policy says one"
	}
}

// setMode sets a mode first and looks afterwards: nothing may stand in the way of
// the kill switch.
func (a *app) setMode(ctx context.Context, flags liveFlags, mode intent.Mode, cluster string, asJSON bool) error {
	d, err := a.deploymentOfIntents(ctx, flags)
	if err != nil {
		return err
	}
	table := d.Intents()
	target := intent.Everything
	if cluster != "" {
		if target, err = a.modeCluster(ctx, d, table, cluster); err != nil {
			return err
		}
	}
	was, err := table.SetMode(ctx, target, mode)
	if err != nil {
		return live.Advise(err)
	}
	if asJSON {
		return a.printJSON(modeView{Cluster: intent.ShortName(target), ARN: target, Mode: string(mode), By: "policy", Was: string(was)})
	}
	s := a.screen()
	s.line(0, in(good, "✓ "), say("the mode of "), in(strong, "%s", modeTarget(target, itemNames{})), in(faint, "%s", modeARN(target, cluster)), say(" is set to "), in(modeTone(string(mode)), "%s", mode), say(" in %s", d.Where()))
	s.line(2, in(faint, "%s", modeWas(was, mode)))
	s.line(2, in(faint, "%s", modeMeans(mode)))
	a.sayEffective(ctx, s, d, table, target, mode)
	return nil
}

// modeWas says what a policy said before it was set.
func modeWas(was, now intent.Mode) string {
	switch was {
	case "":
		return "it had none of its own before: `cachegate mode` showed what held instead"
	case now:
		return "it was " + string(was) + " already"
	default:
		return "it was " + string(was)
	}
}

// clearMode takes a cluster's own mode away, and says which one holds then.
func (a *app) clearMode(ctx context.Context, flags liveFlags, cluster string, asJSON bool) error {
	if cluster == intent.Everything {
		return errors.New("--clear is \"*\": the mode of all clusters is set, and not cleared: cachegate mode observe")
	}
	d, err := a.deploymentOfIntents(ctx, flags)
	if err != nil {
		return err
	}
	table := d.Intents()
	target, err := a.modeCluster(ctx, d, table, cluster)
	if err != nil {
		return err
	}
	was, err := table.ClearMode(ctx, target)
	if err != nil {
		return live.Advise(err)
	}
	v := modeView{Cluster: intent.ShortName(target), ARN: target, By: "unknown", Was: string(was)}
	if items, listErr := table.ListCluster(ctx, intent.Everything); listErr == nil {
		set := intent.Parse(recordsOf(items), intent.Options{})
		v.Mode, v.By = string(set.Policies.DefaultTo(d.DefaultMode()).For(target).Mode), modeBy(set.Policies, target)
	}
	if asJSON {
		return a.printJSON(v)
	}
	s := a.screen()
	if was == "" {
		s.line(0, in(good, "✓ "), say("cluster "), in(strong, "%s", v.Cluster), in(faint, "%s", modeARN(target, cluster)), say(" has no mode of its own"))
	} else {
		s.line(0, in(good, "✓ "), say("cluster "), in(strong, "%s", v.Cluster), in(faint, "%s", modeARN(target, cluster)), say(" no longer has a mode of its own; it was %s", was))
	}
	if v.Mode != "" {
		s.line(2, in(modeTone(v.Mode), "%s", v.Mode), say(" holds: %s", modeWhy(v)))
	}
	return nil
}

func modeMeans(mode intent.Mode) string {
	switch mode {
	case intent.Off:
		return "runs that are under way stop before their next write; nothing that is open is closed"
	case intent.Observe:
		return "cachegate plans and reports, and writes nothing; nothing that is open is closed"
	case intent.Enforce:
		return "the next runs open and close what is declared; `cachegate plan --live` shows what that is"
	default:
		return ""
	}
}

// sayEffective says where another mode holds than the one that was set. That it
// could not be found out changes nothing: the mode is set.
func (a *app) sayEffective(ctx context.Context, s *screen, d *live.Deployment, table *store.Table, target string, mode intent.Mode) {
	items, err := table.ListCluster(ctx, intent.Everything)
	if err != nil {
		return
	}
	set := intent.Parse(recordsOf(items), intent.Options{})
	if now := set.Policies.DefaultTo(d.DefaultMode()).For(target).Mode; now != mode {
		why := "a policy is wrong, so it can only make the mode stricter: see `cachegate intents list '*'`"
		if set.Policies[intent.Everything].Mode == intent.Off {
			why = "off for all clusters always wins"
		}
		s.line(2, in(caution, "! "), say("%s holds nevertheless: %s", now, why))
	}
	if target != intent.Everything {
		return
	}
	for _, m := range modesOf(set, d.DefaultMode()) {
		if m.ARN != target && m.Mode != string(mode) {
			s.line(2, in(caution, "! "), say("cluster %s stays %s: %s", m.Cluster, m.Mode, modeWhy(m)))
		}
	}
}

// modeCluster finds the cluster that a word means: by the table, or where that does
// not know it, by the caches that are there.
func (a *app) modeCluster(ctx context.Context, d *live.Deployment, table *store.Table, word string) (string, error) {
	if _, err := resource.ParseARN(word); err == nil {
		return word, nil
	}
	items, err := table.List(ctx)
	if err != nil {
		return "", live.Advise(err)
	}
	names := namesOf(keysOf(items))
	arn, err := names.find(word)
	if err != nil || arn != "" {
		return arn, err
	}
	lookup, err := a.lookup(ctx, d)
	if err != nil {
		return "", fmt.Errorf("looking for cluster %q, which nothing is declared for: %w", word, err)
	}
	switch found := slices.Compact(slices.Sorted(slices.Values(lookup.ARNs(word)))); len(found) {
	case 1:
		return found[0], nil
	case 0:
		return "", fmt.Errorf("CLUSTER is %q: must be the name of a cache of %s (%s), or an ARN", word, lookup.Place, lookup.Listed())
	default:
		return "", &ambiguousError{word: word, arns: found}
	}
}
