package reconcile

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"maps"
	"slices"

	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// digest identifies the intents and policies of a unit.
type digest struct{ hash.Hash }

func newDigest() digest { return digest{sha256.New()} }

func (d digest) intent(i intent.Intent) {
	fmt.Fprintln(d, i.Cluster, i.Name, i.Access, i.Path, i.Via, i.Sources, i.Ports, i.NotBefore.Unix(), i.ExpiresAt.Unix())
}

func (d digest) invalid(i intent.Invalid) { fmt.Fprintln(d, i.Key.Cluster, i.Key.Name, "invalid") }

func (d digest) policy(target string, p intent.Policy) {
	fmt.Fprintln(d, target, p.Mode, p.Undeclared, p.Writes, p.SharedGroups, p.Widest, p.MaxCloses, p.Approval, p.RulesPerGroup, p.RoutesPerTable, p.Malformed)
}

// String gives the digest as text.
func (d digest) String() string { return hex.EncodeToString(d.Sum(nil)[:8]) }

// digestsOf gives the digests of units, each as selectIntents gives it, in one pass over all
// that is declared.
func digestsOf(set intent.Set, unitOf map[string]network.Unit) map[network.Unit]string {
	digests := map[network.Unit]digest{}
	of := func(arn string) (digest, bool) {
		u, ok := unitOf[arn]
		if !ok {
			return digest{}, false
		}
		if _, ok := digests[u]; !ok {
			digests[u] = newDigest()
		}
		return digests[u], true
	}
	for _, i := range set.Intents {
		if d, ok := of(i.Cluster); ok {
			d.intent(i)
		}
	}
	for _, i := range set.Invalid {
		if d, ok := of(i.Key.Cluster); ok {
			d.invalid(i)
		}
	}
	for _, target := range slices.Sorted(maps.Keys(set.Policies)) {
		if target == intent.Everything {
			for _, d := range digests {
				d.policy(target, set.Policies[target])
			}
		} else if d, ok := of(target); ok {
			d.policy(target, set.Policies[target])
		}
	}
	out := map[network.Unit]string{}
	for u, d := range digests {
		out[u] = d.String()
	}
	return out
}

// startedLately gives the units of which an intent came into force a short while ago: it was
// not in force when they were judged, perhaps.
func startedLately(set intent.Set, unitOf map[string]network.Unit, began func(intent.Intent) bool) map[network.Unit]bool {
	out := map[network.Unit]bool{}
	for _, i := range set.Intents {
		if u, ok := unitOf[i.Cluster]; ok && began(i) {
			out[u] = true
		}
	}
	return out
}
