package cli

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/spf13/cobra"

	"github.com/cachegate/cachegate/shared/deployed"
	"github.com/cachegate/cachegate/shared/doctor"
	"github.com/cachegate/cachegate/shared/live"
	"github.com/cachegate/cachegate/shared/settings"
)

func (a *app) doctorCommand() *cobra.Command {
	var flags liveFlags
	var asJSON bool
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Check whether a deployment works, and say what to fix",
		Long: "doctor looks at what the ledger and the queues of a deployment show: units that nobody looked at, runs that\n" +
			"were cut off, findings that were not delivered, events that do not arrive, plans that wait for a person, messages\n" +
			"that are stuck or dead. It writes nothing. What it may not read is unknown, and does not count as well.\n\n" +
			"Exit status: 0 all is well, 1 something is not, or is unknown, 2 bad usage, or there is no deployment.",
		Example: "  cachegate doctor\n" +
			"  cachegate doctor --json | jq -r 'select(.state == \"broken\").mend'",
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.doctor(c.Context(), flags, asJSON)
		},
	}
	flags.add(c.Flags(), a.environment)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON, one object a line")
	return c
}

// checkView is a check as doctor prints it with --json.
type checkView struct {
	Check string `json:"check"`
	// State is well, notice, broken or unknown.
	State string `json:"state"`
	Says  string `json:"says"`
	Mend  string `json:"mend,omitempty"`
}

func (a *app) doctor(ctx context.Context, flags liveFlags, asJSON bool) error {
	d, err := a.deployment(ctx, flags)
	if err != nil {
		return err
	}
	s, err := d.Settings()
	if err != nil {
		return err
	}
	p := a.newProgress("examining", unknownLength)
	client := sqs.NewFromConfig(d.Config)
	queues := []doctor.Queue{
		doctor.ReadQueue(ctx, client, "of wake-ups", s.Get(settings.WakeQueue)),
		doctor.ReadQueue(ctx, client, "of events", d.EventsQueue()),
	}
	checks := doctor.Examine(ctx, deployed.Ledger(d.Config, s), queues, a.clock())
	p.end()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	screen := a.screen()
	screen.examined(checks, d, asJSON)
	for _, c := range checks {
		if c.State != doctor.Well {
			a.status = statusUnsatisfied
		}
		if asJSON {
			if err := a.printJSON(checkView{Check: c.Name, State: string(c.State), Says: c.Says, Mend: c.Mend}); err != nil {
				return err
			}
		}
	}
	return nil
}

// examined prints checks below each other, with what to do.
func (s *screen) examined(checks []doctor.Check, d *live.Deployment, quiet bool) {
	if quiet {
		return
	}
	s.line(0, in(strong, "%s", d.Where()))
	signs := map[doctor.State]span{
		doctor.Well: in(good, "✓ "), doctor.Notice: in(caution, "! "), doctor.Broken: in(bad, "✗ "), doctor.Unknown: in(caution, "? "),
	}
	for _, c := range checks {
		s.hanging(2, 6, signs[c.State], in(strong, "%s", c.Name), say(": %s", c.Says))
		if c.Mend != "" {
			s.hanging(6, 8, in(faint, "%s", c.Mend))
		}
	}
}
