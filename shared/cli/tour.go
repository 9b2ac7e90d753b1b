package cli

import (
	"context"
	_ "embed" // the tour's world
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/operate"
	"github.com/cachegate/cachegate/shared/reconcile"
	"github.com/cachegate/cachegate/shared/replay"
)

//go:embed tour/world.yaml
var tourWorld []byte

//go:embed tour/intents.yaml
var tourIntents []byte

// tourSeed is what the ids of new resources are made from: the tour is the same
// every time.
const tourSeed = 2026

// tourClock is a clock that the tour sets. It moves on by itself with nothing.
type tourClock struct{ now time.Time }

func (c *tourClock) at(hour, minute int) {
	c.now = time.Date(2026, 11, 2, hour, minute, 0, 0, time.UTC)
}

// guide leads through the tour: it lets others act on the simulated AWS by real
// calls, and puts the events that these leave through cachegate.
type guide struct {
	*run
	sim   *awssim.Sim
	clock *tourClock
	// unit is the one cache VPC of the tour's world.
	unit  network.Unit
	scene int
	// quiet counts the events of cachegate's own changes, which came back.
	quiet int
}

// tour shows what cachegate does, on a small world of its own.
func (a *app) tour(ctx context.Context, flags worldFlags) error {
	clock := &tourClock{}
	clock.at(8, 0)
	world, _, err := awssim.Load("tour/world.yaml", tourWorld)
	if err != nil {
		return fmt.Errorf("loading the tour's world: %w", err)
	}
	now := func() time.Time { return clock.now }
	sim := awssim.New(world, awssim.WithClock(now), awssim.WithSeed(tourSeed))
	set, problems, err := replay.LoadIntents(ctx, "tour/intents.yaml", tourIntents, sim)
	if err == nil && len(problems) > 0 {
		err = problems[0]
	}
	if err != nil {
		return fmt.Errorf("loading the tour's intents: %w", err)
	}
	session := replay.New(sim, set, replay.Options{Clock: now})
	g := &guide{run: a.newRun(flags, session.Session, session.Standing, 0), sim: sim, clock: clock}
	defer g.progress.end()
	g.text.touring = !flags.verbose
	if err := session.Prepare(ctx); err != nil {
		return fmt.Errorf("preparing the tour's world: %w", err)
	}
	if err := g.scenes(ctx); err != nil {
		return fmt.Errorf("scene %d of the tour: %w", g.scene, err)
	}
	if err := g.end(ctx); err != nil {
		return err
	}
	g.farewell()
	return nil
}

// as gives the configuration of somebody who acts in the tour's world.
func (g *guide) as(account, role, session string) aws.Config {
	return g.sim.Config(account, tourRegion, awssim.Actor{RoleARN: "arn:aws:iam::" + account + ":role/" + role, Session: session})
}

// tell begins a scene: what happens, and what to look at.
func (g *guide) tell(title, text string) {
	if g.flags.json {
		return
	}
	if g.scene > 0 {
		title = fmt.Sprintf("%d. %s", g.scene, title)
	}
	g.text.scene(title, text)
}

// arrive puts the events that have been left since through cachegate, until no
// new ones come.
func (g *guide) arrive(ctx context.Context) error {
	for {
		taken := g.sim.TakeEvents()
		if len(taken) == 0 {
			return nil
		}
		for _, data := range taken {
			e, err := events.DecodeOne(data)
			if err != nil {
				return err
			}
			if err := g.receive(ctx, e); err != nil {
				return err
			}
		}
	}
}

func (g *guide) receive(ctx context.Context, e events.Event) error {
	result, err := g.session.Event(ctx, e)
	if err != nil {
		return fmt.Errorf("event %s: %w", e.Name, err)
	}
	g.total.add(result)
	if g.flags.json {
		return g.printJSON(result.View())
	}
	if result.Ignored == events.IgnoredOwnChange {
		g.quiet++
		return nil
	}
	g.text.event(result)
	return nil
}

// wake runs the unit without an event.
func (g *guide) wake(ctx context.Context, trigger string) error {
	report, err := g.session.Run(ctx, g.unit, reconcile.Wake{Trigger: trigger})
	if err != nil {
		return err
	}
	g.total.addChanges(report.Changes)
	if g.flags.json {
		return g.printJSON(operate.ReportView(trigger, report))
	}
	g.text.woken(trigger, g.clock.now, report)
	return nil
}
