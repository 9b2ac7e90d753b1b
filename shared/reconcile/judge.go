package reconcile

import (
	"context"

	"github.com/cachegate/cachegate/shared/access"
	"github.com/cachegate/cachegate/shared/change"
)

// judge judges the unit's intents: those that live, and those whose time is over.
func (p *pass) judge(context.Context) error {
	v := &p.before
	v.unit, v.now, v.index = p.unit, p.Clock(), access.NewIndex(v.snapshot)
	v.live, v.ended = nil, nil
	ours := map[change.Requirement]bool{}
	for _, c := range v.claims {
		ours[c.Requirement] = c.Proven()
	}
	own := func(req change.Requirement) bool { return ours[req] }
	for _, i := range v.declared.intents {
		j := v.index.Judge(access.Declared{Intent: i, Policy: v.declared.policies.For(i.Cluster), Own: own})
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
