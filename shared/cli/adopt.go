package cli

import (
	"context"
	"fmt"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/live"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/operate"
	"github.com/cachegate/cachegate/shared/plan"
)

// claimFlags say which claims are taken or given up.
type claimFlags struct {
	liveFlags
	all, dryRun, yes, json bool
}

func (f *claimFlags) addTo(flags *pflag.FlagSet, a *app, all string) {
	f.add(flags, a.environment)
	flags.BoolVar(&f.all, "all", false, all)
	flags.BoolVar(&f.dryRun, "dry-run", false, "list it, and do nothing")
	flags.BoolVarP(&f.yes, "yes", "y", false, "do not ask")
	flags.BoolVar(&f.json, "json", false, "print JSON, one object a line")
}

// oneOrAll says whether a command got one word or --all.
func (f *claimFlags) oneOrAll(c *cobra.Command, args []string, words string) error {
	switch {
	case f.all && len(args) > 0:
		return usageError(c, "%q and --all given: name one %s, or all of them with --all", args[0], words)
	case !f.all && len(args) == 0:
		return usageError(c, "nothing is named: %s takes one %s, or --all", c.Name(), words)
	case len(args) > 1:
		return usageError(c, "%s given: %s takes one %s, or --all", count(len(args), "argument"), c.Name(), words)
	default:
		return nil
	}
}

func (a *app) adoptCommand() *cobra.Command {
	var flags claimFlags
	c := &cobra.Command{
		Use:   "adopt {CLUSTER | UNIT | --all}",
		Short: "Take rules and routes that stand, as intents need them, under claims",
		Long: "adopt takes rules and routes under claims that stand exactly as live open intents need them and that nobody\n" +
			"put there on cachegate's behalf. From then on they are cachegate's: it puts them back when somebody removes\n" +
			"them, and takes them away when the last intent that needs them goes. A route is one for all that uses it.\n\n" +
			"Nothing changes on AWS, and no tag is set: a rule is known by its id, a route by your word. adopt lists all\n" +
			"first, asks, and writes it in the journal (`cachegate history`) with your name. It works under the unit's\n" +
			"lease, and does nothing while a run has it. `cachegate release` gives it back.\n\n" +
			"What is wider than what is needed, or in another group, is not adopted; what is left out is listed with why.\n\n" +
			"Exit status: 0 it is adopted (or would be), or there is nothing to adopt, 1 you said no, 2 bad usage, or it\n" +
			"could not be done.",
		Example: "  cachegate adopt sessions --dry-run\n" +
			"  cachegate adopt 111122223333/eu-west-1/vpc-0a1b2c3d\n" +
			"  cachegate adopt --all --yes",
		Args:              func(c *cobra.Command, args []string) error { return flags.oneOrAll(c, args, "CLUSTER or UNIT") },
		RunE:              func(c *cobra.Command, args []string) error { return a.adopt(c.Context(), args, flags) },
		ValidArgsFunction: a.completeClusters(&flags.liveFlags),
	}
	flags.addTo(c.Flags(), a, "all units of the deployment")
	return c
}

// claimView is a claim that is taken or given up, as it is printed with --json.
type claimView struct {
	Unit     string         `json:"unit,omitempty"`
	Action   string         `json:"action"`
	Resource string         `json:"resource"`
	Account  string         `json:"account"`
	Region   string         `json:"region"`
	Text     string         `json:"text"`
	Detail   map[string]any `json:"detail"`
	Intents  []string       `json:"intents"`
	Done     bool           `json:"done"`
	// Why says why it is left out; empty where it is not.
	Why string `json:"why,omitempty"`
}

func claimViewOf(c change.Change, why string) claimView {
	v := claimView{
		Action: string(c.Action), Resource: c.Resource, Account: c.Location.Account, Region: c.Location.Region,
		Text: clean(c.Sentence()), Detail: c.Detail(), Intents: []string{}, Done: c.Outcome == change.Applied, Why: clean(why),
	}
	for _, k := range c.Intents {
		v.Intents = append(v.Intents, clean(k.Short()))
	}
	return v
}

// rulesAndRoutes counts them.
func rulesAndRoutes(n int) string {
	if n == 1 {
		return "1 rule or route"
	}
	return fmt.Sprintf("%d rules and routes", n)
}

