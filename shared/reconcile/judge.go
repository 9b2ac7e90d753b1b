package reconcile

import (
	"context"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
)

// judge judges the unit's intents: those that live, and those whose time is over.
func (p *pass) judge(context.Context) error {
	v := &p.before
	if v.index != nil && v.index.Snapshot == v.snapshot {
		return nil // judged for the ledger already
	}
	v.unit, v.now, v.index = p.unit, p.Clock(), access.NewIndex(v.snapshot)
	v.live, v.ended = nil, nil
	ours := map[change.Requirement]change.Claim{}
	for _, c := range v.claims {
		if c.Proven() {
			ours[c.Requirement] = c
		}
	}
	own := func(req change.Requirement) bool { _, ok := ours[req]; return ok }
	for _, i := range v.declared.intents {
		j := v.index.Judge(access.Declared{Intent: i, Policy: v.declared.policies.For(i.Cluster), Own: own, ForOthers: func(req change.Requirement) bool {
			c, ok := ours[req]
			return ok && !c.MayServe(i.Key())
		}})
		switch {
		case i.Live(v.now):
			v.live = append(v.live, j)
		case !i.ExpiresAt.IsZero() && !v.now.Before(i.ExpiresAt):
			v.ended = append(v.ended, j)
		}
	}
	access.KeepNeeded(v.live)
	return nil
}
