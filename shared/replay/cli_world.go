package replay

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
)

// World gives the world as it is now, with cachegate's routes in its claims, so
// that another replay can go on from there. Rules carry their claims as tags.
func (s *Session) World(ctx context.Context) (awssim.Accounts, error) {
	accounts := s.Sim.World().Accounts()
	for _, regions := range accounts {
		for _, r := range regions {
			r.CachegateClaims = nil
		}
	}
	claims, err := s.routeClaims(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range claims {
		claim := awssim.Claim{RouteTableId: aws.String(c.Resource)}
		if destination := aws.String(c.Destination.String()); c.Destination.Addr().Is6() {
			claim.DestinationIpv6CidrBlock = destination
		} else {
			claim.DestinationCidrBlock = destination
		}
		for _, h := range c.Holders {
			if name := intent.ShortName(h.Intent.Cluster) + "/" + h.Intent.Name; h.Named() && !slices.Contains(claim.Intents, name) {
				claim.Intents = append(claim.Intents, name)
			}
		}
		region := accounts.Region(c.Account, c.Region)
		region.CachegateClaims = append(region.CachegateClaims, claim)
	}
	return accounts, nil
}

// routeClaims gives the claims of routes that any unit holds, each once.
func (s *Session) routeClaims(ctx context.Context) ([]change.Claim, error) {
	units, err := s.Swept(ctx)
	if err != nil {
		return nil, err
	}
	found := map[string]change.Claim{}
	for _, u := range units {
		claims, err := s.Ledger.Claims(ctx, u, nil)
		if err != nil {
			return nil, fmt.Errorf("reading the claims of unit %s: %w", u, err)
		}
		for _, c := range claims {
			if c.Kind == change.Route {
				found[c.Key()] = c
			}
		}
	}
	out := make([]change.Claim, 0, len(found))
	for _, c := range found {
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b change.Claim) int { return cmp.Compare(a.Key(), b.Key()) })
	return out, nil
}
