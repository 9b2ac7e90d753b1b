package record

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/network"
)

// Waiting are the changes of a unit that wait for a person.
type Waiting struct {
	Unit network.Unit
	change.Tripped
}

// Waiting gives what waits, by unit.
func (r Reader) Waiting(ctx context.Context) ([]Waiting, error) {
	units, err := r.Units(ctx, "")
	if err != nil {
		return nil, err
	}
	return each(ctx, units, func(ctx context.Context, u network.Unit) ([]Waiting, error) {
		t, waits, err := r.Ledger.Tripped(ctx, u)
		if err != nil || !waits {
			return nil, err
		}
		return []Waiting{{Unit: u, Tripped: t}}, nil
	})
}

// leastHash is how many characters name a plan at least.
const leastHash = 8

// WaitingFor finds what waits under a hash, or the beginning of one.
func (r Reader) WaitingFor(ctx context.Context, hash string) (Waiting, error) {
	all, err := r.Waiting(ctx)
	if err != nil {
		return Waiting{}, err
	}
	var hashes []string
	for _, w := range all {
		hashes = append(hashes, w.Hash)
	}
	found := slices.DeleteFunc(all, func(w Waiting) bool {
		return w.Hash != hash && (len(hash) < leastHash || !strings.HasPrefix(w.Hash, hash))
	})
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return Waiting{}, fmt.Errorf("HASH is %q, which several plans begin with: must be one of %s", clean(hash), strings.Join(hashes, ", "))
	case len(hashes) == 0:
		return Waiting{}, fmt.Errorf("HASH is %q: no plan waits for a person; it was carried out, or has changed and needs nobody's approval any longer", clean(hash))
	default:
		return Waiting{}, fmt.Errorf("HASH is %q: the plan has changed, or never waited; these wait now: %s", clean(hash), strings.Join(hashes, ", "))
	}
}
