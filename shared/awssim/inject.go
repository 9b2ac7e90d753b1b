package awssim

import (
	"github.com/aws/smithy-go"
)

// Injection makes calls fail. Empty fields match everything.
type Injection struct {
	Operation       string // "ec2:CreateRoute", or "CreateRoute"
	Account, Region string
	ResourceID      string // an id or cache name that the request names
	Code            string // the API error code
	Message         string
	Err             error // instead of Code: any other error, such as a time-out
	Times           int   // how often; 0 is for ever
	Every           int   // only each n-th call that matches; 0 and 1 are each
	After           bool  // a write happens and then fails to the caller, like an answer lost on the way
}

type fault struct {
	Injection
	matched, failed int
}

func (f *fault) clone() *fault { c := *f; return &c }

// Fail adds an injection. They are tried in the order they were added.
func (s *Sim) Fail(i Injection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &fault{Injection: i})
}

// Throttle makes an operation fail with the service's throttling error for the next calls, in every account.
func (s *Sim) Throttle(operation string, times int) {
	s.Fail(Injection{Operation: operation, Code: throttled, Times: times})
}

// Heal removes every injection.
func (s *Sim) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// throttled stands for the throttling code of whichever service is called.
const throttled = "awssim:throttled"

// fault finds the injection that a call runs into. The caller holds the lock.
func (s *Sim) fault(c *call) *fault {
	for _, f := range s.faults {
		if !f.matches(c) || f.Times > 0 && f.failed >= f.Times {
			continue
		}
		f.matched++
		if f.Every > 1 && f.matched%f.Every != 0 {
			continue
		}
		f.failed++
		return f
	}
	return nil
}

func (f *fault) matches(c *call) bool {
	if f.Operation != "" && f.Operation != c.op.name && f.Operation != c.op.qualified {
		return false
	}
	if f.Account != "" && f.Account != c.account || f.Region != "" && f.Region != c.region {
		return false
	}
	return f.ResourceID == "" || mentions(c.input, f.ResourceID)
}

func (f *fault) err(c *call) error {
	if f.Err != nil {
		return f.Err
	}
	code, message := f.Code, f.Message
	if code == throttled {
		code, message = c.op.service.throttleCode, "Rate exceeded"
	}
	if message == "" {
		message = "injected"
	}
	return &smithy.GenericAPIError{Code: code, Message: message, Fault: smithy.FaultClient}
}

// Lag switches eventual consistency on: after a write, reads show the network as it was before.
type Lag struct {
	Account, Region string // where; empty is everywhere
	ResourceID      string // only what this resource shows is late; empty is the whole Region
	Reads           int    // how many reads after each write are late
}

// Lag adds a lag. Lag{} with Reads 0 for a place takes nothing away; NoLag does.
func (s *Sim) Lag(l Lag) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lags = append(s.lags, l)
}

// NoLag makes every read show the network as it is.
func (s *Sim) NoLag() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lags, s.stale = nil, nil
}

// staleView is what the next reads in a Region see.
type staleView struct {
	before   *state
	resource string
	reads    int
}

func (v *staleView) clone() *staleView { c := *v; return &c }

// remember keeps the state before a write for the reads that come too early. The caller holds the lock.
func (s *Sim) remember(c *call, before *state) {
	for _, lag := range s.lags {
		if lag.Reads <= 0 || lag.Account != "" && lag.Account != c.account || lag.Region != "" && lag.Region != c.region {
			continue
		}
		if lag.ResourceID != "" && !mentions(c.input, lag.ResourceID) {
			continue
		}
		if s.stale == nil {
			s.stale = map[regionKey][]*staleView{}
		}
		key := regionKey{c.account, c.region}
		s.stale[key] = append(s.stale[key], &staleView{before: before, resource: lag.ResourceID, reads: lag.Reads})
	}
}

// seen is the state that a read is answered from: the oldest view that is still late, or the present one. The caller
// holds the lock.
func (s *Sim) seen(c *call) *state {
	key := regionKey{c.account, c.region}
	views := s.stale[key]
	if len(views) == 0 {
		return s.state
	}
	shown := s.state
	var left []*staleView
	whole := false
	for _, view := range views {
		if view.reads--; view.reads > 0 {
			left = append(left, view)
		}
		switch {
		case whole:
		case view.resource == "":
			shown, whole = view.before, true
		default:
			if shown == s.state {
				shown = s.state.clone()
			}
			shown.edit(c.account, c.region).restore(shown.owner, view.before.region(c.account, c.region), view.resource)
		}
	}
	s.stale[key] = left
	return shown
}
