package awssim

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go/middleware"
)

// Sim is a running simulation. Its methods may be called from many goroutines; every call to AWS is one step that
// happens wholly or not at all.
type Sim struct {
	mu       sync.Mutex
	state    *state
	stale    map[regionKey][]*staleView
	faults   []*fault
	lags     []Lag
	hooks    []Hook
	calls    map[string]int
	writes   []Write
	records  []record
	taken    int // records that TakeEvents has given out
	sequence uint64

	clock    func() time.Time
	seed     uint64
	pageSize int
	quotas   Quotas
	failures bool // failed calls and dry runs make events too
}

// Option sets up a Sim.
type Option func(*Sim)

// WithClock sets the clock that stamps events and new resources; without one, time stands at a fixed moment and
// moves a second with every write, so that runs repeat exactly.
func WithClock(clock func() time.Time) Option { return func(s *Sim) { s.clock = clock } }

// WithSeed sets what new ids are made from. The same seed and calls give the same ids.
func WithSeed(seed uint64) Option { return func(s *Sim) { s.seed = seed } }

// WithPageSize makes reads that ask for no page size answer in pages of n, as AWS may do at any time.
func WithPageSize(n int) Option { return func(s *Sim) { s.pageSize = n } }

// WithQuotas sets the account quotas that writes run into; those left zero keep AWS's default.
func WithQuotas(q Quotas) Option { return func(s *Sim) { s.quotas = q.withDefaults() } }

// WithFailureEvents makes failed calls and dry runs leave events with an errorCode, as CloudTrail does.
func WithFailureEvents() Option { return func(s *Sim) { s.failures = true } }

// Quotas are the account quotas that a write can run into.
// https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
type Quotas struct {
	RulesPerGroup   int // in each direction, IPv4 and IPv6 counted apart; default 60
	RoutesPerTable  int // that are not propagated, IPv4 and IPv6 counted apart; default 500
	EntriesPerACL   int // in each direction and address family; default 20
	GroupsPerRegion int // default 2500
}

func (q Quotas) withDefaults() Quotas {
	for _, quota := range [...]struct {
		value    *int
		standard int
	}{{&q.RulesPerGroup, 60}, {&q.RoutesPerTable, 500}, {&q.EntriesPerACL, 20}, {&q.GroupsPerRegion, 2500}} {
		if *quota.value == 0 {
			*quota.value = quota.standard
		}
	}
	return q
}

// New starts a simulation from a world, which stays as it is. It costs next to nothing.
func New(w *World, opts ...Option) *Sim {
	s := &Sim{quotas: Quotas{}.withDefaults(), calls: map[string]int{}}
	// A world is shared by simulations that may run at once: only its state's map is read, under nobody's token.
	s.state = w.state.fork()
	for _, opt := range opts {
		opt(s)
	}
	return s
}

// Clone returns an independent simulation with the same network, clock, faults and history. It is cheap: the two
// share everything that neither changes. Hooks are not carried over.
func (s *Sim) Clone() *Sim {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &Sim{
		state: s.state.clone(), lags: append([]Lag(nil), s.lags...), calls: maps.Clone(s.calls),
		writes: slices.Clip(s.writes), records: slices.Clip(s.records),
		taken: s.taken, sequence: s.sequence, clock: s.clock, seed: s.seed, pageSize: s.pageSize, quotas: s.quotas,
		failures: s.failures,
	}
	for _, f := range s.faults {
		c.faults = append(c.faults, f.clone())
	}
	for key, views := range s.stale {
		if c.stale == nil {
			c.stale = map[regionKey][]*staleView{}
		}
		for _, view := range views {
			c.stale[key] = append(c.stale[key], view.clone())
		}
	}
	return c
}

// World returns the network as it is now.
func (s *Sim) World() *World {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &World{state: s.state.clone()}
}

// Actor is who makes the calls of a Config, as CloudTrail will show it.
type Actor struct {
	RoleARN string // the session issuer; empty means an IAM user named Session
	Session string
	// InvokedBy is the AWS service that calls on somebody's behalf, such as elasticache.amazonaws.com.
	InvokedBy string
}

// Config returns a configuration for the SDK's clients that is answered by the simulation: for one account, by default
// in one Region, under one identity. Its retryer is the SDK's standard one without the pauses; a client that brings
// its own retryer waits as that one says.
func (s *Sim) Config(account, region string, as Actor) aws.Config {
	answer := &answering{sim: s, account: account, region: region, actor: as}
	return aws.Config{
		Region:      region,
		Credentials: aws.AnonymousCredentials{},
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) { o.Backoff = noPause{} })
		},
		APIOptions: []func(*middleware.Stack) error{answer.addTo},
	}
}

type noPause struct{}

// BackoffDelay is no delay.
func (noPause) BackoffDelay(int, error) (time.Duration, error) { return 0, nil }

// now is the moment of a write. The caller holds the lock.
func (s *Sim) now() time.Time {
	if s.clock != nil {
		return s.clock().UTC()
	}
	return epoch().Add(time.Duration(len(s.records)) * time.Second)
}

// epoch is where the simulator's own clock starts.
func epoch() time.Time { return time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC) }

// Calls counts the calls so far by service and operation, such as "ec2:DescribeRouteTables". An attempt that the SDK
// makes again counts again.
func (s *Sim) Calls() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.calls)
}

// Write is a call that changed the network.
type Write struct {
	Operation       string // "ec2:CreateRoute"
	Account, Region string
	Actor           Actor
	Time            time.Time
	Input, Output   any // the SDK's types
}

// Writes lists the calls that changed the network, oldest first. Failed calls and dry runs change nothing.
func (s *Sim) Writes() []Write {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Write(nil), s.writes...)
}

// Hook is called before every attempt, and may itself use the simulation: to let somebody else change the network
// just then, or to fail the call with the error that it returns. Attempts are made concurrently, and hooks called so.
type Hook func(ctx context.Context, call Call) error

// Call is one attempt at an operation.
type Call struct {
	Operation       string // "ec2:CreateRoute"
	Account, Region string
	Write           bool
	Actor           Actor
	Input           any // the SDK's type, not to be changed
}

// OnCall adds a hook.
func (s *Sim) OnCall(h Hook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hooks = append(slices.Clip(s.hooks), h)
}
