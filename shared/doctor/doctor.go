// Package doctor checks a deployment from what its ledger and its queues show, and says what to
// mend.
//
// It writes nothing, and takes what it may not read for unknown, never for well.
package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/finding"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/record"
)

// State is what a check found.
type State string

// The states of a check.
const (
	Well    State = "well"
	Notice  State = "notice" // somebody should know, and it works
	Broken  State = "broken"
	Unknown State = "unknown" // it could not be read
)

// Check is one thing that was looked at.
type Check struct {
	Name  string
	State State
	// Says is what was found, Mend what to do; empty where there is nothing to do.
	Says, Mend string
}

// Ledger is what is read of the ledger.
type Ledger interface {
	record.Ledger
	Pending(ctx context.Context, unit network.Unit) ([]ledger.Notice, error)
	EventsSince(ctx context.Context, unit network.Unit, since time.Time) ([]events.Event, error)
}

// Queue is a queue with the one that takes what it could not deliver.
type Queue struct {
	Name string
	// Waiting and Dead count messages; Err says why they could not be counted.
	Waiting, Dead int
	Err           error
}

const (
	// looksWithin is twice the sweep of an hour, which is the default, and some minutes.
	looksWithin = 2*time.Hour + 10*time.Minute
	// underWay is longer than a run takes, and its lease.
	underWay = 15 * time.Minute
	// eventsWithin is how long events are kept.
	eventsWithin = 23 * time.Hour
	// backlog is how many messages wait where a queue is not drained.
	backlog = 1000
)

// Examine looks at the units of a deployment, at what waits in them, and at its queues.
func Examine(ctx context.Context, l Ledger, queues []Queue, now time.Time) []Check {
	reader := record.Reader{Ledger: l}
	units, err := reader.Units(ctx, "")
	if err != nil {
		return append([]Check{unread("ledger", err)}, queueChecks(queues)...)
	}
	checks := []Check{{Name: "ledger", State: Well, Says: fmt.Sprintf("it can be read, and knows %d units", len(units))}}
	if len(units) == 0 {
		checks[0].State, checks[0].Mend = Notice, "nothing was looked at yet: declare something (cachegate intents apply), or wait for the first sweep"
	}
	for _, check := range []func(context.Context, Ledger, []network.Unit, time.Time) Check{lastRuns, cutOff, unsent, arrived, waiting, unhealthy} {
		checks = append(checks, check(ctx, l, units, now))
	}
	return append(checks, queueChecks(queues)...)
}

func unread(name string, err error) Check {
	return Check{Name: name, State: Unknown, Says: "it could not be read: " + err.Error(), Mend: "allow it to whoever these credentials are of"}
}

// verdict is well where nothing was found.
func verdict(name, well string, found []string, bad State, says, mend string) Check {
	if len(found) == 0 {
		return Check{Name: name, State: Well, Says: well}
	}
	const named = 5
	text := strings.Join(found[:min(len(found), named)], ", ")
	if more := len(found) - named; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return Check{Name: name, State: bad, Says: says + ": " + text, Mend: mend}
}

// lastRuns looks for units that were not looked at for longer than twice the sweep.
func lastRuns(ctx context.Context, l Ledger, units []network.Unit, now time.Time) Check {
	var stale []string
	for _, u := range units {
		runs, err := l.Runs(ctx, u, now.Add(-looksWithin), time.Time{})
		if err != nil {
			return unread("runs", err)
		}
		findings, err := l.Findings(ctx, u)
		if err != nil {
			return unread("runs", err)
		}
		claims, err := l.Claims(ctx, u, nil)
		if err != nil {
			return unread("runs", err)
		}
		if len(runs) == 0 && len(findings)+len(claims) > 0 { // else a sweep leaves it out
			stale = append(stale, u.String())
		}
	}
	return verdict("runs", "every unit with something to look after was looked at in the last two hours", stale, Broken,
		"not looked at for two hours", "look at the alarms and the dead-letter queue (with a sweep of more than an hour it may be right); cachegate run UNIT looks now")
}

