package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/cachegate/cachegate/events"
	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/ledger"
	"github.com/cachegate/cachegate/shared/live"
	"github.com/cachegate/cachegate/shared/notify"
	"github.com/cachegate/cachegate/shared/operate"
	"github.com/cachegate/cachegate/shared/reconcile"
	"github.com/cachegate/cachegate/shared/settings"
)

// replayLive runs events on a live account: as a look at what the deployment would
// do, or with --apply as the deployment does it.
func (a *app) replayLive(ctx context.Context, paths []string, flags replayFlags, clock func() time.Time) error {
	in := &inputs{app: a}
	all := in.events(ctx, paths)
	if err := in.err(); err != nil {
		return err
	}
	d, err := a.deployment(ctx, flags.liveFlags)
	if err != nil {
		return err
	}
	session, err := a.liveSession(d, flags.apply)
	if err != nil {
		return err
	}
	if flags.now != "" {
		session.At = clock()
	}
	r := a.newRun(flags.worldFlags, session, nil, len(all))
	if flags.apply {
		if r.teller, err = teller(d); err != nil {
			return err
		}
	}
	defer r.progress.end()
	var standing []access.Judgement
	r.standing = func(ctx context.Context) (found []access.Judgement, err error) {
		standing, err = session.Standing(ctx, slices.Compact(ledger.SortUnits(r.touched)))
		return standing, err
	}
	a.writing = flags.apply
	err = r.events(ctx, all)
	switch {
	case errors.Is(err, ledger.ErrLeased):
		return fmt.Errorf("%w\nthe deployment, or somebody else, is at work on the unit just now: try again when that is over", err)
	case err != nil:
		return failed(err)
	}
	r.sayWritten(d, all)
	a.warnForeign(d.Account, session, standing...)
	return nil
}

// teller tells findings where the deployment tells them.
func teller(d *live.Deployment) (*notify.Publisher, error) {
	s, err := d.Settings()
	return &notify.Publisher{
		SNS: sns.NewFromConfig(d.Config), EventBridge: eventbridge.NewFromConfig(d.Config),
		AlertTopic: s.Get(settings.AlertTopic), ChatTopic: s.Get(settings.ChatTopic), Bus: s.Get(settings.Bus),
	}, err
}

// tell tells what runs that wrote found. What cannot be told stands on the screen,
// and the deployment's next run tells it.
func (r *run) tell(ctx context.Context, reports []reconcile.Report) {
	if r.teller == nil {
		return
	}
	for _, report := range reports {
		outbox := notify.Outbox{Teller: r.teller, Notices: r.session.Runner.Ledger}
		untold, err := outbox.Tell(ctx, report.Unit, report.Told, report.Changes)
		if len(untold) > 0 {
			text := fmt.Sprintf("%s recorded and shown here, but could not be delivered: %v", count(len(untold), "finding"), live.Told(err))
			fmt.Fprintln(r.stderr, "warning: "+clean(text))
		}
	}
}

// sayWritten says whether anything was written, and where.
func (r *run) sayWritten(d *live.Deployment, all []events.Event) {
	switch {
	case r.flags.json || len(all) == 0:
	case r.total.outcomes[change.Applied] > 0:
		r.text.line(0, say("written to the account of %s, under its leases and into its ledger", d.Where()))
	case r.total.outcomes[operate.Due] > 0:
		r.text.line(0, in(caution, "!"), say(" nothing was written to the account of %s: --apply makes the changes that are due", d.Where()))
	default:
		r.text.line(0, say("nothing was written to the account of %s", d.Where()))
	}
}
