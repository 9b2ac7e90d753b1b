package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/live"
	"github.com/cachegate/cachegate/shared/operate"
	"github.com/cachegate/cachegate/shared/replay"
	"github.com/cachegate/cachegate/shared/resource"
)

// sceneFlags say what a command looks at: a world in a file, or a live account.
type sceneFlags struct {
	worldFlags
	liveFlags
	live bool
	// account is one that is looked at without a deployment, with the AWS credentials alone.
	account string
	// proposed says that --intents goes with --live: what if these were declared.
	proposed bool
}

func (f *sceneFlags) add(c *cobra.Command, env environment) {
	f.worldFlags.add(c)
	f.liveFlags.add(c.Flags(), env)
	c.Flags().BoolVarP(&f.live, "live", "l", false, "look at the account of the AWS credentials, with what its deployment declares")
}

// addAccount adds the flag for an account in which cachegate is not deployed.
func (f *sceneFlags) addAccount(c *cobra.Command) {
	f.proposed = true
	c.Flags().StringVar(&f.account, "account", "", "with --live: look at this `account` with the AWS credentials alone, where cachegate is not deployed;\n--region may name several Regions, with commas between")
}

// addProposed lets --intents go with --live.
func (f *sceneFlags) addProposed(c *cobra.Command) {
	f.proposed = true
	c.Flags().Lookup("intents").Usage = "`file` with what is declared, in YAML or JSON; with --live: as if the table held it"
}

// check refuses flags that do not go together, and those that are missing.
func (f *sceneFlags) check(c *cobra.Command, needsIntents bool) error {
	given := f.given(c)
	switch {
	case f.live && f.world != "":
		return usageError(c, "--live looks at an account, --world at a file: give one of them")
	case f.live && f.intents != "" && !f.proposed:
		return usageError(c, "--live takes what the deployment declares: leave --intents out")
	case f.account != "" && !f.live:
		return usageError(c, "--account is for --live")
	case f.account != "" && !resource.IsAccount(f.account):
		return usageError(c, "--account is %q: must be the 12 digits of an AWS account", f.account)
	case f.account != "" && c.Flags().Changed("stack"):
		return usageError(c, "--account looks at an account without a deployment, --stack names one: give one of them")
	case !f.live && given != "":
		return usageError(c, "%s is for --live", given)
	case !f.live && f.world == "":
		return usageError(c, "no world is given: add --world FILE, or --live for the account of the AWS credentials")
	case !f.live && needsIntents && f.intents == "":
		return usageError(c, "no intents are given: add --intents FILE")
	}
	return nil
}

// scene is what a command looks at.
type scene struct {
	session *operate.Session
	// lookup finds the clusters that are there by their names.
	lookup func(context.Context) (operate.Lookup, error)
	// prepare makes the session ready, once the question is known to be right.
	prepare func(context.Context) error
	// declaredIn says where the intents are from, empty where nothing is declared.
	declaredIn string
	// account is the deployment's own, empty on a world.
	account string
	// where names what is looked at, for people.
	where string
	// problems are those of single items of an intents file.
	problems []intent.Problem
}

// scene sets up what a command looks at.
func (a *app) scene(ctx context.Context, f sceneFlags, clock func() time.Time) (*scene, error) {
	switch {
	case f.account != "":
		return a.accountScene(ctx, f, clock)
	case f.live:
		return a.liveScene(ctx, f, clock)
	}
	return a.worldScene(ctx, f.worldFlags, clock)
}

func (a *app) worldScene(ctx context.Context, f worldFlags, clock func() time.Time) (*scene, error) {
	in := &inputs{app: a}
	sim, warnings := in.world(ctx, f.world, clock)
	s := &scene{declaredIn: f.intents, where: "world " + f.world}
	var set intent.Set
	if f.intents != "" {
		set, s.problems = in.intents(ctx, f.intents, sim)
	}
	a.warn(warnings, f.verbose)
	if err := in.err(); err != nil {
		return nil, err
	}
	session := replay.New(sim, set, replay.Options{Clock: clock})
	s.session = session.Session
	s.lookup = func(ctx context.Context) (operate.Lookup, error) { return replay.Lookup(ctx, sim) }
	s.prepare = func(ctx context.Context) error { return a.prepare(ctx, session) }
	return s, nil
}

// liveScene looks at a deployment. It writes nothing.
func (a *app) liveScene(ctx context.Context, f sceneFlags, clock func() time.Time) (*scene, error) {
	d, err := a.deployment(ctx, f.liveFlags)
	if err != nil {
		return nil, err
	}
	session, err := a.liveSession(d, false)
	if err != nil {
		return nil, err
	}
	if f.now != "" {
		session.At = clock()
	}
	s := &scene{
		session: session, account: d.Account, declaredIn: "the table of " + d.Where(), where: d.Where(),
		lookup:  func(ctx context.Context) (operate.Lookup, error) { return a.lookupWith(ctx, session) },
		prepare: func(context.Context) error { return nil },
	}
	if f.intents != "" {
		return s, a.propose(ctx, s, f.intents, d)
	}
	return s, nil
}

// cluster finds the ARN that a word means.
func (s *scene) cluster(ctx context.Context, word string) (string, error) {
	if strings.Contains(word, ":") {
		_, err := resource.ParseARN(word)
		if err != nil {
			return "", fmt.Errorf("CLUSTER is %q: %w", word, err)
		}
		return word, nil
	}
	in, err := s.lookup(ctx)
	if err != nil {
		return "", err
	}
	switch arns := in.ARNs(word); {
	case len(arns) == 1:
		return arns[0], nil
	case len(arns) > 1:
		return "", &ambiguousError{word: word, arns: arns}
	default:
		return "", fmt.Errorf("CLUSTER is %q: must be the name of a cache of %s (%s), or its ARN", word, in.Place, in.Listed())
	}
}

// warnForeign tells that the deployment may see more than the operator: its roles in
// other accounts trust the deployment, and nobody else.
func (a *app) warnForeign(account string, session *operate.Session, judgements ...access.Judgement) {
	var dark []string
	for _, j := range judgements {
		for _, h := range j.Hops {
			foreign := account != "" && h.Location.Account != account && slices.Contains(session.Runner.Locations, h.Location)
			if foreign && h.Verdict == access.Unknown && !slices.Contains(dark, h.Location.Account) {
				dark = append(dark, h.Location.Account)
			}
		}
	}
	if len(dark) > 0 {
		fmt.Fprintf(a.stderr, "warning: what is unknown in account %s the deployment itself may be able to read: its role there trusts the deployment, not these credentials\n",
			clean(strings.Join(dark, ", ")))
	}
}

// failed says what to do about an error of a session.
func failed(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return live.Advise(err)
}
