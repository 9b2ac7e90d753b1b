package simulation

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/capture"
	"github.com/cachegate/cachegate/shared/network"
)

// captured gives what a capture of a case's world reads as.
func (h *harness) captured() (*awssim.World, error) {
	result, err := capture.Read(h.ctx, capture.Options{
		Locations: h.session.Runner.Locations, CallsPerSecond: -1,
		Config: func(_ context.Context, at network.Location) (aws.Config, error) {
			return h.sim.Config(at.Account, at.Region, awssim.Actor{Session: "capture"}), nil
		},
	})
	if err != nil {
		return nil, err
	}
	for _, u := range result.Unreadable {
		h.violate("capture", "%s", u)
	}
	text, err := json.Marshal(result.World)
	if err != nil {
		return nil, err
	}
	w, _, err := awssim.Load("captured.json", text)
	return w, err
}

func TestACaptureReadsAsTheSameWorld(t *testing.T) {
	costly(t)
	check(t, func(r *rapid.T) Case { return newWideDrawer(r).drawLife() }, func(c Case) ([]Violation, []string, error) {
		h := newHarness(c)
		if err := h.begin(); err != nil {
			return nil, nil, err
		}
		w, err := h.captured()
		if err != nil {
			h.violate("capture", "%v", err)
			return h.violations, h.story, nil
		}
		before := h.finalState()
		again := newHarness(c)
		if err := again.on(withClaims(w, h.sim.World())); err != nil {
			return nil, nil, err
		}
		if diff := cmp.Diff(before, again.finalState()); diff != "" {
			h.violate("capture", "what is captured reads as something else: %s", diff)
		}
		return h.violations, h.story, nil
	})
}

// withClaims gives a captured world the claims of the one that it was captured of: AWS does
// not tell whose a route is.
func withClaims(w, of *awssim.World) *awssim.World {
	accounts := w.Accounts()
	for account, regions := range of.Accounts() {
		for name, r := range regions {
			accounts.Region(account, name).CachegateClaims = r.CachegateClaims
		}
	}
	out, _, err := awssim.Build(accounts)
	if err != nil {
		return w
	}
	return out
}
