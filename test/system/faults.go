package system

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/aws/smithy-go"

	"github.com/cachegate/cachegate/shared/awssim"
)

// Kind is a kind of fault.
type Kind string

// The kinds of fault. Those of the first group strike a call.
const (
	FailsBefore  Kind = "a call fails before its effect"
	FailsAfter   Kind = "a call fails after its effect"
	Throttled    Kind = "calls are throttled"
	AnswersLate  Kind = "a call is answered late"
	AnswersPart  Kind = "a list is answered in part"
	LedgerBefore Kind = "the ledger fails before its effect"
	LedgerAfter  Kind = "the ledger fails after its effect"
	TableFails   Kind = "the intents table cannot be read"
	StopsBefore  Kind = "a process stops before a call's effect"
	StopsAfter   Kind = "a process stops after a call's effect"
	StandsStill  Kind = "a process stands still"

	Lags       Kind = "reads lag behind writes"
	ClockSkew  Kind = "a clock is wrong"
	ClockJumps Kind = "a clock jumps"

	EventLost    Kind = "an event is lost"
	EventDoubled Kind = "an event comes twice"
	EventLate    Kind = "an event comes late"
	EventEarlier Kind = "events come in another order"
	WakeDoubled  Kind = "a wake-up comes twice"
	ScheduleLost Kind = "a schedule does not fire"
)

// What is no fault of a machine, and is counted with them.
const (
	ByPeople          Kind = "somebody changes the network"
	ByTool            Kind = "another tool undoes a change"
	ByDeployment      Kind = "another deployment makes a rule"
	ByLaptop          Kind = "an operator runs a unit at the same time"
	ChangedInRun      Kind = "an intent changes during a run"
	EndedInRun        Kind = "an intent begins or ends during a run"
	ClusterGone       Kind = "a cluster is deleted or changes its groups"
	SwitchedOff       Kind = "the mode changes"
	TableEmptied      Kind = "many intents go at once"
	TwoRunsAtOnce     Kind = "two runs go on at once"
	CrashedWithWrites Kind = "a process stops between its writes"
)

// Kinds are all kinds of fault, in the order in which they are printed.
func Kinds() []Kind {
	return []Kind{
		FailsBefore, FailsAfter, Throttled, AnswersLate, AnswersPart, LedgerBefore, LedgerAfter, TableFails, StopsBefore, StopsAfter, StandsStill,
		Lags, ClockSkew, ClockJumps, EventLost, EventDoubled, EventLate, EventEarlier, WakeDoubled, ScheduleLost,
		ByPeople, ByTool, ByDeployment, ByLaptop, ChangedInRun, EndedInRun, ClusterGone, SwitchedOff, TableEmptied, TwoRunsAtOnce, CrashedWithWrites,
	}
}

// machineKinds are the kinds that are faults of machines.
func machineKinds() []Kind {
	all := Kinds()
	return all[:slices.Index(all, ByPeople)]
}

// Fault strikes what is next at or after a time.
type Fault struct {
	Kind Kind
	// At is the time from the start of the history.
	At time.Duration
	// Call is what the name of the call begins with that it strikes; empty is any that
	// the kind can strike. For clocks it is the process.
	Call string `json:",omitempty"`
	// For is how long it lasts: what is late, stands still, lags, or by how much a clock
	// is wrong.
	For time.Duration `json:",omitempty"`
	// Times is how many it strikes; zero is one.
	Times int `json:",omitempty"`
	// Skip is how many calls it lets pass first: else it would always strike the first call
	// of a run.
	Skip int `json:",omitempty"`
	// Pick chooses what is left out of a list.
	Pick int `json:",omitempty"`
}

// last is when a fault is over at the latest, where anything is there to strike.
func (f Fault) last() time.Duration {
	switch f.Kind {
	case ClockSkew:
		return 0
	default:
		return f.At + f.For
	}
}

// blow is what strikes one call.
type blow struct {
	wait, frozen time.Duration
	stops, after bool
	err          error
	partly       bool
	pick         int
}

// armed is a fault that has something left to strike.
type armed struct {
	Fault
	left int
}

// errLost is what a caller sees whose answer is lost.
var errLost = errors.New("the answer was lost on the way")

