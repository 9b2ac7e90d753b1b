package system

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/cachegate/cachegate/shared/apply"
	"github.com/cachegate/cachegate/shared/deployed"
	"github.com/cachegate/cachegate/shared/dispatch"
	"github.com/cachegate/cachegate/shared/intent/store"
	"github.com/cachegate/cachegate/shared/metrics"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/notify"
	"github.com/cachegate/cachegate/shared/observe"
	"github.com/cachegate/cachegate/shared/reconcile"
	"github.com/cachegate/cachegate/shared/resource/elasticache"
	"github.com/cachegate/cachegate/shared/schedule"
	"github.com/cachegate/cachegate/shared/wake"
	"github.com/cachegate/cachegate/shared/worker"
)

// The names of a deployment.
const (
	deploymentName = "prod"
	intentsTable   = "intents"
	wakeURL        = "https://sqs.us-east-1.amazonaws.com/111122223333/wake.fifo"
	laterURL       = "https://sqs.us-east-1.amazonaws.com/111122223333/later.fifo"
	alertTopic     = "arn:aws:sns:us-east-1:111122223333:alerts"
	hubRole        = "arn:aws:iam::111122223333:role/cachegate-reconcile"
	laptopRole     = "arn:aws:iam::111122223333:role/operator"
	laptopName     = "laptop"
	workerName     = "worker-"
	// intentsFresh is as in package deployed.
	intentsFresh = 10 * time.Second
	// laptopLease is the lease of a run from the command line.
	laptopLease = 15 * time.Minute
	// allAtOnce is more than the calls of any read: which of them would have to wait
	// depends on Go's scheduler, and not on the seed.
	allAtOnce = 1000
)

func (p *process) isWorker() bool { return strings.HasPrefix(p.name, workerName) }

// environment is an execution environment of a function: a process that carries out one
// invocation after another, until it stops and another takes its place.
type environment struct {
	*process
	busy     bool
	dispatch *dispatch.Handler
	worker   *worker.Worker
	// fill puts the function into a fresh process.
	fill func(*environment)
}

func (s *System) newEnvironment(name string, fill func(*environment)) *environment {
	e := &environment{process: s.newProcess(name, 0), fill: fill}
	fill(e)
	return e
}

// invoke carries out an invocation beside all else, and says after it whether it came to
// its end and whether the process lives.
func (e *environment) invoke(limit time.Duration, work func(context.Context) bool, after func(ok, alive bool)) {
	e.busy = true
	p, s := e.process, e.sys
	ctx := p.begin(limit)
	s.running.Go(func() {
		ok := work(ctx)
		p.thaw()
		alive := !p.dead()
		p.stop()
		s.locked(func() { //nolint:contextcheck // each invocation has a context of its own, as Lambda gives it
			if !alive {
				s.tell("%s is gone", p.name)
				s.replace(e)
			}
			e.busy = false
			after(ok && alive, alive)
			s.wakes.deliver()
			s.looks.deliver()
		})
	})
}

// replace puts a fresh process in the place of one that is gone.
func (s *System) replace(e *environment) {
	e.process = s.newProcess(e.name, e.life+1)
	e.fill(e)
}

func idle(of []*environment) *environment {
	for _, e := range of {
		if !e.busy {
			return e
		}
	}
	return nil
}

// home is where the hub is.
func home() network.Location { return network.Location{Account: hubAccount, Region: region} }

// locations are those that the deployment may read.
func (s *System) locations() []network.Location {
	out := []network.Location{home()}
	for _, p := range s.history.Shape.places() {
		if p.account == appAccount {
			out = append(out, network.Location{Account: appAccount, Region: region})
		}
	}
	return out
}

func (p *process) hub(ctx context.Context) aws.Config {
	cfg, _ := p.config(hubRole)(ctx, home()) // it never fails
	return cfg
}

func (p *process) intents(fresh time.Duration) *store.Intents {
	return store.NewIntents(dynamodb.NewFromConfig(p.hub(context.Background())), store.Options{Table: intentsTable, Clock: p.now, Fresh: fresh})
}

func (p *process) queue() *wake.Queue {
	return &wake.Queue{Client: sqs.NewFromConfig(p.hub(context.Background())), URL: wakeURL, LaterURL: laterURL, Clock: p.now}
}

// fillDispatch makes the dispatch function, as package deployed does.
func fillDispatch(e *environment) {
	p := e.process
	l := remote{p, p.sys.ledger}
	log := slog.New(slog.DiscardHandler)
	e.dispatch = &dispatch.Handler{
		Dispatcher: &dispatch.Dispatcher{Index: l, Claims: l, Journal: l, OwnRoles: []string{hubRole}, Home: home(), Locations: p.sys.locations(), Clock: p.now},
		Intents:    p.intents(0), Queue: p.queue(), Metrics: &metrics.Emitter{Deployment: deploymentName, Clock: p.now, Out: io.Discard}, Log: log,
	}
}

// runner makes what reconciles units.
func (p *process) runner(role string, lease time.Duration, intents reconcile.Intents) (*reconcile.Runner, *observe.FromConfig) {
	config := p.config(role)
	clients := observe.NewClients(config, elasticache.New)
	clients.InFlight = allAtOnce
	return &reconcile.Runner{
		Clients: clients, Writer: apply.NewClients(config).For, Ledger: remote{p, p.sys.ledger}, Intents: intents, Locations: p.sys.locations(), Home: home(),
		Deployment: deploymentName, Owner: fmt.Sprintf("%s#%d", p.name, p.life), LeaseTime: lease, Clock: p.now, Sleep: deployed.Sleep, Log: slog.New(slog.DiscardHandler),
	}, clients
}

// fillReconcile makes the reconcile function, as package deployed does.
func fillReconcile(e *environment) {
	p := e.process
	ctx := context.Background()
	intents := p.intents(intentsFresh)
	runner, clients := p.runner(hubRole, deployed.LeaseTime, intents)
	l := remote{p, p.sys.ledger}
	e.worker = &worker.Worker{
		Runner: runner, Queue: p.queue(), Forget: intents.Forget, Calls: clients.Calls,
		Schedules: &schedule.Schedules{Client: scheduler.NewFromConfig(p.hub(ctx)), Group: deploymentName, Target: "events", Role: hubRole, DeadLetters: "dead", Clock: p.now},
		Teller: &notify.Publisher{
			SNS: sns.NewFromConfig(p.hub(ctx)), EventBridge: eventbridge.NewFromConfig(p.hub(ctx)), AlertTopic: alertTopic, Bus: deploymentName,
		},
		Notices: l, RecentEvents: l,
		Metrics: &metrics.Emitter{Deployment: deploymentName, Clock: p.now, Out: io.Discard}, Log: slog.New(slog.DiscardHandler), Clock: p.now,
	}
}

// operate runs a unit from a laptop, as the command line does with --live --apply: there
// is no deadline, and the lease is longer.
func (s *System) operate(unit network.Unit) {
	p := s.newProcess(laptopName, s.laptops)
	s.laptops++
	ctx := p.begin(0)
	runner, _ := p.runner(laptopRole, laptopLease, p.intents(intentsFresh))
	s.running.Go(func() {
		report, err := runner.Run(ctx, unit, reconcile.Wake{Trigger: "command line"})
		p.thaw()
		if p.dead() {
			err = errGone // which of its calls it died in first, Go's scheduler decides
		}
		p.stop()
		s.locked(func() { s.tell("%s ran %s: %d changes, error %v", p.name, unit, len(report.Changes), err) })
	})
}
