package reconcile_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/reconcile"
)

var errCrashed = errors.New("the process is gone")

// crasher counts the calls of a process, and lets it die at one of them: no later
// call, to AWS or to the ledger, is answered.
type crasher struct {
	mu     sync.Mutex
	left   int
	dead   bool
	cancel context.CancelFunc
}

func (c *crasher) tick() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left--; c.left < 0 {
		c.dead = true
		c.cancel()
		return errCrashed
	}
	return nil
}

// mortalLedger is a ledger whose process may die before any call.
type mortalLedger struct {
	ledger.Ledger
	*crasher
}

func (l mortalLedger) Claims(ctx context.Context, u network.Unit, p []change.Point) ([]change.Claim, error) {
	if err := l.tick(); err != nil {
		return nil, err
	}
	return l.Ledger.Claims(ctx, u, p)
}

func (l mortalLedger) Intend(ctx context.Context, c change.Claim) (change.Claim, bool, error) {
	if err := l.tick(); err != nil {
		return change.Claim{}, false, err
	}
	return l.Ledger.Intend(ctx, c)
}

func (l mortalLedger) Wrote(ctx context.Context, key, rule string) error {
	return l.then(func() error { return l.Ledger.Wrote(ctx, key, rule) })
}

func (l mortalLedger) Stand(ctx context.Context, key, rule string) error {
	return l.then(func() error { return l.Ledger.Stand(ctx, key, rule) })
}

func (l mortalLedger) Hold(ctx context.Context, key string, add, drop []change.Holder) error {
	return l.then(func() error { return l.Ledger.Hold(ctx, key, add, drop) })
}

func (l mortalLedger) Leave(ctx context.Context, key string, drop []change.Holder) (bool, error) {
	if err := l.tick(); err != nil {
		return false, err
	}
	return l.Ledger.Leave(ctx, key, drop)
}

func (l mortalLedger) Closed(ctx context.Context, key string) error {
	return l.then(func() error { return l.Ledger.Closed(ctx, key) })
}

func (l mortalLedger) Release(ctx context.Context, key string) error {
	return l.then(func() error { return l.Ledger.Release(ctx, key) })
}

func (l mortalLedger) Depend(ctx context.Context, lease ledger.Lease, j ledger.Judged) (bool, error) {
	if err := l.tick(); err != nil {
		return false, err
	}
	return l.Ledger.Depend(ctx, lease, j)
}

func (l mortalLedger) ClaimsAt(ctx context.Context, u network.Unit, held []string, p []change.Point) ([]change.Claim, error) {
	if err := l.tick(); err != nil {
		return nil, err
	}
	return l.Ledger.ClaimsAt(ctx, u, held, p)
}

func (l mortalLedger) Take(ctx context.Context, u network.Unit, owner string, now time.Time, ttl time.Duration, repaired time.Time) (ledger.Lease, ledger.Known, error) {
	if err := l.tick(); err != nil {
		return ledger.Lease{}, ledger.Known{}, err
	}
	return l.Ledger.Take(ctx, u, owner, now, ttl, repaired)
}

func (l mortalLedger) Begin(ctx context.Context, lease ledger.Lease, r ledger.Run) error {
	return l.then(func() error { return l.Ledger.Begin(ctx, lease, r) })
}

func (l mortalLedger) Finish(ctx context.Context, lease ledger.Lease, r ledger.Run, live []finding.Finding, repaired map[string]string, recovered ...ledger.Run) error {
	return l.then(func() error { return l.Ledger.Finish(ctx, lease, r, live, repaired, recovered...) })
}

func (l mortalLedger) Check(ctx context.Context, lease ledger.Lease, now time.Time) error {
	return l.then(func() error { return l.Ledger.Check(ctx, lease, now) })
}

func (l mortalLedger) then(do func() error) error {
	if err := l.tick(); err != nil {
		return err
	}
	return do()
}

// foreignRule is one that somebody made by hand.
const foreignRule = "10.0.77.0/24"

// crash runs the unit once, and lets the process die at its nth call. It gives what was
// written, as "RevokeSecurityGroupIngress", and false where the run ended before that.
func (s *scenario) crash(n int) (wrote []string, died bool) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	c := &crasher{left: n, cancel: cancel}
	s.Sim.OnCall(func(context.Context, awssim.Call) error {
		if c == nil {
			return nil
		}
		return c.tick()
	})
	r := *s.Runner
	r.Ledger = mortalLedger{s.Ledger, c}
	mark := s.mark()
	_, err := r.Run(ctx, cacheUnit(), reconcile.Wake{Trigger: "test"})
	died = c.dead || err != nil
	c = nil
	return s.writesSince(mark), died
}

// recorded gives the actions of all changes that any run record says were applied, and
// the kinds of the findings that any run told.
func (s *scenario) recorded() (applied, told []string) {
	for _, run := range s.Ledger.Runs() {
		for _, c := range run.Changes {
			if c.Outcome == change.Applied {
				applied = append(applied, string(c.Action))
			}
		}
		for _, f := range run.Told {
			told = append(told, string(f.Kind))
		}
	}
	return applied, told
}