// printClaims prints claims that are taken or given up, and those that are left out.
func (a *app) printClaims(changes []change.Change, left []plan.LeftOut, asJSON bool) error {
	s := a.screen()
	for _, c := range changes {
		if asJSON {
			if err := a.printJSON(claimViewOf(c, "")); err != nil {
				return err
			}
			continue
		}
		symbol := in(good, "+ ")
		if c.Action == change.Release {
			symbol = in(caution, "- ")
		}
		spans := []span{symbol, say("%s", c.Sentence())}
		if names := change.IntentNames(c.Intents); names != "" {
			spans = append(spans, in(faint, "  for %s", names))
		}
		s.hanging(2, 4, spans...)
	}
	for _, l := range left {
		if asJSON {
			if err := a.printJSON(claimViewOf(l.Change, l.Why)); err != nil {
				return err
			}
			continue
		}
		s.hanging(2, 4, in(caution, "= "), say("left: %s: %s", l.Change.Noun(), l.Why))
	}
	return nil
}

// chosen gives the units and the cluster that a word names; all units for none.
func (b *book) chosen(ctx context.Context, args []string) (operate.Choice, error) {
	if len(args) == 0 {
		units, err := b.Units(ctx, "")
		return operate.Choice{Units: units}, live.Advise(err)
	}
	units, err := b.unitsNamed(ctx, args[0])
	if err != nil {
		return operate.Choice{}, err
	}
	chosen := operate.Choice{Units: units}
	if _, isUnit := network.ParseUnit(args[0]); isUnit != nil && !vpcWord.MatchString(args[0]) {
		chosen.Cluster, err = b.names.find(args[0])
	}
	return chosen, err
}

var vpcWord = regexp.MustCompile(`^vpc-`)

func (a *app) adopt(ctx context.Context, args []string, flags claimFlags) error {
	b, err := a.book(ctx, flags.liveFlags)
	if err != nil {
		return err
	}
	chosen, err := b.chosen(ctx, args)
	if err != nil {
		return err
	}
	by, err := operate.Caller(ctx, sts.NewFromConfig(b.deployment.Config))
	if err != nil {
		return live.Advise(err)
	}
	session, err := a.liveSession(b.deployment, false)
	if err != nil {
		return err
	}
	p := a.newProgress("reading the network", unknownLength)
	found, err := session.Adoptable(ctx, chosen)
	p.end()
	if err != nil {
		return failed(err)
	}
	var changes []change.Change
	var left []plan.LeftOut
	for _, u := range found {
		changes, left = append(changes, u.Changes...), append(left, u.Left...)
	}
	s := a.screen()
	if !flags.json {
		s.hanging(0, 4, say("adopt "), in(accent, "%s", rulesAndRoutes(len(changes))), in(faint, " in %s", b.deployment.Where()))
	}
	if !flags.json || flags.dryRun || len(changes) == 0 {
		err = a.printClaims(changes, left, flags.json)
		if err != nil {
			return err
		}
	}
	if flags.dryRun || len(changes) == 0 {
		return nil
	}
	yes, err := a.agreed(ctx, flags.yes, "Take "+rulesAndRoutes(len(changes))+" under claims?")
	if !yes || err != nil {
		return err
	}
	done, err := session.Adopt(ctx, found, by)
	var made []change.Change
	for _, u := range done {
		made = append(made, u.Changes...)
	}
	return a.claimsDone(made, left, err, flags, "adopted, by "+by+"; nothing changed on AWS", "`cachegate release` gives it back")
}

// claimsDone says what was done, also where an error ended it.
func (a *app) claimsDone(made []change.Change, left []plan.LeftOut, err error, flags claimFlags, what, next string) error {
	if flags.json {
		if printErr := a.printClaims(made, left, true); printErr != nil {
			return printErr
		}
	} else if len(made) > 0 || err == nil {
		s := a.screen()
		s.hanging(0, 2, in(good, "✓ "), say("%s %s", rulesAndRoutes(len(made)), what))
		s.line(2, in(faint, "%s", next))
	}
	if err != nil {
		return failed(err)
	}
	return nil
}
