// Package deployed puts the parts together as they run on AWS, from the settings
// of a deployment and one AWS configuration. Nothing is decided here.
package deployed

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	jitter "math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/cachegate/cachegate/shared/accounts"
	"github.com/cachegate/cachegate/shared/apply"
	"github.com/cachegate/cachegate/shared/dispatch"
	"github.com/cachegate/cachegate/shared/intent/store"
	"github.com/cachegate/cachegate/shared/ledger/dynamo"
	"github.com/cachegate/cachegate/shared/metrics"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/notify"
	"github.com/cachegate/cachegate/shared/observe"
	"github.com/cachegate/cachegate/shared/reconcile"
	"github.com/cachegate/cachegate/shared/resource/elasticache"
	"github.com/cachegate/cachegate/shared/schedule"
	"github.com/cachegate/cachegate/shared/settings"
	"github.com/cachegate/cachegate/shared/wake"
	"github.com/cachegate/cachegate/shared/worker"
)

// intentsFresh is how old the intents may be that a run goes on with: between its
// writes they are read again after this time, the mode at every write.
const intentsFresh = 10 * time.Second

// LeaseTime is a bit more than the longest time of the reconcile function: after
// it, a unit whose run died is free again.
const LeaseTime = 6 * time.Minute

// Dispatch makes the dispatch function. out is where its metrics go.
func Dispatch(cfg aws.Config, s settings.Settings, log *slog.Logger, out io.Writer) *dispatch.Handler {
	ledger := Ledger(cfg, s)
	return &dispatch.Handler{
		Dispatcher: &dispatch.Dispatcher{Index: ledger, Claims: ledger, Journal: ledger, OwnRoles: s.List(settings.OwnRoles), Home: home(cfg, s), Locations: s.Locations(), Clock: time.Now},
		Intents:    store.NewIntents(dynamodb.NewFromConfig(cfg), store.Options{Table: s.Get(settings.IntentsTable), Clock: time.Now}),
		Queue:      Queue(cfg, s),
		Metrics:    &metrics.Emitter{Deployment: s.Get(settings.Deployment), Clock: time.Now, Out: out},
		Log:        log,
	}
}

// Reconcile makes the reconcile function. out is where its metrics go.
func Reconcile(cfg aws.Config, s settings.Settings, log *slog.Logger, out io.Writer) *worker.Worker {
	runner := Runner(cfg, s, log)
	return &worker.Worker{
		Runner: runner.Runner, Queue: Queue(cfg, s), Forget: runner.Intents.Forget, Calls: runner.Clients.Calls,
		Schedules: &schedule.Schedules{
			Client: scheduler.NewFromConfig(cfg), Group: s.Get(settings.ScheduleGroup), Target: s.Get(settings.ScheduleTarget),
			Role: s.Get(settings.ScheduleRole), DeadLetters: s.Get(settings.ScheduleDeadLetters), Clock: time.Now,
		},
		Teller: &notify.Publisher{
			SNS: sns.NewFromConfig(cfg), EventBridge: eventbridge.NewFromConfig(cfg),
			AlertTopic: s.Get(settings.AlertTopic), ChatTopic: s.Get(settings.ChatTopic), Bus: s.Get(settings.Bus),
		},
		Notices: runner.Ledger, RecentEvents: runner.Ledger,
		Metrics: &metrics.Emitter{Deployment: s.Get(settings.Deployment), Clock: time.Now, Out: out},
		Log:     log, Clock: time.Now,
	}
}

// Run is a runner of units and what it was made of.
type Run struct {
	*reconcile.Runner
	Clients *observe.FromConfig
	Intents *store.Intents
}

// Runner makes what reconciles units, for the function and for the command line.
func Runner(cfg aws.Config, s settings.Settings, log *slog.Logger) Run {
	factory := accounts.New(cfg, accounts.Options{
		Account: s.Get(settings.Account), Locations: s.Locations(), Roles: s.SpokeRoles(),
		ExternalID: s.Get(settings.ExternalID), Session: "cachegate", Clock: time.Now,
	})
	clients := observe.NewClients(factory.Config, elasticache.New)
	intents := store.NewIntents(dynamodb.NewFromConfig(cfg), store.Options{
		Table: s.Get(settings.IntentsTable), Clock: time.Now, Fresh: intentsFresh, DefaultMode: s.DefaultMode(),
	})
	return Run{
		Clients: clients, Intents: intents,
		Runner: &reconcile.Runner{
			Clients: clients, Writer: apply.NewClients(factory.Config).For, Ledger: Ledger(cfg, s), Intents: intents,
			Locations: s.Locations(), Home: home(cfg, s), Deployment: s.Get(settings.Deployment), Owner: rand.Text(), LeaseTime: LeaseTime,
			Clock: time.Now, Sleep: Sleep, Log: log,
		},
	}
}

// Ledger makes the ledger of a deployment.
func Ledger(cfg aws.Config, s settings.Settings) *dynamo.Ledger {
	return dynamo.New(dynamodb.NewFromConfig(cfg), dynamo.Options{Table: s.Get(settings.LedgerTable), Sleep: Sleep, Random: jitter.Float64})
}

// home is where the hub is.
func home(cfg aws.Config, s settings.Settings) network.Location {
	return network.Location{Account: s.Get(settings.Account), Region: cfg.Region}
}

// Queue makes the wake queues of a deployment.
func Queue(cfg aws.Config, s settings.Settings) *wake.Queue {
	return &wake.Queue{Client: sqs.NewFromConfig(cfg), URL: s.Get(settings.WakeQueue), LaterURL: s.Get(settings.LaterQueue), Clock: time.Now}
}

// Sleep waits, or until the context ends.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