// cutOff looks for runs that began and did not end.
func cutOff(ctx context.Context, l Ledger, units []network.Unit, now time.Time) Check {
	var found []string
	for _, u := range units {
		begun, err := l.Begun(ctx, u)
		if err != nil {
			return unread("cut off", err)
		}
		for _, r := range begun {
			if now.Sub(r.At) > underWay {
				found = append(found, r.ID+" of "+u.String())
			}
		}
	}
	return verdict("cut off", "no run was cut off", found, Notice, "runs were cut off, and no later one found out what they did", "cachegate run UNIT finds out")
}

// unsent looks for findings that could not be told.
func unsent(ctx context.Context, l Ledger, units []network.Unit, _ time.Time) Check {
	var found []string
	for _, u := range units {
		pending, err := l.Pending(ctx, u)
		if err != nil {
			return unread("messages", err)
		}
		for _, n := range pending {
			found = append(found, n.Finding.Handle())
		}
	}
	return verdict("messages", "everything was told", found, Broken, "not told yet", "look whether the topics and the bus are there, and may be published to")
}

// arrived looks whether any event reached the deployment lately.
func arrived(ctx context.Context, l Ledger, units []network.Unit, now time.Time) Check {
	n := 0
	for _, u := range units {
		came, err := l.EventsSince(ctx, u, now.Add(-eventsWithin))
		if err != nil {
			return unread("events", err)
		}
		n += len(came)
	}
	if n > 0 || len(units) == 0 {
		return Check{Name: "events", State: Well, Says: fmt.Sprintf("%d that concern a unit came in the last day", n)}
	}
	return Check{
		Name: "events", State: Notice, Says: "none that concerns a unit came in the last day",
		Mend: "where something did change, look whether a CloudTrail trail logs write management events in each account and Region, and whether the rules are enabled",
	}
}

// waiting looks for plans that wait for a person.
func waiting(ctx context.Context, l Ledger, units []network.Unit, now time.Time) Check {
	var found []string
	for _, u := range units {
		t, waits, err := l.Tripped(ctx, u)
		if err != nil {
			return unread("approvals", err)
		}
		if waits && !t.Approval.Live(now) {
			found = append(found, t.Hash)
		}
	}
	return verdict("approvals", "no plan waits for a person", found, Notice, "plans wait for a person", "cachegate approve shows them")
}

// unhealthy looks for findings about cachegate itself.
func unhealthy(ctx context.Context, l Ledger, units []network.Unit, _ time.Time) Check {
	var found []string
	for _, u := range units {
		open, err := l.Findings(ctx, u)
		if err != nil {
			return unread("health", err)
		}
		for _, f := range open {
			if slices.Contains([]finding.Kind{finding.UnitUnreadable, finding.SystemUnhealthy}, f.Kind) {
				found = append(found, f.Handle()+" "+f.Title)
			}
		}
	}
	return verdict("health", "every unit can be read", found, Broken, "findings about cachegate itself are open", "cachegate show FINDING says what to do")
}

func queueChecks(queues []Queue) []Check {
	var out []Check
	for _, q := range queues {
		c := Check{Name: "queue " + q.Name, State: Well, Says: fmt.Sprintf("%d messages wait, none is dead", q.Waiting)}
		switch {
		case q.Err != nil:
			c = unread(c.Name, q.Err)
		case q.Dead > 0:
			c.State, c.Says = Broken, fmt.Sprintf("%d messages could not be delivered", q.Dead)
			c.Mend = "read why in the function's log, then move them back: aws sqs start-message-move-task"
		case q.Waiting > backlog:
			c.State, c.Says, c.Mend = Broken, fmt.Sprintf("%d messages wait", q.Waiting), "look whether the function runs, and is throttled"
		}
		out = append(out, c)
	}
	return out
}