func TestARunThatIsCutOffAtAnyCall(t *testing.T) {
	const one, two = "- {cluster: sessions, name: orders, source: 10.1.1.0/24, path: peering}", "- {cluster: sessions, name: two, source: 10.1.1.0/25, path: peering}"
	for name, life := range map[string]struct{ before, after string }{
		"opens":                  {"[]", one},
		"closes":                 {one, "[]"},
		"swaps":                  {one, two},
		"revokes a foreign rule": {"[]", "- {cluster: \"*\", name: \"*\", undeclared: revoke}\n" + two},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n := 0; ; n++ {
				s := start(t, peered, life.before)
				s.sweep()
				if strings.HasPrefix(name, "revokes") {
					must[*ec2.AuthorizeSecurityGroupIngressOutput](t)(s.admin(cacheAccount).AuthorizeSecurityGroupIngress(t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{
						GroupId: aws.String("sg-0c"), IpProtocol: aws.String("tcp"), FromPort: aws.Int32(6379), ToPort: aws.Int32(6379), CidrIp: aws.String(foreignRule),
					}))
				}
				s.declare(life.after)
				wrote, died := s.crash(n)
				if !died {
					t.Logf("%d calls, each of them the last of a process", n)
					return
				}
				s.now = s.now.Add(visible)
				for range 3 {
					s.sweep()
					s.run(cacheUnit())
				}
				s.accountedFor(n, wrote, name, life.after)
			}
		})
	}
}

// accountedFor says that what a run wrote that died is on record, told, and taken back
// where nothing is declared.
func (s *scenario) accountedFor(n int, wrote []string, name, declared string) {
	s.t.Helper()
	applied, told := s.recorded()
	for _, w := range wrote {
		if !slices.Contains(applied, w) {
			s.t.Errorf("call %d: %s was made, and no run record holds it", n, w)
		}
	}
	if strings.HasPrefix(name, "revokes") && slices.Contains(wrote, "RevokeSecurityGroupIngress") && !slices.Contains(told, "access-undeclared") {
		s.t.Errorf("call %d: a rule of somebody else's was revoked, and nobody is told", n)
	}
	if left := len(s.sources("sg-0c")); declared == "[]" && left > 0 {
		s.t.Errorf("call %d: %d rules stay open", n, left)
	}
}

// throttledRecord cannot be written while fail is set.
type throttledRecord struct {
	ledger.Ledger
	fail *bool
}

func (f throttledRecord) Finish(ctx context.Context, lease ledger.Lease, r ledger.Run, live []finding.Finding, repaired map[string]string, recovered ...ledger.Run) error {
	if *f.fail {
		return errors.New("the table is throttled")
	}
	return f.Ledger.Finish(ctx, lease, r, live, repaired, recovered...)
}

func TestARunWhoseRecordFails(t *testing.T) {
	s := start(t, sameVPC, "- {cluster: \"*\", name: \"*\", undeclared: revoke}\n"+orders)
	s.sweep()
	s.allowCIDR("sg-0c", foreignRule)
	fail := false
	s.Runner.Ledger = throttledRecord{s.Runner.Ledger, &fail}
	s.Sim.OnCall(func(_ context.Context, c awssim.Call) error {
		if c.Operation == "ec2:RevokeSecurityGroupIngress" {
			fail = true
		}
		return nil
	})
	if _, err := s.Run(t.Context(), cacheUnit(), reconcile.Wake{Trigger: "test"}); err == nil {
		t.Fatal("the run ended well: nothing failed")
	}
	fail = false
	report := s.run(cacheUnit())
	revoked := slices.ContainsFunc(report.Recovered, func(c change.Change) bool { return c.Rule.Peer.String() == foreignRule })
	told := slices.ContainsFunc(report.Told, func(f finding.Finding) bool { return strings.Contains(f.Title, foreignRule) })
	if !revoked || !told {
		t.Errorf("the next run has the revoked rule on record: %v, and tells of it: %v", revoked, told)
	}
}

// indexed counts what is written to the ledger once a lease is lost.
type indexed struct {
	ledger.Ledger
	lost   *bool
	writes int
}

func (i *indexed) count() {
	if *i.lost {
		i.writes++
	}
}

func (i *indexed) Depend(ctx context.Context, lease ledger.Lease, j ledger.Judged) (bool, error) {
	changed, err := i.Ledger.Depend(ctx, lease, j)
	if err == nil {
		i.count()
	}
	return changed, err
}

func (i *indexed) Stand(ctx context.Context, key, rule string) error {
	i.count()
	return i.Ledger.Stand(ctx, key, rule)
}

func (i *indexed) Hold(ctx context.Context, key string, add, drop []change.Holder) error {
	i.count()
	return i.Ledger.Hold(ctx, key, add, drop)
}

func TestARunThatLostItsLease(t *testing.T) {
	s := start(t, peered, "- {cluster: sessions, name: orders, source: 10.1.1.0/24, path: peering}")
	lost := false
	counted := &indexed{Ledger: s.Ledger, lost: &lost}
	r := *s.Runner
	r.Ledger = counted
	s.Sim.OnCall(func(ctx context.Context, call awssim.Call) error {
		if !lost && call.Operation == "ec2:CreateRoute" {
			lost = true
			s.now = s.now.Add(20 * time.Minute)
			if _, err := s.Ledger.Acquire(ctx, cacheUnit(), "another process", s.now, time.Minute); err != nil {
				t.Error(err)
			}
		}
		return nil
	})
	if _, err := r.Run(t.Context(), cacheUnit(), reconcile.Wake{Trigger: "test"}); !errors.Is(err, ledger.ErrLeaseLost) {
		t.Errorf("the run gave %v", err)
	}
	if !lost || counted.writes > 0 {
		t.Errorf("the lease was lost: %v; after that the index and claims were written %d times", lost, counted.writes)
	}
}
