package cli

import (
	"cmp"
	"context"
	"log/slog"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/cachegate/cachegate/shared/deployed"
	"github.com/cachegate/cachegate/shared/live"
	"github.com/cachegate/cachegate/shared/operate"
	"github.com/cachegate/cachegate/shared/settings"
)

// stackVariable names the hub's stack where --stack does not.
const stackVariable = "CACHEGATE_STACK"

// liveFlags say which deployment a command works on.
type liveFlags struct{ stack, region, profile string }

func (f *liveFlags) add(flags *pflag.FlagSet, env environment) {
	flags.StringVar(&f.stack, "stack", cmp.Or(env[stackVariable], live.DefaultStack), "the hub's CloudFormation `stack` (or "+stackVariable+")")
	flags.StringVar(&f.region, "region", "", "the `Region` of the stack (default: that of the AWS configuration)")
	flags.StringVar(&f.profile, "profile", "", "the AWS `profile` to take credentials from (default: that of the AWS configuration)")
}

// given says which of the flags stands on the command line, empty where none does.
func (f *liveFlags) given(c *cobra.Command) string {
	for _, name := range []string{"stack", "region", "profile"} {
		if c.Flags().Changed(name) {
			return "--" + name
		}
	}
	return ""
}

func (f *liveFlags) options(env environment) live.Options {
	return live.Options{Stack: f.stack, Region: f.region, Profile: f.profile, IntentsTable: env[settings.IntentsTable]}
}

// deployment finds the deployment with all that its stack says.
func (a *app) deployment(ctx context.Context, f liveFlags) (*live.Deployment, error) {
	p := a.newProgress("looking for the deployment", unknownLength)
	defer p.end()
	return live.Find(ctx, a.load, f.options(a.environment))
}

// deploymentOfIntents finds the deployment as far as its intents table is needed.
func (a *app) deploymentOfIntents(ctx context.Context, f liveFlags) (*live.Deployment, error) {
	p := a.newProgress("looking for the deployment", unknownLength)
	defer p.end()
	return live.FindIntents(ctx, a.load, f.options(a.environment))
}

// liveSession makes a session on a deployment. It writes only where it is told to.
func (a *app) liveSession(d *live.Deployment, writes bool) (*operate.Session, error) {
	s, err := d.Settings()
	if err != nil {
		return nil, err
	}
	run := deployed.Runner(d.Config, s, slog.New(slog.DiscardHandler))
	run.Runner.Clock = a.clock
	dispatcher := deployed.Dispatch(d.Config, s, nil, nil).Dispatcher
	dispatcher.Clock = a.clock
	return &operate.Session{Runner: run.Runner, Clients: run.Clients, Dispatcher: dispatcher, Writes: writes}, nil
}

// lookup finds the caches of a deployment's accounts and Regions by their names, for
// what is written: no name may be another cache's too.
func (a *app) lookup(ctx context.Context, d *live.Deployment) (operate.Lookup, error) {
	session, err := a.liveSession(d, false)
	if err != nil {
		return operate.Lookup{}, err
	}
	in, err := a.lookupWith(ctx, session)
	in.Sole = true
	return in, err
}

func (a *app) lookupWith(ctx context.Context, session *operate.Session) (operate.Lookup, error) {
	p := a.newProgress("reading the caches", unknownLength)
	defer p.end()
	names, err := operate.ReadNames(ctx, session.Clients, session.Runner.Locations)
	return operate.Lookup{Names: names, Place: "the deployment's accounts and Regions"}, err
}
