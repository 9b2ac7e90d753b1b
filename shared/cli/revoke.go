package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/spf13/cobra"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/live"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/operate"
)

// revokeFlags say how all is revoked.
type revokeFlags struct {
	claimFlags
	end  bool
	hash string
}

func (a *app) revokeCommand() *cobra.Command {
	var flags revokeFlags
	c := &cobra.Command{
		Use:   "revoke --all",
		Short: "Have all closed that cachegate holds, to take it out",
		Long: "revoke --all closes every rule and route under a claim, what was adopted too, and touches nothing else. Access\n" +
			"that goes over them ends, declared or not. It shows the list of each unit with its hash, asks, and lets the\n" +
			"deployment's next runs make it: under the units' leases, in their mode, through the guards and the journal. Your\n" +
			"word counts for the lists that you saw, however many closes they are; one close more waits for another word\n" +
			"(`cachegate approve`).\n\n" +
			"For 30 days no run opens anything: take the deployment away meanwhile. --end ends that, and what is declared is\n" +
			"opened again. What is to stay open, give up before: `cachegate release`.\n\n" +
			"Exit status: 0 it is asked for (or would be), or there is nothing to close, 1 something is held back, or you\n" +
			"said no, 2 bad usage, or it could not be done.",
		Example: "  cachegate revoke --all --dry-run\n" +
			"  cachegate revoke --all --yes --list 1a2b3c4d5e6f7081    only if the list still is the one you saw\n" +
			"  cachegate revoke --all --end",
		Args: func(c *cobra.Command, args []string) error {
			switch {
			case len(args) > 0:
				return usageError(c, "%q given: revoke takes no argument but --all; to close what one intent opens, delete it (cachegate intents delete)", args[0])
			case !flags.all:
				return usageError(c, "--all is missing: revoke closes all that cachegate holds; to close what one intent opens, delete it (cachegate intents delete)")
			case flags.end && (flags.dryRun || flags.hash != ""):
				return usageError(c, "--end ends it: leave --dry-run and --list out")
			default:
				return nil
			}
		},
		RunE: func(c *cobra.Command, _ []string) error {
			if flags.end {
				return a.endRevokeAll(c.Context(), flags)
			}
			return a.revokeAll(c.Context(), flags)
		},
	}
	flags.addTo(c.Flags(), a, "all that is under claims in the deployment")
	c.Flags().BoolVar(&flags.end, "end", false, "end it: what is declared is opened again")
	c.Flags().StringVar(&flags.hash, "list", "", "only if the list has this `hash`")
	return c
}

// revokeView is what is closed in a unit, as revoke prints it with --json.
type revokeView struct {
	Unit    string               `json:"unit"`
	List    string               `json:"list"`
	Changes []operate.ChangeView `json:"changes"`
	Held    []operate.ChangeView `json:"held"`
	Stays   []string             `json:"stays"`
	Asked   bool                 `json:"asked"`
}

func (a *app) revokeAll(ctx context.Context, flags revokeFlags) error {
	b, err := a.book(ctx, flags.liveFlags)
	if err != nil {
		return err
	}
	by, err := operate.Caller(ctx, sts.NewFromConfig(b.deployment.Config))
	if err != nil {
		return live.Advise(err)
	}
	all, err := a.foreseeRevoke(ctx, b, by)
	if err != nil {
		return failed(err)
	}
	closes, held := 0, 0
	for _, t := range all {
		closes, held = closes+len(t.Closes), held+len(t.Held)+len(t.Stays)
	}
	if held > 0 {
		a.status = statusUnsatisfied
	}
	hash := operate.ListHash(all)
	if !flags.json {
		a.screen().revoking(all, closes, hash, b.deployment.Where())
	}
	asked, err := a.askRevoke(ctx, b, all, closes, hash, by, flags)
	if err != nil {
		return err
	}
	for _, t := range all {
		if flags.json {
			v := revokeView{
				Unit: t.Unit.String(), List: t.List.Hash, Changes: operate.ChangeViews(t.Closes), Held: operate.ChangeViews(t.Held),
				Stays: textsOf(t.Stays), Asked: asked,
			}
			if err := a.printJSON(v); err != nil {
				return err
			}
		}
	}
	return nil
}