// strikes says whether a kind can strike a call.
func (k Kind) strikes(p *process, c call) bool {
	service := c.service()
	network := service == "ec2" || service == "elasticache" || service == "directconnect"
	switch k {
	case FailsBefore:
		return service != "ledger" && service != "dynamodb"
	case AnswersLate:
		return true
	case FailsAfter:
		return c.writes() || service == "sqs" || service == "sns" || service == "events" || service == "scheduler"
	case Throttled:
		return network
	case AnswersPart:
		return network && !c.writes() && partial(c.name)
	case LedgerBefore, LedgerAfter:
		return service == "ledger"
	case TableFails:
		return service == "dynamodb"
	case StopsBefore, StopsAfter:
		return true
	case StandsStill:
		return p.name == laptopName || p.isWorker()
	default:
		return false
	}
}

// partial are the lists that may lack something, as they did in the faults that were
// found: what ElastiCache and EC2 list of clusters, their subnets, rules and routes.
func partial(name string) bool {
	return slices.Contains([]string{
		"elasticache:DescribeCacheClusters", "elasticache:DescribeReplicationGroups", "elasticache:DescribeCacheSubnetGroups",
		"elasticache:DescribeServerlessCaches", "ec2:DescribeSubnets", "ec2:DescribeSecurityGroupRules",
	}, name)
}

// strike gives what strikes a call now.
func (s *System) strike(p *process, c call) blow {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return blow{}
	}
	now := s.elapsed()
	for i := range s.armed {
		f := &s.armed[i]
		if f.left == 0 || now < f.At || !f.Kind.strikes(p, c) || f.Call != "" && !strings.HasPrefix(c.name, f.Call) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		f.left--
		s.struck(f.Kind)
		s.tell("FAULT %s: %s by %s", f.Kind, c.name, p.name)
		if (f.Kind == StopsBefore || f.Kind == StopsAfter) && p.wrote > 0 {
			s.struck(CrashedWithWrites)
		}
		return f.blow()
	}
	return blow{}
}

func (f *armed) blow() blow {
	b := blow{pick: f.Pick}
	switch f.Kind {
	case FailsBefore:
		b.err = &smithy.GenericAPIError{Code: "InternalError", Message: "an internal error has occurred"}
	case FailsAfter, LedgerAfter:
		b.err, b.after = errLost, true
	case Throttled:
		b.err = &smithy.GenericAPIError{Code: "RequestLimitExceeded", Message: "Request limit exceeded."}
	case LedgerBefore, TableFails:
		b.err = &smithy.GenericAPIError{Code: "ProvisionedThroughputExceededException", Message: "the table is throttled"}
	case AnswersLate:
		b.wait = f.For
	case AnswersPart:
		b.partly = true
	case StopsBefore:
		b.stops = true
	case StopsAfter:
		b.stops, b.after = true, true
	case StandsStill:
		b.frozen = f.For
	default: // the others strike no call
	}
	return b
}

// apart is how far what is set for the same time is kept apart, by its kind.
const apart = time.Microsecond

// startFaults sets what does not wait for a call.
func (s *System) startFaults() {
	for n, f := range s.history.Faults {
		s.armed = append(s.armed, armed{f, max(f.Times, 1)})
		at := f.At + apart + time.Duration(n) // no two things happen at once
		switch f.Kind {
		case Lags:
			s.later(at, func() { s.sim.Lag(awssim.Lag{Reads: max(f.Times, 1)}); s.lagging = true })
			s.later(at+f.For, func() { s.sim.NoLag(); s.lagging = false })
		case ClockJumps:
			s.later(at, func() { s.jump(f) })
		case ClockSkew:
			s.struck(ClockSkew)
		default:
		}
	}
}

func (s *System) skewOf(process string) time.Duration {
	for _, f := range s.history.Faults {
		if f.Kind == ClockSkew && f.Call == process {
			return f.For
		}
	}
	return 0
}

// jump sets the clock of a process.
func (s *System) jump(f Fault) {
	for _, p := range s.processes {
		if p.name == f.Call {
			p.mu.Lock()
			p.skew = f.For
			p.mu.Unlock()
			s.struck(ClockJumps)
			s.tell("FAULT %s: that of %s is wrong by %s from now on", ClockJumps, p.name, f.For)
		}
	}
}

// hits says whether a fault of a kind that strikes no call strikes now.
func (s *System) hits(kind Kind) (Fault, bool) {
	now := s.elapsed()
	for i := range s.armed {
		if f := &s.armed[i]; f.Kind == kind && f.left > 0 && now >= f.At {
			f.left--
			s.struck(kind)
			return f.Fault, true
		}
	}
	return Fault{}, false
}
