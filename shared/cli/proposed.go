package cli

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"github.com/cachegate/cachegate/shared/dispatch"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/live"
	"github.com/cachegate/cachegate/shared/observe"
	"github.com/cachegate/cachegate/shared/operate"
	"github.com/cachegate/cachegate/shared/reconcile"
	"github.com/cachegate/cachegate/shared/resource/elasticache"
)

// proposal is what a file declares, in the place of a table.
type proposal struct{ set intent.Set }

// Declared implements reconcile.Intents.
func (p proposal) Declared(context.Context) (intent.Set, error) { return p.set, nil }

// propose declares in a session what a file says, as if the deployment's table held it.
// The policies of the table hold on where the file has none in their place: they are
// somebody else's to write.
func (a *app) propose(ctx context.Context, s *scene, path string, d *live.Deployment) error {
	in := &inputs{app: a}
	records := in.records(ctx, []string{path})
	if err := in.err(); err != nil {
		return err
	}
	items, err := d.Intents().ListCluster(ctx, intent.Everything)
	if err != nil {
		return live.Advise(err)
	}
	lookup, err := s.lookup(ctx)
	if err != nil {
		return err
	}
	lookup.InForce = recordsOf(items)
	s.declare(operate.Understand(records, lookup), d.DefaultMode(), path)
	return nil
}

// declare takes what was understood of a file for what is declared.
func (s *scene) declare(u operate.Understood, mode intent.Mode, path string) {
	u.Set.Policies = u.Set.Policies.DefaultTo(mode)
	s.problems, s.declaredIn = u.Problems, path
	s.session.Runner.Intents = proposal{u.Set}
}

// accountScene looks at an account in which cachegate is not deployed: nothing is declared
// there but what a file says, and nothing is claimed.
func (a *app) accountScene(ctx context.Context, f sceneFlags, clock func() time.Time) (*scene, error) {
	in := &inputs{app: a}
	var records []intent.Record
	if f.intents != "" {
		records = in.records(ctx, []string{f.intents})
	}
	if err := in.err(); err != nil {
		return nil, err
	}
	account, err := a.findAccount(ctx, f)
	if err != nil {
		return nil, err
	}
	session := accountSession(account, clock)
	if f.now != "" {
		session.At = clock()
	}
	s := &scene{
		session: session, account: account.ID, where: account.Where(),
		lookup: func(ctx context.Context) (operate.Lookup, error) {
			found, failure := a.lookupWith(ctx, session)
			found.Place = account.Where()
			return found, failure
		},
		prepare: func(context.Context) error { return nil },
	}
	if f.intents == "" {
		return s, nil
	}
	lookup, err := s.lookup(ctx)
	if err != nil {
		return nil, err
	}
	s.declare(operate.Understand(records, lookup), intent.Observe, f.intents)
	return s, nil
}

func (a *app) findAccount(ctx context.Context, f sceneFlags) (*live.Account, error) {
	p := a.newProgress("looking at the account", unknownLength)
	defer p.end()
	return live.FindAccount(ctx, a.load, f.options(a.environment), f.account)
}

// accountSession makes a session that reads an account, on a ledger that knows nothing.
func accountSession(account *live.Account, clock func() time.Time) *operate.Session {
	clients := observe.NewClients(account.Config, elasticache.New)
	memory := ledger.NewMemory()
	return &operate.Session{
		Clients: clients,
		Runner: &reconcile.Runner{
			Clients: clients, Ledger: memory, Intents: proposal{}, Locations: account.Locations, Deployment: live.DefaultStack,
			Owner: rand.Text(), Clock: clock, Log: slog.New(slog.DiscardHandler),
		},
		Dispatcher: &dispatch.Dispatcher{Index: memory, Claims: memory, Journal: memory, Clock: clock},
	}
}
