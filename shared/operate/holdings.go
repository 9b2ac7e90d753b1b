package operate

import (
	"context"
	"fmt"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/exporting"
	"github.com/cachegate/cachegate/shared/network"
	"github.com/cachegate/cachegate/shared/observe"
)

// Holdings gives what cachegate put in place and that stands, of all units. What a claim is
// for and is gone, changed or cannot be read is in the second list, with why.
func (s *Session) Holdings(ctx context.Context) ([]exporting.Holding, []string, error) {
	units, err := s.Swept(ctx)
	if err != nil {
		return nil, nil, err
	}
	var out []exporting.Holding
	var missing []string
	seen := map[string]bool{}
	for _, u := range units {
		claims, err := s.Runner.Ledger.Claims(ctx, u, nil)
		if err != nil {
			return nil, nil, fmt.Errorf("reading the claims of unit %s: %w", u, err)
		}
		held, gone, err := s.standing(ctx, u, claims, seen)
		if err != nil {
			return nil, nil, err
		}
		out, missing = append(out, held...), append(missing, gone...)
	}
	exporting.Sort(out)
	return out, missing, nil
}

// standing looks which claims of a unit stand.
func (s *Session) standing(ctx context.Context, u network.Unit, claims []change.Claim, seen map[string]bool) ([]exporting.Holding, []string, error) {
	request := observe.Request{Unit: u, Locations: s.Runner.Locations, Now: s.now()}
	for _, c := range claims {
		request.Points = append(request.Points, observe.Point{Kind: c.Kind.Point(), Location: c.Location, ID: c.Resource})
	}
	if len(claims) == 0 {
		return nil, nil, nil
	}
	snapshot, err := observe.Read(ctx, s.Clients, request)
	if err != nil {
		return nil, nil, err
	}
	var out []exporting.Holding
	var missing []string
	for _, c := range claims {
		if seen[c.Key()] {
			continue
		}
		seen[c.Key()] = true
		found, id := change.Find(snapshot, c, s.now())
		switch found {
		case change.Present, change.Fresh:
			h := exporting.Holding{Claim: c, Description: descriptionOf(snapshot, c.Resource, id)}
			if id != "" {
				h.RuleID = id
			}
			out = append(out, h)
		case change.Gone:
			missing = append(missing, c.Key()+" is gone")
		case change.Altered:
			missing = append(missing, c.Key()+" was changed by somebody else")
		case change.Unread:
			missing = append(missing, c.Key()+" could not be read")
		}
	}
	return out, missing, nil
}

func descriptionOf(s *network.Snapshot, group, rule string) string {
	for _, r := range s.SecurityGroups[group].Rules {
		if r.ID == rule {
			return r.Description
		}
	}
	return ""
}
