package cli

import (
	"context"
	"fmt"

	"github.com/cachegate/cachegate/shared/deployed"
	"github.com/cachegate/cachegate/shared/live"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/wake"
)

// wake asks the deployment for runs of units. That it cannot be asked is told: the next sweep
// runs them.
func (a *app) wake(ctx context.Context, d *live.Deployment, trigger string, quiet bool, units ...network.Unit) {
	if err := a.sendWakes(ctx, d, trigger, units); err != nil {
		fmt.Fprintln(a.stderr, "warning: "+clean(fmt.Sprintf("the deployment could not be woken, and its next sweep goes on with it: %v", live.Told(err))))
		return
	}
	if !quiet {
		a.screen().line(2, in(faint, "%s woken; its run begins within a minute, and `cachegate history` shows it", woken(units)))
	}
}

func woken(units []network.Unit) string {
	if len(units) == 1 {
		return "unit " + units[0].String() + " is"
	}
	return count(len(units), "unit") + " are"
}

func (a *app) sendWakes(ctx context.Context, d *live.Deployment, trigger string, units []network.Unit) error {
	s, err := d.Settings()
	if err != nil {
		return err
	}
	q := deployed.Queue(d.Config, s)
	q.Clock = a.clock
	requests := make([]wake.Request, 0, len(units))
	for _, u := range units {
		requests = append(requests, wake.Request{Unit: u, Trigger: trigger})
	}
	return q.Wake(ctx, requests...)
}
