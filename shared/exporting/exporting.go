// Package exporting writes what cachegate put in place as plain rules and routes of other
// tools, with what these need to take them over as they are: the way out.
//
// It is about what stands; it changes nothing, and releases nothing.
package exporting

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/cachegate/cachegate/shared/change"
	"github.com/cachegate/cachegate/shared/intent"
	"github.com/cachegate/cachegate/shared/network"
)

// Holding is one thing that cachegate put in place and that stands.
type Holding struct {
	change.Claim
	// Description is that of a rule, as EC2 has it.
	Description string
}

// Sort puts holdings in an order that stays the same: by location, and what they are.
func Sort(all []Holding) {
	slices.SortStableFunc(all, func(a, b Holding) int {
		return cmp.Or(strings.Compare(a.Location.String(), b.Location.String()), cmp.Compare(a.Kind.Rank(), b.Kind.Rank()), strings.Compare(a.Key(), b.Key()))
	})
}

// heldBy names the intents that need a holding, for a comment.
func (h Holding) heldBy() string {
	var names []string
	for _, holder := range h.Holders {
		if holder.Named() {
			names = append(names, intent.ShortName(holder.Intent.Cluster)+"/"+holder.Intent.Name)
		}
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", ")
}

// names gives each holding a name that no other has: what it is at, and a number where that
// is not enough. Words are joined by sep.
func names(all []Holding, sep string) []string {
	taken := map[string]bool{}
	out := make([]string, 0, len(all))
	for _, h := range all {
		base := strings.Join(wordsOf(h), sep)
		name := base
		for n := 2; taken[name]; n++ {
			name = base + sep + fmt.Sprint(n)
		}
		taken[name] = true
		out = append(out, name)
	}
	return out
}

// wordsOf gives the words of a holding's name: the cluster and the intent that need it, or
// else what it is at.
func wordsOf(h Holding) []string {
	text := h.Resource
	if by := h.heldBy(); by != "" {
		text, _, _ = strings.Cut(by, ", ")
	}
	text = strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return unicode.ToLower(r)
		}
		return ' '
	}, text)
	return append([]string{kindWord(h.Kind)}, strings.Fields(text)...)
}

func kindWord(k change.Kind) string {
	switch k {
	case change.Rule:
		return "rule"
	case change.Route, change.TransitGatewayRoute:
		return "route"
	case change.Propagation:
		return "propagation"
	case change.PeeringDNS:
		return "dns"
	default:
		return "other"
	}
}

// groupOwner gives the account of a rule's source group, the group's own where none is told.
func groupOwner(h Holding) string { return cmp.Or(h.Peer.Account, h.Account) }

// locations gives the places of the holdings, in order.
func locations(all []Holding) []network.Location {
	var out []network.Location
	for _, h := range all {
		if !slices.Contains(out, h.Location) {
			out = append(out, h.Location)
		}
	}
	return out
}