// foreseeRevoke gives what each unit's next run would close.
func (a *app) foreseeRevoke(ctx context.Context, b *book, by string) ([]operate.TakeOut, error) {
	units, err := b.Units(ctx, "")
	if err != nil {
		return nil, err
	}
	session, err := a.liveSession(b.deployment, false)
	if err != nil {
		return nil, err
	}
	p := a.newProgress("reading the network", unknownLength)
	defer p.end()
	var out []operate.TakeOut
	for _, u := range units {
		t, err := session.TakeOut(ctx, u, by)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// askRevoke asks whether to go on, and then the deployment to do it.
func (a *app) askRevoke(ctx context.Context, b *book, all []operate.TakeOut, closes int, hash, by string, flags revokeFlags) (bool, error) {
	if flags.dryRun || closes == 0 {
		return false, nil
	}
	if flags.hash != "" && flags.hash != hash {
		return false, fmt.Errorf("--list is %q: the list is %s by now; nothing is done; look at it, and give its hash", flags.hash, hash)
	}
	yes, err := a.agreed(ctx, flags.yes, fmt.Sprintf("Close %s, and open nothing for 30 days?", rulesAndRoutes(closes)))
	if !yes || err != nil {
		return false, err
	}
	if err := operate.RevokeAll(ctx, b.ledger, all, by, a.clock()); err != nil {
		return false, errors.Join(live.Advise(err), errors.New("part of it may be asked for: try again, or end it with `cachegate revoke --all --end`"))
	}
	units := make([]network.Unit, 0, len(all))
	for _, t := range all {
		units = append(units, t.Unit)
	}
	if !flags.json {
		s := a.screen()
		s.hanging(0, 2, in(good, "✓ "), say("%s are asked to be closed, list %s, by %s", rulesAndRoutes(closes), hash, by))
		s.line(2, in(faint, "`cachegate history --all --since 5m` shows what came of it; `cachegate revoke --all --end` ends it"))
	}
	a.wake(ctx, b.deployment, "all is revoked by "+by, flags.json, units...)
	return true, nil
}

// revoking prints what is closed.
func (s *screen) revoking(all []operate.TakeOut, closes int, hash, where string) {
	s.hanging(0, 4, say("revoke "), in(accent, "%s", rulesAndRoutes(closes)), in(faint, " in %s", where))
	for _, t := range all {
		if len(t.Closes)+len(t.Held)+len(t.Stays) == 0 {
			continue
		}
		s.line(2, in(accent, "%s", t.Unit), in(faint, "  list %s", t.List.Hash))
		for _, c := range t.Closes {
			spans := []span{in(caution, "- "), say("%s", c.Sentence())}
			if names := change.IntentNames(c.Intents); names != "" {
				spans = append(spans, in(faint, "  used by %s", names))
			}
			if t.Adopted[c.Key()] {
				spans = append(spans, in(caution, "  adopted: cachegate did not make it"))
			}
			s.hanging(4, 6, spans...)
		}
		for _, c := range t.Held {
			s.hanging(4, 6, in(caution, "= "), say("%s", c.Story()))
		}
		for _, text := range t.Stays {
			s.hanging(4, 6, in(caution, "= "), say("stays: %s", text))
		}
	}
	switch one := func(t operate.TakeOut) bool { return t.List.Hash == hash }; {
	case closes == 0:
		s.line(2, say("there is nothing to close"))
	case !slices.ContainsFunc(all, one):
		s.line(2, in(accent, "all of it"), in(faint, "  list %s", hash))
	}
}

// endRevokeAll lets the deployment open again what is declared.
func (a *app) endRevokeAll(ctx context.Context, flags revokeFlags) error {
	b, err := a.book(ctx, flags.liveFlags)
	if err != nil {
		return err
	}
	by, err := operate.Caller(ctx, sts.NewFromConfig(b.deployment.Config))
	if err != nil {
		return live.Advise(err)
	}
	units, err := b.Units(ctx, "")
	if err != nil {
		return live.Advise(err)
	}
	ended, err := operate.EndRevokeAll(ctx, b.ledger, units, by, a.clock())
	if err != nil {
		return live.Advise(err)
	}
	if len(ended) == 0 {
		return errors.New("--end: nothing is revoked, or it has ended")
	}
	for _, u := range ended {
		if flags.json {
			if err := a.printJSON(map[string]string{"unit": u.String(), "by": by}); err != nil {
				return err
			}
		}
	}
	if !flags.json {
		a.screen().line(0, in(good, "✓ "), say("it is ended in %s: the next runs open what is declared", count(len(ended), "unit")))
	}
	a.wake(ctx, b.deployment, "the revoking of all was ended by "+by, flags.json, ended...)
	return nil
}
