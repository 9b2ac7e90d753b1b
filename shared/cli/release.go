package cli

import (
	"context"
	"fmt"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/spf13/cobra"

	"github.com/cachegate/cachegate/shared/live"
	"github.com/cachegate/cachegate/shared/operate"
	"github.com/cachegate/cachegate/shared/reconcile"
)

func (a *app) releaseCommand() *cobra.Command {
	var flags claimFlags
	c := &cobra.Command{
		Use:   "release {RULE | CLUSTER | UNIT | --all}",
		Short: "Give claims up: what stands stays, and is nobody's",
		Long: "release gives claims up. The rules and routes stay as they are, and cachegate neither looks after them nor\n" +
			"takes them away any more. It does not take them back by itself: `cachegate adopt` does. Where somebody removes\n" +
			"what a live intent needs, a run makes it anew, as its own.\n\n" +
			"RULE is the id of a security group rule (sgr-…), or a security group, route table or transit gateway route\n" +
			"table: then all claims there are meant. What other clusters or units hold too is left out, and listed.\n\n" +
			"Nothing changes on AWS; rules that cachegate made keep their tag cachegate:managed. release lists all first,\n" +
			"asks, and writes it in the journal with your name. It works under the leases of all units that hold one of\n" +
			"the claims, and does nothing while a run has one.\n\n" +
			"Exit status: 0 it is given up (or would be), or there is nothing to give up, 1 you said no, 2 bad usage, or it\n" +
			"could not be done.",
		Example: "  cachegate release sgr-0a1b2c3d\n" +
			"  cachegate release sessions --dry-run\n" +
			"  cachegate release --all --yes",
		Args:              func(c *cobra.Command, args []string) error { return flags.oneOrAll(c, args, "RULE, CLUSTER or UNIT") },
		RunE:              func(c *cobra.Command, args []string) error { return a.release(c.Context(), args, flags) },
		ValidArgsFunction: a.completeClusters(&flags.liveFlags),
	}
	flags.addTo(c.Flags(), a, "all claims of the deployment")
	return c
}

// pointWord is the id of a rule, or of where rules and routes are.
var pointWord = regexp.MustCompile(`^(sgr|sg|rtb|tgw-rtb|pcx)-[0-9a-z]+$`)

// chosenClaims gives the claims that a word names, of all units for a rule.
func (b *book) chosenClaims(ctx context.Context, args []string) (operate.Choice, error) {
	if len(args) == 1 && pointWord.MatchString(args[0]) {
		chosen, err := b.chosen(ctx, nil)
		chosen.Rule = args[0]
		return chosen, err
	}
	return b.chosen(ctx, args)
}

func (a *app) release(ctx context.Context, args []string, flags claimFlags) error {
	b, err := a.book(ctx, flags.liveFlags)
	if err != nil {
		return err
	}
	chosen, err := b.chosenClaims(ctx, args)
	if err != nil {
		return err
	}
	claims, left, err := operate.Claims(ctx, b.ledger, chosen)
	if err != nil {
		return live.Advise(err)
	}
	if chosen.Rule != "" && len(claims) == 0 {
		return fmt.Errorf("RULE is %q: no claim stands for it; `cachegate show %s` says what is known of it", chosen.Rule, chosen.Rule)
	}
	by, err := operate.Caller(ctx, sts.NewFromConfig(b.deployment.Config))
	if err != nil {
		return live.Advise(err)
	}
	changes, unsure := reconcile.Releasable(claims)
	left = append(left, unsure...)
	if !flags.json {
		a.screen().hanging(0, 4, say("give up "), in(accent, "%s", count(len(changes), "claim")), in(faint, " in %s", b.deployment.Where()))
	}
	if !flags.json || flags.dryRun || len(changes) == 0 {
		err = a.printClaims(changes, left, flags.json)
		if err != nil {
			return err
		}
	}
	if flags.dryRun || len(changes) == 0 {
		return nil
	}
	yes, err := a.agreed(ctx, flags.yes, fmt.Sprintf("Give up %s? What stands stays.", these(len(changes), "claim")))
	if !yes || err != nil {
		return err
	}
	session, err := a.liveSession(b.deployment, false)
	if err != nil {
		return err
	}
	made, err := session.Release(ctx, claims, by)
	return a.claimsDone(made, left, err, flags, "given up, by "+by+"; nothing changed on AWS", "no run takes them back; `cachegate adopt` does")
}
